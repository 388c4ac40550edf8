"""What the paper of a visit says: facts for its bills, and the slips of an entry that it ends by.

Facts are plain JSON and minor units; `visit_documents` lays them out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tinydb import where

from kiosk.core.bills import COUNTED, refs_of, type_of
from kiosk.core.books import Books
from kiosk.core.calculation import Figures
from kiosk.core.ledger import Draft
from kiosk.core.slips import add_slip

Facts = dict[str, Any]


def order_facts(order: Mapping[str, Any]) -> Facts:
    """One order on a bill, of its document."""
    return {
        "order": order["order"],
        "at": order["at"],
        "place": order["place"],
        "lines": [[text, quantity, minor] for text, quantity, minor, *_ in order["lines"]],
        "discount": order["discount"],
        "state": order["state"],
    }


def orders_facts(
    books: Books, visit: Mapping[str, Any], orders: Sequence[Mapping[str, Any]], markup: int
) -> Facts:
    """Orders of a visit on a bill: their lines, and what these come to with a markup.

    `percent` is the discount of all of them, or 0 where it differs.
    """
    counted = [o for o in orders if o["state"] in COUNTED]
    subtotal, discount = (sum(o[name] for o in counted) for name in ("total", "discount"))
    percents = {o.get("percent", 0) for o in counted if o["discount"]}
    return {
        "visit": visit["number"],
        "since": visit["opened_at"],
        "guests": visit["guests"],
        "orders": [order_facts(o) for o in counted],
        "subtotal": subtotal,
        "discount": discount,
        "percent": percents.pop() if len(percents) == 1 else 0,
        "minimum": int(type_of(books, visit["type"])["minimum"]),
        "markup": markup,
        "total": subtotal - discount + markup,
    }


def bill_facts(
    books: Books, visit: Mapping[str, Any], orders: Sequence[Mapping[str, Any]], sums: Figures
) -> Facts:
    """A visit's bill: its orders, what lies on it, and what is missing or comes back."""
    held, personal = sums.deposits_left, type_of(books, visit["type"])["personal"]
    limit = sums.limit or 0
    return orders_facts(books, visit, orders, sums.markup) | {
        "closed": visit["state"] == "closed",
        "personal": personal,
        "paid": sums.paid,
        "held": held,
        "due": sums.due,
        "change": sums.change,
        "limit": limit,
        "limit_used": min(limit, max(0, sums.unpaid - held)),
    }


def refund(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    why: str,
    tenders: Mapping[str, int],
    language: str,
) -> None:
    """The slip of money of a visit that goes back (``visit``, ``order``); none for nothing."""
    amount = sum(tenders.values())
    if amount:
        slip = add_slip(books, draft, "refund_slip", _owner(books, visit), language)
        given = [[tender, minor] for tender, minor in tenders.items()]
        told = {"why": why, "visit": visit["number"], "amount": amount, "tenders": given}
        slip["facts"] |= told


def receipt(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    orders: Facts,
    tenders: Mapping[str, int],
    language: str,
    *,
    paid: int = 0,
    back: Mapping[str, Any] | None = None,
    seats: Sequence[Sequence[int]] = (),
    prepayments: bool = False,
) -> None:
    """The receipt of a visit that was calculated, or of an order that was paid at once.

    Args:
        books: the books.
        draft: the entry that settles it; its fiscal receipts and its claim are in it already.
        visit: its document.
        orders: as `orders_facts`.
        tenders: what paid, minor units: a tender, ``deposit``, ``bonus``, ``credit``.
        language: of the receipt.
        paid: what of the total was paid before.
        back: what went back, as `payments.give_back` says it.
        seats: what each guest paid, as `calculation.SeatShare`.
        prepayments: the visit ends: its prepayments' receipts end with this one.
    """
    slip = add_slip(books, draft, "final_receipt", _owner(books, visit), language)
    gone = back or {"minor": 0, "how": "", "claim": ""}
    slip["facts"] |= orders | {
        "paid": paid,
        "tenders": [[tender, minor] for tender, minor in tenders.items() if minor],
        "change": gone["minor"],
        "how": gone["how"],
        "claim": gone["claim"],
        "seats": [list(seat) for seat in seats],
        "prepayments": _prepayments(books, visit["id"]) if prepayments else [],
        "fiscal": made_fiscal(books, draft),
    }


def made_fiscal(books: Books, draft: Draft) -> list[str]:
    """The fiscal receipts that an entry makes; not those of before that it takes back."""
    changed = (c.document for c in draft.changes if c.table == "fiscal" and c.document is not None)
    seq = books.ledger.seq + 1
    return [f["id"] for f in changed if (f["kind"], f["entry"]) == ("receipt", seq)]


def _prepayments(books: Books, visit: str) -> list[list[int]]:
    """The receipts of what was put on a visit: number and minor units, oldest first."""
    kept = books.search("deposits", where("visit") == visit)
    kept += books.search("notes", where("visit") == visit)
    slips = [
        books.get("slips", job) for job in dict.fromkeys(d["receipt"] for d in kept if d["receipt"])
    ]
    told = (slip for slip in slips if slip is not None)
    return sorted([slip["number"], slip["facts"]["amount"]] for slip in told)


def _owner(books: Books, visit: Mapping[str, Any]) -> dict[str, str]:
    return {name: who for name, who in refs_of(books, visit).items() if name != "visit"}
