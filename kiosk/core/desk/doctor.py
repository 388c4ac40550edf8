"""The check of all devices at the desk: what is declared, what is there besides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.checkup import CheckDevices, CheckUp
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.messages import ErrandTold


@dataclass(frozen=True)
class CheckUpPage(Page):
    """What was found; `found` is None while it is looked for, or when that was refused."""

    section: ClassVar[SectionName] = "devices"

    errand: str = ""
    found: CheckUp | None = None


def opened(at: At) -> CheckUpPage:
    """Look now.

    Raises:
        Refused: ``err.not_allowed``.
    """
    if not at.may("RecordMaintenance"):
        raise Refused("err.not_allowed")
    machine = at.situation.machine
    at_work = frozenset(device for device, state in machine.devices.items() if state.up)
    return CheckUpPage(at.errand(CheckDevices(at_work)))


def touched(at: At, page: CheckUpPage, name: str) -> Page | None:
    """The page after a button; None leads back to the devices."""
    if name == "back":
        return None
    return at.turn(opened(at)) if name == "look_again" and not page.errand else page


def heard(at: At, page: CheckUpPage, event: ErrandTold) -> CheckUpPage | None:
    """The page after an errand told of itself."""
    if not page.errand or event.errand != page.errand or not event.ended:
        return None
    if isinstance(event.result, Refused):
        at.refuse(event.result)
    found = event.result if isinstance(event.result, CheckUp) else None
    return replace(page, errand="", found=found)
