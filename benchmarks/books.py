"""A store as full as a venue's after a busy year: clients, cards, notes, receipts, slips."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from kiosk.app import DEMO_VENUE
from kiosk.core import settings, venue_file
from kiosk.core.bills import OrderLine
from kiosk.core.cash import HoldNote, RecordStart, SettleNote
from kiosk.core.clients import RegisterCard
from kiosk.core.clock import Now, system_now
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, DeviceId, JobId, NoteId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.orders import SaveOrder
from kiosk.core.recognition import Recognised, Rule, recognise
from kiosk.core.slips import IssueRegistrationSlip, IssueTopUpReceipt, RecordSlip
from kiosk.core.venue import Venue

ENTRIES_A_CLIENT = 10
"""On the average: registered with a slip, and top-ups with a receipt; regulars have far more."""

YEAR_S = 365 * 86_400.0
FACES = (50, 100, 200, 500, 1000)
RUB = CURRENCIES["RUB"]
ACCEPTOR = DeviceId("acceptor")
READER = DeviceId("reader")

ENTRIES_A_TRANSACTION = 5_000
_FILLING_CACHE_KIB = 500_000


def uid(number: int) -> str:
    """The UID of the card of client `number`, as a reader tells it."""
    return f"04{number:010X}80"


def must(venue: Venue, command: object, key: str, now: Now, actor: str = "kiosk") -> Entry:
    done = venue.do(command, actor=actor, key=key, now=now)
    assert not isinstance(done, Refused), f"{command} was refused: {done}"
    return done


def create(folder: Path) -> Venue:
    """A new simulated store with the demonstration venue, as `kiosk run --simulated` makes it.

    It was made a year ago, so that `fill` has the year to fill.
    """
    now = trusted_now().later(-YEAR_S)
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


def trusted_now() -> Now:
    """On a machine that nobody synchronises `at` would never go behind the latest entry's."""
    return replace(system_now(), synced=True)


def open_in(folder: Path, *, write: bool = True) -> Venue:
    """The filled store in `folder`."""
    return Venue.open(folder / "store.db", folder / "secrets.db", write=write)


def cards_in(folder: Path) -> list[tuple[ClientId, CardId]]:
    """Every client with the card, by which a benchmark chooses whom it serves."""
    with closing(sqlite3.connect(f"file:{folder / 'store.db'}?mode=ro", uri=True)) as db:
        found = db.execute(
            "SELECT json_extract(doc, '$.client'), json_extract(doc, '$.id') FROM cards"
            " ORDER BY doc_id"
        )
        return [(ClientId(client), CardId(card)) for client, card in found]


def fill(venue: Venue, sizes: Sequence[int]) -> Iterator[int]:
    """Put a year of a venue on the books, by the commands that a kiosk makes.

    New guests register and pay in, known ones come again, regulars more often than others; so the
    entries of one client lie all over the year. There are `ENTRIES_A_CLIENT` entries a client.

    Yields the number of entries about every 5,000 and when one of `sizes` is reached; whatever was
    yielded is in the files. Not synced, and many entries a transaction: what is lost by a power
    cut here is filled again.
    """
    stores = (venue.store, venue._secrets)
    kept = [store.execute("PRAGMA cache_size").fetchone()[0] for store in stores]
    for store in stores:
        store.execute("PRAGMA synchronous = OFF")
        store.execute(f"PRAGMA cache_size = -{_FILLING_CACHE_KIB}")
    town = _Town(venue, sizes[-1])
    for size in sizes:
        while venue.ledger.seq < size:
            with _one_transaction(venue):
                upto = min(size, venue.ledger.seq + ENTRIES_A_TRANSACTION)
                while venue.ledger.seq < upto:
                    town.turn()
            if venue.ledger.seq >= size:
                for store in stores:
                    store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            yield venue.ledger.seq
    for store, cache in zip(stores, kept, strict=True):
        store.execute("PRAGMA synchronous = FULL")
        store.execute(f"PRAGMA cache_size = {cache}")


@contextmanager
def _one_transaction(venue: Venue) -> Iterator[None]:
    """All commands inside are one transaction; refused ones, which write nothing, included."""
    stores = (venue.store, venue._secrets)
    with ExitStack() as stack:
        for store in stores:
            stack.enter_context(store.transaction())
            vars(store)["transaction"] = nullcontext
            stack.callback(vars(store).pop, "transaction")
        yield


class _Town:
    """Who comes to the kiosk in that year, always the same."""

    def __init__(self, venue: Venue, entries: int) -> None:
        self.venue, self.entries = venue, entries
        self.chance = random.Random(1)
        self.until = trusted_now()
        self.rules = venue.ask(settings.GetVenue(), self.until).rules
        self.guests: list[tuple[ClientId, CardId]] = []
        self.notes = 0
        must(venue, RecordStart(1), "start:1", self.now())

    def now(self) -> Now:
        return self.until.later(-YEAR_S * (1 - self.venue.ledger.seq / self.entries))

    def turn(self) -> None:
        """A new guest registers and pays in, or a known one pays in."""
        if len(self.guests) * ENTRIES_A_CLIENT <= self.venue.ledger.seq:
            self.guests.append(self._registered(len(self.guests)))
            self._paid_in(*self.guests[-1])
        else:
            # The square: the first of 100,000 comes 300 times as often as the average.
            self._paid_in(*self.guests[int(len(self.guests) * self.chance.random() ** 2)])

    def _registered(self, number: int) -> tuple[ClientId, CardId]:
        at = self.now()
        made = RegisterCard(
            _read(number, self.rules, at),
            "guest",
            "en",
            "2026-11",
            phone=f"+79{self.chance.randrange(10**9):09}",
            name=self.chance.choice(("Anna", "Boris", "Мария", "Иван")),
        )
        entry = must(self.venue, made, f"register:1/{number + 1}", at, "guest")
        card, client = CardId(entry.refs["card"]), ClientId(entry.refs["client"])
        slip = IssueRegistrationSlip(card, "en")
        self._printed(must(self.venue, slip, f"registration:{card}", at), at)
        return client, card

    def _paid_in(self, client: ClientId, card: CardId) -> None:
        at = self.now()
        notes: list[NoteId] = []
        for _ in range(self.chance.choice((1, 1, 2))):
            self.notes += 1
            note = note_id(ACCEPTOR, 1, self.notes)
            face = Money(self.chance.choice(FACES) * 100, RUB)
            must(self.venue, HoldNote(note, face, client, card), f"hold:{note}", at)
            must(self.venue, SettleNote(note), f"settle:{note}", at)
            notes.append(note)
        receipt = IssueTopUpReceipt(tuple(notes), card, "en")
        self._printed(must(self.venue, receipt, f"receipt:{notes[0]}", at), at)

    def _printed(self, issued: Entry, at: Now) -> None:
        job = JobId(issued.refs["slip"])
        must(self.venue, RecordSlip(job, 1, "printed"), f"slip:{job}:1", at)


def _read(number: int, rules: tuple[Rule, ...], at: Now) -> Recognised:
    return recognise(uid(number), "contactless", READER, rules, at.wall.date())


def order(venue: Venue, card: CardId, number: int) -> None:
    """A till's order on a card: opens its visit. The least note pays two of them."""
    lines = (OrderLine("Lemonade", 1, Money(15_00, RUB)), OrderLine("Tea", 1, Money(8_00, RUB)))
    saved = SaveOrder(f"b{number}", card, "Bar", lines)
    must(venue, saved, f"order:bench/{number}", system_now(), "till:bench")
