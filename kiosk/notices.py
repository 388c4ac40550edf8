"""What waits for somebody reaches people: on the desk's page, by a webhook and by mail.

The `Board` knows what waits now: tasks of the books, alarms of the machine. It looks whenever the
core has done something, and now and then, and hands what began and what ended to an `Outbox` for
each way. Nothing here keeps the core waiting; after a restart all that is open is told again.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from kiosk.core.capabilities import Machine
from kiosk.core.clock import Now, system_now
from kiosk.core.errors import LedgerCorrupt, StorageFailed
from kiosk.core.tasks import Task, Tasks, alarm, alarms, order
from kiosk.runtime import Runtime, Told

log = logging.getLogger(__name__)

SETTLE_S = 10.0
"""An alarm is told when it has lasted so long, and its end when it has been gone so long: a device
that comes back by itself in a moment is nobody's errand."""
LOOK_S = 30.0
"""So often the books are asked when nothing happens: a claim grows old, a shift too long."""
LOOK_AGAIN_S = 0.5
"""Between two looks, however much happens."""
STEP_S = 1.0
"""Between two steps while something is on its way to being told."""
OUTBOX_MAX = 1_000
"""Notices that wait for one way; when there are more, the oldest are given up."""
BATCH_MAX = 50
RETRY_S, RETRY_MAX_S = 5.0, 300.0


@dataclass(frozen=True)
class Notice:
    """A task that began to wait, or that waits no more; `at`: when (UTC)."""

    what: Literal["began", "ended"]
    task: Task
    at: datetime

    @property
    def id(self) -> str:
        """The same however often it is sent."""
        return f"{self.task.key}@{self.task.since}:{self.what}"


# --- what began, what ended ---------------------------------------------------------------------


@dataclass(frozen=True)
class Episode:
    """A task as long as it is remembered; moments are seconds of the monotonic clock.

    Attributes:
        task: as it was seen last.
        first_s: since when it is there, short gaps left out.
        gone_s: since when it is not; None: it is there.
        told: its beginning was told, its end was not.
        told_s: when its beginning was told last; None: never.
    """

    task: Task
    first_s: float
    gone_s: float | None = None
    told: bool = False
    told_s: float | None = None


Memory = Mapping[str, Episode]


def changes(
    before: Memory, tasks: Sequence[Task], now_s: float, quiet_s: float
) -> tuple[Memory, tuple[Task, ...], tuple[Task, ...]]:
    """What is to be told now, given what was told before.

    A call and a task of the books are told at once, an alarm when it has stood for `SETTLE_S`. The
    same task is told once in `quiet_s`, however often it comes and goes; what is still there after
    that is told again.

    Args:
        before: what the last call returned; empty at first.
        tasks: what waits now.
        now_s: the moment, in seconds of the monotonic clock.
        quiet_s: see above.

    Returns:
        What to remember; the tasks that began; those that ended.
    """
    there = {task.key: task for task in tasks}
    after: dict[str, Episode] = {}
    began: list[Task] = []
    ended: list[Task] = []
    for key in {**before, **there}:
        episode = _seen(before.get(key), there.get(key), now_s)
        settle_s = _settle_s(episode.task)
        quiet = episode.told_s is not None and now_s - episode.told_s < quiet_s
        over = episode.gone_s is not None and now_s - episode.gone_s >= settle_s
        if episode.gone_s is None and not episode.told and not quiet:
            if now_s - episode.first_s >= settle_s:
                began.append(episode.task)
                episode = replace(episode, told=True, told_s=now_s)
        elif over and episode.told:
            ended.append(episode.task)
            episode = replace(episode, told=False)
        if quiet or not over:
            after[key] = episode
    return after, tuple(began), tuple(ended)


def _seen(before: Episode | None, task: Task | None, now_s: float) -> Episode:
    if task is None:
        assert before is not None, "it is in one of the two"
        return before if before.gone_s is not None else replace(before, gone_s=now_s)
    if before is None:
        return Episode(task, now_s)
    over = before.gone_s is not None and now_s - before.gone_s >= _settle_s(task)
    return replace(before, task=task, first_s=now_s if over else before.first_s, gone_s=None)


def _settle_s(task: Task) -> float:
    # A kiosk whose books failed ends in a moment: that is told at once, or never.
    at_once = task.kind != "alarm" or task.sentence == "alarm.books_failed"
    return 0.0 if at_once else SETTLE_S


# --- a way out ----------------------------------------------------------------------------------


class Undelivered(Exception):
    """What was sent did not arrive; the text says why, for people, without secrets."""


Send = Callable[[Sequence[Notice]], None]
"""Delivers notices, the oldest first; raises `Undelivered`. May wait for some seconds."""


class Outbox:
    """What one way has still to deliver, in order, until it is delivered.

    Args:
        name: ``mail`` or ``webhook``.
        send: delivers.
        wake: told when it begins, or ends, to fail.
    """

    def __init__(self, name: str, send: Send, wake: Callable[[], None]) -> None:
        self.name = name
        self.problem = ""
        """Why the last attempt failed; empty when it did not."""
        self._send = send
        self._wake = wake
        self._waiting: deque[Notice] = deque()
        self._open = True
        self._changed = threading.Condition()
        self._retry_s = RETRY_S
        self._not_before_s = 0.0
        self._lost = 0

    def put(self, notices: Sequence[Notice]) -> None:
        """Have these delivered; never waits. That this way fails it tells nobody itself."""
        own = f"{self.name}:"
        with self._changed:
            self._waiting.extend(n for n in notices if not n.task.key.startswith(own))
            while len(self._waiting) > OUTBOX_MAX:
                self._waiting.popleft()
                self._lost += 1
            self._changed.notify_all()

    def step(self, now: Now) -> float | None:
        """Deliver what waits, if it is time to; how long until the next step, None: until `put`."""
        with self._changed:
            batch = [self._waiting[i] for i in range(min(BATCH_MAX, len(self._waiting)))]
        if not batch:
            return None
        if now.mono_s < self._not_before_s:
            return self._not_before_s - now.mono_s
        try:
            self._send(batch)
        except Undelivered as error:
            self._failed(str(error))
            self._not_before_s = now.mono_s + self._retry_s
            wait_s, self._retry_s = self._retry_s, min(self._retry_s * 2, RETRY_MAX_S)
            return wait_s
        self._delivered(batch)
        return 0.0

    def wait(self, timeout_s: float | None) -> None:
        """Wait until something is put in, `timeout_s` at most."""
        with self._changed:
            if self._open and not (timeout_s is None and self._waiting):
                self._changed.wait(timeout_s)

    def close(self) -> None:
        """Let `wait` wait no more."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _failed(self, problem: str) -> None:
        if not self.problem:
            log.warning("%s: %s; it is tried again", self.name, problem)
        if problem != self.problem:
            self.problem = problem
            self._wake()

    def _delivered(self, batch: Sequence[Notice]) -> None:
        with self._changed:
            # Those that went may have been given up meanwhile: the box was full.
            gone = {notice.id for notice in batch}
            while self._waiting and self._waiting[0].id in gone:
                self._waiting.popleft()
            lost, self._lost = self._lost, 0
        self._retry_s, self._not_before_s = RETRY_S, 0.0
        if self.problem:
            log.warning("%s: works again; %d notices were given up", self.name, lost)
            self.problem = ""
            self._wake()


# --- the board ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Looked:
    """What the core said: `tasks` is None where its books cannot be asked any more."""

    tasks: tuple[Task, ...] | None
    machine: Machine
    failed: bool


def look(runtime: Runtime, now: Now) -> Looked:
    """What waits, in the core thread; raises what `Venue.ask` does."""
    machine = runtime.situation.machine
    if runtime.failure is not None:
        return Looked(None, machine, True)
    return Looked(runtime.ask(Tasks(), actor="kiosk", now=now), machine, False)


class Board:
    """What waits for somebody now, and since when.

    Args:
        ask: has `look` done by the core, and waits for it.
        quiet_s: see `changes`.
    """

    def __init__(self, ask: Callable[[], Looked], quiet_s: float) -> None:
        self.shown: tuple[Task, ...] = ()
        """Everything that waits, the most urgent first. May be read by any thread."""
        self.outboxes: tuple[Outbox, ...] = ()
        self.listeners: list[Callable[[], None]] = []
        """Told, in the board's thread, when `shown` has changed."""
        self._ask = ask
        self._quiet_s = quiet_s
        self._memory: Memory = {}
        self._since: dict[str, str] = {}
        self._looked = Looked((), Machine(), False)
        self._looked_s: float | None = None
        self._dirty = threading.Event()
        self._dirty.set()

    def tell(self, told: Told) -> None:
        """A listener of the runtime."""
        del told
        self._dirty.set()

    def wake(self) -> None:
        """Something else than the core has changed."""
        self._dirty.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until something has happened, `timeout_s` at most."""
        self._dirty.wait(timeout_s)

    def step(self, now: Now) -> float:
        """Look, if it is time to; hand out what began and ended. How long until the next step."""
        self._look(now)
        self._show(now)
        self._memory, began, ended = changes(self._memory, self.shown, now.mono_s, self._quiet_s)
        told = [Notice("began", task, now.wall) for task in began]
        told += [Notice("ended", task, now.wall) for task in ended]
        if told:
            for outbox in self.outboxes:
                outbox.put(told)
        pending = any((e.gone_s is None) != e.told for e in self._memory.values())
        return STEP_S if pending else LOOK_S

    def _look(self, now: Now) -> None:
        late = self._looked_s is None or now.mono_s - self._looked_s >= LOOK_S
        if not (late or self._dirty.is_set()):
            return
        self._dirty.clear()
        self._looked_s = now.mono_s
        try:
            looked = self._ask()
        except (ConnectionError, TimeoutError, StorageFailed, LedgerCorrupt) as error:
            # The core is busy, ending, or has just failed: what was known last still stands.
            log.info("the core was not asked what waits: %s", error)
            self._dirty.set()
            return
        if looked.tasks is None:
            looked = replace(looked, tasks=self._looked.tasks)
        self._looked = looked

    def _show(self, now: Now) -> None:
        at = now.wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        found = [
            *(self._looked.tasks or ()),
            *alarms(self._looked.machine, books_failed=self._looked.failed),
            *(alarm(o.name, f"{o.name}_down", error=o.problem) for o in self.outboxes if o.problem),
        ]
        self._since = {t.key: t.since or self._since.get(t.key, at) for t in found}
        shown = tuple(sorted((replace(t, since=self._since[t.key]) for t in found), key=order))
        if shown != self.shown:
            self.shown = shown
            for listener in self.listeners:
                listener()


def start(board: Board, stop: threading.Event) -> list[threading.Thread]:
    """Keep a board and its outboxes going, each in a thread of its own, until `stop`."""

    def boarding() -> None:
        while not stop.is_set():
            wait_s = board.step(system_now())
            if not stop.wait(LOOK_AGAIN_S):
                board.wait(wait_s)

    def posting(outbox: Outbox) -> Callable[[], None]:
        def loop() -> None:
            while not stop.is_set():
                wait_s = outbox.step(system_now())
                if wait_s != 0.0:
                    outbox.wait(wait_s)

        return loop

    named: list[tuple[str, Callable[[], None]]] = [("notices", boarding)]
    named += [(outbox.name, posting(outbox)) for outbox in board.outboxes]
    threads = [
        threading.Thread(target=_guarded(name, loop), name=name, daemon=True)
        for name, loop in named
    ]
    for thread in threads:
        thread.start()
    return threads


def end(board: Board) -> None:
    """Wake the threads of `start`, so that they see that `stop` is set."""
    board.wake()
    for outbox in board.outboxes:
        outbox.close()


def _guarded(name: str, loop: Callable[[], None]) -> Callable[[], None]:
    def guarded() -> None:
        try:
            loop()
        except Exception:
            # The guests are served all the same.
            log.critical("%s: ended by a mistake of ours", name, exc_info=True)

    return guarded
