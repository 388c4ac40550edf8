"""Samples of the desk's paper: what stands in its slips, with every line that there can be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kiosk.core.books import Books
from kiosk.core.documents import Document, Head, Kind, framed
from kiosk.core.paper import Paper
from kiosk.core.shift_documents import z_body
from kiosk.core.slip_documents import LAYOUTS
from kiosk.core.texts import Texts

HASH = "d7faa04067f9c628132f9a6ac71c4c54b63415150aa517930475d994f5e9c135"
COMMENT = "counted twice, the second time with Olga from the bar"
BY = {"by": "staff:103", "witness": "staff:101", "counted_by": "staff:105"}

CASH: dict[str, Any] = {
    "total": 1_023_150,
    "faces": [[500000, 2], [5000, 4], [1000, 3], [50, 3]],
    "reason": "Change for the till",
    "employee": "105",
    "comment": COMMENT,
    "by": "staff:101",
}
COLLECTION: dict[str, Any] = {
    "collection": 12,
    "device": "acceptor",
    "seal": "S-00417",
    "forced": True,
    "expected": [[500000, 11], [100000, 104], [50000, 7], [10000, 1]],
    "counted": [[500000, 10], [100000, 105], [50000, 7]],
    "causes": [
        {"cause": cause, "faces": faces, "number": n, "minor": minor, "notes": [], "at": ""}
        for cause, faces, n, minor in (
            ("exchanged", [500000, 100000], 1, -400000),
            ("doubtful", [100000], 1, 100000),
            ("returned", [100000], 1, 100000),
            ("repeat", [100000], 1, 100000),
            ("restarted", [100000], 1, 100000),
            ("suspense", [10000], 1, -10000),
            ("settled_by_staff", [10000], 1, -10000),
            ("pulled", [10000, 500000], 2, -510000),
        )
    ],
    **BY,
    "pulls": 3,
    "notes": 123,
    "first": 4711,
    "last": 5003,
    "head": HASH,
}
FIGURES: dict[str, Any] = {
    "number": 0,
    "shift": 7,
    "at": "2026-11-22T15:47:03.000000Z",
    "first": 4711,
    "last": 5003,
    "head": HASH,
    "till": {
        "opening": 200000,
        "float_in": 300000,
        "received": 4_567_850,
        "paid_out": 120000,
        "withdrawn": 2_500_000,
        "voided": -7000,
        "over_short": -500,
        "expected": 2_440_350,
    },
    "taken": [
        {"box": "acceptor", "face": 500000, "count": 3},
        {"box": "acceptor", "face": 50000, "count": 41},
        {"box": "acceptor", "face": 5000, "count": 112},
    ],
    "boxes": [{"box": "acceptor", "face": 50000, "count": 12}],
    "received": {
        "cash_kiosk": 4_110_000,
        "cash_desk": 4_567_850,
        "bank_card": 12_345_600,
        "qr": 99_950,
    },
    "paid_out": 120000,
    "refunds": 90000,
    "top_ups": {"cash_kiosk": 4_010_000, "cash_desk": 370000, "bank_card": 200000, "qr": 0},
    "prepayments": {"cash_kiosk": 100000, "cash_desk": 150000, "bank_card": 0, "qr": 0},
    "prepayments_offset": 190000,
    "prepayments_returned": 60000,
    "revenue": {
        "play": 1_234_500,
        "additional": 270000,
        "orders": 12_345_678,
        "markup": 40000,
        "cards": 30000,
        "discounts": -123400,
        "breakage": 500,
    },
    "bonus_redeemed": 15000,
    "accrual": 13_782_278,
    "cash_basis": 20_996_400,
    "minutes_game": {"given": 12_360, "taken": 11_999},
    "minutes_net": {"given": 120, "taken": 60},
    "bonus": {"given": 4250, "taken": 150},
    "goodwill": 1000,
    "adjustments": [
        {"kind": "balance_changed", "reason": "refund", "unit": "RUB", "amount": -90000},
        {"kind": "balance_changed", "reason": "bonus_accrual", "unit": "BON", "amount": 250},
        {"kind": "minutes_adjusted", "reason": "minutes", "unit": "MIN.game", "amount": -30},
        {"kind": "balance_changed", "reason": "written_later", "unit": "RUB", "amount": 1000},
    ],
    "voids": 3,
    "voided": 155_00,
    "claims_issued": 5000,
    "claims_redeemed": 0,
    "collected": 3_560_000,
    "over_short": -500,
    "debts": {
        "wallets": 95_000_000,
        "bonus_money": 0,
        "deposits": 250000,
        "deferred": 12300,
        "card_deposits": 0,
        "suspense": 5000,
        "claims": 5000,
    },
    "owed": 95_272_300,
    "documents": {
        "collection": [3, 3],
        "fiscal": [1, 4],
        "package_sale": [10, 12],
        "top_up_receipt": [180, 260],
        "visit": [90, 141],
        "z_report": [7, 7],
        "written_later": [1, 2],
    },
    "kinds": {"note_settled": 156},
    "fiscal": {
        "receipts": 2,
        "cancellations": 1,
        "returns": 0,
        "tenders": {"cash": 100000, "bank_card": 12_345_600, "credit": 300},
    },
    "counted": True,
    "open_visits": 2,
    "open_claims": 1,
    "unfiscalised": 1,
    "grand": {
        "earned": 1_234_567_890,
        "taken": {
            "cash_kiosk": 456_789_000,
            "cash_desk": 345_678_950,
            "bank_card": 432_100_000,
            "qr": 0,
        },
    },
}
Z: dict[str, Any] = {
    "number": 7,
    "at": FIGURES["at"],
    "seq": 5003,
    "expected": 2_440_850,
    "counted": {"total": 2_440_350, "faces": [[500000, 4], [100000, 4], [10000, 4], [50, 7]]},
    "over_short": -500,
}
ROWS = [
    (5003, "balance_changed", "K1-1-90p", "game", "RUB", -90000, 12_345_00, "refund"),
    (5001, "note_settled", "K1-1-90p", "game", "RUB", 50000, 102_345_00, ""),
    (4990, "package_sold", "K1-1-4000p", "minutes_game", "MIN.game", 180, 360, ""),
    (4980, "bonus_granted", "K1-1-4000p", "bonus", "BON", 25, 25, ""),
    (4970, "cash_withdrawn", "", "", "RUB", 2_500_000, None, ""),
    (4960, "written_later", "", "", "RUB", 100, None, "also_later"),
]
_COLUMNS = ("seq", "kind", "client", "balance", "unit", "amount", "after", "why")
_REPORT = {
    "name": "top_ups",
    "kiosk": "K1",
    "currency": "RUB",
    "period": {"since": "2026-10-31T21:00:00Z", "until": "2026-11-22T21:00:00Z", "shift": 0},
    "table": {
        "columns": [
            {"key": "tender", "kind": "word", "summed": True},
            {"key": "count", "kind": "count", "summed": True},
            {"key": "amount", "kind": "money", "summed": True},
            {"key": "bonus", "kind": "points", "summed": True},
            {"key": "back_amount", "kind": "money", "summed": True},
        ],
        "rows": [
            ["cash_kiosk", 1840, 123456700, 6200, 0],
            ["cash_desk", 12, 4500000, 225, 50000],
            ["qr", 0, 0, 0, 0],
        ],
        "totals": [None, 1852, 127956700, 6425, 50000],
    },
    "made_of": {"first": 4100, "last": 5003, "count": 904, "epoch": 1, "head": HASH},
}
FACTS: dict[Kind, Mapping[str, Any]] = {
    "report": {"report": _REPORT},
    "test_page": {"number": 184},
    "float_slip": CASH,
    "withdrawal_slip": CASH | {"what": "withdrawal"},
    "collection_slip": COLLECTION,
    "x_report": {"figures": FIGURES},
    "z_report": {},
    "recovery_slip": {
        "money": [
            ["note_settled", 1, 50000],
            ["note_void", 1, 10000],
            ["note_doubtful", 2, 150000],
            ["note_recognised", 1, 50000],
            ["note_suspended", 1, 500000],
            ["prepayment_abandoned", 1, 100000],
        ],
        "counts": [["slips", 2], ["fiscal", 1]],
        "suspense": 500000,
    },
    "transactions_list": {
        "wanted": [["client", "K1-1-90p"], ["since", "2026-11-01T00:00:00+03:00"]],
        "rows": [
            {"at": "2026-11-22T15:40:00.000000Z", **dict(zip(_COLUMNS, row, strict=True))}
            for row in ROWS
        ],
        "sums": [["BON", 25, 0], ["MIN.game", 180, 0], ["RUB", 2_550_100, 90000]],
        "next": 4960,
    },
}
QR = f"FOYER:Z:K1:000007:5003:20261122T154703Z:{HASH.upper()}:1234567890:2440350:{'SIGNATURE' * 12}"


def document(kind: Kind, language: str, books: Books, **changes: Any) -> Document:
    """A sample of this type; `books` only tell the currency."""
    texts = Texts.of(language, "Europe/Moscow")
    head = Head(
        kind=kind,
        number=7 if kind == "z_report" else 184,
        kiosk="K1",
        venue="Orbit Club",
        at=datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC),
        shift=7,
        proof="K1-1-5003-5C4G-K29A-XX7T-0M3Q",
    )
    facts, paper = dict(FACTS[kind]) | changes, Paper(texts, books, {})
    if kind == "z_report":
        return framed(head, texts, z_body(FIGURES, Z | changes, HASH, QR[:240], paper))
    return framed(head, texts, LAYOUTS[kind](facts, paper))
