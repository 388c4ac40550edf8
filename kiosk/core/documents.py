"""Every printed document as data: lines and styles in Unicode, no printer bytes.

A document is built from facts and the guest's language (`top_up_receipt` …), laid out for a width
in columns (`layout`), and only then turned into a printer's bytes or drawn on the screen.

Source: spec "Printed documents": the common head and foot, and the body of each document.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, assert_never

from kiosk.core.money import Money
from kiosk.core.texts import Texts

Style = Literal["normal", "strong", "title", "small"]
Align = Literal["left", "centre", "right"]
Kind = Literal["top_up_receipt", "registration_slip", "check_slip", "claim_ticket"]
"""Types of documents; each has one gapless series of numbers a kiosk."""
Mark = Literal["simulated", "copy"]
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
            width = columns_of(style, columns)
            for line in _paragraph(_ready(text, replace), width, align):
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


# --- facts -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """What every document says.

    `number` is the number in the series of its type; `at` is aware; `card_masked` is
    ``•••• 4821`` or empty where there is no card; `proof` is the code of the entry that issued it,
    by which `kiosk verify --receipt` finds out whether the books before it are as they were.
    """

    number: int
    kiosk: str
    venue: str
    at: datetime
    card_masked: str
    proof: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TopUpFacts(DocumentFacts):
    """A top-up in cash: the notes as (face value, how many), their sum, the balance around it."""

    notes: tuple[tuple[Money, int], ...]
    total: Money
    before: Money
    after: Money


@dataclass(frozen=True, kw_only=True)
class RegistrationFacts(DocumentFacts):
    """A new card: its balance, the version of the terms, the secret with which it is recovered.

    `recovery` is empty where there is nobody any more whose balance it could bring back.
    """

    balance: Money
    terms: str
    recovery: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TicketFacts(DocumentFacts):
    """A slip that is worth money: of a claim, or of a note that vanished in the machine (N-04).

    `ticket` is the signed text of its QR code, `code` what is typed instead (see `tickets`).
    """

    amount: Money
    ticket: str
    code: str


# --- documents ---------------------------------------------------------------------------------


def receipt_reference(kiosk: str, number: int) -> str:
    """What the QR code of a top-up receipt says: ``FOYER:K1:TOP_UP:000184``."""
    return f"FOYER:{kiosk}:TOP_UP:{number:06}"


def top_up_receipt(facts: TopUpFacts, texts: Texts) -> Document:
    """The receipt of a top-up: the notes, the total, the balance before and after (U2)."""
    return _document(
        "top_up_receipt",
        facts,
        texts,
        Rule(),
        *(_notes(face, count, texts) for face, count in facts.notes),
        Pair(texts.say("doc.total"), texts.money(facts.total), "title"),
        Rule(),
        Pair(texts.say("doc.before"), texts.money(facts.before)),
        Pair(texts.say("doc.after"), texts.money(facts.after), "strong"),
        Rule(),
        Words(texts.say("doc.refund"), align="centre"),
        QrCode(receipt_reference(facts.kiosk, facts.number)),
    )


def registration_slip(facts: RegistrationFacts, texts: Texts) -> Document:
    """The slip of a new card, with the recovery code that its owner must keep secret."""
    recovery: tuple[Part, ...] = ()
    if facts.recovery:
        recovery = (
            Words(texts.say("doc.recovery_caption"), "strong", "centre"),
            QrCode(facts.recovery),
            Words(texts.say("doc.recovery"), "strong", "centre"),
            Rule(),
        )
    return _document(
        "registration_slip",
        facts,
        texts,
        Rule(),
        Pair(texts.say("doc.balance"), texts.money(facts.balance), "strong"),
        Rule(),
        *recovery,
        Words(texts.say("doc.terms", version=facts.terms), align="centre"),
        Words(texts.say("doc.erase"), align="centre"),
        Gap(),
    )


def check_slip(facts: TicketFacts, texts: Texts) -> Document:
    """The slip for a note whose place is unknown: worth its amount only after checking."""
    return _document(
        "check_slip",
        facts,
        texts,
        Rule(),
        Words(texts.say("doc.check_worth"), align="centre"),
        Words(texts.money(facts.amount), "title", "centre"),
        Rule(),
        Words(texts.say("doc.check_why"), align="centre"),
        Gap(),
        Words(texts.say("doc.check_rule"), "strong", "centre"),
        QrCode(facts.ticket),
    )


def claim_ticket(facts: TicketFacts, texts: Texts) -> Document:
    """The ticket of a claim: money that is in the machine and on nobody's card, paid out once."""
    return _document(
        "claim_ticket",
        facts,
        texts,
        Rule(),
        Words(texts.say("doc.claim_worth"), align="centre"),
        Words(texts.money(facts.amount), "title", "centre"),
        Rule(),
        Words(texts.say("doc.claim_why"), align="centre"),
        Gap(),
        Words(texts.say("doc.claim_rule"), "strong", "centre"),
        QrCode(facts.ticket, facts.code),
    )


def _notes(face: Money, count: int, texts: Texts) -> Pair:
    amount = texts.whole(face)
    label = (
        texts.say("doc.note", amount=amount)
        if count == 1
        else texts.say("doc.notes", n=count, amount=amount)
    )
    return Pair(label, texts.number(Money(face.minor * count, face.currency)))


def _document(kind: Kind, facts: DocumentFacts, texts: Texts, *body: Part) -> Document:
    """The common head and foot around a body."""
    marks = tuple(Words(texts.say(f"doc.{mark}"), "strong", "centre") for mark in facts.marks)
    apart = (Gap(),) if marks else ()
    series = "doc.receipt_number" if kind == "top_up_receipt" else "doc.slip_number"
    card: tuple[Part, ...] = ()
    if facts.card_masked:
        card = (Words(texts.say("doc.card", last=facts.card_masked.split()[-1])),)
    kiosk = texts.say("doc.kiosk", id=facts.kiosk)
    parts: tuple[Part, ...] = (
        *marks,
        *apart,
        Words(facts.venue, "title", "centre"),
        Words(f"{kiosk} · {texts.say(f'doc.{kind}')}", align="centre"),
        Gap(),
        Words(texts.moment(facts.at)),
        Pair(texts.say(series, number=f"{facts.number:06}"), texts.say("language.short")),
        *card,
        *body,
        Words(texts.say("doc.proof", code=facts.proof), "small", "centre"),
        *apart,
        *marks,
    )
    return Document(kind, facts.number, texts.language, parts)
