"""The contacts of a cabinet on the pins of a Raspberry Pi: its door, its tilt, the power's failing.

A contact has no protocol. The levels are those that whoever wired it names (docs/install.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, get_args

from gpiozero import DigitalInputDevice
from gpiozero.exc import GPIOZeroError

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Contact, ContactsChanged, Effect, Event, Role
from kiosk.hardware.causes import cause_of
from kiosk.hardware.device import Options
from kiosk.hardware.gpio import pin_factory
from kiosk.hardware.transport import Transport

IDLE_S = 0.01
"""So long at most a pin waits to be looked at; a supply that fails leaves some tens of these."""

CONTACTS: tuple[Contact, ...] = get_args(Contact)
_PINS: dict[Contact, str] = {"power_fails": "power", "door_open": "door", "tilted": "tilt"}
"""Which of the options is the pin of which."""


class Contacts:
    """Up to three contacts, as far as fitted; each tells that something is amiss.

    What begins is told when it was so for ``bounce_ms``, what is over when it was over for
    ``rest_ms``: a supply that comes and goes counts as one that fails.

    Options: ``pins``, ``power``, ``door``, ``tilt``, ``power_low``, ``door_low``, ``tilt_low``,
    ``bounce_ms``, ``rest_ms`` (see ``[driver.contacts]`` in default.toml).

    Args:
        device: its name.
        options: see above.
        start: not used.
        connect: not used.
        clock: seconds that never step.

    Raises:
        ConfigError: no such `pins`, one pin for two things, nothing fitted, times below 0.
    """

    role: ClassVar[Role] = "contacts"

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device = device
        self._clock = clock
        self._pins = str(options["pins"])
        self._bounce_s = int(options["bounce_ms"]) / 1000
        self._rest_s = int(options["rest_ms"]) / 1000
        self._numbers = {c: int(options[_PINS[c]]) for c in CONTACTS if int(options[_PINS[c]]) >= 0}
        self._low = {c: bool(options[f"{_PINS[c]}_low"]) for c in CONTACTS}
        mistakes = []
        if self._pins not in ("lgpio", "mock"):
            mistakes.append(f'[devices.{device}] pins: "{self._pins}" is neither lgpio nor mock')
        if len(set(self._numbers.values())) < len(self._numbers):
            mistakes.append(f"[devices.{device}]: two contacts on one pin: {self._fitted()}")
        if not self._numbers:
            mistakes.append(f"[devices.{device}]: no contact has a pin; name one, or remove it")
        if self._bounce_s < 0 or self._rest_s < 0:
            mistakes.append(f"[devices.{device}] bounce_ms, rest_ms: no time is below 0")
        if mistakes:
            raise ConfigError(mistakes)
        self._factory: Any = None
        self._inputs: dict[Contact, DigitalInputDevice] = {}
        self._greet()

    def _greet(self) -> None:
        self._amiss: dict[Contact, bool] = {}
        self._since_s: dict[Contact, float] = {}
        self._told: tuple[Contact, ...] | None = None

    def _fitted(self) -> str:
        return ", ".join(f"{_PINS[c]} on GPIO{number}" for c, number in self._numbers.items())

    def open(self) -> str:
        """See `Device.open`."""
        self.close()
        try:
            self._factory = pin_factory(self._pins)
            for contact, number in self._numbers.items():
                self._inputs[contact] = DigitalInputDevice(
                    number, pull_up=True, pin_factory=self._factory
                )
        except GPIOZeroError as error:
            raise DeviceError(f"pins: {error}", cause_of(error)) from error
        if self._pins == "mock":
            for contact in self._inputs:
                self.pretend(contact, amiss=False)
        return self._fitted()

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """See `Device.poll`. How the contacts are at first is told at once, as it is."""
        now_s = self._clock()
        try:
            found = {contact: self._looks_amiss(contact) for contact in self._inputs}
        except GPIOZeroError as error:
            raise DeviceError(f"pins: {error}", cause_of(error)) from error
        for contact, amiss in found.items():
            if contact not in self._amiss:
                self._amiss[contact] = amiss
            elif amiss == self._amiss[contact]:
                self._since_s.pop(contact, None)
            else:
                wanted_s = self._bounce_s if amiss else self._rest_s
                if now_s - self._since_s.setdefault(contact, now_s) >= wanted_s:
                    self._amiss[contact] = amiss
                    del self._since_s[contact]
        told = tuple(contact for contact, amiss in self._amiss.items() if amiss)
        if told != self._told:
            self._told = told
            return (ContactsChanged(self.device, told),)
        time.sleep(min(timeout_s, IDLE_S))
        return ()

    def _looks_amiss(self, contact: Contact) -> bool:
        # Pulled up, an input is active while it is low.
        return bool(self._inputs[contact].is_active) != self._low[contact]

    def perform(self, effect: Effect) -> None:
        """See `Device.perform`. Contacts take no orders."""
        raise TypeError(f"{effect} is not for contacts")

    def close(self) -> None:
        """See `Device.close`."""
        for contact in self._inputs.values():
            contact.close()
        self._inputs.clear()
        if self._factory:
            self._factory.close()
        self._factory = None
        self._greet()

    def pretend(self, contact: Contact, *, amiss: bool) -> None:
        """Let a contact of mock pins say that something is amiss, or that it is over.

        Raises:
            ValueError: there is no such contact, or these pins are real.
        """
        if self._pins != "mock" or self._factory is None:
            raise ValueError("these contacts are real ones")
        if contact not in self._inputs:
            raise ValueError(f"no {_PINS[contact]} here; there is: {self._fitted()}")
        pin = self._factory.pin(self._numbers[contact])
        pin.drive_low() if amiss != self._low[contact] else pin.drive_high()
