"""What is said of a receipt that is a code on the screen."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "button.receipts": "Receipts",
    "button.receipt_code": "Receipt as a code",
    "receipt.title": "Receipt",
    "receipt.list": "Your last receipts",
    "receipt.empty": "No receipts yet",
    "receipt.headline": "Scan this code",
    "receipt.body": "Your phone's camera keeps it: it is your whole receipt, signed.",
    "receipt.desk": "Show it at the desk, and staff can check that it is genuine.",
    "receipt.scan": "Scan this code for your receipt.",
    "receipt.or_number": "No phone? Ask at the desk: number {number}",
    "receipt.top_up_receipt": "Top-up",
    "receipt.prepayment_receipt": "Prepayment",
    "receipt.final_receipt": "Visit",
    "receipt.package_receipt": "Minutes",
    "receipt.refund_slip": "Refund",
    "scene.receipt": "a receipt on the screen",
}
