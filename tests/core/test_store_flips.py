"""One byte of the file changed: named, refused with a sentence, or proven to mean nothing."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kiosk.core import venue_file
from kiosk.core.audit import audit
from kiosk.core.cards import BlockCard
from kiosk.core.cash import HoldNote, SettleNote
from kiosk.core.clients import RegisterCard
from kiosk.core.errors import ConfigError, LedgerCorrupt, StorageFailed
from kiosk.core.ids import CardId, ClientId, NoteId
from kiosk.core.ledger import Draft, Entry, Finding, Ledger
from kiosk.core.recognition import Recognised
from kiosk.core.settings import ImportVenue
from kiosk.core.store import Store
from kiosk.core.venue import TABLES, Venue
from tests.core.guest import NOW, rub, shelf

CLEAR = (ConfigError, StorageFailed, LedgerCorrupt)
"""What the command line says in a sentence."""

HEADER = 100


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with shelf() as place:
        yield place


@pytest.fixture(scope="module")
def whole(folder: Path) -> bytes:
    """A small real store, closed."""
    path = folder / "real.db"
    secrets = folder / "secrets.db"
    venue = Venue.create(
        path,
        secrets,
        kiosk="K1",
        currency="RUB",
        simulated=False,
        now=NOW,
        random=Random(1).randbytes,
    )

    def do(command: object, actor: str, key: str) -> Entry:
        done = venue.do(command, actor=actor, key=key, now=NOW)
        assert isinstance(done, Entry), done
        return done

    do(ImportVenue(venue_file.parse(SMALL)), "cli", "import")
    read = Recognised("ELECTRON", "interface", "PDS", "2000000001")
    refs = do(RegisterCard(read, "guest", "ru", "1", name="Ёлкина"), "guest", "register:1/1").refs
    note = NoteId("acceptor/1/1")
    card, client = CardId(refs["card"]), ClientId(refs["client"])
    do(HoldNote(note, rub(500), client, card), "kiosk", f"hold:{note}")
    do(SettleNote(note), "kiosk", f"settle:{note}")
    do(BlockCard(card, reason="Lost"), "cli", "block:1")
    venue.close()
    return path.read_bytes()


SMALL = """
[venue]
name = "K"
currency = "RUB"
time_zone = "UTC"
terms_version = "1"
default_card_type = "guest"
[visits]
floating_prepay_enabled = false
[cash]
faces = [500]
balance_max = 1000
top_up_max = 1000
[[card_types]]
id = "guest"
name = "Guest"
personal = true
[[rules]]
name = "ELECTRON"
algorithm = "any"
signals = ["contactless"]
scope = "interface"
object = "PDS"
"""
"""A venue with no more than it must have: each of its bytes is turned."""


def says(store: Store) -> list[Any]:
    """Everything that the program reads, by row and by index."""
    tables = sorted(store.names())
    rows = {t: [(d.doc_id, dict(d)) for d in store.table(t)] for t in tables}
    return [
        (dict(store.facts), store.format, rows),
        [store.get(t, d["id"]) for t in tables for _, d in rows[t]],
        [store.latest(t, limit=3) for t in tables],
        [
            store.latest(t, path, str(_at(d, path)))
            for t in tables
            for path in store.indexes(t)
            for _, d in rows[t]
        ],
        [e.document() for e in Ledger(store).entries()],
    ]


def _at(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name, {})
    return document


def told_of(path: Path, said: list[Any]) -> str:
    """How a changed file is noticed; ``harmless`` if everything reads as before.

    Anything but a sentence (an exception that nobody expects) ends the test.
    """
    try:
        store = Store.open(path, tables=TABLES, write=False)
    except CLEAR as error:
        return f"refused: {error}"
    try:
        try:
            found = Ledger(store).verify()
        except CLEAR as error:
            return f"refused: {error}"
        if found:
            return f"named: {found[0].where}: {found[0].what}"
        assert says(store) == said, "reads otherwise, and nobody noticed"
        return "harmless"
    finally:
        store.close()


def must_go_on(path: Path) -> None:
    """What is harmless to a reader is harmless to the next entry, too, or is refused."""
    try:
        store = Store.open(path, tables=TABLES)
    except CLEAR:
        return
    try:
        Ledger(store).post(Draft("x"), key="x", actor="kiosk", command="x", now=NOW)
        assert Ledger(store).verify() == []
    except CLEAR:
        pass
    finally:
        store.close()


def flip(folder: Path, whole: bytes, offsets: list[int], random: Random) -> Counter[str]:
    """One changed byte after the other; how often each was named, refused, harmless."""
    path = folder / "copy.db"
    path.write_bytes(whole)
    store = Store.open(path, tables=TABLES, write=False)
    said = says(store)
    store.close()
    assert told_of(path, said) == "harmless"
    counts: Counter[str] = Counter()
    for offset in offsets:
        # One bit, as a cell of the card loses it, or any other byte, as a controller gives back.
        mask = random.choice([1 << random.randrange(8), random.randrange(1, 256)])
        changed = bytearray(whole)
        changed[offset] ^= mask
        for remains in folder.glob("copy.db*"):
            remains.unlink()
        path.write_bytes(changed)
        try:
            told = told_of(path, said)
            counts[told.partition(":")[0]] += 1
            if told == "harmless" and counts["harmless"] % 8 == 0:
                must_go_on(path)
        except Exception as error:
            raise AssertionError(f"byte {offset} ^ {mask}: {type(error).__name__}: {error}") from (
                error
            )
    return counts


def of_entries(whole: bytes, path: Path) -> tuple[list[int], list[int]]:
    """The offsets of all bytes that an entry's text has, and of all pages that they stand on."""
    db = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)
    texts = [str(text).encode() for (text,) in db.execute("SELECT doc FROM entries")]
    ((size,),) = db.execute("PRAGMA page_size")
    db.close()
    # In pieces, because a long text goes on over other pages.
    found = {
        whole.index(piece) + at
        for text in texts
        for start in range(0, len(text) - 32, 32)
        if (piece := text[start : start + 32]) in whole
        for at in range(32)
    }
    pages = sorted({offset // size * size for offset in found})
    return sorted(found), [page + at for page in pages for at in range(size)]


def written(whole: bytes) -> list[int]:
    """The offsets behind the header where something stands; most of a small store is empty."""
    return [at for at in range(HEADER, len(whole)) if whole[at]]


@pytest.mark.slow
def test_a_changed_byte_is_named_or_refused_or_harmless(folder: Path, whole: bytes) -> None:
    random = Random(3)
    header = flip(folder, whole, list(range(HEADER)), random)
    assert header["refused"] > 20, header
    texts, pages = of_entries(whole, folder / "real.db")
    assert len(texts) > 2000
    told = flip(folder, whole, random.sample(texts, 250), random)
    assert told["named"] > 0 and told["harmless"] == 0, told
    flip(folder, whole, random.sample(pages, 250), random)
    rest = flip(folder, whole, random.sample(written(whole), 250), random)
    assert rest["named"] > 20, rest


@pytest.mark.slow
def test_every_byte_of_the_pages_with_entries(folder: Path, whole: bytes) -> None:
    random = Random(4)
    _, pages = of_entries(whole, folder / "real.db")
    flip(folder, whole, pages, random)
    flip(folder, whole, random.sample(range(HEADER, len(whole)), 1000), random)
    flip(folder, whole, random.sample(written(whole), 4000), random)


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ('"kiosk":"K1","currency"', '"kiosk":"K2","currency"'),
        ('"epoch":1,"simulated"', '"epoch":2,"simulated"'),
        ('"simulated":false,"c', '"simulated":true ,"c'),
        ('"currency":"RUB","epoch"', '"currency":"EUR","epoch"'),
        ('"created_at":"2026', '"created_at":"2025'),
    ],
)
def test_facts_that_no_entry_tells_are_kept_by_their_hash(
    folder: Path, whole: bytes, found: str, put: str
) -> None:
    assert whole.count(found.encode()) == 1
    path = folder / "facts.db"
    path.write_bytes(whole.replace(found.encode(), put.encode()))
    with pytest.raises(LedgerCorrupt, match="what the store says of itself"):
        Store.open(path, tables=TABLES, write=False)


def test_another_format_number_is_noticed(folder: Path, whole: bytes) -> None:
    path = folder / "format.db"
    path.write_bytes(whole[:63] + b"\x01" + whole[64:])
    for older in (True, False):
        with pytest.raises(LedgerCorrupt, match="format 1"):
            Store.open(path, tables=TABLES, older=older)


@pytest.mark.parametrize(
    ("sql", "where_", "what"),
    [
        ("UPDATE entries SET doc_id = 9 WHERE doc_id = 5", "entry 5 (block:1)", "stands in row 9"),
        ("UPDATE foyer_tables SET retired = 7 WHERE name = 'entries'", "entries", "in row 8 and"),
        ("UPDATE foyer_tables SET retired = NULL WHERE name = 'entries'", "store", "no number for"),
        ("UPDATE foyer_tables SET retired = x'' WHERE name = 'notes'", "notes", "no number for"),
        ("UPDATE foyer_tables SET name = 'notez' WHERE name = 'notes'", "notez", "no such table"),
        (
            "UPDATE entries SET doc = replace(doc, '{', '[') WHERE doc_id = 3",
            "entries, row 3",
            "no",
        ),
        ("UPDATE entries SET doc = doc || x'ff' WHERE doc_id = 3", "entries, row 3", "no entry"),
        ("UPDATE entries SET doc = replace(doc, '500', '501') WHERE doc_id = 3", "entry 3", "was"),
        ("UPDATE notes SET doc = x'ff'", "notes row 1", "is not what the entries add up to"),
        ("DELETE FROM notes", "notes acceptor/1/1", "is not what the entries add up to"),
        ('INSERT INTO claims (doc) VALUES (\'{"id":"x"}\')', "claims x", "is not what the"),
    ],
)
def test_damage_is_named_by_its_entry_or_document(
    folder: Path, whole: bytes, sql: str, where_: str, what: str
) -> None:
    path = folder / "damaged.db"
    path.write_bytes(whole)
    db = sqlite3.connect(path)
    # Without its indexes, which would refuse some of it, and with what a NULL may be.
    indexes = db.execute("SELECT name FROM sqlite_schema WHERE type = 'index'").fetchall()
    for (name,) in indexes:
        db.execute(f'DROP INDEX "{name}"')
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = replace(sql, 'INTEGER NOT NULL', 'INTEGER')")
    db.commit()
    db.close()
    db = sqlite3.connect(path)
    db.execute(sql)
    db.commit()
    db.close()
    store = Store.open(path, tables=TABLES, write=False)
    told = [(f.where, f.what) for f in Ledger(store).verify()]
    store.close()
    assert any(w.startswith(where_) and what in t for w, t in told), told


def test_damage_of_the_secrets_is_named(folder: Path, whole: bytes) -> None:
    copies = [folder / "books.db", folder / "damaged-secrets.db"]
    copies[0].write_bytes(whole)
    copies[1].write_bytes((folder / "secrets.db").read_bytes())
    db = sqlite3.connect(copies[1])
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', 'BLOB') WHERE name = 'pins'")
    db.commit()
    db.close()
    venue = Venue.open(copies[0], copies[1], write=False)
    assert audit(venue.books(NOW)) == [Finding("secrets", "pins is not made as it was")]
    venue.close()


def test_a_row_that_keeps_sqlite_from_checking_its_indexes_is_named(
    folder: Path, whole: bytes
) -> None:
    found = b'"kind":"note_held","at"'
    assert whole.count(found) == 1
    path = folder / "row.db"
    path.write_bytes(whole.replace(found, b'"kind":"note_held}"at"'.ljust(len(found))))
    store = Store.open(path, tables=TABLES, write=False)
    told = [(f.where, f.what) for f in Ledger(store).verify()]
    store.close()
    assert ("entries, row 3", "is no entry any more") in told, told
    assert told[0][0] == "store" and "malformed JSON" in told[0][1], told


def test_the_hash_of_the_facts_can_be_checked_without_the_program(
    folder: Path, whole: bytes
) -> None:
    db = sqlite3.connect(f"{(folder / 'real.db').as_uri()}?immutable=1", uri=True)
    ((text,),) = db.execute("SELECT doc FROM foyer_facts")
    ((version,),) = db.execute("PRAGMA user_version")
    db.close()
    facts = json.loads(text)
    told = facts.pop("sha256")
    form = json.dumps(
        facts | {"format": version}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert told == hashlib.sha256(form.encode()).hexdigest()
