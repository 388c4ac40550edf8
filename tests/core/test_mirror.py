"""The mirror: what is on the second medium, whatever became of the medium meanwhile."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core import mirror
from kiosk.core.clock import Now
from kiosk.core.ledger import Draft, Entry
from kiosk.core.mirror import AWAY_MAX_S, POLL_S, REST_S, Damage, Head, Mirror, files, read
from kiosk.core.venue import Venue
from tests.core.guest import NOW, Guest, make_venue, shelf


@pytest.fixture
def copier(venue: Venue, stick: Path) -> Iterator[Mirror]:
    made = Mirror(venue.store.path, stick)
    yield made
    made.close()


def caught_up(copier: Mirror) -> None:
    """Step until nothing is left to do."""
    for _ in range(100):
        if copier.step(NOW) == POLL_S:
            break
    assert not copier.problem


def mirrored(folder: Path) -> list[Entry]:
    lines = [line for file in files(folder, "K1") for _, line in read(file)]
    assert not [line for line in lines if isinstance(line, Damage)]
    return [line for line in lines if isinstance(line, Entry)]


def books(venue: Venue) -> list[Entry]:
    return list(venue.ledger.entries())


def post(venue: Venue, count: int, now: Now = NOW, kind: str = "test") -> None:
    for _ in range(count):
        key = f"{kind}:{venue.ledger.seq}"
        venue.ledger.post(Draft(kind), key=key, actor="cli", command="c", now=now)


def text(folder: Path) -> str:
    (file,) = files(folder, "K1")
    return file.read_text("utf-8")


# --- what is there --------------------------------------------------------------------------------


def test_each_entry_is_a_line_exactly_as_it_stands_in_the_store(
    guest: Guest, copier: Mirror, stick: Path
) -> None:
    guest.top_up(500, 100)
    caught_up(copier)
    head, *lines = text(stick).splitlines()
    assert [f.name for f in files(stick, "K1")] == ["K1-2026-11.jsonl"]
    with closing(sqlite3.connect(guest.venue.store.path)) as db:
        assert lines == [doc for (doc,) in db.execute("SELECT doc FROM entries ORDER BY doc_id")]
    assert json.loads(head)["facts"] == dict(guest.venue.store.facts)
    assert copier.seq == guest.venue.ledger.seq
    assert files(stick, "K1")[0].stat().st_mode & 0o777 == 0o600


def test_what_comes_later_is_added_and_nothing_is_written_twice(
    guest: Guest, copier: Mirror, stick: Path
) -> None:
    caught_up(copier)
    before = text(stick)
    guest.top_up(500)
    caught_up(copier)
    assert text(stick).startswith(before)
    assert mirrored(stick) == books(guest.venue)
    after = text(stick)
    caught_up(copier)
    assert text(stick) == after


def test_each_month_has_a_file_that_says_whose_it_is(
    venue: Venue, copier: Mirror, stick: Path
) -> None:
    for month in (12, 11):
        # A clock that was set back: entries are found in the file of their own time.
        post(venue, 2, Now(datetime(2026, month, 1, tzinfo=UTC), 0.0), f"m{month}")
    post(venue, 1, Now(datetime(2027, 1, 1, tzinfo=UTC), 0.0), "new year")
    caught_up(copier)
    names = [f.name for f in files(stick, "K1")]
    assert names == ["K1-2026-11.jsonl", "K1-2026-12.jsonl", "K1-2027-01.jsonl"]
    for file in files(stick, "K1"):
        first = next(line for _, line in read(file))
        assert isinstance(first, Head)
        assert first.facts == dict(venue.store.facts)
    assert sorted(mirrored(stick), key=lambda e: e.seq) == books(venue)
    again = Mirror(venue.store.path, stick)
    post(venue, 1)
    caught_up(again)
    again.close()
    assert sorted(mirrored(stick), key=lambda e: e.seq) == books(venue)


def test_a_portion_is_bounded_and_the_rest_follows(
    venue: Venue, copier: Mirror, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PORTION_ENTRIES", 10)
    post(venue, 24)
    assert copier.step(NOW) == REST_S
    assert len(mirrored(stick)) == 10
    caught_up(copier)
    assert mirrored(stick) == books(venue)


def test_a_large_entry_goes_alone(
    venue: Venue, copier: Mirror, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PORTION_BYTES", 1000)
    post(venue, 5)
    sizes = []
    while copier.step(NOW) == REST_S:
        sizes.append(len(mirrored(stick)))
    assert sizes[0] == 1  # the venue's import
    assert sizes[-1] == 6


def test_each_portion_is_synced_before_the_next(
    venue: Venue, copier: Mirror, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, int]] = []
    sync = os.fsync

    def seen(fd: int) -> None:
        synced.append((os.fstat(fd).st_ino, os.fstat(fd).st_size))
        sync(fd)

    monkeypatch.setattr(os, "fsync", seen)
    monkeypatch.setattr(mirror, "PORTION_ENTRIES", 4)
    post(venue, 7)
    sizes = []
    while copier.step(NOW) == REST_S:
        (file,) = files(stick, "K1")
        sizes.append((file.stat().st_ino, file.stat().st_size))
    assert len(sizes) == 2
    assert [size for size in synced if size in sizes] == sizes
    assert stick.stat().st_ino in [node for node, _ in synced]


def test_the_log_of_the_store_is_free_between_two_portions(
    venue: Venue, copier: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PORTION_ENTRIES", 4)
    post(venue, 9)
    copier.step(NOW)
    venue.store.empty_log()
    wal = venue.store.path.with_name("kiosk.db-wal")
    assert wal.stat().st_size == 0


# --- the medium is away ---------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_never_made(venue: Venue, tmp_path: Path) -> None:
    copier = Mirror(venue.store.path, tmp_path / "media" / "stick")
    waits = [copier.step(NOW) for _ in range(9)]
    assert waits == sorted(waits)
    assert waits[0] > POLL_S
    assert waits[-1] == AWAY_MAX_S
    assert "is never made" in copier.problem
    assert not (tmp_path / "media").exists()
    (tmp_path / "media" / "stick").mkdir(parents=True)
    caught_up(copier)
    assert mirrored(tmp_path / "media" / "stick") == books(venue)
    copier.close()


def test_a_medium_that_was_away_is_caught_up_with(
    venue: Venue, copier: Mirror, stick: Path
) -> None:
    caught_up(copier)
    stick.rename(stick.with_name("pocket"))
    post(venue, 3)
    assert copier.step(NOW) > POLL_S
    assert copier.problem
    post(venue, 3)
    stick.with_name("pocket").rename(stick)
    caught_up(copier)
    assert mirrored(stick) == books(venue)


def test_another_stick_gets_everything(venue: Venue, copier: Mirror, stick: Path) -> None:
    caught_up(copier)
    stick.rename(stick.with_name("pocket"))
    stick.mkdir()
    post(venue, 1)
    caught_up(copier)
    assert mirrored(stick) == books(venue)
    # And the first one again: it is where it was left.
    stick.rename(stick.with_name("second"))
    stick.with_name("pocket").rename(stick)
    post(venue, 1)
    caught_up(copier)
    assert mirrored(stick) == books(venue)


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_medium_that_fails_is_looked_at_again_and_loses_no_line(
    venue: Venue, copier: Mirror, stick: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    caught_up(copier)
    post(venue, 10)
    monkeypatch.setattr(mirror, "PORTION_ENTRIES", 4)
    sync, calls = os.fsync, 0

    def full(fd: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            # Half of what was written is there.
            os.ftruncate(fd, os.fstat(fd).st_size - 100)
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(fd)

    monkeypatch.setattr(os, "fsync", full)
    while not copier.problem:
        copier.step(NOW)
    assert "No space left" in copier.problem
    caught_up(copier)
    assert mirrored(stick) == books(venue)


@pytest.mark.parametrize(
    "torn",
    [
        lambda data: data[:-1],
        lambda data: data[:-200],
        lambda data: data + b'{"v":1,"id":"x"',
        lambda data: data + bytes(5000),
        lambda data: data + bytes(5000) + b"\n" + bytes(100),
        lambda data: data[:-50] + bytes(50),
        lambda data: data[: data.index(b"\n") + 1],
        lambda data: data[: data.index(b"\n") - 5],
        lambda data: b"",
        lambda data: bytes(len(data)),
        lambda data: data + b"x" * 200_000,
        lambda data: bytes(512) + data[512:],
        lambda data: data[:2048] + bytes(512) + data[2560:],
    ],
)
def test_a_torn_end_is_cut_off_and_written_again(guest: Guest, stick: Path, torn: object) -> None:
    guest.top_up(500)
    first = Mirror(guest.venue.store.path, stick)
    caught_up(first)
    first.close()
    (file,) = files(stick, "K1")
    whole = file.read_bytes()
    file.write_bytes(torn(whole))  # type: ignore[operator]
    second = Mirror(guest.venue.store.path, stick)
    caught_up(second)
    second.close()
    assert file.read_bytes() == whole


# --- what is never written over -------------------------------------------------------------------


def test_a_mirror_of_another_store_is_left_alone(venue: Venue, stick: Path) -> None:
    with shelf() as folder:
        other = make_venue(folder, now=NOW.later(60.0))
        theirs = Mirror(other.store.path, stick)
        caught_up(theirs)
        theirs.close()
        other.close()
    before = text(stick)
    copier = Mirror(venue.store.path, stick)
    assert copier.step(NOW) > POLL_S
    assert "another store that is called K1" in copier.problem
    copier.close()
    assert text(stick) == before


def test_a_stick_serves_several_kiosks(venue: Venue, copier: Mirror, stick: Path) -> None:
    (stick / "K2-2026-11.jsonl").write_text("of another kiosk\n")
    (stick / "K1-notes.jsonl").write_text("somebody's\n")
    caught_up(copier)
    assert mirrored(stick) == books(venue)


def test_a_store_that_was_set_back_is_told_and_the_mirror_kept(
    venue: Venue, stick: Path, tmp_path: Path
) -> None:
    post(venue, 5)
    venue.store.backup(tmp_path / "old.db")
    post(venue, 5)
    copier = Mirror(venue.store.path, stick)
    caught_up(copier)
    copier.close()
    before = text(stick)
    for path in ("kiosk.db", "secrets.db"):
        shutil.copy(venue.store.path.with_name(path), tmp_path / path)
    shutil.copy(tmp_path / "old.db", tmp_path / "kiosk.db")
    back = Venue.open(tmp_path / "kiosk.db", tmp_path / "secrets.db")
    post(back, 9, kind="other")
    copier = Mirror(back.store.path, stick)
    assert copier.step(NOW) > POLL_S
    assert "entry 11 of epoch 1, which is not in the store" in copier.problem
    copier.close()
    back.close()
    assert text(stick) == before


def test_what_is_rotten_in_the_store_is_not_copied(venue: Venue, stick: Path) -> None:
    post(venue, 5)
    with closing(sqlite3.connect(venue.store.path)) as db:
        db.execute("UPDATE entries SET doc = replace(doc, 'test', 'text') WHERE doc_id = 4")
        db.commit()
    copier = Mirror(venue.store.path, stick)
    copier.step(NOW)
    assert "entry 4 of the store is damaged" in copier.problem
    copier.close()


def test_a_store_that_cannot_be_read_raises_nothing(tmp_path: Path, stick: Path) -> None:
    copier = Mirror(tmp_path / "nowhere.db", stick)
    assert copier.step(NOW) > POLL_S
    assert copier.problem
    copier.close()


# --- every bit ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written() -> Iterator[bytes]:
    with shelf() as folder:
        venue = make_venue(folder)
        Guest(venue).top_up(500)
        (folder / "stick").mkdir()
        copier = Mirror(venue.store.path, folder / "stick")
        caught_up(copier)
        copier.close()
        venue.close()
        yield files(folder / "stick", "K1")[0].read_bytes()


@settings(max_examples=300)
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_found(written: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(written) - 1))
    bit = data.draw(st.integers(0, 7))
    spoilt = written[:at] + bytes([written[at] ^ 1 << bit]) + written[at + 1 :]
    with shelf() as folder:
        file = folder / "K1-2026-11.jsonl"
        file.write_bytes(spoilt)
        damaged = [place.line for place, line in read(file) if isinstance(line, Damage)]
    assert damaged[0] == written[:at].count(b"\n") + 1


def test_a_line_is_its_bytes_not_only_its_meaning(written: bytes) -> None:
    entry = written.splitlines(keepends=True)[-1]
    assert isinstance(mirror.told(entry), Entry)
    for other in (
        entry.replace(b'"v":1', b'"v": 1'),
        entry.replace(b'{"v":1', b'{"v":2,"v":1'),
        entry[:-1] + b" \n",
        b"[]\n",
        b"7\n",
        b'{"hash":1}\n',
        b"[" * 100_000 + b"\n",
    ):
        assert isinstance(mirror.told(other), Damage)
