"""What the owner has answered so far, and what of it a kiosk is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kiosk.core.config import Option
from kiosk.core.texts import LANGUAGES
from kiosk.core.venue_file import VenueFile

Kind = Literal["club", "centre"]
KINDS: tuple[Kind, ...] = ("club", "centre")
Books = Literal["new", "kept", "restored"]
"""New books, those that were there, or those that came back from a copy."""

OWNER_NUMBER = "1"
"""The number with which the owner signs in at the desk."""


@dataclass(frozen=True)
class Device:
    """A device that was found, or named by hand; `taken`: the kiosk is to have it.

    `kind` is its name in kiosk.toml, with a number where there are several; `told` is what it says
    of itself. `sure`: it has answered as only such a device does.
    """

    kind: str
    driver: str
    options: Mapping[str, Option] = field(default_factory=dict)
    told: str = ""
    sure: bool = True
    taken: bool = True

    @property
    def port(self) -> str:
        """Its line, address or device; empty where it has none."""
        wires = (self.options.get(wire) for wire in ("port", "device", "reader"))
        return next((str(wire) for wire in wires if wire is not None), "")


@dataclass(frozen=True)
class Owner:
    """Who owns the kiosk. With neither `pin` nor `pin_hash` there is no PIN yet."""

    name: str = field(repr=False)
    card: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)
    pin_hash: str = field(default="", repr=False)


@dataclass(frozen=True)
class Answers:
    """The answers; what is empty was not answered yet."""

    language: str = "en"
    books: Books = "new"
    kiosk: str = "K1"
    kind: Kind | Literal[""] = ""
    venue: str = ""
    currency: str = ""
    zone: str = ""
    address: str = ""
    network: str = ""
    devices: tuple[Device, ...] = field(default=(), repr=False)
    owner: Owner | None = None
    aside: bool = False
    """Books that are there are put aside: the owner has said so."""
    file: VenueFile | None = field(default=None, repr=False)
    """The venue, where it came in a file."""
    more: str = field(default="", repr=False)
    """Settings of the machine that a file has besides, as kiosk.toml has them."""

    @property
    def taken(self) -> tuple[Device, ...]:
        """The devices that the kiosk is to have."""
        return tuple(d for d in self.devices if d.taken)

    @property
    def printer(self) -> Device | None:
        """The one that prints slips."""
        return next((d for d in self.taken if d.kind == "printer"), None)

    @property
    def readers(self) -> tuple[Device, ...]:
        """Those that read cards."""
        return tuple(d for d in self.taken if d.kind in ("reader", "stripe"))


@dataclass(frozen=True)
class Plan:
    """A kiosk that is to be made.

    Attributes:
        kiosk: its id.
        language: the one that its screen returns to.
        devices: what it has.
        venue: of new books; None: those that are there are kept.
        owner: of new books.
        aside: books that are there may be put aside.
        coded: the owner gets a recovery code: somebody is there who keeps it.
        simulated: every device is a pretended one, and so are the books.
        more: settings of the machine, as kiosk.toml has them.
    """

    kiosk: str
    language: str
    devices: tuple[Device, ...]
    venue: VenueFile | None = None
    owner: Owner | None = None
    aside: bool = False
    coded: bool = True
    simulated: bool = False
    more: str = field(default="", repr=False)


def named(devices: tuple[Device, ...]) -> tuple[tuple[str, Device], ...]:
    """Each device with its name in kiosk.toml: ``printer``, ``printer-2``."""
    made = []
    for at, device in enumerate(devices):
        number = 1 + sum(before.kind == device.kind for before in devices[:at])
        made.append((device.kind if number == 1 else f"{device.kind}-{number}", device))
    return tuple(made)


def languages(first: str) -> tuple[str, ...]:
    """All languages there are, this one first."""
    return (first, *(code for code in LANGUAGES if code != first))


def merged(kept: tuple[Device, ...], found: tuple[Device, ...]) -> tuple[Device, ...]:
    """What is found now, each taken or not as it was before; what was named by hand stays."""
    before = {(d.driver, d.port): d for d in kept}
    now = [
        replace(d, taken=before[d.driver, d.port].taken) if (d.driver, d.port) in before else d
        for d in found
    ]
    there = {(d.driver, d.port) for d in found}
    by_hand = [
        d
        for d in kept
        if (d.driver, d.port) not in there
        and (d.port.startswith("tcp://") or d.kind in ("stripe", "lights"))
    ]
    return (*now, *by_hand)
