"""Documents: their common frame and their layout. Golden texts: `test_guest_documents`, and the
desk's in `test_cash_documents`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.documents import (
    RECEIPTS,
    Document,
    Gap,
    Head,
    Kind,
    Pair,
    Part,
    QrCode,
    Rule,
    Style,
    Words,
    columns_of,
    framed,
    layout,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.sentences import SENTENCES
from kiosk.core.slip_documents import LAYOUTS
from kiosk.core.texts import Texts

HEAD = Head(
    kind="top_up_receipt",
    number=184,
    kiosk="K1",
    venue="Orbit Club",
    at=datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC),
    shift=31,
    card_masked="•••• 4821",
    proof="K1-1-184-5C4G-K29A-XX7T-0M3Q",
    marks=("copy", "training", "simulated"),
)


def roubles(amount: int) -> Money:
    return Money.face(amount, CURRENCIES["RUB"])


def texts(language: str) -> Texts:
    return Texts.of(language, "Europe/Moscow")


def receipt(head: Head = HEAD) -> Document:
    return framed(head, texts("en"), [Pair("TOTAL", "1 200.00 ₽", "title")])


def one(*parts: Part) -> Document:
    return Document("top_up_receipt", 1, "en", parts)


def lines(document: Document, columns: int, **replace: str) -> list[str]:
    return [line.text for line in layout(document, columns, replace)]


def test_a_long_name_wraps_and_its_figure_stays_whole() -> None:
    name = "Billiards, the large table by the window"
    assert len(name) == 40
    assert lines(one(Pair(name, "12 345 678.00 ₽")), 32) == [
        "Billiards, the large table by",
        "the window       12 345 678.00 ₽",
    ]
    assert lines(one(Pair("Billiards, the large table", "12 345 678.00 ₽")), 32) == [
        "Billiards, the large table",
        "                 12 345 678.00 ₽",
    ]


def test_a_figure_that_only_just_fits_keeps_its_distance() -> None:
    assert lines(one(Pair("a" * 20, "0123456789")), 32) == ["a" * 20 + "  0123456789"]
    assert lines(one(Pair("a" * 21, "0123456789")), 32) == ["a" * 21, "0123456789".rjust(32)]


def test_a_title_too_wide_for_its_figure_becomes_smaller_instead_of_two_lines() -> None:
    [wide] = layout(one(Pair("TOTAL", "700.00 ₽", "title")), 48, {})
    assert (wide.style, len(wide.text)) == ("title", 24)
    [narrow] = layout(one(Pair("TOTAL", "1 200.00 ₽", "title")), 32, {})
    assert (narrow.style, len(narrow.text)) == ("strong", 32)


def test_replacing_comes_before_measuring() -> None:
    [line] = lines(one(Pair("Balance", "1 250.00 ₽")), 32, **{"₽": "руб."})
    assert line.endswith("1 250.00 руб.") and len(line) == 32


def test_a_sum_is_never_broken_at_its_own_spaces() -> None:
    money = texts("en").money(roubles(1_000_000))
    assert "\u202f" in money and "\u00a0" in money
    told = lines(one(Words(f"Your balance is {money}.")), 20)
    assert told == ["Your balance is", "1 000 000.00 ₽."]


def test_a_sum_of_many_digits_becomes_smaller_instead_of_two_lines() -> None:
    [line] = layout(one(Words("123 456 789.00 ₽".replace(" ", "\u00a0"), "title")), 24, {})
    assert (line.style, line.text) == ("strong", "123 456 789.00 ₽")
    [line] = layout(one(Words("500.00 ₽", "title", "centre")), 24, {})
    assert line.style == "title"


def test_a_venue_cannot_send_commands_to_the_printer() -> None:
    printed = "".join(lines(receipt(replace(HEAD, venue="Orbit\x1b@\nClub\x9b1\x7f")), 48))
    assert printed.isprintable()


def test_centred_text_leaves_no_word_alone() -> None:
    words = Words("What is left on the card is paid back at the desk.", align="centre")
    first, second = (line.strip() for line in lines(one(words), 48))
    assert abs(len(first) - len(second)) < 5


def test_every_document_says_where_when_and_what_it_is() -> None:
    assert lines(receipt(replace(HEAD, marks=())), 48) == [
        "       Orbit Club",
        "               Kiosk K1 · TOP-UP",
        "",
        "22.11.2026 18:47:03 MSK",
        "Receipt 000184                     Shift 31 · EN",
        "Card •••• 4821",
        "TOTAL         1 200.00 ₽",
        "               Proof K1-1-184-5C4G-K29A-XX7T-0M3Q",
    ]


def test_marks_stand_at_the_top_and_at_the_bottom() -> None:
    told = [line.strip() for line in lines(receipt(), 48)]
    marks = ["COPY", "TRAINING · not a real document", "SIMULATED · no real money"]
    assert told[:3] == told[-3:] == marks


def test_a_slip_without_a_card_and_without_a_shift() -> None:
    told = "\n".join(lines(receipt(replace(HEAD, card_masked="", shift=0)), 48))
    assert "Card" not in told and "Shift" not in told


def test_E42_E50_every_kind_has_its_layout_and_its_name() -> None:
    assert set(LAYOUTS) == set(get_args(Kind))
    assert all(f"doc.{kind}" in SENTENCES for kind in LAYOUTS)
    assert set(LAYOUTS) > RECEIPTS


def test_a_code_has_empty_lines_around_it() -> None:
    told = layout(one(Words("above"), QrCode("1", "below")), 32, {})
    assert [line.qr or line.text.strip() for line in told] == ["above", "", "1", "", "below"]


TEXT = st.text(max_size=120)
STYLES = st.sampled_from(("normal", "strong", "title", "small"))
PARTS = st.one_of(
    st.builds(Words, TEXT, STYLES, st.sampled_from(("left", "centre", "right"))),
    st.builds(Pair, TEXT, TEXT, STYLES),
    st.builds(QrCode, st.just("1"), TEXT),
    st.just(Rule()),
    st.builds(Gap, st.integers(0, 3)),
)


@given(st.lists(PARTS, max_size=5), st.integers(20, 64))
def test_no_line_is_wider_than_the_paper(parts: list[Part], columns: int) -> None:
    for line in layout(one(*parts), columns, {"₽": "руб.", "─": "-"}):
        assert len(line.text) <= columns_of(line.style, columns)
        assert line.text == "" or line.text.isprintable() or not line.text.isascii()


@given(TEXT, st.text("0123456789 .₽", min_size=1, max_size=16), STYLES, st.integers(32, 64))
def test_a_figure_stands_whole_in_one_line(
    label: str, figure: str, style: Style, columns: int
) -> None:
    figure = figure.strip().replace(" ", "\u00a0") or "0"
    told = lines(one(Pair(label, figure, style)), columns)
    assert told[-1].endswith(figure.replace("\u00a0", " "))
