"""Checkout: a visit is calculated, paid and ends; or it is made void and its money goes back.

What a visit comes to is arithmetic (`calculation`); here it becomes one entry. A closed visit holds
nothing: its account 2030 is 0, and what it ended on stands in it for good (E60).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tinydb import where

from kiosk.core import fiscal, staff, visit_slips
from kiosk.core.accounts import expenditure
from kiosk.core.bills import (
    Order,
    Visit,
    client_of,
    deposits_left,
    discounts_of,
    figures_of,
    lines_of,
    nets_of,
    order_of,
    orders_of,
    refs_of,
    revenue_of,
    type_of,
    visit_of,
)
from kiosk.core.books import (
    REASON_CHARACTERS_MAX,
    Answer,
    Books,
    Handler,
    Query,
    added,
    legible,
    personal,
    remark,
)
from kiosk.core.calculation import Figures, SeatShare, by_seats
from kiosk.core.errors import Refused
from kiosk.core.ids import VisitId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.orders import found
from kiosk.core.payments import (
    MARKUP,
    Payment,
    Source,
    by_tender,
    give_back,
    may_override,
    name_payer,
    overridden,
    record_spent,
    shown,
    sources,
    spent_by,
    take,
    take_off,
    trusted,
    wallets,
)
from kiosk.core.store import TableSpec
from kiosk.core.visits import ended, still_open

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class CalculateVisit:
    """End a visit: its orders and its markup are paid, what is left of its deposits goes back.

    Attributes:
        visit: an open one.
        payments: what is due, exactly; a personal card's wallet has paid before, by itself.
        total: what the guest was told; refused where the visit comes to something else by now.
        unpaid: what the guest leaves owing; a person with the right `override` accepts it.
        by_seats: each guest pays his own; see E48.
        change: how deposits go back: in cash where the till can, or as a claim.
        language: of a claim's ticket.
        pin: of the guest whose wallet pays, where he pays himself.
        override: who accepts what is unpaid, seats with a deposit, or a guest without his PIN.
        card: the visit's, shown by the guest who ends it himself; staff need none (E57).
    """

    visit: VisitId | str
    payments: tuple[Payment, ...] = ()
    total: Money | None = None
    unpaid: Money | None = None
    by_seats: bool = False
    change: Literal["cash", "claim"] = "cash"
    language: str = "en"
    pin: str = personal()
    override: staff.Approval | None = None
    reason: str = remark()
    card: str = added("")


@dataclass(frozen=True)
class VoidVisit:
    """A visit that should not have been: its orders are void, all its deposits go back (E105).

    Orders that were paid are made void first, one by one: each goes back the way it was paid.
    """

    visit: VisitId | str
    change: Literal["cash", "claim"] = "cash"
    language: str = "en"
    reason: str = remark()


@dataclass(frozen=True)
class VisitBill(Query["Bill"]):
    """What a visit comes to, line by line, by its number; open or ended.

    Refused where there is no such visit.
    """

    number: int


@dataclass(frozen=True)
class OrderBill(Query[Order]):
    """One order to be printed; refused where it was not saved (E99), or is void."""

    order: str


@dataclass(frozen=True)
class Bill:
    """A visit's bill: the visit with its orders and figures, and how it ended.

    Attributes:
        visit: with all figures.
        seats: what each guest has had; of a visit that was calculated by seats, what each paid.
        paid: at the exit beyond the deposits, by tender.
        accepted: what the guest left owing.
        change: what went back, and how: ``cash``, ``claim``, or "" while the visit is open.
        claim: the claim that it went back as, or "".
    """

    visit: Visit
    seats: tuple[SeatShare, ...]
    paid: Mapping[str, Money]
    accepted: Money
    change: Money
    change_by: str
    claim: str


def _calculate(books: Books, command: CalculateVisit) -> Draft:
    if books.settings().get("one_order_in_visit", False):
        raise Refused("err.no_calculation")
    visit = still_open(books, command.visit)
    shown(books, visit, command.card)
    kept = orders_of(books, visit["id"])
    sums = figures_of(books, visit, kept)
    if command.total is not None and command.total != books.money(sums.total):
        raise Refused("err.visit_changed", total=str(books.money(sums.total)))
    draft = Draft("visit_calculated", reason=command.reason)
    draft.refs |= refs_of(books, visit)
    shares = _shares(books, draft, command, visit, kept, sums)
    due = sum(s.due for s in shares) if shares else sums.due
    change = sum(s.change for s in shares) if shares else sums.change
    owing = _owing(books, draft, command, due)
    payments = sources(books, command.payments, visit["card"])
    if sum(s.minor for s in payments) + owing != due:
        raise Refused("err.pay_exactly", amount=str(books.money(due - owing)))
    unpaid = sums.total - sums.paid
    own = _own(books, visit, unpaid - due)
    spent = [(visit["card"], s.minor) for s in own if s.tender] + wallets(
        command.payments, visit["card"]
    )
    trusted(books, draft, spent, command.pin, command.override, command.reason)
    given = [*own, *payments]
    name_payer(draft, given)
    receivable = [Source(owing, account=f"1200:{visit['id']}")] if owing else []
    saved = [o for o in kept if o["state"] == "saved"]
    take(books, draft, [*given, *receivable], _revenue(books, saved, sums))
    for order in saved:
        take_off(books, draft, discounts_of(books, order))
        draft.set("orders", order | {"state": "paid"})
    back = give_back(books, draft, visit, change, command.change, command.language, "change")
    from_deposits = sums.deposits - sums.deposits_left
    fiscal.settle(books, draft, visit, unpaid + from_deposits, by_tender(given))
    record_spent(books, draft, spent_by(given, client_of(books, visit), unpaid - owing))
    own_money = sum(s.minor for s in own if s.tender is None)
    visit_slips.receipt(
        books,
        draft,
        visit,
        visit_slips.orders_facts(books, visit, kept, sums.markup),
        {"deposit": own_money, **by_tender(given), fiscal.CREDIT: owing},
        command.language,
        paid=sums.paid,
        back=back,
        seats=[list(asdict(share).values()) for share in shares],
        prepayments=True,
    )
    draft.set(
        "visits",
        ended(visit, books.at, "closed")
        | {
            "figures": asdict(sums),
            "paid": by_tender(given),
            "unpaid": owing,
            "back": back,
            "seats": [list(asdict(share).values()) for share in shares],
        },
    )
    return draft


def _own(books: Books, visit: Mapping[str, Any], minor: int) -> list[Source]:
    """What the visit pays by itself: out of its deposits, or of a personal card's wallet (E61).

    Staff end the visit of a card that is lost, too: its wallet is its client's.
    """
    if not minor:
        return []
    if type_of(books, visit["type"])["personal"]:
        return [Source(minor, tender="wallet", client=expenditure(books, visit["card"]))]
    return [Source(minor, account=f"2030:{visit['id']}")]


def _revenue(
    books: Books, saved: Sequence[Mapping[str, Any]], sums: Figures
) -> list[tuple[str, int]]:
    """What is settled now, by the account whose revenue it is; the markup comes last."""
    made: dict[str, int] = defaultdict(int)
    for order in saved:
        for account, minor in revenue_of(books, order).items():
            made[account] += minor
    return [*made.items(), (MARKUP, sums.total - sums.paid - sums.unpaid)]


def _owing(books: Books, draft: Draft, command: CalculateVisit, due: int) -> int:
    """What the guest leaves owing, once somebody who may has accepted it."""
    owing = command.unpaid
    if owing is None or not owing:
        return 0
    if owing.currency != books.currency or not 0 < owing.minor <= due:
        raise Refused("err.pay_exactly", amount=str(books.money(due)))
    draft.refs["accepted_by"] = overridden(books, command.override, command.reason)
    return owing.minor


def _shares(
    books: Books,
    draft: Draft,
    command: CalculateVisit,
    visit: Mapping[str, Any],
    kept: Sequence[Mapping[str, Any]],
    sums: Figures,
) -> tuple[SeatShare, ...]:
    """What each guest pays, where that is wanted; with a deposit somebody must allow it (E48)."""
    if not command.by_seats:
        return ()
    held = deposits_left(books, visit["id"])
    if held:
        if command.override is None and not (command.reason and may_override(books)):
            raise Refused("err.seats_deposit", amount=str(books.money(held)))
        draft.refs["seats_by"] = overridden(books, command.override, command.reason)
    return by_seats(_seats(books, kept, sums), held)


def _seats(books: Books, kept: Sequence[Mapping[str, Any]], sums: Figures) -> dict[int, int]:
    """What is to be paid for each seat; the markup is nobody's own."""
    made: dict[int, int] = defaultdict(int)
    made[0] = sums.total - sums.paid - sums.unpaid
    for order in kept:
        if order["state"] == "saved":
            for line, net in zip(lines_of(books, order), nets_of(books, order), strict=True):
                made[line.seat] += net
    return made


def _void(books: Books, command: VoidVisit) -> Draft:
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    visit = still_open(books, command.visit)
    kept = orders_of(books, visit["id"])
    paid = [o for o in kept if o["state"] == "paid"]
    if paid:
        raise Refused("err.visit_paid_orders", order=paid[0]["order"])
    draft = Draft("visit_void", reason=command.reason)
    draft.refs |= refs_of(books, visit)
    for order in kept:
        if order["state"] == "saved":
            draft.set("orders", order | {"state": "void", "void_at": books.at})
    held = deposits_left(books, visit["id"])
    back = give_back(books, draft, visit, held, command.change, command.language, "void")
    if back.get("how") == "cash":
        visit_slips.refund(books, draft, visit, "visit", {"cash": held}, command.language)
    fiscal.voided(books, draft, visit)
    draft.set("visits", ended(visit, books.at, "void") | {"back": back})
    return draft


def _bill(books: Books, query: VisitBill) -> Bill:
    kept = books.search("visits", where("number") == query.number)
    if not kept:
        raise Refused("err.no_such_visit", visit=str(query.number))
    visit = kept[0]
    if visit["state"] == "open":
        orders = orders_of(books, visit["id"])
        sums = figures_of(books, visit, orders)
        seats = by_seats(_seats(books, orders, sums), deposits_left(books, visit["id"]))
    else:
        seats = tuple(SeatShare(*share) for share in visit.get("seats", ()))
    back = visit.get("back") or {"minor": 0, "how": "", "claim": ""}
    return Bill(
        visit=visit_of(books, visit),
        seats=seats,
        paid={tender: books.money(minor) for tender, minor in visit.get("paid", {}).items()},
        accepted=books.money(visit.get("unpaid", 0)),
        change=books.money(back["minor"]),
        change_by=back["how"],
        claim=back["claim"],
    )


def _order_bill(books: Books, query: OrderBill) -> Order:
    order = found(books, query.order)
    if order["state"] == "void":
        raise Refused("err.order_void", order=order["order"])
    return order_of(books, order)


HANDLERS: dict[type, Handler] = {CalculateVisit: _calculate, VoidVisit: _void}
ANSWERS: dict[type, Answer] = {VisitBill: _bill, OrderBill: _order_bill}
ALLOWED: dict[type, frozenset[str]] = {
    CalculateVisit: frozenset({"till", "staff", "guest"}),
    VoidVisit: frozenset({"staff"}),
}
