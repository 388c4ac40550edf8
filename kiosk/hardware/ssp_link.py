"""The line to an SSP device: sequence flag, repeats, and encryption where it is on.

A command that was not answered may have been carried out: it is sent again with the same flag, on
which the device only repeats its answer. No other command goes out before it was answered.
"""

from __future__ import annotations

import logging

from kiosk.core.errors import DeviceError
from kiosk.hardware import essp
from kiosk.hardware import ssp_frames as frames
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

NOISE = "what the note acceptor says cannot be read: a bad line, or another speed"
RETRIES = 3
GAP_S = 0.02
"""Silence before a command, in which a late answer to the one before is thrown away."""
BYTE_S = 0.05
"""Silence inside an answer that ends it: a USB adapter hands bytes over every 16 ms."""
STREAM_MAX_BYTES = 1024
"""No answer is longer, stuffed as it may be; what goes on is noise."""


class Link:
    """One connection to one device.

    Args:
        line: open, and closed by whoever opened it.
        address: of the device.
        answer_s: how long an answer may take.
    """

    def __init__(self, line: Transport, address: int, answer_s: float) -> None:
        self._line = line
        self._address = address
        self._answer_s = answer_s
        self._flag = True
        self._cipher: essp.Cipher | None = None
        self._frame = b""
        self.pending: bytes | None = None
        """The command that was sent and not answered yet."""
        self.noise = False
        """What came last could not be read."""

    def sync(self) -> None:
        """Begin anew: the next command has the flag 0, and none is encrypted.

        Raises:
            DeviceError: nobody answers, or not as a device of SSP does.
        """
        self.forget()
        told = self.ask(bytes([frames.SYNC]))
        if told[0] != frames.OK:
            raise DeviceError(f"the note acceptor answers SYNC with {told[0]:02X}h")

    def forget(self) -> None:
        """What was agreed on, and the command that was not answered, are of no use any more."""
        self._cipher, self._flag, self.pending = None, True, None

    def agree(self, fixed: int) -> None:
        """Agree on a key; whatever follows is encrypted, and answers that are not are refused.

        Args:
            fixed: the half of the key that lies in the device.

        Raises:
            DeviceError: the device does not encrypt.
        """
        exchange = essp.Exchange.begin()
        for command, value in (
            (frames.SET_GENERATOR, exchange.generator),
            (frames.SET_MODULUS, exchange.modulus),
            (frames.REQUEST_KEY_EXCHANGE, exchange.told),
        ):
            told = self.ask(bytes([command]) + essp.number(value))
            if told[0] != frames.OK:
                why = frames.GENERIC.get(told[0], f"{told[0]:02X}h")
                raise DeviceError(f"the note acceptor does not agree on a key: {why}")
        if len(told) != 9:
            raise DeviceError("the note acceptor answers without its half of the key")
        agreed = exchange.agreed(int.from_bytes(told[1:], "little"))
        self._cipher = essp.Cipher(fixed, agreed)

    def ask(self, command: bytes) -> bytes:
        """Send a command until it is answered; `pending` must be None, or this command.

        Returns:
            The answer, at least one byte.

        Raises:
            DeviceError: it is not answered.
        """
        for _ in range(1 + RETRIES):
            self.drain(GAP_S)
            told = self.ask_once(command, self._answer_s)
            if told is not None:
                return told
        if self.noise:
            raise DeviceError(NOISE)
        hint = "; is the key the right one?" if self._cipher else ""
        raise DeviceError(f"the note acceptor does not answer command {command[0]:02X}h{hint}")

    def ask_once(self, command: bytes, wait_s: float) -> bytes | None:
        """Send a command, or once more the one that was not answered; None without an answer.

        Raises:
            DeviceError: the device has lost the key.
        """
        if self.pending is None:
            data = self._cipher.seal(command) if self._cipher else command
            self._frame = frames.frame(self._address, self._flag, data)
            self.pending = command
        assert self.pending == command, "one command after the other"
        self._line.write(self._frame)
        try:
            told = self._receive(wait_s)
        except frames.BadFrame as bad:
            # What cannot be decrypted is no noise of the line.
            self.noise = self._cipher is None
            log.info("ssp: %s", bad)
            return None
        self.noise = False
        if told is not None:
            self.pending, self._flag = None, not self._flag
        return told

    def drain(self, wait_s: float) -> None:
        """Let late answers pass, so long at most."""
        self._line.read(STREAM_MAX_BYTES, wait_s)

    def _receive(self, wait_s: float) -> bytes | None:
        stream = b""
        while len(stream) < STREAM_MAX_BYTES:
            data = self._line.read(STREAM_MAX_BYTES, BYTE_S if stream else wait_s)
            if not data and stream:
                raise frames.BadFrame(f"cut short: {stream.hex(' ')}")
            if not data:
                return None
            stream += data
            while found := frames.take(stream):
                if (found.address, found.flag) == (self._address, self._flag):
                    return self._opened(found.data)
                stream = found.rest  # of another device, or late
        raise frames.BadFrame("noise without an end")

    def _opened(self, data: bytes) -> bytes:
        if self._cipher is None:
            return data
        if data == bytes([frames.KEY_NOT_SET]):
            raise DeviceError("the note acceptor has restarted: it has lost the key")
        return self._cipher.open(data)
