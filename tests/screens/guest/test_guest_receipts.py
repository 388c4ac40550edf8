"""Receipts without paper: a code on the screen, as good as the printed one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import ImageFilter

from kiosk.core.documents import receipt_code
from kiosk.core.guest import receipts
from kiosk.core.guest.receipts import ReceiptCode, Receipts
from kiosk.core.journey import Step
from kiosk.core.messages import PrinterChanged, PrintSlip, SlipFailed, SlipPrinted
from kiosk.core.receipt_proof import read, write
from kiosk.core.receipts import LAST_MAX
from kiosk.core.situation import CardHome, Done, Problem, Welcome
from kiosk.core.tickets import public_keys
from kiosk.screens.guest.code import MODULE_PX, modules
from kiosk.screens.layout import Measure, Qr
from kiosk.screens.scene import compose
from kiosk.screens.theme import Look, VenueLook
from kiosk.screens.view import CodeView, DoneView, OptionsView, ProblemView
from tests.core.guest import PRINTER
from tests.core.test_receipt_proof import FINAL, SEED
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.robot import Robot

SIZES = [(800, 480), (1024, 600), (1280, 800), (1920, 1080), (1080, 1920)]
LONGEST = write(SEED, FINAL)
"""A receipt with as many lines as there is room for."""


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def total(guest: Visitor, code: str) -> int:
    """What a code says was paid; it must be signed by this kiosk."""
    return read(public_keys(guest.venue.books(guest.now)), code).total


def printed_code(guest: Visitor) -> str:
    """The code of the last receipt that went to the printer."""
    slips = [e.document for e in guest.effects if isinstance(e, PrintSlip)]
    return [receipt_code(slip) for slip in slips][-1]


def fail(guest: Visitor, outcome: Any, reason: str) -> ProblemView:
    scene: Any = guest.scene
    guest.tell(SlipFailed(PRINTER, scene.job, outcome, reason))
    assert isinstance(guest.view, ProblemView)
    return guest.view


def test_the_receipt_of_what_was_just_done(guest: Visitor) -> None:
    guest.top_up(500, 200)
    guest.press("done", "receipt_code")
    view = guest.view
    assert isinstance(view, CodeView)
    assert view.code == printed_code(guest) and total(guest, view.code) == 70000
    guest.press("back")
    assert isinstance(guest.scene, Done)
    guest.printed()
    guest.press("receipt_code", "leave")
    assert isinstance(guest.scene, Welcome)


def test_a_slip_that_is_printed_behind_the_code_is_not_printing_for_ever(guest: Visitor) -> None:
    guest.top_up(100)
    guest.press("done")
    done: Any = guest.scene
    guest.press("receipt_code")
    guest.tell(SlipPrinted(PRINTER, done.job))
    guest.press("back")
    assert isinstance(guest.scene, Done) and guest.scene.printing == "printed"


def test_P02_the_code_is_the_answer_to_an_empty_printer(guest: Visitor) -> None:
    guest.top_up(500)
    guest.tell(PrinterChanged(PRINTER, paper="out"))
    guest.press("done")
    view = guest.view
    assert isinstance(view, ProblemView)
    assert (view.code, view.headline) == ("P-02", "Your money is safe.")
    assert view.body[0] == "No paper. Your payment is booked. Scan this code for your receipt."
    assert view.footer == "No phone? Ask at the desk: number 000001"
    assert total(guest, view.receipt) == 50000
    guest.press("continue")
    assert isinstance(guest.view, DoneView)
    guest.press("receipt_code")
    assert isinstance(guest.view, CodeView) and guest.view.code == view.receipt


@pytest.mark.parametrize(
    ("outcome", "reason", "code", "says"),
    [
        ("not_printed", "paper_out", "P-02", "Scan this code for your receipt."),
        (
            "partial",
            "paper_out",
            "P-03",
            "Your printed slip may be cut short; this code is complete.",
        ),
        ("not_printed", "cover_open", "P-04", "You can continue without a paper receipt."),
        ("partial", "error", "P-04", "Your printed slip may be cut short; this code is complete."),
        ("unknown", "lost", "P-04", "Your printed slip may be cut short; this code is complete."),
    ],
)
def test_every_receipt_that_did_not_come_out_is_there_as_a_code(
    guest: Visitor, outcome: str, reason: str, code: str, says: str
) -> None:
    guest.top_up(100)
    guest.press("done")
    view = fail(guest, outcome, reason)
    assert view.code == code and says in view.body[0]
    assert "code" in " ".join(view.body) and "000001" in view.footer
    assert view.receipt == printed_code(guest)


def test_the_registration_slip_is_never_a_code_on_the_screen(guest: Visitor) -> None:
    guest.register()
    assert isinstance(guest.view, DoneView) and "receipt_code" not in guest.shown()
    slip = next(e.document for e in guest.effects if isinstance(e, PrintSlip))
    assert receipt_code(slip) == ""
    view = fail(guest, "not_printed", "paper_out")
    assert view.receipt == ""
    guest.says("Your slip is kept as number 000001: ask at the desk.")
    assert "FOYER" not in guest.words()


def test_the_code_stays_long_enough_to_find_a_phone(guest: Visitor) -> None:
    guest.top_up(100)
    guest.press("done", "receipt_code")
    guest.wait(59)
    assert isinstance(guest.scene, ReceiptCode)
    guest.wait(30)
    assert isinstance(guest.scene, Welcome)


def last_receipts(guest: Visitor) -> OptionsView:
    """The card's last receipts, as its home leads to them."""
    scene: Any = guest.scene
    at = Step(guest.situation, guest.venue, guest.now)
    guest.situation, _ = receipts.begin(at, scene.card.id)
    assert isinstance(guest.view, OptionsView)
    return guest.view


def test_the_last_five_receipts_of_a_card(guest: Visitor) -> None:
    card = guest.home()
    assert not last_receipts(guest).options
    guest.says("No receipts yet")
    guest.press("back")
    for face in (50, 100, 200, 500, 1000, 50):
        guest.top_up(face)
        guest.press("done")
        guest.printed()
        guest.press("leave")
    guest.home()
    view = last_receipts(guest)
    figures = [o.figure.amount for o in view.options if o.figure]
    assert figures == ["50.00", "1\u202f000.00", "500.00", "200.00", "100.00"]
    assert len(view.options) == LAST_MAX
    guest.press(view.options[2].button.id)
    code: Any = guest.view
    assert total(guest, code.code) == 50000
    guest.press("back")
    assert isinstance(guest.scene, Receipts)
    guest.press("back")
    assert isinstance(guest.scene, CardHome) and guest.scene.card == card


def test_another_cards_receipt_is_not_shown(guest: Visitor) -> None:
    guest.top_up(100)
    guest.press("done")
    done: Any = guest.scene
    guest.printed()
    guest.press("leave")
    guest.home("0411223344AA55")
    last_receipts(guest)
    guest.tell_button(f"receipt:{done.job}")
    assert isinstance(guest.scene, Receipts)


def test_the_code_stands_in_no_log_of_the_situation(guest: Visitor) -> None:
    guest.top_up(500)
    guest.tell(PrinterChanged(PRINTER, paper="out"))
    guest.press("done")
    assert isinstance(guest.scene, Problem) and "FOYER:R1" not in repr(guest.scene)


# --- the picture of the code ---------------------------------------------------------------------


def shown_code(guest: Visitor) -> CodeView:
    guest.top_up(500, 200)
    guest.press("done", "receipt_code")
    assert isinstance(guest.view, CodeView)
    return guest.view


def no_paper(guest: Visitor) -> ProblemView:
    guest.top_up(500)
    guest.tell(PrinterChanged(PRINTER, paper="out"))
    guest.press("done")
    assert isinstance(guest.view, ProblemView)
    return guest.view


@pytest.mark.parametrize("palette", ["night", "day"])
@pytest.mark.parametrize("contrast", [False, True], ids=["normal", "contrast"])
def test_somebody_elses_reader_reads_it_off_the_screen(
    robot: Robot, guest: Visitor, tmp_path: Path, palette: Any, contrast: bool
) -> None:
    view = shown_code(guest)
    frame = replace(view.frame, palette=palette, contrast=contrast)
    robot.show(replace(view, frame=frame, code=LONGEST))
    picture = robot.pixels(tmp_path).image
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [LONGEST]
    # As a telephone held at a slant sees it, out of focus.
    photo = picture.filter(ImageFilter.GaussianBlur(1.2)).rotate(6, expand=True)
    assert [code.text for code in zxingcpp.read_barcodes(photo)] == [LONGEST]


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_P02_the_code_on_the_problems_screen_can_be_read(
    robot: Robot, guest: Visitor, tmp_path: Path, large: bool
) -> None:
    view = no_paper(guest)
    robot.show(replace(view, frame=replace(view.frame, large=large)))
    picture = robot.pixels(tmp_path).image
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [view.receipt]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_a_module_of_the_longest_receipt_is_four_pixels_on_every_panel(
    measure: Measure, guest: Visitor, size: tuple[int, int], large: bool
) -> None:
    for view in (replace(shown_code(guest), code=LONGEST), no_paper(guest)):
        shown = replace(view, receipt=LONGEST) if isinstance(view, ProblemView) else view
        look = Look.of(size, VenueLook("Orbit Club"), large=large)
        scene = compose(shown, look, guest.now.mono_s, measure)
        assert scene.over == 0
        (code,) = (item for item in scene.items if isinstance(item, Qr))
        assert code.data == LONGEST
        assert code.size % modules(LONGEST) == 0, "modules of whole pixels"
        assert code.size / modules(LONGEST) >= MODULE_PX
