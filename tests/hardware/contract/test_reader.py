"""What every reader promises, whatever carries it: one suite, every peer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from kiosk.core.errors import DeviceError
from kiosk.core.messages import CardPresented, CardRefused, CardRemoved, Event, Signal, Sound
from kiosk.hardware import driver as driver_class
from kiosk.hardware import peers
from kiosk.hardware.device import POLL_MAX_S, Device, Options
from kiosk.hardware.magstripe import StripeReader
from kiosk.hardware.peers.magstripe import Fault
from kiosk.hardware.peers.magstripe import StripeReader as SimulatedStripeReader
from kiosk.hardware.peers.vpcd import RunningReader
from kiosk.hardware.transport import MemoryLine, Transport, connect
from kiosk.hardware.wedge import Wedge
from tests.hardware.keyboard import Keyboard

GIVE_UP_S = 20
UID = "04A1B2C3D4E5F6"
TRACKS = "%LOYALTY 42?;7700001?"
BANK_TRACKS = "%B4111111111111111^DOE/JOHN^29051010000000000000?;4111111111111111=2905101?"
BANK_NUMBER = "4111111111111111"
CODE = "TICKET-7700001"
Defaults = Callable[[str], Options]


@dataclass
class Rig:
    """One driver with its device, and what a guest and a cable can do to it."""

    signal: Signal
    raw: str
    make: Callable[[], Device]
    present: Callable[[], object]
    take_away: Callable[[], object]
    present_bank_card: Callable[[], object] | None
    unplug: Callable[[], object]
    plug: Callable[[], object]


def contactless_rig(running: RunningReader, defaults: Defaults, **more: str) -> Rig:
    """With `more` options; a reader that checks cards is shown one that could prove itself."""

    def line() -> Transport:
        raise AssertionError("a PC/SC reader has no line")

    options = {**defaults("pcsc"), "socket": running.port, **more}
    kind = [more["genuine"]] if "genuine" in more else []
    return Rig(
        "contactless",
        UID,
        lambda: driver_class("pcsc")("reader", options, start=1, connect=line),
        lambda: running.verbs["tap"]([*kind, UID]),
        lambda: running.verbs["untap"]([]),
        lambda: running.verbs["tap"](["bank", "04D1D2D3D4D5D6"]),
        running.unplug,
        running.plug,
    )


def stripe_rig(running: peers.RunningPeer, defaults: Defaults) -> Rig:
    return Rig(
        "magnetic",
        TRACKS,
        lambda: driver_class("magstripe")(
            "reader", defaults("magstripe"), start=1, connect=connect(running.port)
        ),
        lambda: running.verbs["swipe"]([TRACKS]),
        lambda: None,
        lambda: running.verbs["swipe"]([BANK_TRACKS]),
        running.unplug,
        running.plug,
    )


def scanner_rig(running: peers.RunningPeer, defaults: Defaults) -> Rig:
    return Rig(
        "barcode",
        CODE,
        lambda: driver_class("scanner")(
            "reader", defaults("scanner"), start=1, connect=connect(running.port)
        ),
        lambda: running.verbs["scan"]([CODE]),
        lambda: None,
        None,
        running.unplug,
        running.plug,
    )


def wedge_rig(keyboard: Keyboard, defaults: Defaults) -> Rig:
    """No peer: the kernel's keyboard is pretended, see `tests.hardware.keyboard`."""
    options = {**defaults("wedge"), "device": keyboard.path}
    return Rig(
        "magnetic",
        TRACKS,
        lambda: Wedge("reader", options, start=1, connect=no_line, grab=keyboard.grab),
        lambda: keyboard.types(TRACKS + "\r"),
        lambda: None,
        lambda: keyboard.types(BANK_TRACKS + "\r"),
        keyboard.unplug,
        keyboard.plug,
    )


def no_line() -> Transport:
    raise AssertionError("a keyboard has no line")


class Memory:
    """A simulated stripe reader without a line, on a clock of its own."""

    def __init__(self, *, with_check: bool = False, terminator: str = "\r") -> None:
        self.peer = SimulatedStripeReader(with_check=with_check, terminator=terminator)
        self.now_s = 0.0
        self.line: MemoryLine | None = None
        self.plugged = True

    def connect(self) -> MemoryLine:
        if not self.plugged:
            raise DeviceError("there is none")
        self.line = MemoryLine(self.peer, lambda: self.now_s, self._wait)
        return self.line

    def unplug(self) -> None:
        self.plugged = False
        if self.line is not None:
            self.line.unplug()

    def plug(self) -> None:
        self.plugged = True

    def swipe(self, tracks: str, fault: Fault | None = None) -> None:
        self.peer.swipe(tracks, fault)

    def driver(self, defaults: Defaults, **options: bool) -> StripeReader:
        wanted = {**defaults("magstripe"), **options}
        return StripeReader("reader", wanted, start=1, connect=self.connect)

    def _wait(self, seconds: float) -> None:
        self.now_s += seconds


def memory_rig(memory: Memory, defaults: Defaults) -> Rig:
    return Rig(
        "magnetic",
        TRACKS,
        lambda: memory.driver(defaults),
        lambda: memory.swipe(TRACKS),
        lambda: None,
        lambda: memory.swipe(BANK_TRACKS),
        memory.unplug,
        memory.plug,
    )


NO_BANK_CARDS = ["scanner", "scanner with kinds"]
CHECKS = "contactless that checks ntag424"
BANK_CARDS = ["contactless", CHECKS, "stripe", "stripe with check", "stripe in memory", "wedge"]


@pytest.fixture(params=[*BANK_CARDS, *NO_BANK_CARDS])
def rig(request: pytest.FixtureRequest, defaults: Defaults) -> Iterator[Rig]:
    match request.param:
        case "contactless":
            yield contactless_rig(request.getfixturevalue("contactless"), defaults)
        case checks if checks == CHECKS:
            folder = request.getfixturevalue("tmp_path")
            keys = folder / "cards.keys"
            keys.write_text(f"1 {'0F' * 16}\n")
            keys.chmod(0o600)
            running = request.getfixturevalue("contactless")
            yield contactless_rig(running, defaults, genuine="ntag424", secrets=str(folder))
        case "stripe in memory":
            yield memory_rig(Memory(), defaults)
        case "wedge":
            yield wedge_rig(Keyboard(), defaults)
        case "scanner" | "scanner with kinds" as scanner:
            running = peers.start("scanner", {"peer_identifies": "kinds" in scanner})
            yield scanner_rig(running, defaults)
            running.stop()
        case stripe:
            running = peers.start("magstripe", {"peer_check": "check" in stripe})
            yield stripe_rig(running, defaults)
            running.stop()


@pytest.fixture
def reader(rig: Rig) -> Iterator[Device]:
    made = rig.make()
    yield made
    made.close()


def next_event(reader: Device) -> Event:
    for _ in range(GIVE_UP_S * 5):
        events = reader.poll(POLL_MAX_S)
        if events:
            (event,) = events
            return event
    raise AssertionError(f"nothing in {GIVE_UP_S} s")


def fails(reader: Device) -> Exception:
    """Poll until it fails; a removal may be told before."""
    for _ in range(GIVE_UP_S * 5):
        try:
            events = reader.poll(POLL_MAX_S)
        except (DeviceError, OSError) as error:
            return error
        assert all(isinstance(event, CardRemoved) for event in events)
    raise AssertionError(f"no error in {GIVE_UP_S} s")


def inside(reader: Device) -> str:
    """All that a driver keeps, and what its own parts keep."""
    kept = vars(reader)
    parts = [one for one in kept.values() if type(one).__module__.startswith("kiosk.hardware.")]
    return repr(kept) + "".join(repr(vars(part)) for part in parts if hasattr(part, "__dict__"))


def test_its_role_is_reader(reader: Device) -> None:
    assert reader.role == "reader"


def test_nothing_happens_by_itself(reader: Device) -> None:
    assert isinstance(reader.open(), str)
    assert [list(reader.poll(timeout_s)) for timeout_s in (0, 0.05, POLL_MAX_S)] == [[], [], []]


def test_U6_a_card_is_told_once_as_it_was_read(rig: Rig, reader: Device) -> None:
    reader.open()
    rig.present()
    assert next_event(reader) == CardPresented("reader", rig.signal, rig.raw)
    assert [list(reader.poll(POLL_MAX_S)) for _ in range(4)] == [[]] * 4


def test_the_same_card_again_is_told_again(rig: Rig, reader: Device) -> None:
    reader.open()
    told = []
    for _ in range(3):
        rig.present()
        while not isinstance(event := next_event(reader), CardPresented):
            assert event == CardRemoved("reader")
        told.append(event)
        rig.take_away()
        for _ in range(2):  # a stripe is past once its silence is over
            told += [e for e in reader.poll(POLL_MAX_S) if not isinstance(e, CardRemoved)]
    assert told == [CardPresented("reader", rig.signal, rig.raw)] * 3


@pytest.mark.parametrize("rig", BANK_CARDS, indirect=True)
def test_K07_bank_card_is_refused_and_stands_nowhere(
    rig: Rig, reader: Device, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reader.open()
    assert rig.present_bank_card is not None
    rig.present_bank_card()
    event = next_event(reader)
    assert event == CardRefused("reader", rig.signal, "bank_card")
    rig.unplug()
    error = fails(reader)
    for text in (repr(event), repr(reader), inside(reader), repr(error), caplog.text):
        assert BANK_NUMBER not in text
        assert "DOE" not in text
        assert "04D1D2D3D4D5D6" not in text.upper()


def test_a_card_of_the_venue_stands_in_no_log_and_no_repr(
    rig: Rig, reader: Device, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reader.open()
    rig.present()
    event = next_event(reader)
    for text in (repr(event), repr(reader), repr(vars(reader)), caplog.text):
        assert rig.raw not in text
        assert "7700001" not in text


def test_a_pulled_cable_is_an_error_and_after_it_the_same_driver_works_again(
    rig: Rig, reader: Device
) -> None:
    for _ in range(2):
        reader.open()
        assert reader.poll(0) == []
        rig.unplug()
        assert isinstance(fails(reader), (DeviceError, OSError))
        reader.close()
        with pytest.raises((DeviceError, OSError)):
            reader.open()
        reader.close()
        rig.plug()
    reader.open()
    rig.present()
    assert next_event(reader) == CardPresented("reader", rig.signal, rig.raw)


def test_close_may_come_at_any_time_and_twice(reader: Device) -> None:
    reader.close()
    reader.open()
    reader.close()
    reader.close()


def test_an_effect_for_another_role_is_refused(reader: Device) -> None:
    reader.open()
    with pytest.raises(DeviceError, match="Sound"):
        reader.perform(Sound("ok"))


# --- what only a stripe can do -------------------------------------------------------------------

PRESENTED = CardPresented("reader", "magnetic", TRACKS)
UNREADABLE = CardRefused("reader", "magnetic", "unreadable")
FAULTS: list[tuple[Fault, Event]] = [
    ("truncated", UNREADABLE),
    ("doubled", PRESENTED),
    ("unterminated", PRESENTED),
    ("wrong-check", UNREADABLE),
    ("unreadable", UNREADABLE),
]


def all_events(reader: Device) -> list[Event]:
    """Until well after the silence that ends a swipe."""
    return [event for _ in range(5) for event in reader.poll(POLL_MAX_S)]


@pytest.mark.parametrize("with_check", [False, True])
@pytest.mark.parametrize(("fault", "event"), FAULTS)
@pytest.mark.parametrize("terminator", ["\r", "\n", "\r\n", ""])
def test_spoilt_swipes(
    defaults: Defaults, with_check: bool, terminator: str, fault: Fault, event: Event
) -> None:
    memory = Memory(with_check=with_check, terminator=terminator)
    reader = memory.driver(defaults)
    reader.open()
    memory.swipe(TRACKS, fault)
    assert all_events(reader) == [event]
    memory.swipe(TRACKS)
    assert all_events(reader) == [PRESENTED]


@pytest.mark.parametrize(("fault", "event"), FAULTS)
def test_spoilt_swipes_over_a_line(defaults: Defaults, fault: Fault, event: Event) -> None:
    running = peers.start("magstripe", {})
    reader = StripeReader("reader", defaults("magstripe"), start=1, connect=connect(running.port))
    reader.open()
    running.verbs["swipe-badly"]([fault, TRACKS])
    assert next_event(reader) == event
    assert all_events(reader) == []
    reader.close()
    running.stop()


@pytest.mark.parametrize("tracks", ["%LOYALTY 42?;7700001?+01234?", ";7700001?!01=23?", ";7?;8?"])
def test_three_tracks_with_check_characters(defaults: Defaults, tracks: str) -> None:
    memory = Memory(with_check=True)
    reader = memory.driver(defaults)
    reader.open()
    memory.swipe(tracks)
    assert all_events(reader) == [CardPresented("reader", "magnetic", tracks)]


def test_two_cards_one_after_the_other_in_one_burst_are_two(defaults: Defaults) -> None:
    memory = Memory()
    reader = memory.driver(defaults)
    reader.open()
    memory.swipe(TRACKS)
    memory.swipe(";7700002?")
    assert all_events(reader) == [PRESENTED, CardPresented("reader", "magnetic", ";7700002?")]


def test_a_reader_that_ends_each_track_with_a_line(defaults: Defaults) -> None:
    memory = Memory()
    reader = memory.driver(defaults, line_ends_swipe=False)
    reader.open()
    memory.swipe("%LOYALTY 42?")
    memory.swipe(";7700001?")
    assert all_events(reader) == [PRESENTED]


class Chunks:
    """A line that brings one piece a read; an empty piece is silence, and so is what follows."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.waited_s = 0.0

    def read(self, limit: int, timeout_s: float) -> bytes:
        if self.pieces and (piece := self.pieces.pop(0)):
            return piece
        self.waited_s += timeout_s
        return b""

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        raise AssertionError("a stripe reader takes no commands")

    def close(self) -> None:
        pass


def polled(defaults: Defaults, line: Chunks, timeout_s: float, polls: int) -> list[Event]:
    reader = StripeReader("reader", defaults("magstripe"), start=1, connect=lambda: line)
    reader.open()
    return [event for _ in range(polls) for event in reader.poll(timeout_s)]


def test_a_swipe_comes_in_single_bytes(defaults: Defaults) -> None:
    line = Chunks(*(bytes([byte]) for byte in TRACKS.encode() + b"\r"))
    assert polled(defaults, line, 0.01, 40) == [PRESENTED]


def test_a_swipe_without_end_waits_for_150_ms_of_silence(defaults: Defaults) -> None:
    line = Chunks(TRACKS.encode())
    assert polled(defaults, line, 0.05, 3) == []
    assert line.waited_s == pytest.approx(0.1)
    line = Chunks(TRACKS.encode())
    assert polled(defaults, line, 0.05, 4) == [PRESENTED]
    assert line.waited_s == pytest.approx(0.15)


def test_pauses_shorter_than_that_do_not_end_a_swipe(defaults: Defaults) -> None:
    line = Chunks(*(piece for byte in TRACKS.encode() for piece in (bytes([byte]), b"")))
    assert polled(defaults, line, 0.1, 60) == [PRESENTED]


def test_a_swipe_in_noise_is_refused(defaults: Defaults) -> None:
    line = Chunks(TRACKS.encode() + b"7" * 1000 + b"\r")
    assert polled(defaults, line, 0.2, 5) == [UNREADABLE]


@pytest.mark.parametrize("end", [b"\r", b""])
def test_endless_noise_is_refused_and_not_kept(defaults: Defaults, end: bytes) -> None:
    line = Chunks(*[b"7" * 1000] * 50, end)
    reader = StripeReader("reader", defaults("magstripe"), start=1, connect=lambda: line)
    reader.open()
    events: list[Event] = []
    for _ in range(60):
        events += reader.poll(0.2)
        assert len(inside(reader)) < 4000
    assert events == [UNREADABLE]


def test_half_a_swipe_does_not_outlive_a_lost_line(defaults: Defaults) -> None:
    memory = Memory(terminator="")
    reader = memory.driver(defaults)
    reader.open()
    memory.swipe("%LOYALTY 42?")
    assert reader.poll(0) == []
    memory.unplug()
    assert isinstance(fails(reader), OSError)
    reader.close()
    memory.plug()
    reader.open()
    memory.swipe(";7700001?")
    assert all_events(reader) == [CardPresented("reader", "magnetic", ";7700001?")]


# --- what only a scanner can do ------------------------------------------------------------------


def scanned(defaults: Defaults, *pieces: bytes, **options: str | bool) -> list[Event]:
    wanted = {**defaults("scanner"), **options}
    line = Chunks(*pieces)
    reader = driver_class("scanner")("reader", wanted, start=1, connect=lambda: line)
    reader.open()
    return [event for _ in range(20) for event in reader.poll(0.05)]


def code(text: str) -> CardPresented:
    return CardPresented("reader", "barcode", text)


NO_CODE = CardRefused("reader", "barcode", "unreadable")


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t", b"\x03", b""])
def test_a_code_ends_with_its_end_or_a_silence(defaults: Defaults, end: bytes) -> None:
    assert scanned(defaults, b"7700001" + end, b"", b"", b"7700002" + end) == [
        code("7700001"),
        code("7700002"),
    ]


def test_a_code_comes_in_single_bytes(defaults: Defaults) -> None:
    pieces = [bytes([byte]) for byte in b"7700001\r"]
    assert scanned(defaults, *pieces) == [code("7700001")]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"]Q1TICKET\r", code("TICKET")),
        (b"]C0]E0\r", code("]E0")),  # once: the rest is the code
        (b"\x027700001\x03", code("7700001")),
        (b"0101\x1d21\r", code("0101\x1d21")),
        ("БИЛЕТ\r".encode(), NO_CODE),
        (b"77\x000001\r", NO_CODE),
        (b"]Q1\r", NO_CODE),
        (b"7" * 513 + b"\r", NO_CODE),
        (b"7" * 512 + b"\r", code("7" * 512)),
    ],
)
def test_what_stands_around_a_code_is_taken_off(
    defaults: Defaults, sent: bytes, told: Event
) -> None:
    assert scanned(defaults, sent) == [told]


def test_what_has_not_the_prefix_and_suffix_of_the_scanner_is_noise(defaults: Defaults) -> None:
    sent = b"<]Q11>\r<2\r3>\r<4>\r", b"", b"", b""
    assert scanned(defaults, *sent, prefix="<", suffix=">") == [code("1"), NO_CODE, code("4")]


def test_a_code_of_several_lines(defaults: Defaults) -> None:
    told = scanned(defaults, b"BEGIN\r\nEND", line_ends_code=False)
    assert told == [NO_CODE]  # nothing of the venue has lines; it is one bad read, not several


def test_endless_noise_of_a_scanner_is_refused_once_and_not_kept(defaults: Defaults) -> None:
    line = Chunks(*[b"7" * 1000] * 50)
    reader = driver_class("scanner")("reader", defaults("scanner"), start=1, connect=lambda: line)
    reader.open()
    events: list[Event] = []
    for _ in range(60):
        events += reader.poll(0.2)
        assert len(inside(reader)) < 4000
    assert events == [NO_CODE]
