"""Contactless card readers through the PC/SC daemon (`pcscd`).

The low-level binding is used on purpose: pyscard's monitors end for good when the daemon restarts
(design of the devices, section 1). Any error of PC/SC ends the session; which code comes back for
a killed daemon varies, so no list of codes is kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

from smartcard import scard

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    CardEnrolFailed,
    CardEnrolled,
    CardPresented,
    CardRefused,
    CardRemoved,
    Effect,
    EnrolCards,
    Event,
    Role,
    StopEnrolling,
)
from kiosk.hardware import card_keys, desfire, ntag424
from kiosk.hardware.card_keys import CannotEnrol, CardTorn, Masters, NotGenuine, Send
from kiosk.hardware.device import POLL_MAX_S, Options
from kiosk.hardware.transport import Transport

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
_PLUGS = "\\\\?PnP?\\Notification"  # the pseudo reader whose state is the number of readers
_GONE = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE
_SELECT_PAYMENT_DIRECTORY = bytes.fromhex("00A404000E") + b"2PAY.SYS.DDF01" + b"\x00"
_GET_UID = bytes.fromhex("FFCA000000")
_FOUND = (0x90, 0x61, 0x62)  # first status byte: done, more waiting, there but locked
_RANDOM_UID = 0x08  # ISO/IEC 14443-3: a 4-byte UID that begins so is made anew at every tap

GENUINE = ("", "ntag424", "desfire")

_daemon: str | None = None  # what libpcsclite remembers for the life of the process


class _Seen(NamedTuple):
    """What a card proved: whether it is the venue's, and how often it says it was read."""

    genuine: bool
    counter: int | None


class PcscReader:
    """One reader of the daemon.

    Options: ``reader``, ``socket``, ``genuine`` and what belongs to it (see default.toml);
    ``secrets``, the folder of the venue's keys.

    A card is told once, however long it lies there, and its removal once. A card that came and
    went between two polls is told as unreadable. A daemon without a fitting reader is an error of
    `open`, so that the core sees the device down.

    One process speaks to one daemon: libpcsclite remembers the path of the socket at its first
    use, so ``socket`` has to be the same for all readers and cannot be changed while running.

    A daemon that dies is an error at once; one that hangs holds `poll` for as long as it hangs, and
    the kiosk goes on without this reader: libpcsclite waits for its answer without a limit. A
    reader that is unplugged while the daemon goes on is tried in the emulator (`make devices-vm`).
    Not verified without hardware: what storage cards answer to the SELECT of the payment directory
    on each model of reader, and how long a real chip takes for its proof.

    Raises:
        ConfigError: an option of ``genuine`` is of no use.
    """

    role: ClassVar[Role] = "reader"

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
    ) -> None:
        self._device = device
        self._wanted = str(options["reader"])
        self._socket = str(options["socket"])
        self._genuine = str(options["genuine"])
        self._application, self._number = _of_use(device, options)
        self._keys = Path(str(options.get("secrets", "")), card_keys.FILE)
        self._masters: Masters | None = None
        self._enrolling = False
        self._context: int | None = None
        self._reader = ""
        self._readers = 0
        self._state = self._told = 0

    def open(self) -> str:
        """Find the reader; its name is the model."""
        # Read anew each time that it is opened: a newer key is believed without a new start.
        self._masters = card_keys.masters(self._keys) if self._genuine else None
        _choose_daemon(self._socket)
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _require(result, "no PC/SC daemon answers")
        self._context = context
        names = self._list_readers()
        fitting = [name for name in names if self._wanted.lower() in name.lower()]
        if not fitting:
            wanted = f" with '{self._wanted}' in its name" if self._wanted else ""
            there = ", ".join(names) or "none"
            told = f"no reader{wanted} is plugged in (plugged in: {there})"
            raise DeviceError(told, "other" if names else "not_found")
        self._reader = fitting[0]
        self._readers = len(names)
        self._state = self._told = scard.SCARD_STATE_UNAWARE
        return self._reader

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Wait for a card to come or go."""
        try:
            return self._changes(min(timeout_s, POLL_MAX_S))
        except DeviceError:
            if not self._told & scard.SCARD_STATE_PRESENT:
                raise
            # Nothing else would tell the removal; the error comes again with the next poll.
            self._state = self._told = scard.SCARD_STATE_UNAWARE
            return [CardRemoved(self._device)]

    def perform(self, effect: Effect) -> None:
        """Make the cards that come genuine from now on, or read them again as ever."""
        match effect:
            case EnrolCards():
                if self._masters is None:
                    raise DeviceError("this reader checks no cards: set its option genuine")
                self._enrolling = True
            case StopEnrolling():
                self._enrolling = False
            case _:
                raise DeviceError(f"a reader cannot do {type(effect).__name__}")

    def close(self) -> None:
        """Let go of the daemon."""
        context, self._context = self._context, None
        if context is not None:
            scard.SCardReleaseContext(context)

    def _list_readers(self) -> list[str]:
        return _listed(self._context)

    def _status(self, timeout_s: float) -> dict[str, int]:
        known = [(self._reader, self._state), (_PLUGS, self._readers << 16)]
        result, states = scard.SCardGetStatusChange(self._context, int(timeout_s * 1000), known)
        if result == scard.SCARD_E_TIMEOUT:
            return {}
        _require(result, "the reader was lost")
        return {name: state for name, state, _ in states}

    def _changes(self, timeout_s: float) -> Sequence[Event]:
        states = self._status(timeout_s)
        if states:
            if states[_PLUGS] & scard.SCARD_STATE_CHANGED:
                names = self._list_readers()
                if self._reader not in names:
                    raise DeviceError(f"{self._reader} was unplugged", "unplugged")
                self._readers = len(names)
            self._state = states[self._reader] & ~scard.SCARD_STATE_CHANGED
            if self._state & _GONE:
                raise DeviceError(f"{self._reader} was unplugged", "unplugged")
        return self._moves(settled=not states)

    def _moves(self, *, settled: bool) -> list[Event]:
        """What happened since it was last told; a state's high word counts cards coming and going.

        The daemon says that a card is there, or not, before it has counted it. Unless nothing more
        comes (`settled`), what does not add up waits for the count: a card would be told twice.
        """
        before, state = self._told, self._state
        was_in = bool(before & scard.SCARD_STATE_PRESENT)
        is_in = bool(state & scard.SCARD_STATE_PRESENT)
        moves = ((state >> 16) - (before >> 16)) & 0xFFFF
        if before == scard.SCARD_STATE_UNAWARE:
            moves = int(is_in)
        if moves % 2 != (was_in != is_in):
            if not settled:
                return []
            # libpcsclite waits for no count while it knows of none: it comes with the next card.
            moves = max(moves - 1, int(was_in != is_in))
        self._told = state
        events: list[Event] = []
        if was_in and moves:
            events.append(CardRemoved(self._device))
        if is_in and moves:
            events.append(self._read(state))
        if not is_in and moves - was_in >= 2:
            events.append(self._refused("unreadable"))
        return events

    def _read(self, state: int) -> Event:
        """Who is the card in the field? Its UID is believed only when it is no payment card."""
        if state & scard.SCARD_STATE_MUTE:
            return self._refused("unreadable")
        result, card, protocol = scard.SCardConnect(
            self._context,
            self._reader,
            scard.SCARD_SHARE_SHARED,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if result != scard.SCARD_S_SUCCESS:
            # Gone again, or the daemon is: the next poll knows, and tells it.
            return self._refused("unreadable")
        try:
            directory = _ask(card, protocol, _SELECT_PAYMENT_DIRECTORY)
            if not directory:
                return self._refused("unreadable")
            if directory[-2] in _FOUND:
                return self._refused("bank_card")
            answer = _ask(card, protocol, _GET_UID)
            uid = answer[:-2]
            if not uid or answer[-2:] != b"\x90\x00":
                return self._refused("unreadable")
            if len(uid) == 4 and uid[0] == _RANDOM_UID:
                return self._refused("random_uid")
            if self._masters is None:
                return CardPresented(self._device, "contactless", uid.hex().upper())
            return self._proved(_sender(card, protocol), uid, self._masters)
        finally:
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def _proved(self, send: Send, uid: bytes, masters: Masters) -> Event:
        """What the card proves, or whether it was made genuine."""
        raw = uid.hex().upper()
        if self._enrolling:
            try:
                anew = self._enrol(send, uid, masters)
            except CardTorn:
                return CardEnrolFailed(self._device, "torn")
            except CannotEnrol as error:
                return CardEnrolFailed(self._device, error.reason)
            return CardEnrolled(self._device, "contactless", raw, anew)
        try:
            seen = self._check(send, uid, masters)
        except CardTorn:
            return self._refused("unreadable")
        except NotGenuine:
            return self._refused("not_genuine")
        proof: Literal["none", "genuine"] = "genuine" if seen.genuine else "none"
        return CardPresented(self._device, "contactless", raw, proof, seen.counter)

    def _check(self, send: Send, uid: bytes, masters: Masters) -> _Seen:
        if self._genuine == "desfire":
            found = desfire.check(send, uid, masters, self._application, self._number)
            return _Seen(found, None)
        counter = ntag424.check(send, uid, masters)
        return _Seen(counter is not None, counter)

    def _enrol(self, send: Send, uid: bytes, masters: Masters) -> bool:
        if self._genuine == "desfire":
            return desfire.enrol(send, uid, masters, self._application, self._number)
        return ntag424.enrol(send, uid, masters)

    def _refused(
        self, reason: Literal["bank_card", "random_uid", "unreadable", "not_genuine"]
    ) -> CardRefused:
        return CardRefused(self._device, "contactless", reason)


def _of_use(device: DeviceId, options: Options) -> tuple[bytes, int]:
    """The application and the key of a DESFire card, once all that is about genuine cards fits."""
    mistakes = []
    application, number = str(options["desfire_application"]), int(options["desfire_key"])
    if str(options["genuine"]) not in GENUINE:
        mistakes.append(f'genuine: "{options["genuine"]}" is none of {", ".join(GENUINE[1:])}')
    if not re.fullmatch("[0-9A-Fa-f]{6}", application) or application == "000000":
        mistakes.append(f'desfire_application: "{application}" is not six hex digits of an id')
    if not 1 <= number <= desfire.NUMBER_MAX:
        mistakes.append(f"desfire_key: {number} is not 1 to {desfire.NUMBER_MAX}")
    if mistakes:
        raise ConfigError([f"[devices.{device}] {mistake}" for mistake in mistakes])
    return bytes.fromhex(application), number


def readers(socket: str = "") -> list[str]:
    """The names of the readers that the daemon has; `socket` as the option of a reader.

    Raises:
        DeviceError: no daemon answers.
    """
    _choose_daemon(socket)
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _require(result, "no PC/SC daemon answers")
    try:
        return _listed(context)
    finally:
        scard.SCardReleaseContext(context)


def _listed(context: int | None) -> list[str]:
    result, names = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE:
        return []
    _require(result, "the readers cannot be listed")
    return list(names)


def _choose_daemon(path: str) -> None:
    global _daemon
    if _daemon is None:
        _daemon = path
        if path:
            os.environ[SOCKET_VARIABLE] = path
    elif path != _daemon:
        raise DeviceError(
            f"this process uses the PC/SC daemon at {_daemon or 'its usual place'} and cannot also "
            f"use the one at {path or 'its usual place'}: give all readers the same 'socket' and "
            "start again"
        )


def _ask(card: int, protocol: int, command: bytes) -> bytes:
    """Send one APDU: data and the two status bytes, or nothing when the card did not answer."""
    result, answer = scard.SCardTransmit(card, protocol, list(command))
    return bytes(answer) if result == scard.SCARD_S_SUCCESS and len(answer) >= 2 else b""


def _sender(card: int, protocol: int) -> Send:
    def send(command: bytes) -> bytes:
        answer = _ask(card, protocol, command)
        if not answer:
            raise CardTorn
        return answer

    return send


def _require(result: int, otherwise: str) -> None:
    if result != scard.SCARD_S_SUCCESS:
        told = str(scard.SCardGetErrorMessage(result)).strip().rstrip(".")
        raise DeviceError(f"{otherwise}: {told} ({result & 0xFFFFFFFF:08X})")
