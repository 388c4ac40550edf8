"""Runs a parser over inputs that nobody meant, and tells what it should not have done.

Three things are wrong: an exception that is not the parser's own, a step too many (a hang), and
money or trust that the input did not carry (`FalseCredit`, said by the parser's oracle).
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from types import FrameType
from typing import Any

from tests.fuzz.mutate import mutated, noise

Target = Callable[[bytes], object]

LINES_MIN, LINES_PER_BYTE = 20_000, 400
"""So many lines of Python may run for an input; every parser here is linear in its length."""
TRACED_EVERY = 64
"""One input in so many has its lines counted: that makes it some twenty times slower."""
PROCESSOR_S = 60
"""For the others: processor time, not time, that one input may take before it is called a hang."""
FINDINGS_MAX = 10
INPUT_BYTES_MAX = 8192
SESSION = 500
"""Inputs that one target takes; then a new one is made, so that what is found can be told."""


class FalseCredit(AssertionError):
    """The parser believed what the input does not say: money, or that a card is genuine."""


class Hang(BaseException):
    """More steps than the input is long; no parser catches it."""


@dataclass(frozen=True)
class Parser:
    """A parser, and what is known of it.

    Attributes:
        name: for people and the command.
        what: what it reads, for the page.
        seeds: valid inputs.
        target: makes what is given an input, with a source of chance for what it has to choose.
        errors: those that it may raise.
        framed: puts a frame with a right check around a seed; what is inside is spoilt, too.
        lines_min: so many lines of Python may run whatever the length; a driver that has given up
            is opened again.
        oracle: what the target holds against the input, for the page; empty: nothing but errors.
    """

    name: str
    what: str
    seeds: Sequence[bytes]
    target: Callable[[Random], Target]
    errors: tuple[type[Exception], ...] = ()
    framed: Callable[[bytes], bytes] | None = None
    oracle: str = ""
    lines_min: int = LINES_MIN


@dataclass
class Finding:
    """Something wrong: which input it was, and what came of it."""

    number: int
    data: bytes
    told: str

    def __str__(self) -> str:
        shown = self.data if len(self.data) <= 400 else self.data[:400]
        more = "" if shown == self.data else f" … ({len(self.data)} bytes)"
        return f"input {self.number}: {shown!r}{more}\n{self.told}"


@dataclass
class Outcome:
    """How a run ended; `refused`: inputs answered by one of the parser's own errors."""

    parser: str
    seed: int
    inputs: int = 0
    refused: int = 0
    data_bytes: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Inputs a second."""
        return self.inputs / self.seconds if self.seconds else 0.0


def inputs_of(parser: Parser, rng: Random) -> Iterator[bytes]:
    """Valid, spoilt inside a good frame, spoilt as a whole, and noise, without an end."""
    seeds, framed = parser.seeds, parser.framed or (lambda body: body)
    whole = [framed(seed) for seed in seeds]
    while True:
        kind = rng.random()
        at = int(rng.random() * len(seeds))
        if kind < 0.05:
            yield whole[at]
        elif kind < 0.4 and parser.framed is not None:
            inside = framed(mutated(rng, seeds[at], seeds))
            yield inside if kind < 0.3 else mutated(rng, inside, whole)
        elif kind < 0.93:
            yield mutated(rng, whole[at], whole)
        else:
            yield noise(rng)


@contextmanager
def lines_counted(most: int) -> Iterator[None]:
    """Hang after so many lines of Python."""
    left = most

    def step(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Hang(f"more than {most} lines")
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def processor_time_watched() -> Iterator[Callable[[], None]]:
    """Hang after `PROCESSOR_S` since the last call of what it gives."""

    def hang(number: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {PROCESSOR_S} s of the processor")

    before = signal.signal(signal.SIGVTALRM, hang)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_VIRTUAL, PROCESSOR_S) and None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def run(
    parser: Parser,
    inputs: int,
    seed: int = 0,
    *,
    traced_every: int = TRACED_EVERY,
    progress: Callable[[int], None] = lambda done: None,
) -> Outcome:
    """Give a parser so many inputs; the same seed makes the same ones."""
    outcome = Outcome(parser.name, seed)
    rng, chance = Random(f"{seed}/{parser.name}"), Random(f"{seed}/{parser.name}/target")
    source = inputs_of(parser, rng)
    target = parser.target(chance)
    seen: set[str] = set()
    began = perf_counter()
    with processor_time_watched() as alive:
        for number in range(inputs):
            data = next(source)[:INPUT_BYTES_MAX]
            if number % SESSION == 0:
                alive()
                progress(number)
                target = parser.target(chance)
            outcome.data_bytes += len(data)
            try:
                if number % traced_every:
                    target(data)
                else:
                    with lines_counted(parser.lines_min + LINES_PER_BYTE * len(data)):
                        target(data)
            except parser.errors:
                outcome.refused += 1
            except (Exception, Hang) as wrong:
                trace = traceback.extract_tb(wrong.__traceback__)[-1]
                place = f"{type(wrong).__name__} {trace.filename}:{trace.lineno}"
                if place not in seen:
                    seen.add(place)
                    told = "".join(traceback.format_exception(wrong, limit=-4))
                    outcome.findings.append(Finding(number, data, told))
                    if len(outcome.findings) >= FINDINGS_MAX:
                        outcome.inputs = number + 1
                        break
                target = parser.target(chance)
        else:
            outcome.inputs = inputs
    outcome.seconds = perf_counter() - began
    return outcome
