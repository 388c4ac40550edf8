"""The contacts of a cabinet on gpiozero's own mock pins, by a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Contact, ContactsChanged, RefuseNotes
from kiosk.hardware.contacts import Contacts
from kiosk.hardware.transport import Transport

NAME = DeviceId("cabinet")
OPTIONS: dict[str, str | int | bool] = {
    "pins": "mock",
    "power": 25,
    "door": 23,
    "tilt": 18,
    "power_low": True,
    "door_low": True,
    "tilt_low": True,
    "bounce_ms": 30,
    "rest_ms": 3000,
}


def no_line() -> Transport:
    raise AssertionError("contacts have no line")


class Rig:
    def __init__(self, **options: str | int | bool) -> None:
        self.now_s = 100.0
        self.contacts = Contacts(
            NAME, OPTIONS | options, start=1, connect=no_line, clock=lambda: self.now_s
        )

    def open(self) -> Rig:
        self.contacts.open()
        return self

    def after(self, ms: int) -> list[tuple[Contact, ...]]:
        """What is told when so many milliseconds have gone by."""
        self.now_s += ms / 1000
        told = self.contacts.poll(0.0)
        assert all(isinstance(e, ContactsChanged) and e.device == NAME for e in told)
        return [e.amiss for e in told if isinstance(e, ContactsChanged)]


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig().open()
    assert rig.after(0) == [()], "how it is at first is told"
    yield rig
    rig.contacts.close()


@pytest.mark.parametrize("contact", get_args(Contact))
@pytest.mark.parametrize("low", [True, False])
def test_what_is_amiss_is_told_when_it_lasts_and_its_end_when_that_does(
    contact: Contact, low: bool
) -> None:
    rig = Rig(power_low=low, door_low=low, tilt_low=low).open()
    assert rig.after(0) == [()]
    rig.contacts.pretend(contact, amiss=True)
    assert rig.after(0) == [] and rig.after(29) == []
    assert rig.after(1) == [(contact,)]
    assert rig.after(60_000) == []
    rig.contacts.pretend(contact, amiss=False)
    assert rig.after(0) == [] and rig.after(2_999) == []
    assert rig.after(1) == [()]
    rig.contacts.close()


def test_a_contact_that_bounces_says_nothing(rig: Rig) -> None:
    for _ in range(50):
        rig.contacts.pretend("door_open", amiss=True)
        assert rig.after(20) == [] and rig.after(9) == []
        rig.contacts.pretend("door_open", amiss=False)
        assert rig.after(1) == []


def test_a_power_that_comes_and_goes_counts_as_one_that_fails(rig: Rig) -> None:
    rig.contacts.pretend("power_fails", amiss=True)
    assert rig.after(0) == [] and rig.after(30) == [("power_fails",)]
    for _ in range(10):
        rig.contacts.pretend("power_fails", amiss=False)
        assert rig.after(2_000) == [] and rig.after(900) == []
        rig.contacts.pretend("power_fails", amiss=True)
        assert rig.after(10) == []
    rig.contacts.pretend("power_fails", amiss=False)
    assert rig.after(0) == [] and rig.after(3_000) == [()]


def test_several_are_told_together(rig: Rig) -> None:
    for contact in ("tilted", "power_fails"):
        rig.contacts.pretend(contact, amiss=True)  # type: ignore[arg-type]
    assert rig.after(0) == [] and rig.after(30) == [("power_fails", "tilted")]
    rig.contacts.pretend("door_open", amiss=True)
    assert rig.after(0) == [] and rig.after(30) == [("power_fails", "door_open", "tilted")]


def test_how_it_is_at_first_is_told_at_once_and_anew_after_a_restart(rig: Rig) -> None:
    rig.contacts.pretend("door_open", amiss=True)
    assert rig.after(0) == [] and rig.after(30) == [("door_open",)]
    rig.contacts.close()
    rig.open()
    assert rig.after(0) == [()], "pretended ones are well at first"
    rig.contacts._greet()
    rig.contacts.pretend("power_fails", amiss=True)
    assert rig.after(0) == [("power_fails",)], "real ones are as they are"


def test_a_wire_that_breaks_is_noticed(rig: Rig) -> None:
    for contact in ("power_fails", "door_open", "tilted"):
        # The pin is pulled up, and nothing pulls it down any more.
        rig.contacts._factory.pin(rig.contacts._numbers[contact]).drive_high()
    assert rig.after(0) == [] and rig.after(30) == [("power_fails", "door_open", "tilted")]


def test_what_is_not_fitted_is_passed_over() -> None:
    rig = Rig(power=-1, tilt=-1)
    assert rig.contacts.open() == "door on GPIO23"
    assert rig.after(0) == [()]
    with pytest.raises(ValueError, match="no tilt here; there is: door on GPIO23"):
        rig.contacts.pretend("tilted", amiss=True)
    rig.contacts.close()


def test_a_wrong_setting_is_a_mistake_of_the_configuration() -> None:
    for wrong, says in (
        ({"door": 25}, "two contacts on one pin"),
        ({"pins": "gpiod"}, '"gpiod" is neither lgpio nor mock'),
        ({"power": -1, "door": -1, "tilt": -1}, "no contact has a pin"),
        ({"rest_ms": -1}, "no time is below 0"),
    ):
        with pytest.raises(ConfigError, match=says):
            Rig(**wrong)  # type: ignore[arg-type]


def test_a_machine_without_pins_says_so_and_real_pins_cannot_be_pretended() -> None:
    rig = Rig(pins="lgpio")
    with pytest.raises(DeviceError, match="no pins that lgpio can move"):
        rig.contacts.open()
    with pytest.raises(ValueError, match="real ones"):
        rig.contacts.pretend("door_open", amiss=True)
    rig.contacts.close()


def test_an_order_for_it_is_our_mistake(rig: Rig) -> None:
    with pytest.raises(TypeError):
        rig.contacts.perform(RefuseNotes(NAME))
