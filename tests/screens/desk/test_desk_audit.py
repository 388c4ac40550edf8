"""The audit at the desk: who did what, an entry, the check of the books, all of it on a stick."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.desk.audit import AuditCheck, AuditFilter, AuditLog
from kiosk.core.errands import StopErrand, Verified, VerifyBooks
from kiosk.core.messages import ErrandTold, StartErrand
from kiosk.core.shifts import OpenShift
from kiosk.core.staff import AddStaff
from kiosk.screens.view import Meter, Table
from tests.core.guest import shelf
from tests.screens.desk.errand_hands import Here, go
from tests.screens.desk.hands import ADMINISTRATOR, AUDITOR, CASHIER, MANAGER, OWNER, Hands, inside


@pytest.fixture
def stick() -> Iterator[Path]:
    with shelf() as folder:
        (folder / "KINGSTON").mkdir()
        yield folder / "KINGSTON"


@pytest.fixture
def here(hands: Hands, stick: Path) -> Here:
    return go(hands, stick.parent)


def rows(hands: Hands) -> list[list[str]]:
    table = next(inside(hands.view, Table))
    return [[cell.text for cell in line.cells] for line in table.lines]


def filtered(hands: Hands, **wanted: str) -> None:
    """Who, what about, number and day."""
    hands.press("filter")
    for name in ("who", "matter"):
        if name in wanted:
            hands.press(f"choose:{name}={wanted[name]}")
    for name in ("number", "day"):
        if name in wanted:
            hands.fill(name, wanted[name])
    hands.press("apply")


# --- who did what --------------------------------------------------------------------------------


def test_A13_what_the_staff_did_in_words_newest_first(hands: Hands) -> None:
    hands.did(OpenShift(()), actor=f"staff:{CASHIER}", key="shift")
    hands.sign_in(AUDITOR)
    hands.go("audit")
    assert [row[1:] for row in rows(hands)] == [
        ["Anton (107)", "Somebody of the staff signed in"],
        ["Vera (101)", "The shift was opened"],
    ]
    hands.says("All staff · Everything")


def test_A13_by_person_matter_and_day(hands: Hands) -> None:
    hands.did(OpenShift(()), actor=f"staff:{CASHIER}", key="shift")
    hands.did(AddStaff("200", "Gleb", "cashier"), actor=f"staff:{OWNER}", key="gleb")
    hands.sign_in(AUDITOR)
    hands.go("audit")
    filtered(hands, who="person", number=CASHIER)
    assert [row[2] for row in rows(hands)] == ["The shift was opened"]
    filtered(hands, who="all", matter="staff")
    assert "A member of staff was added" in [row[2] for row in rows(hands)]
    assert "The shift was opened" not in [row[2] for row in rows(hands)]
    filtered(hands, matter="all", who="staff", day="21112026")
    assert rows(hands) == []
    hands.says("Nothing of that.", "21.11.2026")
    filtered(hands, day="22112026")
    assert len(rows(hands)) == 3


@pytest.mark.parametrize("day", ["3", "32012026", "00000000", "31129999"])
def test_a_day_that_there_is_not_is_refused_and_kept(hands: Hands, day: str) -> None:
    hands.sign_in(AUDITOR)
    hands.go("audit")
    filtered(hands, day=day)
    assert isinstance(hands.page, AuditFilter)
    hands.says("There is no such day.")
    assert hands.page.log.form["day"] == day


def test_A13_pages_are_turned_and_turned_back(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.core.journal.ROWS_MAX", 2)
    hands.sign_in(AUDITOR)
    hands.go("audit")
    filtered(hands, who="all")
    first = rows(hands)
    seen = [row[2] for row in first]
    while "older" in hands.pressable():
        hands.press("older")
        seen += [row[2] for row in rows(hands)]
    assert len(seen) == hands.venue.ledger.seq and len(first) == 2
    while "newer" in hands.pressable():
        hands.press("newer")
    assert rows(hands) == first


def test_A13_where_few_fit_the_page_says_how_far_it_looked(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.core.journal.LOOK_MAX", 2)
    hands.sign_in(AUDITOR)
    hands.go("audit")
    filtered(hands, who="till")
    hands.says("Nothing of that, down to 22.11.2026 18:00.")
    while "older" in hands.pressable():
        hands.press("older")
    hands.says("Nothing of that.")


def test_A13_one_entry_with_what_it_moved_and_its_place_in_the_chain(hands: Hands) -> None:
    hands.register(phone="9162041234", name="zinaida")
    hands.top_up(500)
    hands.press("done", "leave")
    hands.sign_in(AUDITOR)
    hands.go("audit")
    filtered(hands, who="kiosk", matter="money")
    settled = hands.venue.ledger.find(next(k for k in keys(hands) if k.startswith("settle:")))
    assert settled is not None
    hands.press(f"entry:{settled.seq}")
    hands.says("A note of 500", "+500.00", "\u2212500.00", settled.hash[:16], "notes")
    hands.press("back")
    assert isinstance(hands.page, AuditLog) and hands.page.entry is None


def keys(hands: Hands) -> list[str]:
    return [entry.id for entry in hands.venue.ledger.entries()]


def test_A13_no_phone_no_name_of_a_client_no_token_is_shown_or_carried_away(
    hands: Hands, here: Here, stick: Path
) -> None:
    hands.register(phone="9162041234", name="zinaida")
    hands.press("leave")
    hands.sign_in(AUDITOR)
    hands.go("audit")
    filtered(hands, who="all")
    registered = hands.venue.ledger.find(next(k for k in keys(hands) if k.startswith("register:")))
    assert registered is not None
    hands.press(f"entry:{registered.seq}")
    secret = ("9162041234", "inaida", "204-12-34", *sealed(registered.changes))
    hands.silent(*secret)
    hands.press("back", "carry:json", "back", "carry:csv")
    for file in stick.iterdir():
        told = file.read_text()
        assert "card_registered" in told
        assert not [word for word in secret if word in told]


def sealed(changes: object) -> list[str]:
    found = [c.document for c in changes if c.table == "clients"]  # type: ignore[attr-defined]
    assert found, "a client was made"
    return [str(found[0][part]) for part in ("name", "phone") if found[0][part]]


# --- carried away --------------------------------------------------------------------------------


def test_A13_the_journal_is_carried_away_as_it_is_filtered(
    hands: Hands, here: Here, stick: Path
) -> None:
    hands.did(OpenShift(()), actor=f"staff:{CASHIER}", key="shift")
    hands.sign_in(AUDITOR)
    hands.go("audit")
    filtered(hands, who="person", number=CASHIER)
    hands.press("carry:csv")
    hands.says("Saved: journal-2026-11-22-1800.csv")
    hands.press("back", "carry:json")
    table, told = sorted(stick.iterdir())
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert (row["kind"], row["actor"]) == ("shift_opened", "staff:101")
    (entry,) = json.loads(told.read_text())
    opened = hands.venue.ledger.entry(int(row["seq"]))
    assert opened is not None and entry["hash"] == row["hash"] == opened.hash


# --- the check -----------------------------------------------------------------------------------


def test_A13_the_books_are_checked(hands: Hands, here: Here) -> None:
    hands.sign_in(AUDITOR)
    hands.go("audit")
    hands.press("verify")
    hands.says("The books are sound.", f"{hands.venue.ledger.seq} entries")


def test_A13_what_is_wrong_is_said(hands: Hands, here: Here) -> None:
    with hands.venue.store.writing():
        hands.venue.store.put(
            "balances",
            "1030:K1|RUB",
            {"id": "1030:K1|RUB", "account": "1030:K1", "unit": "RUB", "amount": 1},
        )
    hands.sign_in(AUDITOR)
    hands.go("audit")
    hands.press("verify")
    hands.says("Something is wrong with the books.", "1030:K1|RUB")
    hands.press("back")
    assert isinstance(hands.page, AuditLog)


def test_A13_the_check_tells_how_far_it_is_and_can_be_stopped(hands: Hands) -> None:
    hands.sign_in(AUDITOR)
    hands.go("audit")
    (begun,) = [e for e in hands.press("verify") if isinstance(e, StartErrand)]
    assert begun.errand == VerifyBooks()
    hands.tell(ErrandTold(begun.id, 300, 1_000))
    (meter,) = inside(hands.view, Meter)
    assert (meter.done, meter.of) == (300, 1_000)
    (stopped,) = [e for e in hands.press("stop") if isinstance(e, StartErrand)]
    assert stopped.errand == StopErrand(begun.id)
    hands.press("verify")
    hands.tell(ErrandTold(begun.id, 1, 1, ended=True, result=Verified(1, ())))
    assert isinstance(hands.page, AuditCheck) and hands.page.result is None, "of another check"


# --- who may -------------------------------------------------------------------------------------


def test_A13_who_may_look(hands: Hands) -> None:
    for number, may in {CASHIER: False, ADMINISTRATOR: True, MANAGER: True, OWNER: True}.items():
        hands.sign_in(number)
        assert ("section:audit" in hands.pressable()) is may, number
