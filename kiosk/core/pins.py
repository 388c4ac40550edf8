"""PINs: whether one is right, and how often a wrong one was typed; both in `secrets`, no entry.

An owner is a client's id, or ``staff:NUMBER``. What is counted is on the disk before anybody is
told, so that pulling the plug gives no free guess. Nothing here tells an owner who is not there
from one who is: the same work is done for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from kiosk.core import seal
from kiosk.core.books import Books
from kiosk.core.errors import Refused
from kiosk.core.seal import Random

NOBODY = "nobody"
"""Wrong PINs for owners who are not there are counted here: writing takes its time as well."""


@dataclass(frozen=True)
class Policy:
    """How many digits, and how many wrong PINs do what.

    `row_max` wrong ones since the last right one lock for `lock_minutes`; after `total_max` in
    all (None: never) only the desk helps.
    """

    digits: int
    row_max: int
    lock_minutes: int
    total_max: int | None = None


CLIENTS = Policy(digits=4, row_max=5, lock_minutes=15, total_max=10)
"""There are 10,000 PINs of four digits, and whoever guesses one gets the wallet."""


class Locked(Refused):
    """Too many wrong PINs: this owner must wait; nobody else does. `at` is the end, in UTC."""

    def __init__(self, owner: str, at: str, told: str) -> None:
        super().__init__("err.pin_locked", until=told)
        self.owner = owner
        self.at = at


def document(owner: str, pin: str, random: Random) -> dict[str, Any]:
    """What is kept of a new PIN: its hash, and that no wrong one was typed for it."""
    return {"id": owner, "hash": seal.pin_hash(pin, random), "wrong": 0}


def set_pin(books: Books, owner: str, pin: str) -> None:
    """Give the owner this PIN; what was counted for the former one is forgotten."""
    with books.secrets.transaction():
        books.secrets.put("pins", owner, document(owner, pin, books.random))


def keep_hash(books: Books, owner: str, made: str) -> None:
    """Give the owner the PIN of which `seal.pin_hash` made this elsewhere, as `set_pin` does."""
    with books.secrets.transaction():
        books.secrets.put("pins", owner, {"id": owner, "hash": made, "wrong": 0})


def has_pin(books: Books, owner: str) -> bool:
    """Whether the owner has one."""
    return books.secrets.get("pins", owner) is not None


def state(books: Books, owner: str, policy: Policy) -> Literal["none", "set", "locked"]:
    """Whether the owner has a PIN, and may try it."""
    kept = books.secrets.get("pins", owner)
    if kept is None:
        return "none"
    return "locked" if _locked_until(books, kept, policy) else "set"


def unlock(books: Books, owner: str) -> None:
    """Forget what was counted for this owner; the PIN stays."""
    kept = books.secrets.get("pins", owner)
    if kept is not None:
        with books.secrets.transaction():
            books.secrets.put("pins", owner, {**_cleared(kept), "wrong": 0})


def easy(pin: str) -> bool:
    """Whether everybody would guess this one: one digit only, or digits that count up or down.

    Or the keys one below the other.
    """
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return pin in ("2580", "0852") or (len(steps) == 1 and steps <= {0, 1, 9})


def check(books: Books, owner: str, pin: str, policy: Policy) -> None:
    """Go on only where this is the owner's PIN; a wrong one is counted.

    Not to be called in a transaction of the secrets.

    Raises:
        Locked: ``err.pin_locked``: too many wrong ones, this one or earlier.
        Refused: ``err.pin_wrong``, with how many tries are `left` before a lock;
            ``err.pin_desk``: too many in all; ``err.pin_none``: there is no PIN.
        StorageFailed: the disk of the secrets refused.
    """
    kept = books.secrets.get("pins", owner)
    fits = seal.pin_fits(pin, str(kept["hash"]) if kept else seal.DUMMY_PIN_HASH)
    if kept is None:
        nobody = books.secrets.get("pins", NOBODY) or {"hash": seal.DUMMY_PIN_HASH, "wrong": 0}
        _keep(books, nobody | {"id": NOBODY, "wrong": nobody["wrong"] + 1})
        raise Refused("err.pin_none")
    if policy.total_max is not None and kept["wrong"] >= policy.total_max:
        _keep(books, kept)
        raise Refused("err.pin_desk")
    if until := _locked_until(books, kept, policy):
        # Also where nothing changes: a try without a write would tell that this owner is there.
        _keep(books, {**kept, "until": until})
        raise Locked(owner, until, _on_the_wall(books, until))
    if fits:
        if "row" in kept or "until" in kept:
            _keep(books, _cleared(kept))
        return
    _count(books, kept, policy)


def _count(books: Books, kept: Mapping[str, Any], policy: Policy) -> None:
    owner, wrong, row = str(kept["id"]), kept["wrong"] + 1, kept.get("row", 0) + 1
    left = policy.row_max - row
    if left > 0:
        _keep(books, _cleared(kept) | {"wrong": wrong, "row": row})
    else:
        until = _text(books.now.wall + timedelta(minutes=policy.lock_minutes))
        _keep(books, _cleared(kept) | {"wrong": wrong, "until": until})
    if policy.total_max is not None and wrong >= policy.total_max:
        raise Refused("err.pin_desk")
    if left <= 0:
        raise Locked(owner, until, _on_the_wall(books, until))
    raise Refused("err.pin_wrong", left=str(left))


def _locked_until(books: Books, kept: Mapping[str, Any], policy: Policy) -> str:
    """The end of a lock that still holds, or nothing."""
    until = str(kept.get("until", ""))
    if not until or until <= _text(books.now.wall):
        return ""
    # A clock that was set back must not lock anybody out for a day.
    return min(until, _text(books.now.wall + timedelta(minutes=policy.lock_minutes)))


def _cleared(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name not in ("row", "until")}


def _keep(books: Books, made: Mapping[str, Any]) -> None:
    with books.secrets.transaction():
        books.secrets.put("pins", str(made["id"]), made)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _on_the_wall(books: Books, until: str) -> str:
    """The time of day where the venue is; UTC before the first import."""
    zone = ZoneInfo(books.settings().get("time_zone", "UTC"))
    return datetime.fromisoformat(until).astimezone(zone).strftime("%H:%M")
