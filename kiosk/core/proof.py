"""The code on a receipt by which anybody can ask whether the books still say what they said.

``K1-1-184-XXXX-XXXX-XXXX-XXXX``: kiosk, epoch and seq of the slip's own entry, and 80 bits
of its hash in Crockford's base32. An entry's hash covers the hash before it, so the code fixes the
slip and everything up to it. Source: docs/ledger.md, "The proof code".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.core.ledger import Entry

CHECK_CHARACTERS = 16
CHECK_HEX = 20
"""Digits of a hash that are the 80 bits of the code."""
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS = 5
_ALIKE = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class Proof:
    """Which entry a code names, and 80 bits of its hash."""

    epoch: int
    seq: int
    check: str

    def fits(self, entry: Entry) -> bool:
        """Whether `entry` is the one for which the code was made."""
        named = (entry.epoch, entry.seq) == (self.epoch, self.seq)
        return named and _check(entry.hash) == self.check


def proof_code(entry: Entry) -> str:
    """The code of a slip, made from its entry."""
    return code_of(entry.kiosk, entry.epoch, entry.seq, entry.hash)


def code_of(kiosk: str, epoch: int, seq: int, hash_hex: str) -> str:
    """The code of an entry of which these are known; 20 digits of its hash will do."""
    check = _check(hash_hex)
    fours = (check[at : at + 4] for at in range(0, CHECK_CHARACTERS, 4))
    return "-".join([kiosk, str(epoch), str(seq), *fours])


def parse(text: str, kiosk: str) -> tuple[Proof, ...]:
    """What a code typed by a person may mean, for the books of `kiosk`.

    Small letters, O for 0, I and L for 1, and missing or other dashes are forgiven.

    Returns:
        One reading; where no dash parts epoch from seq, each that is possible.

    Raises:
        ValueError: it is no such code, or another kiosk's; the sentence says which.
    """
    groups = [g for g in re.split(r"[^0-9A-Z]+", text.upper().translate(_ALIKE)) if g]
    whole, name = "".join(groups), kiosk.upper().translate(_ALIKE)
    head, check = whole[:-CHECK_CHARACTERS], whole[-CHECK_CHARACTERS:]
    strange = [c for c in check if c not in _DIGITS]
    if strange or not re.fullmatch(r"[0-9A-Z]+[0-9]{2}", head):
        why = f"{strange[0]!r} is not in such codes" if strange else "it is too short, or garbled"
        raise ValueError(f"{text!r} is no code of a receipt ({why}); one is {_LIKE.format(kiosk)}")
    if len(groups) > 3 and "".join(groups[:3]) == head:
        first, epoch, seq = groups[:3]
        if first != name:
            raise ValueError(f"{text!r} is a receipt of kiosk {first}; these are {kiosk}'s books")
        if epoch.isdecimal() and seq.isdecimal() and len(epoch + seq) <= _NUMBERS_MAX:
            return (Proof(int(epoch), int(seq), check),)
    numbers = head.removeprefix(name)
    if numbers == head or not numbers.isdecimal() or not 2 <= len(numbers) <= _NUMBERS_MAX:
        raise ValueError(f"{text!r} is no receipt of kiosk {kiosk}, whose books these are")
    return tuple(
        Proof(int(numbers[:at]), int(numbers[at:]), check) for at in range(1, len(numbers))
    )


_NUMBERS_MAX = 18
"""Digits of epoch and seq together: no more is a number of a row."""
_LIKE = "{}-1-184-XXXX-XXXX-XXXX-XXXX"


def _check(hash_hex: str) -> str:
    number = int(hash_hex[:CHECK_HEX], 16)
    places = range(CHECK_CHARACTERS - 1, -1, -1)
    return "".join(_DIGITS[number >> _BITS * place & 31] for place in places)
