"""Staff: who works here, in which role, and how they say who they are.

A number or an employee's card names a person, the PIN proves it. PINs and recovery codes stand in
`secrets` only; no entry, no hash of a command and no repr has them. docs/permissions.md says which
role may do what, docs/operations.md what helps when the owner's PIN is lost.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from tinydb import where

from kiosk.core import pins, seal
from kiosk.core.books import Answer, Books, Handler, Query, legible, personal
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.permissions import RIGHTS, ROLES, ROLES_KNOWN, Right, Role, may, need
from kiosk.core.recognition import Recognised
from kiosk.core.seal import Random
from kiosk.core.store import TableSpec

TABLES = (TableSpec("staff", ("card", "role")), TableSpec("sign_ins"))

PIN_DIGITS = 6
NAME_CHARACTERS_MAX = 64
_CODE_BYTES = 15  # 120 bits, as 24 letters and digits
_MISREAD = str.maketrans("018", "OIB", "- ")
"""What base32 does not have, for what is written by hand."""


@dataclass(frozen=True)
class Approval:
    """A second signature: another person's number and PIN, beside what somebody wants to do."""

    staff: str
    pin: str = personal()


@dataclass(frozen=True)
class AddStaff:
    """Somebody begins to work here. `card` is the number that an employee's rule extracts."""

    number: str
    name: str
    role: Role
    card: str = ""


@dataclass(frozen=True)
class ChangeStaff:
    """Another name, role or card; or somebody leaves, or comes back. All of it is set anew."""

    number: str
    name: str
    role: Role
    card: str = ""
    state: Literal["active", "left"] = "active"


@dataclass(frozen=True)
class SetStaffPin:
    """Give a person a PIN: the own one against the `old` one, others' by who has the right."""

    staff: str
    pin: str = personal()
    old: str = personal()


@dataclass(frozen=True)
class UnlockStaff:
    """Forget the wrong PINs that were typed for a person."""

    staff: str


@dataclass(frozen=True)
class RecordLock:
    """Too many wrong PINs locked a person until then (ISO 8601, UTC)."""

    staff: str
    until: str


@dataclass(frozen=True)
class SignIn:
    """A person is at the kiosk, by number or by an employee's card; who was before is out."""

    number: str = ""
    read: Recognised | None = None
    pin: str = personal()


@dataclass(frozen=True)
class SignOut:
    """Whoever is signed in leaves the kiosk, or is gone for too long."""


@dataclass(frozen=True)
class IssueRecoveryCode:
    """Give an owner a code (of `new_code`) for the day the PIN is lost; a former one is void."""

    staff: str
    code: str = personal()


@dataclass(frozen=True)
class UseRecoveryCode:
    """An owner sets a new PIN with the recovery code, and gets the next code (of `new_code`)."""

    staff: str
    code: str = personal()
    pin: str = personal()
    next_code: str = personal()


@dataclass(frozen=True)
class Person:
    """Somebody who works here. `name` and `card` are empty for whom they do not concern."""

    number: str
    name: str = field(repr=False)
    role: Role
    state: Literal["active", "left"]
    pin: Literal["none", "set", "locked"]
    has_card: bool
    card: str = field(default="", repr=False)


@dataclass(frozen=True)
class ListStaff(Query["tuple[Person, ...]"]):
    """Who works here or did, by number; names only for who has the right `staff` or `reports`."""


@dataclass(frozen=True)
class SignedIn(Query["Person | None"]):
    """Who is signed in at this kiosk since its latest start."""


@dataclass(frozen=True)
class CommandsOf(Query["frozenset[str]"]):
    """The names of all commands and queries that a person may give; none where nobody has it."""

    staff: str


# --- what others need -------------------------------------------------------------------------


def owner_of(number: str) -> str:
    """The name of a person's PIN in `secrets`, and of the person as an actor."""
    return f"staff:{number}"


def approved(books: Books, approval: Approval | None, right: Right) -> str:
    """Check a second signature; whose it is, as an actor: ``staff:105``.

    Raises:
        Refused: ``err.approval_missing``; ``err.approval_self``: the actor's own does not count;
            ``err.approval_right``: nobody of that number has the right; those of `pins.check`.
    """
    if approval is None:
        raise Refused("err.approval_missing")
    signed = owner_of(approval.staff)
    if signed == books.actor:
        raise Refused("err.approval_self")
    person = _active(books, approval.staff)
    if person is None or not may(books, person["role"], right):
        raise Refused("err.approval_right", staff=approval.staff)
    pins.check(books, signed, approval.pin, policy(books))
    return signed


def works_here(books: Books, number: str) -> bool:
    """Whether somebody of this number works here."""
    return _active(books, number) is not None


def signed_in(books: Books) -> str:
    """The number of who is signed in at this kiosk, or nothing; a start signs everybody out."""
    kept = books.get("sign_ins", "kiosk")
    if not kept or kept["start"] != _start(books) or not _active(books, kept["staff"]):
        return ""
    return str(kept["staff"])


def check_owners(books: Books, draft: Draft) -> None:
    """Let only an owner, or the machine's command line, change owners and the rights of roles.

    One owner has to stay.

    Raises:
        Refused: ``err.owner_only``, ``err.last_owner``.
    """
    owners = {d["id"] for d in books.search("staff", where("role") == "owner") if _works(d)}
    after = set(owners)
    touched = False
    for change in draft.changes:
        if (change.table, change.id) == ("settings", "venue") and change.document is not None:
            touched |= change.document.get("rights") != books.settings().get("rights")
        if change.table == "staff":
            made = change.document
            is_owner = made is not None and made["role"] == "owner"
            touched |= is_owner or change.id in owners
            (after.add if made and is_owner and _works(made) else after.discard)(change.id)
    if touched:
        _must_be_owner(books)
    if owners and not after:
        raise Refused("err.last_owner")


def policy(books: Books) -> pins.Policy:
    """How many wrong PINs lock a member of staff, and for how long."""
    kept = books.settings().get("staff_pins") or {"wrong_max": 5, "lock_minutes": 5}
    return pins.Policy(PIN_DIGITS, kept["wrong_max"], kept["lock_minutes"])


def new_code(random: Random) -> str:
    """A recovery code: 120 bits as six groups of four letters and digits."""
    text = base64.b32encode(random(_CODE_BYTES)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


# --- people -----------------------------------------------------------------------------------


def _works(document: Any) -> bool:
    return bool(document["state"] == "active")


def _active(books: Books, number: str) -> dict[str, Any] | None:
    kept = books.get("staff", number)
    return kept if kept and _works(kept) else None


def _person(books: Books, number: str) -> dict[str, Any]:
    kept = books.get("staff", number)
    if kept is None:
        raise Refused("err.no_such_employee", employee=number)
    return kept


def _must_be_owner(books: Books) -> None:
    if books.actor == "cli":
        return
    person = _active(books, books.actor.removeprefix("staff:"))
    if not person or person["role"] != "owner":
        raise Refused("err.owner_only")


def _set(books: Books, kind: str, command: AddStaff | ChangeStaff, state: str) -> Draft:
    name, card = " ".join(command.name.split()), command.card.strip()
    right_form = (
        re.fullmatch("[0-9]{1,6}", command.number)
        and legible(name, NAME_CHARACTERS_MAX)
        and command.role in ROLES_KNOWN
        and state in ("active", "left")
        and (not card or legible(card, NAME_CHARACTERS_MAX))
    )
    if not right_form:
        raise Refused("err.staff_form", most=str(NAME_CHARACTERS_MAX))
    others = books.search("staff", where("card") == card) if card else []
    for other in others:
        if other["id"] != command.number and _works(other):
            raise Refused("err.staff_card", staff=other["id"])
    made = {
        "id": command.number,
        "number": command.number,
        "name": name,
        "role": command.role,
        "card": card,
        "state": state,
    }
    if books.get("staff", command.number) == made:
        raise Refused("err.nothing_changed")
    draft = Draft(kind, refs={"staff": command.number})
    draft.set("staff", made)
    check_owners(books, draft)
    return draft


def _add(books: Books, command: AddStaff) -> Draft:
    if books.get("staff", command.number) is not None:
        raise Refused("err.staff_known", staff=command.number)
    return _set(books, "staff_added", command, "active")


def _change(books: Books, command: ChangeStaff) -> Draft:
    kept = _person(books, command.number)
    draft = _set(books, "staff_changed", command, command.state)
    same = (command.role, command.state) == (kept["role"], kept["state"])
    if books.actor == owner_of(command.number) and not same:
        raise Refused("err.own_role")
    return draft


# --- PINs -------------------------------------------------------------------------------------


def _may_concern(books: Books, person: dict[str, Any]) -> None:
    """Somebody else's PIN: for who has the right; an owner's for an owner."""
    need(books, "staff")
    if person["role"] == "owner":
        _must_be_owner(books)


def _new_pin(pin: str) -> None:
    if not re.fullmatch(f"[0-9]{{{PIN_DIGITS}}}", pin):
        raise Refused("err.pin_form", digits=str(PIN_DIGITS))
    if pins.easy(pin):
        raise Refused("err.pin_easy")


def _set_pin(books: Books, command: SetStaffPin) -> Draft:
    person = _person(books, command.staff)
    owner = owner_of(command.staff)
    if books.actor != owner:
        _may_concern(books, person)
    _new_pin(command.pin)
    if books.actor == owner:
        pins.check(books, owner, command.old, policy(books))
    # Before the entry, as everything in the secrets: a cut between the two leaves a PIN that only
    # who had the right to set it knows.
    pins.set_pin(books, owner, command.pin)
    return Draft("staff_pin_set", refs={"staff": command.staff})


def _unlock(books: Books, command: UnlockStaff) -> Draft:
    _may_concern(books, _person(books, command.staff))
    pins.unlock(books, owner_of(command.staff))
    return Draft("staff_unlocked", refs={"staff": command.staff})


def _lock(books: Books, command: RecordLock) -> Draft:
    return Draft("staff_locked", refs={"staff": command.staff, "until": command.until})


def lock_key(locked: pins.Locked) -> tuple[RecordLock, str]:
    """What is recorded of a lock, and under which key: once, however often somebody tries."""
    number = locked.owner.removeprefix("staff:")
    return RecordLock(number, locked.at), f"lock:{number}:{locked.at}"


# --- signing in -------------------------------------------------------------------------------


def _sign_in(books: Books, command: SignIn) -> Draft:
    number = command.number
    if command.read is not None:
        if command.read.scope != "employee":
            raise Refused("err.sign_in")
        found = books.search("staff", where("card") == command.read.number)
        number = next((str(d["id"]) for d in found if _works(d)), "")
    if not _active(books, number):
        raise Refused("err.sign_in")
    pins.check(books, owner_of(number), command.pin, policy(books))
    draft = Draft("staff_signed_in", refs={"staff": number})
    made = {"id": "kiosk", "staff": number, "at": books.at, "start": _start(books)}
    draft.set("sign_ins", made)
    return draft


def _sign_out(books: Books, command: SignOut) -> Draft:
    del command
    number = signed_in(books)
    if not number or books.actor not in ("kiosk", owner_of(number)):
        raise Refused("err.nobody_signed_in")
    draft = Draft("staff_signed_out", refs={"staff": number})
    draft.remove("sign_ins", "kiosk")
    return draft


def _start(books: Books) -> int:
    kept = books.get("starts", "kiosk")
    return int(kept["start"]) if kept else 0


# --- the recovery code ------------------------------------------------------------------------


def _code_hash(code: str) -> str:
    return seal.token_hash(code.upper().translate(_MISREAD))


def _token(number: str, code: str) -> dict[str, Any]:
    if not re.fullmatch("[A-Z2-7]{24}", code.upper().translate(_MISREAD)):
        raise Refused("err.recovery_code")
    owner = owner_of(number)
    return {"id": owner, "client": owner, "hash": _code_hash(code)}


def _an_owner(books: Books, number: str) -> str:
    person = _active(books, number)
    if not person or person["role"] != "owner":
        raise Refused("err.no_owner", staff=number)
    return owner_of(number)


def _issue_code(books: Books, command: IssueRecoveryCode) -> Draft:
    owner = _an_owner(books, command.staff)
    if books.actor not in ("cli", owner):
        raise Refused("err.owner_only")
    token = _token(command.staff, command.code)
    with books.secrets.transaction():
        books.secrets.put("tokens", owner, token)
    return Draft("recovery_code_issued", refs={"staff": command.staff})


def _use_code(books: Books, command: UseRecoveryCode) -> Draft:
    person = _active(books, command.staff)
    owner = owner_of(command.staff)
    kept = books.secrets.get("tokens", owner) or {"hash": ""}
    fits = hmac.compare_digest(_code_hash(command.code), str(kept["hash"]))
    if not fits or not person or person["role"] != "owner":
        raise Refused("err.recovery_code")
    _new_pin(command.pin)
    token, made = _token(command.staff, command.next_code), books.random
    if hmac.compare_digest(token["hash"], str(kept["hash"])):
        raise Refused("err.recovery_code")
    with books.secrets.transaction():
        books.secrets.put("pins", owner, pins.document(owner, command.pin, made))
        books.secrets.put("tokens", owner, token)
    return Draft("staff_pin_recovered", refs={"staff": command.staff})


# --- who is who -------------------------------------------------------------------------------


def _told(books: Books, kept: dict[str, Any], *, named: bool, carded: bool = False) -> Person:
    owner = owner_of(kept["id"])
    return Person(
        number=kept["number"],
        name=kept["name"] if named else "",
        role=kept["role"],
        state=kept["state"],
        pin=pins.state(books, owner, policy(books)),
        has_card=bool(kept["card"]),
        card=kept["card"] if carded else "",
    )


def _list(books: Books, query: ListStaff) -> tuple[Person, ...]:
    del query
    asking = _active(books, books.actor.removeprefix("staff:"))
    role = asking["role"] if asking else ""
    carded = books.actor == "cli" or may(books, role, "staff")
    named = carded or may(books, role, "reports")
    kept = sorted(books.ledger.store.table("staff"), key=lambda d: (len(d["id"]), d["id"]))
    return tuple(_told(books, d, named=named, carded=carded) for d in kept)


def _signed_in(books: Books, query: SignedIn) -> Person | None:
    del query
    number = signed_in(books)
    return _told(books, _person(books, number), named=True) if number else None


def _commands_of(books: Books, query: CommandsOf) -> frozenset[str]:
    person = _active(books, query.staff)
    if person is None:
        return frozenset()
    rights = {right for right in ROLES if may(books, person["role"], right)}
    return frozenset(name for name, right in RIGHTS.items() if right in rights)


HANDLERS: dict[type, Handler] = {
    AddStaff: _add,
    ChangeStaff: _change,
    SetStaffPin: _set_pin,
    UnlockStaff: _unlock,
    RecordLock: _lock,
    SignIn: _sign_in,
    SignOut: _sign_out,
    IssueRecoveryCode: _issue_code,
    UseRecoveryCode: _use_code,
}
ANSWERS: dict[type, Answer] = {
    ListStaff: _list,
    SignedIn: _signed_in,
    CommandsOf: _commands_of,
}
ALLOWED: dict[type, frozenset[str]] = {
    AddStaff: frozenset({"staff", "cli"}),
    ChangeStaff: frozenset({"staff", "cli"}),
    SetStaffPin: frozenset({"staff", "cli"}),
    UnlockStaff: frozenset({"staff", "cli"}),
    RecordLock: frozenset({"kiosk"}),
    SignIn: frozenset({"kiosk"}),
    SignOut: frozenset({"kiosk", "staff"}),
    IssueRecoveryCode: frozenset({"staff", "cli"}),
    UseRecoveryCode: frozenset({"kiosk"}),
}
