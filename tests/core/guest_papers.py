"""The paper of guests and visits, with facts as their entries write them, for golden texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kiosk.core.books import Books
from kiosk.core.documents import RECEIPTS, Document, Head, Kind, Mark, QrCode, framed
from kiosk.core.paper import Paper
from kiosk.core.slip_documents import LAYOUTS
from kiosk.core.texts import Texts

AT = "2026-11-22T15:47:03.000000Z"
BEFORE = "2026-11-22T13:05:00.000000Z"
NAME = "Billiards, the large table by the window"
assert len(NAME) == 40
LARGE = 123_456_789_012
"""Minor units of twelve digits: their figure reaches into the label's column."""


def order(
    name: str, place: str, *lines: list[Any], at: str = BEFORE, **more: Any
) -> dict[str, Any]:
    made = {"order": name, "at": at, "place": place, "lines": [*lines]}
    return made | {"discount": 0, "state": "saved"} | more


ORDERS = [
    order("17", "Bar", ["Lemonade", 2, 24_000], ["Toast with cheese", 1, 18_000]),
    order("18", "Billiards", [NAME, 1, 120_000], at="2026-11-22T14:20:00.000000Z", state="paid"),
]
SUMS = {
    "visit": 12,
    "since": BEFORE,
    "guests": 3,
    "orders": ORDERS,
    "subtotal": 162_000,
    "discount": 16_200,
    "percent": 10,
    "minimum": 150_000,
    "markup": 4_200,
    "total": 150_000,
}
LONG = [
    order(
        str(number),
        "Bar",
        *([f"{NAME[:37]} {number:02}", 1 + line % 3, LARGE if not line else 35_000 + line]
          for line in range(5)),
    )
    for number in range(5)
]  # fmt: skip
LONG_TOTAL = sum(minor for one in LONG for _, _, minor in one["lines"])

CASES: dict[str, tuple[Kind, dict[str, Any]]] = {
    "registration_slip": ("registration_slip", {"balance": 0, "terms": "3"}),
    "top_up_receipt": (
        "top_up_receipt",
        {"notes": [[50_000, 2], [20_000, 1]], "total": 120_000, "before": 125_000}
        | {"after": 245_000, "bonus": 60},
    ),
    "top_up_receipt-desk": (
        "top_up_receipt",
        {"notes": [], "tender": "bank_card", "total": LARGE, "before": 0, "after": LARGE}
        | {
            "bank_card": {"masked": "1881", "brand": "Mir", "reference": "604217003318"},
            "bonus": 1,
        },
    ),
    "check_slip": ("check_slip", {"amount": 50_000}),
    "check_slip-payment": ("check_slip", {"amount": 50_000, "payment": 7}),
    "claim_ticket": ("claim_ticket", {"amount": 50_000, "why": ""}),
    "claim_ticket-payment": ("claim_ticket", {"amount": 50_000, "why": "payment"}),
    "claim_ticket-change": ("claim_ticket", {"amount": LARGE, "why": "change"}),
    "visit_creation": (
        "visit_creation",
        {"visit": 12, "type": "Entrance card 1000", "guests": 3, "prepayment": 100_000}
        | {"limit": 50_000, "minimum": 100_000, "spend": 150_000},
    ),
    "prepayment_receipt": (
        "prepayment_receipt",
        {"visit": 12, "amount": 100_000, "tender": "cash", "reason": "Prepayment of a visit"}
        | {"fiscal": []},
    ),
    "prepayment_document": (
        "prepayment_document",
        {"visit": 12, "amount": 100_000, "after": LARGE, "minimum": 100_000},
    ),
    "order_bill": (
        "order_bill",
        SUMS
        | {"orders": ORDERS[:1], "subtotal": 42_000, "discount": 4_200, "markup": 0}
        | {"total": 37_800, "paid": False},
    ),
    "visit_bill": (
        "visit_bill",
        SUMS
        | {"closed": False, "personal": False, "paid": 108_000, "held": 30_000, "due": 12_000}
        | {"change": 0, "limit": 50_000, "limit_used": 7_800},
    ),
    "visit_bill-long": (
        "visit_bill",
        SUMS
        | {"orders": LONG, "subtotal": LONG_TOTAL, "discount": LONG_TOTAL // 20, "percent": 5}
        | {"markup": 0, "total": LONG_TOTAL - LONG_TOTAL // 20, "paid": 0, "held": 2 * LONG_TOTAL}
        | {"due": 0, "change": LONG_TOTAL + LONG_TOTAL // 20, "limit": 0, "limit_used": 0}
        | {"closed": True, "personal": False},
    ),
    "final_receipt": (
        "final_receipt",
        SUMS
        | {"paid": 108_000, "change": 8_000, "how": "cash", "claim": "", "fiscal": []}
        | {"tenders": [["deposit", 22_000], ["bank_card", 20_000]], "seats": []}
        | {"bank_card": {"masked": "1881", "brand": "Mir", "reference": "604217003318"}}
        | {"prepayments": [[7, 20_000], [9, 10_000]]},
    ),
    "final_receipt-seats": (
        "final_receipt",
        SUMS
        | {"orders": ORDERS[:1], "paid": 0, "change": LARGE, "how": "claim", "claim": "K1-1-9q"}
        | {"tenders": [["cash", 30_000], ["credit", 12_000]], "fiscal": [], "prepayments": []}
        | {"seats": [[1, 24_000, 0, 24_000, 0], [2, 18_000, 0, 18_000, 0]]},
    ),
    "package_receipt": (
        "package_receipt",
        {"total": 90_000, "tender": "wallet", "minutes": ["game", 300, 45, 345]}
        | {"convertible": False},
    ),
    "session_slip": (
        "session_slip",
        {"station": "VR arena", "kind": "game", "mode": "timer", "started_at": BEFORE}
        | {"ended_at": AT, "used": 163, "left": 0, "charge": 81_500, "points": 100}
        | {"tenders": [["wallet", 60_000], ["cash", 10_000]], "owed": 1_500},
    ),
    "session_slip-minutes": (
        "session_slip",
        {"station": "PC 07", "kind": "internet", "mode": "balance_min", "started_at": BEFORE}
        | {"ended_at": AT, "used": 60, "left": 1_285, "charge": 0, "points": 0, "owed": 0},
    ),
    "refund_slip": (
        "refund_slip",
        {"why": "refund", "amount": 45_000, "tenders": [["cash", 45_000]], "before": 120_000}
        | {"after": 75_000, "bonus": -22},
    ),
    "refund_slip-package": (
        "refund_slip",
        {"why": "package", "amount": 90_000, "tenders": [["wallet", 90_000]]}
        | {"minutes": ["game", 300, 345, 45]},
    ),
    "refund_slip-visit": (
        "refund_slip",
        {"why": "visit", "visit": 12, "amount": 100_000, "tenders": [["cash", 100_000]]},
    ),
    "transfer_slip": (
        "transfer_slip",
        {"old": "•••• 0731", "amount": 245_000, "points": 60, "blocked_at": BEFORE},
    ),
    "data_slip": (
        "data_slip",
        {"since": BEFORE, "terms": "2026-1", "movements": 1_204, "visits": 31}
        | {"balance": 245_000, "points": 60, "minutes": [90, 0]},
    ),
}
"""Name of a golden text, the type of its document, and its facts beside those of every slip."""


def document(
    case: str, language: str, books: Books, marks: tuple[Mark, ...] = ("copy", "simulated")
) -> Document:
    """A document as `slip_documents.draw` makes it, but for what changes with the books."""
    kind, facts = CASES[case]
    head = Head(
        kind=kind,
        number=184,
        kiosk="K1",
        venue="Orbit Club",
        at=datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC),
        shift=31,
        card_masked="" if kind == "claim_ticket" else "•••• 4821",
        proof="K1-1-184-5C4G-K29A-XX7T-0M3Q",
        marks=marks,
    )
    told = facts | {"number": head.number, "at": AT, "card_masked": head.card_masked}
    slip = {"kind": kind, "client": "", "facts": told}
    texts = Texts.of(language, "Europe/Moscow")
    body = LAYOUTS[kind](told, Paper(texts, books, slip))
    code = (QrCode("FOYER:R1:…"),) if kind in RECEIPTS else ()
    return framed(head, texts, (*body, *code))
