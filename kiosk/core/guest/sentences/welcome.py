"""What the welcome screen says of its ways in, of bank cards, and outside the opening hours."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "button.lost_card": "Lost my card",
    "strip.bank_card": "Bank card",
    "strip.bank_card_off": "Bank cards not available now",
    "welcome.out_of_service": "Out of service",
    "welcome.closed": "Closed",
    "welcome.opens": "We open {day} at {time}.",
    "welcome.closed_body": "Tap your card to see your balance, or to pay for your visit.",
    "welcome.closed_body_swipe": "Swipe your card to see your balance, or to pay for your visit.",
    "welcome.closed_body_scan": (
        "Scan your card's code to see your balance, or to pay for your visit."
    ),
    "err.unknown_card_only": "This card is not known here.",
    "err.cash_closed_terminal": "Cash is closed here. Use a bank card or QR.",
}
