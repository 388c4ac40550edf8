"""Readers that pose as a USB keyboard and type what they read ("keyboard wedges"), through evdev.

Such a reader has no protocol: whoever has the keyboard gets the card. So the one that is configured
is grabbed (EVIOCGRAB), and the window of the kiosk takes no keys anyway; no other keyboard is
opened at all. What keys mean is `keys`, what a line of them means `codes`.

Where there is no /dev/uinput no keyboard can be pretended: the part that speaks to the kernel is
`Evdev` alone, and is tried in a guest with a kernel of its own (tests/devices_vm/readers.py). The
kernel's queue holds the last few characters; keys that ran over make the card unreadable. Not
verified on a device: how long readers pause between two keys, and which of them type by Alt and
the keypad.

Source: linux/input.h, linux/input-event-codes.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import re
import select
import struct
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol, get_args

import evdev
from evdev import ecodes

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import CardRefused, Effect, Event, Role
from kiosk.hardware import codes
from kiosk.hardware.bursts import Bursts
from kiosk.hardware.causes import cause_of
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.keyboards import Keyboard, keyboards
from kiosk.hardware.keys import LAYOUTS, Typed
from kiosk.hardware.transport import Transport

Key = tuple[int, int]
"""A key and its value, see `keys`."""
READS: tuple[codes.Reads, ...] = get_args(codes.Reads)
END_KEYS = {"enter": "\r\n", "tab": "\t", "none": ""}

_EVIOCSMASK = 0x40104593  # _IOW('E', 0x93, struct input_mask)
_NUMBERS = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?:/(\d+))?", re.IGNORECASE)
_FORM = "/dev/input/by-id/…-event-kbd, VVVV:PPPP or VVVV:PPPP/INTERFACE (lsusb tells the numbers)"


class Keys(Protocol):
    """A keyboard that is open."""

    def read(self, timeout_s: float) -> Sequence[Key] | None:
        """The keys since the last time, at once when there are any; None: some were lost.

        Raises:
            OSError: it was unplugged.
        """

    def close(self) -> None:
        """Let go of it; never raises."""


class Evdev:
    """A keyboard of the kernel, for this process alone.

    Raises:
        DeviceError: in one sentence, why it cannot be had.
    """

    def __init__(self, path: str) -> None:
        try:
            self._device = evdev.InputDevice(path)
        except OSError as error:
            raise DeviceError(f"keyboard {path}: {_why(error)}", cause_of(error)) from error
        try:
            self._device.grab()
        except OSError as error:
            self._device.close()
            raise DeviceError(f"keyboard {path}: {_why(error)}", cause_of(error)) from error
        _without_scan_codes(self._device.fd)
        self._dropped = False

    def read(self, timeout_s: float) -> Sequence[Key] | None:
        """See `Keys`."""
        if not select.select([self._device.fd], [], [], timeout_s)[0]:
            return []
        keys: list[Key] = []
        lost = False
        try:
            for event in self._device.read():
                if event.type == ecodes.EV_SYN:
                    # What stands between the two was put together from a queue that overflowed.
                    self._dropped = event.code == ecodes.SYN_DROPPED
                    lost = lost or self._dropped
                elif event.type == ecodes.EV_KEY and not self._dropped:
                    keys.append((event.code, event.value))
        except BlockingIOError:
            return []
        return None if lost else keys

    def close(self) -> None:
        """See `Keys`; what was grabbed is given back."""
        try:
            self._device.close()
        except OSError:
            return


def _without_scan_codes(keyboard: int) -> None:
    """Keep the kernel from queueing the scan code beside each key.

    Its queue has room for 64 events, some seven characters of a fast reader; without them ten.
    """
    codes = ctypes.create_string_buffer(1)  # none of them
    mask = struct.pack("=IIQ", ecodes.EV_MSC, len(codes), ctypes.addressof(codes))
    with contextlib.suppress(OSError):  # a kernel before 4.4: it goes on with the shorter queue
        fcntl.ioctl(keyboard, _EVIOCSMASK, mask)


_SENTENCES = {
    errno.ENOENT: "there is none; check the cable, and `device` in the configuration",
    errno.EACCES: "no permission; the rules for udev of this program let the kiosk's user read it",
    errno.EBUSY: "another program has taken hold of it (EVIOCGRAB); end that program",
    errno.ENODEV: "it was unplugged",
}


def _why(error: OSError) -> str:
    return _SENTENCES.get(error.errno or 0, str(error))


def path_of(device: str, there: Callable[[], Sequence[Keyboard]] = keyboards) -> str:
    """The device file that the option `device` means now.

    Args:
        device: a path, or the USB numbers with or without an interface.
        there: lists the keyboards that are plugged in.

    Raises:
        DeviceError: none fits, or more than one does.
    """
    if not device:
        raise DeviceError(f"no keyboard is named; write device = {_FORM}", "settings")
    numbers = _NUMBERS.fullmatch(device)
    if numbers is None:
        return device
    vendor, product, interface = numbers.groups()
    wanted = (vendor.lower(), product.lower())
    fitting = [
        keyboard
        for keyboard in there()
        if (keyboard.vendor, keyboard.product) == wanted
        and interface in (None, str(keyboard.interface))
    ]
    if not fitting:
        raise DeviceError(f"no keyboard {device} is plugged in", "not_found")
    if len(fitting) > 1:
        raise DeviceError(
            f"{len(fitting)} keyboards {device} are plugged in; name one by its path in "
            "/dev/input/by-id, or by its interface",
            "several",
        )
    return fitting[0].path


class Wedge:
    """One reader. Options: see ``[driver.wedge]`` in default.toml.

    Args:
        grab: opens a keyboard by its path.

    Raises:
        ConfigError: an option has no meaning.
    """

    role: ClassVar[Role] = "reader"

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
        grab: Callable[[str], Keys] = Evdev,
    ) -> None:
        if mistakes := _mistakes(options):
            raise ConfigError([f"[devices.{device}] {mistake}" for mistake in mistakes])
        self._wanted = str(options["device"])
        self._grab = grab
        self._keys: Keys | None = None
        self._typed = Typed(str(options["layout"]))
        reads = next(known for known in READS if known == options["reads"])
        self._lost = CardRefused(device, codes.SIGNALS[reads], "unreadable")
        self._bursts = Bursts(
            _event(device, reads, options),
            gap_s=int(options["gap_ms"]) / 1000,
            ends=END_KEYS[str(options["end_key"])],
            most=codes.MOST_CHARS[reads],
        )

    def open(self) -> str:
        """Take hold of the keyboard. It says nothing of itself but what the kernel lists."""
        self._keys = self._grab(path_of(self._wanted))
        return ""

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Take what was typed."""
        if self._keys is None:
            raise DeviceError("the keyboard is not open")
        wait_s = min(timeout_s, POLL_MAX_S, self._bursts.left_s)
        keys = self._keys.read(wait_s)
        if keys is None:
            # Of a card of which a part is lost nothing is told but that it was not read.
            self._typed.forget()
            self._bursts.spoil(self._lost)
            return []
        if keys:
            return self._bursts.heard("".join(self._typed.key(*key) for key in keys))
        events = self._bursts.silent(wait_s)
        if not self._bursts.begun:
            # A reader has let go of all its keys by now, whatever was lost of them.
            self._typed.forget()
        return events

    def perform(self, effect: Effect) -> None:
        """A reader has nothing to do."""
        raise DeviceError(f"a reader cannot do {type(effect).__name__}")

    def close(self) -> None:
        """Let go of the keyboard and forget what was half typed."""
        keys, self._keys = self._keys, None
        self._bursts.forget()
        self._typed.forget()
        if keys is not None:
            keys.close()


def _event(device: DeviceId, reads: codes.Reads, options: Options) -> Callable[[str], Event]:
    match reads:
        case "stripe":
            return codes.as_stripe(device)
        case "barcode":
            return codes.as_code(device, str(options["prefix"]), str(options["suffix"]))
        case "uid":
            form, reversed_ = str(options["uid"]), bool(options["uid_reversed"])
            return codes.as_uid(device, form, reversed_=reversed_)


def _mistakes(options: Options) -> list[str]:
    known = {
        "reads": READS,
        "layout": LAYOUTS,
        "end_key": END_KEYS,
        "uid": codes.UID_FORMS,
    }
    return [
        f"{option}: {options[option]!r} is none of {', '.join(words)}; write one of them"
        for option, words in known.items()
        if options[option] not in words
    ]
