"""Looks for numbers of bank cards, in anything that the kiosk says, keeps or sends.

Shares no code with what hides them.
"""

from __future__ import annotations

import re


def card_numbers(text: str) -> list[str]:
    """Every run of 13 to 19 digits, spaces and dashes between them aside, that Luhn allows.

    Runs of zeros, moments and hashes are in logs, too: what begins as no card does (the first
    digit of a bank card is 2 to 6) is passed over.
    """
    found = []
    for run in re.finditer(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])", text):
        digits = [int(d) for d in run.group() if d.isdigit()]
        if digits[0] in range(2, 7) and _checks(digits):
            found.append(run.group())
    return found


def _checks(digits: list[int]) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += sum(divmod(digit * (1 + place % 2), 10))
    return total % 10 == 0
