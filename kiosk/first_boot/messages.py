"""What happens to the assistant (past tense), and what it has done for it (imperative)."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.core.documents import Document
from kiosk.core.errors import Refused
from kiosk.core.messages import CardPresented, CardRefused, Touched
from kiosk.first_boot.answers import Device, Plan

# --- effects ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class LookAtNetwork:
    """Find out in which network the machine is."""


@dataclass(frozen=True)
class JoinNetwork:
    """Go into a Wi-Fi."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class LookForDevices:
    """Ask every line what is there."""


@dataclass(frozen=True)
class AskPrinter:
    """Ask an address of the network for a printer."""

    host: str


@dataclass(frozen=True)
class WaitForSwipe:
    """Listen on lines on which nothing answered; what is swiped there is told."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class ReadCards:
    """Read cards on these readers."""

    readers: tuple[Device, ...]


@dataclass(frozen=True)
class StopReading:
    """Read no more."""


@dataclass(frozen=True)
class LookForCopies:
    """Look for copies of books on the sticks."""


@dataclass(frozen=True)
class RestoreBooks:
    """Make the books anew from a copy; books that are there are put aside and kept."""

    copy: Copy


@dataclass(frozen=True)
class SetMachineClock:
    """Set the clock (ISO 8601, UTC)."""

    at: str


@dataclass(frozen=True)
class SetMachineZone:
    """Set the machine's time zone; nothing is told of it."""

    zone: str


@dataclass(frozen=True)
class SetUp:
    """Make the kiosk."""

    plan: Plan


@dataclass(frozen=True)
class PrintPaper:
    """Print a document on a printer."""

    printer: Device
    document: Document


@dataclass(frozen=True)
class BeginKiosk:
    """Let the kiosk itself begin in this process's place."""


Effect = (
    LookAtNetwork
    | JoinNetwork
    | LookForDevices
    | AskPrinter
    | WaitForSwipe
    | ReadCards
    | StopReading
    | LookForCopies
    | RestoreBooks
    | SetMachineClock
    | SetMachineZone
    | SetUp
    | PrintPaper
    | BeginKiosk
)

# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Begun:
    """The assistant is there."""


@dataclass(frozen=True)
class Copy:
    """Copies of one kiosk's books on a stick: how far the newest goes."""

    folder: str
    stick: str
    kiosk: str
    epoch: int
    entries: int
    day: str
    key: bool
    """The owner's recovery key is on the stick, too."""


@dataclass(frozen=True)
class NetworkSeen:
    """The addresses of the machine; none: it is in no network."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class NetworkJoined:
    """The machine is in the Wi-Fi, with these addresses."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class DevicesFound:
    """What answered, and the lines on which nothing did."""

    devices: tuple[Device, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True)
class PrinterAnswered:
    """A printer of the network was asked for; None: none answers there."""

    device: Device | None


@dataclass(frozen=True)
class Swiped:
    """Somebody swiped something on this line."""

    line: str


@dataclass(frozen=True)
class CopiesFound:
    """Copies of books, the newest first."""

    copies: tuple[Copy, ...]


@dataclass(frozen=True)
class BooksRestored:
    """The books are back; `missing` is what was not found, in sentences for a technician."""

    kiosk: str
    venue: str
    zone: str
    entries: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ClockWasSet:
    """The clock is set."""


@dataclass(frozen=True)
class KioskMade:
    """The kiosk is made; `code` is its owner's recovery code, empty where the books were kept."""

    code: str = field(repr=False)


@dataclass(frozen=True)
class PaperCame:
    """The printer has confirmed the document; or why it has not (`reason`)."""

    reason: str = ""


@dataclass(frozen=True)
class Failed:
    """An errand was in vain: why, and what a technician wants to know besides."""

    refused: Refused
    lines: tuple[str, ...] = ()


Event = (
    Begun
    | Touched
    | CardPresented
    | CardRefused
    | NetworkSeen
    | NetworkJoined
    | DevicesFound
    | PrinterAnswered
    | Swiped
    | CopiesFound
    | BooksRestored
    | ClockWasSet
    | KioskMade
    | PaperCame
    | Failed
)
