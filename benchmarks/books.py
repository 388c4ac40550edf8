"""A store as full as a venue's after some years: clients, cards, notes, receipts, open visits."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from kiosk.app import DEMO_VENUE
from kiosk.core import settings, venue_file
from kiosk.core.cash import HoldNote, RecordStart, SettleNote
from kiosk.core.clients import RegisterCard
from kiosk.core.clock import Now, system_now
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, DeviceId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.recognition import Rule, recognise
from kiosk.core.slips import IssueRegistrationSlip, IssueTopUpReceipt, RecordSlip
from kiosk.core.venue import Venue
from kiosk.core.visits import OrderLine, SaveOrder

ENTRIES_A_CLIENT = 11
"""Registered with a slip, three notes held and settled, one receipt; each slip is recorded."""

NOTES = 3
RUB = CURRENCIES["RUB"]
ACCEPTOR = DeviceId("acceptor")
READER = DeviceId("reader")


def uid(number: int) -> str:
    """The UID of the card of client `number`, as a reader tells it."""
    return f"04{number:010X}80"


def must(venue: Venue, command: object, key: str, now: Now, actor: str = "kiosk") -> Entry:
    done = venue.do(command, actor=actor, key=key, now=now)
    assert not isinstance(done, Refused), f"{command} was refused: {done}"
    return done


def create(folder: Path) -> Venue:
    """A new simulated store with the demonstration venue, as `kiosk run --simulated` makes it."""
    now = system_now()
    venue = Venue.create(
        folder / "store.db",
        folder / "secrets.db",
        kiosk="K1",
        currency="RUB",
        simulated=True,
        now=now,
    )
    must(venue, settings.ImportVenue(venue_file.read(DEMO_VENUE)), "import:demo", now, "cli")
    return venue


def fill(venue: Venue, clients: int, said: Callable[[int], None] = lambda done: None) -> None:
    """Put `clients` guests on the books, `ENTRIES_A_CLIENT` entries each, as the kiosk would.

    Not synced while it runs: what is lost by a power cut here is filled again.
    """
    stores = (venue.store, venue._secrets)
    for store in stores:
        store.execute("PRAGMA synchronous = OFF")
    start = system_now()
    rules = venue.ask(settings.GetVenue(), start).rules
    chance = random.Random(1)
    must(venue, RecordStart(1), "start:1", start)
    for number in range(clients):
        at = start.later(-3 * 365 * 86_400.0 * (1 - number / clients))
        _client(venue, rules, number, at, chance)
        if number % 500 == 499:
            said(number + 1)
    for store in stores:
        store.execute("PRAGMA synchronous = FULL")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _client(
    venue: Venue, rules: tuple[Rule, ...], number: int, at: Now, chance: random.Random
) -> None:
    read = recognise(uid(number), "contactless", READER, rules, at.wall.date())
    made = RegisterCard(
        read,
        "guest",
        "en",
        "2026-11",
        phone=f"+7916{chance.randrange(10**7):07}" if number % 2 else "",
        name=chance.choice(("Anna", "Boris", "Мария", "Иван")),
    )
    entry = must(venue, made, f"register:fill/{number}", at, "guest")
    card, client = CardId(entry.refs["card"]), ClientId(entry.refs["client"])
    issued = must(venue, IssueRegistrationSlip(card, "en"), f"registration:{card}", at)
    _printed(venue, issued, at)
    notes: list[NoteId] = []
    for turn in range(NOTES):
        at = at.later(timedelta(hours=1).total_seconds())
        note = note_id(ACCEPTOR, 1, number * NOTES + turn + 1)
        face = Money(chance.choice((50, 100, 200, 500, 1000)) * 100, RUB)
        must(venue, HoldNote(note, face, client, card), f"hold:{note}", at)
        must(venue, SettleNote(note), f"settle:{note}", at)
        notes.append(note)
    receipt = must(venue, IssueTopUpReceipt(tuple(notes), card, "en"), f"receipt:{notes[0]}", at)
    _printed(venue, receipt, at)


def _printed(venue: Venue, issued: Entry, at: Now) -> None:
    job = JobId(issued.refs["slip"])
    must(venue, RecordSlip(job, 1, "printed"), f"slip:{job}:1", at)


def order(venue: Venue, card: CardId, number: int) -> None:
    """A till's order on a card: opens its visit."""
    lines = (OrderLine("Lemonade", 1, Money(30_00, RUB)), OrderLine("Tea", 1, Money(15_00, RUB)))
    saved = SaveOrder(f"b{number}", card, "Bar", lines)
    must(venue, saved, f"order:bench/{number}", system_now(), "till:bench")
