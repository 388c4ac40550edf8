"""Updates for the desk: looked for, installed while guests are served, switched to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk import trial, update_sources
from kiosk.core import errands
from kiosk.core.errands import UpdateFound, Updates
from kiosk.core.errors import Refused
from kiosk.core.updates import Busy, UpdateState
from kiosk.errands import Do, Way
from kiosk.machine import Helper
from kiosk.slots import Slots
from kiosk.sticks import Mounts

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
BEGIN_MAX_S = 60.0
"""So long the machine may take to begin what its helper has taken."""


@dataclass(frozen=True)
class UpdateErrands:
    """The errands that are about updates.

    Attributes:
        slots: of this machine.
        helper: does what needs root.
        mounts: mounts the sticks for as long as they are looked at.
        sticks: where they are, see `sticks.there`.
        folder: of the store, beside which a trial says why it went wrong.
        address: where updates lie, or "".
        record: puts on record how far an update came, before the desk reads it and goes on.
        switch: has the machine restart into the update, or says what keeps it from that.
    """

    slots: Slots
    helper: Helper
    mounts: Mounts
    sticks: Path | None
    folder: Path
    address: str
    record: Callable[[UpdateState], None]
    switch: Callable[[], Busy]

    @property
    def does(self) -> dict[type, Do]:
        """Who does which."""
        return {
            errands.LookForUpdates: self._look,
            errands.InstallUpdate: self._install,
            errands.SwitchUpdate: self._switch,
        }

    def _look(self, errand: errands.LookForUpdates, way: Way) -> Updates:
        del way
        state = self.slots.state()
        if state is None or not errand.everywhere:
            return Updates(state, detail=self._detail(state))
        with self.mounts.mounted():
            found = [*update_sources.on_sticks(self.sticks)]
        away = ""
        if self.address:
            try:
                newest = update_sources.look_up(self.address)
                found.append(UpdateFound("network", newest.bundle, newest.version))
            except Refused as refused:
                away = refused.key
        return Updates(state, tuple(found), away, self._detail(state))

    def _detail(self, state: UpdateState | None) -> str:
        if state is None or state.phase != "back":
            return ""
        return trial.went_back(self.folder, state)

    def _install(self, errand: errands.InstallUpdate, way: Way) -> Updates:
        state = self._state()
        asked = {"source": errand.source, "file": errand.file}
        older = "yes" if errand.older else "no"
        if errand.source == "stick":
            # The machine takes the stick over, for itself alone, before this lets go of it.
            with self.mounts.mounted():
                self.helper.ask("install-update", **asked, older=older)
        else:
            self.helper.ask("install-update", **asked, older=older)
        return Updates(self._installed(state.number, way))

    def _state(self) -> UpdateState:
        state = self.slots.state()
        if state is None:
            raise Refused("err.no_slots")
        return state

    def _installed(self, before: int, way: Way) -> UpdateState:
        """Wait until it is written; how far it is is told."""
        begun_s = time.monotonic()
        while True:
            state = self._state()
            if state.number == before and time.monotonic() - begun_s > BEGIN_MAX_S:
                raise Refused("err.update_failed")
            if state.number != before and state.phase != "installing":
                break
            way.told(state.percent if state.number != before else 0, 100)
            if way.stopped:
                return state
            time.sleep(LOOK_EVERY_S)
        if state.problem:
            raise Refused(f"err.update_{state.problem}")
        self.record(state)
        return state

    def _switch(self, errand: errands.SwitchUpdate, way: Way) -> None:
        del errand, way
        if self._state().phase != "ready":
            raise Refused("err.no_update_ready")
        word = self.switch()
        if word:
            raise Refused(f"err.update_busy_{word}")
