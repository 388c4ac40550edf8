"""Transactions: every movement of a balance, found by filters, a page at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from kiosk.core.balances import ChangeBalance
from kiosk.core.cards import Card
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.errors import Refused
from kiosk.core.ledger import BON, Draft
from kiosk.core.transactions import (
    LOOK_MAX,
    ROWS_MAX,
    ClientTransactions,
    Page,
    Transaction,
    Transactions,
    Wanted,
    csv_text,
    json_text,
)
from tests.core.desk import ADMINISTRATOR, AUDITOR, CASHIER, Desk, desk
from tests.core.guest import DEMO, NOW, rub
from tests.core.test_bonus import LADDER


class Till(Desk):
    """The desk, with two clients."""

    mine: Card
    other: Card

    def change(self, wallet: Any, amount: int, reason: Any, source: Any = "") -> None:
        minor = amount * 100 if wallet == "game" else amount
        made = ChangeBalance(self.mine.client, wallet, minor, reason, "=1+1", source)
        self.did(made, ADMINISTRATOR)

    def topped_up(self, card: Card, amount: int, tender: Any = "cash") -> None:
        self.did(TopUpAtDesk(card.client, rub(amount), tender))

    def mine_by(self, **wanted: Any) -> tuple[Transaction, ...]:
        page: Page = self.ask(ClientTransactions(self.mine.client, Wanted(**wanted)), CASHIER)
        return page.rows

    def all_by(self, **wanted: Any) -> tuple[Transaction, ...]:
        page: Page = self.ask(Transactions(wanted=Wanted(**wanted)), AUDITOR)
        return page.rows

    def at(self, minutes: int) -> datetime:
        return NOW.wall + timedelta(minutes=minutes)


def told(rows: tuple[Transaction, ...]) -> list[tuple[str, str, int, int | None, int | None]]:
    """Kind, balance, amount, before, after; money in whole roubles."""

    def whole(row: Transaction, number: int | None) -> int | None:
        return number if number is None or row.unit == BON else number // 100

    return [
        (r.kind, r.balance, whole(r, r.amount) or 0, whole(r, r.before), whole(r, r.after))
        for r in rows
    ]


@pytest.fixture
def till() -> Iterator[Till]:
    """One minute after another: mine +1000, other +300, mine -400, a note, mine +7 points."""
    with desk(DEMO + LADDER) as made:
        till = Till(made.venue)
        till.opened(5000)
        till.mine, till.other = till.register("04AAAAAA"), till.register("04BBBBBB")
        for act in (
            lambda: till.topped_up(till.mine, 1000),
            lambda: till.topped_up(till.other, 300, "qr"),
            lambda: till.change("game", -400, "refund"),
            lambda: till.note(500, till.mine),
            lambda: till.change("bonus", 7, "bonus_accrual"),
        ):
            till.wait(minutes=1)
            act()
        yield till


MINE = [
    ("balance_changed", "bonus", 7, 90, 97),
    ("note_settled", "game", 500, 600, 1100),
    ("balance_changed", "game", -400, 1000, 600),
    ("balance_changed", "bonus", -60, 150, 90),
    ("topped_up", "game", 1000, 0, 1000),
    ("topped_up", "bonus", 150, 0, 150),
]
OTHER = [("topped_up", "game", 300, 0, 300), ("topped_up", "bonus", 30, 0, 30)]


def test_C21_the_full_history_of_a_client_newest_first_with_before_and_after(till: Till) -> None:
    assert told(till.mine_by()) == MINE
    page = till.ask(ClientTransactions(till.other.client), CASHIER)
    assert (told(page.rows), page.next) == (OTHER, 0)


def test_C21_everybodys_history_has_the_same_rows(till: Till) -> None:
    rows = till.all_by()
    mine = tuple(r for r in rows if r.client == till.mine.client)
    other = tuple(r for r in rows if r.client == till.other.client)
    assert (told(mine), told(other)) == (MINE, OTHER)
    rest = [r for r in rows if r.client == ""]
    assert told(tuple(rest)) == [("shift_opened", "", 5000, None, None)], (
        "the float moved no wallet"
    )
    of_one = till.ask(Transactions(till.other.client), AUDITOR)
    assert told(of_one.rows) == OTHER


def test_C21_a_row_says_what_it_was_about(till: Till) -> None:
    refund = till.mine_by(why="refund")[0]
    assert (refund.actor, refund.why, refund.comment) == (ADMINISTRATOR, "refund", "=1+1")
    assert refund.about["shift"] and refund.unit == "RUB"
    top_up = till.mine_by(kinds=("topped_up",))[0]
    assert top_up.about["slip"] == "top_up_receipt:1" and top_up.about["tender"] == "cash"
    assert "=1+1" not in repr(refund)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({"kinds": ("note_settled",)}, MINE[1:2]),
        ({"kinds": ("note_settled", "topped_up")}, [MINE[1], *MINE[4:]]),
        ({"balance": "bonus"}, [MINE[0], MINE[3], MINE[5]]),
        ({"balance": "game"}, [MINE[1], MINE[2], MINE[4]]),
        ({"balance": "minutes_game"}, []),
        ({"why": "refund"}, MINE[2:4]),
        ({"actor": ADMINISTRATOR}, [MINE[0], *MINE[2:4]]),
        ({"actor": "kiosk"}, MINE[1:2]),
        ({"least": 40_000, "balance": "game"}, [MINE[1], MINE[2], MINE[4]]),
        ({"least": 40_001, "balance": "game"}, [MINE[1], MINE[4]]),
        ({"most": 40_000, "balance": "game"}, MINE[2:3]),
        ({"most": 39_999, "balance": "game"}, []),
        ({"least": 40_000, "most": 50_000, "balance": "game"}, MINE[1:3]),
        ({"entry": "99999"}, []),
        ({"entry": "no such key"}, []),
    ],
)
def test_C28_filters(till: Till, wanted: dict[str, Any], rows: list[Any]) -> None:
    assert told(till.mine_by(**wanted)) == rows
    everybody = till.ask(Transactions(till.mine.client, Wanted(**wanted)), AUDITOR)
    assert told(everybody.rows) == rows


def test_C28_an_entry_is_found_by_its_number_and_by_its_key(till: Till) -> None:
    refund = till.mine_by(why="refund")[0]
    for name in (str(refund.seq), refund.entry):
        assert told(till.mine_by(entry=name)) == MINE[2:4]
        assert told(till.all_by(entry=name)) == MINE[2:4]
        assert told(till.ask(ClientTransactions(till.other.client, Wanted(entry=name))).rows) == []


def test_C28_a_period_begins_and_ends_at_a_moment(till: Till) -> None:
    assert told(till.mine_by(since=till.at(3))) == MINE[:4]
    assert told(till.mine_by(until=till.at(3))) == MINE[4:]
    assert told(till.mine_by(since=till.at(3), until=till.at(4))) == MINE[2:4]
    assert told(till.all_by(since=till.at(2), until=till.at(3))) == OTHER
    assert till.all_by(since=till.at(60)) == ()
    assert till.all_by(until=NOW.wall - timedelta(days=1)) == ()
    naive = till.at(3).replace(tzinfo=None)
    with pytest.raises(Refused, match=r"err\.period"):
        till.mine_by(since=naive)


def test_C28_an_earlier_page_is_right_when_something_was_added_since(till: Till) -> None:
    till.wait(minutes=1)
    till.topped_up(till.mine, 100)
    assert told(till.mine_by(until=till.at(5))) == MINE[1:]
    assert told(till.all_by(since=till.at(3), until=till.at(4))) == MINE[2:4]


def pages(till: Till, query: Any, actor: str = AUDITOR) -> Iterator[Page]:
    page: Page = till.ask(query, actor)
    yield page
    while page.next:
        page = till.ask(replace(query, before=page.next), actor)
        yield page


def test_C21_a_page_has_50_rows_and_the_next_goes_on(till: Till) -> None:
    for number in range(ROWS_MAX * 2):
        till.did(ChangeBalance(till.mine.client, "bonus", 1 + number, "bonus_accrual"), "cli")
    for query in (
        ClientTransactions(till.mine.client),
        Transactions(),
        Transactions(wanted=Wanted(kinds=("balance_changed", "topped_up"))),
    ):
        actor = CASHIER if isinstance(query, ClientTransactions) else AUDITOR
        found = list(pages(till, query, actor))
        assert len(found) == 3
        assert all(0 < len(page.rows) <= ROWS_MAX for page in found)
        rows = [r for page in found for r in page.rows if r.client == till.mine.client]
        amounts = [r.amount for r in rows if r.balance == "bonus"]
        assert amounts == [*range(ROWS_MAX * 2, 0, -1), 7, -60, 150]
        for newer, older in pairwise(rows):
            assert newer.seq >= older.seq
        points = [r for r in rows if r.balance == "bonus"]
        assert all(n.before == o.after for n, o in pairwise(points))


def test_C21_a_page_never_cuts_an_entry(till: Till) -> None:
    for _ in range(ROWS_MAX):
        till.did(TopUpAtDesk(till.other.client, rub(300), "cash"), "cli")
        till.wait(minutes=4)
    till.did(TopUpAtDesk(till.other.client, rub(100), "cash"), "cli")
    found = list(pages(till, Transactions(till.other.client)))
    assert [len(page.rows) for page in found] == [49, 50, 4]
    for page in found:
        assert {r.seq for r in page.rows}.isdisjoint(
            {r.seq for other in found if other is not page for r in other.rows}
        )


def test_C21_a_search_over_everybody_looks_at_so_many_entries_and_goes_on(till: Till) -> None:
    for number in range(LOOK_MAX + 10):
        draft = Draft("test_nothing", refs={"client": till.other.client})
        till.venue.ledger.post(draft, key=f"n{number}", actor="cli", command="", now=till.now)
    first: Page = till.ask(Transactions(), AUDITOR)
    assert (first.rows, bool(first.next)) == ((), True)
    second = till.ask(Transactions(before=first.next), AUDITOR)
    assert len(second.rows) == len(MINE) + len(OTHER) + 1 and second.next == 0


def test_C21_nothing_walks_through_all_entries(till: Till) -> None:
    """What SQLite says it does: along an index, or down the numbers."""
    client = till.mine.client
    asked: list[tuple[str, Any]] = []
    store = till.venue.store
    each = store.each

    def recorded(sql: str, args: Any = ()) -> Any:
        asked.append((sql, args))
        return each(sql, args)

    store.each = recorded  # type: ignore[method-assign]
    till.ask(ClientTransactions(client, Wanted(since=till.at(3))), CASHIER)
    till.ask(Transactions(wanted=Wanted(since=till.at(3))), AUDITOR)
    plans = [
        step[-1]
        for sql, args in asked
        if "entries" in sql
        for step in each(f"EXPLAIN QUERY PLAN {sql}", args)
    ]
    assert plans
    assert all(plan.startswith("SEARCH") and "USING" in plan for plan in plans), plans
    assert not any("TEMP B-TREE" in plan for plan in plans), plans


def test_an_entry_that_moves_two_clients_is_in_both_histories(till: Till) -> None:
    draft = Draft("test_moved", refs={"client": till.mine.client})
    draft.post(f"2010:{till.mine.client}", f"2010:{till.other.client}", "RUB", 10_000)
    ledger = till.venue.ledger
    entry, _ = ledger.post(draft, key="moved", actor="cli", command="", now=till.now)
    assert entry.refs["also"] == till.other.client
    assert told(till.mine_by())[0] == ("test_moved", "game", -100, 1100, 1000)
    page = till.ask(ClientTransactions(till.other.client), CASHIER)
    assert told(page.rows) == [("test_moved", "game", 100, 300, 400), *OTHER]
    both = [r for r in till.all_by() if r.kind == "test_moved"]
    assert {r.client for r in both} == {till.mine.client, till.other.client}


def test_C28_who_may_see_which(till: Till) -> None:
    one, everybody = ClientTransactions(till.mine.client), Transactions()
    for query, actor in ((one, AUDITOR), (everybody, CASHIER), (one, "staff:104")):
        with pytest.raises(Refused, match="not_allowed"):
            till.ask(query, actor)
    with pytest.raises(Refused, match="no_such_client"):
        till.ask(ClientTransactions(""), CASHIER)  # type: ignore[arg-type]


# --- to be carried away ------------------------------------------------------------------------


def test_C28_csv_has_a_row_each_with_money_in_major_units(till: Till) -> None:
    rows = till.mine_by()
    made = list(csv.DictReader(io.StringIO(csv_text(rows), newline="")))
    assert len(made) == len(rows)
    refund = made[2]
    assert (refund["amount"], refund["before"], refund["after"]) == ("-400.00", "1000.00", "600.00")
    assert (made[0]["amount"], made[0]["unit"], made[0]["kind"]) == ("7", BON, "balance_changed")
    assert refund["comment"] == "'=1+1", "no spreadsheet works it out"
    assert "slip=top_up_receipt:1" in made[4]["about"]
    past = csv_text(till.all_by(kinds=("shift_opened",)))
    assert past.endswith("\r\n") and ",5000.00,RUB,,," in past


@pytest.mark.parametrize("comment", ["=A1", "+1", "-1", "@x", "\t=A1", "\r=A1", "\n=A1", "＝A1"])
def test_C28_no_text_of_a_csv_is_a_formula(till: Till, comment: str) -> None:
    row = replace(till.mine_by()[0], comment=comment, actor=comment)
    (made,) = csv.DictReader(io.StringIO(csv_text([row]), newline=""))
    assert (made["comment"], made["actor"]) == (f"'{comment}", f"'{comment}")


def test_C28_a_csv_keeps_quotes_commas_and_line_ends_in_their_cell(till: Till) -> None:
    row = replace(till.mine_by()[0], comment='a "b", c\nd', entry="é;ё")
    (made,) = csv.DictReader(io.StringIO(csv_text([row]), newline=""))
    assert (made["comment"], made["entry"]) == ('a "b", c\nd', "é;ё")


def test_C28_json_has_whole_numbers_and_every_field(till: Till) -> None:
    rows = till.mine_by()
    made = json.loads(json_text(rows))
    assert [m["amount"] for m in made] == [r.amount for r in rows]
    assert made[2]["before"] == 100_000 and made[2]["about"]["shift"]
    assert set(made[0]) == set(Transaction.__dataclass_fields__)
    assert json.loads(json_text([])) == []
