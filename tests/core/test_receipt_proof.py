"""The signed receipt: what it says comes back, and nothing else does."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.core import documents, packages, receipt_proof, seal, slip_documents
from kiosk.core.documents import QrCode
from kiosk.core.errors import Refused
from kiosk.core.proof import CHECK_HEX, proof_code
from kiosk.core.receipt_proof import (
    CHARACTERS_MAX,
    FORM,
    Line,
    Minutes,
    Receipt,
    differs,
    of_slip,
    read,
    write,
)
from kiosk.core.tenders import TENDERS
from kiosk.core.tickets import public_keys
from tests.core import guest_papers
from tests.core.guest import Guest
from tests.core.test_slips import receipt as receipt_of

SEED = seal.new_key(lambda size: bytes(range(size)))
KEY = seal.public_key(SEED)
OTHER = seal.public_key(seal.new_key(lambda size: bytes(size)))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
TOP_UP = Receipt(
    kind="top_up_receipt",
    kiosk="K1",
    number=184,
    at=datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC),
    currency="RUB",
    decimals=2,
    epoch=1,
    seq=512,
    chain="2b1a0f5c4d3e2f10a9b8",
    total=70_000,
    tenders=(("cash", 70_000),),
    notes=((50_000, 1), (20_000, 1)),
    before=0,
    after=70_000,
    card="4821",
)
MENU = [
    *("Лимонад домашний", "Пицца Маргарита", "Чай зелёный", "Кофе американо", "Бильярд 1 час"),
    *("Боулинг, дорожка 3", "Картофель фри", "Салат Цезарь", "Сок апельсиновый", "Вода без газа"),
    *("Пиво светлое 0,5", "Начос с сыром", "Бургер классический", "Шаурма", "Мороженое"),
    *("Кола 0,33", "Чизкейк", "Кальян", "Караоке", "Носки для боулинга", "Аренда обуви"),
    *("Игровая зона PS5", "VR 15 минут", "Детская комната", "Торт заказной"),
]
FINAL = replace(
    TOP_UP,
    kind="final_receipt",
    notes=(),
    before=None,
    after=None,
    total=1_250_000,
    tenders=(("deposit", 100_000), ("bank_card", 1_151_500)),
    change=1_500,
    lines=tuple(Line(name, 1 + at % 3, 12_050 + at * 3_170) for at, name in enumerate(MENU)),
    visit=4821,
    bank_card="9010",
)

minor = st.integers(0, 10**13)
signed = st.integers(-(10**13), 10**13)
name = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=18)
lines = st.builds(Line, name, st.integers(0, 10**4), signed)
tenders = st.tuples(st.sampled_from(receipt_proof.TENDERS), signed)
receipts = st.builds(
    Receipt,
    kind=st.sampled_from(receipt_proof.KINDS[1:]),
    kiosk=st.text(ALPHABET[:36] + ALPHABET[10:36].lower(), min_size=1, max_size=12),
    number=st.integers(1, 10**9),
    at=st.integers(1_700_000_000, 7_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)),
    currency=st.sampled_from(["RUB", "JPY", "EUR"]),
    decimals=st.sampled_from([0, 2]),
    epoch=st.integers(1, 99),
    seq=st.integers(1, 10**9),
    chain=st.text("0123456789abcdef", min_size=CHECK_HEX, max_size=CHECK_HEX),
    total=signed,
    tenders=st.lists(tenders, max_size=5).map(tuple),
    notes=st.lists(st.tuples(minor, st.integers(1, 1000)), max_size=8).map(tuple),
    lines=st.lists(lines, max_size=30).map(tuple),
    left_out=st.just(0),
    discount=signed,
    markup=signed,
    earlier=signed,
    change=minor,
    before=st.none() | signed,
    after=st.none() | signed,
    points=signed,
    minutes=st.none() | st.builds(Minutes, st.sampled_from(["game", "internet"]), *[signed] * 3),
    visit=st.integers(0, 10**9),
    card=st.text("0123456789", max_size=4),
    bank_card=st.text("0123456789", max_size=4),
    marks=st.sampled_from([(), ("training",), ("simulated",), ("training", "simulated")]),
)


def refused(told: str, *keys: str) -> str:
    with pytest.raises(Refused) as caught:
        read(keys or (KEY,), told)
    return caught.value.key


@given(receipts)
@example(replace(TOP_UP, before=0, after=0))
@example(replace(TOP_UP, lines=(Line("", 0, 0),)))
def test_what_a_receipt_says_comes_back(receipt: Receipt) -> None:
    told = write(SEED, receipt)
    said = read((OTHER, KEY), told)
    shown = len(said.lines)
    assert said == replace(
        receipt, lines=receipt.lines[:shown], left_out=len(receipt.lines) - shown
    )
    assert told.startswith(FORM) and set(told) <= set(ALPHABET)
    assert len(told) <= CHARACTERS_MAX, "a scanner reads it off narrow paper"
    assert not told.endswith(" ") and told == told.strip()


@given(receipts)
def test_as_many_lines_as_there_is_room_for(receipt: Receipt) -> None:
    shown = len(read((KEY,), write(SEED, receipt)).lines)
    if shown < len(receipt.lines):
        gone = len(receipt.lines) - shown - 1
        one_more = replace(receipt, lines=receipt.lines[: shown + 1], left_out=gone)
        assert len(read((KEY,), write(SEED, one_more)).lines) <= shown


@pytest.mark.parametrize(
    ("receipt", "others"), [(TOP_UP, ALPHABET), (FINAL, "A7:")], ids=["top_up", "final"]
)
def test_every_single_changed_character_is_refused(receipt: Receipt, others: str) -> None:
    told = write(SEED, receipt)
    assert read((KEY,), told).total == receipt.total
    accepted = [
        (place, other)
        for place, character in enumerate(told)
        for other in others + character.lower()
        if other != character and _accepted(told[:place] + other + told[place + 1 :])
    ]
    assert not accepted


def _accepted(told: str) -> bool:
    try:
        read((KEY,), told)
    except Refused:
        return False
    return True


@given(st.data())
def test_what_was_cut_added_or_swapped_is_refused(data: st.DataObject) -> None:
    told = write(SEED, TOP_UP)
    place = data.draw(st.integers(0, len(told) - 1))
    for other in (
        told[:place],
        told[:place] + told[place + 1 :],
        told[:place] + "0" + told[place:],
        told[:place] + told[place + 1 : place + 2] + told[place] + told[place + 2 :],
    ):
        assert other == told or not _accepted(other)


@given(st.text(ALPHABET))
def test_whatever_stands_in_a_code_is_refused_and_nothing_worse(text: str) -> None:
    assert refused(FORM + text) == refused(text) == "err.receipt_false"


def test_another_key_and_another_form_are_refused() -> None:
    told = write(SEED, TOP_UP)
    assert refused(told, OTHER) == "err.receipt_false"
    assert refused(told.replace("R1", "R2", 1)) == "err.receipt_false"
    assert refused(f" {told}") == "err.receipt_false"
    assert not _accepted("")


@given(st.binary(max_size=80))
def test_what_the_key_signed_and_is_no_receipt_is_refused(body: bytes) -> None:
    for mark in (b"\0", b"\1", b""):
        said = mark + body
        signature = seal.sign_bytes(SEED, FORM.encode() + said)
        told = FORM + receipt_proof.to_base45(said + signature)
        try:
            assert isinstance(read((KEY,), told), Receipt)
        except Refused as refused:
            assert refused.key == "err.receipt_false"


def test_a_signature_of_a_ticket_is_none_of_a_receipt() -> None:
    """One key signs both: the text that is signed says which of them it is."""
    said = receipt_proof.from_base45(write(SEED, TOP_UP).removeprefix(FORM))[:-64]
    signature = seal.sign_bytes(SEED, said)
    assert not _accepted(FORM + receipt_proof.to_base45(said + signature))


def test_the_same_receipt_has_the_same_text() -> None:
    assert write(SEED, FINAL) == write(SEED, FINAL)


def test_a_long_receipt_leaves_lines_out_and_keeps_its_sums() -> None:
    said = read((KEY,), write(SEED, FINAL))
    assert (len(said.lines), said.left_out) == (10, 15)
    assert (said.total, said.change, said.tenders) == (FINAL.total, FINAL.change, FINAL.tenders)
    assert said.lines[0] == FINAL.lines[0]


def test_a_long_name_is_cut_and_its_line_breaks_are_none() -> None:
    line = Line("Bowling\nlane 3, two hours, with shoes", 1, 1)
    said = read((KEY,), write(SEED, replace(TOP_UP, lines=(line,))))
    assert said.lines == (Line("Bowling lane 3, t…", 1, 1),)


@pytest.mark.parametrize(("receipt", "version"), [(TOP_UP, 9), (FINAL, 14)])
def test_the_code_is_small_enough_for_narrow_paper(receipt: Receipt, version: int) -> None:
    code = segno.make(write(SEED, receipt), error="m", boost_error=False)
    assert (code.version, code.mode) == (version, "alphanumeric")
    assert code.symbol_size(scale=4)[0] <= 384, "dots of 58 mm paper, its quiet zone included"


def test_every_receipt_tender_and_kind_of_minutes_has_its_place_in_the_form() -> None:
    assert set(receipt_proof.KINDS[1:]) == documents.RECEIPTS
    assert set(TENDERS) | {"bonus", "deposit", "credit"} == set(receipt_proof.TENDERS[1:])
    assert receipt_proof.MINUTES[1:] == get_args(packages.Kind)


@pytest.mark.parametrize(
    ("data", "written"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"", "")],
)
def test_base45_is_that_of_rfc_9285(data: bytes, written: str) -> None:
    assert receipt_proof.to_base45(data) == written
    assert receipt_proof.from_base45(written) == data


@pytest.mark.parametrize("written", ["GGW", ":::", "A", "FGWA", "Z5", "a00", "BB8é"])
def test_what_is_no_base45_is_nothing(written: str) -> None:
    assert receipt_proof.from_base45(written) == b""


def test_what_the_books_say_otherwise_is_named() -> None:
    said = read((KEY,), write(SEED, FINAL))
    assert differs(said, FINAL) == ()
    other = replace(FINAL, total=1, lines=(Line("Tea", 1, 1), *FINAL.lines[1:]))
    assert differs(said, other) == ("total", "lines")
    assert differs(said, replace(FINAL, lines=FINAL.lines[:20])) == ("left_out",)


PAPERS = {
    case: facts for case, (kind, facts) in guest_papers.CASES.items() if kind in documents.RECEIPTS
}


@pytest.mark.parametrize("case", PAPERS)
def test_a_slip_of_every_type_says_what_was_paid(case: str, guest: Guest) -> None:
    kind, facts = guest_papers.CASES[case]
    common = {"number": 184, "at": guest_papers.AT, "card_masked": "•••• 4821", "entry": 2}
    slip = {"kind": kind, "facts": facts | common}
    books = guest.venue.books(guest.now)
    told = receipt_proof.text(books, slip)
    said = read(public_keys(books), told)
    entry = books.ledger.entry(2)
    assert entry is not None and said.proof == proof_code(entry)
    assert (said.kind, said.number, said.card) == (kind, 184, "4821")
    assert (said.kiosk, said.currency, said.marks) == ("K1", "RUB", ("simulated",))
    assert said.total == facts.get("total", facts.get("amount"))
    assert differs(said, of_slip(books.ledger, slip)) == ()
    assert said.left_out == 0, "a receipt of an ordinary length says all"
    if not facts.get("orders"):
        assert sum(minor for _, minor in said.tenders) == said.total
        return
    ordered = sum(line.minor for line in said.lines)
    if ordered == facts["subtotal"]:
        assert ordered - said.discount + said.markup == said.total


def test_a_card_that_paid_and_minutes_that_came_are_said(guest: Guest) -> None:
    books = guest.venue.books(guest.now)
    common = {"number": 1, "at": guest_papers.AT, "card_masked": "", "entry": 1}
    facts = PAPERS["final_receipt"] | common
    final = of_slip(books.ledger, {"kind": "final_receipt", "facts": facts})
    assert (final.bank_card, final.card, final.visit) == ("1881", "", 12)
    assert (final.earlier, final.change) == (108_000, 8_000)
    assert [line.quantity for line in final.lines] == [2, 1, 1]
    facts = PAPERS["package_receipt"] | common
    package = of_slip(books.ledger, {"kind": "package_receipt", "facts": facts})
    assert package.minutes == Minutes("game", 300, 45, 345)
    assert (package.before, package.after, package.tenders) == (None, None, (("wallet", 90_000),))
    facts = PAPERS["refund_slip"] | common
    refund = of_slip(books.ledger, {"kind": "refund_slip", "facts": facts})
    assert (refund.points, refund.before, refund.after) == (-22, 120_000, 75_000)


def test_a_copy_in_another_language_is_the_same_receipt(guest: Guest) -> None:
    job = receipt_of(guest)
    slip = guest.venue.store.get("slips", job)
    assert slip is not None
    books = guest.venue.books(guest.now)
    copy = slip | {"language": "ru", "copy": True, "state": "printed", "attempts": 3}
    told = receipt_proof.text(books, slip)
    assert receipt_proof.text(books, copy) == told
    first, second = (slip_documents.draw(books, one) for one in (slip, copy))
    assert "КОПИЯ" in str(second) and "COPY" not in str(first)
    for document in (first, second):
        assert [part.data for part in document.parts if isinstance(part, QrCode)] == [told]


def test_a_receipt_of_a_lost_key_is_genuine_for_ever(guest: Guest) -> None:
    """The seed is lost in a restore: what it signed stays good, what comes then has another."""
    job = receipt_of(guest)
    slip = guest.venue.store.get("slips", job)
    assert slip is not None
    before = receipt_proof.text(guest.venue.books(guest.now), slip)
    secrets = guest.venue.books(guest.now).secrets
    with secrets.transaction():
        secrets.put("keys", "signing", None)
    guest.start_again()
    books = guest.venue.books(guest.now)
    after = receipt_proof.text(books, slip)
    assert after != before and len(public_keys(books)) == 2
    assert read(public_keys(books), before) == read(public_keys(books), after)


def test_the_pages_example_is_read_without_our_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
    (hexadecimal,) = re.findall(r"```hex\n(.*?)```", page, re.DOTALL)
    (told,) = re.findall(r"^FOYER:R1:.*$", page, re.MULTILINE)
    said = bytes.fromhex(hexadecimal)
    message = b"FOYER:R1:" + said
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key().public_bytes_raw()
    assert base64.b64encode(public).decode() in page
    assert said[1:5] == hashlib.sha256(public).digest()[:4]
    signed = said + private.sign(message)
    groups = [signed[at : at + 2] for at in range(0, len(signed), 2)]
    numbers = [(int.from_bytes(group, "big"), len(group) + 1) for group in groups]
    digits = [n // 45**place % 45 for n, size in numbers for place in range(size)]
    assert told == "FOYER:R1:" + "".join(ALPHABET[digit] for digit in digits)
    # And with it.
    assert told == write(SEED, TOP_UP)
    assert read((KEY,), told) == TOP_UP
    assert f"`{TOP_UP.proof}`" in page
    assert f"{CHARACTERS_MAX} characters at most" in page
    for number, kind in enumerate(receipt_proof.KINDS[1:], 1):
        assert f"{number} `{kind}`" in page
    for number, tender in enumerate(receipt_proof.TENDERS[1:], 1):
        assert f"{number} {tender.replace('qr', 'QR').replace('_', ' ')}" in page
