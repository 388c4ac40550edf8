"""Notes go in: each turn that a note can take, and each end of a top-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.core import flow
from kiosk.core.ids import NoteId
from kiosk.core.messages import (
    AcceptorChanged,
    DeviceDown,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    PrinterChanged,
    SlipFailed,
    SpaceChanged,
)
from kiosk.core.situation import Done, TopUp
from tests.core.guest import ACCEPTOR, LIMITS, PRINTER, rub
from tests.screens.guest.hands import Visitor, visitor


def top_up() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        guest.top_up()
        yield "notes-none-yet", guest
        note, _ = guest.escrow(500)
        yield "notes-checking", guest
        guest.tell(NoteStacked(ACCEPTOR, note, rub(500)), AcceptorChanged(ACCEPTOR, "ready"))
        guest.insert(200)
        yield "notes-taken", guest
        guest.tell(NoteRejected(ACCEPTOR, "verification"))
        yield "notes-N-01", guest
        guest.tell(*[NoteRejected(ACCEPTOR, "verification")] * 2)
        yield "notes-N-01-often", guest
        note, _ = guest.escrow(100)
        guest.tell_button("done")
        yield "notes-finishing", guest
        guest.tell(NoteReturned(ACCEPTOR, note))
        yield "notes-printing", guest
        guest.print_out()
        yield "notes-done", guest
        guest.press("leave")
        guest.escrow(50)
        yield "notes-N-02", guest


def limits() -> Iterator[tuple[str, Visitor]]:
    kept = (
        ("notes-limit-session", {"notes_per_session_max": 1}),
        ("notes-limit-amount", {"top_up_max_minor": 60_000}),
        ("notes-limit-balance", {"balance_max_minor": 60_000}),
    )
    for name, limit in kept:
        with visitor(limits=replace(LIMITS, **limit)) as guest:
            guest.top_up(500)
            guest.escrow(200)
            yield name, guest


def time_out() -> Iterator[tuple[str, Visitor]]:
    with visitor() as guest:
        guest.top_up(500)
        guest.wait(45)
        yield "notes-more-time", guest
        while isinstance(guest.scene, TopUp):
            guest.wait(5)
        yield "notes-T-01", guest


def jams() -> Iterator[tuple[str, Visitor]]:
    """N-03, N-04, N-05: with a note inside, with some taken, with none."""
    with visitor() as guest:
        guest.top_up()
        guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
        yield "notes-N-03-none", guest
        guest.tell(AcceptorChanged(ACCEPTOR, "disabled"))
        guest.top_up(500)
        guest.tell(AcceptorChanged(ACCEPTOR, "jammed_cassette"))
        yield "notes-N-03", guest
        guest.tell(AcceptorChanged(ACCEPTOR, "disabled"))
        guest.top_up(200)
        guest.escrow(500)
        guest.tell(DeviceDown(ACCEPTOR, "acceptor", "no answer"))
        yield "notes-stalled", guest
        guest.wait(10.1)
        yield "notes-N-04", guest
        guest.press("leave")
        guest.tap()
        yield "notes-undecided", guest
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        guest.press("print_check_slip")
        yield "notes-N-04-no-slip", guest
    with visitor() as guest:
        guest.top_up()
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        yield "notes-N-05", guest
        guest.press("continue")
        yield "notes-N-05-home", guest
    with visitor() as guest:
        guest.top_up()
        guest.tell(AcceptorChanged(ACCEPTOR, "busy"))
        yield "notes-not-ready", guest


def claims() -> Iterator[tuple[str, Visitor]]:
    """A note that nobody has on the books was stacked: who stands there gets a ticket."""
    for paper in (True, False):
        with visitor() as guest:
            guest.home()
            if not paper:
                guest.tell(PrinterChanged(PRINTER, paper="out"))
            guest.press("leave")
            stray = NoteId(f"{ACCEPTOR}/{guest.situation.house.start}/9")
            guest.tell(NoteStacked(ACCEPTOR, stray, rub(500)))
            yield f"notes-claim{'' if paper else '-no-slip'}", guest


def receipts() -> Iterator[tuple[str, Visitor]]:
    """The receipt does not come out: before, in the middle, or nobody knows."""
    ends = (("partial", "paper_out"), ("not_printed", "cover_open"), ("unknown", "cover_open"))
    with visitor() as guest:
        for outcome, reason in ends:
            guest.top_up(100)
            guest.press("done")
            done = guest.scene
            assert isinstance(done, Done)
            guest.tell(SlipFailed(PRINTER, done.job, outcome, reason))  # type: ignore[arg-type]
            yield f"notes-slip-{outcome}", guest
            guest.press("continue", "leave")
        guest.tap()
        yield "notes-receipt-missed", guest
        guest.press("receipt")
        guest.print_out()
        yield "notes-reprinted", guest
        guest.press("leave")
        guest.tell(PrinterChanged(PRINTER, paper="out"))
        guest.top_up(100)
        yield "notes-no-receipt", guest
        guest.press("done")
        yield "notes-P-02", guest
        guest.press("continue")
        yield "notes-without-receipt", guest


def out_of_service() -> Iterator[tuple[str, Visitor]]:
    """S-01: the books cannot be written any more, as the runtime tells it."""
    for name, faces, inside in (
        ("closed", (), False),
        ("closed-note", (), True),
        ("closed-taken", (500,), False),
        ("closed-both", (500,), True),
    ):
        with visitor() as guest:
            if faces or inside:
                guest.top_up(*faces)
            if inside:
                guest.escrow(100)
            guest.situation = flow.close(guest.situation)
            yield f"{name}-S-01", guest
    with visitor() as guest:
        guest.home()
        guest.tell(SpaceChanged(low=True))
        yield "closed-space-low", guest


WALKS = (top_up, limits, time_out, jams, claims, receipts, out_of_service)
