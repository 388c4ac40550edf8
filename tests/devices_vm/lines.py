"""A stripe reader and a note acceptor on USB adapters that are pulled while something is read.

Run inside as the kiosk's user. The adapters are the emulator's (``ftdi_sio``); they come back in
the other order, so each is under the name that the other one had. What stands at their far ends is
outside: half a swipe, and an acceptor that stacks a note while nobody listens.
"""

from __future__ import annotations

from pathlib import Path

from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcknowledgeNote,
    CardPresented,
    CardRefused,
    DeviceDown,
    DeviceUp,
    NoteEscrowed,
    NoteStacked,
    StackNote,
)
from kiosk.hardware.ccnet import NoteAcceptor
from kiosk.hardware.magstripe import StripeReader
from kiosk.hardware.transport import connect
from tests.devices_vm.guest import Served, check, end, note, options, please, until

BY_ID = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{}-if00-port0"
STRIPE, NOTES = BY_ID.format("STRIPE"), BY_ID.format("NOTES")


def names() -> tuple[str, str]:
    """What the kernel calls both lines now."""
    return Path(STRIPE).resolve().name, Path(NOTES).resolve().name


def main() -> None:
    until("both lines", lambda: Path(STRIPE).exists() and Path(NOTES).exists())
    before = names()
    # The waiting times are those of a machine that is emulated.
    of_stripe = options("magstripe", port=STRIPE, gap_ms=60_000)
    of_notes = options("ccnet", port=NOTES, currency="RUB", answer_ms=1500, silence_ms=30_000)
    stripe = Served(
        "stripe", lambda: StripeReader("stripe", of_stripe, start=1, connect=connect(STRIPE))
    )
    notes = Served(
        "notes", lambda: NoteAcceptor("notes", of_notes, start=1, connect=connect(NOTES))
    )
    stripe.told(DeviceUp)
    notes.told(DeviceUp)
    please("swipe")
    got = stripe.told(CardPresented)
    check("a swipe is read", got.raw == ";7700001?")

    notes.told(AcceptorChanged, lambda event: event.state == "disabled")
    notes.do(AcceptNotes("notes", (500,)))
    notes.told(AcceptorChanged, lambda event: event.state == "ready")
    please("note")
    held = notes.told(NoteEscrowed)
    check("a note is held", held.value.minor == 50_000, held.value)
    please("half")
    notes.do(StackNote(held.note))
    seen = len(stripe.events)
    please("pull")
    down = stripe.told(DeviceDown)
    check("a line pulled in the middle of a swipe is told", True, down.reason)
    check("so is one pulled while a note moves", True, notes.told(DeviceDown).reason)
    check("half a swipe is none", not stripe.since(seen, CardPresented))

    please("back")
    stripe.told(DeviceUp)
    notes.told(DeviceUp)
    check("both are back under other names", names() == before[::-1], f"{before} {names()}")
    stacked = notes.told(NoteStacked)
    check("the note that was stacked meanwhile is told", stacked.note == held.note)
    notes.do(AcknowledgeNote(held.note))
    notes.do(AcceptNotes("notes", (500,)))
    notes.told(AcceptorChanged, lambda event: event.state == "ready")
    please("swipe")
    again = stripe.told(CardPresented)
    check("a swipe is read again, and nothing of the half one", again.raw == ";7700002?")
    check("no swipe was refused", not stripe.since(seen, CardRefused))
    told = {event.note for event in notes.since(0, NoteStacked)}
    check("one note, and no other", told == {held.note}, told)
    note(f"down and up again: {len(stripe.since(0, DeviceDown))} times told")
    stripe.stop()
    notes.stop()


if __name__ == "__main__":
    main()
    end("lines")
