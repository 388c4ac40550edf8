"""Days of a ccTalk note acceptor, by chance: notes, a bad line, cables, starts and power cuts."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from kiosk.core.clock import Now
from kiosk.core.ids import DeviceId, NoteId
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcknowledgeNote,
    DeviceDown,
    DeviceUp,
    Event,
    NoteEscrowed,
    NoteReturned,
    NoteStacked,
    ReturnNote,
    StackNote,
)
from kiosk.hardware.cctalk_notes import NoteAcceptor
from kiosk.hardware.device import Options
from kiosk.hardware.peers.cctalk_notes import BillValidator
from kiosk.hardware.transport import MemoryLine, Transport
from kiosk.hardware.worker import Worker

ACCEPTOR = DeviceId("acceptor")
EPOCH = datetime(2030, 1, 1, tzinfo=UTC)
FACES = (50, 100, 500)


class Day:
    """An acceptor, kiosks one after the other, and books that outlive them."""

    def __init__(self, options: Options, seed: int, *, keeps_counter: bool, rough: bool) -> None:
        self.options = options
        self.chance = random.Random(seed)
        self.rough = rough
        self.peer = BillValidator(keeps_counter=keeps_counter)
        self.now_s = 100.0
        self.starts = 0
        self.held: dict[NoteId, int] = {}
        self.doubtful: set[NoteId] = set()
        self.credited: dict[NoteId, int] = {}
        self.suspense: dict[NoteId, int] = {}
        self.line: MemoryLine | None = None
        self.begin()

    def connect(self) -> Transport:
        self.line = MemoryLine(self.peer, lambda: self.now_s, self.wait)
        return self.line

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def begin(self) -> None:
        self.starts += 1
        self.worker = Worker(
            ACCEPTOR,
            lambda: NoteAcceptor(ACCEPTOR, self.options, start=self.starts, connect=self.connect),
            self.happened,
            jitter=random.Random(0),
        )

    def happened(self, event: Event) -> None:
        if isinstance(event, DeviceUp):
            self.worker.do(AcceptNotes(ACCEPTOR, FACES))
        elif isinstance(event, NoteEscrowed):
            assert event.note not in self.held
            self.held[event.note] = event.value.minor
            stack = self.chance.random() < 0.8
            self.worker.do(StackNote(event.note) if stack else ReturnNote(event.note))
        elif isinstance(event, NoteReturned):
            assert event.note not in self.credited
            note = event.note or self.waiting()
            if note in self.held:
                del self.held[note]
        elif isinstance(event, NoteStacked):
            self.stacked(event)
            self.worker.do(AcknowledgeNote(event.note))
        elif isinstance(event, AcceptorChanged) and event.state in ("ready", "disabled"):
            # It is at rest and has not told what became of them: staff decide, no later event.
            self.doubtful |= set(self.held)
        else:
            assert not isinstance(event, DeviceDown) or event.reason

    def waiting(self) -> NoteId | None:
        """The note that an event of a former start would be about."""
        last = next(reversed(self.held), None)
        return None if last in self.doubtful else last

    def stacked(self, event: NoteStacked) -> None:
        if event.note in self.credited:
            return
        note = event.note if event.note in self.held else self.waiting()
        if note is not None and self.held[note] == event.value.minor:
            self.credited[event.note] = self.held.pop(note)
        else:
            self.suspense.setdefault(event.note, event.value.minor)

    def step(self) -> None:
        peer, chance = self.peer, self.chance
        if chance.random() < 0.25:
            peer.insert(chance.choice((*FACES, 1000)), self.now_s)
        if chance.random() < 0.1:
            verb = chance.choice(("drop_replies", "corrupt_replies", "lose_commands"))
            getattr(peer.line, verb)(chance.randint(1, 3))
        if chance.random() < 0.05:
            peer.line.noise(bytes(chance.randrange(256) for _ in range(chance.randint(1, 20))))
        if chance.random() < 0.02 and self.line is not None:
            self.line.unplug()
        if self.rough and chance.random() < 0.02:
            peer.power_cut(self.now_s)
            self.now_s += chance.choice((0.0, 0.5, 3.0))
            peer.power_up(self.now_s)
        if self.rough and chance.random() < 0.02:
            self.worker.driver.close()
            self.begin()
        self.serve()

    def serve(self) -> None:
        wait_s = self.worker.step(Now(EPOCH, self.now_s))
        self.now_s += wait_s

    def ended(self) -> str:
        for _ in range(12):
            self.serve()
        assert self.peer.inside == []
        return f"{self.peer.cassette} {self.held} {self.credited} {self.suspense}"


@pytest.mark.parametrize("seed", range(12))
def test_on_a_bad_line_every_note_in_the_cassette_is_credited_once(
    defaults: Callable[[str], Options], seed: int
) -> None:
    options = {**defaults("cctalk_notes"), "currency": "RUB"}
    day = Day(options, seed, keeps_counter=False, rough=False)
    for _ in range(250):
        day.step()
    where = day.ended()
    assert sorted(day.credited.values()) == sorted(100 * n for n in day.peer.cassette), where
    assert day.held == day.suspense == {}, where
    assert day.peer.cassette, "a day without a note shows nothing"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("keeps_counter", [True, False])
def test_whatever_fails_no_note_is_credited_twice_or_forgotten(
    defaults: Callable[[str], Options], seed: int, keeps_counter: bool
) -> None:
    options = {**defaults("cctalk_notes"), "currency": "RUB"}
    day = Day(options, seed, keeps_counter=keeps_counter, rough=True)
    for _ in range(250):
        day.step()
    where = day.ended()
    known = len(day.credited) + len(day.suspense)
    assert known <= len(day.peer.cassette) <= known + len(day.held), where
