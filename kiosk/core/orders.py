"""Orders: saved to a visit, saved again, paid at once, made void.

An order counts once it is saved (E49). The balance is checked when it is saved (E8), by the rule of
the station that saves it (E85), and without the minimum's markup (E90).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from kiosk.core import bonus, fiscal, menu, staff, tenders, visit_slips
from kiosk.core.bills import (
    COUNTED,
    ORDERS,
    PLAY,
    Order,
    OrderLine,
    client_of,
    deposits_left,
    discounts_of,
    figures_of,
    lines_of,
    order_of,
    orders_of,
    refs_of,
    revenue_of,
    type_of,
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
from kiosk.core.calculation import Figures, discount_of
from kiosk.core.cards import Card, usable
from kiosk.core.errors import Refused
from kiosk.core.floating import refusal
from kiosk.core.ids import CardId, VisitId
from kiosk.core.ledger import Draft, Posting
from kiosk.core.payments import (
    MARKUP,
    Payment,
    Source,
    by_tender,
    give_back,
    name_payer,
    record_spent,
    shown,
    sources,
    spent_by,
    take,
    take_off,
    trusted,
    wallets,
)
from kiosk.core.slips import language_of
from kiosk.core.store import TableSpec
from kiosk.core.visits import create, ended, entrance_allows, open_visit, still_open

TABLES: tuple[TableSpec, ...] = ()
LINES_MAX = 100
TEXT_CHARACTERS_MAX = 200
NAME_CHARACTERS_MAX = 64
"""Of an order's own name, and of its place."""
QUANTITY_MAX = 100_000
AMOUNT_MAX_MINOR = 10**12
"""Of one line: more than a wallet can hold."""
SEATS_MAX = 100


@dataclass(frozen=True)
class MenuLine:
    """So many of a position of the menu; what it is called and costs stands there."""

    item: str
    quantity: int = 1
    seat: int = 0


@dataclass(frozen=True)
class Seat:
    """A guest at the table of an order, and the card that he showed, or none (E96)."""

    number: int
    card: CardId | str = ""


@dataclass(frozen=True)
class SaveOrder:
    """Save an order to a visit, in place of its former version (E91).

    The visit is the open one of `card`, which the first order opens, or `visit` (found without the
    card, E57), or, with neither, a new one without a card (E6). `order` is the station's own name
    of it, never used again; staff may give the id of an order that another station made. `place`
    is a word for the guest (``Bar``); `guests` is for a visit that this order opens.
    """

    order: str
    card: CardId | str
    place: str
    lines: tuple[OrderLine | MenuLine, ...]
    visit: str = added("")
    seats: tuple[Seat, ...] = added(())
    guests: int = added(0)


@dataclass(frozen=True)
class PayOrder:
    """Pay a saved order at once (E2, E68, E87); it stays in its visit.

    Where the station does not pay on exit, the visit's deposit pays first, and `payments` the rest.
    `bonus` is in points, and pays lines of play time only (C23). `card` is the visit's, shown by
    the guest who pays himself.
    """

    order: str
    payments: tuple[Payment, ...] = ()
    bonus: int = 0
    language: str = "en"
    pin: str = personal()
    override: staff.Approval | None = None
    reason: str = remark()
    card: str = added("")


@dataclass(frozen=True)
class VoidOrder:
    """Take an order off its visit; what was paid for it goes back the way it came.

    A till may do so with an unpaid order of its own.
    """

    order: str
    reason: str = remark()


@dataclass(frozen=True)
class UnpaidOrders(Query["tuple[Order, ...]"]):
    """The orders of a visit that must be paid before the screen of a station is left (E7).

    `till` is the station; empty is the kiosk and its staff. None where it pays on exit.
    """

    visit: VisitId
    till: str = ""


# --- saving ------------------------------------------------------------------------------------


def _save(books: Books, command: SaveOrder) -> Draft:
    _check_names(books, command)
    name = _name(books, command.order)
    before = books.get("orders", name)
    draft = Draft("order_saved")
    visit = _visit(books, draft, command, before)
    if before is not None:
        must_be_saved(before)
    _check_seats(books, command)
    lines = tuple(_line(books, line, _prices(books, before)) for line in command.lines)
    total = sum(line.amount.minor for line in lines)
    percent = _discount_percent(books, visit)
    others = [o for o in orders_of(books, visit["id"]) if o["id"] != name]
    if books.settings().get("one_order_in_visit", False) and any(
        o["state"] in COUNTED for o in others
    ):
        raise Refused("err.one_order")
    order = {
        "id": name,
        "visit": visit["id"],
        "order": before["order"] if before else command.order,
        "at": before["at"] if before else books.at,
        "place": command.place,
        "lines": [_kept(line) for line in lines],
        "seats": [[seat.number, seat.card] for seat in command.seats],
        "total": total,
        "percent": percent,
        "discount": discount_of(total, percent),
        "state": "saved",
        "short": 0,
        "station": before["station"] if before and "station" in before else books.actor,
    }
    short = figures_of(books, visit, [*others, order]).short
    lowered = before is not None and _cost(order) <= _cost(before)
    policy = station_value(books, books.actor, "order_max_amount_check", "forbid_saving")
    if short and policy == "forbid_saving" and not lowered:
        # Where no money can be added, nobody is told to add some (E104).
        way = "_desk" if refusal(books, visit) == "err.floating_off" else ""
        raise Refused(f"err.visit_short{way}", amount=str(books.money(short)))
    if policy == "warning_only":
        order["short"] = short
    draft.refs |= {"order": name} | refs_of(books, visit)
    draft.set("orders", order)
    return draft


def _name(books: Books, order: str) -> str:
    """An order's id: two stations may count alike, so an order is its station's own."""
    own = f"{books.actor}/{order}"
    if books.actor.startswith("staff:") and not books.get("orders", own):
        return order if books.get("orders", order) else own
    return own


def _visit(
    books: Books, draft: Draft, command: SaveOrder, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The open visit that the order is of, opened by this draft where there is none."""
    card = usable(books, command.card) if command.card else None
    if command.visit:
        visit: dict[str, Any] | None = still_open(books, command.visit)
    elif card:
        visit = open_visit(books, card.id)
    else:
        visit = books.get("visits", before["visit"]) if before else None
        if visit and visit["state"] != "open":
            visit = None
    if visit and card and visit["card"] != card.id:
        raise Refused("err.other_visit", number=str(visit["number"]))
    if before is not None and (visit is None or before["visit"] != visit["id"]):
        # It is in another visit, open or closed; in two it would be paid twice (E1).
        raise Refused("err.conflict", operation=str(before["id"]))
    if visit:
        entrance_allows(books, card or _holder(books, visit))
        return visit
    prepayment = type_of(books, card.type)["prepay_amount"] if card else 0
    if prepayment:
        raise Refused("err.prepay_first", amount=str(books.money(prepayment)))
    return create(books, draft, card, guests=command.guests)


def _holder(books: Books, visit: Mapping[str, Any]) -> Card | None:
    return usable(books, visit["card"]) if visit["card"] else None


def _discount_percent(books: Books, visit: Mapping[str, Any]) -> int:
    """What is taken off orders of a visit: by the card's type, or its client's group if more."""
    client = books.get("clients", client_of(books, visit)) or {}
    group = books.get("groups", client.get("group", "")) or {}
    own = type_of(books, visit["type"]).get("discount_percent", 0)
    return max(int(own), int(group.get("discount_percent", 0)))


def station_value(books: Books, actor: str, name: str, default: Any) -> Any:
    """A parameter of the station: that of a till, else the venue's, which is the kiosk's (E85)."""
    kind, _, till = actor.partition(":")
    kept = (books.get("tills", till) or {}) if kind == "till" else {}
    own = kept.get(name)
    return books.settings().get(name, default) if own is None else own


def _cost(order: Mapping[str, Any]) -> int:
    return int(order["total"]) - int(order.get("discount", 0))


def must_be_saved(order: Mapping[str, Any]) -> None:
    """Let only an order go on that is saved: ``err.order_paid``, ``err.order_void``."""
    if order["state"] != "saved":
        raise Refused(f"err.order_{order['state']}", order=order["order"])


def _kept(line: OrderLine) -> list[Any]:
    return [line.text, line.quantity, line.amount.minor, line.item, line.seat, line.play]


def _prices(books: Books, before: Mapping[str, Any] | None) -> dict[str, OrderLine]:
    """Positions of the menu as this order has them already: a new price is not theirs."""
    return {line.item: line for line in lines_of(books, before) if line.item} if before else {}


def _line(books: Books, line: OrderLine | MenuLine, had: Mapping[str, OrderLine]) -> OrderLine:
    """A line as it is kept; what the menu has is called and costs what it says there."""
    if isinstance(line, OrderLine) and not line.item:
        # What is play time, the menu says: whoever writes a line freely would pay beer with points.
        return replace(line, play=False)
    former = had.get(line.item)
    if former:
        price = books.money(former.amount.minor // former.quantity)
        text, play = former.text, former.play
    else:
        item = menu.item(books, line.item)
        price, text, play = item.price, item.name, item.bonus
    amount = books.money(price.minor * line.quantity)
    if amount.minor > AMOUNT_MAX_MINOR:
        raise Refused("err.order_line", line=text[:NAME_CHARACTERS_MAX])
    return OrderLine(text, line.quantity, amount, line.item, line.seat, play)


def _check_names(books: Books, command: SaveOrder) -> None:
    if not command.lines or len(command.lines) > LINES_MAX:
        raise Refused("err.order_lines", max=str(LINES_MAX))
    for name in (command.order, command.place):
        if not legible(name, NAME_CHARACTERS_MAX):
            raise Refused("err.order_line", line=name[:NAME_CHARACTERS_MAX])
    for line in command.lines:
        text = line.item if isinstance(line, MenuLine) else line.text
        if not 0 < line.quantity <= QUANTITY_MAX or not legible(text, TEXT_CHARACTERS_MAX):
            raise Refused("err.order_line", line=text[:NAME_CHARACTERS_MAX])
        if isinstance(line, MenuLine):
            continue
        if not 0 <= line.amount.minor <= AMOUNT_MAX_MINOR:
            raise Refused("err.order_line", line=text[:NAME_CHARACTERS_MAX])
        if line.amount.currency != books.currency:
            given = line.amount.currency.code
            raise Refused("err.other_currency", kept=books.unit, given=given)


def _check_seats(books: Books, command: SaveOrder) -> None:
    """Seats have numbers; where there are seats with a card only, each has one (E96)."""
    cards = {seat.number: seat.card for seat in command.seats}
    taken = {line.seat for line in command.lines if line.seat} | set(cards)
    if len(cards) != len(command.seats) or any(not 0 < n <= SEATS_MAX for n in taken):
        raise Refused("err.seats", max=str(SEATS_MAX))
    for number in sorted(taken):
        card = cards.get(number, "")
        entrance_allows(books, usable(books, card) if card else None)


# --- paying at once ----------------------------------------------------------------------------


def _pay(books: Books, command: PayOrder) -> Draft:
    order = found(books, command.order)
    must_be_saved(order)
    visit = still_open(books, order["visit"])
    shown(books, visit, command.card)
    before, last, revenue = costs_of(books, visit, order)
    markup = revenue[MARKUP]
    draft = Draft("order_paid", refs={"order": order["id"]} | refs_of(books, visit))
    _pay_bonus(books, draft, visit, command.bonus, revenue)
    money = sum(revenue.values())
    deposit = deposit_for(books, visit, money)
    given = sources(books, command.payments, visit["card"])
    if sum(s.minor for s in given) != money - deposit:
        raise Refused("err.pay_exactly", amount=str(books.money(money - deposit)))
    asked = wallets(command.payments, visit["card"])
    by_points = [(visit["card"], bonus.worth(books, command.bonus))] if command.bonus else []
    trusted(books, draft, asked, command.pin, command.override, command.reason, by_points)
    name_payer(draft, given)
    from_deposit = [Source(deposit, account=f"2030:{visit['id']}")] if deposit else []
    take(books, draft, [*from_deposit, *given], list(revenue.items()))
    take_off(books, draft, discounts_of(books, order))
    spent = spent_by(given, client_of(books, visit), money)
    record_spent(books, draft, spent)
    fiscal.sold(books, draft, visit["id"], order["id"], by_tender(given))
    paid = {
        "at": books.at,
        "entry": books.ledger.seq + 1,
        "tenders": by_tender(given),
        "deposit": deposit,
        "bonus": command.bonus,
        "markup": markup,
        "spent": spent,
    }
    draft.set("orders", order | {"state": "paid", "paid": paid})
    back = _close(books, draft, visit, before, deposit, command.language) if last else {}
    told = visit_slips.orders_facts(books, visit, [order], markup)
    points = bonus.worth(books, command.bonus)
    tendered = {"bonus": points, "deposit": deposit, **by_tender(given)}
    visit_slips.receipt(
        books, draft, visit, told, tendered, command.language, back=back, prepayments=last
    )
    return draft


def costs_of(
    books: Books, visit: Mapping[str, Any], order: Mapping[str, Any]
) -> tuple[Figures, bool, dict[str, int]]:
    """The visit's figures, whether it ends with this order, and what the order costs, by revenue.

    With one order in a visit it ends when that is paid; one of before that setting may have others.
    """
    kept = orders_of(books, visit["id"])
    before = figures_of(books, visit, kept)
    one_order = books.settings().get("one_order_in_visit", False)
    last = bool(one_order) and sum(o["state"] == "saved" for o in kept) == 1
    markup = before.total - before.paid - before.unpaid if last else _markup(books, visit, order)
    return before, last, revenue_of(books, order) | {MARKUP: markup}


def deposit_for(books: Books, visit: Mapping[str, Any], minor: int) -> int:
    """What the visit's deposit pays of an order by itself: where the station pays at once."""
    one_order = books.settings().get("one_order_in_visit", False)
    if not one_order and station_value(books, books.actor, "pay_on_exit", True):
        return 0
    return min(deposits_left(books, visit["id"]), minor)


def _markup(books: Books, visit: Mapping[str, Any], order: Mapping[str, Any]) -> int:
    """What raises an order paid by itself to the minimum: where that is an order's (E33)."""
    if books.settings().get("minimum_scope", "visit") != "order":
        return 0
    return max(0, int(type_of(books, visit["type"])["minimum"]) - _cost(order))


def _pay_bonus(
    books: Books, draft: Draft, visit: Mapping[str, Any], points: int, revenue: dict[str, int]
) -> None:
    """Pay play time with points; what is left to pay of `revenue` gets less."""
    if points < 0:
        raise Refused("err.amount_small", least=str(books.money(0)))
    price = bonus.worth(books, points)
    bonus.pay(
        books, draft, client_of(books, visit), points, PLAY if price <= revenue[PLAY] else ORDERS
    )
    revenue[PLAY] -= price


def _close(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    sums: Figures,
    deposit: int,
    language: str,
) -> dict[str, Any]:
    """With one order in a visit nothing is calculated (E5): it ends when that order is paid.

    Returns:
        What went back of its deposits, as `give_back` says it.
    """
    left = deposits_left(books, visit["id"]) - deposit
    back = give_back(books, draft, visit, left, "cash", language, "change")
    fiscal.settle(books, draft, visit, deposit, {})
    draft.set("visits", ended(visit, books.at, "closed") | {"figures": asdict(sums), "back": back})
    return back


# --- taking off --------------------------------------------------------------------------------


def _void(books: Books, command: VoidOrder) -> Draft:
    if not legible(command.reason, REASON_CHARACTERS_MAX):
        raise Refused("err.reason_missing")
    order = found(books, command.order)
    if order["state"] == "void":
        raise Refused("err.order_void", order=order["order"])
    visit = still_open(books, order["visit"])
    own = order["id"].startswith(f"{books.actor}/")
    if books.actor.startswith("till:") and (order["state"] == "paid" or not own):
        raise Refused("err.not_allowed")
    draft = Draft(
        "order_void", reason=command.reason, refs={"order": order["id"]} | refs_of(books, visit)
    )
    returned = 0
    if order["state"] == "paid":
        returned = order["paid"]["deposit"]
        _reverse(books, draft, order["paid"]["entry"])
        fiscal.unsold(books, draft, visit["id"], order["id"])
        record_spent(books, draft, order["paid"]["spent"], -1)
        language = language_of(books, draft.refs.get("client", ""))
        visit_slips.refund(books, draft, visit, "order", order["paid"]["tenders"], language)
    draft.set("orders", order | {"state": "void", "void_at": books.at})
    others = [o for o in orders_of(books, visit["id"]) if o["id"] != order["id"]]
    held = deposits_left(books, visit["id"]) + returned
    empty = not held and not any(o["state"] in COUNTED for o in others)
    if empty and not books.settings().get("empty_visits", True):
        # Where no visit is empty, it goes with its last order (E78, E98).
        draft.set("visits", ended(visit, books.at, "void"))
    return draft


def _reverse(books: Books, draft: Draft, seq: int) -> None:
    """What an entry took goes back the way it came; cash out of the till."""
    entry = books.ledger.entry(seq)
    assert entry is not None, "an entry paid the order"
    draft.refs["reverses"] = entry.id
    if "client" in entry.refs:
        draft.refs["client"] = entry.refs["client"]
    cash = sum(p.amount for p in entry.postings if p.account == tenders.TILL)
    at_desk = (tenders.TILL, tenders.BANK_CARD, tenders.QR)
    if any(p.account in at_desk for p in entry.postings):
        draft.refs["shift"] = tenders.open_shift(books)["id"]
    held = books.ledger.balance(tenders.TILL, books.unit)
    if held < cash:
        raise tenders.till_short(books, held)
    draft.postings += [Posting(p.account, p.unit, -p.amount) for p in entry.postings]


def found(books: Books, name: str) -> dict[str, Any]:
    """The document of an order, by the station's own name of it or by its id.

    Raises:
        Refused: ``err.no_such_order``.
    """
    kept = books.get("orders", f"{books.actor}/{name}") or books.get("orders", name)
    if kept is None:
        raise Refused("err.no_such_order", order=name[:NAME_CHARACTERS_MAX])
    return kept


def _unpaid(books: Books, query: UnpaidOrders) -> tuple[Order, ...]:
    station = f"till:{query.till}" if query.till else ""
    if station_value(books, station, "pay_on_exit", True):
        return ()
    kept = orders_of(books, query.visit)
    return tuple(order_of(books, o) for o in kept if o["state"] == "saved")


HANDLERS: dict[type, Handler] = {SaveOrder: _save, PayOrder: _pay, VoidOrder: _void}
ANSWERS: dict[type, Answer] = {UnpaidOrders: _unpaid}
ALLOWED: dict[type, frozenset[str]] = {
    SaveOrder: frozenset({"till", "staff"}),
    PayOrder: frozenset({"till", "staff", "guest"}),
    VoidOrder: frozenset({"till", "staff"}),
}
