"""The power fails while notes go in: real drivers, a simulated acceptor, pins in memory, the core.

One clock that only waiting moves; what the core wants of the acceptor goes to its driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.core.capabilities import DeviceState
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Event, NoteEscrowed, NoteReturned, StackNote
from kiosk.core.situation import Problem
from kiosk.hardware.contacts import Contacts
from tests.core.guest import ACCEPTOR, DEMO, Guest, make_venue, shelf
from tests.hardware.contract.acceptors import CCNET, CCTALK, ID003, SHIPPED, SSP, Bench, Model

CABINET = DeviceId("cabinet")


class Kiosk:
    """A guest before an acceptor, and the contact of the supply."""

    def __init__(self, guest: Guest, model: Model) -> None:
        self.guest = guest
        self.bench = Bench(model)
        options = {**SHIPPED["driver"]["contacts"], "pins": "mock", "power": 25}
        clock = lambda: self.bench.now_s  # noqa: E731
        self.contacts = Contacts(CABINET, options, start=1, connect=self._no_line, clock=clock)
        self.contacts.open()
        self.power(fails=False)
        machine = guest.situation.machine
        declared = {**machine.devices, CABINET: DeviceState("contacts", True)}
        guest.situation = replace(guest.situation, machine=replace(machine, devices=declared))
        self.bench.open()

    def _no_line(self) -> Any:
        raise AssertionError("contacts have no line")

    def power(self, *, fails: bool) -> None:
        self.contacts.pretend("power_fails", amiss=fails)

    def tell(self, events: list[Event]) -> None:
        for event in events:
            self.bench.events.append(event)
            for effect in self.guest.tell(event):
                if getattr(effect, "device", "") == ACCEPTOR or hasattr(effect, "note"):
                    self.bench.driver.perform(effect)

    def press(self, button: str) -> None:
        for effect in self.guest.press(button):
            if getattr(effect, "device", "") == ACCEPTOR:
                self.bench.driver.perform(effect)

    def turn(self) -> None:
        self.tell([*self.contacts.poll(0.0)])
        self.tell([*self.bench.driver.poll(0.2)])
        self.bench.wait(0.01)

    def until(self, met: Any, turns: int = 400) -> None:
        for _ in range(turns):
            if met():
                return
            self.turn()
        raise AssertionError(f"it never came: {self.bench.events[-8:]}, {self.guest.scene}")

    @property
    def fails(self) -> bool:
        return self.guest.situation.machine.power_fails

    @property
    def takes(self) -> bool:
        return self.bench.at("ready")


@pytest.fixture(params=[CCNET, ID003, SSP, CCTALK], ids=str)
def kiosk(request: pytest.FixtureRequest) -> Iterator[Kiosk]:
    with shelf() as folder:
        guest = Guest(make_venue(folder, DEMO))
        guest.home()
        made = Kiosk(guest, request.param)
        made.until(lambda: made.bench.at("disabled"))
        made.press("top_up")
        made.until(lambda: made.takes)
        yield made
        made.contacts.close()
        guest.venue.close()


def test_the_acceptor_takes_nothing_more_and_takes_again(kiosk: Kiosk) -> None:
    kiosk.power(fails=True)
    kiosk.until(lambda: kiosk.fails)
    assert isinstance(kiosk.guest.scene, Problem) and kiosk.guest.scene.key == "err.power_fails"
    kiosk.until(lambda: kiosk.bench.at("disabled"))
    assert "went in" not in kiosk.bench.peer.insert(500, kiosk.bench.now_s)
    kiosk.power(fails=False)
    kiosk.until(lambda: not kiosk.fails)
    kiosk.press("continue")
    kiosk.press("top_up")
    kiosk.until(lambda: kiosk.takes)


def test_a_note_that_is_in_escrow_when_the_power_has_failed_comes_back(kiosk: Kiosk) -> None:
    kiosk.bench.insert(500)
    kiosk.power(fails=True)
    # The acceptor tells of its note, and the core hears of the power before it.
    kiosk.bench.saw(NoteEscrowed)
    held = kiosk.bench.told(NoteEscrowed)
    for _ in range(10):
        kiosk.tell([*kiosk.contacts.poll(0.0)])
        kiosk.bench.wait(0.01)
    assert kiosk.fails
    kiosk.tell(held)
    kiosk.until(lambda: kiosk.bench.told(NoteReturned))
    assert not any(isinstance(effect, StackNote) for effect in kiosk.guest.effects)
    assert "note_held" not in kiosk.guest.kinds() and kiosk.guest.undecided() == {}


def test_a_note_that_goes_into_the_box_as_the_power_fails_is_on_the_books(kiosk: Kiosk) -> None:
    kiosk.bench.insert(500)
    kiosk.until(lambda: "note_held" in kiosk.guest.kinds())
    kiosk.power(fails=True)
    kiosk.until(lambda: "note_settled" in kiosk.guest.kinds())
    kiosk.until(lambda: isinstance(kiosk.guest.scene, Problem))
    assert "500" in kiosk.guest.words() and "power has failed" in kiosk.guest.words()
    kiosk.until(lambda: kiosk.bench.at("disabled"))
