"""A7. The first page of *Cash*: the shift and its till, the kiosk's boxes, and what waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

from kiosk.core.cash import HeldNotes, SuspendedNotes
from kiosk.core.cashbox import BoxContents, CashboxTasks, Collections, GetBoxState, GetTakenBox
from kiosk.core.claims import OpenClaims
from kiosk.core.desk import forms
from kiosk.core.desk.forms import Form
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.drawer import DrawerContents
from kiosk.core.errors import Refused
from kiosk.core.fiscal import WaitingFiscal
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Role
from kiosk.core.money import Money
from kiosk.core.print_queue import PrintQueue
from kiosk.core.shifts import CurrentShift, Shift
from kiosk.core.tenders import FaceCount
from kiosk.core.terminal_payments import OpenTerminalPayments

P = TypeVar("P", bound=Any)


class CashPage(Page):
    """A page of this section."""

    section: ClassVar[SectionName] = "cash"


@dataclass(frozen=True)
class BoxLine:
    """A cashbox: what lies in it (None: the count is blind), and when it was collected last."""

    device: DeviceId
    faces: tuple[FaceCount, ...] | None
    out: bool
    taken: bool
    collected_at: str

    @property
    def notes(self) -> int:
        """How many notes lie in it."""
        return sum(count.number for count in self.faces or ())

    def worth(self, zero: Money) -> Money:
        """What they come to."""
        minor = sum(count.face.minor * count.number for count in self.faces or ())
        return Money(minor, zero.currency)


@dataclass(frozen=True)
class Waiting:
    """How many of each wait; None: this attendant does not see them."""

    notes: int | None = None
    suspense: int | None = None
    claims: int | None = None
    bags: int | None = None
    slips: int | None = None
    payments: int | None = None
    fiscal: int | None = None


@dataclass(frozen=True)
class CashHome(CashPage):
    """Where every journey of this section begins; `drawer` is None where the count is blind."""

    shift: Shift | None
    drawer: Money | None
    boxes: tuple[BoxLine, ...]
    waiting: Waiting


def open_home(at: At) -> CashHome:
    """The page as the books have it now."""
    return CashHome(
        shift=at.ask(CurrentShift()) if at.may("CurrentShift") else None,
        drawer=at.ask(DrawerContents()) if at.may("DrawerContents") else None,
        boxes=boxes(at),
        waiting=_waiting(at),
    )


BOXES: tuple[Role, ...] = ("acceptor", "coins")
"""The devices that have a box of money."""


def boxes(at: At) -> tuple[BoxLine, ...]:
    """The kiosk's boxes, for who may collect them."""
    if not at.may("BoxContents"):
        return ()
    collections = at.ask(Collections())
    return tuple(
        BoxLine(
            device,
            at.ask(BoxContents(device)),
            at.ask(GetBoxState(device)).out,
            at.ask(GetTakenBox(device)) is not None,
            next((c.at for c in collections if c.device == device), ""),
        )
        for role in BOXES
        for device, _ in at.situation.machine.of(role)
    )


def _waiting(at: At) -> Waiting:
    bags = at.ask(CashboxTasks()) if at.may("CashboxTasks") else None
    queue = at.ask(PrintQueue()) if at.may("PrintQueue") else None
    has_fiscal = bool(at.situation.machine.of("fiscal"))
    fiscal = at.ask(WaitingFiscal()) if at.may("WaitingFiscal") else ()
    return Waiting(
        notes=len(at.ask(HeldNotes())) if at.may("HeldNotes") else None,
        suspense=len(at.ask(SuspendedNotes())) if at.may("SuspendedNotes") else None,
        claims=len(at.ask(OpenClaims())) if at.may("OpenClaims") else None,
        bags=sum(task.what == "count_bag" for task in bags) if bags is not None else None,
        slips=len(queue.desk) + len(queue.guests) if queue is not None else None,
        payments=len(at.ask(OpenTerminalPayments())) if at.may("OpenTerminalPayments") else None,
        # Where nothing is fiscal there is no word of it.
        fiscal=len(fiscal) if at.may("WaitingFiscal") and (has_fiscal or fiscal) else None,
    )


def wrong(at: At, page: P, refused: Refused, field: str = "") -> P:
    """The page with a mistake below its field, or said at the top where it is of no field."""
    if not field:
        at.refuse(refused)
    made: P = replace(page, form=forms.refused(page.form, refused, field))
    return made


def letters_closed(page: Any) -> Page | None:
    """The page without its letters, which cover the half of it; None where it shows none.

    "Back" puts them away first: then all of the page can be read again.
    """
    of: Form | None = getattr(page, "form", None)
    if of is None or not of.at or of.field(of.at).kind != "text":
        return None
    closed: Page = replace(page, form=replace(of, at=""))
    return closed
