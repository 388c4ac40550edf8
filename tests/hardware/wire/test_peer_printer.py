"""The simulated receipt printer: what it draws, what it answers, and what it does when blocked."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image, ImageFont

from kiosk.hardware.peers.printer import CODE_PAGES, ReceiptPrinter

CUT = b"\x1dV\x00"
BARRIER = b"\x1dr\x01"
ASB_ON = b"\x1da\xff"
CYRILLIC = b"\x1bt\x11"


@pytest.fixture
def printer() -> ReceiptPrinter:
    return ReceiptPrinter()


def say(printer: ReceiptPrinter, data: bytes) -> bytes:
    return printer.feed(data, 0.0)


def statuses(printer: ReceiptPrinter) -> bytes:
    return b"".join(say(printer, bytes((0x10, 0x04, n))) for n in (1, 2, 3, 4))


def qr(text: bytes, size: int = 6) -> bytes:
    def block(body: bytes) -> bytes:
        return b"\x1d(k" + len(body).to_bytes(2, "little") + body

    store = block(b"1P0" + text)
    print_ = block(b"1Q0")
    return block(b"1A2\0") + block(b"1C" + bytes((size,))) + block(b"1E1") + store + print_


def ink(image: Image.Image) -> int:
    return sum(image.convert("L").point(lambda level: 255 if level < 128 else 0).histogram()[255:])


def test_text_in_several_code_pages(printer: ReceiptPrinter) -> None:
    say(printer, CYRILLIC + "Итого".encode("cp866") + b"\n\x1bt\x12" + "Łódź".encode("cp852"))
    say(printer, b"\n\x1bt\x13" + "5 €".encode("cp858") + b"\n" + CUT)
    assert printer.receipts[0].text == "Итого\nŁódź\n5 €"
    assert printer.unknown == []


@pytest.mark.parametrize("bold", ["", "-Bold"])
def test_every_character_of_every_page_is_in_the_fonts(bold: str) -> None:
    file = resources.files("kiosk.hardware.peers") / "assets" / f"DejaVuSansMono{bold}-subset.ttf"
    font = ImageFont.truetype(BytesIO(file.read_bytes()), 20)
    missing = bytes(font.getmask("\ue000"))
    for page in CODE_PAGES.values():
        for char in bytes(range(0x21, 0x100)).decode(page, "replace"):
            if char.isprintable():
                assert bytes(font.getmask(char)) != missing, f"{page}: {char!r}"


@pytest.mark.parametrize(("paper_mm", "columns", "width"), [(80, 48, 640), (58, 32, 464)])
def test_lines_wrap_at_the_columns_of_the_paper(paper_mm: int, columns: int, width: int) -> None:
    printer = ReceiptPrinter(paper_mm=paper_mm)
    say(printer, b"x" * columns + b"\n" + b"y" * (columns + 1) + b"\n" + CUT)
    assert printer.receipts[0].text.split("\n") == ["x" * columns, "y" * columns, "y"]
    assert printer.receipts[0].image.width == width


def test_paper_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="57"):
        ReceiptPrinter(paper_mm=57)


def test_alignment_sizes_and_styles(printer: ReceiptPrinter) -> None:
    say(printer, b"\x1ba\x01" + b"AB\n" + b"\x1ba\x02" + b"AB\n\x1ba\x00\x1d!\x11AB\n" + CUT)
    assert printer.receipts[0].text.split("\n") == [" " * 23 + "AB", " " * 46 + "AB", "AB"]
    plain, bold, big, inverse = (
        ink(slip(style + b"H\n").image) for style in (b"", b"\x1bE\x01", b"\x1d!\x11", b"\x1dB\x01")
    )
    assert plain < bold < big
    assert plain < inverse


def slip(data: bytes) -> object:
    printer = ReceiptPrinter()
    say(printer, data + CUT)
    return printer.receipts[0]


def test_qr_is_read_from_the_picture_by_somebody_else(printer: ReceiptPrinter) -> None:
    say(printer, b"\x1ba\x01top\n\n" + qr(b"https://example.org/r/42") + b"\n\nbottom\n" + CUT)
    found = zxingcpp.read_barcodes(printer.receipts[0].image)
    assert [code.text for code in found] == ["https://example.org/r/42"]


def test_raster_and_stored_graphics_give_the_same_picture() -> None:
    dots = bytes((0xF0, 0x0F)) * 8
    raster = slip(b"\x1dv0\x00\x02\x00\x08\x00" + dots)
    stored = b"\x300p0\x01\x011\x10\x00\x08\x00"[1:] + dots
    graphics = slip(
        b"\x1d(L" + len(stored).to_bytes(2, "little") + stored + b"\x1d(L\x02\x00\x30\x32"
    )
    assert raster.image.tobytes() == graphics.image.tobytes()
    assert ink(raster.image) == 64


def test_nothing_printed_gives_no_slip(printer: ReceiptPrinter) -> None:
    say(printer, b"\x1b@\n\n" + CUT)
    assert printer.receipts == []


@pytest.mark.parametrize("split", [1, 2, 3, 7])
def test_bytes_in_pieces_print_the_same(split: int) -> None:
    job = CYRILLIC + "Чек".encode("cp866") + b"\n" + qr(b"12345678") + b"\n" + CUT + BARRIER
    whole, pieces = ReceiptPrinter(), ReceiptPrinter()
    answer = say(whole, job)
    parts = b"".join(say(pieces, job[at : at + split]) for at in range(0, len(job), split))
    assert answer == parts == b"\x00"
    assert whole.receipts[0].image.tobytes() == pieces.receipts[0].image.tobytes()


FAULTS: list[tuple[str, Callable[[ReceiptPrinter], None], str, str]] = [
    ("paper out", lambda p: p.paper("out"), "1a32127e", "18000f00"),
    ("cover open", lambda p: p.cover(True), "1a161212", "38000000"),
    ("offline", lambda p: p.offline(True), "1a121212", "18000000"),
    ("broken", lambda p: p.break_down(), "1a523212", "18200000"),
]


@pytest.mark.parametrize(
    ("fault", "dle_eot", "asb"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_a_blocked_printer_tells_keeps_and_prints_later(
    printer: ReceiptPrinter, fault: Callable[[ReceiptPrinter], None], dle_eot: str, asb: str
) -> None:
    assert statuses(printer).hex() == "12121212"
    assert say(printer, ASB_ON).hex() == "10000000"
    fault(printer)
    assert printer.tick(1.0).hex() == asb
    assert printer.tick(2.0) == b""
    assert statuses(printer).hex() == dle_eot
    assert say(printer, b"late\n" + CUT + BARRIER) == b""
    assert printer.receipts == []
    printer.paper("ok")
    printer.cover(False)
    printer.mend()
    assert printer.tick(3.0).hex() == "0010000000"
    assert [receipt.text for receipt in printer.receipts] == ["late"]


def test_low_paper_is_told_and_prints(printer: ReceiptPrinter) -> None:
    say(printer, ASB_ON)
    printer.paper("low")
    assert printer.tick(1.0).hex() == "10000300"
    assert statuses(printer).hex() == "1212121e"
    assert say(printer, b"x\n" + CUT + BARRIER) == b"\x03"
    assert len(printer.receipts) == 1


def test_paper_that_ends_in_the_middle_of_a_slip(printer: ReceiptPrinter) -> None:
    say(printer, ASB_ON)
    printer.paper_out_after(2)
    assert say(printer, b"one\ntwo\nthree\n" + CUT + BARRIER).hex() == "18000f00"
    printer.paper("ok")
    assert printer.tick(1.0).hex() == "0010000000"
    assert [(slip.text, slip.cut) for slip in printer.receipts] == [
        ("one\ntwo", False),
        ("three", True),
    ]


def test_a_cutter_that_sticks(printer: ReceiptPrinter) -> None:
    say(printer, ASB_ON)
    printer.jam_cutter()
    assert printer.tick(1.0) == b""
    assert say(printer, b"one\n" + CUT + BARRIER).hex() == "18080000"
    assert statuses(printer).hex() == "1a521a12"
    say(printer, b"\x10\x05\x01")
    assert printer.receipts == []
    printer.mend()
    assert printer.tick(2.0).hex() == "0010000000"
    assert [slip.text for slip in printer.receipts] == ["one"]


def test_initialising_switches_the_automatic_status_off(printer: ReceiptPrinter) -> None:
    say(printer, ASB_ON + b"\x1b@")
    printer.cover(True)
    assert printer.tick(1.0) == b""


def test_barrier_is_in_order_and_status_is_not(printer: ReceiptPrinter) -> None:
    printer.cover(True)
    assert say(printer, BARRIER + b"\x10\x04\x01") == b"\x1a"
    printer.cover(False)
    assert printer.tick(1.0) == b"\x00"


def test_status_request_in_pieces_is_answered_once(printer: ReceiptPrinter) -> None:
    assert [say(printer, bytes((byte,))) for byte in b"\x10\x04\x04x"] == [b"", b"", b"\x12", b""]


def test_epson_answer_to_a_job_number(printer: ReceiptPrinter) -> None:
    assert say(printer, b"\x1d(H\x06\x00\x30\x30ABCD") == b"\x37\x22ABCD\x00"


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (b"\x1bt\xfe", b"\x1bt\xfe"),
        (b"\x1d(Z\x03\x00abc", b"\x1d(Z\x03\x00abc"),
        (b"\x1dk\x04ABC\x00", b"\x1dk\x04ABC\x00"),
        (b"\x1dk\x49\x03ABC", b"\x1dk\x49\x03ABC"),
        (b"\x07", b"\x07"),
        (b"\x1bV\x01", b"\x1bV\x01"),
    ],
)
def test_unknown_commands_are_kept_and_do_not_print(
    printer: ReceiptPrinter, command: bytes, kept: bytes
) -> None:
    say(printer, b"a" + command + b"b\n" + CUT)
    assert printer.unknown == [kept]
    assert printer.receipts[0].text == "ab"


def test_a_power_cut_loses_what_was_not_printed(printer: ReceiptPrinter) -> None:
    say(printer, b"one\n")
    printer.cover(True)
    say(printer, b"two\n")
    printer.power_cut()
    printer.cover(False)
    assert say(printer, b"three\n") == b""
    printer.power_up()
    say(printer, b"four\n" + CUT)
    assert printer.receipts[0].text == "one\nfour"


def test_a_died_raster_is_ended_by_zeros_and_a_start(printer: ReceiptPrinter) -> None:
    say(printer, b"\x1dv0\x00\x48\x00\x40\x00" + b"\xff" * 100)
    say(printer, bytes(8192) + b"\x1b@" + b"next\n" + CUT)
    assert printer.receipts[0].text == "next"
    assert printer.unknown == []
