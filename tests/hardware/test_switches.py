"""Switches and the headset's socket on gpiozero's own mock pins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import HeadsetChanged, RefuseNotes, SwitchPressed
from kiosk.hardware import switches as driver
from kiosk.hardware.switches import WAITING_MAX, Switches
from kiosk.hardware.transport import Transport

NAME = DeviceId("switches")
OPTIONS: dict[str, str | int | bool] = {
    "pins": "mock",
    "next": 5,
    "press": 6,
    "back": 13,
    "headset": 19,
    "closes": True,
    "bounce_ms": 0,
}


def no_line() -> Transport:
    raise AssertionError("switches have no line")


def made(**options: str | int | bool) -> Switches:
    return Switches(NAME, OPTIONS | options, start=1, connect=no_line)


@pytest.fixture
def switches() -> Iterator[Switches]:
    switches = made()
    switches.open()
    switches.poll(0.0)
    yield switches
    switches.close()


def press(switches: Switches, name: str) -> None:
    switches.pretend(name, down=True)
    switches.pretend(name, down=False)


def test_each_switch_tells_its_press_once_in_order(switches: Switches) -> None:
    for name in ("next", "next", "press", "back"):
        press(switches, name)
    switches.pretend("next", down=True)  # held down: nothing more is told
    told = switches.poll(0.0)
    assert told == [SwitchPressed(NAME, n) for n in ("next", "next", "press", "back", "next")]  # type: ignore[arg-type]
    assert list(switches.poll(0.0)) == []


@pytest.mark.parametrize("closes", [True, False])
def test_a_headset_is_told_when_it_is_first_seen_and_when_it_changes(closes: bool) -> None:
    switches = made(closes=closes)
    switches.open()
    plugged = not closes  # nothing is connected: the contact is open
    assert switches.poll(0.0) == [HeadsetChanged(NAME, plugged)]
    assert list(switches.poll(0.0)) == []
    switches.pretend("headset", down=True)
    assert switches.poll(0.0) == [HeadsetChanged(NAME, not plugged)]
    switches.close()
    switches.open()
    assert switches.poll(0.0) == [HeadsetChanged(NAME, plugged)], "told anew after a restart"
    switches.close()


def test_a_switch_that_flutters_does_not_pile_up(switches: Switches) -> None:
    for _ in range(1000):
        press(switches, "next")
    assert len(switches.poll(0.0)) == WAITING_MAX


def test_what_is_not_fitted_is_passed_over() -> None:
    switches = made(back=-1, headset=-1)
    assert switches.open() == "next on GPIO5, press on GPIO6"
    assert list(switches.poll(0.0)) == []
    with pytest.raises(ValueError, match="no back here; there is: next, press"):
        switches.pretend("back", down=True)
    switches.close()
    switches.close()


def test_a_wrong_setting_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="two things on one pin"):
        made(next=6)
    with pytest.raises(ConfigError, match='"gpiod" is neither lgpio nor mock'):
        made(pins="gpiod")
    with pytest.raises(ConfigError, match="no switch has a pin"):
        made(next=-1, press=-1, back=-1, headset=-1)


def test_a_machine_without_pins_says_so_and_real_pins_cannot_be_pretended() -> None:
    switches = made(pins="lgpio")
    with pytest.raises(DeviceError, match="no pins that lgpio can move"):
        switches.open()
    with pytest.raises(ValueError, match="real ones"):
        switches.pretend("next", down=True)
    switches.close()


def test_an_order_for_it_is_our_mistake(switches: Switches) -> None:
    with pytest.raises(TypeError):
        switches.perform(RefuseNotes(NAME))


def test_a_pin_that_another_program_holds_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Error(Exception):
        """As lgpio's own: neither an OSError nor one of gpiozero's."""

    def busy(*args: object, **kwargs: object) -> None:
        raise Error("'GPIO busy'")

    switches = made()
    with monkeypatch.context() as patched:
        patched.setattr(driver, "DigitalInputDevice", busy)
        with pytest.raises(DeviceError, match="pins: 'GPIO busy'"):
            switches.open()
        switches.close()
    switches.open()
    switches.close()
