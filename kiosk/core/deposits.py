"""Money on a visit: who put it there, how, and the slips that say so.

A deposit belongs to the visit, never to the card (E16, E17). One in notes is the notes themselves
(`cash`), with ``visit`` on them; every other one is a document of the table `deposits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiosk.core import fiscal, tenders
from kiosk.core.accounts import expenditure
from kiosk.core.bills import type_of
from kiosk.core.books import Books
from kiosk.core.errors import Refused
from kiosk.core.floating import carried_by, on_visit
from kiosk.core.ids import JobId
from kiosk.core.ledger import Draft
from kiosk.core.slips import add_slip
from kiosk.core.store import TableSpec
from kiosk.core.tenders import TENDERS, Tender
from kiosk.core.visit_slips import made_fiscal

TABLES = (TableSpec("deposits", ("visit",)),)
GIVEN: tuple[str, ...] = tuple(tender for tender in TENDERS if tender != "wallet")
"""How a deposit can be paid: a visit that has a wallet takes no deposits (E93)."""


def prepay_reason(books: Books, kind: Mapping[str, Any]) -> str:
    """The money reason of a type's prepayment; empty where the venue accounts for none (E24, E88).

    Raises:
        Refused: ``err.prepay_reason``: the venue is fiscal and the type lacks one of the four
            conditions (E19 to E22).
    """
    if not fiscal.accounted(books):
        return ""
    reason = books.get("money_reasons", kind["prepay_reason"])
    if reason is None or not reason["prepayment"]:
        raise Refused("err.prepay_reason", type=str(kind["id"]))
    carried_by(books, reason)
    return str(reason["id"])


def prepay(
    books: Books, draft: Draft, visit: Mapping[str, Any], tender: Tender, language: str
) -> int:
    """Take the fixed prepayment of a visit at the desk, in the entry that creates it (E14, E40).

    Returns:
        How much, in minor units; 0 where the visit's type has none, and nothing was done.

    Raises:
        Refused: ``err.tender_unknown``, ``err.prepay_reason``, ``err.markup_missing``, and those
            of `tenders.receive`.
    """
    kind = type_of(books, visit["type"])
    minor = int(kind["prepay_amount"])
    if minor:
        put(books, draft, visit, minor, tender, prepay_reason(books, kind), language)
    return minor


def put(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    minor: int,
    tender: Tender,
    reason: str,
    language: str,
) -> None:
    """Put money on a visit at the desk: posted, on file, with its fiscal receipt and its slips.

    Raises:
        Refused: ``err.tender_unknown`` and those of `tenders.receive`.
    """
    if tender not in GIVEN:
        raise Refused("err.tender_unknown", tender=str(tender))
    before = on_visit(books, visit["id"])
    tenders.receive(books, draft, tender, minor, f"2030:{visit['id']}")
    fiscal.prepaid(books, draft, visit["id"], minor, tender)
    receipt = slips(books, draft, visit, minor, tender, reason, before + minor, language)
    draft.set(
        "deposits",
        {
            "id": books.new_id("d"),
            "visit": visit["id"],
            "minor": minor,
            "tender": tender,
            "reason": reason,
            "at": books.at,
            "shift": draft.refs["shift"],
            "receipt": receipt,
        },
    )


def created(books: Books, draft: Draft, visit: Mapping[str, Any], language: str) -> None:
    """The slip of a visit's creation (E42): what the guest may do with it."""
    kind = type_of(books, visit["type"])
    slip = add_slip(books, draft, "visit_creation", _owner(visit), language)
    slip["facts"] |= {
        "visit": visit["number"],
        "type": str(kind.get("name", "")),
        "guests": visit["guests"],
        "prepayment": int(kind["prepay_amount"]),
        "limit": kind["limit"],
        "minimum": kind["minimum"],
        "spend": _spend(books, visit, kind),
    }


def _spend(books: Books, visit: Mapping[str, Any], kind: Mapping[str, Any]) -> int | None:
    """For how much may be ordered at first (E36): what is there, and the limit; None: no check."""
    if kind["limit"] is None:
        return None
    personal = kind["personal"]
    own = books.wallet(expenditure(books, visit["card"])).minor if personal else 0
    return own + int(kind["prepay_amount"]) + int(kind["limit"])


def slips(
    books: Books,
    draft: Draft,
    visit: Mapping[str, Any],
    minor: int,
    tender: str,
    reason: str,
    after: int,
    language: str,
) -> JobId:
    """The two slips of a deposit: the receipt and the Prepayment document (E43).

    Args:
        books: the books.
        draft: the entry that issues them.
        visit: its document.
        minor: how much was put in.
        tender: how.
        reason: the money reason's id; empty for none.
        after: what lies on the visit now, in minor units.
        language: of the slips.

    Returns:
        The receipt's job.
    """
    receipt = add_slip(books, draft, "prepayment_receipt", _owner(visit), language)
    receipt["facts"] |= {
        "visit": visit["number"],
        "amount": minor,
        "tender": tender,
        "reason": str((books.get("money_reasons", reason) or {}).get("name", "")),
        "fiscal": made_fiscal(books, draft),
    }
    document = add_slip(books, draft, "prepayment_document", _owner(visit), language)
    minimum = int(type_of(books, visit["type"])["minimum"])
    told = {"visit": visit["number"], "amount": minor, "after": after, "minimum": minimum}
    document["facts"] |= told
    return JobId(receipt["id"])


def _owner(visit: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(visit[name]) for name in ("client", "card") if visit[name]}
