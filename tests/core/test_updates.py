"""Updates without a machine: versions, the quiet moment, the promise, the verdict of a trial."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from kiosk.core import updates
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId
from kiosk.core.ledger import Draft, digest
from kiosk.core.opening import Opening
from kiosk.core.updates import Moment, Newest, Promise, UpdateState, Verdict
from kiosk.core.venue import Venue
from tests.core.guest import NOW, Guest

TONIGHT = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
CLOSED = Opening(False, TONIGHT + timedelta(hours=6))
OPEN = Opening(True, TONIGHT + timedelta(hours=2))
ALWAYS = Opening(True, None)
QUIET = Moment(
    idle_s=601, notes=0, printing=0, asked=False, opening=CLOSED, local=TONIGHT, synced=True
)
NOON = TONIGHT.replace(hour=12)


@pytest.mark.parametrize(
    ("version", "than", "told"),
    [
        ("1.10.0-202611231757", "1.9.0-202612312359", True),
        ("1.2.0-202611231757", "1.2.0-202611231757", False),
        ("1.2.0-202611231758", "1.2.0-202611231757", True),
        ("1.2.0-202611231757", "1.2.0-202611231758", False),
        ("1.2", "", True),
        ("", "1.2", False),
    ],
)
def test_versions_are_compared_number_by_number(version: str, than: str, told: bool) -> None:
    assert updates.newer(version, than) is told


def test_what_stands_beside_the_bundles_is_read_and_nothing_else() -> None:
    told = updates.newest("version = 1.2.0-7\nbundle = foyer-1.2.0-7.raucb\n")
    assert told == Newest("1.2.0-7", "foyer-1.2.0-7.raucb")
    for wrong in (
        "<html>Welcome to our Wi-Fi</html>",
        "",
        "version = 1\nbundle = ../etc/x.raucb",
        "version = 1\nbundle = x.zip",
        "version = 1 2\nbundle = x.raucb",
        "version =\nbundle = x.raucb",
    ):
        with pytest.raises(Refused, match="updates_text"):
            updates.newest(wrong)
    assert updates.version_of("foyer-1.2.0-7.raucb") == "1.2.0-7"
    assert updates.version_of("holiday.raucb") == ""


def test_what_the_machine_tells_is_read_whatever_else_it_says() -> None:
    told = {"slot": "B", "version": "2", "phase": "trial", "to": "2", "number": "7", "more": 1}
    assert UpdateState.of(told) == UpdateState("B", "2", "trial", "2", number=7)
    assert UpdateState.of(told).other == "A"
    strange = UpdateState.of({"phase": "dance", "why": "x", "problem": "y", "percent": None})
    assert strange == UpdateState("", "", why="program", problem="failed")


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, ""),
        ({"idle_s": 599}, "guest"),
        ({"notes": 1}, "note"),
        ({"printing": 1}, "printer"),
        ({"asked": True}, "device"),
        ({"synced": False}, "clock"),
        ({"opening": OPEN}, "hours"),
        ({"local": NOON}, ""),
        ({"opening": ALWAYS}, ""),
        ({"opening": ALWAYS, "local": NOON}, "hours"),
        ({"opening": ALWAYS, "local": TONIGHT.replace(hour=5)}, "hours"),
        ({"opening": Opening(False, None), "local": NOON}, ""),
    ],
)
def test_the_quiet_moment(changed: dict[str, object], word: str) -> None:
    moment = replace(QUIET, **changed)  # type: ignore[arg-type]
    assert updates.busy(moment, idle_s=600, hours=None) == word
    now = updates.unfinished(moment)
    assert now == (word if word in ("note", "printer", "device") else "")


@pytest.mark.parametrize(
    ("hours", "hour", "word"),
    [
        ("10:00-11:30", 11, ""),
        ("10:00-11:30", 12, "hours"),
        ("23:00-01:00", 0, ""),
        ("23:00-01:00", 23, ""),
        ("23:00-01:00", 1, "hours"),
        ("23:00-01:00", 22, "hours"),
    ],
)
def test_hours_that_are_set_go_before_those_of_the_venue(hours: str, hour: int, word: str) -> None:
    moment = replace(QUIET, opening=OPEN, local=TONIGHT.replace(hour=hour, minute=0))
    told = updates.quiet_hours(hours)
    assert updates.busy(moment, idle_s=600, hours=told) == word
    assert updates.quiet_hours("") is None
    assert updates.quiet_hours("03:00-05:00") == (time(3), time(5))


# --- the promise -------------------------------------------------------------------------------


@pytest.fixture
def venue(tmp_path: Path, guest: Guest) -> Venue:
    guest.top_up(500)
    return guest.venue


def test_a_promise_is_kept_by_the_books_that_made_it(venue: Venue) -> None:
    made = updates.promise(venue.ledger, "1", "2", ["printer", "acceptor"])
    assert made.seq == venue.ledger.seq and made.head == venue.ledger.head
    assert made.accounts >= 2 and made.devices == ("acceptor", "printer")
    assert updates.kept(Promise.of(made.text()), venue.ledger) == ("", "")


def test_one_balance_that_is_off_by_one_minor_unit_is_refused(venue: Venue) -> None:
    made = updates.promise(venue.ledger, "1", "2", [])
    kept = next(d for d in venue.store.table("balances") if d["amount"] > 0)
    with venue.store.transaction():
        venue.store.put("balances", kept["id"], {**kept, "amount": kept["amount"] + 1})
    why, detail = updates.kept(made, venue.ledger)
    assert why == "balances" and str(made.accounts) in detail


def test_an_entry_that_is_none_of_a_migration_is_refused(venue: Venue) -> None:
    made = updates.promise(venue.ledger, "1", "2", [])
    told = digest({})
    migrated = Draft("store_migrated", refs={"format": 4})
    venue.ledger.post(migrated, key="m", actor="kiosk", command=told, now=NOW)
    assert updates.kept(made, venue.ledger) == ("", "")
    venue.ledger.post(Draft("start_recorded"), key="x", actor="kiosk", command=told, now=NOW)
    assert updates.kept(made, venue.ledger) == (
        "promise",
        "there are newer entries: start_recorded",
    )


@pytest.mark.parametrize(
    "changed", [{"head": "0" * 64}, {"seq": 10**6}, {"kiosk": "K9"}, {"epoch": 2}]
)
def test_other_books_are_refused(venue: Venue, changed: dict[str, object]) -> None:
    made = updates.promise(venue.ledger, "1", "2", [])
    other = replace(made, **changed)  # type: ignore[arg-type]
    assert updates.kept(other, venue.ledger)[0] == "promise"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seq": 1}', "null"])
def test_a_promise_that_cannot_be_read_is_none(text: str) -> None:
    with pytest.raises(Refused, match="updates_promise"):
        Promise.of(text)


def test_balances_are_the_same_in_whatever_order_and_with_accounts_that_are_empty() -> None:
    rows = [
        {"account": "2010:1", "unit": "RUB", "amount": -500},
        {"account": "1010:K1", "unit": "RUB", "amount": 500},
    ]
    nothing = {"account": "2010:2", "unit": "RUB", "amount": 0}
    assert updates.balances_of(rows) == updates.balances_of([nothing, *reversed(rows)])
    assert updates.balances_of(rows)[0] == 2


# --- the verdict -------------------------------------------------------------------------------

GIVEN = Promise("1", "2", "K1", 1, 0, "", 0, "", ("acceptor", "printer"))


def machine(**up: bool) -> Machine:
    roles = {"acceptor": "acceptor", "printer": "printer", "reader": "reader"}
    return Machine(
        {DeviceId(n): DeviceState(roles[n], up=is_up) for n, is_up in up.items()}  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("there", "screen", "waited_s", "told"),
    [
        (machine(acceptor=True, printer=True), True, 0.0, Verdict("good")),
        (machine(acceptor=True, printer=True), False, 0.0, Verdict("waits")),
        (machine(acceptor=True, printer=True), False, 180.0, Verdict("bad")),
        (machine(acceptor=True, printer=False), True, 179.9, Verdict("waits", ("printer",))),
        (machine(acceptor=True, printer=False), True, 180.0, Verdict("bad", ("printer",))),
        (machine(acceptor=True, printer=True, reader=False), True, 0.0, Verdict("good")),
        (machine(acceptor=True), True, 180.0, Verdict("bad", ("printer",))),
    ],
)
def test_the_verdict(there: Machine, screen: bool, waited_s: float, told: Verdict) -> None:
    found = updates.verdict(GIVEN, there, screen=screen, waited_s=waited_s, limit_s=180)
    assert found == told
