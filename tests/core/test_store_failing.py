"""The first write that fails is the last: nothing is tried again on a disk that has lied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kiosk.core.cash import GetNote, HoldNote, SettleNote
from kiosk.core.clients import RegisterCard
from kiosk.core.errors import StorageFailed
from kiosk.core.ids import CardId, ClientId, NoteId
from kiosk.core.ledger import Entry
from kiosk.core.recognition import Recognised
from kiosk.core.situation import Closed
from kiosk.core.store import WAL_IDLE_BYTES, Store, TableSpec
from kiosk.core.venue import Venue
from tests.core.guest import NOW, Guest, make_venue, rub, shelf
from tests.disk import Disk, abandon
from tests.test_runtime import Shell

TABLES = (TableSpec("entries"),)
FAULTS: list[dict[str, Any]] = [
    {"kind": "write", "where": "-wal"},
    {"kind": "write", "where": "-wal", "error": "ENOSPC"},
    *({"kind": "sync", "where": "-wal", "lose": lose} for lose in ("later", "now", "nothing")),
]


@pytest.fixture
def disk() -> Iterator[Disk]:
    with shelf() as folder, Disk(folder) as failing:
        yield failing


def put(store: Store, name: str) -> None:
    with store.transaction():
        store.put("entries", name, {"id": name})


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_first_failed_write_is_the_last(disk: Disk, fault: dict[str, Any]) -> None:
    path = disk.folder / "store.db"
    store = Store.create(path, facts={}, tables=TABLES)
    put(store, "acknowledged")
    disk.fail(**fault)
    with pytest.raises(StorageFailed, match=r"store\.db"):
        put(store, "unknown")
    assert disk.struck.total() == 1
    disk.heal()
    touched = {kind: disk.calls[kind] for kind in ("write", "sync", "truncate")}
    for name in ("unknown", "another"):
        with pytest.raises(StorageFailed, match="until a restart"):
            put(store, name)
    with pytest.raises(StorageFailed, match="until a restart"):
        store.empty_log()
    store.close()
    assert {kind: disk.calls[kind] for kind in touched} == touched, "the disk was tried again"
    disk.power_cut(Random(1))
    abandon(store)
    again = Store.open(path, tables=TABLES)
    assert again.get("entries", "acknowledged") and again.integrity() == []
    assert not again.get("entries", "another")
    put(again, "after the restart")
    again.close()


def test_a_fold_that_fails_ends_it_too(disk: Disk) -> None:
    store = Store.create(disk.folder / "store.db", facts={}, tables=TABLES)
    with store.transaction():
        store.put("entries", "e", {"id": "e", "filler": "x" * WAL_IDLE_BYTES})
    disk.fail("sync", after=2)
    with pytest.raises(StorageFailed, match=r"store\.db"):
        store.idle()
    with pytest.raises(StorageFailed, match="until a restart"):
        put(store, "e2")
    disk.reboot()
    abandon(store)
    again = Store.open(disk.folder / "store.db", tables=TABLES)
    assert again.get("entries", "e") and again.integrity() == []
    again.close()


# --- The secrets stop the kiosk as well ---------------------------------------------------------


@pytest.fixture
def venue(disk: Disk) -> Iterator[Venue]:
    made = make_venue(disk.folder)
    yield made
    made.close()


def do(venue: Venue, command: object, key: str, actor: str = "kiosk") -> Entry:
    done = venue.do(command, actor=actor, key=key, now=NOW)
    assert isinstance(done, Entry), done
    return done


def register(venue: Venue, number: str) -> Entry:
    read = Recognised("ELECTRON", "interface", "PDS", number)
    command = RegisterCard(read, "guest", "ru", "1", name="Елена")
    return do(venue, command, f"card:{number}", "staff:101")


def test_no_money_is_taken_once_the_secrets_cannot_be_written(disk: Disk, venue: Venue) -> None:
    refs = register(venue, "2000000001").refs
    note = NoteId("acceptor/1/1")
    hold = HoldNote(note, rub(500), ClientId(refs["client"]), CardId(refs["card"]))
    do(venue, hold, "hold")
    before = venue.ledger.seq
    disk.fail("sync", where="secrets")
    with pytest.raises(StorageFailed, match=r"secrets\.db"):
        register(venue, "2000000002")
    disk.heal()
    for command, key in ((SettleNote(note), "settle"), (hold, "hold")):
        with pytest.raises(StorageFailed, match=r"secrets\.db: writing failed earlier"):
            do(venue, command, key)
    assert venue.ledger.seq == before and not venue.store.poisoned
    held = venue.ask(GetNote(note), NOW)
    assert held is not None and held.state == "held"


def test_books_that_failed_do_not_even_answer_what_was_asked_before(
    disk: Disk, venue: Venue
) -> None:
    register(venue, "2000000001")
    disk.fail("sync", where="kiosk.db")
    with pytest.raises(StorageFailed):
        register(venue, "2000000002")
    for number in ("2000000001", "2000000002"):
        with pytest.raises(StorageFailed, match="writing failed earlier"):
            register(venue, number)


def test_S01_a_guest_whose_secrets_cannot_be_written_sees_that_it_is_closed(
    disk: Disk, venue: Venue
) -> None:
    guest = Guest(venue)
    guest.tap()
    guest.press("register", "agree", "without_phone")
    shell = Shell(guest)
    disk.fail("write", where="secrets", times=None)
    shell.inbox.touch("next", shell.runtime.situation.page)
    shell.runtime.turn(guest.now)
    assert isinstance(shell.runtime.failure, StorageFailed)
    assert "secrets.db" in str(shell.runtime.failure)
    assert isinstance(shell.runtime.situation.scene, Closed)


def test_both_logs_are_folded_when_nobody_waits(disk: Disk, venue: Venue) -> None:
    guest = Guest(venue)
    shell = Shell(guest)
    logs = [disk.folder / name for name in ("kiosk.db-wal", "secrets.db-wal")]
    for store in (venue.store, venue._secrets):
        with store.transaction():
            name = "clients" if store is venue.store else "keys"
            store.put(name, "x", {"id": "x", "filler": "x" * WAL_IDLE_BYTES})
            store.put(name, "x", None)
    mains = [log.with_name(log.name.removesuffix("-wal")) for log in logs]
    before = [main.stat().st_size for main in mains]
    shell.runtime.turn(guest.now.later(3600))
    assert all(main.stat().st_size > size for main, size in zip(mains, before, strict=True))


def test_a_disk_that_does_not_answer_closes_the_kiosk(
    disk: Disk, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = Guest(venue)
    shell = Shell(guest)

    def gone(path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.statvfs", gone)
    shell.runtime.turn(guest.now.later(3600))
    assert isinstance(shell.runtime.failure, StorageFailed)
