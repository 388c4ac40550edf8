"""Orders: saved and saved again, paid at once, made void.

An order's name is the till's own, and the till's rules hold for it (E85), whoever is signed in
there: saved in a person's name it would be a second order beside the till's, and be paid twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from kiosk.api.callers import At, Reader, Server
from kiosk.api.forms import (
    Approval,
    Count,
    Form,
    Language,
    Line,
    Minor,
    Name,
    Number,
    Remark,
    Told,
    Written,
    told,
)
from kiosk.core.bills import OrderLine
from kiosk.core.checkout import OrderBill
from kiosk.core.errors import Refused
from kiosk.core.orders import MenuLine, PayOrder, SaveOrder, Seat, VoidOrder
from kiosk.core.payments import Payment
from kiosk.core.printed_bills import IssueOrderBill
from kiosk.core.tenders import Tender

router = APIRouter(prefix="/v1/orders", tags=["orders"])

OrderName = Annotated[Name, Field(description="the till's own name of the order, never used again")]


class LineSent(Form):
    """A line of an order: an ``item`` of the menu, or a ``text`` with its ``amount``.

    ``amount`` is for all of ``quantity``; ``seat`` is the number of a guest, 0 for nobody's own.
    """

    item: Name | None = None
    text: Line | None = None
    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1
    amount: Minor | None = None
    seat: Annotated[int, Field(ge=0, le=100)] = 0


class SeatSent(Form):
    """A guest at the table, and the id of the card that he showed."""

    number: Annotated[int, Field(ge=1, le=100)]
    card: Name | None = None


class OrderSent(Form):
    """An order, whole: it takes the place of its former version.

    It is of the open ``visit`` (its number), of that of the ``card``, or, with neither, of a new
    one without a card.
    """

    order: OrderName
    place: Name
    lines: list[LineSent] = Field(min_length=1, max_length=100)
    card: Name | None = None
    visit: Number | None = None
    seats: list[SeatSent] = Field(default=[], max_length=100)
    guests: Count = 0


class Paying(Form):
    """Money: how, how much; for ``wallet`` the id of the card that pays, or the visit's own."""

    tender: Tender
    amount: Annotated[int, Field(ge=1, le=10**12, description="minor units of the currency")]
    card: Name | None = None


class OrderPaying(Form):
    """How an order is paid at once; ``bonus`` in points, for play time."""

    order: OrderName
    payments: list[Paying] = Field(default=[], max_length=20)
    bonus: Annotated[int, Field(ge=0, le=10**9)] = 0
    language: Language | None = None
    approval: Approval | None = None
    reason: Remark | None = None


class OrderVoiding(Form):
    """Why an order is made void."""

    order: OrderName
    reason: Remark


class OrderPrinting(Form):
    """The order whose bill a guest wants."""

    order: OrderName
    language: Language | None = None


class LineTold(Told):
    """A line of an order."""

    text: str
    quantity: int
    amount: int
    item: str
    seat: int
    play: bool


class OrderTold(Told):
    """An order; ``total`` is what it costs, ``discount`` what that is less than its lines."""

    id: str
    order: str
    at: str
    place: str
    state: Literal["saved", "paid", "void"]
    paid: bool
    lines: list[LineTold]
    total: int
    discount: int


class OneOrderTold(OrderTold):
    """An order by itself."""

    currency: str


def payments(at: At, sent: Sequence[Paying]) -> tuple[Payment, ...]:
    """Payments as the core has them."""
    return tuple(Payment(p.tender, at.money(p.amount), p.card or "") for p in sent)


@router.get("")
async def order(order: Annotated[OrderName, Query()], caller: Reader) -> OneOrderTold:
    """An order by the till's own name of it, or by its id."""
    return await caller.alone.ask(
        lambda at: told(OneOrderTold, at.ask(OrderBill(order)), currency=at.currency)
    )


@router.post("")
async def save(sent: OrderSent, caller: Server) -> Written:
    """Save an order, or change one that was saved."""
    return await caller.alone.write(
        lambda at: SaveOrder(
            order=sent.order,
            card=sent.card or "",
            place=sent.place,
            lines=tuple(_line(at, line) for line in sent.lines),
            visit=at.visit(sent.visit).id if sent.visit else "",
            seats=tuple(Seat(seat.number, seat.card or "") for seat in sent.seats),
            guests=sent.guests,
        )
    )


@router.post("/bill")
async def print_bill(what: OrderPrinting, caller: Server) -> Written:
    """Issue the bill of a saved order, to be printed at the till; it is no receipt."""
    return await caller.alone.write(
        lambda at: IssueOrderBill(what.order, what.language or at.language)
    )


@router.post("/pay")
async def pay(how: OrderPaying, caller: Server) -> Written:
    """Pay a saved order at once; it stays in its visit."""
    return await caller.alone.write(
        lambda at: PayOrder(
            order=how.order,
            payments=payments(at, how.payments),
            bonus=how.bonus,
            language=how.language or at.language,
            override=at.approval(how.approval),
            reason=how.reason or "",
        )
    )


@router.post("/void")
async def void(why: OrderVoiding, caller: Server) -> Written:
    """Make an order void; of a paid one, for a person who is signed in and may."""
    return await caller.write(lambda at: VoidOrder(at.order(why.order), why.reason))


def _line(at: At, line: LineSent) -> OrderLine | MenuLine:
    if line.item is not None and line.text is None and line.amount is None:
        return MenuLine(line.item, line.quantity, line.seat)
    if line.item is not None or line.text is None or line.amount is None:
        raise Refused("err.order_line", line=line.item or line.text or "")
    return OrderLine(line.text, line.quantity, at.money(line.amount), seat=line.seat)
