"""What the assistant has done and waits for: each effect a function, each answer an event.

They run one after the other in a thread of their own; nothing here knows the screen.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from kiosk.core import backup, mirror, seal
from kiosk.core.clock import system_now
from kiosk.core.errors import ConfigError, DeviceError, LedgerCorrupt, Refused, StorageFailed
from kiosk.core.ids import DeviceId, JobId
from kiosk.core.messages import DeviceDown, DeviceUp, Event, PrintSlip, SlipFailed, SlipPrinted
from kiosk.core.restore import Restore, restore
from kiosk.first_boot.answers import Device
from kiosk.first_boot.creation import Place, books_there, create, put_aside
from kiosk.first_boot.messages import (
    AskPrinter,
    BooksRestored,
    ClockWasSet,
    CopiesFound,
    Copy,
    DevicesFound,
    Effect,
    Failed,
    JoinNetwork,
    KioskMade,
    LookAtNetwork,
    LookForCopies,
    LookForDevices,
    NetworkJoined,
    NetworkSeen,
    PaperCame,
    PrinterAnswered,
    PrintPaper,
    RestoreBooks,
    SetMachineClock,
    SetMachineZone,
    SetUp,
)
from kiosk.first_boot.messages import Event as Answer
from kiosk.hardware import driver, found, usblp
from kiosk.hardware.device import Device as Driver
from kiosk.hardware.found import Found, Line
from kiosk.hardware.keyboards import keyboards
from kiosk.hardware.ports import serial_lines
from kiosk.hardware.transport import Transport, connect
from kiosk.hardware.worker import Worker
from kiosk.machine import Helper, look
from kiosk.sticks import Mounts, there

log = logging.getLogger(__name__)

FOLDERS_MAX = 60
"""So many folders of a stick are looked into."""
KEY_BYTES_MAX = 4096
_BACKUP = re.compile(r"([A-Za-z0-9]{1,12})-[0-9]+-[0-9]{10,}\.db")
_MIRROR = re.compile(r"([A-Za-z0-9]{1,12})-[0-9]{4}-[0-9]{2}\.jsonl")


def on_usb() -> tuple[Found, ...]:
    """Readers and printers that are plugged in."""
    # Its library is loaded where it is needed.
    from kiosk.hardware import hidpos

    readers = found.wedges(keyboards()) + found.hid_readers(hidpos.plugged())
    return readers + found.usb_printers(usblp.printers())


@dataclass(frozen=True)
class Around:
    """What is around the machine; a trial and a test say otherwise.

    Attributes:
        lines: the serial lines that there are.
        readers: the names of the readers that the PC/SC daemon has.
        socket: of that daemon, where it is not the system's.
        sticks: where sticks appear; None: the usual places.
        lights: whether there may be lights.
        usb: readers and printers on USB that are no serial lines.
    """

    lines: Callable[[], list[Line]] = serial_lines
    readers: Callable[[str], list[str]] | None = None
    socket: str = ""
    sticks: Path | None = None
    lights: Callable[[], Found | None] = found.lights
    usb: Callable[[], tuple[Found, ...]] = on_usb


@dataclass(frozen=True)
class Errands:
    """Goes on the assistant's errands."""

    place: Place
    helper: Helper
    around: Around = field(default_factory=Around)
    made: Callable[[], None] = lambda: None
    """Called when the kiosk is made."""

    def go(self, effect: Effect) -> Answer | None:
        """Do one; what came of it, or nothing where nobody waits for it."""
        try:
            return self._go(effect)
        except Refused as refused:
            return Failed(refused)
        except ConfigError as error:
            return Failed(Refused(_failed(effect)), tuple(error.mistakes))
        except (StorageFailed, LedgerCorrupt, OSError) as error:
            log.error("%s: %s", type(effect).__name__, error)
            return Failed(Refused(_failed(effect)), (str(error),))

    def _go(self, effect: Effect) -> Answer | None:
        match effect:
            case LookAtNetwork():
                return NetworkSeen(look(helper=True).addresses)
            case JoinNetwork(name, password):
                return self._join(name, password)
            case LookForDevices():
                return self._devices()
            case AskPrinter(host):
                return self._ask_printer(host)
            case LookForCopies():
                return self._copies()
            case RestoreBooks(copy):
                return self._restore(copy)
            case SetMachineClock(at):
                self.helper.ask("set-time", at=at)
                return ClockWasSet()
            case SetMachineZone(zone):
                self._zone(zone)
                return None
            case SetUp(plan):
                code = create(plan, self.place, system_now())
                self.made()
                return KioskMade(code)
            case PrintPaper():
                return PaperCame(printed(effect))
            case _:
                raise AssertionError(f"nobody goes on this errand: {effect}")

    # --- the machine --------------------------------------------------------------------------

    def _join(self, name: str, password: str) -> Answer:
        nothing = {"address": "", "gateway": "", "name_server": ""}
        self.helper.ask("set-network", link="wifi", network=name, password=password, **nothing)
        return NetworkJoined(look(helper=True).addresses)

    def _zone(self, zone: str) -> None:
        try:
            self.helper.ask("set-zone", zone=zone)
        except Refused as refused:
            # The kiosk itself goes by the venue's zone; the machine's is for its own log.
            log.warning("the machine's time zone was not set: %s", refused)

    # --- devices ------------------------------------------------------------------------------

    def _devices(self) -> DevicesFound:
        answered, silent = found.on_lines(self.around.lines())
        lights = self.around.lights()
        usb = self.around.usb()
        all_ = (*self._readers(), *usb, *answered, *((lights,) if lights else ()))
        return DevicesFound(tuple(map(_device, all_)), silent)

    def _readers(self) -> tuple[Found, ...]:
        # Its library is loaded where it is needed: a machine may have no daemon at all.
        from kiosk.hardware import pcsc

        try:
            names = (self.around.readers or pcsc.readers)(self.around.socket)
        except DeviceError as error:
            log.info("no contactless reader: %s", error)
            return ()
        return found.readers(names, self.around.socket)

    def _ask_printer(self, host: str) -> PrinterAnswered:
        try:
            printer = found.on_network(host)
        except (DeviceError, OSError) as error:
            log.info("no printer: %s", error)
            printer = None
        return PrinterAnswered(_device(printer) if printer else None)

    # --- copies -------------------------------------------------------------------------------

    def _copies(self) -> CopiesFound:
        with self._mounts().mounted():
            made = [
                copy
                for stick in there(self.around.sticks)
                for folder in _folders(Path(stick.id))
                for copy in _copies_in(folder, stick.name, bool(_key_on(Path(stick.id))))
            ]
        return CopiesFound(tuple(sorted(made, key=lambda c: (c.day, c.entries), reverse=True)))

    def _mounts(self) -> Mounts:
        return Mounts(self.helper.ask if self.helper.answer is not None else None)

    def _restore(self, copy: Copy) -> Answer:
        store, now = self.place.settings().store, system_now()
        if books_there(store, now).state == "begun":
            # Their secrets would be kept, and those of the copy not opened.
            put_aside(store)
        with self._mounts().mounted():
            folder = Path(copy.folder)
            root = next(
                (s.id for s in there(self.around.sticks) if folder.is_relative_to(s.id)), None
            )
            if root is None:
                raise Refused("err.stick_gone")
            key = _key_on(Path(root))
            wanted = Restore(
                (folder,), copy.kiosk, store.path, store.secrets_path, key, replace=True
            )
            try:
                told = restore(wanted, now, _quiet)
            except ValueError as error:
                raise ConfigError([str(error)]) from None
        made = books_there(store, now)
        return BooksRestored(made.kiosk, made.venue, made.zone, made.entries, tuple(told.missing))


def _quiet(what: str, done: int, of: int) -> None:
    log.debug("%s: %s of %s", what, done, of)


def _failed(effect: Effect) -> str:
    return "err.setup_restore" if isinstance(effect, RestoreBooks) else "err.setup_failed"


def _device(of: Found) -> Device:
    return Device(of.kind, of.driver, dict(of.options), of.told, of.sure, taken=of.sure)


def _folders(root: Path) -> Iterator[Path]:
    """A stick and the folders in it, and those in them: backups lie in one of their own."""
    yield root
    some = [path for path in _inside(root) if path.is_dir() and not path.is_symlink()]
    more = [inner for path in some for inner in _inside(path) if inner.is_dir()]
    yield from [*some, *more][:FOLDERS_MAX]


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []


def _copies_in(folder: Path, stick: str, key: bool) -> Iterator[Copy]:
    """The newest copy of each kiosk in a folder."""
    names = [path.name for path in _inside(folder)]
    matches = (form.fullmatch(name) for name in names for form in (_BACKUP, _MIRROR))
    for kiosk in sorted({match[1] for match in matches if match}):
        newest = next(iter(backup.backups(folder, kiosk)), None)
        file = newest.file if newest else mirror.files(folder, kiosk)[-1]
        day = datetime.fromtimestamp(file.stat().st_mtime).astimezone()
        epoch, seq = (newest.epoch, newest.seq) if newest else (0, 0)
        yield Copy(str(folder), stick, kiosk, epoch, seq, f"{day:%Y-%m-%d}", key)


def _key_on(root: Path) -> str:
    """The private half of the owner's recovery key, where a file of the stick has it; or empty."""
    for path in _inside(root):
        try:
            if not path.is_file() or path.stat().st_size > KEY_BYTES_MAX:
                continue
            lines = path.read_text("ascii").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        told = next((line.strip() for line in lines if line.startswith(seal.PRIVATE_FORM)), "")
        if told:
            return told
    return ""


# --- drivers ----------------------------------------------------------------------------------


def opened(name: str, device: Device) -> Driver:
    """The driver of a device that was found, complete with its defaults."""
    defaults = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))
    options: Mapping[str, Any] = {
        **defaults["driver"][device.driver],
        **device.options,
        "currency": "RUB",
    }
    port = str(options.get("port", ""))
    line = connect(port, baud=int(options.get("baud", 9600))) if port else _no_line
    return driver(device.driver)(DeviceId(name), options, start=0, connect=line)


def _no_line() -> Transport:
    raise AssertionError("this driver has its own way to its device")


PRINT_STEPS_MAX = 2000
"""Each some tenths of a second at most: the driver itself ends a slip long before."""


def printed(wanted: PrintPaper) -> str:
    """Print a document; empty when it is confirmed, else why not, as `SlipFailed` says it."""
    heard: deque[Event] = deque()
    worker = Worker(DeviceId("printer"), partial(opened, "printer", wanted.printer), heard.append)
    try:
        for _ in range(PRINT_STEPS_MAX):
            worker.step(system_now())
            while heard:
                match heard.popleft():
                    case DeviceUp():
                        worker.do(PrintSlip(JobId("first-boot"), wanted.document))
                    case DeviceDown():
                        return "offline"
                    case SlipPrinted():
                        return ""
                    case SlipFailed(reason=reason):
                        known = ("paper_out", "cover_open", "error")
                        return reason if reason in known else "offline"
                    case _:
                        pass
        return "offline"
    finally:
        worker.driver.close()
