"""Updates that come by themselves: looked for, installed, and switched to at a quiet moment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from kiosk import slots, trial, update_sources
from kiosk.core import updates
from kiosk.core.cash import HeldNotes
from kiosk.core.clock import Now, system_now
from kiosk.core.config import Config
from kiosk.core.errors import Refused
from kiosk.core.maintenance import DETAIL_CHARACTERS_MAX, RecordMaintenance, Work
from kiosk.core.print_queue import PrintQueue
from kiosk.core.updates import Busy, Moment, UpdateState
from kiosk.machine import Helper
from kiosk.runtime import Inbox, Runtime
from kiosk.slots import Slots

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
OUTCOMES: dict[str, Work] = {
    "ready": "update_installed",
    "good": "update_good",
    "back": "update_back",
}
"""What is put on record once it is so."""


def moment(runtime: Runtime, now: Now) -> Moment:
    """What decides whether the machine may restart; in the core thread."""
    known, ask = runtime.situation, runtime.venue.ask
    queue = ask(PrintQueue(), now)
    waiting = (*queue.desk, *queue.guests)
    return Moment(
        idle_s=runtime.idle_s(now),
        notes=sum(note.state == "held" for note in ask(HeldNotes(), now)),
        printing=sum(slip.state == "printing" for slip in waiting),
        asked=bool(runtime.jobs.fiscal.asked or runtime.jobs.terminal.payment),
        opening=known.opening,
        local=now.wall.astimezone(ZoneInfo(known.venue.time_zone)),
        synced=now.synced,
    )


@dataclass
class Watch:
    """Goes after updates, in a thread of its own.

    Attributes:
        chosen: the settings.
        slots: of this machine.
        helper: does what needs root.
        inbox: the way to the core.
        end: told which devices answer: the program ends, and the machine restarts.
    """

    chosen: Config
    slots: Slots
    helper: Helper
    inbox: Inbox
    end: Callable[[tuple[str, ...]], None]
    _look_at_s: float = 0.0
    _recorded: str = field(default="", repr=False)

    def start(self, stop: threading.Event) -> threading.Thread:
        """Begin; it ends with the kiosk."""

        def loop() -> None:
            wait_s = 0.0
            try:
                while not stop.wait(wait_s):
                    wait_s = self.step(system_now())
            except Exception:
                # The guests are served all the same.
                log.critical("no more updates: ended by a mistake of ours", exc_info=True)

        thread = threading.Thread(target=loop, name="updates", daemon=True)
        thread.start()
        return thread

    def step(self, now: Now) -> float:
        """Do what is due; seconds until the next call is wanted."""
        state = self.slots.state()
        if state is None:
            return LOOK_EVERY_S
        try:
            self.record(state)
            address = self.chosen.updates.address
            if address and now.mono_s >= self._look_at_s and state.phase != "installing":
                self._look_at_s = now.mono_s + 3600 * self.chosen.updates.check_hours
                self._look(state, address)
            if state.phase == "ready":
                told = self.switch(by_itself=True)
                log.info("version %s waits: %s", state.to, told)
        except (ConnectionError, TimeoutError) as error:
            log.info("the core does not answer: %s", error)
        return LOOK_EVERY_S

    def record(self, state: UpdateState) -> None:
        """Put on record how far the last update came; once, however often it is looked at."""
        what, key = OUTCOMES.get(state.phase), _key(state, state.phase)
        if what is None or key == self._recorded:
            return
        detail = f"{state.to} {state.why}".strip()
        if state.phase == "back":
            said = trial.went_back(self.chosen.store.folder, state)
            detail = f"{detail} {said}".strip()[:DETAIL_CHARACTERS_MAX]
        self.inbox.ask(lambda runtime, now: _record(runtime, now, what, detail, key))
        self._recorded = key

    def _look(self, state: UpdateState, address: str) -> None:
        """Have the newest version installed, unless it is here, or was tried."""
        try:
            newest = update_sources.look_up(address)
            tried = newest.version == state.to and state.phase in ("ready", "back")
            if updates.newer(newest.version, state.version) and not tried:
                log.warning("version %s is there; installing it", newest.version)
                asked = {"source": "network", "file": newest.bundle, "older": "no"}
                self.helper.ask("install-update", **asked)
        except Refused as refused:
            log.warning("no update from the network: %s", refused)

    def switch(self, *, by_itself: bool = False) -> Busy:
        """Have the machine restart into what is ready; what keeps it from that, or ""."""
        state = self.slots.state()
        assert state is not None, "it was just there"
        told = self.chosen.updates
        hours = updates.quiet_hours(told.quiet)

        def work(runtime: Runtime, now: Now) -> tuple[Busy, tuple[str, ...]]:
            at = moment(runtime, now)
            if by_itself:
                word = updates.busy(at, idle_s=60 * told.idle_minutes, hours=hours)
            else:
                word = updates.unfinished(at)
            if not word:
                _record(runtime, now, "update_installed", state.to, _key(state, "ready"))
                # Never twice under one name: it may be tried again.
                key = f"{_key(state, 'begun')}:{runtime.situation.house.start}"
                _record(runtime, now, "update_begun", f"{state.version} {state.to}", key)
            devices = runtime.situation.machine.devices
            return word, tuple(str(name) for name, device in devices.items() if device.up)

        word, up = self.inbox.ask(work)
        if not word:
            self.end(up)
        return word


def _key(state: UpdateState, what: str) -> str:
    return f"update:{state.number}:{state.to}:{what}"


def _record(runtime: Runtime, now: Now, what: Work, detail: str, key: str) -> None:
    done = runtime.command(RecordMaintenance(what, "", detail), actor="kiosk", key=key, now=now)
    if isinstance(done, Refused):
        log.error("%s is not on record: %s", key, done)


def of(
    chosen: Config, helper: Helper, inbox: Inbox, end: Callable[[tuple[str, ...]], None]
) -> Watch:
    """Who goes after the updates of this machine."""
    return Watch(chosen, slots.beside(helper.answer), helper, inbox, end)


def clear(chosen: Config) -> None:
    """Take away what a trial left; the books of a kiosk that serves are its own."""
    trial.forget(chosen.store.folder / trial.FOLDER, chosen.store.secrets_folder / trial.FOLDER)
