"""A receipt's code on paper of 203 dpi: our bytes, the printer's dots, somebody else's reader."""

from __future__ import annotations

import pytest
import segno
import zxingcpp
from PIL import Image, ImageEnhance, ImageFilter

from kiosk.core.documents import Document, Pair, QrCode, Words
from kiosk.core.receipt_proof import Receipt, read, write
from kiosk.hardware.escpos_bytes import JobWriter
from kiosk.hardware.peers.printer import ReceiptPrinter
from kiosk.hardware.printer_profiles import PROFILES
from tests.core.test_receipt_proof import FINAL, KEY, SEED, TOP_UP

PAPERS = [("epson", 80), ("epson", 58), ("tm-t88", 80), ("tm-t88", 58), ("generic", 58)]
HEAD_DOTS = {80: 576, 58: 384}
NARROWEST_DOTS = 360


def printed(profile: str, paper_mm: int, told: str) -> Image.Image:
    """The slip on a table: what the printer made of our bytes, with the paper's edges."""
    parts = (Pair("TOTAL", "700.00", "title"), QrCode(told), Words("Proof", "small", "centre"))
    known = PROFILES[profile]
    job = JobWriter(known, known.columns[paper_mm]).job(Document("top_up_receipt", 1, "en", parts))
    peer = ReceiptPrinter(paper_mm=paper_mm)
    peer.feed(job, 0.0)
    (slip,) = peer.receipts
    paper = slip.image.convert("L")
    table = Image.new("L", (paper.width + 120, paper.height + 120), 90)
    table.paste(paper, (60, 60))
    return table


def codes(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("receipt", [TOP_UP, FINAL], ids=["short", "longest"])
@pytest.mark.parametrize(("profile", "paper_mm"), PAPERS)
def test_a_scanner_reads_the_receipt_off_the_paper(
    profile: str, paper_mm: int, receipt: Receipt
) -> None:
    told = write(SEED, receipt)
    slip = printed(profile, paper_mm, told)
    assert codes(slip) == [told]
    assert read((KEY,), codes(slip)[0]).total == receipt.total
    # Out of focus by more than a dot, pale, and held at a slant.
    photo = slip.filter(ImageFilter.GaussianBlur(1.2)).rotate(7, fillcolor=90, expand=True)
    assert codes(ImageEnhance.Contrast(photo).enhance(0.5)) == [told]


@pytest.mark.parametrize("characters", [22, 103, 160, 222, 331, 400, 450, 528])
def test_a_printer_that_packs_a_code_badly_prints_it_all_the_same(characters: int) -> None:
    """As bytes it has more modules; of a code that is wider than its head a printer makes none."""
    told = "A" * characters
    data = JobWriter(PROFILES["epson"], 32).job(
        Document("top_up_receipt", 1, "en", (QrCode(told),))
    )
    size = data[data.index(b"\x1d(k\x03\x001C") + 7]
    worst = segno.make(told, error="m", mode="byte", boost_error=False, micro=False)
    best = segno.make(told, error="m", boost_error=False, micro=False)
    assert len(worst.matrix) * size <= NARROWEST_DOTS
    assert size >= 4, "half a millimetre"
    # With the paper's own edge of 5 mm there is a quiet zone of four modules at each side.
    assert (len(best.matrix) + 8) * size <= min(HEAD_DOTS.values()) + 2 * 40
