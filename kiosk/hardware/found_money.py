"""What of SSP, ID-003 and ccTalk is at the end of a serial line: by questions that change nothing.

To be asked behind those of `found`: none of these is taken for its own by a printer or by CCNET.

- ccTalk: a simple poll at the addresses of a coin acceptor, a note acceptor and a hopper, in both
  forms of the check; then what the device calls itself.
- ID-003: the state, then the version: the state *idling* is the question itself, which an adapter
  with an echo gives back as well.
- SSP: SYNC, never POLL: an event that a poll tells is not told again.

Source: docs/devices.md, the sections of each protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.core.errors import DeviceError
from kiosk.hardware import cctalk, id003_frames, ssp_frames
from kiosk.hardware.found import Found, Kind
from kiosk.hardware.transport import Transport, connect

ANSWER_S = 0.3
"""As in `found`."""
CCTALK_S = 0.1
"""A device of ccTalk answers within 50 ms or, at this address, never."""
TRIES = 2
"""The first question may follow half of another one, and is lost then."""
HEARD_MAX_BYTES = 300


class Open(Protocol):
    """Makes what opens a line."""

    def __call__(
        self, port: str, *, baud: int, parity: str = "none", stop_bits: int = 1
    ) -> Callable[[], Transport]:
        """See `transport.connect`."""


@dataclass(frozen=True)
class Place:
    """Where on a ccTalk line a kind of device is, and how its frames are checked."""

    kind: Kind
    driver: str
    address: int
    check: cctalk.Check
    usual: bool
    word: str
    """What stands in the category that it calls itself."""


PLACES = (
    Place("coins", "cctalk_coins", 2, "sum", True, "coin"),
    Place("acceptor", "cctalk_notes", 40, "crc", True, "bill"),
    Place("hopper", "cctalk_hopper", 3, "sum", True, "payout"),
    Place("acceptor", "cctalk_notes", 40, "sum", False, "bill"),
    Place("coins", "cctalk_coins", 2, "crc", False, "coin"),
    Place("hopper", "cctalk_hopper", 3, "crc", False, "payout"),
)


def on_line(port: str, told: str = "", opens: Open = connect) -> Found | None:
    """What of these is at the end of a serial line; None where nothing answers.

    Raises:
        DeviceError, OSError: the line cannot be opened, or it is gone.
    """
    asks: tuple[tuple[str, int, Callable[[Transport], _Told | None]], ...] = (
        ("none", 1, _cctalk),
        ("even", 1, _id003),
        ("none", 2, _ssp),
    )
    for parity, stop_bits, ask in asks:
        line = _opened(opens, port, parity, stop_bits)
        try:
            answer = ask(line)
        finally:
            line.close()
        if answer is not None:
            options: dict[str, str | int | bool] = {"port": port, **answer.options}
            return Found(answer.kind, answer.driver, options, answer.model or told)
    return None


def _opened(opens: Open, port: str, parity: str, stop_bits: int) -> Transport:
    try:
        return opens(port, baud=9600, parity=parity, stop_bits=stop_bits)()
    except DeviceError as error:
        if error.cause != "settings" or parity == "none":
            raise
        # What is no wire, as a line of a simulated device, has no parity.
        return opens(port, baud=9600, parity="none", stop_bits=stop_bits)()


@dataclass(frozen=True)
class _Told:
    kind: Kind
    driver: str
    options: dict[str, str | int | bool]
    model: str


def _cctalk(line: Transport) -> _Told | None:
    for place in PLACES:
        bus = cctalk.Line(
            line, address=place.address, check=place.check, echo="auto", answer_s=CCTALK_S
        )
        if bus.ask(cctalk.SIMPLE_POLL, tries=TRIES) is None:
            continue
        category = bus.text(cctalk.CATEGORY)
        if category and place.word not in category.lower():
            continue
        model = f"{bus.text(cctalk.MAKER)} {bus.text(cctalk.PRODUCT)}".strip()
        check: dict[str, str | int | bool] = {} if place.usual else {"check": place.check}
        return _Told(place.kind, place.driver, check, model or category)
    return None


def _id003(line: Transport) -> _Told | None:
    if _id003_asked(line, id003_frames.STATUS) is None:
        return None
    told = _id003_asked(line, id003_frames.VERSION)
    if told is None or told[:1] != bytes([id003_frames.VERSION]) or len(told) < 2:
        return None
    return _Told("acceptor", "id003", {}, _text(told[1:]))


def _id003_asked(line: Transport, command: int) -> bytes | None:
    line.write(id003_frames.frame(bytes([command])))
    heard = b""
    while (more := line.read(HEARD_MAX_BYTES, ANSWER_S)) and len(heard) < HEARD_MAX_BYTES:
        heard += more
        try:
            found = id003_frames.take(heard)
        except id003_frames.BadFrame:
            return None
        if found is not None:
            return found.body
    return None


def _ssp(line: Transport) -> _Told | None:
    line.write(ssp_frames.frame(0, True, bytes([ssp_frames.SYNC])))
    heard = b""
    while (more := line.read(HEARD_MAX_BYTES, ANSWER_S)) and len(heard) < HEARD_MAX_BYTES:
        heard += more
        try:
            found = ssp_frames.take(heard)
        except ssp_frames.BadFrame:
            return None
        if found is not None:
            sure = found.address == 0 and found.flag and found.data == bytes([ssp_frames.OK])
            return _Told("acceptor", "ssp", {}, "") if sure else None
    return None


def _text(data: bytes) -> str:
    return " ".join(data.decode("ascii", "replace").split())
