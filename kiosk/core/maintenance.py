"""What people do to the machine itself: restart it, set its clock, name its lines, turn it down.

The machine does these things, not the books; that somebody had them done stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from kiosk.core import rolls
from kiosk.core.books import Answer, Books, Handler, Query, legible
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Draft
from kiosk.core.messages import Volume
from kiosk.core.store import TableSpec

TABLES = (TableSpec("machine", ()),)

DETAIL_CHARACTERS_MAX = 200

Work = Literal[
    "restart",
    "training",
    "real",
    "restart_machine",
    "switch_off",
    "clock",
    "zone",
    "network",
    "port",
    "acceptor_reset",
    "new_roll",
    "update_asked",
    "update_installed",
    "update_begun",
    "update_good",
    "update_back",
    "power_failed",
    "power_back",
    "door_opened",
    "door_shut",
    "tilted",
    "upright",
]
"""What is done: the program is started again (``training``, ``real``: with the other store), …; or
what befell the machine: its power, its door, its standing."""


@dataclass(frozen=True)
class RecordMaintenance:
    """Put on record what somebody is about to have done to the machine, or what befell it.

    `device` is the device that it is about, or empty; `detail` says what was set: a moment, a time
    zone, a line, a network's name. A password never stands there.
    """

    what: Work
    device: DeviceId | Literal[""] = ""
    detail: str = ""


@dataclass(frozen=True)
class SetVolume:
    """Set how loud the kiosk's tones are, until somebody sets it again."""

    volume: Volume


@dataclass(frozen=True)
class GetVolume(Query[Volume]):
    """How loud the kiosk's tones are; ``loud`` where nobody has set it."""


def _record(books: Books, command: RecordMaintenance) -> Draft:
    if command.what not in get_args(Work):
        raise Refused("err.no_such_work")
    for told in (command.device, command.detail):
        if told and not legible(told, DETAIL_CHARACTERS_MAX):
            raise Refused("err.illegible")
    refs: dict[str, str] = {"what": command.what}
    refs |= {k: v for k, v in (("device", command.device), ("detail", command.detail)) if v}
    draft = Draft("machine_maintained", refs=refs)
    if command.what == "new_roll" and command.device:
        rolls.renewed(books, draft, command.device)
    return draft


def _set_volume(books: Books, command: SetVolume) -> Draft:
    if command.volume not in get_args(Volume):
        raise Refused("err.no_such_volume")
    del books
    draft = Draft("volume_set", refs={"volume": command.volume})
    draft.set("machine", {"id": "sound", "volume": command.volume})
    return draft


def _get_volume(books: Books, query: GetVolume) -> Volume:
    del query
    kept = books.get("machine", "sound")
    volume: Volume = kept["volume"] if kept else "loud"
    return volume


HANDLERS: dict[type, Handler] = {RecordMaintenance: _record, SetVolume: _set_volume}
ANSWERS: dict[type, Answer] = {GetVolume: _get_volume, **rolls.ANSWERS}
ALLOWED: dict[type, frozenset[str]] = {
    # The kiosk itself tells of updates, and of what befell it.
    RecordMaintenance: frozenset({"staff", "cli", "kiosk"}),
    SetVolume: frozenset({"staff", "cli"}),
}
