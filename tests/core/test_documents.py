"""Documents: their words (golden texts for paper of 80 and 58 mm), and their layout.

The golden texts are written anew by running this file; look at the difference before keeping it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.documents import (
    Document,
    Gap,
    Pair,
    Part,
    QrCode,
    RegistrationFacts,
    Rule,
    Style,
    TicketFacts,
    TopUpFacts,
    Words,
    check_slip,
    claim_ticket,
    columns_of,
    layout,
    receipt_reference,
    registration_slip,
    top_up_receipt,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.texts import Texts

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("en", "ru")
COLUMNS = {80: 48, 58: 32}
KINDS = ("top_up_receipt", "registration_slip", "check_slip", "claim_ticket")
SIGNS: dict[Style, str] = {"normal": "  ", "strong": "* ", "title": "# ", "small": ". "}
TOKEN = "FOYER:K1:RECOVERY:7QX2-M4KD-9WZB"


def roubles(amount: int) -> Money:
    return Money.face(amount, CURRENCIES["RUB"])


def head(**changes: object) -> dict[str, object]:
    return {
        "number": 184,
        "kiosk": "K1",
        "venue": "Orbit Club",
        "at": datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC),
        "card_masked": "•••• 4821",
        "proof": "K1-1-184-5C4G-K29A-XX7T-0M3Q",
        "marks": ("copy", "simulated"),
        **changes,
    }


def top_up(language: str = "en", **changes: object) -> Document:
    facts = head(
        notes=((roubles(500), 2), (roubles(200), 1)),
        total=roubles(1200),
        before=roubles(1250),
        after=roubles(2450),
        **changes,
    )
    return top_up_receipt(TopUpFacts(**facts), texts(language))  # type: ignore[arg-type]


def document(kind: str, language: str) -> Document:
    if kind == "top_up_receipt":
        return top_up(language)
    if kind == "registration_slip":
        facts = head(balance=roubles(0), terms="3", recovery=TOKEN)
        return registration_slip(RegistrationFacts(**facts), texts(language))  # type: ignore[arg-type]
    claim = kind == "claim_ticket"
    word, make = ("CLAIM", claim_ticket) if claim else ("CHECK", check_slip)
    ticket = f"FOYER:{word}:K1:000184:50000:RUB:20261122T154703Z:{'SIGNATURE' * 12}"[:151]
    facts = head(amount=roubles(500), ticket=ticket, code="000184-W4XB-QN7C")
    facts |= {"card_masked": ""} if claim else {}
    return make(TicketFacts(**facts), texts(language))  # type: ignore[arg-type]


def texts(language: str) -> Texts:
    return Texts.of(language, "Europe/Moscow")


def drawn(document: Document, columns: int, replace: dict[str, str]) -> str:
    lines = (
        f"[QR {line.qr}]" if line.qr else f"{SIGNS[line.style]}{line.text}".rstrip()
        for line in layout(document, columns, replace)
    )
    return "".join(f"{line}\n" for line in lines)


def golden(kind: str, language: str, paper_mm: int) -> tuple[Path, str]:
    # On 58 mm with the replacements of the poorest printer, on 80 mm with none.
    replace = {"₽": "руб.", "•": "*", "×": "x", "·": "-"} if paper_mm == 58 else {}
    path = GOLDEN / f"{kind}-{language}-{paper_mm}.txt"
    return path, drawn(document(kind, language), COLUMNS[paper_mm], replace)


@pytest.mark.parametrize("paper_mm", COLUMNS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_U2_N04_documents_read_as_they_should(kind: str, language: str, paper_mm: int) -> None:
    path, text = golden(kind, language, paper_mm)
    assert text == path.read_text(encoding="utf-8")


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


def test_a_venue_cannot_send_commands_to_the_printer() -> None:
    printed = "".join(lines(top_up(venue="Orbit\x1b@\nClub\x9b1\x7f"), 48))
    assert printed.isprintable()


def test_centred_text_leaves_no_word_alone() -> None:
    words = Words("What is left on the card is paid back at the desk.", align="centre")
    first, second = (line.strip() for line in lines(one(words), 48))
    assert abs(len(first) - len(second)) < 5


def test_marks_stand_at_the_top_and_at_the_bottom() -> None:
    told = [line.strip() for line in lines(top_up(marks=("copy", "simulated")), 48)]
    assert told[:2] == told[-2:] == ["COPY", "SIMULATED · no real money"]


def test_a_slip_without_a_card() -> None:
    assert "Card" not in "\n".join(lines(top_up(card_masked=""), 48))


def test_the_code_says_type_and_number() -> None:
    codes = [line.qr for line in layout(top_up(), 48, {}) if line.qr]
    assert codes == [receipt_reference("K1", 184)] == ["FOYER:K1:TOP_UP:000184"]


def test_a_code_has_empty_lines_around_it() -> None:
    told = layout(one(Words("above"), QrCode("1", "below")), 32, {})
    assert [line.qr or line.text.strip() for line in told] == ["above", "", "1", "", "below"]


def test_the_recovery_secret_stands_in_no_log() -> None:
    facts = RegistrationFacts(**head(balance=roubles(0), terms="3", recovery=TOKEN))  # type: ignore[arg-type]
    assert TOKEN not in repr(facts)


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


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for kind in KINDS:
        for language in LANGUAGES:
            for paper_mm in COLUMNS:
                path, text = golden(kind, language, paper_mm)
                path.write_text(text, encoding="utf-8")
