"""Names of things. All are plain strings; what makes them is written beside each.

An id is made before anything physical happens and derived for what follows, so that a repeat
names the same thing.
"""

from __future__ import annotations

from typing import NewType

EntryKey = NewType("EntryKey", str)
"""Idempotency key of one operation: the same key is the same entry."""

DeviceId = NewType("DeviceId", str)
"""Name of a device in the configuration: ``acceptor``, ``reader-2``."""

NoteId = NewType("NoteId", str)
"""One banknote or coin: ``device/start/counter``, see `note_id`."""

CardId = NewType("CardId", str)
"""A registered card: ``kiosk-epoch-seq`` of the entry that registered it, and ``c``."""

ClientId = NewType("ClientId", str)
"""A client, likewise, and ``p``."""

VisitId = NewType("VisitId", str)
"""A visit, likewise, and ``v``."""

JobId = NewType("JobId", str)
"""A print job: ``document type:number`` and, for a reprint, ``:copy`` and its count."""


def note_id(device: str, start: int, counter: int) -> NoteId:
    """Name a note or coin: the device, the start of the process, its count since then."""
    return NoteId(f"{device}/{start}/{counter}")


def note_device(note: NoteId) -> DeviceId:
    """The device that named this note."""
    return DeviceId(note.rsplit("/", 2)[0])
