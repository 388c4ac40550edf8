"""Fiscal documents: what the fiscal device must print for money that a visit takes and gives.

A venue is fiscal where its `prepay_accounting` is ``receipt_later_summary``; elsewhere nothing here
does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiosk.core.books import Books
from kiosk.core.ledger import Draft


def accounted(books: Books) -> bool:
    """Whether the venue is fiscal (E18, E88: all of it, or none of it)."""
    return books.settings().get("prepay_accounting") == "receipt_later_summary"


def prepaid(books: Books, draft: Draft, visit: str, minor: int, tender: str) -> None:
    """Money was deposited on a visit (E54): a receipt over `minor`, made by the entry of `draft`.

    Called once by whoever posts Cr ``2030:<visit>``.
    """


def settle(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    total_minor: int,
    paid: Mapping[str, int],
) -> None:
    """A visit is calculated: its prepayment receipts end, and a final one says the real total.

    Args:
        books: the books.
        draft: the entry that calculates the visit.
        visit: the visit's document.
        total_minor: what this calculation settles, markup and discount in it; an order that was
            paid at once had its receipt then, and is not in it.
        paid: what is paid at the exit beyond the deposits, minor units by tender; empty for
            nothing. What the deposits and this are more than the total is the change.
    """


def voided(books: Books, draft: Draft, visit: Mapping[str, Any]) -> None:
    """A visit is void, its deposits are given back: its prepayment receipts end (E105)."""
