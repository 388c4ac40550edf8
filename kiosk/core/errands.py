"""What the core sends the shell for, and what comes back: work that is too long, or not its own.

An errand is a frozen value in `StartErrand`; the shell (`kiosk.errands`) does it in a thread or a
process of its own and tells of it by `ErrandTold`: while it goes on, and once when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kiosk.core.checkup import CheckDevices
from kiosk.core.ids import ClientId, DeviceId
from kiosk.core.transactions import Wanted

if TYPE_CHECKING:
    # These are read off shifts, and those speak of messages, which carry errands.
    from kiosk.core.journal import Filter
    from kiosk.core.periods import Period
    from kiosk.core.updates import UpdateState


@dataclass(frozen=True)
class StopErrand:
    """Stop an errand that is under way, by its id; neither is told of any more."""

    errand: str


@dataclass(frozen=True)
class VerifyBooks:
    """Check the chain of entries and every balance. Result: `Verified`."""


@dataclass(frozen=True)
class Verified:
    """What was checked, and what was wrong; no `problems` is the good news."""

    entries: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class MakeReport:
    """Make one of `reports.REPORTS`. Result: its `Report`."""

    name: str
    period: Period


@dataclass(frozen=True)
class ListSticks:
    """Look which USB sticks are plugged in. Result: `Sticks`."""


@dataclass(frozen=True)
class Stick:
    """A USB stick: where it is (names it), what it is called, how much room it has."""

    id: str
    name: str
    free_bytes: int


@dataclass(frozen=True)
class Sticks:
    """The sticks that are plugged in, by name."""

    sticks: tuple[Stick, ...]


@dataclass(frozen=True)
class WriteToStick:
    """Write a text file to a stick, whole or not at all. Result: `Written`.

    `file` is its name, of letters, digits, ``.``, ``_`` and ``-``; what has that name stays, and
    the new one gets a number.
    """

    stick: str
    file: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Written:
    """A file is on the stick, which may be pulled out: its name, and its size."""

    file: str
    size_bytes: int


@dataclass(frozen=True)
class ListPictures:
    """Look for PNG files on the sticks, outside of folders. Result: `Pictures`."""


@dataclass(frozen=True)
class PictureFile:
    """A PNG file by its name: on which stick it is (its id, and what it is called), its size."""

    stick: str
    stick_name: str
    file: str
    size_bytes: int


@dataclass(frozen=True)
class Pictures:
    """The first PNG files, by stick and name."""

    files: tuple[PictureFile, ...]


@dataclass(frozen=True)
class ReadPicture:
    """Read a file of a stick, if it can be a logo. Result: its `logos.Logo`."""

    stick: str
    file: str


@dataclass(frozen=True)
class ExportTransactions:
    """Write all transactions that are wanted, newest first, to a stick. Result: `Written`.

    `client` is one of them or empty; else as `WriteToStick`.
    """

    stick: str
    file: str
    form: Literal["csv", "json"]
    client: ClientId | Literal[""] = ""
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True)
class ExportJournal:
    """Write the entries for which `filter` holds, newest first, to a stick. Result: `Written`.

    Without what is personal, as `journal.told` tells them; else as `WriteToStick`.
    """

    stick: str
    file: str
    form: Literal["csv", "json"]
    filter: Filter
    language: str = "en"


@dataclass(frozen=True)
class CarryDiagnosis:
    """Write the diagnostic bundle to a stick. Result: `Written`.

    `data` is the bundle, which the shell puts in; else as `WriteToStick`.
    """

    stick: str
    file: str
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Restart:
    """Start the kiosk's program again, or the machine; or switch the machine off.

    ``training`` and ``real`` start the program with the other store.
    """

    what: Literal["program", "machine", "off", "training", "real"]


@dataclass(frozen=True)
class ListPorts:
    """Look which serial lines there are now. Result: `Ports`."""


@dataclass(frozen=True)
class SerialPort:
    """A serial line: its lasting name, and what is at its end as that says itself."""

    name: str
    told: str


@dataclass(frozen=True)
class Ports:
    """The serial lines of the machine, by name."""

    ports: tuple[SerialPort, ...]


@dataclass(frozen=True)
class ChoosePort:
    """Keep which serial line a device has from the next start on. Result: None."""

    device: DeviceId
    port: str


@dataclass(frozen=True)
class LookAtMachine:
    """Look how the machine itself is. Result: `MachineLook`."""


@dataclass(frozen=True)
class MachineLook:
    """How the machine is; what it does not tell is None or empty.

    Attributes:
        model: its name.
        celsius: its temperature.
        memory_percent: so much of its memory is in use.
        up_s: since when it runs, in seconds.
        addresses: its addresses in the network.
        helper: it has what carries out the errands that need root.
        slots: it has slots, one of which updates are written into.
        power_weak: its power supply is too weak now.
        slowed: its processor is slowed down now.
        worn_percent: so much of the life of its flash is used up.
        clock_set: the network sets its clock.
    """

    model: str = ""
    celsius: int | None = None
    memory_percent: int | None = None
    up_s: int | None = None
    addresses: tuple[str, ...] = ()
    helper: bool = False
    slots: bool = False
    power_weak: bool | None = None
    slowed: bool | None = None
    worn_percent: int | None = None
    clock_set: bool | None = None


@dataclass(frozen=True)
class ReadLog:
    """Read the log of the last hour: the lines before `before`, 0 for the newest.

    Result: `LogPage`.
    """

    before: int = 0


@dataclass(frozen=True)
class LogLine:
    """A line of the log; `number` counts since the start, `at` is ISO 8601, UTC."""

    number: int
    at: str
    level: Literal["info", "warning", "error"]
    text: str


@dataclass(frozen=True)
class LogPage:
    """Lines of the log, newest first; `older`: there are more behind them."""

    lines: tuple[LogLine, ...]
    older: bool


@dataclass(frozen=True)
class SetClock:
    """Set the machine's clock; `at` is ISO 8601, UTC, whole seconds. Result: None."""

    at: str


@dataclass(frozen=True)
class ListZones:
    """Name the time zones that the machine knows. Result: `Zones`."""


@dataclass(frozen=True)
class Zones:
    """Time zones, by name."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class SetZone:
    """Set the machine's time zone, an IANA name. Result: None."""

    zone: str


@dataclass(frozen=True)
class SetNetwork:
    """Set how the machine is in the network. Result: None.

    Attributes:
        link: by cable, or by Wi-Fi.
        address: such as ``192.168.1.20/24``; empty: the network gives one (DHCP).
        gateway: with an address of its own; may be empty.
        name_server: likewise.
        network: the Wi-Fi's name.
        password: of the Wi-Fi; empty: it is open.
    """

    link: Literal["cable", "wifi"]
    address: str = ""
    gateway: str = ""
    name_server: str = ""
    network: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class LookAtCopies:
    """Look how far the copies of the books are. Result: `Copies`."""


@dataclass(frozen=True)
class LastBackup:
    """The newest backup in a folder: up to which entry, when it was made (ISO 8601, UTC)."""

    folder: str
    seq: int
    at: str


@dataclass(frozen=True)
class Copies:
    """How far the copies are.

    Attributes:
        entries: how many the books have.
        mirror: ``off``: none is set; ``away``: it cannot be read; ``there``.
        mirror_seq: the last entry on it.
        sealed: names, phones and PINs go into the copies, sealed (a recovery key is set).
        backups: where they are known to lie, or lie on a stick that is plugged in.
    """

    entries: int
    mirror: Literal["off", "away", "there"]
    mirror_seq: int
    sealed: bool
    backups: tuple[LastBackup, ...]


@dataclass(frozen=True)
class BackUp:
    """Put a proven copy of the books onto a stick. Result: `BackedUp`."""

    stick: str


@dataclass(frozen=True)
class BackedUp:
    """A backup that was proven: its file, up to which entry, and with sealed secrets or without."""

    file: str
    seq: int
    sealed: bool


@dataclass(frozen=True)
class LookForUpdates:
    """Look how updates stand, and for new ones: on the sticks, at the address. Result: `Updates`.

    `everywhere` False: only how they stand.
    """

    everywhere: bool = False


@dataclass(frozen=True)
class UpdateFound:
    """A bundle: where it is, its file there, the version it is called after, its stick's name."""

    source: Literal["stick", "network"]
    file: str
    version: str
    stick: str = ""


@dataclass(frozen=True)
class Updates:
    """How updates stand, and what was found.

    Attributes:
        state: None: this machine has no slots.
        found: bundles on sticks, and the newest at the address; None: nobody looked.
        away: the sentence that says why the address could not be looked at, or "".
        detail: what exactly went wrong in a trial, in the machine's own words, or "".
    """

    state: UpdateState | None
    found: tuple[UpdateFound, ...] | None = None
    away: str = ""
    detail: str = ""


@dataclass(frozen=True)
class InstallUpdate:
    """Write a bundle into the other slot, while guests are served. Result: `Updates`.

    `older`: somebody said that it may be an older version, or the same.
    """

    source: Literal["stick", "network"]
    file: str
    older: bool = False


@dataclass(frozen=True)
class SwitchUpdate:
    """Restart the machine into the update that is ready, on trial. Result: None, and the end.

    Refused while a note is on its way, a slip at the printer, or a device busy.
    """


Errand = (
    StopErrand
    | LookForUpdates
    | InstallUpdate
    | SwitchUpdate
    | LookAtCopies
    | BackUp
    | VerifyBooks
    | MakeReport
    | ListSticks
    | ListPictures
    | ReadPicture
    | WriteToStick
    | ExportTransactions
    | ExportJournal
    | CarryDiagnosis
    | Restart
    | CheckDevices
    | ListPorts
    | ChoosePort
    | LookAtMachine
    | ReadLog
    | SetClock
    | ListZones
    | SetZone
    | SetNetwork
)
