"""Every printed document as data: lines and styles in Unicode, no printer bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["normal", "strong", "title", "small"]
Align = Literal["left", "centre", "right"]
Kind = Literal["top_up_receipt", "registration_slip", "check_slip"]
"""Types of documents; each has one gapless series of numbers a kiosk."""


@dataclass(frozen=True)
class Words:
    """One paragraph; wrapped at words where it is wider than the paper."""

    text: str
    style: Style = "normal"
    align: Align = "left"


@dataclass(frozen=True)
class Pair:
    """A label at the left and a figure at the right; the figure is never broken."""

    left: str
    right: str
    style: Style = "normal"


@dataclass(frozen=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True)
class Gap:
    """Empty lines."""

    lines: int = 1


@dataclass(frozen=True)
class QrCode:
    """A QR code with a quiet zone; `caption` stands below it."""

    data: str
    caption: str = ""


Part = Words | Pair | Rule | Gap | QrCode


@dataclass(frozen=True)
class Document:
    """A document: its type, its number in the series of its type, its language, its parts."""

    kind: Kind
    number: int
    language: str
    parts: tuple[Part, ...]
