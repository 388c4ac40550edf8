"""Whatever happens to the simulated validator: no note is lost or doubled, answers are sound."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.hardware.peers.ccnet import BillValidator
from kiosk.hardware.peers.ccnet_frames import State, crc, frame

Step = Callable[[BillValidator, float], object]

COMMANDS: dict[str, bytes] = {
    "poll": frame(b"\x33"),
    "ack": frame(b"\x00"),
    "nak": frame(b"\xff"),
    "reset": frame(b"\x30"),
    "enable": frame(b"\x34" + b"\xff" * 6),
    "enable without escrow": frame(b"\x34" + b"\xff" * 3 + b"\x00" * 3),
    "disable": frame(b"\x34" + bytes(6)),
    "stack": frame(b"\x35"),
    "return": frame(b"\x36"),
    "hold": frame(b"\x38"),
}
ACCIDENTS: dict[str, Step] = {
    "note": lambda device, now_s: device.insert(500, now_s),
    "strange note": lambda device, now_s: device.insert(7, now_s),
    "jam": lambda device, now_s: device.jam(now_s),
    "cassette jam": lambda device, now_s: device.jam(now_s, cassette=True),
    "clear": lambda device, now_s: device.clear_jam(now_s),
    "clear into the cassette": lambda device, now_s: device.clear_jam(now_s, stacked=True),
    "repair": lambda device, now_s: device.repair(now_s),
    "cheat": lambda device, now_s: device.cheat(now_s),
    "pause": lambda device, now_s: device.pause(now_s),
    "fail": lambda device, now_s: device.fail(0x50, now_s),
    "full": lambda device, now_s: device.cassette_full(now_s),
    "cassette out": lambda device, now_s: device.remove_cassette(now_s),
    "cassette in": lambda device, now_s: device.replace_cassette(now_s),
    "power off": lambda device, now_s: device.power_cut(now_s),
    "power on": lambda device, now_s: device.power_up(now_s),
    "freeze": lambda device, now_s: device.freeze(now_s),
    "thaw": lambda device, now_s: device.thaw(now_s),
    "busy": lambda device, now_s: device.busy(0.3, now_s),
    "drop": lambda device, now_s: device.drop_replies(1),
    "lose an ack": lambda device, now_s: device.lose_acks(1),
    "swallow": lambda device, now_s: device.swallow(1),
}
WAITS = {"a moment": 0.1, "half a second": 0.5, "a second": 1.1, "six seconds": 6.0}
START = ["reset", "a second", "a second", "enable"]
# What usually happens, so that accidents find notes in every place.
SCENES = [
    START,
    ["note"],
    ["note", "a second"],
    ["note", "a second", "stack", "half a second"],
    ["note", "a second", "stack", "a second", "poll", "ack"],
    ["note", "a second", "return", "a second", "poll", "ack"],
]
ANYTHING = [[name] for name in sorted({**COMMANDS, **ACCIDENTS, **WAITS})]

scenes = st.one_of(st.sampled_from(SCENES), st.sampled_from(ANYTHING), st.sampled_from(ANYTHING))


@settings(max_examples=500, derandomize=True, deadline=None)
@given(st.lists(scenes, min_size=5, max_size=30))
def test_every_note_is_in_one_place_and_every_answer_is_sound(played: list[list[str]]) -> None:
    device, now_s = BillValidator(), 0.0
    for name in chain(START, *played):
        now_s += WAITS.get(name, 0.01)
        if name in COMMANDS:
            told = device.feed(COMMANDS[name], now_s)
            assert not told or (crc(told) == 0 and len(told) == told[2])
            if name == "poll" and told:
                assert State(told[3])
        elif name in ACCIDENTS:
            ACCIDENTS[name](device, now_s)
        else:
            device.tick(now_s)
        gone = device.cassette + device.emptied + device.returned + device.taken_out
        assert sorted(gone + device.inside) == sorted(device.inserted)
        assert (device.place == "outside") == (device.inside == [])
        if not device.powered:
            continue
        if device.state in (State.ACCEPTING, State.ESCROW, State.HOLDING, State.STACKING):
            assert device.inside
        if device.state in (State.IDLING, State.DISABLED):
            assert not device.inside
