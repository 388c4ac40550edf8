"""What the auditor keeps in mind: banknotes, payouts, orders, and people with cards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


class Violation(Exception):
    """Something is not as it must be."""


@dataclass
class Banknote:
    """One banknote, or coin, that went into the machine.

    A coin is in the box at once. `late`: no top-up screen was shown any more, but a moment before;
    `heard`: the kiosk has told its acceptor that it is booked; `lost`: the acceptor may have
    forgotten it before it could tell, `gone`: it surely has.
    """

    number: int
    face: int
    hand: str
    card: str
    at: str
    place: str = "inside"
    disturbed: str = ""
    died: bool = False
    lied: bool = False
    settled: str = ""
    """What it is on the books, once that cannot change any more: wallet, suspense, nowhere …"""
    known: str = ""
    """What it is on the books now, where there is only one way."""
    coin: bool = False
    late: bool = False
    heard: bool = False
    lost: bool = False
    gone: bool = False

    @property
    def minor(self) -> int:
        return self.face * 100

    def may_be(self) -> tuple[str, ...]:
        """What it may be on the books now, see the table above."""
        if self.settled:
            return (self.settled,)
        if self.coin:
            return self._coin_may_be()
        if self.place == "inside":
            return ("nowhere", "undecided", "wallet") if self.card else ("nowhere",)
        if self.place == "cassette":
            told = ["wallet"] if self.card else ["suspense"]
            if self.card and self.disturbed:
                told.append("undecided")
            if self.card and self.lied:
                told.append("suspense")
            if self.lied and self.died:
                # An acceptor that disobeys, and nobody left who saw the note: the new process
                # takes it for the note before it, if that was worth the same (docs/ledger.md,
                # "What is promised, and what is not").
                told.append("a repeat")
            return tuple(told)
        return ("nowhere", "undecided") if self.disturbed or self.died else ("nowhere",)

    def _coin_may_be(self) -> tuple[str, ...]:
        """What a coin may be: nobody's, where it was told after whoever put it in was forgotten."""
        if self.gone:
            return ("nowhere",)
        told = ["wallet"] if self.card else ["suspense"]
        if self.card and (self.late or self.died or self.disturbed):
            told.append("suspense")
        if self.lost:
            told.append("nowhere")
        return tuple(told)

    def __str__(self) -> str:
        told = f"{'coin' if self.coin else 'note'} {self.number}: {self.face} by {self.hand}"
        told += f" at {self.at}"
        told += f" for card {self.card}" if self.card else " with no top-up screen"
        told += f", now {self.place}"
        told += f", disturbed: {self.disturbed}" if self.disturbed else ""
        told += ", the kiosk died meanwhile" if self.died else ""
        told += ", after the top-up" if self.late else ""
        told += ", perhaps forgotten" if self.lost else ", forgotten" if self.gone else ""
        return told + (f", on the books {self.settled}" if self.settled else "")


@dataclass(frozen=True, eq=False)
class Act:
    """What somebody tells the kiosk, and what it moves once it is done, in minor units.

    Under the number of a card what its wallet gets, ``suspense`` what suspense and the tickets
    get, ``face 500`` what the box gets; under ``=1030`` what that account is debited with.
    """

    name: str
    moves: Mapping[str, int]
    or_else: Mapping[str, int] = field(default_factory=dict)
    """What it moves instead, where the kiosk has a choice (change: in cash, or as a claim)."""


@dataclass
class Order:
    """An order that a till sent; `state`: ``sent``, ``acknowledged`` or ``refused``."""

    total: int
    card: str
    state: str = "sent"


@dataclass
class Holder:
    """What is known of a card: who holds it and what the screens have promised."""

    number: str
    who: str
    owner: str = ""
    """The phone and PIN with which it was registered."""
    promised: int = 0
    """The most that a screen or a slip told, and what had been spent by then besides."""
    receipts: dict[int, int] = field(default_factory=dict)


def minor_units(text: str) -> int:
    """``1 250.00`` or ``1.250,00 ₽`` → 125000; every sum here has two decimals."""
    digits = re.sub(r"\D", "", text)
    return -int(digits) if text.startswith(("−", "-")) else int(digits)


def last_amount(line: str) -> int:
    """The sum at the end of a line; thousands are apart by a blank, or (German) a point."""
    found = re.findall(r"[−-]?\d(?:[\d\s]|\.(?=\d{3}))*[.,]\d\d(?!\d)", line)
    if not found:
        raise Violation(f"no sum in {line!r}")
    return minor_units(found[-1])


def money(minor: int) -> str:
    """125000 → ``1250.00``, -4950 → ``-49.50``."""
    whole, part = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{part:02}"
