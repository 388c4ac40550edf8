"""What the kernel and udev tell when something is plugged in: then nobody waits for his turn.

A netlink socket gets a datagram of each change of a device. Group 1 is the kernel's own, ``add@``
and the path, then ``KEY=VALUE`` each ended by a NUL; group 2 is what udev tells when its rules are
done, so that names and rights are there: ``libudev``, FEEDCAFEh, sizes, then the same pairs. A plug
makes some twenty of them: the workers are kicked once when they have ended. Where there is no such
socket the workers' own back-off does it alone, some seconds later.

Source: Linux, lib/kobject_uevent.c; systemd, src/libsystemd/sd-device/device-monitor.c.
"""

from __future__ import annotations

import errno
import logging
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

log = logging.getLogger(__name__)

NETLINK_KOBJECT_UEVENT = 15
KERNEL, UDEV = 1, 2
MESSAGE_BYTES_MAX = 65536
LOOK_S = 0.5
"""So long it takes at most until a `stop` is seen."""
QUIET_S = 0.1
"""Silence that ends what one plug tells."""
LONGEST_S = 1.0
"""Kicked then at the latest, however much there is to tell."""

_COME = ("add", "bind", "change", "online", "move")
_OURS = ("tty", "usb", "usb-serial", "usbmisc", "hidraw", "input", "gpio", "net", "sound")
"""What devices of a kiosk belong to. A terminal on a cable is there when the network is."""
_UDEV = b"libudev\0"
_MAGIC = 0xFEEDCAFE
_HEAD = struct.Struct("=8sIIII")


@dataclass(frozen=True)
class Told:
    """One change: what happened, and to a device of which subsystem."""

    action: str
    subsystem: str

    @property
    def came(self) -> bool:
        """Something that may be a device of ours is there now."""
        return self.action in _COME and self.subsystem in _OURS


def told(message: bytes) -> Told | None:
    """One datagram; None where it is none of a change, whatever its bytes are."""
    if message.startswith(_UDEV):
        if len(message) < _HEAD.size:
            return None
        _, magic, _, at, size = _HEAD.unpack_from(message)
        if socket.ntohl(magic) != _MAGIC or not _HEAD.size <= at <= at + size <= len(message):
            return None
        pairs = message[at : at + size]
    else:
        head, _, pairs = message.partition(b"\0")
        if b"@" not in head:
            return None
    found: dict[str, str] = {}
    for pair in pairs.split(b"\0"):
        key, equals, value = pair.partition(b"=")
        if equals:
            found[key.decode("ascii", "replace")] = value.decode("ascii", "replace")
    if "ACTION" not in found or "SUBSYSTEM" not in found:
        return None
    return Told(found["ACTION"], found["SUBSYSTEM"])


class Listener:
    """The socket.

    Raises:
        OSError: this kernel, or the sandbox of this process, has none.
    """

    def __init__(self) -> None:
        family = getattr(socket, "AF_NETLINK", None)
        if family is None:
            raise OSError(errno.EAFNOSUPPORT, "this system has no netlink")
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(family, kind, NETLINK_KOBJECT_UEVENT)
        try:
            self._socket.bind((0, KERNEL | UDEV))
        except OSError:
            self._socket.close()
            raise

    def came(self, timeout_s: float) -> bool:
        """Whether something came, as soon as it does; False after so long without anything.

        Raises:
            OSError: the socket is of no use any more.
        """
        until_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, until_s - time.monotonic())
            if not select.select([self._socket], [], [], left_s)[0]:
                return False
            if self._take():
                return True
            if not left_s:
                return False

    def _take(self) -> bool:
        try:
            message, (_, groups) = self._socket.recvfrom(MESSAGE_BYTES_MAX)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            return True  # more was told than was taken: among it may be ours
        # Only root may speak to a group; what is sent to this socket alone is somebody's joke.
        change = told(message) if groups in (KERNEL, UDEV) else None
        return change is not None and change.came

    def close(self) -> None:
        """Close it."""
        self._socket.close()


def start(kicks: Iterable[Callable[[], None]], stop: threading.Event) -> list[threading.Thread]:
    """Kick whenever something was plugged in, in a thread of its own, until `stop`.

    Returns:
        The thread; none where the system tells nothing.
    """
    try:
        listener = Listener()
    except OSError as error:
        log.info("nobody tells what is plugged in (%s): devices are tried every few seconds", error)
        return []
    thread = threading.Thread(
        target=_listen, args=(listener, tuple(kicks), stop), name="uevents", daemon=True
    )
    thread.start()
    return [thread]


def _listen(
    listener: Listener, kicks: tuple[Callable[[], None], ...], stop: threading.Event
) -> None:
    try:
        while not stop.is_set():
            if listener.came(LOOK_S):
                until_s = time.monotonic() + LONGEST_S
                while time.monotonic() < until_s and listener.came(QUIET_S):
                    pass
                for kick in kicks:
                    kick()
    except OSError as error:
        log.warning("nobody tells any more what is plugged in: %s", error)
    finally:
        listener.close()
