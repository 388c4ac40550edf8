"""The entertainment centre of the tests: prepaid entrance cards, its desk, its note acceptor."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import kiosk
from kiosk.core import cash
from kiosk.core.audit import audit
from kiosk.core.bills import OrderLine, Visit
from kiosk.core.books import Query
from kiosk.core.cards import FindCard
from kiosk.core.cash import HoldDeposit, SettleNote
from kiosk.core.checkout import CalculateVisit
from kiosk.core.errors import Refused
from kiosk.core.ids import NoteId, VisitId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.orders import SaveOrder
from kiosk.core.payments import Payment
from kiosk.core.prepayments import (
    BeginPrepayment,
    CompletePrepayment,
    Deposit,
    GetPrepayment,
    Prepayment,
)
from kiosk.core.recognition import Recognised
from kiosk.core.shifts import OpenShift
from kiosk.core.slips import RecordSlip
from kiosk.core.tenders import Tender
from kiosk.core.venue import Venue
from kiosk.core.visits import CreateVisit, GetVisit, OpenVisits
from tests.core.guest import ACCEPTOR, NOW, rub

T = TypeVar("T")
CENTRE = (Path(kiosk.__file__).parent / "demo_centre.toml").read_text("utf-8")
PLAIN = CENTRE.replace('"receipt_later_summary"', '"do_not_account"')
"""The same venue without fiscal prepayments."""


def read(kind: str, number: str = "1") -> Recognised:
    """What a rule makes of a card of this type."""
    return Recognised(kind, "entrance_card", kind, f"{kind}/{number}")


class Centre:
    """Does what the kiosk's flow, the guest and the desk would: commands, each with a new key."""

    def __init__(self, venue: Venue, *, shift: int | None = 5000) -> None:
        self.venue = venue
        self.now = NOW
        self.notes = 0
        self.did(cash.RecordStart(1), "kiosk")
        if shift is not None:
            self.did(OpenShift(rub(shift), "change" if shift else ""), "staff:201")

    def do(self, command: object, actor: str) -> Entry | Refused:
        key = f"test:{self.venue.ledger.seq}:{type(command).__name__}"
        return self.venue.do(command, actor=actor, key=key, now=self.now)

    def did(self, command: object, actor: str) -> Entry:
        done = self.do(command, actor)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def refused(self, command: object, actor: str) -> str:
        """The key of a refusal; nothing of it is on the books."""
        before = self.venue.ledger.head
        done = self.do(command, actor)
        assert isinstance(done, Refused), f"{command} was not refused"
        assert self.venue.ledger.head == before
        return done.key

    # --- at the kiosk ----------------------------------------------------------------------------

    def begin(self, kind: str, number: str = "1", guests: int = 2) -> VisitId:
        entry = self.did(BeginPrepayment(read(kind, number), "en", guests), "guest")
        return VisitId(str(entry.refs["visit"]))

    def hold(self, visit: str, face: int) -> NoteId:
        self.notes += 1
        note = note_id(ACCEPTOR, 1, self.notes)
        self.did(HoldDeposit(note, rub(face), VisitId(visit)), "kiosk")
        return note

    def insert(self, visit: str, *faces: int) -> list[NoteId]:
        notes = []
        for face in faces:
            notes.append(self.hold(visit, face))
            self.did(SettleNote(notes[-1]), "kiosk")
        return notes

    def prepaid(self, kind: str, *faces: int, number: str = "1") -> VisitId:
        """A visit that a guest has opened at the kiosk with these notes."""
        visit = self.begin(kind, number)
        self.insert(visit, *faces)
        self.did(CompletePrepayment(visit), "guest")
        return visit

    # --- at the desk -----------------------------------------------------------------------------

    def created(self, kind: str, number: str = "1", tender: Tender = "cash") -> VisitId:
        command = CreateVisit(read=read(kind, number), guests=2, tender=tender)
        return VisitId(str(self.did(command, "staff:201").refs["visit"]))

    def deposit(self, visit: str, face: int, tender: Tender = "cash") -> Entry:
        command = Deposit(VisitId(visit), rub(face), tender, "more", "en")
        return self.did(command, "staff:201")

    def order(self, visit: str, *prices: int) -> str:
        lines = tuple(OrderLine(f"Item {n}", 1, rub(p)) for n, p in enumerate(prices))
        name = f"o{self.venue.ledger.seq}"
        self.did(SaveOrder(name, "", "Bar", lines, visit=visit), "staff:201")
        return name

    def calculate(self, visit: str, *payments: Payment) -> Entry:
        return self.did(CalculateVisit(visit, payments), "staff:201")

    # --- what is ---------------------------------------------------------------------------------

    def ask(self, query: Query[T], actor: str = "kiosk") -> T:
        return self.venue.ask(query, self.now, actor)

    def on(self, account: str) -> int:
        """The balance of an account in whole roubles, a debit positive."""
        minor = self.venue.ledger.balance(account, "RUB")
        assert minor % 100 == 0
        return minor // 100

    def visit(self, visit: str) -> Visit:
        kept = self.venue.store.get("visits", visit)
        assert kept is not None, f"there is no visit {visit}"
        found = self.ask(GetVisit(kept["number"]))
        assert found is not None
        return found

    def prepayment(self, visit: str) -> Prepayment:
        found = self.ask(GetPrepayment(VisitId(visit)))
        assert found is not None
        return found

    def open_visits(self) -> int:
        return len(self.ask(OpenVisits(), "staff:201"))

    def known(self, kind: str, number: str = "1") -> bool:
        """Whether the card is on file."""
        return self.ask(FindCard(read(kind, number))) is not None

    def kept(self, table: str) -> list[dict[str, Any]]:
        return [dict(d) for d in self.venue.store.table(table)]

    def printed(self) -> None:
        """Whatever is at the printer comes out."""
        for slip in self.kept("slips"):
            if slip["state"] == "due":
                self.did(RecordSlip(slip["id"], slip["attempts"] + 1, "printed"), "kiosk")

    def sound(self) -> None:
        """The books replay, and agree with each other."""
        assert self.venue.ledger.verify() == []
        assert audit(self.venue.books(self.now)) == []
