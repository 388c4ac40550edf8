"""Which line a device has: found by unplugging it and plugging it in again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from kiosk.core.desk.frame import At
from kiosk.core.desk.machine import Stopping
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errands import ChoosePort, ListPorts, Ports, SerialPort
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Entry
from kiosk.core.maintenance import RecordMaintenance
from kiosk.core.messages import ErrandTold

Step = Literal["unplug", "plug", "found", "choose", "kept"]
"""``unplug`` it, ``plug`` it in again, one was ``found``, or ``choose`` of all; it is ``kept``."""


@dataclass(frozen=True)
class PortChoice(Page):
    """The line of a device is looked for.

    Attributes:
        device: which.
        step: see `Step`.
        errand: the question that is under way, or empty.
        without: the lines that there are while it is unplugged.
        ports: the lines to choose from; the one that was found, or all.
        port: the one that was chosen.
        problem: why nothing was found or kept.
    """

    section: ClassVar[SectionName] = "devices"

    device: DeviceId
    step: Step = "unplug"
    errand: str = ""
    without: tuple[SerialPort, ...] = ()
    ports: tuple[SerialPort, ...] = ()
    port: str = ""
    problem: Refused | None = None


def opened(at: At, device: DeviceId) -> PortChoice:
    """The first page of it.

    Raises:
        Refused: ``err.no_line``: this device has no line of its own; ``err.not_allowed``.
    """
    if not at.may("RecordMaintenance"):
        raise Refused("err.not_allowed")
    if device not in at.situation.house.ports:
        raise Refused("err.no_line")
    return PortChoice(device)


def touched(at: At, page: PortChoice, name: str, argument: str) -> Page | None:
    """The page after a button; None leads back to the device."""
    if name == "back":
        return None
    if page.errand:
        return page
    match page.step, name:
        case "unplug" | "plug", "look":
            return replace(page, errand=at.errand(ListPorts()), problem=None)
        case "found" | "choose", "this" if argument in map(str, range(len(page.ports))):
            return _keep(at, page, page.ports[int(argument)].name)
        case "kept", "restart":
            return Stopping("restart")
        case "found" | "choose", "try_again":
            return at.turn(PortChoice(page.device))
        case _:
            return page


def _keep(at: At, page: PortChoice, port: str) -> PortChoice:
    done = at.do(RecordMaintenance("port", page.device, port), "port")
    if not isinstance(done, Entry):
        return page
    return replace(page, port=port, errand=at.errand(ChoosePort(page.device, port)))


def heard(at: At, page: PortChoice, event: ErrandTold) -> PortChoice | None:
    """The page after an errand told of itself."""
    if not page.errand or event.errand != page.errand or not event.ended:
        return None
    made = replace(page, errand="")
    match event.result:
        case Refused() as problem:
            return replace(made, problem=problem)
        case Ports(ports) if page.step == "unplug":
            return at_step(at, replace(made, step="plug", without=ports))
        case Ports(ports) if page.step == "plug":
            return at_step(at, _compared(made, ports))
        case None if page.step in ("found", "choose"):
            return at_step(at, replace(made, step="kept"))
        case _:
            return made


def at_step(at: At, page: PortChoice) -> PortChoice:
    """A step is a page of its own: who pressed twice does not answer the next question."""
    at.turn(page)
    return page


def _compared(page: PortChoice, ports: tuple[SerialPort, ...]) -> PortChoice:
    """What came with the plug; where that is not one line, somebody chooses among all."""
    before = {port.name for port in page.without}
    came = tuple(port for port in ports if port.name not in before)
    if came:
        return replace(page, step="found", ports=came)
    if not ports:
        return replace(page, step="plug", problem=Refused("err.no_lines"))
    return replace(page, step="choose", ports=ports, problem=Refused("err.nothing_came"))
