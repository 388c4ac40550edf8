"""A client's transactions at the desk: filtered, paged, printed, carried away, explained."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.core.clock import Now
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.client_transactions import (
    BalanceExplained,
    TransactionExport,
    TransactionFilter,
    TransactionList,
)
from kiosk.core.errands import ExportTransactions, ListSticks, Stick, Sticks, Written
from kiosk.core.ids import ClientId, JobId
from kiosk.core.messages import ErrandTold, SlipPrinted, StartErrand
from kiosk.core.shifts import CloseShift, OpenShift
from kiosk.screens.view import Cell, Entry, Line, Tile
from tests.core.guest import PRINTER, rub
from tests.screens.desk.clients_there import anna, boris, open_client, paid_in, shift
from tests.screens.desk.hands import ADMINISTRATOR, CASHIER, MANAGER, OWNER, Hands, inside


@pytest.fixture
def her(hands: Hands) -> ClientId:
    """Anna topped up 300 ten days ago, 200 today, and Boris 77 (whom nobody must see here)."""
    made = anna(hands)
    today = hands.now
    hands.now = Now(datetime(2026, 11, 12, 15, 0, tzinfo=UTC), 1000.0)
    shift(hands)
    hands.tell(SlipPrinted(PRINTER, JobId(paid_in(hands, made, 300))))
    # A shift is over after a day.
    hands.did(CloseShift(rub(5300), ("desk_paper",)), actor="staff:101", key="close")
    hands.now = today
    hands.did(OpenShift(rub(0)), actor="staff:101", key="again")
    paid_in(hands, made, 200, "bank_card")
    paid_in(hands, boris(hands), 77)
    hands.sign_in(ADMINISTRATOR)
    open_client(hands, made)
    return made


def rows(hands: Hands) -> list[tuple[str, ...]]:
    """Amount and what is then there, of each row of the list."""
    lines = [line for line in inside(hands.view, Line) if line.id.startswith("row:")]
    cells = [tuple(inside(line, Cell)) for line in lines]
    return [(of[1].text, of[2].text, of[3].text) for of in cells]


def problem(hands: Hands, field: str) -> str:
    return next(e.problem for e in inside(hands.view, Entry) if e.id == f"field:{field}")


# --- the list -------------------------------------------------------------------------------------


def test_C21_all_transactions_of_this_client_and_of_nobody_else(
    hands: Hands, her: ClientId
) -> None:
    hands.press("transactions")
    assert rows(hands) == [
        ("Top-up, desk", "+200.00\u00a0₽", "500.00\u00a0₽"),
        ("Top-up, desk", "+300.00\u00a0₽", "300.00\u00a0₽"),
    ]
    hands.silent("77.00")
    hands.says("Anna Karenina", "12.11.2026", "22.11.2026")
    hands.press("back")
    assert isinstance(hands.page, ClientCard)


def test_C21_one_is_looked_at(hands: Hands, her: ClientId) -> None:
    hands.press("transactions", "row:0")
    hands.says("Entry number", "Bank card", "staff:101", "Before", "300.00", "500.00")
    hands.press("back")
    assert isinstance(hands.page, TransactionList)


def test_C28_period_and_balance_are_one_touch(hands: Hands, her: ClientId) -> None:
    hands.press("transactions", "period:today")
    assert [r[1] for r in rows(hands)] == ["+200.00\u00a0₽"]
    hands.press("period:month")
    assert len(rows(hands)) == 2
    hands.press("filter", "choose:balance=bonus", "show")
    assert rows(hands) == []
    hands.says("Nothing here.", "a filter is on")
    hands.press("filter", "choose:balance=game", "show", "period:week")
    assert [r[1] for r in rows(hands)] == ["+200.00\u00a0₽"]
    # Tomorrow is another day, and in a week it is out of the week.
    for days, period, number in ((1, "today", 0), (5, "week", 1), (1, "week", 0)):
        hands.now = hands.now.later(86_400.0 * days)
        hands.press(f"period:{period}")
        assert len(rows(hands)) == number, (days, period)


@pytest.mark.parametrize(
    ("filled", "chosen", "amounts"),
    [
        ({"since": "12112026", "until": "12112026"}, (), ["+300"]),
        ({"since": "13112026"}, (), ["+200"]),
        ({"until": "11112026"}, (), []),
        ({}, ("choose:kind=top_ups",), ["+200", "+300"]),
        ({}, ("choose:kind=play",), []),
        ({}, ("choose:balance=game",), ["+200", "+300"]),
        ({"least": "250"}, (), ["+300"]),
        ({"most": "250.00"}, (), ["+200"]),
        ({"actor": "101"}, (), ["+200", "+300"]),
        ({"actor": "102"}, (), []),
        ({"entry": "99999"}, (), []),
    ],
    ids=[
        *("a day", "from", "to", "top-ups", "play", "balance", "least", "most"),
        *("who", "nobody", "no entry"),
    ],
)
def test_C28_filters(
    hands: Hands,
    her: ClientId,
    filled: dict[str, str],
    chosen: tuple[str, ...],
    amounts: list[str],
) -> None:
    hands.press("transactions", "filter", *chosen)
    for field, text in filled.items():
        hands.fill(field, text)
    hands.press("show")
    assert [r[1].removesuffix(".00\u00a0₽") for r in rows(hands)] == amounts
    hands.press("filter", "everything")
    assert len(rows(hands)) == 2


def test_C28_a_transaction_is_found_by_its_number(hands: Hands, her: ClientId) -> None:
    entry = next(e for e in hands.venue.ledger.entries() if e.kind == "topped_up")
    hands.press("transactions", "filter")
    hands.fill("entry", str(entry.seq))
    hands.press("show")
    assert [r[1] for r in rows(hands)] == ["+300.00\u00a0₽"]


@pytest.mark.parametrize(
    ("filled", "wrong"),
    [
        ({"since": "31022026"}, "since"),
        ({"since": "1"}, "since"),
        ({"since": "00000000"}, "since"),
        ({"until": "31129999"}, "until"),
        ({"since": "12112026", "until": "11112026"}, "until"),
        ({"least": "1.999"}, "least"),
    ],
    ids=["no such day", "half", "zeros", "end of time", "backwards", "decimals"],
)
def test_a_filter_that_makes_no_sense_is_told_at_its_field(
    hands: Hands, her: ClientId, filled: dict[str, str], wrong: str
) -> None:
    hands.press("transactions", "filter")
    for field, text in filled.items():
        hands.fill(field, text)
    hands.press("show")
    assert isinstance(hands.page, TransactionFilter)
    assert problem(hands, wrong)
    hands.press("back")
    assert len(rows(hands)) == 2


def test_pages_go_on_and_come_back(hands: Hands, her: ClientId) -> None:
    for n in range(60):
        hands.now = hands.now.later(200.0)  # not too many an hour
        paid_in(hands, her, n + 1)
    hands.press("transactions")
    first = rows(hands)
    assert len(first) == 50 and first[0][1] == "+60.00\u00a0₽"
    assert "newer" not in hands.pressable()
    hands.press("older")
    second = rows(hands)
    assert len(second) == 12 and second[-1][1] == "+300.00\u00a0₽"
    assert "older" not in hands.pressable()
    hands.press("newer")
    assert rows(hands) == first


# --- printed and carried away ---------------------------------------------------------------------


def test_C28_the_list_is_printed_with_its_filters(hands: Hands, her: ClientId) -> None:
    hands.press("transactions", "period:today", "print")
    hands.says("The list is being printed.")
    assert "200.00" in hands.slips[-1] and "300.00" not in hands.slips[-1]
    assert "Karenina" not in hands.slips[-1]
    assert hands.entry.refs["slip"].startswith("transactions_list:")
    assert isinstance(hands.page, TransactionList)


def test_C28_the_list_is_written_to_a_stick(hands: Hands, her: ClientId) -> None:
    sent: list[ExportTransactions] = []
    hands.does[ListSticks] = lambda errand: Sticks((Stick("sda1", "KINGSTON", 10**9),))
    hands.does[ExportTransactions] = lambda errand: sent.append(errand) or Written(errand.file, 99)
    hands.press("transactions", "filter", "choose:balance=game", "show", "export")
    (errand,) = sent
    assert (errand.client, errand.stick, errand.form) == (her, "sda1", "csv")
    assert errand.wanted.balance == "game"
    assert errand.file == f"transactions-{her}-2026-11-22.csv"
    hands.says(errand.file)
    hands.press("back")
    assert len(rows(hands)) == 2


def test_without_a_stick_nothing_is_written_and_it_is_said(hands: Hands, her: ClientId) -> None:
    hands.does[ListSticks] = lambda errand: Sticks(())
    hands.press("transactions", "export")
    assert isinstance(hands.page, TransactionExport)
    assert "look" in hands.pressable()
    hands.press("back")
    assert isinstance(hands.page, TransactionList)


def test_an_errand_of_a_page_that_was_left_changes_nothing(hands: Hands, her: ClientId) -> None:
    effects = hands.press("transactions", "export")
    (errand,) = [e for e in effects if isinstance(e, StartErrand)]
    hands.press("back")
    hands.tell(ErrandTold(errand.id, 1, 1, ended=True, result=Sticks(())))
    assert isinstance(hands.page, TransactionList)


def test_a_cashier_reads_the_list_and_takes_nothing_away(hands: Hands, her: ClientId) -> None:
    hands.sign_in(CASHIER)
    open_client(hands, her)
    hands.press("transactions")
    assert len(rows(hands)) == 2
    assert {"print", "export"} & hands.pressable().keys() == set()
    seq, slips = hands.venue.ledger.seq, len(hands.slips)
    hands.tell_button("print")
    hands.tell_button("export")
    assert isinstance(hands.page, TransactionList)
    assert (hands.venue.ledger.seq, len(hands.slips)) == (seq, slips)


# --- explained ------------------------------------------------------------------------------------


def held(hands: Hands) -> dict[str, str]:
    return {tile.headline: tile.value for tile in inside(hands.view, Tile)}


def test_R10_a_balance_is_explained_in_words(hands: Hands, her: ClientId) -> None:
    hands.press("more", "explain")
    hands.says("Balances now", "Top-up at the desk: Bank card", "Top-up at the desk: Cash")
    hands.says("+200.00", "+300.00", "Before these: 0.00")
    assert held(hands)["Game balance"] == "500.00\u00a0₽"
    hands.press("balance:bonus")
    hands.says("No entry moved it.")


def test_R10_a_balance_of_a_past_moment(hands: Hands, her: ClientId) -> None:
    hands.press("more", "explain", "as_of")
    hands.fill("day", "15112026")
    hands.press("show")
    assert held(hands)["Game balance"] == "300.00\u00a0₽"
    hands.says("Balances on 15.11.2026 23:59:59")
    hands.silent("+200.00")
    hands.press("as_of")
    hands.fill("day", "12112026")
    hands.fill("time", "1759")
    hands.press("show")
    assert held(hands)["Game balance"] == "0.00\u00a0₽", "18:00 in Moscow was the top-up"
    hands.press("now")
    assert held(hands)["Game balance"] == "500.00\u00a0₽"


@pytest.mark.parametrize(
    ("day", "time", "wrong"),
    [
        ("", "", "day"),
        ("32012026", "", "day"),
        ("12112026", "2460", "time"),
        ("12112026", "99", "time"),
        ("12112026", "123", "time"),
        ("00000000", "1200", "day"),
    ],
)
def test_a_moment_that_never_was(
    hands: Hands, her: ClientId, day: str, time: str, wrong: str
) -> None:
    hands.press("more", "explain", "as_of")
    hands.fill("day", day)
    hands.fill("time", time)
    hands.press("show")
    assert problem(hands, wrong)
    hands.press("back")
    page = hands.page
    assert isinstance(page, BalanceExplained) and page.form is None


def test_R10_a_long_explanation_has_pages(hands: Hands, her: ClientId) -> None:
    for n in range(60):
        hands.now = hands.now.later(200.0)  # not too many an hour
        paid_in(hands, her, n + 1)
    hands.press("more", "explain")
    hands.says("+60.00")
    hands.press("older")
    hands.says("+1.00", "+300.00")
    hands.silent("+60.00")
    hands.press("newer")
    hands.says("+60.00")


def test_managers_and_owners_read_it_all(hands: Hands, her: ClientId) -> None:
    for number in (MANAGER, OWNER):
        hands.sign_in(number)
        open_client(hands, her)
        hands.press("transactions")
        assert {"print", "export"} <= hands.pressable().keys()
