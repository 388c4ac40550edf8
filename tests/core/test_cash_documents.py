"""The desk's paper: its words on both papers, in all languages; golden texts in `golden`.

They are written anew by running this file; look at the difference before keeping it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.books import Books
from kiosk.core.cash_documents import DESK_PAPER
from kiosk.core.documents import Kind, Style, columns_of, layout
from tests.core import desk_papers
from tests.core.desk import desk

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("en", "ru", "de")
COLUMNS = {80: 48, 58: 32}
KINDS: list[Kind] = sorted(DESK_PAPER)
SIGNS: dict[Style, str] = {"normal": "  ", "strong": "* ", "title": "# ", "small": ". "}


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    with desk() as till:
        yield till.venue.books(till.now)


def golden(kind: Kind, language: str, paper_mm: int, books: Books) -> tuple[Path, str]:
    # On 58 mm with the replacements of the poorest printer, on 80 mm with none.
    replace = {"₽": "руб.", "•": "*", "×": "x", "·": "-", "\u2212": "-"} if paper_mm == 58 else {}
    told = layout(desk_papers.document(kind, language, books), COLUMNS[paper_mm], replace)
    text = (f"[QR {x.qr}]" if x.qr else f"{SIGNS[x.style]}{x.text}".rstrip() for x in told)
    path = GOLDEN / f"{kind}-{language}-{paper_mm}.txt"
    return path, "".join(f"{line}\n" for line in text)


@pytest.mark.parametrize("paper_mm", COLUMNS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_C28_C29_S02_the_desks_paper_reads_as_it_should(
    kind: Kind, language: str, paper_mm: int, books: Books
) -> None:
    path, text = golden(kind, language, paper_mm, books)
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_label_and_its_figure_share_a_line_on_the_narrow_paper(
    kind: Kind, language: str, books: Books
) -> None:
    """A figure alone on its line is hard to read; long words at the right may be broken."""
    told = layout(desk_papers.document(kind, language, books), 32, {})
    alone = [x.text for x in told if x.text.startswith(" " * 12) and x.text.strip()[-1:].isdigit()]
    assert alone == []
    assert all(len(x.text) <= columns_of(x.style, 32) for x in told)


def main() -> None:
    """Write the golden texts anew."""
    with desk() as till:
        books = till.venue.books(till.now)
        for kind in KINDS:
            for language in LANGUAGES:
                for paper_mm in COLUMNS:
                    path, text = golden(kind, language, paper_mm, books)
                    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
