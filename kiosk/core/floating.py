"""Whether money may be added to a visit that is open, and where a note for a visit goes.

The rules that `cash`, which takes the notes, and `deposits`, which takes everything else, have in
common. Source: acceptance criteria E26 to E30, E66, E86, E93, E104.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from kiosk.core.bills import type_of
from kiosk.core.books import Books
from kiosk.core.errors import Refused

Place = Literal["prepayment", "visit", ""]
"""A prepayment that is being paid, an open visit, or neither: then a note is nobody's."""


def on_visit(books: Books, visit: str) -> int:
    """What lies on a visit, or was paid towards its prepayment, in minor units."""
    return -books.ledger.balance(f"2030:{visit}", books.unit)


def place(books: Books, visit: str) -> Place:
    """What a note goes to that was put in for this visit, or for the one that is to come."""
    pending = books.get("prepayments", visit)
    if pending and pending["state"] == "pending":
        return "prepayment"
    opened = books.get("visits", visit)
    return "visit" if opened and opened["state"] == "open" and not refusal(books, opened) else ""


def refusal(books: Books, visit: Mapping[str, Any]) -> str:
    """The sentence that says why nothing can be added to an open visit; empty where it can be.

    Args:
        books: the books.
        visit: its document.
    """
    kind = type_of(books, visit["type"])
    if kind["personal"]:
        # What a guest pays in there is a top-up of the card's debit account (K-06, E93).
        return "err.deposit_personal"
    allowed = books.settings().get("floating_prepay_enabled", True) and kind["floating"]
    return "" if allowed else "err.floating_off"


def may_add(books: Books, visit: Mapping[str, Any]) -> None:
    """Let only a visit go on to which money can be added.

    Raises:
        Refused: ``err.deposit_personal`` (E93), ``err.floating_off`` (E30).
    """
    told = refusal(books, visit)
    if told:
        raise Refused(told)


def carried_by(books: Books, reason: Mapping[str, Any]) -> None:
    """Let only a money reason go on that carries an undistributed markup of an amount (E27, E28).

    Raises:
        Refused: ``err.markup_missing``.
    """
    markup = books.get("markups", reason["markup"]) or {}
    if not markup.get("undistributed") or markup["count_type"] != "amount":
        raise Refused("err.markup_missing", reason=str(reason["name"]))
