"""Switches beside the screen, and a headset's socket, on the pins of a Raspberry Pi.

For who cannot touch: one switch moves to the next button, one presses it (docs/accessibility.md).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, cast, get_args

from gpiozero import DigitalInputDevice

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Effect, Event, HeadsetChanged, Role, Switch, SwitchPressed
from kiosk.hardware.causes import cause_of
from kiosk.hardware.device import Options
from kiosk.hardware.gpio import pin_factory
from kiosk.hardware.transport import Transport

IDLE_S = 0.02
"""So long at most a press waits to be told."""

WAITING_MAX = 16
"""Presses that wait to be told; a switch that flutters faster than that has no more to say."""

SWITCHES: tuple[Switch, ...] = get_args(Switch)


class Switches:
    """One to three switches to ground, and the contact of a headset's socket, as far as fitted.

    Options: ``pins``, ``next``, ``press``, ``back``, ``headset``, ``bounce_ms``, ``closes`` (see
    ``[driver.switches]`` in default.toml). It has no use for `connect` and `start`.

    Raises:
        ConfigError: no such `pins`, one pin for two things, or nothing fitted.
    """

    role: ClassVar[Role] = "switches"

    def __init__(
        self, device: DeviceId, options: Options, *, start: int, connect: Callable[[], Transport]
    ) -> None:
        self.device = device
        self._pins = str(options["pins"])
        self._bounce_s = int(options["bounce_ms"]) / 1000
        self._closes = bool(options["closes"])
        names = (*SWITCHES, "headset")
        self._numbers = {name: int(options[name]) for name in names if int(options[name]) >= 0}
        mistakes = []
        if self._pins not in ("lgpio", "mock"):
            mistakes.append(f'[devices.{device}] pins: "{self._pins}" is neither lgpio nor mock')
        if len(set(self._numbers.values())) < len(self._numbers):
            mistakes.append(f"[devices.{device}]: two things on one pin: {self._numbers}")
        if not self._numbers:
            mistakes.append(f"[devices.{device}]: no switch has a pin; name one, or remove it")
        if mistakes:
            raise ConfigError(mistakes)
        self._factory: Any = None
        self._contacts: dict[str, DigitalInputDevice] = {}
        self._happened: deque[Event] = deque(maxlen=WAITING_MAX)
        self._plugged: bool | None = None

    def open(self) -> str:
        """See `Device.open`."""
        self.close()
        try:
            self._factory = pin_factory(self._pins)
            for name, number in self._numbers.items():
                contact = DigitalInputDevice(
                    number,
                    pull_up=True,
                    bounce_time=self._bounce_s or None,
                    pin_factory=self._factory,
                )
                self._contacts[name] = contact
                if name != "headset":
                    contact.when_activated = partial(self._pressed, cast(Switch, name))
        except DeviceError:
            raise
        except Exception as error:  # lgpio raises errors of its own, of a pin that is in use
            raise DeviceError(f"pins: {error}", cause_of(error)) from error
        return ", ".join(f"{name} on GPIO{number}" for name, number in self._numbers.items())

    def _pressed(self, switch: Switch) -> None:
        # In gpiozero's own thread: it only leaves word.
        self._happened.append(SwitchPressed(self.device, switch))

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`. Of a switch that is held down only the press is told, once."""
        happened: list[Event] = []
        while self._happened:
            happened.append(self._happened.popleft())
        socket = self._contacts.get("headset")
        if socket is not None:
            plugged = socket.is_active == self._closes
            if plugged != self._plugged:
                self._plugged = plugged
                happened.append(HeadsetChanged(self.device, plugged))
        if not happened:
            time.sleep(min(timeout_s, IDLE_S))
        return happened

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`. Switches take no orders."""
        raise TypeError(f"{effect} is not for switches")

    def close(self) -> None:
        """See `Device.close`."""
        for contact in self._contacts.values():
            contact.close()
        self._contacts.clear()
        if self._factory:
            self._factory.close()
        self._factory = None
        self._happened.clear()
        self._plugged = None

    def pretend(self, name: str, *, down: bool) -> None:
        """Close or open a contact of mock pins, for the bench; it is told as a real one's.

        Raises:
            ValueError: there is no such contact, or these pins are real.
        """
        if self._pins != "mock" or self._factory is None:
            raise ValueError("these switches are real ones")
        if name not in self._contacts:
            raise ValueError(f"no {name} here; there is: {', '.join(self._contacts)}")
        pin = self._factory.pin(self._numbers[name])
        pin.drive_low() if down else pin.drive_high()
