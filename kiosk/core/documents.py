"""Every printed document as data: lines and styles in Unicode, no printer bytes.

A document is a body (`slip_documents`) in the common frame (`framed`). It is laid out for a width
in columns (`layout`), and only then turned into a printer's bytes or drawn on the screen.

Source: spec "Printed documents": the common head and foot, and the body of each document.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from kiosk.core.texts import Texts

Style = Literal["normal", "strong", "title", "small"]
Align = Literal["left", "centre", "right"]
Kind = Literal[
    "registration_slip",
    "visit_creation",
    "prepayment_receipt",
    "prepayment_document",
    "top_up_receipt",
    "order_bill",
    "visit_bill",
    "final_receipt",
    "package_receipt",
    "session_slip",
    "refund_slip",
    "claim_ticket",
    "check_slip",
    "transfer_slip",
    "data_slip",
    "collection_slip",
    "float_slip",
    "withdrawal_slip",
    "x_report",
    "z_report",
    "recovery_slip",
    "transactions_list",
    "test_page",
    "report",
]
"""Types of documents; each has one gapless series of numbers a kiosk."""
RECEIPTS: frozenset[Kind] = frozenset(
    ("top_up_receipt", "prepayment_receipt", "final_receipt", "package_receipt", "refund_slip")
)
"""Documents that prove that money was paid: their QR code is the signed receipt itself."""
Mark = Literal["copy", "training", "simulated", "test"]
"""What a document must say of itself at its top and at its bottom."""


# --- the parts ---------------------------------------------------------------------------------


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


def receipt_code(document: Document) -> str:
    """What the code of a receipt says, which anybody may keep; "" of any other paper.

    The codes of other slips are worth something to whoever holds them.
    """
    if document.kind not in RECEIPTS:
        return ""
    return next((part.data for part in document.parts if isinstance(part, QrCode)), "")


# --- layout ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LaidLine:
    """One line of the paper: text padded to its place, or a QR code (`qr` is its data, centred).

    The width of a column depends on the style, see `columns_of`.
    """

    text: str
    style: Style = "normal"
    qr: str = ""


RULE = "─"
_SPACES = dict.fromkeys(map(ord, "\u2007\u2009\u200a\u202f"), "\u00a0") | dict.fromkeys(
    # A line break or an escape in a venue's name must not reach the printer as a command.
    (*range(0x20), *range(0x7F, 0xA0)),
    " ",
)
_FIGURE_GAP = 2
"""Columns between a label and its figure; with one they run into each other on thermal paper."""


def columns_of(style: Style, columns: int) -> int:
    """How many columns a line of this style has on a paper of `columns` normal ones.

    A title is of double size. Small print is a font of three quarters of the width.
    """
    if style == "title":
        return columns // 2
    return columns * 4 // 3 if style == "small" else columns


def layout(document: Document, columns: int, replace: Mapping[str, str]) -> tuple[LaidLine, ...]:
    """Lay a document out for a paper.

    Args:
        document: what to print.
        columns: characters of normal style in a line, 48 on 80 mm and 32 on 58 mm.
        replace: what stands for a character that the printer lacks (``₽`` → ``руб.``); applied
            before anything is measured, because widths change. Thin and no-break spaces keep
            words together and become plain spaces in any case.

    Returns:
        The lines; none is wider than `columns_of` its style.
    """
    return tuple(line for part in document.parts for line in _lay(part, columns, replace))


def _lay(part: Part, columns: int, replace: Mapping[str, str]) -> Iterator[LaidLine]:
    match part:
        case Words(text, style, align):
            ready, width = _ready(text, replace), columns_of(style, columns)
            if style == "title" and max(map(len, ready.split(" "))) > width:
                # A sum belongs into one line: rather smaller than on two.
                style, width = "strong", columns
            for line in _paragraph(ready, width, align):
                yield LaidLine(_plain(_aligned(line, width, align)), style)
        case Pair(left, right, style):
            yield from _lay_pair(_ready(left, replace), _ready(right, replace), style, columns)
        case Rule():
            yield LaidLine(_ready(RULE, replace)[:1] * columns)
        case Gap(lines):
            yield from (LaidLine("") for _ in range(lines))
        case QrCode(data, caption):
            # A code that touches print above or below it cannot be read: the quiet zone.
            yield LaidLine("")
            yield LaidLine("", qr=data)
            yield LaidLine("")
            if caption:
                yield from _lay(Words(caption, "normal", "centre"), columns, replace)
        case _:
            assert_never(part)


def _lay_pair(left: str, right: str, style: Style, columns: int) -> Iterator[LaidLine]:
    """The figure stands in the last line of its label, or below it where both do not fit."""
    width = columns_of(style, columns)
    if style == "title" and len(left) + _FIGURE_GAP + len(right) > width:
        # Label and figure belong into one line: rather smaller than on two.
        style, width = "strong", columns
    lines = _wrap(left, width)
    if len(lines[-1]) + _FIGURE_GAP + len(right) > width:
        lines.append("")
    *above, last = lines
    for line in above:
        yield LaidLine(_plain(line), style)
    # A figure wider than the paper exists in no currency; words at the right may be.
    *rest, figure = _wrap(right, width)
    for line in rest:
        yield LaidLine(_plain(line.rjust(width)), style)
    yield LaidLine(_plain(last + figure.rjust(width - len(last))), style)


def _ready(text: str, replace: Mapping[str, str]) -> str:
    composed = unicodedata.normalize("NFC", text).translate(_SPACES)
    return "".join(replace.get(character, character) for character in composed)


def _plain(line: str) -> str:
    return line.replace("\u00a0", " ").rstrip()


def _aligned(line: str, width: int, align: Align) -> str:
    if align == "centre":
        return " " * ((width - len(line)) // 2) + line
    return line.rjust(width) if align == "right" else line


def _paragraph(text: str, width: int, align: Align) -> list[str]:
    """Wrap a text; a centred one into lines of about the same length, with no word left alone."""
    lines = _wrap(text, width)
    if align != "centre":
        return lines
    while width > 1 and len(narrower := _wrap(text, width - 1)) == len(lines):
        lines, width = narrower, width - 1
    return lines


def _wrap(text: str, width: int) -> list[str]:
    """Break at spaces, and inside a word only where it alone is wider than the paper.

    At least one line; no-break spaces hold. (`textwrap` also breaks at hyphens, of which dates
    and numbers have their own.)
    """
    lines = [""]
    for whole in text.split(" "):
        word = whole
        room = width - len(lines[-1]) - 1 if lines[-1] else width
        if len(word) <= room:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
            continue
        if lines[-1]:
            lines.append("")
        while len(word) > width:
            lines[-1], word = word[:width], word[width:]
            lines.append("")
        lines[-1] = word
    return lines


# --- the frame ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Head:
    """What every document says of itself.

    Attributes:
        kind: its type.
        number: its number in the series of its type.
        kiosk: the kiosk that issued it.
        venue: the venue's name.
        at: when it was issued, aware.
        shift: the number of the shift that was open then; 0 for none.
        card_masked: ``•••• 4821``, or empty where there is no card.
        proof: the code of the entry that issued it, by which `kiosk verify --receipt` finds out
            whether the books before it are as they were.
        marks: what it must say of itself.
        above, below: the venue's own lines, under its name and at the end; may be empty.
    """

    kind: Kind
    number: int
    kiosk: str
    venue: str
    at: datetime
    shift: int = 0
    card_masked: str = ""
    proof: str
    marks: tuple[Mark, ...] = ()
    above: str = ""
    below: str = ""


def _own(line: str) -> tuple[Part, ...]:
    return (Words(line, align="centre"),) if line else ()


def framed(head: Head, texts: Texts, body: Iterable[Part]) -> Document:
    """The common head and foot around a body."""
    marks = tuple(Words(texts.say(f"doc.{mark}"), "strong", "centre") for mark in head.marks)
    apart = (Gap(),) if marks else ()
    series = "doc.receipt_number" if head.kind in RECEIPTS else "doc.slip_number"
    number = texts.say(series, number=f"{head.number:06}")
    shift = f"{texts.say('doc.shift', number=head.shift)} · " if head.shift else ""
    card: tuple[Part, ...] = ()
    if head.card_masked:
        card = (Words(texts.say("doc.card", last=head.card_masked.split()[-1])),)
    kiosk = texts.say("doc.kiosk", id=head.kiosk)
    parts: tuple[Part, ...] = (
        *marks,
        *apart,
        Words(head.venue, "title", "centre"),
        *_own(head.above),
        Words(f"{kiosk} · {texts.say(f'doc.{head.kind}')}", align="centre"),
        Gap(),
        Words(texts.moment(head.at)),
        Pair(number, f"{shift}{texts.say('language.short')}"),
        *card,
        *body,
        *_own(head.below),
        Words(texts.say("doc.proof", code=head.proof), "small", "centre"),
        *apart,
        *marks,
    )
    return Document(head.kind, head.number, texts.language, parts)
