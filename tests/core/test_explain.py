"""Explain a balance: its entries add up to it, at every moment; any balance as it once was."""

from __future__ import annotations

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kiosk.core import explain as explaining
from kiosk.core import past
from kiosk.core.books import Books
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.explain import (
    LINES,
    BalanceAsOf,
    ClientBalanceAsOf,
    Explain,
    ExplainClient,
    Explained,
    Line,
    Row,
    explain,
    figure_of,
    in_words,
)
from kiosk.core.ledger import BON, CHART, MINUTES_GAME, Draft, Ledger
from kiosk.core.past import Figure, named, of_account, value_at
from kiosk.core.sentences import SENTENCES
from kiosk.core.shift_report import DEBTS, ReadReport, grand_totals
from kiosk.core.store import Store
from kiosk.core.texts import LANGUAGES, Texts
from kiosk.core.transactions import ROWS_MAX
from kiosk.core.turnover import turnover
from kiosk.core.venue import TABLES, Venue
from tests.core.desk import AUDITOR, CASHIER, Desk
from tests.core.guest import NOW, rub, shelf
from tests.core.test_migrations import lay, opened
from tests.core.test_shift_report import working_day

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
HISTORIES, CHUNKS = 10_000, 16
FIGURES = 6
"""So many figures of each history, another handful in each, are asked for at each entry."""


# --- random histories ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def empty() -> Iterator[sqlite3.Connection]:
    """An empty store's file in memory: ten thousand are copied of it."""
    with shelf() as folder:
        facts = {"kiosk": "K1", "currency": "RUB", "epoch": 1, "simulated": True}
        Store.create(folder / "k.db", facts=facts, tables=TABLES).close()
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with sqlite3.connect(folder / "k.db") as file:
            file.backup(memory)
        file.close()
        yield memory
        memory.close()


class History:
    """Random entries over a few holders, with a Z now and then; what each account held when."""

    def __init__(self, empty: sqlite3.Connection, seed: int) -> None:
        self.random = Random(seed)
        self.db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        empty.backup(self.db)
        self.lock = os.open(os.devnull, os.O_RDONLY)
        store = Store(Path("memory"), TABLES, self.db, self.lock)
        self.ledger = Ledger(store)
        self.books = Books(self.ledger, store, NOW, "cli", os.urandom)
        self.at = NOW.wall
        self.visits = ["K1-1-1v", "K1-1-2v"]
        self.clients = ["K1-1-1p", "K1-1-3p", "K1-1-4p"]
        self.claims: list[str] = []
        self.held: Counter[tuple[str, str]] = Counter()
        self.then: list[Counter[tuple[str, str]]] = [Counter()]
        for _ in range(self.random.randint(1, 14)):
            self.entry()

    def close(self) -> None:
        self.ledger.store.close()

    def entry(self) -> None:
        self.at += timedelta(minutes=self.random.choice((0, 1, 60)))
        draft = Draft(self.random.choice(("note_settled", "topped_up", "order_paid", "odd")))
        if self.random.random() < 0.15:
            self.z()
            return
        for _ in range(self.random.randint(0, 3)):
            self.way(draft)
        if self.random.random() < 0.1:
            draft.refs["reverses"] = "another"
        self.post(draft)

    def post(self, draft: Draft) -> None:
        key, now = f"e{self.ledger.seq}", Now(self.at, 0.0)
        entry, _ = self.ledger.post(draft, key=key, actor="kiosk", command="c", now=now)
        for posting in entry.postings:
            self.held[posting.account, posting.unit] += posting.amount
        self.then.append(Counter(self.held))

    def way(self, draft: Draft) -> None:
        """Something from one account to another, as far as it stays on its side."""
        pick = self.random.choice
        client, visit = pick(self.clients), pick(self.visits)
        # A claim is named by the entry that makes it.
        claim = pick([*self.claims, f"K1-1-{self.ledger.seq + 1}q"])
        about = draft.refs.get("client", client)
        wallet, deposit = f"2010:{about}", f"2030:{draft.refs.get('visit', visit)}"
        money = ["1030", "1110:bank", f"1010:K1:acceptor:{pick((50, 500))}", "2900:K1", "4030"]
        places = [*money, wallet, deposit, f"2910:{claim}", "5030", "1050:change"]
        units = (
            (places, "RUB"),
            (["9050", f"9060:{about}"], BON),
            (["9010:sold", "9010:spent", f"9020:{about}"], MINUTES_GAME),
        )
        there, unit = pick(units)
        debit, credit = self.random.sample(there, 2)
        drafted = Counter({(p.account, p.unit): 0 for p in draft.postings})
        for p in draft.postings:
            drafted[p.account, p.unit] += p.amount
        most = min(self.room(debit, unit, drafted, 1), self.room(credit, unit, drafted, -1))
        if most <= 0:
            return
        draft.post(debit, credit, unit, self.random.randint(1, most))
        for account in (debit, credit):
            code, _, holder = account.partition(":")
            if code in ("2010", "9060", "9020"):
                draft.refs["client"] = holder
            elif code == "2030":
                draft.refs["visit"] = holder
            elif code == "2910" and holder not in self.claims:
                self.claims.append(holder)

    def room(self, account: str, unit: str, drafted: Counter[tuple[str, str]], sign: int) -> int:
        """How much an account can still get on this side."""
        side = CHART[account.partition(":")[0]].side
        if (side == "credit" and sign > 0) or (side == "debit" and sign < 0):
            return abs(self.held[account, unit] + drafted[account, unit])
        return 1000

    def z(self) -> None:
        draft = Draft("shift_closed")
        before = grand_totals(self.books)
        first, last = before.seq + 1, self.ledger.seq + 1
        moved = turnover([*self.ledger.between(first, last - 1), draft], first, last)
        kept = self.ledger.store.latest("z_reports")
        number = (kept[0]["number"] if kept else 0) + 1
        document = {"id": str(number), "number": number, "shift": number, "seq": last}
        document |= {"moved": moved.document(), "grand": before.plus(moved).document()}
        draft.set("z_reports", document)
        self.post(draft)

    def figures(self) -> list[Figure]:
        accounts = {account for account, _ in self.held} | {"2010:K1-1-4p", "2910:K1-1-99q"}
        names = ["liabilities", "till", *DEBTS, "cashbox/acceptor/500"]
        made = [of_account(self.ledger, account) for account in sorted(accounts)]
        return made + [named(self.ledger, name) for name in names]

    def wanted(self, figure: Figure, seq: int) -> int:
        """By the book of this test."""
        return figure.sign * sum(
            amount
            for (account, unit), amount in self.then[seq].items()
            if unit == figure.unit
            and (account == figure.account or account.partition(":")[0] in figure.codes)
        )


def whole(books: Books, figure: Figure | Line, until: datetime | None = None) -> Explained:
    """All pages as one."""
    page = first = explain(books, figure, until, 0, "en")
    rows = [*first.rows]
    while page.next:
        page = explain(books, figure, until, page.next, "en")
        assert page.amount == (rows[-1].after - rows[-1].amount if rows else first.amount)
        rows += page.rows
    return replace(first, rows=tuple(rows), opening=page.opening, next=0)


def adds_up(history: History) -> None:
    ledger, books = history.ledger, history.books
    moments = {e.seq: e.at for e in ledger.entries()}
    for figure in history.random.sample(history.figures(), FIGURES):
        told = whole(books, figure)
        assert told.amount == history.wanted(figure, ledger.seq)
        assert sum(row.amount for row in told.rows) == told.amount and told.opening == 0
        assert [row.seq for row in told.rows] == sorted((r.seq for r in told.rows), reverse=True)
        for row in told.rows:
            assert row.after == history.wanted(figure, row.seq)
            assert row.after - row.amount == history.wanted(figure, row.seq - 1)
        for seq in range(ledger.seq + 1):
            assert value_at(ledger, figure, seq) == history.wanted(figure, seq), (figure, seq)
        seq = history.random.randint(1, ledger.seq)
        at = datetime.fromisoformat(moments[seq])
        last = max(n for n, moment in moments.items() if moment <= moments[seq])
        assert whole(books, figure, at).amount == history.wanted(figure, last)


def tried(empty: sqlite3.Connection, seeds: range) -> None:
    for seed in seeds:
        history = History(empty, seed)
        try:
            adds_up(history)
        except BaseException as error:
            error.add_note(f"history {seed}")
            raise
        finally:
            history.close()


def test_the_rows_of_random_histories_add_up_to_the_figure_at_every_moment(
    empty: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "ROWS_MAX", 3)
    monkeypatch.setattr(explaining, "LOOK_MAX", 5)
    tried(empty, range(60))


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_rows_of_10_000_random_histories_add_up_to_the_figure(
    empty: sqlite3.Connection, chunk: int
) -> None:
    each = HISTORIES // CHUNKS
    tried(empty, range(1000 + chunk * each, 1000 + (chunk + 1) * each))


# --- lives that were lived ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def lived() -> Iterator[Venue]:
    """The store of format 3 that its own program left: every kind of entry is in it."""
    with shelf() as folder:
        venue = opened(lay(folder / "older", 3))
        yield venue
        venue.close()


@pytest.fixture(scope="module")
def till() -> Iterator[Desk]:
    with working_day() as made:
        made.closed_shift(rub(1250))  # 5 are missing
        made.opened(50)
        made.note(100, made.register("0455"))
        yield made


def lines_of(told: Any, path: str = "") -> Iterator[str]:
    """The paths of all figures in a report."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from lines_of(value, f"{path}.{name}" if path else name)
    elif told is None or isinstance(told, int | str) or hasattr(told, "minor"):
        yield path
    elif hasattr(told, "__dataclass_fields__"):
        for name in told.__dataclass_fields__:
            yield from lines_of(getattr(told, name), f"{path}.{name}" if path else name)


def value_of(told: Any, path: str) -> int:
    for part in path.split("."):
        told = told[part] if isinstance(told, dict) else getattr(told, part)
    return int(getattr(told, "minor", told))


@pytest.mark.parametrize("number", [0, 1])
def test_C29_every_line_of_an_X_and_a_Z_is_the_sum_of_its_entries(till: Desk, number: int) -> None:
    told = till.venue.ask(ReadReport(number), till.now, AUDITOR)
    books = till.venue.books(till.now)
    found = [path for path in lines_of(told) if path.partition(".")[0] in LINES]
    assert len(found) > 50
    for path in found:
        figure = figure_of(books, f"z/{number}/{path}" if number else f"x/{path}")
        made = whole(books, figure)
        assert made.amount == value_of(told, path), path
        assert made.opening + sum(row.amount for row in made.rows) == made.amount, path
        assert all(told.first <= row.seq <= told.last for row in made.rows)
    assert whole(books, figure_of(books, "z/1/revenue.orders")).amount == 40000


def test_every_account_of_a_life_is_the_sum_of_its_entries(lived: Venue) -> None:
    books, ledger = lived.books(NOW), lived.ledger
    for document in ledger.store.table("balances"):
        figure = of_account(ledger, document["account"])
        made = whole(books, figure)
        assert made.unit == document["unit"]
        assert made.amount == figure.sign * document["amount"]
        assert sum(row.amount for row in made.rows) == made.amount
        for seq in range(0, ledger.seq, 40):
            later = [r for r in made.rows if r.seq > seq]
            assert value_at(ledger, figure, seq) == made.amount - sum(r.amount for r in later)


def test_the_totals_of_a_life_are_those_of_its_balances(lived: Venue) -> None:
    books = lived.books(NOW)
    for name, code in DEBTS.items():
        held = [d for d in lived.store.table("balances") if d["account"].startswith(f"{code}:")]
        assert whole(books, figure_of(books, name)).amount == -sum(d["amount"] for d in held)
    owed = sum(whole(books, figure_of(books, name)).amount for name in DEBTS)
    assert whole(books, figure_of(books, "liabilities")).amount == owed


# --- words -------------------------------------------------------------------------------------


def kinds() -> set[str]:
    """The kinds of entries that the page names: those of commands, and those of the store."""
    rows = [row for row in PAGE.splitlines() if re.match(r"\| `[A-Z]\w+` \| `", row)]
    told = {kind for row in rows for kind in re.findall(r"`(\w+)`", row.split("|")[3])}
    assert len(told) > 60
    return told | {"store_restored", "store_migrated"}


def test_every_kind_of_entry_has_a_sentence() -> None:
    assert not sorted(kind for kind in kinds() if f"explain.{kind}" not in SENTENCES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_a_life_lacks_a_word(lived: Venue, language: str) -> None:
    books, texts = lived.books(NOW), Texts.of(language, "Europe/Moscow")
    seen = set()
    for entry in lived.ledger.entries():
        told = in_words(books, entry, texts)
        seen.add(entry.kind)
        assert "  " not in told and not told.endswith((":", ",", " ")), (entry.kind, told)
        assert not re.search(r"[( ][,;.:)]| $", told), (entry.kind, told)
        if "{number}" in str(SENTENCES[f"explain.{entry.kind}"]):
            assert re.search(r"\d", told), told
    assert len(seen) > 60


def one(page: Explained, kind: str) -> Row:
    (row,) = [row for row in page.rows if row.kind == kind]
    return row


def test_a_sentence_says_what_happened(till: Desk) -> None:
    ask = till.venue.ask
    drawer = ask(Explain("till"), till.now, AUDITOR)
    assert one(drawer, "package_sold").what == "A package of 60 minutes was sold: Cash"
    assert one(drawer, "visit_calculated").what == "Visit 1 was paid and ended"
    assert one(drawer, "order_paid").what == "Order b was paid: Cash"
    assert one(drawer, "drawer_collected").comment == "too much"
    box = ask(Explain("cashbox/acceptor/500"), till.now, AUDITOR)
    (row,) = box.rows
    assert row.what.replace("\u00a0", " ") == "A note of 500 ₽ at the kiosk"
    assert (row.amount, row.after, box.unit) == (50000, 50000, "RUB")
    nobody = ask(Explain("suspense"), till.now, AUDITOR)
    assert [(r.kind, r.amount) for r in nobody.rows] == [
        ("claim_issued", -5000),
        ("note_suspended", 5000),
    ]
    claim = nobody.rows[0]
    assert claim.what.replace("\u00a0", " ") == "Claim ticket 1 of 50 ₽ was issued"
    russian = ask(Explain("suspense", language="xx"), till.now, AUDITOR)
    assert russian.rows[0].what == claim.what, "a language that is not there is English"


def test_an_order_that_cost_nothing_was_paid_with_nothing(till: Desk) -> None:
    paid = next(e for e in till.venue.ledger.entries() if e.kind == "order_paid")
    books = till.venue.books(till.now)
    assert in_words(books, replace(paid, postings=()), Texts.of("en")) == "Order b was paid"


def test_a_kind_that_nobody_knows_is_told_by_its_name(till: Desk) -> None:
    entry = next(iter(till.venue.ledger.entries()))
    books = till.venue.books(till.now)
    assert in_words(books, replace(entry, kind="from_the_future"), Texts.of("en")) == (
        "from_the_future"
    )


# --- queries -----------------------------------------------------------------------------------


def first_client(ledger: Ledger) -> str:
    return next(str(e.refs["client"]) for e in ledger.entries() if e.kind == "card_registered")


def test_a_clients_balances_are_explained_to_the_desk(till: Desk) -> None:
    who = first_client(till.venue.ledger)
    page = till.venue.ask(ExplainClient(who), till.now, CASHIER)
    assert page.amount == -till.minor(f"2010:{who}") == page.rows[0].after
    points = till.venue.ask(ExplainClient(who, "bonus"), till.now, CASHIER)
    assert (points.unit, points.amount) == (BON, 25)
    then = ClientBalanceAsOf(who, seq=page.rows[-1].seq)
    assert till.venue.ask(then, till.now, CASHIER).amount == page.rows[-1].after
    before = ClientBalanceAsOf(who, at=NOW.wall - timedelta(seconds=1))
    assert till.venue.ask(before, till.now, CASHIER).amount == 0
    for query in (Explain(f"2010:{who}"), BalanceAsOf("till")):
        with pytest.raises(Refused, match="not_allowed"):
            till.venue.ask(query, till.now, CASHIER)
    for query in (ExplainClient(who), then):
        with pytest.raises(Refused, match="not_allowed"):
            till.venue.ask(query, till.now, AUDITOR)


def test_a_visits_deposits_are_found_by_its_number(till: Desk) -> None:
    page = till.venue.ask(Explain("visit/1"), till.now, AUDITOR)
    assert (page.amount, page.figure[:5]) == (0, "2030:")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("visit/9999", "no_such_visit"),
        ("visit/²", "no_such_visit"),
        (f"visit/{10**30}", "no_such_visit"),
        ("z/9/owed", "no_such_z"),
        ("z//owed", "no_such_z"),
        ("x/nothing", "no_such_figure"),
        ("x/till.nothing", "no_such_figure"),
        ("x/till", "no_such_figure"),
        ("x/debts.__class__", "no_such_figure"),
        ("x/owed.currency", "no_such_figure"),
        ("x/kinds.note_settled", "no_such_figure"),
        ("cashbox/a/b/c", "no_such_figure"),
        ("", "no_such_figure"),
        ("8888:x", "no_such_figure"),
    ],
)
def test_a_figure_that_is_none_is_refused(till: Desk, name: str, key: str) -> None:
    with pytest.raises(Refused, match=key):
        till.venue.ask(Explain(name), till.now, AUDITOR)


def test_a_client_who_is_none_is_refused(till: Desk) -> None:
    for query in (ExplainClient("nobody"), ClientBalanceAsOf("nobody")):
        with pytest.raises(Refused, match="no_such_client"):
            till.venue.ask(query, till.now, CASHIER)
    with pytest.raises(Refused, match="period"):
        till.venue.ask(Explain("till", until=datetime(2026, 1, 1)), till.now, AUDITOR)  # noqa: DTZ001


def test_what_is_too_far_is_refused_to_who_would_make_others_wait(
    till: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "REACH_MAX", 3)
    with pytest.raises(Refused, match="figure_far"):
        till.venue.ask(BalanceAsOf("till", seq=20), till.now, AUDITOR)
    assert till.venue.ask(BalanceAsOf("till", seq=20), till.now, "cli").seq == 20
    end = grand_totals(till.venue.books(till.now)).seq
    assert till.venue.ask(BalanceAsOf("till", seq=end + 1), till.now, AUDITOR).seq == end + 1


def read(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each later look by number asks for."""
    spans: list[int] = []
    between = Ledger.between

    def counted(self: Ledger, first: int, last: int) -> Any:
        spans.append(max(0, last - first + 1))
        return between(self, first, last)

    monkeypatch.setattr(Ledger, "between", counted)
    assert ledger.seq
    return spans


def test_as_of_goes_the_shorter_way(till: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """From what is now, from the Z, from nothing: whichever is nearest."""
    ledger = till.venue.ledger
    z = grand_totals(till.venue.books(till.now)).seq
    spans = read(ledger, monkeypatch)
    for name, seq, wanted in (
        ("till", 2, 2),
        ("till", z - 2, 2),
        ("till", z + 1, 1),
        ("till", ledger.seq - 1, 1),
        ("liabilities", z - 3, 3),
        ("liabilities", ledger.seq, ledger.seq - z),
    ):
        spans.clear()
        value_at(ledger, named(ledger, name), seq)
        assert spans == [wanted], (name, seq)
    claim = next(d["account"] for d in ledger.store.table("balances") if "2910:" in d["account"])
    born = int(claim.rpartition("-")[2][:-1])
    spans.clear()
    value_at(ledger, of_account(ledger, claim), born + 1)
    assert spans == [2]


def test_a_clients_balance_of_then_is_read_along_his_own_entries(
    till: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = till.venue.ledger
    spans = read(ledger, monkeypatch)
    seen: list[str] = []
    latest = Store.latest

    def told(self: Store, table: str, path: str = "", *args: Any) -> Any:
        seen.append(path)
        return latest(self, table, path, *args)

    monkeypatch.setattr(Store, "latest", told)
    value_at(ledger, past.of_client(ledger, first_client(ledger), "game"), 5)
    assert spans == [] and set(seen) == {"refs.client", "refs.also"}


def test_a_page_has_its_rows_and_the_next_goes_on(empty: sqlite3.Connection) -> None:
    history = History(empty, 1)
    try:
        for _ in range(ROWS_MAX + 5):
            draft = Draft("note_settled", refs={"client": "K1-1-1p"})
            draft.post("1010:K1:acceptor:50", "2010:K1-1-1p", "RUB", 5000)
            history.post(draft)
        figure = of_account(history.ledger, "1010:K1:acceptor:50")
        page = explain(history.books, figure, None, 0, "en")
        assert len(page.rows) == ROWS_MAX and page.next == page.rows[-1].seq
        after = explain(history.books, figure, None, page.next, "en")
        assert after.rows[0].seq == page.rows[-1].seq - 1
        assert after.amount == page.opening == after.rows[0].after
        assert whole(history.books, figure).opening == 0
    finally:
        history.close()
