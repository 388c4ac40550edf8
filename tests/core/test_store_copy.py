"""A store is copied while it is written; a copy is whole or not there (issue 3, part 1)."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.core.store import Store, TableSpec

TABLES = (TableSpec("entries", ("seq",)), TableSpec("balances"))
FACTS = {"kiosk": "k1", "currency": "RUB"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(tmp_path / "store.db", facts=FACTS, tables=TABLES)
    yield made
    made.close()


def put(store: Store, seq: int, filler: str = "") -> None:
    """An entry and what all entries add up to, in one transaction."""
    with store.transaction():
        store.put("entries", f"e{seq}", {"id": f"e{seq}", "seq": seq, "filler": filler})
        store.put("balances", "sum", {"id": "sum", "minor": 500 * seq})


def must_be_one_moment(path: Path) -> int:
    copy = Store.open(path, tables=TABLES)
    count = len(copy.table("entries"))
    assert [e["seq"] for e in copy.table("entries")] == list(range(1, count + 1))
    assert copy.get("balances", "sum") == {"id": "sum", "minor": 500 * count}
    assert copy.integrity() == []
    copy.close()
    return count


@pytest.mark.parametrize("write", [True, False])
def test_a_copy_holds_what_was_committed_and_nothing_lies_beside_it(
    store: Store, tmp_path: Path, write: bool
) -> None:
    put(store, 1)
    put(store, 2)
    assert (tmp_path / "store.db-wal").stat().st_size, "the entries are in the log yet"
    there = tmp_path / "there"
    there.mkdir()
    source = store if write else Store.open(store.path, tables=TABLES, write=False)
    try:
        with store.transaction():
            store.put("entries", "e3", {"id": "e3", "seq": 3})
            source.backup(there / "copy.db")
    finally:
        if not write:
            source.close()
    assert [file.name for file in there.iterdir()] == ["copy.db"]
    assert stat.S_IMODE((there / "copy.db").stat().st_mode) == 0o600
    assert must_be_one_moment(there / "copy.db") == 2


def test_a_later_copy_replaces_the_former_whole(store: Store, tmp_path: Path) -> None:
    put(store, 1, "x" * 200_000)
    store.backup(tmp_path / "copy.db")
    put(store, 2)
    (tmp_path / "copy.db.new").write_bytes(b"half of one, by a power cut")
    store.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db.new").exists()
    assert must_be_one_moment(tmp_path / "copy.db") == 2


def test_the_writer_goes_on_between_the_portions_and_the_copy_is_of_one_moment(
    store: Store, tmp_path: Path
) -> None:
    for seq in range(1, 11):
        put(store, seq, "x" * 1_000_000)
    told = []

    def between(done: int, total: int) -> None:
        told.append((done, total))
        assert len(told) < 100, "the copy begins again at each commit"
        put(store, 10 + len(told))

    store.backup(tmp_path / "copy.db", between)
    assert len(told) >= 4 and told[-1][0] == told[-1][1], told
    assert must_be_one_moment(tmp_path / "copy.db") == 10
    assert len(store.table("entries")) == 10 + len(told)


def test_a_copy_can_be_made_in_a_thread_beside_the_writers(store: Store, tmp_path: Path) -> None:
    put(store, 1, "x" * 3_000_000)
    thread = threading.Thread(target=store.backup, args=(tmp_path / "copy.db",))
    thread.start()
    seq = 1
    while thread.is_alive() or seq < 20:
        seq += 1
        put(store, seq)
    thread.join()
    assert 1 <= must_be_one_moment(tmp_path / "copy.db") <= seq


WRITER = """
import sys
from pathlib import Path
from tests.core.test_store_copy import TABLES, put
from kiosk.core.store import Store
store = Store.open(Path(sys.argv[1]), tables=TABLES)
seq = len(store.table("entries"))
while True:
    seq += 1
    put(store, seq, "x" * 2000)
    print(seq, flush=True)
"""


def test_copies_beside_a_writer_in_another_process_are_each_of_one_moment(
    store: Store, tmp_path: Path
) -> None:
    put(store, 1, "x" * 3_000_000)
    store.close()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(store.path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as writer:
        assert writer.stdout is not None
        try:
            counts = []
            for n in range(5):
                told = int(writer.stdout.readline())
                reader = Store.open(store.path, tables=TABLES, write=False)
                reader.backup(tmp_path / f"copy{n}.db")
                reader.close()
                counts.append(must_be_one_moment(tmp_path / f"copy{n}.db"))
                assert counts[-1] >= told, "what was acknowledged before is in the copy"
        finally:
            writer.kill()
    assert counts == sorted(set(counts))


# --- Where it cannot be made --------------------------------------------------------------------

SMALL_DISK = """
import os, resource, signal, sys
from pathlib import Path
from tests.core.test_store_copy import TABLES
from kiosk.core.errors import StorageFailed
from kiosk.core.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]), tables=TABLES, write=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
try:
    store.backup(Path(sys.argv[2]))
except StorageFailed as error:
    print(error)
"""


def test_a_disk_that_takes_half_of_it_keeps_the_former_copy(store: Store, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    put(store, 1)
    store.backup(there / "copy.db")
    put(store, 2, "x" * 2_000_000)
    ran = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(store.path), str(there / "copy.db")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "cannot be copied to" in ran.stdout, ran.stdout + ran.stderr
    assert [file.name for file in there.iterdir()] == ["copy.db"]
    assert must_be_one_moment(there / "copy.db") == 1


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_copy_that_is_not_on_the_disk_is_none(
    store: Store, tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), refuse)
    with pytest.raises(StorageFailed, match=r"copy\.db cannot be written: .*Input/output"):
        store.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists() and not (tmp_path / "copy.db.new").exists()
    put(store, 1)


def test_a_folder_that_is_not_there_is_a_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match=r"cannot be written: .*No such file"):
        store.backup(tmp_path / "nowhere" / "copy.db")


def test_a_store_in_use_and_the_store_itself_are_not_overwritten(
    store: Store, tmp_path: Path
) -> None:
    put(store, 1)
    with pytest.raises(StorageFailed, match=r"store\.db-wal exists"):
        store.backup(store.path)
    store.close()
    with pytest.raises(StorageFailed, match="the store itself"):
        Store.open(store.path, tables=TABLES, write=False).backup(store.path)
    assert must_be_one_moment(store.path) == 1


def test_a_damaged_store_makes_no_copy(store: Store, tmp_path: Path) -> None:
    put(store, 1, "x" * 50_000)
    store.close()
    with sqlite3.connect(store.path) as db:
        index = "entries:seq"
        page = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
        size = db.execute("PRAGMA page_size").fetchone()
    db.close()
    content = bytearray(store.path.read_bytes())
    content[(page[0] - 1) * size[0] + 3 : (page[0] - 1) * size[0] + 5] = b"\0\0"
    store.path.write_bytes(content)
    damaged = Store.open(store.path, tables=TABLES, write=False)
    with pytest.raises(LedgerCorrupt, match="not sound"):
        damaged.backup(tmp_path / "copy.db")
    damaged.close()
    assert [f.name for f in tmp_path.glob("copy*")] == []
