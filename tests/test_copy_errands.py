"""The errands about copies: how far the mirror is, the last backups, a backup onto a stick."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk import copy_errands
from kiosk.book_errands import DOES, WITH_STICKS, Beside
from kiosk.core import backup, mirror, seal
from kiosk.core.errands import BackUp, Copies, LookAtCopies
from kiosk.core.errors import LedgerCorrupt, Refused
from kiosk.core.mirror import Mirror
from kiosk.core.venue import Venue
from kiosk.errands import Way
from tests.core.guest import NOW, Guest, make_venue, shelf


@pytest.fixture
def books() -> Iterator[Guest]:
    with shelf() as folder:
        venue = make_venue(folder, now=NOW)
        made = Guest(venue)
        made.top_up(500)
        yield made
        venue.close()


@pytest.fixture
def place(books: Guest, tmp_path: Path) -> Beside:
    (tmp_path / "sticks" / "STICK").mkdir(parents=True)
    (tmp_path / "mirror").mkdir()
    path = books.venue.store.path
    return Beside(
        path,
        books.venue._secrets.path,
        tmp_path / "sticks",
        tmp_path / "mirror",
        backups_max=2,
    )


def stick(place: Beside) -> str:
    assert place.sticks is not None
    return str(place.sticks / "STICK")


def look(place: Beside) -> Copies:
    return copy_errands.look(place, LookAtCopies(), Way())


def refusal(place: Beside, to: str) -> str:
    with pytest.raises(Refused) as told:
        copy_errands.back_up(place, BackUp(to), Way())
    return told.value.key


def test_the_errands_have_their_rows() -> None:
    assert DOES[BackUp] is copy_errands.back_up and DOES[LookAtCopies] is copy_errands.look
    assert {BackUp, LookAtCopies} <= WITH_STICKS


def test_how_far_the_mirror_is(books: Guest, place: Beside) -> None:
    assert place.mirror is not None
    assert look(place).mirror == "away", "nothing stands on it yet"
    second = Mirror(place.store, place.mirror)
    while second.step(NOW) == mirror.REST_S:
        pass
    seq = books.venue.ledger.seq
    seen = look(place)
    assert (seen.mirror, seen.mirror_seq, seen.entries) == ("there", seq, seq)
    second.close()
    books.press("done", "leave")
    behind = look(place)
    assert behind.mirror_seq == seq < behind.entries
    (file,) = place.mirror.iterdir()
    with file.open("ab") as opened:
        opened.write(b'{"half of a line')
    assert look(place).mirror_seq == seq, "what is cut off does not count"
    assert look(replace(place, mirror=None)).mirror == "off"
    assert look(replace(place, mirror=place.mirror / "gone")).mirror == "away"


def test_a_backup_is_proven_counted_and_found_again(books: Guest, place: Beside) -> None:
    assert look(place).backups == ()
    told: list[tuple[int, int]] = []
    way = Way(lambda done, of: told.append((done, of)))
    made = copy_errands.back_up(place, BackUp(stick(place)), way)
    assert made.seq == books.venue.ledger.seq and not made.sealed and told
    (last,) = look(place).backups
    assert last.seq == made.seq and last.folder == f"{stick(place)}/foyer-backup"
    copied = Path(last.folder) / made.file
    assert backup.prove(copied, lambda what, done, of: None)[1] == []
    for amount in (500, 500):
        books.press("done", "leave")
        books.top_up(amount)
        copy_errands.back_up(place, BackUp(stick(place)), Way())
    assert len(list(Path(last.folder).glob("*.db"))) == 2, "the oldest goes"


def test_with_a_recovery_key_the_names_go_along_sealed(place: Beside) -> None:
    _, public = seal.new_recovery_key()
    kept = replace(place, recovery_key=public)
    assert look(kept).sealed and not look(place).sealed
    assert copy_errands.back_up(kept, BackUp(stick(place)), Way()).sealed
    assert list(Path(stick(place)).glob("foyer-backup/*.sealed"))


def test_a_stick_that_is_gone_full_or_somebody_elses_gets_nothing(
    place: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(place, "/etc") == refusal(place, f"{stick(place)}/..") == "err.stick_gone"

    def full(*given: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(backup, "_lay_down", full)
    assert refusal(place, stick(place)) == "err.backup_failed"
    assert not list(Path(stick(place)).glob("foyer-backup/*.db"))


def test_books_that_are_not_whole_are_told(place: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    def corrupt(*given: object) -> None:
        raise LedgerCorrupt("entry 3: wrong hash")

    monkeypatch.setattr(backup, "prove", corrupt)
    assert refusal(place, stick(place)) == "err.backup_unsound"


def test_A12_no_backup_of_a_training_pushes_out_a_real_one(place: Beside, tmp_path: Path) -> None:
    made = Venue.create(
        tmp_path / "t" / "kiosk.db",
        tmp_path / "t" / "secrets.db",
        kiosk="K1",
        currency="RUB",
        simulated=True,
        now=NOW,
        training=True,
    )
    other = replace(place, store=made.store.path, secrets=tmp_path / "t" / "secrets.db")
    assert refusal(other, stick(place)) == "err.backup_training"
    made.close()
