"""The failing disk does what its page says: else nothing that is proven on it is proven."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kiosk.core.errors import StorageFailed
from kiosk.core.store import Store, TableSpec
from tests import disk_vfs
from tests.core.guest import shelf
from tests.disk import PAGE, SECTOR, Disk, Kind, Lose, abandon

TABLES = (TableSpec("notes"),)
OLD, NEW, NEWER = (bytes([letter]) * SECTOR for letter in b"onw")


@pytest.fixture
def disk() -> Iterator[Disk]:
    with shelf() as folder, Disk(folder) as made:
        yield made


def make_store(disk: Disk) -> Store:
    return Store.create(disk.folder / "kiosk.db", facts={"kiosk": "K1"}, tables=TABLES)


def open_store(disk: Disk) -> Store:
    return Store.open(disk.folder / "kiosk.db", tables=TABLES)


def put(store: Store, name: str, **more: object) -> None:
    with store.transaction():
        store.put("notes", name, {"id": name, **more})


def names(store: Store) -> list[str]:
    return [str(document["id"]) for document in store.table("notes")]


def plain(disk: Disk, content: bytes) -> tuple[sqlite3.Connection, disk_vfs.Handle]:
    """A file that SQLite has opened and we write: `content` is in it and on the disk."""
    path = disk.folder / "plain"
    path.write_bytes(content)
    db = sqlite3.connect(path, isolation_level=None)
    (handle,) = disk._handles
    return db, handle


def after_a_cut(disk: Disk, db: sqlite3.Connection, seed: int) -> bytes:
    disk.power_cut(Random(seed))
    db.close()
    return (disk.folder / "plain").read_bytes()


# --- Passing on ---------------------------------------------------------------------------------


def test_a_store_on_a_sound_disk_is_the_same_and_is_counted(disk: Disk) -> None:
    store = make_store(disk)
    syncs, written = disk.syncs, disk.bytes_written
    put(store, "n1")
    assert disk.syncs == syncs + 1
    assert SECTOR < disk.bytes_written - written < 20_000
    assert disk.unsynced() == 0
    store.close()
    assert disk.calls["open"] and disk.calls["write"] and not disk.struck
    assert [p.name for p in disk.folder.iterdir() if p.suffix == ".db"] == ["kiosk.db"]
    again = open_store(disk)
    assert names(again) == ["n1"] and again.integrity() == []
    again.close()


def test_other_folders_and_other_times_are_left_alone(disk: Disk) -> None:
    disk.fail("write", times=None)
    with shelf() as elsewhere:
        other = Store.create(elsewhere / "kiosk.db", facts={"kiosk": "K2"}, tables=TABLES)
        put(other, "n1")
        other.close()
    assert not disk.struck


def test_after_the_disk_is_taken_off_connections_are_plain_again() -> None:
    with shelf() as folder:
        with Disk(folder) as disk:
            make_store(disk).close()
        calls = disk.calls.copy()
        real = os.fsync
        store = open_store(disk)
        put(store, "n1")
        store.close()
        assert disk.calls == calls and os.fsync is real
        find = disk_vfs.library().sqlite3_vfs_find
        assert find(None) == find(b"unix")


def test_what_goes_wrong_inside_the_disk_itself_is_told() -> None:
    class Broken(Disk):
        def syncing(self, handle: disk_vfs.Handle, flags: int) -> int:
            raise ZeroDivisionError

    with shelf() as folder, pytest.raises(ZeroDivisionError):
        with Broken(folder) as disk, pytest.raises(StorageFailed):
            make_store(disk)
        pytest.fail("the mistake was swallowed")


# --- Failing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["write", "sync"])
@pytest.mark.parametrize("after", [1, 2])
def test_the_nth_call_fails_once_and_the_store_is_poisoned(
    disk: Disk, kind: Kind, after: int
) -> None:
    store = make_store(disk)
    disk.fail(kind, after=after)
    with pytest.raises(StorageFailed, match="I/O"):
        for n in range(after):
            put(store, f"n{n}")
    assert sum(disk.struck.values()) == 1
    with pytest.raises(StorageFailed, match="earlier"):
        put(store, "later")
    disk.kill()
    abandon(store)


def test_a_disk_that_fails_for_good_fails_until_it_is_healed(disk: Disk) -> None:
    store = make_store(disk)
    disk.fail("sync", times=None, where="-wal", lose="nothing")
    with pytest.raises(StorageFailed, match="I/O"):
        put(store, "n1")
    disk.kill()
    abandon(store)
    for _ in range(2):
        with pytest.raises(StorageFailed, match="cannot be synced"):
            open_store(disk)
    disk.heal()
    store = open_store(disk)
    put(store, "n2")
    assert disk.struck["sync EIO, nothing lost"] == 3
    store.close()


def test_opening_reading_truncating_and_deleting_can_fail(disk: Disk) -> None:
    make_store(disk).close()
    disk.fail("open", where="kiosk.db")
    with pytest.raises(StorageFailed, match="unable to open"):
        open_store(disk)
    disk.fail("read")
    with pytest.raises(StorageFailed, match="I/O"):
        open_store(disk)
    (disk.folder / "plain").write_bytes(b"")
    db = sqlite3.connect(disk.folder / "plain", isolation_level=None)
    db.execute("CREATE TABLE a (b)")
    disk.fail("delete")
    with pytest.raises(sqlite3.OperationalError, match="I/O"):
        db.execute("INSERT INTO a VALUES (1)")
    db.execute("PRAGMA journal_mode = TRUNCATE")
    disk.fail("truncate")
    with pytest.raises(sqlite3.OperationalError, match="I/O"):
        db.execute("INSERT INTO a VALUES (1)")
    db.close()
    assert {k.split()[0] for k in disk.struck} == {"open", "read", "delete", "truncate"}


def test_a_full_disk_takes_what_fits(disk: Disk) -> None:
    db, handle = plain(disk, OLD * 2)
    disk.full_after(100)
    assert disk.writing(handle, SECTOR, NEW * 2) == disk_vfs.FULL
    assert handle.read(0, handle.size()) == OLD + NEW + NEW[:100]
    assert disk.writing(handle, 0, NEW) == disk_vfs.OK, "what is there already needs no room"
    assert disk.struck == {"full": 1}
    db.close()


def test_a_store_on_a_full_disk_stops_and_goes_on_when_there_is_room(disk: Disk) -> None:
    store = make_store(disk)
    put(store, "n1")
    disk.full_after(3000)
    with pytest.raises(StorageFailed, match="full"):
        put(store, "n2", text="x" * 5000)
    disk.kill()
    abandon(store)
    disk.heal()
    store = open_store(disk)
    assert names(store) == ["n1"]
    put(store, "n3")
    store.close()


# --- Failed syncs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lose", "seen", "at_last"),
    [("later", NEW, OLD), ("now", OLD, OLD), ("nothing", NEW, NEW)],
)
def test_a_failed_sync_loses_what_no_later_sync_brings_back(
    disk: Disk, lose: Lose, seen: bytes, at_last: bytes
) -> None:
    db, handle = plain(disk, OLD * 16)
    disk.writing(handle, 0, NEW)
    disk.fail("sync", lose=lose)
    assert disk.syncing(handle, 2) == disk_vfs.IOERR_FSYNC
    assert disk.syncing(handle, 2) == disk_vfs.OK, "and yet: this is why a sync is never retried"
    assert handle.read(0, SECTOR) == seen
    disk.reboot()
    db.close()
    assert (disk.folder / "plain").read_bytes()[:SECTOR] == at_last


def test_a_lost_page_that_is_written_again_is_saved_whole(disk: Disk) -> None:
    db, handle = plain(disk, OLD * 16)
    disk.writing(handle, 0, NEW * 16)
    disk.fail("sync")
    assert disk.syncing(handle, 2) == disk_vfs.IOERR_FSYNC
    disk.writing(handle, 3 * SECTOR, NEWER)
    assert disk.syncing(handle, 2) == disk_vfs.OK
    assert after_a_cut(disk, db, 0) == NEW * 3 + NEWER + NEW * 4 + OLD * 8


def test_the_stores_own_sync_of_a_folder_fails_too(disk: Disk) -> None:
    disk.fail("sync", where=disk.folder.name)
    with pytest.raises(StorageFailed, match="cannot be made"):
        make_store(disk)
    assert disk.struck == {"sync EIO, lost later": 1}


# --- Cuts ---------------------------------------------------------------------------------------


def test_what_is_synced_is_never_lost(disk: Disk) -> None:
    for seed in range(30):
        db, handle = plain(disk, OLD * 4)
        disk.writing(handle, SECTOR, NEW * 2)
        assert disk.syncing(handle, 2) == disk_vfs.OK
        assert after_a_cut(disk, db, seed) == OLD + NEW * 2 + OLD


def test_each_unsynced_write_is_kept_lost_or_torn_in_any_order(disk: Disk) -> None:
    seen = set()
    for seed in range(500):
        db, handle = plain(disk, OLD * 4)
        disk.writing(handle, 0, NEW * 2)
        disk.writing(handle, 2 * SECTOR, NEW * 2)
        found = after_a_cut(disk, db, seed)
        seen.add("".join(chr(found[n * SECTOR]) for n in range(4)))
        assert all(found[n * SECTOR :][:SECTOR] in (OLD, NEW) for n in range(4))
    assert {"oooo", "nnnn", "nnoo", "oonn", "nooo", "noon", "onno"} <= seen


def test_a_sector_is_as_one_moment_left_it(disk: Disk) -> None:
    first, second = NEW[:100], NEWER[:100]
    states = {OLD, first + OLD[100:], first + second + OLD[200:]}
    seen = set()
    for seed in range(60):
        db, handle = plain(disk, OLD)
        disk.writing(handle, 0, first)
        disk.writing(handle, 100, second)
        seen.add(after_a_cut(disk, db, seed))
    assert seen == states, "never the second write without the first"


def test_the_size_of_a_file_is_any_that_it_had(disk: Disk) -> None:
    sizes = set()
    for seed in range(60):
        db, handle = plain(disk, OLD * 3)
        disk.truncating(handle, SECTOR)
        disk.writing(handle, SECTOR, NEW * 3)
        found = after_a_cut(disk, db, seed)
        sizes.add(len(found) // SECTOR)
        assert found[:SECTOR] == OLD
        assert all(found[at] in b"on\0" for at in range(0, len(found), SECTOR))
    assert sizes == {1, 3, 4}


def test_a_new_log_may_have_no_name_and_a_deleted_one_may_be_back(disk: Disk) -> None:
    told = set()
    for seed in range(40):
        make_store(disk).close()
        store = open_store(disk)
        store.rows("PRAGMA synchronous = OFF")
        put(store, "n1")
        told |= {line.partition(": ")[2] for line in disk.power_cut(Random(seed))}
        abandon(store)
        store = open_store(disk)
        put(store, "n2")
        store.close()
        told |= {line.partition(": ")[2] for line in disk.power_cut(Random(seed))}
        open_store(disk).close()
        for path in disk.folder.iterdir():
            path.unlink()
    assert {"it has no name on the disk", "it is back"} <= told


def lost_after_cuts(disk: Disk, *pragmas: str) -> int:
    """Of 60 cuts, how many took an acknowledged note back."""
    lost = 0
    store = make_store(disk)
    for seed in range(60):
        for pragma in pragmas:
            store.rows(f"PRAGMA {pragma}")
        for n in range(3):
            put(store, f"{seed}-{n}")
        disk.power_cut(Random(seed))
        abandon(store)
        store = open_store(disk)
        assert store.integrity() == []
        there = set(names(store))
        lost += any(f"{seed}-{n}" not in there for n in range(3))
    store.close()
    return lost


@pytest.mark.parametrize(
    ("pragmas", "loses"),
    [
        (("synchronous = FULL",), False),
        (("synchronous = NORMAL",), True),
        (("journal_mode = DELETE", "synchronous = FULL"), True),
        (("journal_mode = DELETE", "synchronous = EXTRA"), False),
    ],
)
def test_only_a_store_that_syncs_each_commit_keeps_what_it_acknowledged(
    disk: Disk, pragmas: tuple[str, ...], loses: bool
) -> None:
    assert (lost_after_cuts(disk, *pragmas) > 0) == loses


def test_a_log_that_was_lost_by_a_failed_sync_takes_later_notes_along(disk: Disk) -> None:
    """Why a poisoned store is followed by a reboot, and not by a new process alone."""
    store = make_store(disk)
    disk.fail("sync", where="-wal")
    with pytest.raises(StorageFailed):
        put(store, "n1", text="x" * 4 * PAGE)  # more than a write beside it would save
    disk.kill()
    abandon(store)
    store = open_store(disk)
    assert names(store) == ["n1"], "the new process reads what never reached the disk"
    put(store, "n2")
    disk.reboot()
    abandon(store)
    store = open_store(disk)
    assert names(store) == []
    store.close()


def test_closing_a_store_that_failed_calls_the_disk_no_more(disk: Disk) -> None:
    store = make_store(disk)
    put(store, "n1")
    disk.fail("sync", lose="nothing")
    with pytest.raises(StorageFailed):
        put(store, "n2")
    calls = disk.calls.copy()
    store.close()
    assert disk.calls == calls
    disk.reboot()
    abandon(store)
    open_store(disk).close()


@pytest.mark.parametrize("found", ["a log with a commit", "a new log"])
def test_what_a_killed_process_did_not_sync_is_on_the_disk_before_it_is_believed(
    disk: Disk, found: str
) -> None:
    for seed in range(30):
        store = make_store(disk)
        if found == "a new log":
            store.close()
            store = open_store(disk)
        disk.fail("sync", times=None, lose="nothing")  # it is killed here
        with pytest.raises(StorageFailed):
            put(store, "n1")
        disk.kill()
        disk.heal()
        abandon(store)
        store = open_store(disk)
        # A new log is synced before its first commit is written.
        there = [] if found == "a new log" else ["n1"]
        assert names(store) == there
        if seed % 2:
            put(store, "n2")
            there += ["n2"]
        disk.power_cut(Random(seed))
        abandon(store)
        store = open_store(disk)
        assert names(store) == there
        store.close()
        for path in disk.folder.iterdir():
            path.unlink()


# --- The end of a process -----------------------------------------------------------------------


@pytest.mark.parametrize("end", ["kill", "reboot", "cut"])
def test_what_is_left_of_a_dead_process_changes_nothing(disk: Disk, end: str) -> None:
    store = make_store(disk)
    put(store, "n1")
    with pytest.raises(StorageFailed), store.transaction():  # a write that is under way
        store.put("notes", "n2", {"id": "n2"})
        if end == "kill":
            disk.kill()
        elif end == "reboot":
            disk.reboot()
        else:
            disk.power_cut(Random(1))
    disk.struck.clear()
    before = {p.name: p.read_bytes() for p in disk.folder.iterdir()}
    with pytest.raises(StorageFailed):
        put(store, "n3")
    abandon(store)
    after = {p.name: p.read_bytes() for p in disk.folder.iterdir()}
    assert after == before
    again = open_store(disk)
    assert names(again) == ["n1"]
    put(again, "n4")
    again.close()


@pytest.mark.parametrize("end", ["kill", "reboot", "cut"])
def test_the_next_process_is_not_hindered_by_what_the_dead_one_holds(disk: Disk, end: str) -> None:
    store = make_store(disk)
    with pytest.raises(StorageFailed), store.transaction():
        store.put("notes", "n1", {"id": "n1"})
        {"kill": disk.kill, "reboot": disk.reboot}.get(end, lambda: disk.power_cut(Random(1)))()
        again = open_store(disk)
        put(again, "n2")
    assert names(again) == ["n2"]
    abandon(store)
    put(again, "n3")
    again.close()


def test_a_killed_process_leaves_its_unsynced_writes_to_the_next_cut(disk: Disk) -> None:
    kept = set()
    for seed in range(40):
        db, handle = plain(disk, OLD)
        disk.writing(handle, 0, NEW)
        disk.kill()
        assert (disk.folder / "plain").read_bytes() == NEW
        kept.add(after_a_cut(disk, db, seed))
    assert kept == {OLD, NEW}


def test_no_file_stays_open_behind_a_dead_process(disk: Disk) -> None:
    store = make_store(disk)

    def held() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    for _ in range(20):
        disk.fail("sync")
        with pytest.raises(StorageFailed):
            put(store, "n1")
        disk.reboot()
        abandon(store)
        store = open_store(disk)
    assert held() <= before + 1
    store.close()
