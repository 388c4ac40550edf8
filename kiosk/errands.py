"""The shell's errands: what takes long, or waits for the machine, done beside the core.

Each goes on in a thread of its own, and what works with the books in a child process of that
thread: a report over a year takes no time from the guests. A few at once, each for a limited time.
"""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from kiosk.core.checkup import CheckDevices
from kiosk.core.errands import (
    BackUp,
    Errand,
    InstallUpdate,
    MakeReport,
    StopErrand,
    VerifyBooks,
)
from kiosk.core.errors import Refused
from kiosk.core.messages import ErrandTold, StartErrand

log = logging.getLogger(__name__)

RUNNING_MAX = 4
LIMIT_S = 90.0
LIMITS_S: Mapping[type, float] = {
    MakeReport: 15 * 60.0,
    VerifyBooks: 2 * 3600.0,
    BackUp: 2 * 3600.0,
    InstallUpdate: 2 * 3600.0,
    CheckDevices: 10 * 60.0,
}
"""So long may an errand of a kind take, where it is not `LIMIT_S`."""
CHILD_STOP_S = 20.0


class Way:
    """One errand on its way: it tells how far it is, and may be stopped.

    `told` gets how far it is, `done` of `of`; whoever does the errand calls it now and then.
    """

    def __init__(self, told: Callable[[int, int], None] = lambda done, of: None) -> None:
        self.told = told
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self.stopped = False

    def at_stop(self, stop: Callable[[], None]) -> None:
        """Have `stop` called when the errand is stopped; at once where it is already."""
        with self._lock:
            self._stops.append(stop)
            if not self.stopped:
                return
        stop()

    def stop(self) -> None:
        """Stop it."""
        with self._lock:
            self.stopped = True
            stops = [*self._stops]
        for stop in stops:
            stop()


Do = Callable[[Any, Way], object]
"""Does an errand of one type and returns its result; may raise `Refused`, nothing else."""


class Errands:
    """Goes on errands, and tells of each by events.

    Args:
        put: where the events go; may wait.
        does: who does errands of a type.
    """

    def __init__(self, put: Callable[[ErrandTold], None], does: Mapping[type, Do]) -> None:
        self._put = put
        self._does = does
        self._lock = threading.Lock()
        self._under_way: dict[str, tuple[Way, type]] = {}

    def __call__(self, started: StartErrand) -> None:
        """Begin an errand; never waits."""
        if isinstance(started.errand, StopErrand):
            self._stop(started.errand.errand)
            return
        way = Way(partial(self._tell, started.id))
        with self._lock:
            busy = len(self._under_way) >= RUNNING_MAX
            if not busy:
                self._under_way[started.id] = (way, type(started.errand))
        # That there are too many is told from a thread, too: where the inbox is full it waits.
        told = ErrandTold(started.id, ended=True, result=Refused("err.errands_busy"))
        work = partial(self._put, told) if busy else partial(self._go, started, way)
        threading.Thread(target=work, name="errand", daemon=True).start()

    def close(self) -> None:
        """Stop all."""
        with self._lock:
            under_way = [*self._under_way]
        for errand in under_way:
            self._stop(errand)

    def leave(self, kinds: frozenset[type]) -> None:
        """Stop those of some types, because who sent for them has gone; never waits."""
        with self._lock:
            left = [name for name, (_, kind) in self._under_way.items() if kind in kinds]
        gone = Refused("err.errand_left")
        for name in left:
            threading.Thread(target=self._end, args=(name, gone, True), daemon=True).start()

    def _stop(self, errand: str) -> None:
        with self._lock:
            found = self._under_way.pop(errand, None)
        if found is not None:
            found[0].stop()

    def _go(self, started: StartErrand, way: Way) -> None:
        limit_s = LIMITS_S.get(type(started.errand), LIMIT_S)
        late = threading.Timer(limit_s, self._late, (started.id,))
        late.daemon = True
        late.start()
        try:
            result = self._done(started.errand, way)
        finally:
            late.cancel()
        self._end(started.id, result)

    def _done(self, errand: Errand, way: Way) -> object:
        try:
            return self._does[type(errand)](errand, way)
        except Refused as refused:
            return refused
        except Exception:
            # Our own mistake ends neither the kiosk nor the page that waits.
            log.critical("an errand failed: %s", type(errand).__name__, exc_info=True)
            return Refused("err.errand_failed")

    def _late(self, errand: str) -> None:
        log.error("errand %s took too long", errand)
        self._end(errand, Refused("err.errand_late"), stop=True)

    def _tell(self, errand: str, done: int, of: int) -> None:
        with self._lock:
            there = errand in self._under_way
        if there:
            self._put(ErrandTold(errand, done, of))

    def _end(self, errand: str, result: object, stop: bool = False) -> None:
        """Tell of its end, once; with `stop` it still goes on and is to be stopped."""
        with self._lock:
            found = self._under_way.pop(errand, None)
        if found is None:
            return
        if stop:
            found[0].stop()
        self._put(ErrandTold(errand, ended=True, result=result))


def in_child(place: object, errand: Errand, way: Way) -> object:
    """Do an errand in a process of its own (`kiosk.errand_child`).

    Pickles go between: both ends are this program, and nobody else writes into these pipes.

    Args:
        place: where it is done, a `book_errands.Place`.
        errand: of a type that `book_errands` does.
        way: told how far it is; when it is stopped the child is ended.

    Raises:
        Refused: as the errand itself; ``err.errand_failed``: the child ended without a word.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "kiosk.errand_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None and child.stdout is not None, "they were asked for"
    # Asked to end, it takes away what it began to write; see `kiosk.errand_child`.
    way.at_stop(child.terminate)
    try:
        with suppress(BrokenPipeError), child.stdin:
            pickle.dump((place, errand), child.stdin)
        while True:
            match pickle.load(child.stdout):
                case ("far", done, of):
                    way.told(done, of)
                case ("refused", key, args):
                    raise Refused(key, **args)
                case ("done", result):
                    return result
    except (EOFError, pickle.UnpicklingError):
        raise Refused("err.errand_failed") from None
    finally:
        child.stdout.close()
        try:
            child.wait(CHILD_STOP_S)
        except subprocess.TimeoutExpired:
            # A stick that hangs holds it in the kernel: it ends when the stick is pulled.
            child.kill()
