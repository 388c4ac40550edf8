"""The paper of guests and visits: its words on both papers, in all languages; texts in `golden`.

They are written anew by running this file; look at the difference before keeping it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kiosk.core.books import Books
from kiosk.core.cash import RecordStart
from kiosk.core.documents import Style, columns_of, layout
from tests.core import guest_papers
from tests.core.guest import NOW, make_venue, shelf

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("en", "ru", "de")
COLUMNS = {80: 48, 58: 32}
SIGNS: dict[Style, str] = {"normal": "  ", "strong": "* ", "title": "# ", "small": ". "}
SECRET = re.compile(r"(?<=RECOVERY:).+|(?<=Z:).+|(?<=FOYER:R1:).+")
"""The part of a code that only this kiosk's key makes; what is typed instead is made of it."""


def with_books() -> Iterator[Books]:
    with shelf() as folder:
        venue = make_venue(folder, random=Random(184).randbytes)
        venue.do(RecordStart(1), actor="kiosk", key="start:1", now=NOW)
        yield venue.books(NOW)
        venue.close()


books = pytest.fixture(scope="module")(with_books)


def golden(case: str, language: str, paper_mm: int, books: Books) -> tuple[Path, str]:
    # On 58 mm with the replacements of the poorest printer, on 80 mm with none.
    replace = {"₽": "руб.", "•": "*", "×": "x", "·": "-", "\u2212": "-"} if paper_mm == 58 else {}
    told = layout(guest_papers.document(case, language, books), COLUMNS[paper_mm], replace)
    text = (
        f"[QR {SECRET.sub('…', x.qr)}]" if x.qr else f"{SIGNS[x.style]}{x.text}".rstrip()
        for x in told
    )
    path = GOLDEN / f"{case}-{language}-{paper_mm}.txt"
    return path, "".join(f"{line}\n" for line in text)


@pytest.mark.parametrize("paper_mm", COLUMNS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", guest_papers.CASES)
def test_U2_N04_E42_E43_E50_C34_M28_documents_read_as_they_should(
    case: str, language: str, paper_mm: int, books: Books
) -> None:
    path, text = golden(case, language, paper_mm, books)
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("paper_mm", COLUMNS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", guest_papers.CASES)
def test_no_figure_is_broken_and_no_line_is_too_wide(
    case: str, language: str, paper_mm: int, books: Books
) -> None:
    columns = COLUMNS[paper_mm]
    told = layout(guest_papers.document(case, language, books), columns, {})
    assert all(len(x.text) <= columns_of(x.style, columns) for x in told)
    whole = "\n".join(x.text for x in told)
    # Twelve digits stand together, with the spaces between their thousands.
    if str(guest_papers.LARGE) in str(guest_papers.CASES[case][1]):
        assert re.search(r"1[ .]234[ .]567[ .]890[.,]12", whole.replace("\u202f", " "))


EARLIER = {
    "top_up_receipt": ("bonus",),
    "claim_ticket": ("why",),
    "visit_creation": ("spend",),
    "prepayment_receipt": ("fiscal",),
    "prepayment_document": ("minimum",),
}
"""The facts that slips of the earlier program, which had these types, do not have."""


@pytest.mark.parametrize("case", EARLIER)
def test_slips_of_an_earlier_program_are_printed_still(
    case: str, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, facts = guest_papers.CASES[case]
    kept = {name: value for name, value in facts.items() if name not in EARLIER[case]}
    assert len(kept) == len(facts) - 1
    monkeypatch.setitem(guest_papers.CASES, case, (kind, kept))
    told = layout(guest_papers.document(case, "en", books), 48, {})
    assert len(told) > 10
    if kind == "visit_creation":
        assert "You may spend up to                   1 500.00 ₽" in [x.text for x in told]


def main() -> None:
    """Write the golden texts anew."""
    for books in with_books():
        for case in guest_papers.CASES:
            for language in LANGUAGES:
                for paper_mm in COLUMNS:
                    path, text = golden(case, language, paper_mm, books)
                    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
