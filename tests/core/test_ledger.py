"""The ledger: its format as docs/ledger.md fixes it, its invariants, and what verify finds."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kiosk.core import ledger, messages
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ledger import (
    BON,
    CHART,
    GENESIS,
    MINUTES_GAME,
    Draft,
    Entry,
    Ledger,
    Posting,
    canonical,
    digest,
    entries_of,
)
from kiosk.core.venue import ALLOWED, HANDLERS, TABLES, Venue
from tests.core.guest import NOW, Guest, make_venue, shelf

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")


def post(ledger: Ledger, draft: Draft, key: str = "k", now: Now = NOW, command: str = "c") -> Entry:
    return ledger.post(draft, key=key, actor="cli", command=command, now=now)[0]


def transfer(amount: int, debit: str = "1010:K1:acceptor:500", credit: str = "2010:p") -> Draft:
    draft = Draft("test")
    draft.post(debit, credit, "RUB", amount)
    return draft


# --- the page -----------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def test_the_pages_example_is_an_entry_with_its_real_hash() -> None:
    example = json.loads(blocks("json")[0])
    told = example.pop("hash")
    # Recomputed without our code, as the page says.
    text = json.dumps(example, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == told
    assert digest(example) == told
    entry = Entry.of(example | {"hash": told})
    assert entry.document() == example | {"hash": told}


def test_the_page_names_everything_that_is_fixed() -> None:
    words = {c.__name__ for c in HANDLERS} | {t.name for t in TABLES} | set(CHART)
    for union in (messages.Event, messages.Effect):
        words |= {kind.__name__ for kind in union.__args__}
    missing = sorted(
        word for word in words if f"`{word}`" not in PAGE and f"| {word} |" not in PAGE
    )
    assert not missing


def test_the_page_names_every_kind_of_entry() -> None:
    core = Path(__file__).parents[2] / "kiosk" / "core"
    text = "".join(p.read_text("utf-8") for p in core.glob("*.py"))
    kinds = set(re.findall(r'Draft\(\s*"(\w+)"', text)) | {"card_blocked", "card_unblocked"}
    assert len(kinds) > 10
    assert not sorted(kind for kind in kinds if f"`{kind}`" not in PAGE)


def test_the_page_says_who_may_do_what() -> None:
    for command, actors in ALLOWED.items():
        begins = f"| `{command.__name__}`"
        row = next(line for line in PAGE.splitlines() if line.startswith(begins))
        told = set(re.findall(r"`(\w+)`", row.split("|")[2]))
        assert told == actors, command.__name__


# --- the form -----------------------------------------------------------------------------------


def test_the_canonical_form() -> None:
    assert canonical({"b": 1, "a": ["ж", None, True]}) == '{"a":["ж",null,true],"b":1}'.encode()


@pytest.mark.parametrize("value", [1.0, {"a": 1.5}, [[0.1]], {"a": [{"b": float("nan")}]}])
def test_there_is_no_float_in_the_ledger(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_entries_are_gapless_chained_and_numbered_by_kiosk_and_epoch(guest: Guest) -> None:
    guest.top_up(500)
    entries = list(guest.venue.ledger.entries())
    assert [e.seq for e in entries] == list(range(1, len(entries) + 1))
    assert [e.prev for e in entries] == [GENESIS, *(e.hash for e in entries[:-1])]
    assert {(e.kiosk, e.epoch) for e in entries} == {("K1", 1)}
    assert {e.actor for e in entries} == {"cli", "kiosk", "guest"}


def test_a_free_clock_never_goes_behind_the_last_entry(venue: Venue) -> None:
    early = datetime(2020, 1, 1, tzinfo=UTC)
    free = post(venue.ledger, Draft("test"), "a", Now(early, 0.0, synced=False))
    assert (free.at, free.clock) == ("2026-11-22T15:00:00.000000Z", "free")
    later = Now(datetime(2026, 11, 23, tzinfo=UTC), 0.0, synced=False)
    assert post(venue.ledger, Draft("test"), "b", later).at == "2026-11-23T00:00:00.000000Z"
    assert post(venue.ledger, Draft("test"), "c", NOW).clock == "synced"


# --- what it refuses ----------------------------------------------------------------------------


def test_one_key_one_entry(venue: Venue) -> None:
    first, wrote = venue.ledger.post(transfer(5), key="k", actor="cli", command="c", now=NOW)
    again, twice = venue.ledger.post(transfer(9), key="k", actor="cli", command="c", now=NOW)
    assert (wrote, twice) == (True, False)
    assert again == first
    assert venue.ledger.balance("2010:p", "RUB") == -5
    with pytest.raises(Refused, match=r"err\.conflict"):
        post(venue.ledger, transfer(5), "k", command="another")


@pytest.mark.parametrize(
    ("debit", "credit"), [("2010:p", "1030"), ("1030", "1010:K1:acceptor:500")]
)
def test_an_account_stays_on_its_side(venue: Venue, debit: str, credit: str) -> None:
    post(venue.ledger, transfer(500), "a")
    with pytest.raises(Refused, match=r"err\.overdrawn"):
        post(venue.ledger, transfer(501, debit, credit), "b")
    assert venue.ledger.balance("2010:p", "RUB") == -500
    assert venue.ledger.find("b") is None
    post(venue.ledger, transfer(500, debit, credit), "c")


def test_M29_a_posting_of_minutes_and_money_is_no_posting(venue: Venue) -> None:
    draft = Draft("test", postings=[Posting("2010:p", "RUB", 5), Posting("9020:p", "RUB", -5)])
    with pytest.raises(AssertionError, match="M29"):
        post(venue.ledger, draft)
    mixed = [Posting("9010", MINUTES_GAME, 5), Posting("9060:p", BON, -5)]
    with pytest.raises(AssertionError, match="balance"):
        post(venue.ledger, Draft("test", postings=mixed))
    post(venue.ledger, Draft("test", postings=[
        Posting("9010", MINUTES_GAME, 300), Posting("9020:p", MINUTES_GAME, -300)
    ]))  # fmt: skip
    assert venue.ledger.balance("9020:p", MINUTES_GAME) == -300


@pytest.mark.parametrize(
    "postings",
    [
        [Posting("2010:p", "RUB", -5)],
        [Posting("1010:K1:a:5", "RUB", 5), Posting("2010:p", "RUB", -4)],
        [Posting("1010:K1:a:5", "RUB", 5.0), Posting("2010:p", "RUB", -5.0)],  # type: ignore[arg-type]
        [Posting("1010:K1:a:5", "EUR", 5), Posting("2010:p", "EUR", -5)],
    ],
)
def test_what_does_not_balance_is_our_mistake(venue: Venue, postings: list[Posting]) -> None:
    seq = venue.ledger.seq
    with pytest.raises((AssertionError, TypeError)):
        post(venue.ledger, Draft("test", postings=postings))
    assert venue.ledger.seq == seq
    assert venue.ledger.verify() == []


def test_an_entry_that_cannot_be_written_leaves_nothing(venue: Venue) -> None:
    seq, head = venue.ledger.seq, venue.ledger.head
    draft = transfer(5)
    draft.set("cards", {"id": "c"})
    draft.set("no_such_table", {"id": "x"})
    with pytest.raises(KeyError):
        post(venue.ledger, draft)
    assert (venue.ledger.seq, venue.ledger.head) == (seq, head)
    assert venue.store.get("cards", "c") is None
    post(venue.ledger, transfer(7), "next")
    assert venue.ledger.verify() == []


def test_another_process_goes_on_where_this_one_ended(venue: Venue) -> None:
    post(venue.ledger, transfer(5))
    again = Ledger(venue.store)
    assert (again.seq, again.head) == (venue.ledger.seq, venue.ledger.head)
    post(again, transfer(6), "next")
    assert again.verify() == []


def test_the_entries_of_a_client_newest_first(guest: Guest) -> None:
    card = guest.top_up(500)
    kinds = [e.kind for e in entries_of(guest.venue.store, "client", card.client, 3)]
    assert kinds == ["note_settled", "note_held", "slip_recorded"]


# --- verify -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small, sound store."""
    folder = tmp_path_factory.mktemp("sound")
    venue = make_venue(folder)
    guest = Guest(venue)
    card = guest.top_up(500)
    guest.press("done")
    guest.order("a", card, 300)
    assert venue.ledger.verify() == []
    venue.close()
    return folder


def changed(sound: Path, change: Callable[[sqlite3.Connection], object]) -> list[str]:
    with shelf() as folder:
        for file in sound.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        db = sqlite3.connect(folder / "kiosk.db", isolation_level=None)
        change(db)
        db.close()
        venue = Venue.open(folder / "kiosk.db", folder / "secrets.db", write=False)
        try:
            return [f"{f.where}: {f.what}" for f in venue.ledger.verify()]
        finally:
            venue.close()


def edit(table: str, name: str, text: Callable[[str], str]) -> Callable[[sqlite3.Connection], None]:
    def change(db: sqlite3.Connection) -> None:
        sql = f'SELECT doc_id, doc FROM "{table}"'
        (row,) = [r for r in db.execute(sql) if json.loads(r[1])["id"] == name]
        db.execute(f'UPDATE "{table}" SET doc = ? WHERE doc_id = ?', (text(row[1]), row[0]))

    return change


def test_a_changed_amount_is_named_by_its_entry(sound: Path) -> None:
    told = changed(
        sound, edit("entries", "settle:acceptor/1/1", lambda t: t.replace("50000", "90000"))
    )
    assert any("(settle:acceptor/1/1): was changed" in line for line in told), told


def overwrite(seq: int, text: str, db: sqlite3.Connection) -> None:
    # As a failing disk does it: no index is asked.
    sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'entries'"
    for (name,) in db.execute(sql).fetchall():
        db.execute(f'DROP INDEX "{name}"')
    db.execute('UPDATE "entries" SET doc = ? WHERE doc_id = ?', (text, seq))


def test_every_changed_byte_of_a_row_is_named_by_its_entry(sound: Path) -> None:
    key = "settle:acceptor/1/1"
    db = sqlite3.connect(sound / "kiosk.db")
    (text,) = [t for (t,) in db.execute('SELECT doc FROM "entries"') if f'"{key}"' in t
               and json.loads(t)["id"] == key]  # fmt: skip
    db.close()
    seq = json.loads(text)["seq"]
    for at in range(0, len(text), 7):
        for byte in ("x", "0", "."):
            if text[at] == byte:
                continue
            wrong = text[:at] + byte + text[at + 1 :]
            told = changed(sound, partial(overwrite, seq, wrong))
            assert told, f"{text[at]!r} -> {byte!r} at {at} was not found"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (edit("balances", "2010:K1-1-3p|RUB", lambda t: t.replace("50000", "60000")),
         "balances 2010:K1-1-3p|RUB: is not what the entries add up to"),
        (edit("cards", "K1-1-3c", lambda t: t.replace("active", "blocked")),
         "cards K1-1-3c: is not what the entries add up to"),
        (lambda db: db.execute('DELETE FROM "orders"'),
         "orders till:1/a: is not what the entries add up to"),
        (lambda db: db.execute('DELETE FROM "entries" WHERE doc_id = 5'), "expected entry 5 here"),
        (lambda db: db.execute(
            'DELETE FROM "entries" WHERE doc_id = (SELECT max(doc_id) FROM "entries")'),
         "orders till:1/a: is not what the entries add up to"),
    ],
)  # fmt: skip
def test_verify_finds(sound: Path, change: Any, finding: str) -> None:
    told = changed(sound, change)
    assert any(finding in line for line in told), told


def test_verify_finds_nothing_in_a_sound_store(sound: Path) -> None:
    assert changed(sound, lambda db: None) == []


def test_U5_an_export_opens_with_stock_tinydb(guest: Guest) -> None:
    guest.top_up(500)
    file = guest.venue.store.path.with_name("out.json")
    guest.venue.store.export(file)
    code = (
        "import sys, tinydb; db = tinydb.TinyDB(sys.argv[1]);"
        "where = tinydb.where('account') == '2010:K1-1-3p';"
        "print(db.table('balances').get(where)['amount'], len(db.table('entries')))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, file], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["-50000", str(guest.venue.ledger.seq)]


def test_a_span_of_entries_is_exactly_that(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(9):
        venue.ledger.post(Draft("test"), key=f"t{n}", actor="cli", command="x", now=NOW)
    monkeypatch.setattr(ledger, "_PORTION", 3)
    for first, last in ((1, 10), (2, 4), (3, 9), (5, 5), (4, 3), (10, 10)):
        assert [e.seq for e in venue.ledger.between(first, last)] == [*range(first, last + 1)]


def test_an_unbalanced_entry_is_found_even_with_a_right_hash(sound: Path) -> None:
    def forge(db: sqlite3.Connection) -> None:
        seq, text = db.execute('SELECT doc_id, doc FROM "entries" ORDER BY doc_id DESC').fetchone()
        made = json.loads(text)
        made["postings"] = [["2010:K1-1-3p", "RUB", -1]]
        made.pop("hash")
        made["hash"] = digest(made)
        db.execute('UPDATE "entries" SET doc = ? WHERE doc_id = ?', (json.dumps(made), seq))

    assert any("postings do not balance" in line for line in changed(sound, forge))


def test_an_entry_reads_back_as_it_was_written(guest: Guest) -> None:
    guest.top_up(500)
    for entry in guest.venue.ledger.entries():
        assert Entry.of(entry.document()) == entry
        assert digest(entry.body()) == entry.hash
        assert digest(replace(entry, seq=entry.seq + 1).body()) != entry.hash
