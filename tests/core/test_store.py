"""The store: whole transactions, one writer, refusals in one sentence (issue 2, part 1)."""

import json
import os
import select
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tinydb import TinyDB, where

from kiosk.core.errors import (
    ConfigError,
    LedgerCorrupt,
    NotAStore,
    StorageFailed,
    StoreInUse,
    StoreTooNew,
)
from kiosk.core.store import Store, TableSpec
from kiosk.core.store_file import APPLICATION_ID, FORMAT_VERSION
from kiosk.core.store_queries import condition

TABLES = (TableSpec("entries", ("seq", "refs.note")), TableSpec("balances"))
FACTS = {"kiosk": "k1", "currency": "RUB", "simulated": True, "created_at": "2026-01-01T00:00:00Z"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with_tables = Store.create(path, facts=FACTS, tables=TABLES)
    yield with_tables
    with_tables.close()


def put_one(store: Store, id: str = "e1", **more: object) -> None:  # noqa: A002
    with store.transaction():
        store.put("entries", id, {"id": id, **more})


# --- What is written ----------------------------------------------------------------------------


def test_a_document_is_stored_replaced_and_removed_by_its_own_id(store: Store) -> None:
    put_one(store, seq=1, name="Алиса ₽")
    put_one(store, seq=2)
    assert store.get("entries", "e1") == {"id": "e1", "seq": 2}
    assert [doc.doc_id for doc in store.table("entries")] == [1]
    with store.transaction():
        store.put("entries", "e1", None)
    assert store.get("entries", "e1") is None
    assert store.table("entries").all() == []


def test_what_is_stored_is_there_after_reopening_with_its_facts(store: Store, path: Path) -> None:
    put_one(store, name="Алиса ₽")
    store.close()
    with_facts = Store.open(path, tables=TABLES)
    assert with_facts.get("entries", "e1") == {"id": "e1", "name": "Алиса ₽"}
    assert dict(with_facts.facts) == FACTS
    with_facts.close()


def test_a_transaction_over_two_tables_is_all_there_or_not_at_all(store: Store) -> None:
    put_one(store)
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.put("entries", "e2", {"id": "e2"})
        store.put("balances", "b", {"id": "b", "minor": 500})
        raise ZeroDivisionError
    assert store.get("entries", "e2") is None and store.get("balances", "b") is None
    assert not store.poisoned
    with store.transaction():
        store.put("entries", "e2", {"id": "e2"})
        store.put("balances", "b", {"id": "b", "minor": 500})
    assert store.get("balances", "b") == {"id": "b", "minor": 500}


def test_a_failing_operation_inside_a_transaction_leaves_the_rest_of_it(store: Store) -> None:
    with store.transaction():
        store.put("entries", "e1", {"id": "e1"})
        with pytest.raises(ValueError, match="Mapping"):
            store.table("balances").insert_multiple([{"id": "b"}, "no document"])  # type: ignore[list-item]
    assert store.get("entries", "e1") and store.table("balances").all() == []


def test_transactions_do_not_nest_and_put_needs_one(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="do not nest"), store.transaction():
        pass
    with pytest.raises(RuntimeError, match="inside a transaction"):
        store.put("entries", "e1", {"id": "e1"})
    with store.snapshot(), pytest.raises(RuntimeError, match="do not nest"):
        store.table("entries").insert({"would": "be lost"})


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"id": "e1", "minor": 1.5}, TypeError),
        ({"id": "e1", "deep": [{"minor": 2.0}]}, TypeError),
        ({"id": "e1", "at": object()}, TypeError),
        ({"id": "e1", 5: "x"}, TypeError),
        ({"id": "other"}, ValueError),
        ({"id": "e1", "text": "a\0b"}, ValueError),
        ({"id": "e1", "text": "\ud800"}, ValueError),
        ({}, ValueError),
    ],
)
def test_what_is_no_plain_document_is_refused_and_breaks_nothing(
    store: Store, document: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error), store.transaction():
        store.put("entries", "e1", document)
    assert not store.poisoned and store.get("entries", "e1") is None
    put_one(store)


def test_nesting_without_end_is_refused(store: Store) -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="deep"):
        put_one(store, endless=endless)


def test_the_same_id_twice_is_refused_and_breaks_nothing(store: Store) -> None:
    put_one(store)
    with pytest.raises(ValueError, match="id"):
        store.table("entries").insert({"id": "e1"})
    assert len(store.table("entries")) == 1 and not store.poisoned


def test_an_undeclared_table_is_refused_by_name(store: Store) -> None:
    with pytest.raises(KeyError, match=r"clints.*balances"):
        store.table("clints")
    with pytest.raises(KeyError, match="clints"), store.transaction():
        store.put("clints", "c", {"id": "c"})


def test_doc_ids_are_not_given_twice_after_removing_and_reopening(store: Store, path: Path) -> None:
    table = store.table("entries")
    assert table.insert_multiple([{"n": 1}, {"n": 2}, {"n": 3}]) == [1, 2, 3]
    table.remove(where("n") == 3)
    assert table.insert({"n": 4}) == 4
    with store.transaction():
        store.put("entries", "x", {"id": "x"})
        store.put("entries", "x", None)
    store.close()
    again = Store.open(path, tables=TABLES)
    assert again.table("entries").insert({"n": 6}) == 6
    again.table("entries").truncate()
    assert again.table("entries").insert({"n": 7}) == 7
    again.close()


def test_answers_do_not_alias(store: Store) -> None:
    put_one(store, list=[1])
    found = store.table("entries").search(where("id") == "e1")[0]
    found["list"].append(2)
    assert store.get("entries", "e1") == {"id": "e1", "list": [1]}
    assert store.table("entries").search(where("id") == "e1")[0]["list"] == [1]


def test_a_loop_over_a_table_may_write_to_it(store: Store) -> None:
    table = store.table("entries")
    table.insert_multiple({"n": n} for n in range(1201))
    with store.transaction():
        for document in table:
            table.insert({"copy_of": document["n"]})
    assert len(table) == 2402


def test_table_names_with_capitals_and_signs_are_kept_apart(store: Store) -> None:
    names = {"Case", "case", "sqlite_x", "foyer_facts", 'quote"', "имя", "x_61", "a"}
    for name in names:
        store.db.table(name).insert({"in": name})
    assert store.db.tables() == names | {"entries", "balances"}
    for name in names:
        assert store.db.table(name).all() == [{"in": name}]


# --- Indexes ------------------------------------------------------------------------------------


def plan(store: Store, sql: str, *args: object) -> str:
    return str(store.rows("EXPLAIN QUERY PLAN " + sql, args))


def test_searches_by_declared_paths_and_by_id_use_an_index(store: Store) -> None:
    for query, index in (
        (where("seq") > 5, "entries:seq"),
        ((where("kind") == "x") & (where("seq") == 5), "entries:seq"),
        (where("refs")["note"] == "n-1", "entries:refs.note"),
        (where("refs")["note"].one_of(["n-1", "n-2"]), "entries:refs.note"),
        (where("id") == "e1", "entries:id"),
    ):
        found = condition(query)
        steps = plan(store, f"SELECT doc FROM entries WHERE {found.sql}", *found.args)
        assert f"USING INDEX {index}" in steps, steps


def test_indexes_follow_the_declaration(store: Store, path: Path) -> None:
    put_one(store, seq=7, kind="top_up")
    store.close()
    changed = Store.open(path, tables=(TableSpec("entries", ("kind",)), TableSpec("balances")))
    sql = "SELECT doc FROM entries WHERE json_extract(doc, '$.\"{}\"') = ?"
    assert "entries:kind" in plan(changed, sql.format("kind"), "x")
    assert "SCAN" in plan(changed, sql.format("seq"), 7)
    assert changed.table("entries").count(where("seq") == 7) == 1
    changed.close()


def test_the_latest_come_newest_first_through_the_index(store: Store) -> None:
    store.table("entries").insert_multiple(
        {"id": f"e{n}", "seq": n, "refs": {"note": f"n{n % 2}"}} for n in range(10)
    )
    assert [doc["seq"] for doc in store.latest("entries", limit=3)] == [9, 8, 7]
    assert [doc["seq"] for doc in store.latest("entries", "refs.note", "n0", 3)] == [8, 6, 4]
    assert store.latest("balances") == []
    steps = plan(
        store,
        'SELECT doc FROM entries WHERE json_extract(doc, \'$."refs"."note"\') = ?'
        " ORDER BY doc_id DESC LIMIT 3",
        "n0",
    )
    assert "USING INDEX entries:refs.note" in steps and "TEMP B-TREE" not in steps, steps


# --- Refusals -----------------------------------------------------------------------------------


def test_a_new_store_is_private_whole_and_alone(store: Store, path: Path) -> None:
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert not path.with_name("store.db.new").exists()
    store.close()
    with pytest.raises(NotAStore, match="exists already"):
        Store.create(path, facts=FACTS, tables=TABLES)


def test_a_half_made_store_of_a_power_cut_is_made_anew(path: Path) -> None:
    path.with_name("store.db.new").write_bytes(b"half")
    path.with_name("store.db.new-wal").write_bytes(b"half")
    Store.create(path, facts=FACTS, tables=TABLES).close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["store.db", "store.db.lock"]


def test_a_log_without_its_file_is_never_played_into_a_new_store(path: Path) -> None:
    path.with_name("store.db-wal").write_bytes(b"money of somebody")
    with pytest.raises(NotAStore, match=r"store\.db-wal exists"):
        Store.create(path, facts=FACTS, tables=TABLES)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"SQLite format 3\0", "not a store"),
        (b"{}" * 100, "not a store"),
        (None, "does not exist"),
    ],
)
def test_what_is_no_store_is_refused_and_left_as_it_is(
    path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        path.write_bytes(content)
    for write in (True, False):
        with pytest.raises(NotAStore, match=sentence):
            Store.open(path, tables=TABLES, write=write)
    assert (path.read_bytes() if path.exists() else None) == content


def test_another_programs_sqlite_file_is_refused(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE entries (doc_id, doc)")
    other.close()
    with pytest.raises(NotAStore, match="not a store of this program"):
        Store.open(path, tables=TABLES)


def test_a_store_of_a_newer_program_is_refused_in_one_sentence(store: Store, path: Path) -> None:
    store.close()
    newer = sqlite3.connect(path)
    assert newer.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    newer.execute(f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="newer version of the program") as refusal:
        Store.open(path, tables=TABLES)
    assert isinstance(refusal.value, ConfigError) and len(refusal.value.mistakes) == 1
    assert path.read_bytes() == before


def test_a_second_writer_is_refused_and_told_who_the_first_is(store: Store, path: Path) -> None:
    with pytest.raises(StoreInUse, match=rf"process {os.getpid()}, since .* writes it"):
        Store.open(path, tables=TABLES)
    put_one(store)
    store.close()
    Store.open(path, tables=TABLES).close()


def test_a_reader_sees_commits_while_a_writer_runs_and_cannot_write(
    store: Store, path: Path
) -> None:
    reader = Store.open(path, tables=TABLES, write=False)
    assert reader.get("entries", "e1") is None
    with store.transaction():
        store.put("entries", "e1", {"id": "e1"})
        assert reader.get("entries", "e1") is None
    assert reader.get("entries", "e1") == {"id": "e1"}
    with reader.snapshot():
        assert len(reader.table("entries")) == 1
        put_one(store, "e2")
        assert len(reader.table("entries")) == 1
    assert len(reader.table("entries")) == 2
    with pytest.raises(StorageFailed, match="reading only"):
        reader.table("entries").insert({})
    assert not reader.poisoned
    reader.close()
    put_one(store, "e3")


# --- A disk that fails --------------------------------------------------------------------------


def fill_up(store: Store) -> None:
    pages = store.rows("PRAGMA page_count")[0][0]
    store.rows(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_poisons_the_store_for_good(store: Store, path: Path) -> None:
    put_one(store)
    fill_up(store)
    with pytest.raises(StorageFailed, match="full"):
        put_one(store, "e2", filler="x" * 100_000)
    assert store.poisoned
    store.rows("PRAGMA max_page_count = 1000000")
    with pytest.raises(StorageFailed, match="until a restart"):
        put_one(store, "e3")
    assert store.get("entries", "e1") == {"id": "e1"} and store.get("entries", "e2") is None
    before = path.read_bytes()
    store.close()
    assert path.read_bytes() == before, "closing wrote to a disk that had failed"
    again = Store.open(path, tables=TABLES)
    assert len(again.table("entries")) == 1
    again.close()


def test_a_failure_that_the_caller_swallows_still_commits_nothing(store: Store) -> None:
    fill_up(store)
    with pytest.raises(StorageFailed, match="until a restart"), store.transaction():
        store.put("entries", "e1", {"id": "e1"})
        with pytest.raises(StorageFailed, match="full"):
            store.put("entries", "e2", {"id": "e2", "filler": "x" * 100_000})
    assert store.get("entries", "e1") is None


FAILING_LOG = """
import resource, signal, sys
from pathlib import Path
from kiosk.core.store import Store, TableSpec
from kiosk.core.errors import StorageFailed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]), tables=(TableSpec("entries"),))
limit = 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
done = 0
try:
    while True:
        with store.transaction():
            store.put("entries", f"e{done}", {"id": f"e{done}"})
        done += 1
except StorageFailed:
    assert store.poisoned
    store.close()
    print(done)
"""


def test_a_write_that_the_system_refuses_poisons_and_keeps_what_was_acknowledged(
    path: Path,
) -> None:
    Store.create(path, facts=FACTS, tables=TABLES).close()
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            FAILING_LOG.replace("(limit, resource.RLIM_INFINITY)", "(limit, limit)"),
            str(path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    store = Store.open(path, tables=TABLES)
    assert len(store.table("entries")) == int(ran.stdout) > 10
    store.close()


def test_a_damaged_page_and_a_damaged_row_are_the_books_that_are_corrupt(
    store: Store, path: Path
) -> None:
    put_one(store, filler="x" * 50_000)
    store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    store.execute("UPDATE entries SET doc = '[1]'")
    with pytest.raises(LedgerCorrupt, match="entries, document 1"):
        store.table("entries").all()
    assert store.integrity() == []
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(LedgerCorrupt):
        Store.open(path, tables=TABLES).get("entries", "e1")


# --- Kills --------------------------------------------------------------------------------------

TOP_UPS = """
import sys
from pathlib import Path
from kiosk.core.store import Store, TableSpec
tables = (TableSpec("entries", ("seq", "refs.note")), TableSpec("balances"))
store = Store.open(Path(sys.argv[1]), tables=tables)
seq = len(store.table("entries"))
while True:
    seq += 1
    with store.transaction():
        balance = store.get("balances", "w") or {"id": "w", "minor": 0}
        store.put("entries", f"e{seq}", {"id": f"e{seq}", "seq": seq, "minor": 500})
        store.put("balances", "w", balance | {"minor": balance["minor"] + 500})
    print(seq, flush=True)
    store.idle()
"""


def test_twenty_kills_lose_nothing_that_was_acknowledged(path: Path) -> None:
    Store.create(path, facts=FACTS, tables=TABLES).close()
    acknowledged = 0
    for kill in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", TOP_UPS, str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                # A different number of commits each time, then at whatever the process is doing.
                for _ in range(1 + kill * 3):
                    assert select.select([process.stdout], [], [], 60)[0], "no top-up in a minute"
                    acknowledged = int(process.stdout.readline())
            finally:
                process.kill()
            for line in process.stdout:
                if line.endswith("\n"):
                    acknowledged = int(line)

        store = Store.open(path, tables=TABLES)
        seqs = [entry["seq"] for entry in store.table("entries")]
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) in (acknowledged, acknowledged + 1)
        assert store.get("balances", "w") == {"id": "w", "minor": 500 * len(seqs)}
        assert store.rows("PRAGMA integrity_check") == [("ok",)]
        store.close()
    assert acknowledged > 200


def test_commits_are_synced_and_readers_do_not_wait(store: Store) -> None:
    assert store.rows("PRAGMA synchronous") == [(2,)], "2 is FULL"
    assert store.rows("PRAGMA journal_mode") == [("wal",)]


# --- The log and the export ---------------------------------------------------------------------


def test_the_log_is_folded_in_when_idle_and_does_not_grow_without_bound(
    store: Store, path: Path
) -> None:
    log = path.with_name("store.db-wal")
    put_one(store, filler="x" * 500_000)
    small = path.stat().st_size
    store.idle()
    assert path.stat().st_size == small, "a short log is left alone"
    put_one(store, filler="y" * 900_000)
    store.idle()
    assert path.stat().st_size > 900_000
    for n in range(20):
        put_one(store, filler=chr(97 + n) * 2_000_000)
    assert log.stat().st_size < 24 * 1024 * 1024


def test_what_was_removed_is_not_left_in_the_file(store: Store, path: Path) -> None:
    put_one(store, "key", secret="SECRET-KEY-OF-A-CLIENT")
    store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"SECRET-KEY-OF-A-CLIENT" in path.read_bytes()
    with store.transaction():
        store.put("entries", "key", None)
    store.close()
    assert b"SECRET-KEY-OF-A-CLIENT" not in path.read_bytes()


def test_U5_the_export_is_a_file_that_stock_tinydb_opens(store: Store, tmp_path: Path) -> None:
    store.table("entries").insert_multiple(
        {"id": f"e{n}", "name": "Алиса ₽ \"'\n", "refs": {"note": n}} for n in range(3)
    )
    target = tmp_path / "books.json"
    target.write_text("what was there before")
    store.export(target)
    stock = TinyDB(target, access_mode="r")
    assert stock.tables() == {"facts", "entries", "balances"}
    assert stock.table("entries").all() == store.table("entries").all()
    assert stock.table("facts").all() == [FACTS]
    assert stock.table("entries").get(where("refs")["note"] == 2)["id"] == "e2"  # type: ignore[index]
    stock.close()
    assert not target.with_name("books.json.new").exists()
    json.loads(target.read_text())


def test_an_export_that_fails_leaves_what_was_there(store: Store, tmp_path: Path) -> None:
    (tmp_path / "books.json.new").mkdir()
    target = tmp_path / "books.json"
    target.write_text("what was there before")
    with pytest.raises(StorageFailed, match=r"books\.json"):
        store.export(target)
    assert target.read_text() == "what was there before"


def test_free_bytes_are_those_of_the_disk(store: Store, tmp_path: Path) -> None:
    assert 0 < store.free_bytes() <= os.statvfs(tmp_path).f_frsize * os.statvfs(tmp_path).f_blocks
