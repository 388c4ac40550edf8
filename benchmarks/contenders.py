"""Four ways to put a note on the books durably: the product's and three to compare it with.

- `Ours`: `Venue.do`, as the kiosk does it.
- `Plain`: the same rows into a copy of the same file with `sqlite3` alone, as one would write it
  who needs nothing but these two operations. What both wrote is compared, byte for byte.
- `Stock`: TinyDB with its own JSONStorage; the entry and the guest's balance, no index, no chain.
- `Raw`: the bytes of the entry appended to a file and synced: no durable store can be cheaper.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydb import TinyDB, where
from tinydb.operations import add

from benchmarks import books
from kiosk.core.cash import HoldNote, SettleNote
from kiosk.core.clock import Now
from kiosk.core.ids import CardId, ClientId, NoteId
from kiosk.core.money import Money


@dataclass(frozen=True)
class TopUp:
    """One note: whose, which, its value, and the moments when it is held and settled."""

    note: NoteId
    client: ClientId
    card: CardId
    minor: int
    held: Now
    settled: Now


class Ours:
    """The product."""

    def __init__(self, folder: Path, *, synced: bool = True) -> None:
        self.venue = books.open_in(folder)
        if not synced:
            self.venue.store.execute("PRAGMA synchronous = OFF")

    def hold(self, top_up: TopUp) -> None:
        value = Money(top_up.minor, books.RUB)
        command = HoldNote(top_up.note, value, top_up.client, top_up.card)
        books.must(self.venue, command, f"hold:{top_up.note}", top_up.held)

    def settle(self, top_up: TopUp) -> None:
        books.must(self.venue, SettleNote(top_up.note), f"settle:{top_up.note}", top_up.settled)

    def idle(self) -> None:
        self.venue.store.idle()

    def close(self) -> None:
        self.venue.close()


PRAGMAS = (
    "synchronous = FULL",
    "wal_autocheckpoint = 8192",
    "journal_size_limit = 8388608",
    "secure_delete = ON",
    "cell_size_check = ON",
    "mmap_size = 0",
    "cache_size = -8000",
    "temp_store = MEMORY",
)
"""What the store says to SQLite. Written out, so that a change there is a difference here."""

ID = """json_extract(doc, '$."id"')"""
STATE = """json_extract(doc, '$."state"')"""


class Plain:
    """The same rows with sqlite3 alone: dictionary, JSON, SHA-256, four statements, one commit."""

    def __init__(self, folder: Path, *, synced: bool = True) -> None:
        self.db = sqlite3.connect(folder / "store.db", isolation_level=None)
        for pragma in PRAGMAS:
            self.db.execute(f"PRAGMA {pragma}")
        if not synced:
            self.db.execute("PRAGMA synchronous = OFF")
        (facts,) = self.db.execute("SELECT doc FROM foyer_facts").fetchone()
        self.facts = json.loads(facts)
        found = self.db.execute("SELECT doc FROM entries ORDER BY doc_id DESC LIMIT 1").fetchone()
        last = json.loads(found[0])
        self.seq, self.head = last["seq"], last["hash"]

    def hold(self, top_up: TopUp) -> None:
        device, start, counter = top_up.note.rsplit("/", 2)
        command = {
            "card": top_up.card,
            "client": top_up.client,
            "command": "HoldNote",
            "mark": "",
            "note": top_up.note,
            "value": [top_up.minor, "RUB"],
        }
        self.db.execute("BEGIN IMMEDIATE")
        held = self.db.execute(f"SELECT doc FROM notes WHERE {STATE} = 'held'").fetchall()
        assert all(json.loads(doc)["device"] != device for (doc,) in held)
        note = {
            "id": top_up.note,
            "device": device,
            "start": int(start),
            "counter": int(counter),
            "minor": top_up.minor,
            "client": top_up.client,
            "card": top_up.card,
            "state": "held",
            "receipt": "",
        }
        refs = {"note": top_up.note, "client": top_up.client}
        entry = self._entry(
            "note_held", f"hold:{top_up.note}", top_up.held, command, [], note, refs
        )
        self.db.execute("INSERT INTO notes (doc) VALUES (?)", (_text(note),))
        self._commit(entry)

    def settle(self, top_up: TopUp) -> None:
        command = {"command": "SettleNote", "note": top_up.note}
        self.db.execute("BEGIN IMMEDIATE")
        number, doc = self.db.execute(
            f"SELECT doc_id, doc FROM notes WHERE {ID} = ?", (top_up.note,)
        ).fetchone()
        note = json.loads(doc)
        assert note["state"] in ("held", "doubtful")
        minor = note["minor"]
        box = f"1010:{self.facts['kiosk']}:{note['device']}:{minor // 100}"
        postings = [[box, "RUB", minor], [f"2010:{note['client']}", "RUB", -minor]]
        for account, unit, amount in postings:
            self._add(account, unit, amount)
        note["state"] = "settled"
        refs = {"note": note["id"], "client": note["client"], "card": note["card"]}
        key = f"settle:{top_up.note}"
        entry = self._entry("note_settled", key, top_up.settled, command, postings, note, refs)
        self.db.execute("UPDATE notes SET doc = ? WHERE doc_id = ?", (_text(note), number))
        self._commit(entry)

    def idle(self) -> None:
        self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        self.db.close()

    def _entry(
        self,
        kind: str,
        key: str,
        now: Now,
        command: Mapping[str, Any],
        postings: list[list[Any]],
        note: Mapping[str, Any],
        refs: Mapping[str, Any],
    ) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "v": 1,
            "id": key,
            "kiosk": self.facts["kiosk"],
            "epoch": self.facts["epoch"],
            "seq": self.seq + 1,
            "kind": kind,
            "at": now.wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "clock": "synced" if now.synced else "free",
            "actor": "kiosk",
            "command": _digest(command),
            "reason": "",
            "postings": postings,
            "changes": [["notes", note["id"], note]],
            "refs": refs,
            "prev": self.head,
        }
        entry["hash"] = _digest(entry)
        return entry

    def _add(self, account: str, unit: str, amount: int) -> None:
        name = f"{account}|{unit}"
        found = self.db.execute(f"SELECT doc_id, doc FROM balances WHERE {ID} = ?", (name,))
        row = found.fetchone()
        before = json.loads(row[1])["amount"] if row else 0
        # A cashbox is never short, a wallet never overdrawn.
        assert (before + amount >= 0) == account.startswith("1010")
        balance = {"id": name, "account": account, "unit": unit, "amount": before + amount}
        if row:
            self.db.execute(
                "UPDATE balances SET doc = ? WHERE doc_id = ?", (_text(balance), row[0])
            )
        else:
            self.db.execute("INSERT INTO balances (doc) VALUES (?)", (_text(balance),))

    def _commit(self, entry: Mapping[str, Any]) -> None:
        # The unique index on the id is the idempotency: an entry that is there already is an error.
        self.db.execute("INSERT INTO entries (doc) VALUES (?)", (_text(entry),))
        self.db.execute("COMMIT")
        self.seq, self.head = entry["seq"], entry["hash"]


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def rows_after(folder: Path, seq: int) -> dict[str, list[Any]]:
    """What stands in the tables of a top-up: entries after `seq`, all notes and balances."""
    with closing(sqlite3.connect(f"file:{folder / 'store.db'}?mode=ro", uri=True)) as db:
        return {
            "entries": db.execute("SELECT * FROM entries WHERE doc_id > ?", (seq,)).fetchall(),
            **{
                name: db.execute(f"SELECT * FROM {name}").fetchall()
                for name in ("notes", "balances")
            },
        }


class Stock:
    """TinyDB as it comes. It holds the entries and the balances and nothing else."""

    def __init__(self, folder: Path, filled: Path) -> None:
        self.db = TinyDB(folder / "stock.json")
        self.entries, self.balances = self.db.table("entries"), self.db.table("balances")
        with closing(sqlite3.connect(f"file:{filled / 'store.db'}?mode=ro", uri=True)) as db:
            for table in (self.entries, self.balances):
                found = db.execute(f"SELECT doc FROM {table.name} ORDER BY doc_id")
                table.insert_multiple(json.loads(doc) for (doc,) in found)

    def settle(self, entry: Mapping[str, Any]) -> None:
        self.entries.insert(entry)
        account, unit, amount = entry["postings"][1]
        self.balances.update(add("amount", amount), where("id") == f"{account}|{unit}")

    def close(self) -> None:
        self.db.close()


class Raw:
    """A file that grows by a line and a sync."""

    def __init__(self, folder: Path) -> None:
        self.file = os.open(folder / "raw.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def settle(self, line: bytes) -> None:
        os.write(self.file, line)
        os.fdatasync(self.file)

    def close(self) -> None:
        os.close(self.file)
