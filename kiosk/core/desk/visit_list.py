"""A4. The open visits, with and without a card, and one of them beside the list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from kiosk.core.bills import Visit
from kiosk.core.cards import GetCard
from kiosk.core.debts import UnpaidVisits
from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.money import Money
from kiosk.core.orders import UnpaidOrders
from kiosk.core.prepayments import DepositMade, DepositRefusal, DepositsOf
from kiosk.core.visits import FindVisits, GetVisit, GetVisitRules, Suggestion, VisitRules

ROWS_MAX = 50
_FIND = Field("find", Said("desk.visits.find"), "text", most=32)


@dataclass(frozen=True)
class VisitRow:
    """An open visit in the list; `card` is masked, or empty: there is none."""

    id: str
    number: int
    card: str
    since: str
    label: str
    guests: int
    total: Money
    balance: Money | None
    to_pay: Money


@dataclass(frozen=True)
class VisitSeen:
    """A visit with what was put on it; `no_deposit` says why nothing can be, or is empty.

    `unpaid` are orders that must be paid before anything else is done here (E7).
    """

    visit: Visit
    card: str
    deposits: tuple[DepositMade, ...]
    no_deposit: str
    unpaid: bool = False


@dataclass(frozen=True)
class Visits(Page):
    """The list, as far as it fits `find`; `of` are all that are open, `debts` unpaid ones.

    `looking`: the letters are shown. `chosen` stands beside the list; `asked`: its card was shown,
    so it is asked whether the visit ends now (``calculate``, E51), or something is ordered
    (``order``, E95).
    """

    section: ClassVar[SectionName] = "visits"

    rows: tuple[VisitRow, ...]
    fit: int
    of: int
    debts: int
    rules: VisitRules
    find: Form
    looking: bool = False
    chosen: VisitSeen | None = None
    asked: Suggestion | Literal[""] = ""


def masked(at: At, card: str) -> str:
    """The number of a card as people may see it; empty for no card."""
    found = at.step.ask(GetCard(card)) if card else None
    return found.masked if found else ""


def label_of(visit: Visit) -> str:
    """What people call a visit: its note, which goes with it, or its comment."""
    return visit.note or visit.comment


def seen(at: At, number: int) -> VisitSeen | None:
    """An open visit by its number, or None where it has ended."""
    visit = at.ask(GetVisit(number))
    if visit is None or visit.state != "open":
        return None
    return VisitSeen(
        visit=visit,
        card=masked(at, visit.card),
        deposits=at.ask(DepositsOf(visit.id)),
        no_deposit=at.ask(DepositRefusal(visit.id)),
        unpaid=bool(at.ask(UnpaidOrders(visit.id))),
    )


def listed(at: At, chosen: int = 0) -> Visits:
    """The list of now, with the visit of a number beside it (0: none)."""
    return _page(at, forms.form(_FIND), chosen)


def fresh(at: At, page: Visits) -> Visits:
    """The same page as the books have it now."""
    number = page.chosen.visit.number if page.chosen else 0
    made = _page(at, page.find, number)
    return replace(made, looking=page.looking, asked=page.asked if made.chosen else "")


def _page(at: At, find: Form, chosen: int) -> Visits:
    found = at.ask(FindVisits(find["find"], ROWS_MAX))
    rows = tuple(_row(at, visit) for visit in found.latest)
    debts = at.ask(UnpaidVisits(0)).of
    rules = at.ask(GetVisitRules())
    beside = seen(at, chosen) if chosen else None
    return Visits(rows, found.fit, found.of, debts, rules, find, chosen=beside)


def _row(at: At, visit: Visit) -> VisitRow:
    return VisitRow(
        id=visit.id,
        number=visit.number,
        card=masked(at, visit.card),
        since=visit.since,
        label=label_of(visit),
        guests=visit.guests,
        total=visit.grand_total or visit.total,
        balance=visit.balance,
        to_pay=visit.to_pay,
    )
