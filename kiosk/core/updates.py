"""Updates of the machine: when one may be switched to, and what a trial of it has to show.

The machine starts from one of two slots; an update is written into the other one, started on trial
at a quiet moment, and says itself whether it is good. What was true before stands in a `Promise`,
made when nothing is written any more; the new program has to find it again in its own copy of the
books. Source: docs/adr/0028-updates.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any, Literal, get_args

from kiosk.core.capabilities import Machine
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry, Ledger
from kiosk.core.migrations import KIND as MIGRATED
from kiosk.core.opening import Opening

Phase = Literal["none", "installing", "ready", "trial", "switched", "good", "back"]
"""``ready``: in the other slot, and not switched to; ``good`` and ``back``: how the last ended."""
Why = Literal[
    "promise",
    "books",
    "balances",
    "devices",
    "storage",
    "older",
    "settings",
    "program",
    "late",
    "start",
]
"""Why the machine went back to its former slot."""
WHYS: tuple[Why, ...] = get_args(Why)
PROBLEMS = (
    "signature",
    "other_machine",
    "space",
    "unreachable",
    "older",
    "cut",
    "failed",
)
"""Why an update was not installed; what else the machine says is ``failed``."""
NIGHT = (time(3), time(5))
"""The quiet hours of a venue that never closes."""

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~-]{0,59}")
_BUNDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,93}\.raucb")


@dataclass(frozen=True)
class UpdateState:
    """How updates stand, as the machine tells (systemd/kiosk-update).

    Attributes:
        slot: that the machine was started from, A or B; "": it has none.
        version: of this slot.
        phase: how far the last update is.
        to: its version.
        percent: so much of it is written, while it is installed.
        why: of one that the machine went back from, one of `WHYS`.
        problem: of one that was not installed, one of `PROBLEMS`.
        number: how many were installed before it on this machine.
    """

    slot: str
    version: str
    phase: Phase = "none"
    to: str = ""
    percent: int = 0
    why: str = ""
    problem: str = ""
    number: int = 0

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> UpdateState:
        """As the machine tells it; a word that this program does not know is the plain one."""
        phases: tuple[Phase, ...] = get_args(Phase)
        phase = next((p for p in phases if p == told.get("phase")), phases[0])
        why, problem = str(told.get("why", "")), str(told.get("problem", ""))
        return cls(
            slot=str(told.get("slot", "")),
            version=str(told.get("version", "")),
            phase=phase,
            to=str(told.get("to", "")),
            percent=_number(told.get("percent")),
            why=why if why in WHYS else "program" if why else "",
            problem=problem if problem in PROBLEMS else "failed" if problem else "",
            number=_number(told.get("number")),
        )

    @property
    def other(self) -> str:
        """The slot that an update goes into."""
        return {"A": "B", "B": "A"}.get(self.slot, "")


def _number(told: object) -> int:
    return int(told) if isinstance(told, int | str) and str(told).isdecimal() else 0


def newer(version: str, than: str) -> bool:
    """Whether a version comes after another: their numbers are compared one by one."""
    return _numbers(version) > _numbers(than)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


@dataclass(frozen=True)
class Newest:
    """The newest version that there is, and its bundle's name."""

    version: str
    bundle: str


def newest(text: str) -> Newest:
    """Read what stands beside the bundles: a line ``version = …`` and one ``bundle = …``.

    Raises:
        Refused: ``err.updates_text``: it is something else, such as a page of a router.
    """
    lines = (line.partition("=") for line in text.splitlines()[:20])
    told = {name.strip(): value.strip() for name, _, value in lines}
    version, bundle = told.get("version", ""), told.get("bundle", "")
    if not _VERSION.fullmatch(version) or not _BUNDLE.fullmatch(bundle):
        raise Refused("err.updates_text")
    return Newest(version, bundle)


def version_of(bundle: str) -> str:
    """The version that a bundle's file is named after, or ""; the machine reads the bundle."""
    found = re.fullmatch(r"foyer-([0-9A-Za-z.+~-]{1,60})\.raucb", bundle)
    return found[1] if found else ""


# --- the quiet moment --------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """What decides whether the machine may restart now.

    Attributes:
        idle_s: for so long nobody has been at the screen.
        notes: so many notes are held and on their way.
        printing: so many slips are at the printer.
        asked: fiscal device or terminal were asked for something.
        opening: of the venue.
        local: the time on its wall.
        synced: whether the clock may be believed.
    """

    idle_s: float
    notes: int
    printing: int
    asked: bool
    opening: Opening
    local: datetime
    synced: bool


Busy = Literal["", "clock", "hours", "guest", "note", "printer", "device"]


def busy(moment: Moment, *, idle_s: float, hours: tuple[time, time] | None) -> Busy:
    """What keeps the machine from restarting by itself now; "": nothing does.

    Args:
        moment: how it is.
        idle_s: so long must nobody have been there.
        hours: the quiet hours, from and to; None: while the venue is closed, at night where it
            never is.
    """
    if not moment.synced:
        return "clock"
    never_closes = moment.opening.open and moment.opening.until is None
    if hours is None and not never_closes:
        quiet = not moment.opening.open
    else:
        quiet = within(moment.local.time(), hours or NIGHT)
    return unfinished(moment) or ("" if quiet else "hours") or _guest(moment, idle_s)


def unfinished(moment: Moment) -> Busy:
    """What has to be over even where an attendant says: now."""
    if moment.notes:
        return "note"
    if moment.printing:
        return "printer"
    return "device" if moment.asked else ""


def _guest(moment: Moment, idle_s: float) -> Busy:
    return "guest" if moment.idle_s < idle_s else ""


def within(moment: time, hours: tuple[time, time]) -> bool:
    """Whether a time of day lies in hours, which may go over midnight."""
    first, last = hours
    if first <= last:
        return first <= moment < last
    return moment >= first or moment < last


def quiet_hours(told: str) -> tuple[time, time] | None:
    """``03:00-05:00`` as times; "" is None."""
    if not told:
        return None
    first, _, last = told.partition("-")
    return time.fromisoformat(first), time.fromisoformat(last)


# --- promise and trial -------------------------------------------------------------------------


@dataclass(frozen=True)
class Promise:
    """What was true when the machine was last told to start from the other slot.

    Attributes:
        frm: the version that made it.
        to: the version that is to keep it.
        kiosk: whose books they are.
        epoch: of the last entry.
        seq: the number of the last entry.
        head: its hash.
        accounts: so many accounts have a balance.
        balances: the SHA-256 of all of them, see `balances_of`.
        devices: those that answered.
    """

    frm: str
    to: str
    kiosk: str
    epoch: int
    seq: int
    head: str
    accounts: int
    balances: str
    devices: tuple[str, ...]

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def of(cls, text: str) -> Promise:
        """As `text` wrote it, whichever version that was.

        Raises:
            Refused: ``err.updates_promise``: it cannot be read.
        """
        try:
            told = json.loads(text)
            known = {name: told[name] for name in cls.__dataclass_fields__}
            return cls(**{**known, "devices": tuple(known["devices"])})
        except (ValueError, KeyError, TypeError):
            raise Refused("err.updates_promise") from None


def balances_of(documents: Iterable[Mapping[str, Any]]) -> tuple[int, str]:
    """How many accounts have a balance, and a digest of all: sorted, a line each, zeros left out.

    Plain text, so that every later version makes the same of the same balances.
    """
    lines = sorted(
        f"{d['account']} {d['unit']} {d['amount']}\n" for d in documents if int(d["amount"])
    )
    made = hashlib.sha256("".join(lines).encode())
    return len(lines), made.hexdigest()


def promise(ledger: Ledger, frm: str, to: str, devices: Iterable[str]) -> Promise:
    """What is true of these books, which nobody writes any more."""
    accounts, balances = balances_of(ledger.store.table("balances"))
    return Promise(
        frm=frm,
        to=to,
        kiosk=ledger.kiosk,
        epoch=ledger.epoch,
        seq=ledger.seq,
        head=ledger.head,
        accounts=accounts,
        balances=balances,
        devices=tuple(sorted(devices)),
    )


def kept(given: Promise, ledger: Ledger) -> tuple[Why | Literal[""], str]:
    """Whether books that were brought to this version keep a promise; why not, and what differs.

    All entries of before are there, what came since is the bringing itself, and no balance moved.
    """
    told = (given.kiosk, given.epoch, given.seq)
    last: Entry | None = ledger.entry(given.seq)
    if ledger.kiosk != given.kiosk or ledger.epoch != given.epoch or ledger.seq < given.seq:
        return "promise", f"promised were {told}, there is {ledger.seq} of {ledger.kiosk}"
    if given.seq and (last is None or last.hash != given.head):
        return "promise", f"entry {given.seq} is another one"
    others = {e.kind for e in ledger.between(given.seq + 1, ledger.seq)} - {MIGRATED}
    if others:
        return "promise", f"there are newer entries: {', '.join(sorted(others))}"
    accounts, balances = balances_of(ledger.store.table("balances"))
    if balances != given.balances:
        return "balances", f"{given.accounts} accounts had a balance, now {accounts}"
    return "", ""


@dataclass(frozen=True)
class Verdict:
    """What comes of a trial so far.

    `outcome` ``waits``: not all is there yet. `missing` are the devices that do not answer.
    """

    outcome: Literal["waits", "good", "bad"]
    missing: tuple[str, ...] = ()


def verdict(
    given: Promise, machine: Machine, *, screen: bool, waited_s: float, limit_s: float
) -> Verdict:
    """Whether screen and devices are there again; those that were down before are not waited for.

    A device that this version's settings do not declare any more is missing, too: somebody has to
    have meant that.
    """
    states = {str(name): state.up for name, state in machine.devices.items()}
    missing = tuple(name for name in given.devices if not states.get(name, False))
    if screen and not missing:
        return Verdict("good")
    return Verdict("bad" if waited_s >= limit_s else "waits", missing)
