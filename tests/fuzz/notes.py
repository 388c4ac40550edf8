"""Acceptors of notes and pulses, at the end of a line on which some answers are lies.

As in `dialogues`: what a driver credits must have come over the line, by the other side's codec.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from kiosk.core.messages import (
    AcceptNotes,
    AcknowledgeCoin,
    AcknowledgeNote,
    CoinTaken,
    NoteEscrowed,
    NoteStacked,
    RecallCoins,
    ReturnNote,
    StackNote,
)
from kiosk.hardware import pulse
from kiosk.hardware.device import Device
from kiosk.hardware.peers import (
    ccnet,
    ccnet_frames,
    cctalk_line,
    cctalk_notes,
    id003,
    id003_frames,
    ssp,
    ssp_frames,
)
from tests.fuzz import money
from tests.fuzz.dialogues import DEVICE, ERRORS, OPENS, SHIPPED, Dialogue, Line, _cctalk_says
from tests.fuzz.engine import Parser, Target
from tests.fuzz.reading import because

FACES = (10, 50, 100, 200, 500, 1000, 2000, 5000)


def accept(device: Device) -> None:
    device.perform(AcceptNotes(DEVICE, FACES))


def _target(
    make: Callable[[Random], Dialogue], says: Callable[[Line], int]
) -> Callable[[Random], Target]:
    """`says`: how many notes the lies of one input told as stacked, at most."""

    def target(chance: Random) -> Target:
        one = make(chance)
        credited: set[str] = set()
        allowed = 0

        def read(data: bytes) -> None:
            nonlocal allowed
            try:
                events = one.told(data, 1 if chance.random() < 0.6 else 4)
            finally:
                allowed += says(one.line)
            for event in events:
                if isinstance(event, NoteEscrowed):
                    order = StackNote if chance.random() < 0.8 else ReturnNote
                    one.line.reads = 0
                    one.device.perform(order(event.note))
                elif isinstance(event, NoteStacked):
                    credited.add(event.note)
                    known = event.value.minor in {100 * face for face in FACES}
                    because(known, f"a note of {event.value}")
                    if chance.random() < 0.8:
                        one.device.perform(AcknowledgeNote(event.note))
            because(len(credited) <= allowed, f"{len(credited)} notes, {allowed} were told")

        return read

    return target


def _of_ccnet(line: Line) -> int:
    """Whole frames that say *stacked* (81h): with a length of a byte, or 0 and then two of it."""
    count = 0
    for data in line.heard:
        for at in range(len(data) - 6):
            if data[at] == 0x02 and data[at + 3] == 0x81:
                size = data[at + 2] or data[at + 4] << 8 | data[at + 5]
                whole = data[at : at + size]
                count += 5 < size == len(whole) and ccnet_frames.crc(whole) == 0
    return count


def _ccnet(chance: Random) -> Dialogue:
    line = Line(ccnet.BillValidator(country="RUS"), lambda said: said[3:4] == b"\x33")
    return Dialogue("ccnet", line, chance, lambda _, data: money._ccnet_framed(data), accept)


def _of_id003(line: Line) -> int:
    """Whole frames that say *vend valid* (15h), or *stacked* (16h), which follows it."""
    count = 0
    for data in line.heard:
        for at in range(len(data) - 4):
            if data[at] == 0xFC and data[at + 2] in (0x15, 0x16):
                whole = data[at : at + data[at + 1]]
                count += 4 < len(whole) == data[at + 1] and id003_frames.crc(whole) == 0
    return count


def _id003(chance: Random) -> Dialogue:
    line = Line(id003.BillAcceptor(country=0x27), lambda said: said[2:3] == b"\x11")
    return Dialogue("id003", line, chance, lambda _, data: money._id003_framed(data), accept)


def _of_ssp(line: Line) -> int:
    """Each byte EE (credit) or E2 (cleared into the cashbox) in a whole packet may be a note."""
    heard = (ssp_frames.Framer().packets(data) for data in line.heard)
    told = (packet.data for packets in heard for packet in packets)
    return sum(data.count(0xEE) + data.count(0xE2) for data in told)


def _ssp(chance: Random) -> Dialogue:
    kind = ssp.Kind(poll_with_ack="yes", encryption="no")
    line = Line(
        ssp.BillValidator(country="RUB", kind=kind), lambda said: said[3:4] in (b"\7", b"V")
    )

    def framed(command: bytes, data: bytes) -> bytes:
        return ssp_frames.packet(command[1], data[:255])

    return Dialogue("ssp", line, chance, framed, accept)


CCTALK = (
    bytes(11),
    b"\x01\x04\x01" + bytes(8),
    b"\x02\x04\x00\x04\x01" + bytes(6),
    b"\x05\x00\x01\x04\x00\x04\x01\x00\x06\x03\x00",
    b"\x09\x02\x00\x02\x01\x00\x15\x00\x07\x05\x01",
    b"\xff" + b"\x03\x00\x03\x01" * 2 + bytes(2),
)


def _cctalk(chance: Random) -> Dialogue:
    line = Line(cctalk_notes.BillValidator(country="RU"), lambda said: said[3:4] == b"\x9f")

    def framed(command: bytes, data: bytes) -> bytes:
        return command + cctalk_line.frame(1, 40, 0, data[:255], with_crc=True)

    return Dialogue("cctalk_notes", line, chance, framed, accept)


# --- pulses --------------------------------------------------------------------------------------

PULSES = (
    bytes((50, 50) * 5),
    bytes((100, 100, 30, 200)),
    bytes((1, 5, 80, 2, 60, 60)),
    bytes((250, 50, 250, 50)),
)
LOST = 7
"""A byte of an input is how long after the one before an edge comes; of this one none comes."""


class _Wire:
    is_active = False

    def close(self) -> None:
        """There is none."""


def _pulses(chance: Random) -> Target:
    now_s = [0.0]
    options: dict[str, Any] = {**SHIPPED["driver"]["pulse"], "pins": "mock", "currency": "RUB"}
    options |= {"coin": 17, "inhibit": 27}
    device = pulse.PulseAcceptor(
        DEVICE, options, start=1, connect=lambda: None, clock=lambda: now_s[0]
    )
    device._wire = _Wire()  # without pins: what they leave word of is given as it is
    device.perform(RecallCoins(DEVICE, ""))
    shortest, longest = int(options["pulse_min_ms"]), int(options["pulse_max_ms"])
    active_low = bool(options["active_low"])
    ticks_ms, level, began = 0, active_low, -1
    credited: set[str] = set()
    allowed = 0

    def read(data: bytes) -> None:
        nonlocal ticks_ms, level, began, allowed
        for byte in data:
            ticks_ms += byte
            level = level if byte == LOST else not level
            device._edge(ticks_ms / 1000, int(level))
            if level is not active_low:
                began = ticks_ms
            elif began >= 0:
                # Half a millisecond for what binary fractions make of thousandths.
                allowed += shortest - 0.5 < ticks_ms - began < longest + 0.5
                began = -1
        now_s[0] += 0.5
        device._came.set()  # there always is an edge: nothing is waited for
        for event in device.poll(0.0):
            if isinstance(event, CoinTaken):
                credited.add(event.coin)
                because(event.value.minor == options["pulse_minor"], f"a pulse of {event.value}")
                device.perform(AcknowledgeCoin(event.coin))
        because(len(credited) <= allowed, f"{len(credited)} pulses, {allowed} were sent")

    return read


NO_NOTE = "a note that no whole frame told"
PARSERS = (
    Parser("ccnet_driver", "CCNET, its driver on a line", money.CCNET,
           _target(_ccnet, _of_ccnet), ERRORS, oracle=NO_NOTE, lines_min=OPENS),
    Parser("id003_driver", "ID-003, its driver on a line", money.ID003,
           _target(_id003, _of_id003), ERRORS, oracle=NO_NOTE, lines_min=OPENS),
    Parser("ssp_driver", "SSP, its driver on a line", money.SSP,
           _target(_ssp, _of_ssp), ERRORS, oracle=NO_NOTE, lines_min=OPENS),
    Parser("cctalk_notes_driver", "ccTalk notes, the driver on a line", CCTALK,
           _target(_cctalk, _cctalk_says(159, True)), ERRORS,
           oracle="a note that no two answers told alike", lines_min=OPENS),
    Parser("pulses", "trains of pulses", PULSES, _pulses, ERRORS,
           oracle="a pulse that no two edges made"),
)  # fmt: skip
