"""What a check of the devices found: each that is declared, and what is there besides.

The check itself is the shell's (`kiosk.doctor`); a page of the desk and ``kiosk doctor`` tell it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kiosk.core.errors import Cause
from kiosk.core.ids import DeviceId

Finding = Literal["ok", "at_work", "unseen", "simulated"] | Cause
"""How a declared device is: it answered as declared; the kiosk has it and it works, so that it was
not touched; nobody can see from outside; or why it cannot be used."""

WELL: tuple[Finding, ...] = ("ok", "at_work", "unseen", "simulated")


@dataclass(frozen=True)
class CheckDevices:
    """Look what is plugged in, and compare it with what is declared. Result: `CheckUp`.

    `at_work` are the devices that work now: their lines are not touched.
    """

    at_work: frozenset[DeviceId] = frozenset()


@dataclass(frozen=True)
class Examined:
    """One declared device.

    Attributes:
        device: its name in the configuration.
        driver: likewise.
        place: its line, address, reader; empty where it has none.
        finding: how it is.
        told: what it says of itself, or the system says of it; in English.
    """

    device: DeviceId
    driver: str
    place: str
    finding: Finding
    told: str = ""

    @property
    def well(self) -> bool:
        """Nothing has to be done about it."""
        return self.finding in WELL


@dataclass(frozen=True)
class Proposal:
    """A device that is there and not declared.

    Attributes:
        name: for the configuration; none that is declared has it.
        driver: likewise.
        options: those that differ from the driver's defaults.
        told: what it says of itself, or the system of it.
        sure: it has answered as only such a device does.
    """

    name: str
    driver: str
    options: Mapping[str, str | int | bool] = field(default_factory=dict)
    told: str = ""
    sure: bool = True

    @property
    def lines(self) -> tuple[str, ...]:
        """What would stand in the configuration."""
        # A JSON value is a TOML one, but for DEL, which no name of a device has.
        options = {"driver": self.driver, **self.options}
        values = (f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in options.items())
        return (f"[devices.{self.name}]", *values)


@dataclass(frozen=True)
class CheckUp:
    """What was found.

    Attributes:
        devices: those that are declared.
        proposals: what is there besides.
        silent: serial lines on which nothing answered and which no device is declared to have: a
            stripe reader or a scanner says nothing of itself.
        problems: what could not be looked at, a sentence each, in English.
    """

    devices: tuple[Examined, ...]
    proposals: tuple[Proposal, ...] = ()
    silent: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """No declared device needs anything."""
        return all(device.well for device in self.devices)
