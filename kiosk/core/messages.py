"""The whole vocabulary between the shell and the core.

Events say what happened (past tense), effects what shall be done (imperative). Commands and
queries of the venue stand beside their nouns (`cards`, `clients`, `cash`, `visits`); every one is
a frozen value, so a log of them can be replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.core.documents import Document
from kiosk.core.ids import DeviceId, JobId, NoteId
from kiosk.core.money import Money

Signal = Literal["contactless", "magnetic", "barcode", "keyboard", "dallas"]
Role = Literal["reader", "acceptor", "printer", "lights"]

# --- events: readers ---------------------------------------------------------------------------


@dataclass(frozen=True)
class CardPresented:
    """A card was tapped or swiped.

    `raw` is the UID in upper-case hex (contactless) or the tracks with their sentinels and without
    LRC, track 1 first (magnetic: ``%B…?;…?``). It is never logged and stands in no repr.
    """

    device: DeviceId
    signal: Signal
    raw: str = field(repr=False)


@dataclass(frozen=True)
class CardRemoved:
    """The contactless card left the field."""

    device: DeviceId


@dataclass(frozen=True)
class CardRefused:
    """The reader saw a card that must not be used: K-07, or a bad read: R-02."""

    device: DeviceId
    signal: Signal
    reason: Literal["bank_card", "random_uid", "unreadable"]


# --- events: acceptor --------------------------------------------------------------------------


@dataclass(frozen=True)
class NoteEscrowed:
    """A note is held by the acceptor and can still be returned. No money yet."""

    device: DeviceId
    note: NoteId
    value: Money


@dataclass(frozen=True)
class NoteStacked:
    """A note is irrevocably in the cashbox. Repeated until `AcknowledgeNote`.

    `announced` is false when this process saw no `NoteEscrowed` for it: the note of a former
    start, or one that a device took by itself. `seen`: this process saw it in the device before it
    was stacked, so no former start can have been told of it.
    """

    device: DeviceId
    note: NoteId
    value: Money
    announced: bool = True
    seen: bool = False


@dataclass(frozen=True)
class NoteReturned:
    """A note went back to the guest. `note` is None when it came in before this start."""

    device: DeviceId
    note: NoteId | None


@dataclass(frozen=True)
class NoteRejected:
    """The acceptor did not take a note (N-01); `reason` is the driver's word for the desk."""

    device: DeviceId
    reason: str


@dataclass(frozen=True)
class AcceptorPoweredUp:
    """What the acceptor says after its own power-up, and where it found a bill."""

    device: DeviceId
    bill: Literal["none", "validator", "stacker"]


AcceptorState = Literal[
    "disabled",  # answers, takes nothing
    "ready",  # enabled and idle
    "busy",  # accepting, stacking, returning …
    "cassette_full",
    "cassette_out",
    "jammed_validator",
    "jammed_cassette",
    "cheated",
    "paused",
    "failed",
    "wrong_currency",
]


@dataclass(frozen=True)
class AcceptorChanged:
    """The acceptor's state, told when it changes; `detail` is for the attendant."""

    device: DeviceId
    state: AcceptorState
    detail: str = ""


# --- events: printer ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PrinterChanged:
    """What the printer says of itself, told when it changes."""

    device: DeviceId
    paper: Literal["ok", "low", "out"] = "ok"
    cover_open: bool = False
    error: str = ""


@dataclass(frozen=True)
class SlipPrinted:
    """The slip came out whole: the ordered barrier was answered and no fault was seen."""

    device: DeviceId
    job: JobId


@dataclass(frozen=True)
class SlipFailed:
    """The slip did not come out, or nobody knows.

    `outcome`: ``not_printed`` (nothing of it was sent), ``partial`` (a fault in the middle),
    ``unknown`` (sent, the printer fell silent). `reason` is a word of `PrinterChanged`:
    ``paper_out``, ``cover_open``, ``error``, ``offline``, ``lost``.
    """

    device: DeviceId
    job: JobId
    outcome: Literal["not_printed", "partial", "unknown"]
    reason: str


# --- events: every device ----------------------------------------------------------------------


@dataclass(frozen=True)
class DeviceUp:
    """The device answers; `detail` is its model as it says itself."""

    device: DeviceId
    role: Role
    detail: str = ""


@dataclass(frozen=True)
class DeviceDown:
    """The device does not answer; its worker tries again."""

    device: DeviceId
    role: Role
    reason: str


# --- events: guest and time --------------------------------------------------------------------


@dataclass(frozen=True)
class Touched:
    """A button was pressed, on the page that was shown then; a stale page is ignored."""

    button: str
    page: int


@dataclass(frozen=True)
class TimePassed:
    """The deadline of the situation has come."""


@dataclass(frozen=True)
class SpaceChanged:
    """The disk has less free space than money may be taken with, or enough again."""

    low: bool


@dataclass(frozen=True)
class VenueChanged:
    """Somebody else (a till, the desk, the command line) wrote an entry."""

    seq: int


Event = (
    CardPresented
    | CardRemoved
    | CardRefused
    | NoteEscrowed
    | NoteStacked
    | NoteReturned
    | NoteRejected
    | AcceptorPoweredUp
    | AcceptorChanged
    | PrinterChanged
    | SlipPrinted
    | SlipFailed
    | DeviceUp
    | DeviceDown
    | Touched
    | TimePassed
    | SpaceChanged
    | VenueChanged
)

# --- effects -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class AcceptNotes:
    """Let the acceptor take notes of these face values (major units); others it refuses."""

    device: DeviceId
    faces: tuple[int, ...]


@dataclass(frozen=True)
class RefuseNotes:
    """Let the acceptor take nothing; a note in escrow is not touched."""

    device: DeviceId


@dataclass(frozen=True)
class StackNote:
    """Move the note in escrow into the cashbox. Its hold is on disk."""

    note: NoteId


@dataclass(frozen=True)
class ReturnNote:
    """Give the note in escrow back."""

    note: NoteId


@dataclass(frozen=True)
class AcknowledgeNote:
    """The entry of this stacked note is on disk: the device may forget it."""

    note: NoteId


@dataclass(frozen=True)
class PrintSlip:
    """Print a document and say how it ended. Its job is on disk."""

    job: JobId
    document: Document


LightPattern = Literal["ready", "reading", "money", "attention", "out_of_order", "off"]
Tone = Literal["ok", "attention"]


@dataclass(frozen=True)
class Light:
    """Show a pattern until the next one."""

    pattern: LightPattern


@dataclass(frozen=True)
class Sound:
    """Sound a tone once."""

    tone: Tone


Effect = (
    AcceptNotes | RefuseNotes | StackNote | ReturnNote | AcknowledgeNote | PrintSlip | Light | Sound
)
