"""The signed receipt in the QR code of a receipt: what was paid, proven without the books.

``FOYER:R1:`` and base45 of a mark, the key's short name, the receipt as a Protocol Buffers message
(deflated where that is shorter), and the kiosk's Ed25519 signature of all before it. Everything is
made of the slip's own facts, so a copy carries the same receipt in whatever language it is printed.
A long receipt leaves lines out, and says how many; its sums are always there.

Source: docs/ledger.md, "The receipt's code"; base45 is RFC 9285.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from kiosk.core import seal
from kiosk.core.books import Books
from kiosk.core.errors import Refused
from kiosk.core.ledger import Ledger
from kiosk.core.money import CURRENCIES
from kiosk.core.proof import CHECK_HEX, code_of

FORM = "FOYER:R1:"
"""How every such text begins: a reader of QR codes tells it from a ticket by this."""
CHARACTERS_MAX = 528
"""A QR code of version 14 at level M: 73 modules, 37 mm at the four dots a module of 203 dpi."""
NAME_CHARACTERS_MAX = 18
"""Of a line's text; a receipt's code is no menu."""

_PLAIN, _DEFLATED = b"\0", b"\1"
_SIGNATURE_BYTES = 64
_HEAD_BYTES = 1 + seal.KEY_NAME_BYTES
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@dataclass(frozen=True)
class Line:
    """One position of a receipt; `minor` is for all of `quantity`."""

    text: str
    quantity: int
    minor: int


@dataclass(frozen=True)
class Minutes:
    """Minutes of a package: which (``game``, ``internet``), how many, and the balance around it."""

    kind: str
    minutes: int
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a receipt says. All amounts are minor units of `currency`.

    Attributes:
        kind: its type: ``top_up_receipt``, ``refund_slip`` …
        kiosk: who issued it.
        number: its number in the series of its type.
        at: when, in UTC, to the second.
        currency: ISO 4217.
        decimals: of the currency's minor unit.
        epoch: of the entry that issued it.
        seq: the number of that entry.
        chain: the first 20 hex digits of its hash.
        total: what was paid; of a refund slip, what was given back.
        tenders: how it was paid, ``(tender, minor)``.
        notes: ``(face, how many)`` of what was put into the acceptors, coins among it.
        lines: what was paid for, as far as there was room.
        left_out: how many lines there was no room for.
        discount: what `total` is less than its lines.
        markup: what it is more than them, because less than a minimum was ordered.
        earlier: what of `total` was paid before, on receipts of its own.
        change: what was given back of what was paid.
        before: the balance before, where it is about one.
        after: the balance after.
        points: bonus granted; taken back, where it is negative.
        minutes: the package that was bought.
        visit: the number of the visit; 0 for none.
        card: the last digits of the card, or nothing.
        bank_card: the last digits of the bank card that paid, or nothing.
        marks: ``training``, ``simulated``.
    """

    kind: str
    kiosk: str
    number: int
    at: datetime
    currency: str
    decimals: int
    epoch: int
    seq: int
    chain: str
    total: int
    tenders: tuple[tuple[str, int], ...] = ()
    notes: tuple[tuple[int, int], ...] = ()
    lines: tuple[Line, ...] = ()
    left_out: int = 0
    discount: int = 0
    markup: int = 0
    earlier: int = 0
    change: int = 0
    before: int | None = None
    after: int | None = None
    points: int = 0
    minutes: Minutes | None = None
    visit: int = 0
    card: str = ""
    bank_card: str = ""
    marks: tuple[str, ...] = ()

    @property
    def proof(self) -> str:
        """The short chain head, as it is printed below the code: see `proof`."""
        return code_of(self.kiosk, self.epoch, self.seq, self.chain)


def text(books: Books, slip: Mapping[str, Any]) -> str:
    """What the QR code of a receipt says; `slip` is its document.

    The same slip has the same text as long as the kiosk's key is the same.
    """
    seed = books.secrets.get("keys", "signing")
    assert seed, "the key is made with the first start"
    return write(str(seed["key"]), of_slip(books.ledger, slip))


def total_of(facts: Mapping[str, Any]) -> int:
    """What a receipt is about, in minor units, of the facts of its slip."""
    return int(facts["total"] if "total" in facts else facts["amount"])


def of_slip(ledger: Ledger, slip: Mapping[str, Any]) -> Receipt:
    """All that a slip says, every line of it.

    Args:
        ledger: the ledger with the entry that issued it.
        slip: its document. Its facts may be those of an earlier program.
    """
    facts = slip["facts"]
    entry = ledger.entry(facts["entry"])
    assert entry is not None, "an entry issued the slip"
    kept, minutes = ledger.store.facts, facts.get("minutes")
    total = total_of(facts)
    notes, orders = _pairs(facts.get("notes", ())), facts.get("orders", ())
    # A receipt of the acceptor names no tender: it is what its notes are.
    tender = facts.get("tender", "cash" if notes else "")
    paid = facts.get("tenders", ((tender, total),) if tender and total else ())
    return Receipt(
        kind=slip["kind"],
        kiosk=ledger.kiosk,
        number=facts["number"],
        at=datetime.fromisoformat(facts["at"]).replace(microsecond=0),
        currency=ledger.currency,
        decimals=CURRENCIES[ledger.currency].exponent,
        epoch=entry.epoch,
        seq=entry.seq,
        chain=entry.hash[:CHECK_HEX],
        total=total,
        tenders=_pairs(paid),
        notes=notes,
        lines=tuple(Line(*line) for order in orders for line in order["lines"]),
        discount=facts.get("discount", 0),
        markup=facts.get("markup", 0),
        earlier=facts.get("paid", 0),
        change=facts.get("change", 0),
        before=facts.get("before"),
        after=facts.get("after"),
        points=facts.get("bonus", 0),
        minutes=Minutes(*minutes) if minutes else None,
        visit=facts.get("visit", 0),
        card=_last(facts["card_masked"]),
        bank_card=_last(facts.get("bank_card", {}).get("masked", "")),
        marks=tuple(mark for mark in MARKS if kept.get(mark)),
    )


def write(seed: str, receipt: Receipt) -> str:
    """The text of a receipt, with as many of its lines as fit into `CHARACTERS_MAX`.

    Args:
        seed: of the kiosk's signing key.
        receipt: what to say.
    """
    name = seal.key_name(seal.public_key(seed))
    whole = replace(receipt, lines=tuple(map(_short, receipt.lines)))
    # A line takes three characters at the least, so no more than this is worth a try.
    for shown in range(min(len(whole.lines), CHARACTERS_MAX // 3), -1, -1):
        made = _packed(name, _with(whole, shown))
        if len(FORM) + _base45_characters(len(made) + _SIGNATURE_BYTES) <= CHARACTERS_MAX:
            break
    return FORM + to_base45(made + seal.sign_bytes(seed, FORM.encode() + made))


def read(public_keys: Iterable[str], told: str) -> Receipt:
    """What the text of a receipt says.

    Raises:
        Refused: ``err.receipt_false``: it has another form, or none of these keys signed it.
    """
    signed = from_base45(told.removeprefix(FORM)) if is_one(told) else b""
    said, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
    message = FORM.encode() + said
    if not said or not any(seal.signed_bytes(key, message, signature) for key in public_keys):
        raise Refused("err.receipt_false")
    try:
        # What is signed is the kiosk's own: only then is it unpacked.
        body = said[_HEAD_BYTES:]
        if said[:1] == _DEFLATED:
            body = zlib.decompress(body, -zlib.MAX_WBITS)
        return _receipt(dict(_fields(body)))
    except (zlib.error, ValueError, LookupError, TypeError, OverflowError):
        raise Refused("err.receipt_false") from None


def is_one(told: str) -> bool:
    """Whether a text claims to be such a receipt; a typed proof code does not."""
    return told.startswith(FORM)


def differs(paper: Receipt, ours: Receipt) -> tuple[str, ...]:
    """What a receipt on paper says otherwise than the books: the names of its fields.

    The paper has lines as many as there was room for.
    """
    kept = _with(replace(ours, lines=tuple(map(_short, ours.lines))), len(paper.lines))
    names = (field.name for field in fields(Receipt))
    return tuple(name for name in names if getattr(paper, name) != getattr(kept, name))


def to_base45(data: bytes) -> str:
    """Bytes in the 45 characters that a QR code packs tightly (RFC 9285)."""
    made = ""
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            made += _DIGITS[digit]
    return made


def from_base45(written: str) -> bytes:
    """The bytes of `to_base45`; nothing where it is no such text."""
    made = b""
    for at in range(0, len(written), 3):
        group = written[at : at + 3]
        number = 0
        for character in reversed(group):
            digit = _DIGITS.find(character)
            if digit < 0:
                return b""
            number = number * 45 + digit
        size = len(group) - 1
        if not size or number >= 256**size:
            return b""
        made += number.to_bytes(size, "big")
    return made


def _base45_characters(size: int) -> int:
    return size // 2 * 3 + size % 2 * 2


# --- the form ----------------------------------------------------------------------------------

KINDS = (
    "",
    "top_up_receipt",
    "prepayment_receipt",
    "final_receipt",
    "package_receipt",
    "refund_slip",
)
TENDERS = ("other", "cash", "bank_card", "qr", "wallet", "bonus", "deposit", "credit")
MINUTES = ("", "game", "internet")
MARKS = ("training", "simulated")
CHARSETS = ("utf-8", "cp1251", "cp1252")
"""What stands for what in the form, by its place; docs/ledger.md has the same lists. They are only
ever added to."""

_VARINT, _LENGTH = 0, 2
_LINE_END = "\n"


def _packed(name: bytes, receipt: Receipt) -> bytes:
    """A receipt's message behind its mark and the name of the key that is to sign it."""
    body = _body(receipt)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
    deflated = packer.compress(body) + packer.flush()
    if len(deflated) < len(body):
        return _DEFLATED + name + deflated
    return _PLAIN + name + body


def _body(receipt: Receipt) -> bytes:
    """A receipt as a message of Protocol Buffers; what is nothing is left out, but a balance."""
    lines, bought = receipt.lines, receipt.minutes
    charset, texts = _encoded(_LINE_END.join(line.text for line in lines))
    balances = (receipt.before, receipt.after)
    values: tuple[int | bytes | None, ...] = (
        KINDS.index(receipt.kind),
        receipt.kiosk.encode(),
        receipt.number,
        int(receipt.at.timestamp()),
        receipt.currency.encode(),
        receipt.decimals,
        _signed(receipt.total),
        receipt.epoch,
        receipt.seq,
        bytes.fromhex(receipt.chain),
        _row((_known(TENDERS, tender), minor) for tender, minor in receipt.tenders),
        _row(receipt.notes),
        _row((line.quantity, line.minor) for line in lines),
        texts,
        receipt.card.encode(),
        charset,
        receipt.left_out,
        _signed(receipt.change),
        *(None if minor is None else _signed(minor) for minor in balances),
        _signed(receipt.points),
        _row(((MINUTES.index(bought.kind), bought.minutes, bought.before, bought.after),))
        if bought
        else None,
        receipt.visit,
        sum(1 << MARKS.index(mark) for mark in receipt.marks),
        receipt.bank_card.encode(),
        _signed(receipt.discount),
        _signed(receipt.markup),
        _signed(receipt.earlier),
    )
    return b"".join(
        _field(number, value)
        for number, value in enumerate(values, 1)
        if value or (number in _BALANCES and value is not None)
    )


_BALANCES = (19, 20)
"""The fields that say something where they are 0."""


def _receipt(said: Mapping[int, int | bytes]) -> Receipt:
    def number(field: int) -> int:
        return int(said.get(field, 0))

    def row(field: int) -> Iterator[int]:
        data = _octets(said.get(field, b""))
        while data:
            value, data = _cut(data)
            yield _plain(value)

    def words(field: int, charset: str = "ascii") -> str:
        return _octets(said.get(field, b"")).decode(charset)

    figures = list(row(13))
    texts = words(14, CHARSETS[number(16)]).split(_LINE_END)
    bought = list(row(22))
    marks = number(24)
    return Receipt(
        kind=KINDS[number(1)],
        kiosk=words(2),
        number=number(3),
        at=datetime.fromtimestamp(number(4), UTC),
        currency=words(5),
        decimals=number(6),
        total=_plain(number(7)),
        epoch=number(8),
        seq=number(9),
        chain=_octets(said.get(10, b"")).hex(),
        tenders=tuple((TENDERS[tender], minor) for tender, minor in _twos(list(row(11)))),
        notes=_twos(list(row(12))),
        lines=tuple(
            Line(line, quantity, minor)
            for line, (quantity, minor) in zip(texts, _twos(figures), strict=True)
        )
        if figures
        else (),
        card=words(15),
        bank_card=words(25),
        left_out=number(17),
        discount=_plain(number(26)),
        markup=_plain(number(27)),
        earlier=_plain(number(28)),
        change=_plain(number(18)),
        before=_plain(number(19)) if 19 in said else None,
        after=_plain(number(20)) if 20 in said else None,
        points=_plain(number(21)),
        minutes=Minutes(MINUTES[bought[0]], *bought[1:]) if bought else None,
        visit=number(23),
        marks=tuple(mark for place, mark in enumerate(MARKS) if marks >> place & 1),
    )


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    return _varint(number << 3 | _LENGTH) + _varint(len(value)) + value


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    while body:
        tag, body = _cut(body)
        value, body = _cut(body)
        if tag & 7 == _VARINT:
            yield tag >> 3, value
        elif tag & 7 == _LENGTH and value <= len(body):
            yield tag >> 3, body[:value]
            body = body[value:]
        else:
            raise ValueError("a field of another kind, or cut off")


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def _cut(data: bytes) -> tuple[int, bytes]:
    """The number at the beginning of `data`, and what follows."""
    value = 0
    for place, octet in enumerate(data):
        value |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return value, data[place + 1 :]
    raise ValueError("a number is cut off")


def _row(rows: Iterable[Iterable[int]]) -> bytes:
    return b"".join(_varint(_signed(value)) for row in rows for value in row)


def _signed(value: int) -> int:
    """A number that may be below zero, as a varint takes it: zigzag."""
    return value << 1 if value >= 0 else -value * 2 - 1


def _plain(value: int) -> int:
    return value >> 1 if value & 1 == 0 else -(value + 1 >> 1)


def _octets(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a text should be")
    return value


def _encoded(texts: str) -> tuple[int, bytes]:
    """A text in a byte a letter where one of the code pages has all of it, and which one."""
    for charset in (1, 2) if texts else ():
        try:
            return charset, texts.encode(CHARSETS[charset])
        except UnicodeEncodeError:
            continue
    return 0, texts.encode()


def _known(words: tuple[str, ...], word: str) -> int:
    return words.index(word) if word in words else 0


def _with(receipt: Receipt, lines: int) -> Receipt:
    gone = receipt.left_out + len(receipt.lines) - lines
    return replace(receipt, lines=receipt.lines[:lines], left_out=gone)


def _short(line: Line) -> Line:
    plain = " ".join(line.text.split())
    if len(plain) > NAME_CHARACTERS_MAX:
        plain = plain[: NAME_CHARACTERS_MAX - 1].rstrip() + "…"
    return replace(line, text=plain)


def _last(masked: str) -> str:
    return masked.rpartition(" ")[2]


def _pairs(told: Iterable[Iterable[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((one, other) for one, other in told)


def _twos(row: list[int]) -> tuple[tuple[int, int], ...]:
    return tuple(zip(row[::2], row[1::2], strict=True))
