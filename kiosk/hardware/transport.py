"""What carries bytes to a device: a serial line, a TCP connection, memory; and their recording."""

from __future__ import annotations

import errno
import select
import socket
import termios
from collections.abc import Callable, Iterable
from typing import Protocol

import serial

from kiosk.core.errors import DeviceError
from kiosk.hardware import ports, usblp
from kiosk.hardware.causes import cause_of

WRITE_S = 2.0
"""The longest a write may take: a device that does not read for so long is gone."""

TCP_CONNECT_S = 3.0
TCP_SILENCE_S = 10
"""After so many seconds without a sign of life of the other machine the connection is gone."""


class Transport(Protocol):
    """A byte stream in both directions, already open."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Up to `limit` bytes, as soon as any are there; empty after `timeout_s` without any.

        Raises:
            OSError: the line is gone (unplugged, closed by the other side).
        """

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        """Send all of `data`.

        Raises:
            OSError: the line is gone, or did not take it in time.
        """

    def close(self) -> None:
        """Close the line; never raises; safe to call twice."""


def connect(
    port: str, *, baud: int = 9600, parity: str = "none", stop_bits: int = 1
) -> Callable[[], Transport]:
    """How to open `port`: nothing is opened yet.

    Args:
        port: ``/dev/…`` (a serial line), the line of an adapter on USB (`ports.FORM`),
            ``tcp://host:port``, or a printer on USB (`usblp.FORM`).
        baud: bits a second; a serial line only, like the next two.
        parity: ``none``, ``even`` or ``odd``.
        stop_bits: 1 or 2.

    Returns:
        A function that opens the line; it raises DeviceError, in one sentence, when it cannot.

    Raises:
        ValueError: the port or the line's settings have no form that this function knows.
    """
    if parity not in SerialLine.PARITIES:
        raise ValueError(f'parity "{parity}" is none of none, even, odd')
    if stop_bits not in (1, 2):
        raise ValueError(f"{stop_bits} stop bits: it must be 1 or 2")
    if port.startswith("tcp://"):
        host, _, number = port.removeprefix("tcp://").rpartition(":")
        if not host or not number.isdecimal() or not 0 < int(number) < 65536:
            raise ValueError(f'port "{port}" has not the form tcp://host:port')
        return lambda: _tcp(host.strip("[]"), int(number))
    if usblp.is_usb(port):
        return usblp.connect(port)
    if ports.is_named(port):
        return lambda: _serial(ports.path_of(port), baud, parity, stop_bits)
    if port.startswith(("/", "COM")):
        return lambda: _serial(port, baud, parity, stop_bits)
    raise ValueError(
        f'port "{port}" is no serial line (/dev/…, serial:…), tcp://host:port or usb:…'
    )


def _serial(port: str, baud: int, parity: str, stop_bits: int) -> SerialLine:
    try:
        return SerialLine(port, baud, parity, stop_bits)
    # termios.error: pulled out while its settings are written; pyserial lets it through.
    except (OSError, ValueError, termios.error) as error:
        raise DeviceError(f"serial line {port}: {_why(error)}", cause_of(error)) from error


def _tcp(host: str, port: int) -> TcpLine:
    try:
        return TcpLine(host, port)
    except OSError as error:
        raise DeviceError(f"{host} port {port} does not answer: {error}") from error


_SENTENCES = {
    errno.ENOENT: "there is none; check the cable, and `port` in the configuration",
    errno.EACCES: "no permission; is the kiosk's user in the group dialout?",
    errno.EAGAIN: "another program uses it",
    errno.EBUSY: "another program uses it",
    errno.ENOTTY: "this is no serial line; check `port` in the configuration",
}


def _why(error: Exception) -> str:
    # pyserial wraps the errors of locking and of the settings; the number is in the inner one.
    for cause in (error, error.__context__):
        number = getattr(cause, "errno", None) or next(iter(getattr(cause, "args", ())), None)
        if number in _SENTENCES:
            return _SENTENCES[number]
    return str(error)


class SerialLine:
    """A serial line, eight data bits, for this process alone.

    Args:
        port: the path, best a lasting name below /dev/serial/by-id.
        baud: bits a second.
        parity: a key of `PARITIES`.
        stop_bits: 1 or 2.

    Raises:
        OSError: it is not there, may not be opened, or is in use.
    """

    PARITIES = {  # noqa: RUF012 - read only
        "none": serial.PARITY_NONE,
        "even": serial.PARITY_EVEN,
        "odd": serial.PARITY_ODD,
    }

    def __init__(
        self, port: str, baud: int = 9600, parity: str = "none", stop_bits: int = 1
    ) -> None:
        self._line = serial.Serial(
            port,
            baud,
            parity=self.PARITIES[parity],
            stopbits=stop_bits,
            timeout=0,
            write_timeout=WRITE_S,
            exclusive=True,
        )

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport`."""
        self._alive()
        # Waiting here keeps the line's own settings untouched: pyserial rewrites them for every
        # other time-out, and its in_waiting raises other errors than its read.
        if not select.select([self._line.fileno()], [], [], timeout_s)[0]:
            return b""
        return bytes(self._line.read(limit))

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        """See `Transport`."""
        self._alive()
        try:
            if timeout_s != self._line.write_timeout:
                self._line.write_timeout = timeout_s
            self._line.write(data)
        except termios.error as error:  # as in `_serial`
            raise OSError(*error.args) from error

    def close(self) -> None:
        """See `Transport`."""
        try:
            self._line.close()
        except (OSError, termios.error):
            return

    def _alive(self) -> None:
        if not self._line.is_open:
            raise OSError(errno.EBADF, "the line is closed")


class TcpLine:
    """A connection to a device on the network.

    Raises:
        OSError: nobody listens there, or not in `TCP_CONNECT_S`.
    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=TCP_CONNECT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A device that loses its power says nothing: without these the connection would live on.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, TCP_SILENCE_S // 2)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, TCP_SILENCE_S // 2)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TCP_SILENCE_S * 1000)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport`."""
        self._socket.settimeout(timeout_s)
        try:
            data = self._socket.recv(limit)
        except BlockingIOError:
            return b""
        except TimeoutError as error:
            if error.errno:  # the kernel has given the connection up; our own time-out has none
                raise
            return b""
        if not data:
            raise ConnectionResetError("the device closed the connection")
        return data

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        """See `Transport`."""
        self._socket.settimeout(timeout_s)
        self._socket.sendall(data)

    def close(self) -> None:
        """See `Transport`."""
        try:
            self._socket.close()
        except OSError:
            return


class Feedable(Protocol):
    """The part of a simulated device that a memory line needs."""

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Take what was sent; what comes back at once."""

    def tick(self, now_s: float) -> bytes:
        """Let time pass; what comes unasked."""


class MemoryLine:
    """A simulated device in memory, without threads.

    Args:
        peer: the device.
        clock: its time in seconds.
        wait: lets so many seconds pass on that clock; called when a read finds nothing, so that
            a driver's patience costs no real time.
    """

    def __init__(
        self, peer: Feedable, clock: Callable[[], float], wait: Callable[[float], None]
    ) -> None:
        self._peer = peer
        self._clock = clock
        self._wait = wait
        self._waiting = bytearray()
        self._closed = False

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport`."""
        self._tick()
        if not self._waiting and timeout_s > 0:
            self._wait(timeout_s)
            self._tick()
        data = bytes(self._waiting[:limit])
        del self._waiting[:limit]
        return data

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        """See `Transport`."""
        self._alive()
        self._waiting += self._peer.feed(data, self._clock())

    def close(self) -> None:
        """See `Transport`."""
        self._closed = True

    def unplug(self) -> None:
        """Pull the cable: every read and write fails from now on."""
        self._closed = True

    def _tick(self) -> None:
        self._alive()
        self._waiting += self._peer.tick(self._clock())

    def _alive(self) -> None:
        if self._closed:
            raise OSError(errno.EIO, "the line is gone")


class Recorder:
    """Another transport, and a line of text for each thing that passed through it.

    ``> 02 03 …`` was written, ``< 02 03 …`` was read; `Replay` reads them. There is no time in
    them, so that two recordings can be compared. Never put one on a card reader: what it writes
    down would be card data.
    """

    def __init__(self, transport: Transport, note: Callable[[str], None]) -> None:
        self._transport = transport
        self._note = note

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport`."""
        data = self._transport.read(limit, timeout_s)
        if data:
            self._note(f"< {data.hex(' ').upper()}")
        return data

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        """See `Transport`."""
        self._note(f"> {data.hex(' ').upper()}")
        self._transport.write(data, timeout_s)

    def close(self) -> None:
        """See `Transport`."""
        self._transport.close()


class Replay:
    """A recording played back: the driver must write what was written then.

    Args:
        lines: what a `Recorder` noted; empty lines and text after ``#`` are passed over.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._steps: list[tuple[str, bytes]] = []
        for line in lines:
            step = line.partition("#")[0].strip()
            if step:
                self._steps.append((step[0], bytes.fromhex(step[1:])))
        self._next = 0

    @property
    def ended(self) -> bool:
        """Everything of the recording has passed."""
        return self._next == len(self._steps)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `Transport`; empty while the recording waits for a write, or has ended."""
        if self.ended or self._steps[self._next][0] != "<":
            return b""
        data = self._steps[self._next][1]
        if len(data) > limit:
            self._steps[self._next] = ("<", data[limit:])
            return data[:limit]
        self._next += 1
        return data

    def write(self, data: bytes, timeout_s: float = WRITE_S) -> None:
        """See `Transport`.

        Raises:
            OSError: the recording goes on otherwise.
        """
        if self.ended:
            raise OSError(errno.EIO, f"the recording has ended, but wrote {data.hex(' ')}")
        way, expected = self._steps[self._next]
        if way != ">" or expected != data:
            raise OSError(
                errno.EIO,
                f"step {self._next + 1} of the recording is {way} {expected.hex(' ')}, "
                f"but wrote {data.hex(' ')}",
            )
        self._next += 1

    def close(self) -> None:
        """See `Transport`."""
