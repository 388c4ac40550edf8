"""Somebody at the desk: one thing after the other, each said until it is answered.

What he does is a generator: it yields seconds to wait, a question, or something to say, and gets
the answer. The power may go in the middle of any of these; what was said is then said again, under
its own key, as a till does, and until then nobody knows whether it was done.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kiosk.core.books import Query
from kiosk.core.errors import Refused, StorageFailed
from kiosk.core.ids import JobId
from tests.sim import books
from tests.sim.facts import Act, money
from tests.sim.process import Cut
from tests.sim.staff import Desk

if TYPE_CHECKING:
    from tests.sim.world import World

AGAIN, TWICE = "desk: hears no answer and says it again", "desk: says it twice"


@dataclass
class Say:
    """A command, who gives it, and what it moves; the answer is its entry, or a refusal."""

    command: object
    actor: str
    moves: Mapping[str, int] = field(default_factory=dict)
    or_else: Mapping[str, int] = field(default_factory=dict)
    """… where the kiosk makes a claim of what was to be given in cash."""
    tried: Callable[[], None] = lambda: None
    """Called at each try."""
    act: Act | None = None
    key: str = ""


@dataclass
class Ask:
    """A question; the answer is the venue's, or a refusal."""

    query: Query[Any]
    actor: str


@dataclass
class Print:
    """A slip is to come out again, by the number of its job."""

    job: str


Job = Generator[Any, Any, None]


class Hands:
    """One pair of hands; `name` stands in the keys of what they say."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.dice = world.random
        self.desk = Desk(world)
        self.name = name
        self._count = itertools.count(1)
        self._jobs: deque[Job] = deque()
        self._busy = False

    @property
    def idle(self) -> bool:
        """Nothing is being done, and nothing waits."""
        return not self._busy and not self._jobs

    def do(self, job: Job) -> None:
        """Do this, after all that was there before."""
        self._jobs.append(job)
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._jobs)
        if self._jobs:
            job = self._jobs.popleft()
            self.world.after(self.dice.uniform(2, 20), lambda: self._go(job, None))

    def _go(self, job: Job, answer: Any) -> None:
        try:
            wanted = job.send(answer)
        except StopIteration:
            self._next()
            return
        if isinstance(wanted, (int, float)):
            self.world.after(wanted, lambda: self._go(job, None))
            return
        if isinstance(wanted, Say):
            wanted.key = f"{self.name}:{next(self._count)}"
            wanted.act = self.world.auditor.says(_told(wanted), wanted.moves, wanted.or_else)
        self._try(job, wanted)

    def _try(self, job: Job, wanted: Any) -> None:
        world = self.world
        try:
            answer = self._answer(wanted)
        except (ConnectionError, StorageFailed, Cut) as gone:
            if isinstance(wanted, Say) and not isinstance(gone, ConnectionError):
                world.strike(AGAIN, _told(wanted))
            world.after(self.dice.uniform(15, 90), lambda: self._try(job, wanted))
            if isinstance(gone, Cut):
                raise
            return
        world.touched()
        self._go(job, answer)

    def _answer(self, wanted: Any) -> Any:
        auditor = self.world.auditor
        match wanted:
            case Ask(query, actor):
                return self.desk.ask(lambda r, now: _refusal(r.venue.ask, query, now, actor))
            case Print(job):
                auditor.own_slip(books.issued(self.world.process, job))
                return self.desk.ask(lambda r, now: _refusal(r.print_slip, JobId(job), now))
        if self.world.process is not None:
            wanted.tried()
        try:
            entry = self.desk.command(wanted.command, wanted.actor, wanted.key)
        except Refused as refused:
            auditor.not_done(wanted.act)
            self.world.tell(f"{wanted.actor} cannot: {_told(wanted)}: {refused.key}")
            return refused
        auditor.own_slip(entry.seq)
        auditor.done(wanted.act, otherwise=bool(wanted.or_else) and "claim" in entry.refs)
        self.world.tell(f"{wanted.actor}: {_told(wanted)}: {entry.kind}")
        if self.dice.random() < 0.05:
            self.world.strike(TWICE, _told(wanted))
            again = self.desk.command(wanted.command, wanted.actor, wanted.key)
            assert again.id == entry.id, "the same key is the same entry"
        return entry


def _told(said: Say) -> str:
    moves = ", ".join(f"{name} {money(minor)}" for name, minor in said.moves.items() if minor)
    return f"{type(said.command).__name__} ({moves or 'moves nothing'})"


def _refusal(work: Callable[..., Any], *given: Any) -> Any:
    """An answer, or why there is none."""
    try:
        return work(*given)
    except Refused as refused:
        return refused
