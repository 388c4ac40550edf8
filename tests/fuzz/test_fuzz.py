"""A few thousand inputs for every parser; `make fuzz` gives a million, see docs/benchmarks/fuzz.md.

And the fuzzing itself: that it finds what is wrong.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from random import Random

import pytest

from kiosk.hardware import ccnet_frames, id003_frames, pulse
from tests.fuzz.__main__ import FIGURES, PAGE, page
from tests.fuzz.engine import FalseCredit, Hang, Parser, Target, inputs_of, run
from tests.fuzz.parsers import PARSERS

INPUTS = 2000


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_survives_anything(name: str) -> None:
    outcome = run(PARSERS[name], INPUTS, seed=11, traced_every=20)
    assert not outcome.findings, "\n".join(map(str, outcome.findings))
    assert outcome.inputs == INPUTS


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_valid_is_not_refused(name: str) -> None:
    """Else nothing but noise would be tried."""
    outcome = run(PARSERS[name], INPUTS, seed=12, traced_every=INPUTS)
    assert outcome.refused < INPUTS * 0.95


def test_the_same_seed_makes_the_same_inputs() -> None:
    def some(seed: int) -> list[bytes]:
        source = inputs_of(PARSERS["ccnet"], Random(seed))
        return [next(source) for _ in range(50)]

    assert some(1) == some(1) != some(2)


def made(read: Callable[[bytes], object], *errors: type[Exception]) -> Parser:
    def target(chance: Random) -> Target:
        return read

    return Parser("made", "nothing", (b"\x02\x03\x06\x33\xda\x81",), target, errors)


def test_an_exception_of_somebody_else_is_found() -> None:
    outcome = run(made(lambda data: data[5], ValueError), 500)
    assert [type(one.told) for one in outcome.findings] == [str]
    assert "IndexError" in outcome.findings[0].told
    assert not run(made(lambda data: data[5], IndexError), 500).findings


def test_a_loop_without_an_end_is_found() -> None:
    def read(data: bytes) -> None:
        while data[:1] == b"\x02":
            len(data)

    found = run(made(read), 200, traced_every=1).findings
    assert len(found) == 1
    assert Hang.__name__ in found[0].told


def test_a_credit_that_nobody_told_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that is not looked at: damaged frames become notes."""
    monkeypatch.setattr(ccnet_frames, "crc", lambda data: 0)
    found = run(PARSERS["ccnet"], 20_000, traced_every=20_000).findings
    assert any(FalseCredit.__name__ in one.told for one in found)


def test_a_driver_that_believes_damaged_frames_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(stream: bytes) -> id003_frames.Frame | None:
        at = stream.find(0xFC)
        if at < 0 or len(stream) < at + 2 or len(stream) < at + max(5, stream[at + 1]):
            return None
        end = at + max(5, stream[at + 1])
        return id003_frames.Frame(stream[at + 2 : end - 2], stream[end:])

    monkeypatch.setattr(id003_frames, "take", careless)
    found = run(PARSERS["id003_driver"], 20_000, traced_every=20_000).findings
    assert any(FalseCredit.__name__ in one.told for one in found)


def test_a_pulse_of_any_width_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: pulse.PulseAcceptor, ticks: float, level: int) -> None:
        self._max_s = 10.0
        edge(self, ticks, level)

    edge = pulse.PulseAcceptor._edge
    monkeypatch.setattr(pulse.PulseAcceptor, "_edge", careless)
    found = run(PARSERS["pulses"], 5000, traced_every=5000).findings
    assert any(FalseCredit.__name__ in one.told for one in found)


def test_the_page_is_what_was_run() -> None:
    """`python -m tests.fuzz` writes both."""
    assert PAGE.read_text("utf-8") == page(json.loads(FIGURES.read_text("utf-8")))
