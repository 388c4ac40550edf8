"""Visits: opened, described, seen, calculated, made void."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from kiosk.api.callers import At, Reader, Server
from kiosk.api.forms import (
    Approval,
    Count,
    Form,
    Language,
    Minor,
    Name,
    Number,
    Read,
    Remark,
    Told,
    Written,
    all_told,
    told,
)
from kiosk.api.orders import OrderTold, Paying, payments
from kiosk.core.checkout import CalculateVisit, VisitBill, VoidVisit
from kiosk.core.orders import UnpaidOrders
from kiosk.core.printed_bills import IssueVisitBill
from kiosk.core.tenders import Tender
from kiosk.core.visits import CreateVisit, DescribeVisit, OpenVisits

router = APIRouter(prefix="/v1/visits", tags=["visits"])


class NewVisit(Form):
    """A visit on a card on file, on one that was read, or on none."""

    card: Name | None = None
    read: Read | None = None
    guests: Count = 0
    comment: Remark | None = None
    note: Remark | None = None
    tender: Tender = "cash"
    language: Language | None = None


class Description(Form):
    """All that people write about an open visit; what is left out is empty afterwards."""

    guests: Count = 0
    comment: Remark | None = None
    note: Remark | None = None


class Calculation(Form):
    """How a visit is paid and ends.

    ``payments``: what is due, exactly; deposits and a personal card's wallet have paid before, by
    themselves. ``total``: what the guest was told; refused where it is another sum by now.
    ``unpaid``: what is left owing, where somebody with the right accepts it, with a reason.
    """

    payments: list[Paying] = Field(default=[], max_length=20)
    total: Minor | None = None
    unpaid: Minor | None = None
    by_seats: bool = False
    change: Literal["cash", "claim"] = "cash"
    language: Language | None = None
    approval: Approval | None = None
    reason: Remark | None = None


class Voiding(Form):
    """Why a visit should not have been, and how its deposits go back."""

    reason: Remark
    change: Literal["cash", "claim"] = "cash"
    language: Language | None = None


class BillPrinting(Form):
    """The language in which a guest wants the bill."""

    language: Language | None = None


class VisitTold(Told):
    """A visit and what it comes to; all amounts in minor units of ``currency``.

    ``balance``: what may still be spent, negative when short, null without a limit. ``to_pay``:
    what is missing at the exit, with the ``markup`` that the minimum adds. ``grand_total``: what
    the visit comes to.
    """

    id: str
    number: int
    state: Literal["open", "closed", "void"]
    card: str
    type: str
    personal: bool
    since: str
    closed_at: str
    guests: int
    comment: str
    note: str
    orders: list[OrderTold]
    total: int
    discount: int
    unpaid: int
    deposits: int
    limit: int | None
    balance: int | None
    minimum: int
    markup: int
    grand_total: int
    to_pay: int
    change: int
    currency: str


class VisitsTold(Told):
    """Some visits."""

    visits: list[VisitTold]


class SeatTold(Told):
    """What one guest at the table has had, and pays; seat 0 is nobody's own."""

    seat: int
    amount: int
    due: int
    change: int


class BillTold(Told):
    """What a visit comes to, and, once it is closed, how it was paid."""

    visit: VisitTold
    seats: list[SeatTold]
    paid: dict[str, int]
    accepted: int
    change: int
    change_by: str
    claim: str


class OrdersTold(Told):
    """Some orders of a visit."""

    orders: list[OrderTold]
    currency: str


@router.get("")
async def open_visits(caller: Reader) -> VisitsTold:
    """All open visits, the oldest first."""
    return await caller.ask(
        lambda at: VisitsTold(
            visits=[told(VisitTold, v, currency=at.currency) for v in at.ask(OpenVisits())]
        )
    )


@router.post("")
async def open_visit(new: NewVisit, caller: Server) -> Written:
    """Open a visit; the prepayment of the card's type is taken by ``tender``."""
    return await caller.write(
        lambda at: CreateVisit(
            card=new.card or "",
            read=at.read(new.read) if new.read else None,
            guests=new.guests,
            comment=new.comment or "",
            note=new.note or "",
            tender=new.tender,
            language=new.language or at.language,
        )
    )


@router.get("/{number}")
async def visit(number: Number, caller: Reader) -> VisitTold:
    """A visit by its number, open or ended."""
    return await caller.ask(lambda at: told(VisitTold, at.visit(number), currency=at.currency))


@router.put("/{number}")
async def describe(number: Number, what: Description, caller: Server) -> Written:
    """Set how many guests an open visit has, its comment and its note."""
    return await caller.write(
        lambda at: DescribeVisit(
            at.visit(number).id, what.guests, what.comment or "", what.note or ""
        )
    )


@router.get("/{number}/bill")
async def bill(number: Number, caller: Reader) -> BillTold:
    """Calculate a visit without ending it: what it comes to, seat by seat."""

    def work(at: At) -> BillTold:
        made = at.ask(VisitBill(number))
        return told(BillTold, made, visit=told(VisitTold, made.visit, currency=at.currency))

    return await caller.ask(work)


@router.post("/{number}/bill")
async def print_bill(number: Number, how: BillPrinting, caller: Server) -> Written:
    """Issue the bill of a visit, open or closed, to be printed at the till; it is no receipt."""
    return await caller.alone.write(
        lambda at: IssueVisitBill(at.visit(number).id, how.language or at.language)
    )


@router.get("/{number}/unpaid-orders")
async def unpaid_orders(number: Number, caller: Reader) -> OrdersTold:
    """The orders to be paid before this till leaves the visit; none where it pays on exit."""
    return await caller.ask(
        lambda at: OrdersTold(
            orders=all_told(OrderTold, at.ask(UnpaidOrders(at.visit(number).id, at.till))),
            currency=at.currency,
        )
    )


@router.post("/{number}/calculate")
async def calculate(number: Number, how: Calculation, caller: Server) -> Written:
    """Pay and close a visit; what is left of its deposits goes back."""
    return await caller.write(
        lambda at: CalculateVisit(
            visit=at.visit(number).id,
            payments=payments(at, how.payments),
            total=None if how.total is None else at.money(how.total),
            unpaid=None if how.unpaid is None else at.money(how.unpaid),
            by_seats=how.by_seats,
            change=how.change,
            language=how.language or at.language,
            override=at.approval(how.approval),
            reason=how.reason or "",
        )
    )


@router.post("/{number}/void")
async def void(number: Number, why: Voiding, caller: Server) -> Written:
    """Make a visit void; for a person who is signed in and may."""
    return await caller.write(
        lambda at: VoidVisit(
            at.visit(number).id, why.change, why.language or at.language, why.reason
        )
    )
