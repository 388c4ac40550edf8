"""What the attendant's scenes are made of: a person, a page, what was just said.

Each section of the desk has pages of its own, frozen values that say in `section` whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from kiosk.core.desk.forms import Form, Said
from kiosk.core.errors import Refused
from kiosk.core.permissions import Role
from kiosk.core.recognition import Recognised

SectionName = Literal[
    "today",
    "clients",
    "visits",
    "minutes",
    "cards",
    "cash",
    "reports",
    "devices",
    "settings",
    "audit",
]


class Page:
    """A page of the desk; `section` is where it belongs."""

    section: ClassVar[SectionName]


@dataclass(frozen=True)
class Attendant:
    """Who works at the desk.

    `may` are the commands and queries that this person may give (names as in
    `permissions.RIGHTS`): what is not in it is not offered. `since` is when the person signed in.
    """

    number: str
    name: str = field(repr=False)
    role: Role
    may: frozenset[str] = field(repr=False)
    since: datetime


@dataclass(frozen=True)
class ShiftLine:
    """What the desk always says of the open shift; `since` is ISO 8601, UTC."""

    number: int
    since: str


@dataclass(frozen=True)
class StaffSignIn:
    """A0. Somebody says who he is: by card (`read`) and PIN, or by staff number and PIN.

    `back` is where guests wait meanwhile; without it they are served again when nobody signs in.
    `lost`: an owner has lost the PIN, and types the recovery code and a new one.
    """

    form: Form
    read: Recognised | None = None
    back: AtWork | None = None
    lost: bool = False


@dataclass(frozen=True)
class Desk:
    """An attendant is at work.

    Attributes:
        person: who.
        page: what is shown.
        shift: the open shift, if any.
        problem: what was just refused.
        notice: what was just done, with its tone.
        waiting: since when (monotonic seconds) a guest waits who showed a card; None: nobody.
    """

    person: Attendant
    page: Page
    shift: ShiftLine | None = None
    problem: Refused | None = None
    notice: Said | None = None
    waiting: float | None = None


@dataclass(frozen=True)
class AtWork:
    """An attendant has left the desk's pages and still works at the kiosk: guests wait.

    `why`: ``open``: the cashbox is out; ``cleaning``: the screen is being cleaned until `until_s`;
    ``away``: the attendant asked for it. `since` is when the attendant came; `desk` is where he
    goes on when the screen is clean.
    """

    why: Literal["open", "cleaning", "away"]
    since: datetime
    until_s: float | None = None
    desk: Desk | None = field(default=None, repr=False)
