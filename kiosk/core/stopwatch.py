"""How long each running session has lasted: by a clock that nobody sets, as far as one was there.

The books say when a session began and how many minutes it may last. What to believe about how old
it is by now:

==================================================  ==============================================
it was begun by this process                        the monotonic clock since then, whatever the
                                                    wall clock does
by a former process; the wall clock is              the wall clock's time since it began, once;
synchronised                                        from then on the monotonic clock
by a former process; the wall clock is not          the same, with a clock that is not before the
synchronised                                        last entry; decided anew once it is set
==================================================  ==============================================

A clock that was not set yet is most often behind: by it a session may end late. One that it calls
over gets `SYNC_WAIT_S`, in which the clock may be set, or less where this process alone has seen
it last its whole time. After that it is over: there is nothing better to believe.

When the wall clock is set while a session runs, the session's beginning on the books is moved by
as much (``move``): the next process, which has nothing but the books, then reads it by that clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from kiosk.core.clock import Now
from kiosk.core.ledger import Change

TABLE = "sessions"
SYNC_WAIT_S = 120
STEP_S = 2
"""A wall clock that is off by so much was set; less is the difference between two readings."""
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Running:
    """A running session as the books have it; `planned_s` is how long it may last."""

    session: str
    started_at: datetime
    planned_s: int


@dataclass(frozen=True)
class Anchor:
    """At `mono_s` of this process's clock a session was `age_us` old; `firm`: that is settled."""

    mono_s: float
    age_us: int
    firm: bool


@dataclass(frozen=True)
class Due:
    """What must be done about a session: end it, or move its beginning to `started_at`."""

    session: str
    what: Literal["end", "move"]
    started_at: datetime


def seen(running: Running, now: Now, not_before: str) -> Anchor:
    """What a process knows of a session that a former one began.

    `not_before` is the moment of the last entry: a clock that is not synchronised is not earlier.
    """
    wall = now.wall
    if not now.synced and not_before:
        wall = max(wall, datetime.fromisoformat(not_before))
    return Anchor(now.mono_s, max(0, _us(wall - running.started_at)), now.synced)


def settled(running: Running, anchor: Anchor, now: Now) -> Anchor:
    """The anchor once the clock is synchronised: its time counts, not less than was lived."""
    if anchor.firm or not now.synced:
        return anchor
    by_wall = _us(now.wall - running.started_at)
    return Anchor(now.mono_s, max(_lived_us(anchor, now), by_wall), firm=True)


def age_us(anchor: Anchor, now: Now) -> int:
    """How old a session is, in microseconds."""
    return anchor.age_us + _lived_us(anchor, now)


def due(running: Iterable[Running], anchors: Mapping[str, Anchor], now: Now) -> list[Due]:
    """What must be done about the sessions now; `anchors` are `settled`."""
    found = []
    for session in running:
        anchor = anchors[session.session]
        began = now.wall - timedelta(microseconds=age_us(anchor, now))
        stepped = abs(_us(began - session.started_at)) >= STEP_S * SECOND_US
        if now.synced and stepped:
            found.append(Due(session.session, "move", began))
        elif _left_us(session, anchor, now) <= 0:
            found.append(Due(session.session, "end", session.started_at))
    return found


def _left_us(running: Running, anchor: Anchor, now: Now) -> int:
    """How long until a session is to be ended."""
    planned = running.planned_s * SECOND_US
    left = planned - age_us(anchor, now)
    if anchor.firm:
        return left
    return max(left, min(SYNC_WAIT_S * SECOND_US, planned) - _lived_us(anchor, now))


def _lived_us(anchor: Anchor, now: Now) -> int:
    return max(0, round((now.mono_s - anchor.mono_s) * SECOND_US))


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


class Stopwatch:
    """The sessions that run, in the memory of one process; kept by the core thread."""

    def __init__(self) -> None:
        self.begun = False
        """Whether what a former process left has been read."""
        self._running: dict[str, Running] = {}
        self._anchors: dict[str, Anchor] = {}

    def begin(self, sessions: Iterable[Mapping[str, Any]], now: Now, not_before: str) -> None:
        """Take over the sessions that a former process left; see `seen`."""
        self.begun = True
        for document in sessions:
            running = _running(document)
            self._running[running.session] = running
            self._anchors[running.session] = seen(running, now, not_before)

    def follow(self, changes: Sequence[Change], now: Now) -> None:
        """What an entry changed: a session that is new to us began now."""
        for change in changes:
            if change.table != TABLE:
                continue
            if change.document is None or change.document["state"] != "running":
                self.drop(change.id)
            else:
                self._running[change.id] = _running(change.document)
                self._anchors.setdefault(change.id, Anchor(now.mono_s, 0, firm=True))

    def drop(self, session: str) -> None:
        """Look at a session no more, until an entry touches it or the process starts again."""
        self._running.pop(session, None)
        self._anchors.pop(session, None)

    def age_us(self, session: Mapping[str, Any], now: Now) -> int:
        """How old a running session is, in microseconds; `session` is its document."""
        self._settle(now)
        anchor = self._anchors.get(session["id"])
        return age_us(anchor or seen(_running(session), now, ""), now)

    def due(self, now: Now) -> list[Due]:
        """What must be done about the sessions now."""
        self._settle(now)
        return due(self._running.values(), self._anchors, now)

    def wait_s(self, now: Now) -> float | None:
        """How long until a session is to be ended; None while none runs."""
        left = [_left_us(r, self._anchors[r.session], now) for r in self._running.values()]
        return max(0.0, min(left) / SECOND_US) if left else None

    def _settle(self, now: Now) -> None:
        for name, running in self._running.items():
            self._anchors[name] = settled(running, self._anchors[name], now)


def _running(document: Mapping[str, Any]) -> Running:
    began = datetime.fromisoformat(document["started_at"])
    return Running(document["id"], began, document["planned"] * 60)
