"""Reports on what was sold: additional services, top-ups, orders, play.

Each is one pass over entries; what is said of a package or an order is what its entry said then
(M6), never what the venue offers today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kiosk.core.calculation import spread
from kiosk.core.ledger import BON, Entry
from kiosk.core.report_table import Asked, Column, Table, Tally, columns, table, words
from kiosk.core.shift_report import TENDERS
from kiosk.core.turnover import matched

SERVICES, DEFERRED = "4020", "2040"
PLAY, DISCOUNTS, BY_BONUS = "4010", "4060", "5020"
WALLET = "2010"
ENDS_SESSION = ("session_ended", "session_switched")
UNDOES_TOP_UP = ("top_up_reversed", "top_up_charged_back")
_TENDER_OF = {code: tender for tender, code in TENDERS.items()}

Ways = Iterator[tuple[str, str, str, int]]


def money_ways(asked: Asked, entry: Entry) -> Ways:
    """The ways that money takes in an entry: debit, credit, code of each, and minor units."""
    for debit, credit, unit, minor in matched(entry.postings):
        if unit == asked.unit:
            yield debit, credit, f"{_code(debit)}>{_code(credit)}", minor


def _code(account: str) -> str:
    return account.partition(":")[0]


def documents(entry: Entry, name: str) -> Iterator[Mapping[str, Any]]:
    """The documents of a table that an entry sets."""
    for change in entry.changes:
        if change.table == name and change.document is not None:
            yield change.document


# --- additional services -----------------------------------------------------------------------

_SERVICES = (
    *words("kind"),
    Column("length", "minutes", summed=False),
    Column("price", "money", summed=False),
    *columns("count", "sold", "undone"),
    *columns("money", "received", "returned", "deferred", "net"),
)


def services(asked: Asked, entries: Iterable[Entry]) -> Table:
    """Packages by kind, minutes and price as they were when they were sold (M6, M12, M13).

    ``received`` less ``returned`` less what is not yet earned (``deferred``: what was added to it)
    is the revenue; minutes that are played move nothing here unless revenue is deferred.
    """
    tally = Tally()
    for entry in entries:
        about = str(entry.refs.get("sale", ""))
        for sale in documents(entry, "package_sales"):
            if entry.kind == "package_sold":
                tally.add(*_package(sale), sold=1, received=sale["price"])
            elif entry.kind == "package_undone":
                tally.add(*_package(sale), undone=1, returned=sale["refunded"])
        for debit, credit, _, minor in money_ways(asked, entry):
            for account, other, sign in ((credit, debit, 1), (debit, credit, -1)):
                code, _, sale_id = account.partition(":")
                if code == DEFERRED:
                    tally.add(*_sold(asked, sale_id), deferred=sign * minor)
                elif code == SERVICES:
                    earned = other.partition(":")[2] if _code(other) == DEFERRED else about
                    tally.add(*_sold(asked, earned), net=sign * minor)
    return table(_SERVICES, tally)


def _package(sale: Mapping[str, Any]) -> tuple[str, int, int]:
    return sale["kind"], sale["minutes"], sale["price"]


def _sold(asked: Asked, sale: str) -> tuple[str, int, int]:
    kept = asked.ledger.store.get("package_sales", sale) if sale else None
    return _package(kept) if kept else ("other", 0, 0)


# --- top-ups -----------------------------------------------------------------------------------

_TOP_UPS = (
    *words("tender"),
    *columns("count", "count"),
    *columns("money", "amount"),
    *columns("points", "bonus"),
    *columns("count", "back"),
    *columns("money", "back_amount"),
)


def top_ups(asked: Asked, entries: Iterable[Entry]) -> Table:
    """Top-ups of game balances by tender, gross; what was taken back stands apart."""
    tally = Tally(*((tender,) for tender in TENDERS))
    for entry in entries:
        for tender, minor in topped_up(asked, entry):
            tally.add(tender, count=1, amount=minor)
        for tender, points in _granted(asked, entry):
            tally.add(tender, bonus=points)
        if entry.kind in UNDOES_TOP_UP:
            back = Tally()
            for _, credit, _, minor in money_ways(asked, entry):
                if _code(credit) in _TENDER_OF:
                    back.add(_TENDER_OF[_code(credit)], minor=minor)
            for (undone,), sums in back:
                tally.add(undone, back=1, back_amount=sums["minor"])
    return table(_TOP_UPS, tally, ordered=True)


def topped_up(asked: Asked, entry: Entry) -> Iterator[tuple[str, int]]:
    """The tender and the minor units of a top-up; of other entries nothing."""
    if entry.refs.get("why") or "reverses" in entry.refs:
        return
    for _, _, way, minor in money_ways(asked, entry):
        debit, _, credit = way.partition(">")
        if credit == WALLET and debit in _TENDER_OF:
            yield _TENDER_OF[debit], minor


def _granted(asked: Asked, entry: Entry) -> Iterator[tuple[str, int]]:
    """The points that came with a top-up; those of notes have an entry of their own, after them."""
    points = -sum(p.amount for p in entry.postings if p.unit == BON and p.amount < 0)
    notes = "cash_kiosk" if entry.kind == "bonus_granted" else ""
    tender = next((tender for tender, _ in topped_up(asked, entry)), notes)
    if points and tender:
        yield tender, points


# --- orders ------------------------------------------------------------------------------------

_ORDERS = (
    *columns("text", "place"),
    *words("kind"),
    *columns("text", "item"),
    *columns("count", "quantity"),
    *columns("money", "gross", "discount", "net"),
)


def orders(asked: Asked, entries: Iterable[Entry]) -> Table:
    """What was ordered, by place and item, once it is revenue; what was taken back is taken off.

    ``kind`` is ``orders``, or ``play`` for what is play time by the menu.
    """
    del asked
    tally = Tally()
    for entry in entries:
        sign = _settles(entry)
        for order in documents(entry, "orders") if sign else ():
            lines = [(*line, "", 0, False)[:6] for line in order["lines"]]
            off = spread(order.get("discount", 0), [line[2] for line in lines])
            for (text, quantity, minor, _, _, play), less in zip(lines, off, strict=True):
                tally.add(
                    order["place"],
                    "play" if play else "orders",
                    text,
                    quantity=sign * quantity,
                    gross=sign * minor,
                    discount=sign * less,
                    net=sign * (minor - less),
                )
    return table(_ORDERS, tally)


def _settles(entry: Entry) -> int:
    """1 for an entry that makes revenue of its orders, -1 for one that takes that back."""
    if entry.kind in ("order_paid", "visit_calculated"):
        return 1
    return -1 if entry.kind == "order_void" and "reverses" in entry.refs else 0


# --- play --------------------------------------------------------------------------------------

_PLAY = (
    *columns("text", "station"),
    *words("mode"),
    *columns("count", "count"),
    *columns("minutes", "minutes"),
    *columns("money", "gross", "discount", "by_bonus", "net"),
)


def play(asked: Asked, entries: Iterable[Entry]) -> Table:
    """Sessions by station and mode, and play time in orders: what was played, and its revenue.

    ``gross`` is what the tariff says; less discounts, and what points paid, it is real money.
    Minutes of a package are play that costs nothing any more (M13).
    """
    tally = Tally()
    for entry in entries:
        key = ("", "in_orders")
        if entry.kind in ENDS_SESSION:
            for session in documents(entry, "sessions"):
                if session["state"] != "running":
                    key = (session["station"], session["mode"])
                    tally.add(*key, count=1, minutes=session["used"])
        for _, _, way, minor in money_ways(asked, entry):
            debit, _, credit = way.partition(">")
            if PLAY in (debit, credit):
                other, sign = (debit, 1) if credit == PLAY else (credit, -1)
                off = "discount" if other == DISCOUNTS else "by_bonus" if other == BY_BONUS else ""
                less = {off: sign * minor} if off else {"net": sign * minor}
                tally.add(*key, gross=sign * minor, **less)
    return table(_PLAY, tally)
