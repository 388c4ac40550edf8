"""A venue with entrance cards and the desk before it, for the tests of visits.

Amounts are whole roubles, or decimals in text; what is asked of the books answers in text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from kiosk.core.bills import OrderLine, Visit
from kiosk.core.books import Query
from kiosk.core.cards import Card, FindCard, GetCard
from kiosk.core.cash import HoldNote, SettleNote
from kiosk.core.checkout import CalculateVisit
from kiosk.core.clients import GetClient, RegisterCard
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ids import note_id
from kiosk.core.ledger import Draft, Entry
from kiosk.core.money import Money
from kiosk.core.orders import PayOrder, SaveOrder, VoidOrder
from kiosk.core.payments import Payment
from kiosk.core.recognition import Recognised
from kiosk.core.shifts import OpenShift
from kiosk.core.tenders import Tender
from kiosk.core.venue import Venue
from kiosk.core.visits import CreateVisit, GetVisit, OpenVisit
from tests.core.guest import DEMO, NOW, RUB, make_venue, rub, shelf

CASHIER, ADMINISTRATOR, MANAGER, BAR = "staff:101", "staff:102", "staff:105", "till:bar"
EXTRA = """
[[markups]]
id = "least"
name = "Minimum order"
minimum_amount = 1000

[[money_reasons]]
id = "advance"
name = "Prepayment of a visit"
uses = ["prepayment"]
prepayment = true
markup = "deposits"

[[tills]]
id = "karts"
name = "Karts"
pay_on_exit = false
order_max_amount_check = "warning_only"

[[tills]]
id = "a"
name = "Till A"
order_max_amount_check = "forbid_saving"

[[menu]]
id = "cola"
name = "Cola"
price = 150

[[menu]]
id = "hour"
name = "Bowling, an hour"
price = 300
bonus = true

[[menu]]
id = "soup"
name = "Soup of yesterday"
price = 90
in_use = false
"""
"""Of a venue for tests: what its visits need beside what the demo has."""


def money(amount: int | str) -> Money:
    return rub(amount) if isinstance(amount, int) else Money.parse(amount, RUB)


def setting(text: str, name: str, value: str) -> str:
    """The text of a venue file with another value of one setting."""
    made, found = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text, count=1)
    assert found == 1, f"{name} is not in the file"
    return made


def venue_text(
    *,
    table: Mapping[str, Any] | None = None,
    guest: Mapping[str, Any] | None = None,
    **settings: str,
) -> str:
    """The demo with other settings; `table` and `guest` are settings of these card types."""
    text = DEMO
    for name, value in settings.items():
        text = setting(text, name, value)
    for kind, given in (("table", table), ("guest", guest)):
        before, head, after = text.partition(f'[[card_types]]\nid = "{kind}"\n')
        assert head, kind
        rows = dict(re.findall(r"(?m)^(\w+) = (.+)$", after.partition("\n\n")[0]))
        rows |= {k: v if isinstance(v, str) else str(v).lower() for k, v in (given or {}).items()}
        made = "".join(f"{k} = {v}\n" for k, v in rows.items())
        text = f"{before}{head}{made}\n{after.partition(chr(10) * 2)[2]}"
    first = text.index("[[card_types]]")
    return f"{text[:first]}{EXTRA}\n{text[first:]}"


class Desk:
    """Staff and tills before the books; each call is one command with a key of its own."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.now: Now = NOW
        self.calls = 0

    # --- commands --------------------------------------------------------------------------

    def do(self, command: object, actor: str = CASHIER) -> Entry | Refused:
        self.calls += 1
        return self.venue.do(command, actor=actor, key=f"desk:{self.calls}", now=self.now)

    def did(self, command: object, actor: str = CASHIER) -> Entry:
        done = self.do(command, actor)
        assert isinstance(done, Entry), f"{command} was refused: {done}"
        return done

    def later(self, minutes: int = 1) -> None:
        wall = self.now.wall + timedelta(minutes=minutes)
        self.now = replace(self.now, wall=wall, mono_s=self.now.mono_s + minutes * 60)

    def shift(self, float_in: int = 10_000) -> None:
        """Open a shift with so much change in the till."""
        self.did(OpenShift(rub(float_in), "change"))

    def register(self, number: str = "04AABBCC", phone: str = "", pin: str = "") -> Card:
        """A personal card of an unnamed client."""
        read = Recognised("Contactless guest card", "interface", "PDS", number)
        self.did(RegisterCard(read, "guest", "en", "2026-11", phone, pin))
        return self.card(read)

    def card(self, read: Recognised) -> Card:
        found = self.ask(FindCard(read))
        assert found is not None
        return found

    def top_up(self, card: Card, amount: int) -> None:
        """A note of so many roubles in the acceptor."""
        self.calls += 1
        note = note_id("acceptor", 1, self.calls)
        self.did(HoldNote(note, rub(amount), card.client, card.id), "kiosk")
        self.did(SettleNote(note), "kiosk")

    def book(self, debit: str, credit: str, amount: int, unit: str = "RUB") -> None:
        """What another part of the venue does: an entry with one posting."""
        self.calls += 1
        draft = Draft("booked_by_a_test")
        draft.post(debit, credit, unit, amount)
        key = f"book:{self.calls}"
        self.venue.ledger.post(draft, key=key, actor="cli", command=key, now=self.now)

    def open(self, number: str = "550001", actor: str = CASHIER, **more: Any) -> Visit:
        """A visit on a table card, which may be new here."""
        read = table_read(number)
        self.did(CreateVisit(read=read, **more), actor)
        return self.visit(self.card(read))

    def order(
        self, name: str, visit: Visit, *prices: int | str, actor: str = BAR
    ) -> Entry | Refused:
        lines = tuple(OrderLine(f"Item {n}", 1, money(p)) for n, p in enumerate(prices))
        return self.do(SaveOrder(name, "", "Bar", lines, visit=visit.id), actor)

    def ordered(self, name: str, visit: Visit, *prices: int | str, actor: str = BAR) -> Visit:
        done = self.order(name, visit, *prices, actor=actor)
        assert isinstance(done, Entry), done
        return self.seen(visit)

    def pay(self, order: str, *payments: tuple[Tender, int | str], **more: Any) -> Entry | Refused:
        actor = more.pop("actor", BAR)
        if actor == "guest":
            kept = self.venue.store.get("orders", order) or {}
            visit = self.venue.store.get("visits", kept["visit"]) or {}
            more = {"card": visit["card"], **more}
        return self.do(PayOrder(order, paying(*payments), **more), actor)

    def void(self, order: str, actor: str = ADMINISTRATOR) -> Entry | Refused:
        return self.do(VoidOrder(order, "a mistake"), actor)

    def calculate(self, visit: Visit, *payments: tuple[Tender, int | str], **more: Any) -> Any:
        actor = more.pop("actor", CASHIER)
        if actor == "guest":
            more = {"card": visit.card, **more}
        return self.do(CalculateVisit(visit.id, paying(*payments), **more), actor)

    def closed(self, visit: Visit, *payments: tuple[Tender, int | str], **more: Any) -> Visit:
        done = self.calculate(visit, *payments, **more)
        assert isinstance(done, Entry), done
        assert self.balance(f"2030:{visit.id}") == "0.00"
        return self.seen(visit)

    # --- what is ---------------------------------------------------------------------------

    def ask(self, query: Query[Any], actor: str = "cli") -> Any:
        return self.venue.ask(query, self.now, actor)

    def visit(self, card: Card) -> Visit:
        found: Visit | None = self.ask(OpenVisit(card.id))
        assert found is not None
        return found

    def seen(self, visit: Visit) -> Visit:
        found: Visit | None = self.ask(GetVisit(visit.number))
        assert found is not None
        return found

    def balance(self, account: str) -> str:
        """What an account holds on its own side: what is in a till, what a guest is owed."""
        amount = self.venue.ledger.balance(account, "RUB")
        return str(Money(amount if account[0] == "1" else -amount, RUB))

    def wallet(self, card: Card) -> str:
        found = self.ask(GetClient(card.client))
        return str(found.wallet)

    def get(self, name: str) -> Card:
        found = self.ask(GetCard(name))
        assert found is not None
        return found

    def bonus(self, card: Card) -> int:
        return -self.venue.ledger.balance(f"9060:{card.client}", "BON")

    def spent(self, card: Card) -> int:
        """Real money that the card's client has spent, in kopecks (C36)."""
        return (self.venue.store.get("statistics", card.client) or {"spent": 0})["spent"]

    def untouched(self) -> tuple[int, list[Any]]:
        """What a refusal must leave as it was: entries, and every balance."""
        return self.venue.ledger.seq, [dict(d) for d in self.venue.store.table("balances")]


def table_read(number: str = "550001") -> Recognised:
    return Recognised("Table card", "entrance_card", "table", number)


def paying(*payments: tuple[Tender, int | str]) -> tuple[Payment, ...]:
    return tuple(Payment(tender, money(amount)) for tender, amount in payments)


@contextmanager
def desk(text: str = "", *, shift: bool = True) -> Iterator[Desk]:
    """A desk over a new venue; its books are proven when the test is done."""
    with shelf() as folder:
        venue = make_venue(folder, text or venue_text())
        made = Desk(venue)
        if shift:
            made.shift()
        yield made
        assert venue.ledger.verify() == []
        venue.close()


def refused(done: object, key: str) -> Refused:
    assert isinstance(done, Refused) and done.key == key, done
    return done
