"""What changed, for tills, stations and pages: server-sent events.

An event has a name, a running id, and data in JSON: ids, states and the entry's number, never a
name, a phone or a card's number. Who comes back with ``Last-Event-ID`` is told what he missed, as
far as it is kept; else he is told ``again``: ask for everything anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal

from kiosk.core.ledger import Entry
from kiosk.runtime import Told

EventName = Literal["visit", "order", "card", "session", "venue", "slip", "task", "alarm", "again"]
KEPT_MAX = 1_000
WAITING_MAX = 200
"""Events that wait for one listener; one who is slower is cut and may come back."""
ALIVE_S = 15.0

OF_REFS: Mapping[str, EventName] = {
    "visit": "visit",
    "order": "order",
    "card": "card",
    "session": "session",
    "slip": "slip",
}
OF_VENUE = frozenset(
    {"settings", "menu", "packages", "tariffs", "stations", "tills", "card_types", "money_reasons"}
)
"""Tables of what a till shows of the venue."""
OF_TOKENS = frozenset({"tokens", "tills"})


class Hub:
    """Takes events from any thread, keeps the latest, and hands them to who listens.

    Everything but `publish` and `tell` is for the loop's thread.
    """

    def __init__(self, start: str, listeners_max: int) -> None:
        self._start = start
        self._listeners_max = listeners_max
        self._loop: asyncio.AbstractEventLoop | None = None
        self._count = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT_MAX)
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self.ends = 0
        """How often all were let go."""

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand events out in this loop from now on."""
        self._loop = loop

    def publish(self, name: EventName, data: Mapping[str, Any]) -> None:
        """Tell all who listen; from any thread, never waits. Before `begin` nobody listens."""
        if self._loop is not None:
            # Once the loop is closed, nobody listens any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._hand_out, name, dict(data))

    def tell(self, told: Told) -> None:
        """A listener of the runtime: what a turn of the core changed."""
        for entry in told.entries:
            for name, data in of_entry(entry):
                self.publish(name, data)

    def end(self) -> None:
        """Let all who listen go; they come back where they can."""
        self.ends += 1
        for queue in list(self._queues):
            self._cut(queue)

    @property
    def full(self) -> bool:
        """Whether as many listen as may."""
        return len(self._queues) >= self._listeners_max

    async def listen(self, last: str, ends: int) -> AsyncIterator[bytes]:
        """The events from now on, after those that came since the event `last`.

        `ends` is as it was when somebody looked whether who listens may; none where all were let
        go since.
        """
        if ends != self.ends:
            return
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_MAX + 1)
        missed = self._missed(last)
        self._queues.add(queue)
        try:
            # At once, so that the till sees that it is connected.
            yield b": foyer\n\n"
            for past in missed:
                yield past
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), ALIVE_S)
                except TimeoutError:
                    yield b": alive\n\n"
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._queues.discard(queue)

    def _missed(self, last: str) -> list[bytes]:
        if not last:
            return []
        start, _, number = last.rpartition(".")
        first = self._kept[0][0] if self._kept else self._count + 1
        known = start == self._start and number.isascii() and number.isdecimal()
        if not known or not first - 1 <= int(number) <= self._count:
            return [self._event(self._count, "again", {})]
        return [event for count, event in self._kept if count > int(number)]

    def _hand_out(self, name: EventName, data: Mapping[str, Any]) -> None:
        self._count += 1
        event = self._event(self._count, name, data)
        self._kept.append((self._count, event))
        for queue in list(self._queues):
            if queue.qsize() >= WAITING_MAX:
                self._cut(queue)
            else:
                queue.put_nowait(event)

    def _cut(self, queue: asyncio.Queue[bytes | None]) -> None:
        self._queues.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)

    def _event(self, count: int, name: EventName, data: Mapping[str, Any]) -> bytes:
        told = json.dumps(data, separators=(",", ":"))
        return f"id: {self._start}.{count}\nevent: {name}\ndata: {told}\n\n".encode()


def of_entry(entry: Entry) -> list[tuple[EventName, dict[str, Any]]]:
    """What an entry is told as: an event for each thing that it is about."""
    what = {"seq": entry.seq, "kind": entry.kind}
    told: list[tuple[EventName, dict[str, Any]]] = [
        (name, {"id": str(entry.refs[ref]), **what})
        for ref, name in OF_REFS.items()
        if ref in entry.refs
    ]
    if any(change.table in OF_VENUE for change in entry.changes):
        told.append(("venue", what))
    return told


def of_tokens(entry: Entry) -> bool:
    """Whether an entry may have put a till's token out of use."""
    return any(change.table in OF_TOKENS for change in entry.changes)
