"""Lights and buzzer on gpiozero's own mock pins."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Light, LightPattern, RefuseNotes, Sound, TurnVolume, Volume
from kiosk.hardware import gpio
from kiosk.hardware.gpio import LENGTHS, PATTERNS, TONES, Lights
from kiosk.hardware.transport import Transport

NAME = DeviceId("lights")
OPTIONS: dict[str, str | int | bool] = {
    "pins": "mock",
    "red": 17,
    "green": 27,
    "blue": 22,
    "lamp": 23,
    "buzzer": 24,
    "active_high": True,
}
GIVE_UP_S = 30.0


def no_line() -> Transport:
    raise AssertionError("lights have no line")


def made(**options: str | int | bool) -> Lights:
    return Lights(NAME, OPTIONS | options, start=1, connect=no_line)


@pytest.fixture
def lights() -> Iterator[Lights]:
    lights = made()
    lights.open()
    yield lights
    lights.close()


def level(lights: Lights, number: int) -> bool:
    """What the pin itself is at, asked past the driver."""
    return bool(lights._factory.pin(number).state)


def comes(met: Callable[[], bool]) -> bool:
    end_s = time.monotonic() + GIVE_UP_S
    while time.monotonic() < end_s:
        if met():
            return True
        threading.Event().wait(0.005)  # the blinking needs the processor as well
    return False


def test_every_situation_has_a_pattern_and_no_two_look_the_same() -> None:
    assert set(PATTERNS) == set(get_args(LightPattern))
    assert len({str(pattern) for pattern in PATTERNS.values()}) == len(PATTERNS)


@pytest.mark.parametrize("pattern", get_args(LightPattern))
def test_the_colours_of_a_pattern_glow_and_the_others_do_not(
    lights: Lights, pattern: LightPattern
) -> None:
    lights.perform(Light("attention"))
    lights.perform(Light(pattern))
    colours, blinking, _ = PATTERNS[pattern]
    for name, number in (("red", 17), ("green", 27), ("blue", 22)):
        if name in colours:
            assert comes(lambda n=number: level(lights, n))  # type: ignore[misc]
            if blinking:
                assert comes(lambda n=number: not level(lights, n))  # type: ignore[misc]
        else:
            assert not level(lights, number)
    assert comes(lambda: level(lights, 23) == bool(colours))
    assert lights.state()["pattern"] == pattern


def test_off_is_dark(lights: Lights) -> None:
    lights.perform(Light("ready"))
    lights.perform(Light("off"))
    assert lights.state()["lights"] == dict.fromkeys(("red", "green", "blue", "lamp"), False)


def test_a_tone_sounds_and_ends(lights: Lights) -> None:
    lights.perform(Sound("attention"))
    assert comes(lambda: level(lights, 24))
    assert comes(lambda: len(lights._factory.pin(24).states) >= 2 * TONES["attention"][2])
    assert comes(lambda: not level(lights, 24))
    assert lights.state()["tones"] == {"ok": 0, "attention": 1}


def test_relay_boards_are_on_when_low() -> None:
    lights = made(active_high=False)
    lights.open()
    assert level(lights, 27)
    lights.perform(Light("ready"))
    assert not level(lights, 27)
    lights.close()


def test_what_is_not_fitted_is_passed_over() -> None:
    lights = made(red=-1, green=-1, blue=-1, buzzer=-1)
    assert lights.open() == "lamp on GPIO23"
    lights.perform(Light("ready"))
    lights.perform(Sound("ok"))
    assert lights.state()["lights"] == {"lamp": True}
    assert lights.poll(0.0) == ()
    lights.close()


def test_it_can_be_opened_again_and_closed_twice(lights: Lights) -> None:
    lights.perform(Light("money"))
    lights.open()
    lights.perform(Light("ready"))
    assert level(lights, 27)
    lights.close()
    lights.close()


def test_a_wrong_setting_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="two things on one pin"):
        made(red=17, green=17)
    with pytest.raises(ConfigError, match='"gpiod" is neither lgpio nor mock'):
        made(pins="gpiod")


def test_a_machine_without_pins_says_so() -> None:
    lights = made(pins="lgpio")
    with pytest.raises(DeviceError, match="no pins that lgpio can move"):
        lights.open()
    lights.close()


def test_an_order_for_another_role_is_our_mistake(lights: Lights) -> None:
    with pytest.raises(TypeError):
        lights.perform(RefuseNotes(NAME))


def test_the_mock_is_not_loaded_unless_asked_for() -> None:
    code: Any = "import sys, kiosk.hardware.gpio; print('gpiozero.pins.mock' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("volume", ["low", "middle", "loud"])
def test_a_tone_is_the_shorter_the_softer_it_shall_be(
    lights: Lights, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    beeps: list[tuple[float, float, int]] = []
    assert lights._buzzer is not None
    monkeypatch.setattr(lights._buzzer, "beep", lambda on, off, n: beeps.append((on, off, n)))
    lights.perform(TurnVolume(volume))
    lights.perform(Sound("attention"))
    assert beeps == [(TONES["attention"][0] * LENGTHS[volume], *TONES["attention"][1:])]
    assert sorted(LENGTHS.values()) == list(LENGTHS.values()) and len(set(LENGTHS.values())) == 4


def test_switched_off_it_is_silent_and_stays_so_when_the_pins_come_back(lights: Lights) -> None:
    lights.perform(TurnVolume("off"))
    lights.close()
    lights.open()
    lights.perform(Sound("attention"))
    assert lights._buzzer is not None and not lights._buzzer.is_active
    assert lights.state()["volume"] == "off" and lights.state()["tones"]["attention"] == 1


def test_a_pin_that_another_program_holds_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Error(Exception):
        """As lgpio's own: neither an OSError nor one of gpiozero's."""

    def busy(*args: object, **kwargs: object) -> None:
        raise Error("'GPIO busy'")

    lights = made()
    with monkeypatch.context() as patched:
        patched.setattr(gpio, "LED", busy)
        with pytest.raises(DeviceError, match="pins: 'GPIO busy'"):
            lights.open()
        lights.close()
    lights.open()
    lights.close()
