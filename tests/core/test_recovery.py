"""What is done about a note, by what is on disk and what the acceptor says; row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import recovery
from kiosk.core.cash import (
    DoubtNote,
    NoteHeld,
    NoteState,
    RecogniseNote,
    SettleNote,
    SuspendNote,
    VoidNote,
)
from kiosk.core.ids import CardId, ClientId, note_id
from kiosk.core.messages import AcceptorPoweredUp, NoteReturned, NoteStacked
from kiosk.core.recovery import NotesOnDisk
from tests.core.guest import ACCEPTOR, rub

OLD, NEW, NEXT = (note_id(ACCEPTOR, start, 1) for start in (1, 2, 3))


def kept(state: NoteState, note: object = OLD, face: int = 500) -> NoteHeld:
    start = int(str(note).split("/")[1])
    return NoteHeld(  # type: ignore[call-arg]
        note,
        ACCEPTOR,
        start,
        rub(face),
        ClientId("p"),
        CardId("c"),
        state,
        "",  # type: ignore[arg-type]
    )


def told(note: object, face: int = 500) -> NoteStacked:
    return NoteStacked(ACCEPTOR, note, rub(face))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "last", "face", "commands"),
    [
        (None, None, 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("held"), 500, (SettleNote(OLD), RecogniseNote(NEW, OLD))),
        (None, kept("held"), 200, (SuspendNote(NEW, rub(200)),)),
        (None, kept("doubtful"), 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("void"), 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("settled"), 500, (RecogniseNote(NEW, OLD),)),
        (None, kept("settled"), 200, (SuspendNote(NEW, rub(200)),)),
        (None, kept("settled", NEW), 500, (SuspendNote(NEW, rub(500)),)),
        (None, kept("recognised"), 500, (RecogniseNote(NEW, OLD),)),
        (None, kept("suspense"), 500, (RecogniseNote(NEW, OLD),)),
        (kept("held", NEW), kept("held", NEW), 500, (SettleNote(NEW),)),
        (kept("doubtful", NEW), kept("doubtful", NEW), 500, (SettleNote(NEW),)),
        (kept("settled", NEW), kept("settled", NEW), 500, ()),
        (kept("recognised", NEW), kept("recognised", NEW), 500, ()),
        (kept("suspense", NEW), kept("suspense", NEW), 500, ()),
        (kept("void", NEW), kept("void", NEW), 500, (SuspendNote(NEW, rub(500)),)),
    ],
)
def test_stacked(
    known: NoteHeld | None, last: NoteHeld | None, face: int, commands: tuple[object, ...]
) -> None:
    assert recovery.stacked(told(NEW, face), NotesOnDisk(known, last)) == commands


@pytest.mark.parametrize(
    ("note", "known", "last", "commands"),
    [
        (None, None, None, ()),
        (None, None, kept("held"), (VoidNote(OLD),)),
        (None, None, kept("doubtful"), ()),
        (None, None, kept("settled"), ()),
        (NEW, None, kept("held"), ()),
        (NEW, kept("held", NEW), kept("held", NEW), (VoidNote(NEW),)),
        (NEW, kept("doubtful", NEW), kept("doubtful", NEW), (VoidNote(NEW),)),
        (NEW, kept("settled", NEW), kept("settled", NEW), ()),
        (NEW, kept("void", NEW), kept("void", NEW), ()),
    ],
)
def test_returned(
    note: object, known: NoteHeld | None, last: NoteHeld | None, commands: tuple[object, ...]
) -> None:
    event = NoteReturned(ACCEPTOR, note)  # type: ignore[arg-type]
    assert recovery.returned(event, NotesOnDisk(known, last)) == commands


@pytest.mark.parametrize(
    ("bill", "last", "commands"),
    [
        ("stacker", kept("held"), (SettleNote(OLD),)),
        ("stacker", kept("doubtful"), ()),
        ("stacker", kept("settled"), ()),
        ("stacker", None, ()),
        ("validator", kept("held"), ()),
        ("none", kept("held"), ()),
    ],
)
def test_powered_up(bill: str, last: NoteHeld | None, commands: tuple[object, ...]) -> None:
    event = AcceptorPoweredUp(ACCEPTOR, bill)  # type: ignore[arg-type]
    assert recovery.powered_up(event, NotesOnDisk(None, last)) == commands


def test_a_suspended_note_told_again_by_two_more_starts_is_booked_once() -> None:
    first = recovery.stacked(told(OLD), NotesOnDisk(None, None))
    assert first == (SuspendNote(OLD, rub(500)),)
    second = recovery.stacked(told(NEW), NotesOnDisk(None, kept("suspense", OLD)))
    third = recovery.stacked(told(NEXT), NotesOnDisk(None, kept("recognised", NEW)))
    assert (second, third) == ((RecogniseNote(NEW, OLD),), (RecogniseNote(NEXT, NEW),))


def test_keys_are_derived_from_the_note() -> None:
    commands = (
        SettleNote(OLD),
        SettleNote(OLD, "another reason"),
        VoidNote(OLD),
        DoubtNote(OLD),
        RecogniseNote(NEW, OLD),
        SuspendNote(NEW, rub(500)),
    )
    assert [recovery.key(c) for c in commands] == [
        "settle:acceptor/1/1",
        "settle:acceptor/1/1",
        "void:acceptor/1/1",
        "doubt:acceptor/1/1",
        "recognise:acceptor/2/1",
        "suspend:acceptor/2/1",
    ]


@pytest.mark.parametrize("state", ["settled", "recognised", "suspense", "claimed", "credited"])
def test_an_acceptor_that_told_all_of_former_starts_tells_of_a_new_note(state: str) -> None:
    """The same value as the last booked note is no reason to take another note for it."""
    last = kept(state)
    repeated = recovery.stacked(told(NEW), NotesOnDisk(None, last))
    assert repeated == (RecogniseNote(NEW, OLD),)
    new = recovery.stacked(told(NEW), NotesOnDisk(None, last, rested=2))
    assert new == (SuspendNote(NEW, rub(500)),)


def test_a_note_that_was_seen_before_it_was_stacked_is_no_repeat() -> None:
    again = replace(told(NEW), seen=True)
    assert recovery.stacked(again, NotesOnDisk(None, kept("settled"))) == (
        SuspendNote(NEW, rub(500)),
    )
