"""Every note-acceptor driver with its simulated device: what the contract of the role is run on.

A driver is added by a line in `MODELS`. Beside it stand a bench on one clock that only waiting
moves, and books that outlive the kiosk and decide as the core does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any

from kiosk.core import recovery
from kiosk.core.capabilities import AT_REST
from kiosk.core.cash import (
    UNDECIDED,
    DoubtNote,
    NoteHeld,
    RecogniseNote,
    SettleNote,
    SuspendNote,
    VoidNote,
)
from kiosk.core.errors import DeviceError
from kiosk.core.ids import CardId, ClientId, DeviceId, NoteId
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcceptorPoweredUp,
    AcknowledgeNote,
    Event,
    NoteEscrowed,
    NoteReturned,
    NoteStacked,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import driver
from kiosk.hardware.device import Device
from kiosk.hardware.peers import ccnet, cctalk_notes, id003, ssp
from kiosk.hardware.transport import MemoryLine, Recorder, Transport

RUB = CURRENCIES["RUB"]
ACCEPTOR = DeviceId("acceptor")
FACES = (50, 100, 500)
SHIPPED = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))

Peer = Any
"""See `kiosk.hardware.peers.notes.NoteAcceptor`, and the knobs that each has besides."""
Fault = Callable[[Peer, float], None]


def rub(face: int) -> Money:
    return Money.face(face, RUB)


@dataclass(frozen=True)
class Model:
    """A driver and its simulated device.

    Attributes:
        name: for people.
        driver: its name in the configuration.
        peer: makes the device; with a country, one whose notes are of that.
        foreign: countries of other currencies, and by what word they are told.
        neighbour: a country, and the option by which it counts as the venue's.
        faults: what can break, and in which word of the core it is told.
        reset: whether this frame starts the device over; None: it cannot be seen on the line.
        rejected: what is said of a note that is not to be taken; "" where that has no word.
        repeats: it names a stacked note again, at least to a new start of the kiosk.
        tells_power_cut: after a power cut it says where it found its note.
        keeps_orders: it can be repaired without a new connection.
    """

    name: str
    driver: str
    peer: Callable[..., Peer]
    foreign: Mapping[Any, str]
    faults: Mapping[str, Fault]
    neighbour: tuple[Any, str] | None = None
    reset: Callable[[bytes], bool] | None = None
    rejected: str = ""
    repeats: bool = True
    tells_power_cut: bool = True
    keeps_orders: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def settings(self, **options: Any) -> dict[str, Any]:
        """The options as they ship, and these."""
        shipped = {**SHIPPED["driver"][self.driver], "currency": "RUB"}
        assert options.keys() <= shipped.keys()
        return shipped | dict(self.options) | options


def jam(peer: Peer, now_s: float) -> None:
    peer.jam(now_s)


def jam_cassette(peer: Peer, now_s: float) -> None:
    peer.jam(now_s, cassette=True)


def full(peer: Peer, now_s: float) -> None:
    peer.cassette_full(now_s)


def out(peer: Peer, now_s: float) -> None:
    peer.remove_cassette(now_s)


def cheat(peer: Peer, now_s: float) -> None:
    peer.cheat(now_s)


def pause(peer: Peer, now_s: float) -> None:
    peer.pause(now_s)


CCNET = Model(
    "ccnet",
    "ccnet",
    lambda country="RUS": ccnet.BillValidator(country=country),
    foreign={"EUR": "has EUR, not RUS", "USA": "has USA, not RUS"},
    neighbour=("DEU", "EUR, DEU"),
    faults={
        "cassette_full": full,
        "cassette_out": out,
        "jammed_validator": jam,
        "jammed_cassette": jam_cassette,
        "cheated": cheat,
        "paused": pause,
        "failed": lambda peer, now_s: peer.fail(0x50, now_s),
    },
    reset=lambda frame: frame[3] == 0x30,
    rejected="inhibited",
)

ID003 = Model(
    "id003",
    "id003",
    lambda country=0x27: id003.BillAcceptor(country=country),
    foreign={0xE0: "of country E0h, not 27h", 0x01: "of country 01h, not 27h"},
    neighbour=(0x3A, "E0, 3A"),
    faults={
        "cassette_full": full,
        "cassette_out": out,
        "jammed_validator": jam,
        "jammed_cassette": jam_cassette,
        "cheated": cheat,
        "paused": pause,
        "failed": lambda peer, now_s: peer.fail(0xA2, now_s),
    },
    reset=lambda frame: frame[2] == 0x40,
    rejected="inhibited",
)

SSP = Model(
    "ssp",
    "ssp",
    lambda country="RUB": ssp.BillValidator(country=country),
    foreign={"EUR": "EUR", "USD": "USD"},
    neighbour=("DEM", "EUR, DEM"),
    faults={"cassette_full": full, "jammed_validator": jam, "cheated": cheat},
    reset=lambda frame: frame[3] == 0x01,
    keeps_orders=False,
)

SSP_PLAIN = replace(
    SSP,
    name="ssp without acknowledgements",
    peer=lambda country="RUB": ssp.BillValidator(
        country=country, kind=ssp.Kind(poll_with_ack="no", encryption="no")
    ),
    repeats=False,
)

SSP_IN_CLEAR = replace(
    SSP,
    name="ssp that acknowledges in secret only",
    peer=lambda country="RUB": ssp.BillValidator(
        country=country, kind=ssp.Kind(poll_with_ack="encrypted")
    ),
    repeats=False,
)

ESSP = replace(
    SSP,
    name="essp, forgets what it holds",
    peer=lambda country="RUB": ssp.BillValidator(
        country=country,
        kind=ssp.Kind(poll_with_ack="encrypted", encryption="needed", knows_channel=False),
    ),
    reset=None,
    options={"encryption": True},
)

CCTALK = Model(
    "cctalk",
    "cctalk_notes",
    lambda country="RU": cctalk_notes.BillValidator(country=country),
    foreign={"EU": "EU", "US": "US"},
    neighbour=("DE", "EU, DE"),
    faults={
        "cassette_full": full,
        "cassette_out": out,
        "jammed_validator": jam,
        "jammed_cassette": jam_cassette,
        "cheated": cheat,
    },
    reset=lambda frame: frame[3] == 0x01,
    repeats=False,
    tells_power_cut=False,
    keeps_orders=False,
)

MODELS = [CCNET, ID003, SSP, SSP_PLAIN, SSP_IN_CLEAR, ESSP, CCTALK]
"""Every note acceptor there is; another one is another line."""


class Disturbed:
    """A line on which commands get lost or damaged on their way to the device."""

    def __init__(self, line: Transport, bench: Bench) -> None:
        self._line = line
        self._bench = bench

    def read(self, limit: int, timeout_s: float) -> bytes:
        return self._line.read(limit, timeout_s)

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        bench = self._bench
        if bench.lost:
            bench.lost -= 1
            data = b""
        elif bench.damaged:
            bench.damaged -= 1
            data = data[:-1] + bytes([data[-1] ^ 0x55])
        self._line.write(data, timeout_s)

    def close(self) -> None:
        self._line.close()


class Bench:
    """A device, a cable and a kiosk's driver, on one clock that only waiting moves.

    `lost` and `damaged`: so many commands to come never arrive, or not as they were sent.
    """

    def __init__(self, model: Model, peer: Peer = None, **options: Any) -> None:
        self.now_s = 100.0
        self.model = model
        self.peer = peer or model.peer()
        self.plugged = True
        self.lost = self.damaged = 0
        self.options = model.settings(**options)
        self.traffic: list[str] = []
        self.events: list[Event] = []
        self.start = 1
        self.driver = self.made()

    def made(self) -> Device:
        made = driver(self.model.driver)
        return made(ACCEPTOR, self.options, start=self.start, connect=self._connect)

    def _connect(self) -> Transport:
        if not self.plugged:
            raise DeviceError("no cable")
        self.line = MemoryLine(self.peer, lambda: self.now_s, self.wait)
        return Recorder(Disturbed(self.line, self), self.traffic.append)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def die(self) -> None:
        """The kiosk dies and starts again; the device does not notice."""
        self.driver.close()
        self.start += 1
        self.driver = self.made()
        self.open()

    def restart(self) -> None:
        """The same, and what was told before is forgotten."""
        self.events.clear()
        self.die()

    def open(self) -> None:
        """Open the device as the worker does: again until it answers."""
        for _ in range(20):
            try:
                self.driver.open()
            except (OSError, DeviceError):
                self.driver.close()
                self.wait(1)
            else:
                return
        raise AssertionError("it does not answer")

    def lose_power(self) -> None:
        self.peer.power_cut(self.now_s)
        self.peer.power_up(self.now_s)

    def poll(self, count: int = 1) -> Bench:
        for _ in range(count):
            self.events += self.driver.poll(0.2)
        return self

    def until(self, met: Callable[[], object], polls_max: int = 300) -> Bench:
        for _ in range(polls_max):
            if met():
                return self
            self.poll()
        raise AssertionError(f"it never came; {self.peer.state!r}, {self.events[-12:]}")

    def serve(self, met: Callable[[], object], polls_max: int = 300) -> Bench:
        """As `until`, by a worker: a connection that is lost is made again."""
        for _ in range(polls_max):
            if met():
                return self
            try:
                self.poll()
            except (OSError, DeviceError):
                self.driver.close()
                self.open()
        raise AssertionError(f"it never came; {self.peer.state!r}, {self.events[-12:]}")

    def saw(self, kind: type[Event], count: int = 1) -> Bench:
        return self.until(lambda: len(self.told(kind)) >= count)

    def let_in(self) -> Bench:
        """As the core: whenever the device has come to rest, let notes in, until it takes them."""
        self.serve(lambda: self.states()[-1:] in (["disabled"], ["ready"]))
        for _ in range(300):
            if self.at("ready"):
                return self
            if self.at("disabled"):
                self.driver.perform(AcceptNotes(ACCEPTOR, FACES))
            changes = len(self.states())
            self.serve(lambda seen=changes: len(self.states()) > seen)
        raise AssertionError(f"it never came; {self.peer.state!r}, {self.events[-12:]}")

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def states(self) -> list[str]:
        return [event.state for event in self.told(AcceptorChanged)]

    def at(self, state: str) -> bool:
        return self.states()[-1:] == [state]

    def ready(self, faces: tuple[int, ...] = FACES) -> Bench:
        self.driver.open()
        self.saw(AcceptorChanged).until(lambda: self.at("disabled"))
        self.driver.perform(AcceptNotes(ACCEPTOR, faces))
        return self.until(lambda: self.at("ready"))

    def insert(self, face: int = 500) -> Bench:
        assert "went in" in self.peer.insert(face, self.now_s)
        return self

    def escrow(self, face: int = 500) -> NoteId:
        count = len(self.told(NoteEscrowed))
        self.insert(face)
        return NoteId(self.saw(NoteEscrowed, count + 1).told(NoteEscrowed)[-1].note)

    def stack(self, face: int = 500) -> NoteId:
        note = self.escrow(face)
        self.driver.perform(StackNote(note))
        self.until(lambda: any(e.note == note for e in self.told(NoteStacked)))
        return note

    def resets(self) -> int:
        """How often the driver has started the device over, where that can be seen."""
        sent = [bytes.fromhex(line[2:]) for line in self.traffic if line.startswith("> ")]
        return sum(bool(self.model.reset and self.model.reset(frame)) for frame in sent)


class Books:
    """The notes on disk, as the core has them; they outlive the kiosk.

    Args:
        dies: what the kiosk does last, once: ``hold``, ``stack``, ``credit``, ``acknowledge`` are
            the steps of a note of which it does not live to do the one named.
    """

    def __init__(self, dies_before: str = "") -> None:
        self.notes: dict[NoteId, NoteHeld] = {}
        self.rested = 0
        self.dies_before = dies_before

    def take(self, event: Event, bench: Bench) -> None:
        """Do what the core does with an event.

        Raises:
            Died: the kiosk did not live to the end of it.
        """
        if isinstance(event, NoteEscrowed):
            self._doubt(but=event.note)
            self._do("hold")
            self._add(event.note, event.value, "held")
            self._do("stack")
            bench.driver.perform(StackNote(event.note))
        elif isinstance(event, NoteStacked):
            self._do("credit")
            self._book(recovery.stacked(event, self._on_disk(event.note)))
            self._do("acknowledge")
            bench.driver.perform(AcknowledgeNote(event.note))
        elif isinstance(event, NoteReturned):
            assert event.note is None or self.state(event.note) not in recovery.BOOKED
            self._book(recovery.returned(event, self._on_disk(event.note)))
        elif isinstance(event, AcceptorPoweredUp):
            if event.bill == "stacker":
                self._do("credit")
            self._book(recovery.powered_up(event, self._on_disk(None)))
        elif isinstance(event, AcceptorChanged) and event.state in AT_REST:
            self._doubt()
            last = self._last()
            if last and last.state != "void" and self.rested <= last.start < bench.start:
                self.rested = bench.start

    def state(self, note: NoteId) -> str:
        return self.notes[note].state if note in self.notes else ""

    def faces(self, *states: str) -> list[int]:
        """The face values of the notes in one of these states."""
        return [note.value.minor // 100 for note in self.notes.values() if note.state in states]

    @property
    def credited(self) -> list[int]:
        """What is on somebody's account, or in suspense: booked as being in the cashbox."""
        return self.faces("settled", "suspense")

    @property
    def undecided(self) -> list[int]:
        """What staff have to look for."""
        return self.faces(*UNDECIDED)

    def _do(self, step: str) -> None:
        if step == self.dies_before:
            self.dies_before = ""
            raise Died(step)

    def _doubt(self, but: NoteId | None = None) -> None:
        held = [n for n in self.notes.values() if n.state == "held" and n.note != but]
        self._book(DoubtNote(note.note) for note in held)

    def _last(self) -> NoteHeld | None:
        return list(self.notes.values())[-1] if self.notes else None

    def _on_disk(self, note: NoteId | None) -> recovery.NotesOnDisk:
        known = self.notes.get(note) if note is not None else None
        return recovery.NotesOnDisk(known, self._last(), self.rested)

    def _add(self, note: NoteId, value: Money, state: Any) -> None:
        start = int(note.split("/")[1])
        nobody = (ClientId("1p"), CardId("1c"))
        self.notes[note] = NoteHeld(note, ACCEPTOR, start, value, *nobody, state, "")

    def _book(self, commands: Iterable[recovery.RecoveryCommand]) -> None:
        for command in commands:
            match command:
                case SettleNote(note):
                    self._become(note, "settled")
                case VoidNote(note):
                    self._become(note, "void")
                case DoubtNote(note):
                    self._become(note, "doubtful")
                case RecogniseNote(note, same):
                    self._add(note, self.notes[same].value, "recognised")
                case SuspendNote(note, value) if note in self.notes:
                    assert self.notes[note].value == value
                    self._become(note, "suspense")
                case SuspendNote(note, value):
                    self._add(note, value, "suspense")

    def _become(self, note: NoteId, state: Any) -> None:
        self.notes[note] = replace(self.notes[note], state=state)


class Died(Exception):
    """The kiosk has lost its power before this step."""


def journey(bench: Bench, books: Books, polls: int) -> None:
    """Let the kiosk serve the device for so many polls."""
    for _ in range(polls):
        try:
            for event in bench.driver.poll(0.2):
                bench.events.append(event)
                books.take(event, bench)
        except Died:
            bench.die()
        except (OSError, DeviceError):
            bench.driver.close()
            bench.open()
