"""Packages that are sold, and sales that are taken back.

A sale keeps what was sold as it was then (M6), how the client's minutes stood before and after it,
and how many of its minutes are left (`minutes`).
Source: docs/criteria.md M9-M13, M27, M28, M34; docs/ledger.md, "Minutes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.core import minutes, staff, statistics, tenders, trust
from kiosk.core.books import Answer, Books, Handler, Query, personal, remark
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Draft
from kiosk.core.money import Money
from kiosk.core.packages import Kind, package
from kiosk.core.permissions import may
from kiosk.core.slips import add_slip, language_of
from kiosk.core.store import TableSpec
from kiosk.core.tenders import Tender

TABLES = (TableSpec("package_sales", ("holder", "client")),)

SALES_MAX = 50
"""So many of a client's latest sales are told."""


@dataclass(frozen=True)
class SellPackage:
    """Sell a package to a regular client (M9-M13); a guest buys from his wallet, with his card.

    `price` is what the screen said, where it did: if the package costs another by now, it is not
    sold. `override` and `reason` are a person's, who lets a guest spend beyond the limits of a
    bare card.
    """

    client: ClientId | str
    package: str
    tender: Tender
    card: CardId | str = ""
    price: Money | None = None
    override: staff.Approval | None = None
    pin: str = personal()
    reason: str = remark()


@dataclass(frozen=True)
class UndoPackage:
    """Take a sale back: its minutes, and its price to where it came from (M27).

    If some were spent, only with `pro_rata`: the minutes that are left, and their part of the
    price, rounded down; by a person who may override, or with such a person's `approval`.
    """

    sale: str
    pro_rata: bool = False
    approval: staff.Approval | None = None
    reason: str = remark()


@dataclass(frozen=True)
class Sale:
    """A sold package as it was then (M6); `left` of its minutes are not spent or undone."""

    id: str
    number: int
    client: ClientId
    kind: Kind
    minutes: int
    price: Money
    tender: Tender
    at: str
    before: int
    after: int
    left: int
    state: Literal["sold", "undone"]


@dataclass(frozen=True)
class Sales(Query["tuple[Sale, ...]"]):
    """The latest sales to a client, newest first; `SALES_MAX` at most."""

    client: ClientId | str


def _sell(books: Books, command: SellPackage) -> Draft:
    client = str(minutes.known_client(books, command.client)["id"])
    card = minutes.shown_card(books, client, command.card)
    offered = package(books, command.package)
    price, number, kind = offered["price"], offered["minutes"], offered["kind"]
    if command.price is not None and command.price != books.money(price):
        raise Refused("err.package_changed", price=str(books.money(price)))
    if command.tender not in tenders.TENDERS:
        raise Refused("err.tender_unknown", tender=str(command.tender))
    if books.actor == "guest" and command.tender != "wallet":
        raise Refused("err.not_allowed")
    draft = Draft("package_sold", reason=command.reason)
    if card is not None:
        draft.refs |= {"card": card.id} | trust.may_spend(
            books, card, price, command.pin, command.override, command.reason
        )
    sale = books.new_id("t")
    deferred = books.settings()["minutes"]["revenue"] == "defer"
    if price:
        to = minutes.deferred(sale) if deferred else minutes.SERVICES
        tenders.receive(books, draft, command.tender, price, to, client)
    minutes.give(draft, client, kind, number, "sold")
    before = minutes.balance(books, client, kind)
    draft.refs |= {"client": client, "sale": sale}
    draft.set(
        "package_sales",
        {
            "id": sale,
            "number": books.number(draft, "package_sale"),
            "client": client,
            "card": command.card,
            "package": offered["id"],
            "kind": kind,
            "minutes": number,
            "price": price,
            "tender": command.tender,
            "at": books.at,
            "before": before,
            "after": before + number,
            "state": "sold",
            "refunded": 0,
        }
        | minutes.left(client, number),
    )
    statistics.record(books, draft, client, spent_minor=price)
    owner = {"client": client, "card": command.card}
    slip = add_slip(books, draft, "package_receipt", owner, language_of(books, client))
    slip["facts"] |= {
        "total": price,
        "tender": command.tender,
        "minutes": [kind, number, before, before + number],
        "convertible": books.settings()["minutes"]["conversion"],
    }
    return draft


def _undo(books: Books, command: UndoPackage) -> Draft:
    minutes.with_reason(command.reason)
    sale = books.get("package_sales", command.sale)
    if not sale:
        raise Refused("err.no_such_sale", sale=command.sale)
    if sale["state"] != "sold":
        raise Refused("err.sale_undone")
    client, kind, left = sale["client"], sale["kind"], sale["left"]
    draft = Draft(
        "package_undone", reason=command.reason, refs={"client": client, "sale": sale["id"]}
    )
    if left == 0:
        raise Refused("err.minutes_spent", left="0")
    if left == sale["minutes"]:
        draft.refs["reverses"] = _entry_of(books, sale)
    elif command.pro_rata:
        draft.refs |= _approved(books, command.approval)
    else:
        raise Refused("err.minutes_spent", left=str(left))
    if minutes.free(books, client, kind) < left:
        raise Refused("err.minutes_in_use")
    counter = minutes.COUNTERS[kind]
    draft.post(f"{counter.held}:{client}", f"{counter.issued}:undone", counter.unit, left)
    minutes.earn(books, draft, sale, left)
    refund = sale["price"] * left // sale["minutes"]
    _pay_back(books, draft, sale, refund)
    statistics.record(books, draft, client, spent_minor=-refund)
    ended = {"state": "undone", "refunded": refund}
    draft.set("package_sales", sale | minutes.left(client, 0) | ended)
    if refund:
        before = minutes.balance(books, client, kind)
        owner = {"client": client, "card": sale["card"]}
        slip = add_slip(books, draft, "refund_slip", owner, language_of(books, client))
        slip["facts"] |= {
            "why": "package",
            "amount": refund,
            "tenders": [[sale["tender"], refund]],
            "minutes": [kind, left, before, before - left],
        }
    return draft


def _entry_of(books: Books, sale: Mapping[str, Any]) -> str:
    """The key of the entry that made a sale; the sale is named by its number."""
    entry = books.ledger.entry(int(sale["id"].rpartition("-")[2].removesuffix("t")))
    assert entry is not None, "an entry made the sale"
    return entry.id


def _approved(books: Books, approval: staff.Approval | None) -> dict[str, str]:
    """Who lets it pass: the actor, if he may override, or who signs beside him."""
    person = books.get("staff", books.actor.partition(":")[2]) or {}
    if approval is None and (books.actor == "cli" or may(books, person["role"], "override")):
        return {}
    return {"approved_by": staff.approved(books, approval, "override")}


def _pay_back(books: Books, draft: Draft, sale: Mapping[str, Any], refund: int) -> None:
    """Give the price back the way it came."""
    if refund == 0:
        return
    match sale["tender"]:
        case "cash":
            tenders.pay_out(books, draft, refund, minutes.SERVICES)
        case "wallet":
            draft.post(minutes.SERVICES, f"2010:{sale['client']}", books.unit, refund)
        case tender:
            draft.refs["shift"] = tenders.open_shift(books)["id"]
            clearing = {"bank_card": tenders.BANK_CARD, "qr": tenders.QR}[tender]
            draft.post(minutes.SERVICES, clearing, books.unit, refund)


def _sales(books: Books, query: Sales) -> tuple[Sale, ...]:
    latest = books.ledger.store.latest("package_sales", "client", query.client, SALES_MAX)
    return tuple(
        Sale(
            d["id"],
            d["number"],
            ClientId(d["client"]),
            d["kind"],
            d["minutes"],
            books.money(d["price"]),
            d["tender"],
            d["at"],
            d["before"],
            d["after"],
            d["left"],
            d["state"],
        )
        for d in latest
    )


HANDLERS: dict[type, Handler] = {SellPackage: _sell, UndoPackage: _undo}
ANSWERS: dict[type, Answer] = {Sales: _sales}
ALLOWED: dict[type, frozenset[str]] = {
    SellPackage: frozenset({"guest", "staff", "till"}),
    UndoPackage: frozenset({"staff", "cli"}),
}
