"""Lights and a buzzer on the pins of a Raspberry Pi."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from gpiozero import LED, Buzzer

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    Effect,
    Event,
    Light,
    LightPattern,
    Role,
    Sound,
    Tone,
    TurnVolume,
    Volume,
)
from kiosk.hardware.causes import cause_of
from kiosk.hardware.device import Options
from kiosk.hardware.transport import Transport

COLOURS = ("red", "green", "blue")

PATTERNS: dict[LightPattern, tuple[frozenset[str], float, float]] = {
    "ready": (frozenset({"green"}), 0, 0),
    "reading": (frozenset({"blue"}), 0.2, 0.2),
    "money": (frozenset({"green", "blue"}), 0.5, 0.5),
    "attention": (frozenset({"red", "green"}), 0.25, 0.25),
    "out_of_order": (frozenset({"red"}), 1.0, 1.0),
    "off": (frozenset(), 0, 0),
}
"""What glows, and for how many seconds it is on and off in turn; 0 and 0: it does not blink.

The lamp of one colour glows whenever any colour would.
"""

TONES: dict[Tone, tuple[float, float, int]] = {"ok": (0.08, 0.05, 1), "attention": (0.2, 0.15, 3)}
"""Seconds on, seconds off, how often."""

LENGTHS: dict[Volume, float] = {"off": 0.0, "low": 0.25, "middle": 0.5, "loud": 1.0}
"""So much of a tone's length is left: a shorter beep is a softer one.

A buzzer of a relay board only knows on and off; so long as these are the ear adds up what it hears.
"""

IDLE_S = 0.05
"""Pins have nothing to say; so long at most a light waits for its turn."""


class Lights:
    """A coloured light, a lamp and a buzzer, as far as they are fitted.

    Options: ``pins``, ``red``, ``green``, ``blue``, ``lamp``, ``buzzer``, ``active_high`` (see
    ``[driver.gpio]`` in default.toml). It has no use for `connect` and `start`.

    Raises:
        ConfigError: no such `pins`, or one pin for two things.
    """

    role: ClassVar[Role] = "lights"

    def __init__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> None:
        self._pins = str(options["pins"])
        self._active_high = bool(options["active_high"])
        names = (*COLOURS, "lamp", "buzzer")
        self._numbers = {name: int(options[name]) for name in names if int(options[name]) >= 0}
        mistakes = []
        if self._pins not in ("lgpio", "mock"):
            mistakes.append(f'[devices.{device}] pins: "{self._pins}" is neither lgpio nor mock')
        if len(set(self._numbers.values())) < len(self._numbers):
            mistakes.append(f"[devices.{device}]: two things on one pin: {self._numbers}")
        if mistakes:
            raise ConfigError(mistakes)
        self._factory: Any = None
        self._lights: dict[str, LED] = {}
        self._buzzer: Buzzer | None = None
        self._pattern: LightPattern = "off"
        self._tones: dict[Tone, int] = {"ok": 0, "attention": 0}
        self._volume: Volume = "loud"

    def open(self) -> str:
        """See `Device.open`."""
        self.close()
        try:
            self._factory = pin_factory(self._pins)
            for name, number in self._numbers.items():
                made = Buzzer if name == "buzzer" else LED
                thing = made(number, active_high=self._active_high, pin_factory=self._factory)
                if name == "buzzer":
                    self._buzzer = thing
                else:
                    self._lights[name] = thing
        except DeviceError:
            raise
        except Exception as error:  # lgpio raises errors of its own, of a pin that is in use
            raise DeviceError(f"pins: {error}", cause_of(error)) from error
        fitted = ", ".join(f"{name} on GPIO{number}" for name, number in self._numbers.items())
        return fitted or "nothing fitted"

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`. Nothing ever happens here."""
        time.sleep(min(timeout_s, IDLE_S))
        return ()

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`."""
        if isinstance(effect, Light):
            self._show(effect.pattern)
        elif isinstance(effect, Sound):
            self._tones[effect.tone] += 1
            on_s, off_s, times = TONES[effect.tone]
            on_s *= LENGTHS[self._volume]
            if self._buzzer and on_s:
                self._buzzer.beep(on_s, off_s, n=times)
        elif isinstance(effect, TurnVolume):
            self._volume = effect.volume
        else:
            raise TypeError(f"{effect} is not for lights")

    def close(self) -> None:
        """See `Device.close`. Everything is dark and silent then."""
        for thing in (*self._lights.values(), self._buzzer):
            if thing:
                thing.close()
        self._lights.clear()
        self._buzzer = None
        if self._factory:
            self._factory.close()
        self._factory = None
        self._pattern = "off"

    def state(self) -> dict[str, Any]:
        """What glows now, for the bench: the pattern, each light, the tones, how loud."""
        return {
            "pattern": self._pattern,
            "lights": {name: bool(light.is_lit) for name, light in self._lights.items()},
            "tones": dict(self._tones),
            "volume": self._volume,
        }

    def _show(self, pattern: LightPattern) -> None:
        self._pattern = pattern
        colours, on_s, off_s = PATTERNS[pattern]
        for name, light in self._lights.items():
            if not (colours if name == "lamp" else name in colours):
                light.off()
            elif on_s:
                light.blink(on_s, off_s)
            else:
                light.on()


def pin_factory(pins: str) -> Any:
    """What moves the pins; the mock is loaded only where it is asked for.

    Raises:
        DeviceError: this machine has none.
    """
    if pins == "mock":
        from gpiozero.pins.mock import MockFactory

        return MockFactory()
    try:
        from gpiozero.pins.lgpio import LGPIOFactory

        return LGPIOFactory()
    except Exception as error:  # lgpio raises errors of its own, and has no pins on other machines
        told = f"this machine has no pins that lgpio can move: {error}"
        raise DeviceError(told, "not_found") from error
