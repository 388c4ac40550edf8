"""Printers on USB, as the kernel's usblp has them: which there are, and the line to one of them.

``/dev/usb/lpN`` has another number after the printer was plugged in anew, so it is looked up by
what lasts, each time it is opened. usblp allows one program at a time. A write of it is one
transfer: what it took is with the kernel, and only a fault later may tell that it never arrived.

Source: Linux, drivers/usb/class/usblp.c (reads and writes that do not wait, ``ieee1284_id``, what
is told of a printer that is gone); IEEE 1284-2000, 7.6 (the device ID); the USB printer class 1.1.
"""

from __future__ import annotations

import errno
import os
import re
import select
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.core.errors import DeviceError
from kiosk.hardware.causes import cause_of

SYS, DEV = Path("/sys/class/usbmisc"), Path("/dev/usb")

FORM = "usb:VVVV:PPPP, usb:VVVV:PPPP:SERIAL, usb:1-1.2 (the socket) or /dev/usb/lp0"

PIECE_BYTES = 512
"""Of one write: of what is with the kernel nobody knows how far it came."""
EMPTY_S = 0.02
"""Some printers answer with empty packets, as often as they are asked."""

_PRINTER = re.compile(r"lp\d+")
_NUMBERS = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?::(\S(?:.*\S)?))?", re.IGNORECASE)
_SOCKET = re.compile(r"\d+-\d+(?:\.\d+)*")
_KEYS = {"MANUFACTURER": "MFG", "MODEL": "MDL", "COMMAND SET": "CMD", "SERIALNUMBER": "SN"}


class Held(TimeoutError):
    """The printer takes no more for now; of what was to be written `taken` bytes went out."""

    def __init__(self, taken: int) -> None:
        super().__init__("the printer takes no more data")
        self.taken = taken


@dataclass(frozen=True)
class Printer:
    """A printer that is plugged in.

    Attributes:
        path: of its device file, ``/dev/usb/lpN``; another one after it was plugged in anew.
        vendor, product: its USB numbers, four hex digits.
        serial: its serial number; many have none.
        socket: where it is plugged in, ``1-1.2``: bus, and the sockets of the hubs on the way.
        words: its IEEE 1284 device ID by key: ``MFG``, ``MDL``, ``CMD``; empty where it has none.
    """

    path: str
    vendor: str
    product: str
    serial: str
    socket: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """What it says of itself: maker and model."""
        maker, model = self.words.get("MFG", ""), self.words.get("MDL", "")
        return model if model.upper().startswith(maker.upper()) else f"{maker} {model}".strip()


def printers(sys: Path = SYS, dev: Path = DEV) -> tuple[Printer, ...]:
    """Every printer of usblp, by its number; none is opened, what goes away is left out."""
    found = []
    for place in sorted(sys.iterdir()) if sys.is_dir() else ():
        if _PRINTER.fullmatch(place.name):
            try:
                found.append(_printer(place, dev))
            except OSError:
                continue
    return tuple(found)


def _printer(place: Path, dev: Path) -> Printer:
    part = (place / "device").resolve(strict=True)
    whole = part.parent
    return Printer(
        str(dev / place.name),
        _read(whole / "idVendor").lower(),
        _read(whole / "idProduct").lower(),
        _there(whole / "serial"),
        whole.name,
        words(_there(part / "ieee1284_id")),
    )


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace").strip()


def _there(path: Path) -> str:
    """What a file says that not every printer has."""
    try:
        return _read(path)
    except FileNotFoundError:
        return ""


def words(identity: str) -> dict[str, str]:
    """A device ID (``MFG:EPSON;MDL:TM-T20II;``) by its keys, the long ones shortened."""
    pairs = (part.partition(":") for part in identity.split(";"))
    told = ((key.strip().upper(), value.strip()) for key, colon, value in pairs if colon)
    return {_KEYS.get(key, key): value for key, value in told}


def lasting(printer: Printer, among: Iterable[Printer]) -> str:
    """The `port` that a printer has again next time: by its numbers, else by its socket."""
    numbers = f"{printer.vendor}:{printer.product}"
    alike = [p for p in among if (p.vendor, p.product) == (printer.vendor, printer.product)]
    if len(alike) == 1:
        return f"usb:{numbers}"
    if printer.serial and sum(p.serial == printer.serial for p in alike) == 1:
        return f"usb:{numbers}:{printer.serial}"
    return f"usb:{printer.socket}"


def is_usb(port: str) -> bool:
    """Whether a `port` is that of a printer on USB."""
    return port.startswith(("usb:", "/dev/usb/"))


def connect(port: str, there: Callable[[], Iterable[Printer]] = printers) -> Callable[[], UsbLine]:
    """How to open the printer of a `port`; see `transport.connect`.

    Args:
        port: one of `FORM`; ``usb:/…`` is a device file by a name of its own, as udev gives it.
        there: lists the printers.

    Raises:
        ValueError: the port has no such form.
    """
    name = port.removeprefix("usb:")
    if name.startswith("/"):
        return lambda: _opened(name, name)
    if not (_NUMBERS.fullmatch(name) or _SOCKET.fullmatch(name)):
        raise ValueError(f'port "{port}" has not the form {FORM}')
    return lambda: _opened(name, _found(name, tuple(there())))


def _found(name: str, there: tuple[Printer, ...]) -> str:
    numbers = _NUMBERS.fullmatch(name)
    if numbers is None:
        fitting = [p for p in there if p.socket == name]
    else:
        vendor, product, serial = numbers[1].lower(), numbers[2].lower(), numbers[3]
        fitting = [
            p
            for p in there
            if (p.vendor, p.product) == (vendor, product) and serial in (None, p.serial)
        ]
    if len(fitting) == 1:
        return fitting[0].path
    seen = ", ".join(lasting(p, there) for p in (fitting or there))
    if not fitting:
        others = f"; plugged in: {seen}" if seen else ""
        told = f"USB printer {name}: {_SENTENCES[errno.ENOENT]}{others}"
        raise DeviceError(told, "not_found")
    told = f"USB printer {name}: there are {len(fitting)}; write which: {seen}"
    raise DeviceError(told, "several")


_SENTENCES = {
    errno.ENOENT: "there is none; check its power, the cable, and `port` in the configuration",
    errno.EACCES: "no permission; is the kiosk's user in the group lp?",
    errno.EPERM: "no permission; does the service allow it (DeviceAllow)?",
    errno.EBUSY: "another program uses it",
    errno.ENODEV: "it was unplugged",
    errno.ENOTTY: "this is no printer; check `port` in the configuration",
}


def _opened(name: str, path: str) -> UsbLine:
    try:
        return UsbLine(path)
    except OSError as error:
        why = _SENTENCES.get(error.errno or 0, error.strerror or str(error))
        raise DeviceError(f"USB printer {name}: {why}", cause_of(error)) from error


class UsbLine:
    """A printer's device file, for this process alone. See `transport.Transport`.

    Raises:
        OSError: it is not there, may not be opened, or is in use.
    """

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        if not stat.S_ISCHR(os.fstat(self._fd).st_mode):
            self.close()
            raise OSError(errno.ENOTTY, "no character device")

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport`; nothing is no end here, it is an empty packet."""
        until_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, until_s - time.monotonic())
            ready = self._ready(select.POLLIN, left_s)
            # Asked in any case: of a printer that is gone not every kernel wakes who waits.
            data = self._take(limit)
            if not data and ready & (select.POLLHUP | select.POLLERR):
                raise OSError(errno.ENODEV, _SENTENCES[errno.ENODEV])
            if data or not ready or not left_s:
                return data
            select.select([], [], [], min(left_s, EMPTY_S))

    def _ready(self, wanted: int, timeout_s: float) -> int:
        """What the kernel says of it, at once when there is anything; 0: nothing in this time."""
        waits = select.poll()
        waits.register(self._open, wanted)
        told = waits.poll(timeout_s * 1000)
        return told[0][1] if told else 0

    def _take(self, limit: int) -> bytes:
        try:
            return os.read(self._open, limit)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            told = "this printer cannot answer over USB (it is set to one way)"
            raise OSError(errno.EINVAL, told) from error

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        """See `Transport`.

        Raises:
            Held: it is there, and took only a part in this time.
        """
        until_s = time.monotonic() + timeout_s
        taken = 0
        while taken < len(data):
            left_s = max(0.0, until_s - time.monotonic())
            self._ready(select.POLLOUT, left_s)
            try:
                taken += os.write(self._open, data[taken : taken + PIECE_BYTES])
            except BlockingIOError:
                if not left_s:
                    raise Held(taken) from None

    def close(self) -> None:
        """See `Transport`."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            try:
                os.close(fd)
            except OSError:
                return

    @property
    def _open(self) -> int:
        if self._fd < 0:
            raise OSError(errno.EBADF, "the line is closed")
        return self._fd
