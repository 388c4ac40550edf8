"""What to do with a note about which an acceptor tells, and with what was left, after a power cut.

The table "Power fails between 3 and 6" of docs/architecture.md, as functions of what is on disk
and what the acceptor says. They only choose commands; each is idempotent, so a second cut in the
middle repeats them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.core.cash import (
    UNDECIDED,
    DoubtNote,
    NoteHeld,
    RecogniseNote,
    SettleNote,
    SuspendNote,
    VoidNote,
)
from kiosk.core.ids import EntryKey, NoteId
from kiosk.core.messages import AcceptorPoweredUp, NoteReturned, NoteStacked
from kiosk.core.prepayments import AbandonPrepayment, Prepayment

BOOKED = ("settled", "recognised", "suspense", "claimed", "credited")
"""States of a note that was stacked."""

NoteCommand = SettleNote | VoidNote | DoubtNote | RecogniseNote | SuspendNote
RecoveryCommand = NoteCommand | AbandonPrepayment


@dataclass(frozen=True)
class NotesOnDisk:
    """What the books say when an acceptor tells of a note.

    `known` is the note of the event; `last` the latest note of that device on the books,
    whatever became of it. `rested` is the latest start, as far as that matters, in which the
    acceptor was seen at rest: of notes of the starts before it, it has told all.
    """

    known: NoteHeld | None
    last: NoteHeld | None
    rested: int = 0

    @property
    def waiting(self) -> NoteHeld | None:
        """The one note of which the acceptor may still tell; of a doubtful one it never will."""
        return self.last if self.last and self.last.state == "held" else None


def stacked(event: NoteStacked, books: NotesOnDisk) -> tuple[NoteCommand, ...]:
    """The acceptor says that a note is in the cashbox. Afterwards it is acknowledged, always."""
    known, waiting = books.known, books.waiting
    if known is not None:
        if known.state in UNDECIDED:
            return (SettleNote(known.note),)
        if known.state == "void":
            # It went back, or staff said so, and now it is in the box all the same.
            return (SuspendNote(event.note, event.value),)
        return ()
    if waiting is not None and waiting.value == event.value:
        return (SettleNote(waiting.note), RecogniseNote(event.note, waiting.note))
    last = books.last
    repeated = (
        last is not None
        and not event.seen
        and last.state in BOOKED
        and books.rested <= last.start < _start(event.note)
        and last.value == event.value
    )
    if last is not None and repeated:
        # Booked by a former start that did not live to acknowledge it.
        return (RecogniseNote(event.note, last.note),)
    return (SuspendNote(event.note, event.value),)


def returned(event: NoteReturned, books: NotesOnDisk) -> tuple[NoteCommand, ...]:
    """The acceptor says that a note went back to the guest."""
    note = books.known if event.note is not None else books.waiting
    if note is None or note.state not in UNDECIDED:
        return ()
    return (VoidNote(note.note),)


def powered_up(event: AcceptorPoweredUp, books: NotesOnDisk) -> tuple[NoteCommand, ...]:
    """The acceptor itself lost power; some protocols name no value then, so the hold's counts.

    With the bill in the validator, `NoteReturned` follows; with no bill, the hold stays.
    """
    waiting = books.waiting
    if event.bill == "stacker" and waiting is not None:
        return (SettleNote(waiting.note),)
    return ()


def forsaken(pending: Sequence[Prepayment], start: int) -> tuple[AbandonPrepayment, ...]:
    """The prepayments that nobody stands there to go on with: those of the starts before `start`.

    One of which a note is on its way waits until the acceptor has told where that is.
    """
    return tuple(
        AbandonPrepayment(p.visit) for p in pending if p.start < start and not p.on_the_way
    )


def _start(note: NoteId) -> int:
    return int(note.rsplit("/", 2)[1])


def key(command: RecoveryCommand) -> EntryKey:
    """The idempotency key of what is done: derived, so a repeat is the same entry."""
    match command:
        case SettleNote(note):
            return EntryKey(f"settle:{note}")
        case VoidNote(note):
            return EntryKey(f"void:{note}")
        case DoubtNote(note):
            return EntryKey(f"doubt:{note}")
        case RecogniseNote(again, _):
            return EntryKey(f"recognise:{again}")
        case SuspendNote(note, _):
            return EntryKey(f"suspend:{note}")
        case AbandonPrepayment(visit):
            return EntryKey(f"abandon:{visit}")
