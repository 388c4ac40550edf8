"""Roles and rights: who of the staff may give which command, and ask which query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

import pytest

from kiosk.core.cards import BlockCard, GetCard
from kiosk.core.cash import HeldNotes, LastStart
from kiosk.core.clients import GetClient
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId
from kiosk.core.ledger import Entry
from kiosk.core.money import Money
from kiosk.core.permissions import (
    RIGHTS,
    RIGHTS_KNOWN,
    ROLES,
    ROLES_KNOWN,
    TILL_ASKS,
    Right,
    Role,
    may,
    need,
)
from kiosk.core.settings import ImportVenue
from kiosk.core.venue import ALLOWED, ANSWERS, Venue
from kiosk.core.venue_file import VenueFile, parse
from tests.core.guest import DEMO, NOW, Guest, make_venue, rub, shelf
from tests.core.permission_table import PAGE, page

BLOCK = BlockCard(CardId("K1-1-3c"), "Lost")


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.key


def block(venue: Venue, actor: str) -> str:
    done = venue.do(BLOCK, actor=actor, key=f"block by {actor}", now=NOW)
    return done.key if isinstance(done, Refused) else done.kind


def test_every_query_and_every_command_of_the_staff_has_a_right() -> None:
    asked = {kind.__name__ for kind, actors in ALLOWED.items() if "staff" in actors}
    asked |= {kind.__name__ for kind in ANSWERS}
    assert not sorted(asked - RIGHTS.keys()), "name their rights in kiosk/core/permissions.py"
    assert not sorted(RIGHTS.keys() - asked), "staff neither give nor ask these"
    assert set(ROLES) == {*RIGHTS_KNOWN, "own"}


def test_what_the_table_does_not_name_is_refused(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(RIGHTS, "LastStart")
    assert refusal(lambda: venue.ask(LastStart(), NOW, "staff:106")) == "err.not_allowed"


def test_only_who_works_here_and_has_the_right_is_let_in(guest: Guest) -> None:
    card = guest.register()
    assert card.id == BLOCK.card
    for stranger in ("staff:", "staff:anna", "staff:999", "staff:103", "staff:104", "staff:107"):
        assert block(guest.venue, stranger) == "err.not_allowed"
    assert block(guest.venue, "staff:101") == "card_blocked"


def test_a_query_needs_a_right_of_the_staff_and_none_of_the_kiosk(venue: Venue) -> None:
    assert refusal(lambda: venue.ask(HeldNotes(), NOW, "staff:101")) == "err.not_allowed"
    assert (
        refusal(lambda: venue.ask(GetClient(ClientId("x")), NOW, "staff:107")) == "err.not_allowed"
    )
    assert refusal(lambda: venue.ask(LastStart(), NOW, "staff:999")) == "err.not_allowed"
    assert venue.ask(HeldNotes(), NOW, "staff:102") == ()
    assert venue.ask(HeldNotes(), NOW) == ()
    assert venue.ask(GetCard("no card"), NOW, "staff:101") is None
    assert venue.ask(LastStart(), NOW, "staff:107") == 0


@pytest.mark.parametrize("right", ROLES)
def test_the_command_line_has_every_right_and_who_is_no_person_has_none(
    venue: Venue, right: Right
) -> None:
    need(venue.books(NOW), right)
    for actor in ("kiosk", "guest", "till:1", "till:106"):
        assert refusal(lambda a=actor: need(venue._books(a, NOW), right)) == "err.not_allowed"


# --- the table, cell by cell --------------------------------------------------------------------


def sample(hint: Any) -> Any:
    """Some value of this type; the venue mostly refuses it, for another reason."""
    origin, args = get_origin(hint), get_args(hint)
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    if origin in (Union, UnionType):
        return None if NoneType in args else sample(args[0])
    if origin is Literal:
        return args[0]
    if origin is tuple:
        return tuple(sample(arg) for arg in args if arg is not Ellipsis)
    if origin in (dict, Mapping):
        return {}
    plain: dict[Any, Any] = {str: "x", int: 1, bool: False, Money: rub(100)}
    if hint in plain:
        return plain[hint]
    if hint is VenueFile:
        return parse(DEMO)
    assert is_dataclass(hint), f"make a sample of {hint}"
    hints = get_type_hints(hint)
    return hint(**{f.name: sample(hints[f.name]) for f in fields(hint)})  # type: ignore[operator]


PEOPLE = {
    "cashier": "101",
    "administrator": "102",
    "collector": "103",
    "technician": "104",
    "manager": "105",
    "owner": "106",
    "auditor": "107",
}
COMMANDS = sorted((k for k, a in ALLOWED.items() if "staff" in a), key=lambda k: k.__name__)
QUERIES = sorted(ANSWERS, key=lambda k: k.__name__)


@pytest.fixture(scope="module")
def staffed() -> Iterator[Venue]:
    with shelf() as folder:
        made = make_venue(folder)
        yield made
        made.close()


def test_the_page_is_the_table_of_the_code() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.core.permission_table"


@pytest.mark.parametrize("role", ROLES_KNOWN)
@pytest.mark.parametrize("kind", COMMANDS, ids=lambda k: k.__name__)
def test_a_role_gives_exactly_the_commands_of_its_rights(
    staffed: Venue, kind: type, role: Role
) -> None:
    key = f"{kind.__name__} by {role}"
    done = staffed.do(sample(kind), actor=f"staff:{PEOPLE[role]}", key=key, now=NOW)
    refused = isinstance(done, Refused) and done.key == "err.not_allowed"
    assert refused == (role not in ROLES[RIGHTS[kind.__name__]]), done


@pytest.mark.parametrize("role", ROLES_KNOWN)
@pytest.mark.parametrize("kind", QUERIES, ids=lambda k: k.__name__)
def test_a_role_asks_exactly_the_queries_of_its_rights(
    staffed: Venue, kind: type, role: Role
) -> None:
    refused = False
    try:
        staffed.ask(sample(kind), NOW, f"staff:{PEOPLE[role]}")
    except Refused as told:
        refused = told.key == "err.not_allowed"
    assert refused == (role not in ROLES[RIGHTS[kind.__name__]])


@pytest.mark.parametrize("kind", QUERIES, ids=lambda k: k.__name__)
def test_E83_a_till_asks_exactly_what_it_is_named_for(staffed: Venue, kind: type) -> None:
    refused = False
    try:
        staffed.ask(sample(kind), NOW, "till:bar")
    except Refused as told:
        refused = told.key == "err.not_allowed"
    assert refused == (kind.__name__ not in TILL_ASKS)


def test_E83_a_till_is_told_nothing_of_clients_staff_or_claims() -> None:
    assert {kind.__name__ for kind in ANSWERS} >= TILL_ASKS
    wanted = ("serve", "own", "sell", "cards")
    # Of slips only those that it issued, see test_guest_paper.
    assert {RIGHTS[name] for name in TILL_ASKS - {"SlipDocument"}} == set(wanted)
    for name in ("ListStaff", "SignedIn", "OpenClaims", "GetSlip", "GetClient"):
        assert name not in TILL_ASKS


def test_a_venue_gives_a_right_to_other_roles(venue: Venue) -> None:
    given = parse(DEMO + '\n[rights]\ncards = ["technician"]\n')
    assert isinstance(venue.do(ImportVenue(given), actor="cli", key="rights", now=NOW), Entry)
    assert block(venue, "staff:101") == block(venue, "staff:106") == "err.not_allowed"
    assert block(venue, "staff:104") == "err.no_such_card"


def test_E83_operations_settings_and_devices_are_rights_apart(venue: Venue) -> None:
    desk = {"cashier", "administrator", "manager", "owner"}
    wanted: dict[Right, set[str]] = {
        "serve": desk,
        "shift": desk,
        "edit_venue": {"manager", "owner"},
        "devices": {"technician", "manager", "owner"},
    }
    books = venue.books(NOW)
    for right, roles in wanted.items():
        assert {role for role in ROLES_KNOWN if may(books, role, right)} == roles, right
    money: set[Right] = {"serve", "sell", "shift", "collect", "notes", "change_balance", "goodwill"}
    assert not any(may(books, "technician", right) for right in money)
    same = ImportVenue(parse(DEMO))
    refusals = {"101": "not_allowed", "104": "not_allowed", "105": "nothing_changed"}
    for number, told in refusals.items():
        done = venue.do(same, actor=f"staff:{number}", key=f"import by {number}", now=NOW)
        assert isinstance(done, Refused) and done.key == f"err.{told}"
