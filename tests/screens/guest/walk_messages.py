"""Messages of the error catalogue that no journey's own walk comes by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    DeviceDown,
    DeviceUp,
    NoteReturned,
    PrinterChanged,
    SlipFailed,
)
from tests.core.centre import CENTRE
from tests.core.guest import ACCEPTOR, DEMO, OTHER_UID, PIN, PRINTER
from tests.screens.guest.hands import Visitor, visitor
from tests.screens.guest.paying_hands import LADDER
from tests.screens.guest.visiting import centre, say_yes, swipe
from tests.screens.guest.walk_lost import holder
from tests.screens.guest.walk_pin import more, typed

FISCAL, TERMINAL = DeviceId("fiscal"), DeviceId("terminal")


def _set(name: str, value: int) -> str:
    """The demonstration venue with another number in one of its settings."""
    line = next(line for line in DEMO.splitlines() if line.startswith(f"{name} = "))
    return DEMO.replace(line, f"{name} = {value}")


def _move(guest: Visitor, *, paper_out: bool = False) -> Any:
    """A lost card's money goes to another: a slip that is no receipt, and where it ended."""
    holder(guest)
    if paper_out:
        guest.tell(PrinterChanged(PRINTER, paper="out"))
    more(guest, "move")
    guest.press("next")
    typed(guest, PIN)
    guest.tap(OTHER_UID)
    guest.press("yes")
    return guest.scene


def no_receipt() -> Iterator[tuple[str, Visitor]]:
    """Slips that are no receipts have no code: they are kept, under their number."""
    ends = (
        ("P-03-kept", "partial", "paper_out"),
        ("P-04-kept", "not_printed", "cover_open"),
        ("P-04-kept-middle", "unknown", "cover_open"),
    )
    for name, outcome, reason in ends:
        with visitor() as guest:
            done = _move(guest)
            guest.tell(SlipFailed(PRINTER, done.job, outcome, reason))  # type: ignore[arg-type]
            yield f"message-{name}", guest
    with visitor() as guest:
        _move(guest, paper_out=True)
        yield "message-P-02-kept", guest


def money_stopped() -> Iterator[tuple[str, Visitor]]:
    """Notes are not taken: another way to pay, or a rule (N-05, X-02)."""
    with visitor() as guest:
        guest.tell(DeviceUp(TERMINAL, "payment"))
        guest.home()
        guest.press("top_up", "pay:notes")
        guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
        yield "message-N-05-terminal", guest
    with visitor(_set("top_ups_per_hour_max", 1)) as guest:
        guest.top_up(50)
        guest.press("done")
        guest.print_out()
        guest.press("leave")
        guest.top_up()
        guest.escrow(50)
        yield "message-X-02-often", guest
    with visitor(_set("returned_notes_per_hour_max", 1)) as guest:
        guest.top_up()
        for _ in range(2):
            note, _effects = guest.escrow(50)
            guest.tell(NoteReturned(ACCEPTOR, note), AcceptorChanged(ACCEPTOR, "ready"))
        guest.escrow(50)
        yield "message-X-02-returned", guest


def not_spent() -> Iterator[tuple[str, Visitor]]:
    """Minutes are not sold: only points are there (C-03), or a rule wants a PIN that none has."""
    with visitor(DEMO + LADDER) as guest:
        guest.top_up(200)
        guest.press("done")
        guest.print_out()
        guest.press("home", "buy_minutes", "package:game-300")
        yield "message-C-03", guest
    with visitor() as guest:
        card = guest.top_up(500)
        guest.press("done")
        guest.print_out()
        guest.order("1", card, 100)
        guest.press("home", "buy_minutes", "package:game-60", "yes")
        yield "message-X-02-elsewhere", guest
    with visitor(_set("unknown_cards_per_hour_max", 1)) as guest:
        guest.top_up(500)
        guest.press("done")
        guest.print_out()
        for number in range(3):
            guest.tap(f"04A1B2C3D4E5{number:02}")
        guest.tap()
        guest.press("buy_minutes", "package:game-60", "yes")
        yield "message-X-02-with-PIN", guest
    with visitor(
        DEMO.replace("personal = true\n", "personal = true\ngenuine = true\n", 1)
    ) as guest:
        guest.top_up(500)
        guest.press("done")
        guest.print_out()
        guest.press("home", "buy_minutes", "package:game-60", "yes")
        yield "message-X-02-genuine", guest


def fiscal() -> Iterator[tuple[str, Visitor]]:
    """A visit is paid in advance, and the fiscal device is away (F-01)."""
    with centre(CENTRE) as guest:
        guest.tell(DeviceUp(FISCAL, "fiscal"), DeviceDown(FISCAL, "fiscal", "no answer"))
        swipe(guest)
        say_yes(guest)
        guest.insert(1000)
        yield "message-F-01", guest


WALKS = (no_receipt, money_stopped, not_spent, fiscal)
