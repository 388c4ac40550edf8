"""What the welcome screen says of its ways in, of bank cards, and outside the opening hours."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "button.lost_card": "Lost my card",
    "strip.bank_card": "Bank card",
    "strip.bank_card_off": "Bank cards not available now",
    "welcome.closed": "Closed",
    "welcome.opens": "We open {day} at {time}.",
    "welcome.closed_body": "Tap your card to see your balance, or to pay for your visit.",
}
