"""A kiosk is made at once or not at all, and nobody's books are lost by it."""

from __future__ import annotations

import errno
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.core import cash, config, pins, settings, staff
from kiosk.core.clock import system_now
from kiosk.core.config import Config
from kiosk.core.errors import ConfigError, Refused, StorageFailed
from kiosk.core.venue import Venue
from kiosk.custody import proven
from kiosk.first_boot import creation, venue_template
from kiosk.first_boot.answers import Device, Owner, Plan
from kiosk.first_boot.creation import Place, books_there, create
from tests.first_boot.owner import NOW
from tests.prove.cuts_disk import Content, Disk, fates
from tests.prove.cuts_recording import contents
from tests.prove.cuts_trace import Opened, Synced, events, record

PIN = "482917"
DEVICES = (
    Device("reader", "pcsc"),
    Device("printer", "escpos", {"port": "/dev/serial/by-id/usb-x", "baud": 9600}),
)
OWNER = Owner("Olga", pin=PIN)


def venue(currency: str = "RUB") -> settings.VenueFile:
    return venue_template.venue("club", "Orbit Club", currency, "Europe/Moscow", "en")


PLAN = Plan("K1", "ru", DEVICES, venue(), OWNER)
KEPT = Plan("K1", "ru", DEVICES)


def at(folder: Path) -> Place:
    """As on an appliance: the store where systemd says, the settings beside it."""
    return Place(folder / "kiosk.toml", environ={"STATE_DIRECTORY": str(folder / "store")})


def loaded(place: Place) -> Config:
    assert place.environ is not None
    return config.load(place.config, environ=place.environ)


def opened(place: Place) -> Venue:
    store = loaded(place).store
    return Venue.open(store.path, store.secrets_path)


def must_be_finished(place: Place) -> None:
    """The kiosk would start: settings, sound books, the venue, an owner with a PIN."""
    made = opened(place)
    try:
        _, wrong = proven(made, lambda what, done, of: None)
        assert wrong == [], wrong
        assert made.ask(settings.GetVenue(), NOW).name == "Orbit Club"
        (person,) = made.ask(staff.ListStaff(), NOW, "cli")
        assert (person.number, person.role, person.pin) == ("1", "owner", "set")
        books = made.books(NOW)
        pins.check(books, staff.owner_of("1"), PIN, staff.policy(books))
    finally:
        made.close()


def used(place: Place) -> None:
    """A kiosk ran on these books."""
    made = opened(place)
    done = made.do(cash.RecordStart(1), actor="kiosk", key="start:1", now=NOW)
    assert not isinstance(done, Refused)
    made.close()


def test_a_kiosk_is_made_of_a_plan(tmp_path: Path) -> None:
    place = at(tmp_path)
    code = create(PLAN, place, NOW)
    assert len(code.replace("-", "")) == 24
    must_be_finished(place)
    chosen = loaded(place)
    assert (chosen.kiosk.id, chosen.kiosk.language) == ("K1", "ru")
    assert chosen.kiosk.languages[0] == "ru" and len(chosen.kiosk.languages) == 3
    assert {d.name: d.options["port"] for d in chosen.devices if "port" in d.options} == {
        "printer": "/dev/serial/by-id/usb-x"
    }
    assert not chosen.simulated
    made = opened(place)
    secret = made.books(NOW).secrets.get("tokens", "staff:1")
    made.close()
    assert secret is not None and secret["hash"] == staff._code_hash(code)
    assert place.config.stat().st_mode & 0o077 == 0
    for told in (PIN, code, code.replace("-", "")):
        assert all(
            told.encode() not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()
        )


def test_the_machines_own_settings_go_into_it_as_they_are(tmp_path: Path) -> None:
    machine = f'[screen]\nfullscreen = true\n\n[store]\nsecrets_folder = "{tmp_path}/secrets"\n'
    place = Place(tmp_path / "kiosk.toml", machine, at(tmp_path).environ)
    create(PLAN, place, NOW)
    chosen = loaded(place)
    assert chosen.screen.fullscreen and chosen.store.secrets_folder == tmp_path / "secrets"
    assert chosen.store.secrets_path.exists()
    must_be_finished(place)


def test_a_hash_serves_as_a_pin_and_without_a_keeper_there_is_no_code(tmp_path: Path) -> None:
    from kiosk.core import seal

    hashed = Owner("Olga", pin_hash=seal.pin_hash(PIN))
    assert create(Plan("K1", "en", DEVICES, venue(), hashed, coded=False), at(tmp_path), NOW) == ""
    must_be_finished(at(tmp_path))
    made = opened(at(tmp_path))
    assert made.books(NOW).secrets.get("tokens", "staff:1") is None
    made.close()


def test_wrong_settings_are_told_before_anything_is_made(tmp_path: Path) -> None:
    wrong = (Device("printer", "escpos", {"prot": "/dev/x"}),)
    with pytest.raises(ConfigError, match='did you mean "port"'):
        create(Plan("K1", "en", wrong, venue(), OWNER), at(tmp_path), NOW)
    assert not (tmp_path / "store").exists() and not (tmp_path / "kiosk.toml").exists()


def test_books_that_were_begun_are_put_aside_and_made_anew(tmp_path: Path) -> None:
    place = at(tmp_path)
    create(PLAN, place, NOW)
    place.config.unlink()
    store = place.settings().store
    assert books_there(store, NOW).state == "begun"
    before = store.path.read_bytes()
    create(PLAN, place, NOW)
    must_be_finished(place)
    assert store.path.with_name("kiosk.db.aside-1").read_bytes() == before


def test_books_that_were_used_stay_unless_their_owner_says_otherwise(tmp_path: Path) -> None:
    place = at(tmp_path)
    create(PLAN, place, NOW)
    used(place)
    place.config.unlink()
    there = books_there(place.settings().store, NOW)
    assert (there.state, there.kiosk, there.venue, there.zone) == (
        *("used", "K1", "Orbit Club"),
        "Europe/Moscow",
    )
    with pytest.raises(ConfigError, match="there are books here already"):
        create(PLAN, place, NOW)
    assert books_there(place.settings().store, NOW) == there

    # Kept: the settings alone are made anew.
    assert create(KEPT, place, NOW) == ""
    must_be_finished(place)
    made = opened(place)
    assert made.ask(cash.LastStart(), NOW) == 1
    made.close()

    place.config.unlink()
    aside = Plan("K1", "ru", DEVICES, venue(), OWNER, aside=True)
    create(aside, place, NOW)
    must_be_finished(place)
    store = loaded(place).store
    old = Venue.open(
        store.path.with_name("kiosk.db.aside-1"),
        store.secrets_path.with_name("secrets.db.aside-1"),
        write=False,
    )
    assert old.ask(cash.LastStart(), NOW) == 1
    old.close()


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (Plan("K2", "ru", DEVICES), "books of kiosk K1"),
        (Plan("K1", "ru", DEVICES, simulated=True), "the real books of kiosk K1"),
    ],
)
def test_other_books_than_those_that_are_there_are_not_kept(
    tmp_path: Path, plan: Plan, told: str
) -> None:
    place = at(tmp_path)
    create(PLAN, place, NOW)
    place.config.unlink()
    with pytest.raises(ConfigError, match=told):
        create(plan, place, NOW)
    assert not place.config.exists()


def test_what_is_no_store_is_put_aside_only_when_told(tmp_path: Path) -> None:
    place = at(tmp_path)
    store = place.settings().store
    store.folder.mkdir(parents=True)
    store.path.write_bytes(b"")
    there = books_there(store, NOW)
    assert there.state == "broken" and "is empty" in there.why
    for plan in (PLAN, KEPT):
        with pytest.raises(ConfigError):
            create(plan, place, NOW)
    create(Plan("K1", "ru", DEVICES, venue(), OWNER, aside=True), place, NOW)
    must_be_finished(place)


def test_a_full_disk_is_told_and_the_next_try_finds_nothing_in_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = at(tmp_path)
    with monkeypatch.context() as patched:

        def full(path: Path) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patched.setattr(creation, "sync_folder", full)
        with pytest.raises(StorageFailed, match="No space left"):
            create(PLAN, place, NOW)
    place.config.unlink(missing_ok=True)
    create(PLAN, place, NOW)
    must_be_finished(place)


# --- power cuts -------------------------------------------------------------------------------


class Cut(BaseException):
    """The process dies, and nothing that is called afterwards happens."""


def _dying(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    left = steps
    for name in ("rename", "replace", "unlink", "link", "fsync", "fdatasync", "open", "mkdir"):
        real = getattr(os, name)

        def call(*args: object, _real: Callable[..., object] = real, **more: object) -> object:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Cut
            return _real(*args, **more)

        monkeypatch.setattr(os, name, call)


@pytest.mark.slow
@pytest.mark.parametrize("before", ["nothing", "begun", "used"])
def test_a_kill_at_any_call_leads_to_the_assistant_or_to_a_kiosk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    finished = 0
    for step in range(1, 200):
        folder = tmp_path / str(step)
        folder.mkdir()
        place = at(folder)
        plan = Plan("K1", "ru", DEVICES, PLAN.venue, OWNER, aside=True)
        if before != "nothing":
            create(PLAN, place, NOW)
            if before == "used":
                used(place)
            place.config.unlink()
        cut = False
        with monkeypatch.context() as patched:
            _dying(patched, step)
            try:
                create(plan, place, NOW)
            except (Cut, StorageFailed):
                cut = True
        if place.config.exists():
            must_be_finished(place)
            finished += 1
        else:
            assert cut
            _answer_again(place, plan)
        if before == "used":
            _old_books_are_somewhere(folder)
        if not cut:
            break
        shutil.rmtree(folder)
    else:
        raise AssertionError("it never came to its end")
    assert step > 10 and finished >= 1


def _answer_again(place: Place, plan: Plan) -> None:
    """The owner meets the assistant again, and says the same."""
    create(plan, place, NOW)
    must_be_finished(place)


def _old_books_are_somewhere(folder: Path) -> None:
    for file in (folder / "store").glob("kiosk.db*"):
        if not file.name.endswith(("-wal", "-shm", ".lock")):
            secrets = file.with_name(file.name.replace("kiosk", "secrets"))
            if not secrets.exists():
                continue
            old = Venue.open(file, secrets, write=False)
            try:
                if old.ask(cash.LastStart(), NOW) == 1:
                    return
            finally:
                old.close()
    raise AssertionError("the books that were used are gone")


SCRIPT = """
import sys
from pathlib import Path
from tests.first_boot.test_creation import PLAN, at
from kiosk.core.clock import system_now
from kiosk.first_boot.creation import create
create(PLAN, at(Path(sys.argv[1])), system_now())
print("made")
"""
DISKS, LAST = 80, 40
"""So many by chance, and so many of the end, where the names are given."""


@pytest.mark.slow
def test_no_disk_that_a_power_cut_leaves_is_between(tmp_path: Path) -> None:
    """The real program under strace; each disk that its calls allow is opened, some by chance."""
    files = tmp_path / "files"
    files.mkdir()
    before = contents(files)
    root = Path(__file__).parents[2]
    told = record(
        [sys.executable, "-c", SCRIPT, str(files)],
        tmp_path / "trace",
        cwd=root,
        env={"PYTHONPATH": str(root)},
    )
    assert told.strip() == "made"
    found = events(tmp_path / "trace", files)
    kinds, seen = set(), set()
    chance = random.Random(8)
    disks = list(_disks(before, found, chance))
    for content in [*chance.sample(disks[:-LAST], DISKS), *disks[-LAST:]]:
        if repr(content) in seen:
            continue
        seen.add(repr(content))
        place = at(tmp_path / "disk")
        _lay(content, tmp_path / "disk")
        if place.config.exists():
            kinds.add("kiosk")
            must_be_finished(place)
        else:
            there = books_there(place.settings().store, system_now())
            kinds.add(there.state)
            assert there.state != "broken", there.why
            _answer_again(place, PLAN)
        shutil.rmtree(tmp_path / "disk")
    assert kinds >= {"kiosk", "none", "begun"}, kinds


def _disks(before: Content, found: list[object], chance: random.Random) -> Iterator[Content]:
    disk = Disk(before)
    for event in found:
        if isinstance(event, (Synced, Opened)):
            for _, fate in fates(disk.unsynced(), chance, 4):
                yield disk.after(fate)
        disk.take(event)  # type: ignore[arg-type]
    for _, fate in fates(disk.unsynced(), chance, 12):
        yield disk.after(fate)


def _lay(content: Content, folder: Path) -> None:
    folder.mkdir()
    for name, data in content.items():
        if data is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(data)
