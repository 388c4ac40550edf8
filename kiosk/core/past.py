"""Any balance at any past moment: read off the books backwards, or on from a Z, never kept.

A figure is what entries move: one account, or all accounts of some codes. Its value at an entry is
found from the nearest point at which it is known: nothing before its first entry, what the books
say now, or the grand totals of a Z.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kiosk.core.errors import Refused
from kiosk.core.ledger import (
    BON,
    CHART,
    MINUTES_GAME,
    MINUTES_NET,
    MONEY,
    OF_CLIENTS,
    Entry,
    Ledger,
    Posting,
)
from kiosk.core.shift_report import DEBTS, GrandTotals
from kiosk.core.store_queries import Condition
from kiosk.core.store_rows import BY_ID
from kiosk.core.transactions import along, first_from, walk
from kiosk.core.turnover import column

NAMED = {"till": "1030"} | DEBTS
"""Figures that have a name: the till, and what the venue owes, kind by kind."""
LIABILITIES = "liabilities"
_CREDITS = ("2", "4", "9020", "9040", "9060")
"""Where a credit is what somebody has or we earned; it is told with the sign that people see."""
_MADE_BY_ENTRY = ("1040", "1200", "2030", "2040", "2910")
"""Accounts whose holder is named by the entry that made it, so nothing lies there before it."""
_ONE_HOLDER = ("1010", "1020", "1030", "1050", "1110", "1120", "2060", "2900", "4", "5")
"""Codes of which a column of the grand totals is one account."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Figure:
    """What a balance is made of: one account of a unit, or all accounts of some codes.

    `sign` is -1 where people see a credit as theirs.
    """

    name: str
    unit: str
    sign: int
    account: str = ""
    codes: frozenset[str] = frozenset()

    def moved(self, entry: Entry) -> int:
        """By how much an entry moves it."""
        return self.sign * sum(p.amount for p in entry.postings if self._is(p))

    def _is(self, posting: Posting) -> bool:
        if posting.unit != self.unit:
            return False
        if self.account:
            return posting.account == self.account
        return posting.account.partition(":")[0] in self.codes

    @property
    def holder(self) -> str:
        """Whose account it is: a client's, a visit's, a claim's."""
        return self.account.partition(":")[2]

    @property
    def code(self) -> str:
        """The code of its account; empty for more than one account."""
        return self.account.partition(":")[0]


def of_account(ledger: Ledger, account: str) -> Figure:
    """The balance of one account, as docs/ledger.md writes it.

    Raises:
        Refused: ``err.no_such_figure``.
    """
    code = account.partition(":")[0]
    if code not in CHART:
        raise Refused("err.no_such_figure", figure=account[:64])
    (unit,) = CHART[code].units
    sign = -1 if code.startswith(_CREDITS) else 1
    return Figure(account, ledger.currency if unit == MONEY else unit, sign, account)


def of_client(ledger: Ledger, client: str, balance: str) -> Figure:
    """One balance of a client: ``game``, ``bonus``, ``minutes_game`` or ``minutes_net``.

    Raises:
        Refused: ``err.no_such_figure``.
    """
    codes = {"game": "2010", "bonus": "9060", "minutes_game": "9020", "minutes_net": "9040"}
    if balance not in codes:
        raise Refused("err.no_such_figure", figure=balance[:64])
    return of_account(ledger, f"{codes[balance]}:{client}")


def named(ledger: Ledger, name: str) -> Figure:
    """A figure by its name (`NAMED`, `LIABILITIES`, a cashbox), or by its account.

    ``cashbox/DEVICE/FACE`` is what lies in a cashbox in notes of one face.

    Raises:
        Refused: ``err.no_such_figure``.
    """
    if name == LIABILITIES:
        return total(ledger, LIABILITIES, *DEBTS.values())
    if name in DEBTS:
        return total(ledger, name, DEBTS[name])
    if name in NAMED:
        return of_account(ledger, NAMED[name])
    box = name.split("/")
    if len(box) == 3 and box[0] == "cashbox":
        return of_account(ledger, f"1010:{ledger.kiosk}:{box[1]}:{box[2]}")
    return of_account(ledger, name)


def total(ledger: Ledger, name: str, *codes: str) -> Figure:
    """All accounts of these codes, which have one unit and one side."""
    told = of_account(ledger, codes[0])
    return Figure(name, told.unit, told.sign, codes=frozenset(codes))


def seq_at(ledger: Ledger, at: str) -> int:
    """The number of the last entry of the time up to a moment, itself included (0: none).

    `at` as entries write it. A clock that was set back leaves moments out of order; then it is one
    such entry.
    """
    # The shortest text after `at`, which all moments have the length of.
    return first_from(ledger, f"{at} ") - 1


def value_at(ledger: Ledger, figure: Figure, seq: int, reach: int = 0) -> int:
    """What a figure was once the entry `seq` was written; 0 is before the first.

    Clients' balances and visits' deposits are read along the index of their entries. Else it is the
    nearest of these that is gone from, entry by entry: the last Z before, the first one after (not
    of what has many holders), what the books say now, and the entry that made the account.

    Raises:
        Refused: ``err.figure_far``: more than `reach` entries would be read (0: as many as it
            takes).
    """
    path = _path(figure)
    if path:
        last, now = _now(ledger, figure)
        later = _until(_of_holder(ledger, figure, path, last + 1), seq)
        return now - sum(figure.moved(entry) for entry in later)
    known, value = min(_known(ledger, figure, seq), key=lambda found: abs(found[0] - seq))
    if 0 < reach < abs(known - seq):
        raise Refused("err.figure_far", figure=figure.name)
    if known <= seq:
        return value + sum(figure.moved(e) for e in ledger.between(known + 1, seq))
    return value - sum(figure.moved(e) for e in ledger.between(seq + 1, known))


def entries_of(ledger: Ledger, figure: Figure, below: int) -> Iterator[Entry]:
    """The entries that may move a figure, newest first, from below the number `below` down."""
    path = _path(figure)
    if path:
        return _of_holder(ledger, figure, path, below)
    return walk(ledger, "", below)


def _now(ledger: Ledger, figure: Figure) -> tuple[int, int]:
    """The number of the last entry, and an account's figure after it: another may be writing."""
    with ledger.store.snapshot():
        last = ledger.store.last_id("entries")
        return last, figure.sign * ledger.balance(figure.account, figure.unit)


def _path(figure: Figure) -> str:
    if figure.code in OF_CLIENTS:
        return "client"
    return "visit" if figure.code == "2030" else ""


def _of_holder(ledger: Ledger, figure: Figure, path: str, below: int) -> Iterator[Entry]:
    if path == "client":
        return walk(ledger, figure.holder, below)
    return along(ledger, f"refs.{path}", figure.holder, below)


def _until(entries: Iterator[Entry], seq: int) -> Iterator[Entry]:
    for entry in entries:
        if entry.seq <= seq:
            return
        yield entry


def _known(ledger: Ledger, figure: Figure, seq: int) -> Iterator[tuple[int, int]]:
    """Numbers of entries at which the figure is known, and what it is there."""
    yield min(_born(figure) - 1, seq), 0
    if figure.account:
        yield _now(ledger, figure)
    if figure.codes or figure.code.startswith(_ONE_HOLDER):
        for grand in _totals_around(ledger, seq):
            yield grand.seq, figure.sign * _of_totals(grand, figure)


def _born(figure: Figure) -> int:
    """The number of the entry before which nothing lies on an account; 1 where nobody knows."""
    made = figure.holder.rpartition("-")[2]
    by_name = figure.code in _MADE_BY_ENTRY and made[:-1].isdecimal()
    return int(made[:-1]) if by_name else 1


def _of_totals(grand: GrandTotals, figure: Figure) -> int:
    if figure.codes:
        return sum(grand.balance(code, figure.unit) for code in figure.codes)
    debits, credits_ = grand.sums.get((column(figure.account), figure.unit), (0, 0))
    return debits - credits_


def _totals_around(ledger: Ledger, seq: int) -> Iterator[GrandTotals]:
    """The grand totals of the last Z up to an entry, and of the first one after it."""
    last = next(iter(ledger.store.latest("z_reports")), None)
    low, high = 0, int(last["number"]) if last else 0
    while low < high:
        middle = (low + high + 1) // 2
        z = ledger.store.get("z_reports", str(middle))
        assert z is not None, "Z reports have no gaps"
        low, high = (middle, high) if z["grand"]["seq"] <= seq else (low, middle - 1)
    for number in (low, low + 1):
        z = ledger.store.get("z_reports", str(number))
        if z is not None:
            yield GrandTotals.of(z["grand"])


def holders(
    ledger: Ledger, code: str, unit: str, seq: int, progress: Progress | None = None
) -> dict[str, int]:
    """What lay on each account of a code once the entry `seq` was written; none that were empty.

    The balances of one moment, less what came after: as many entries are read as came since.
    """
    span = Condition(f"{BY_ID} >= ? AND {BY_ID} < ?", (f"{code}:", f"{code};"))
    with ledger.store.snapshot():
        last = ledger.store.last_id("entries")
        found = [d for _, d in ledger.store.documents("balances", span) if d["unit"] == unit]
    held = {d["account"]: int(d["amount"]) for d in found if d["amount"]}
    for entry in ledger.between(seq + 1, last):
        if progress is not None:
            progress(entry.seq - seq, last - seq)
        for p in entry.postings:
            if p.unit == unit and p.account.startswith(f"{code}:"):
                held[p.account] = held.get(p.account, 0) - p.amount
    return {account: amount for account, amount in held.items() if amount}


UNITS = {BON: "points", MINUTES_GAME: "minutes", MINUTES_NET: "minutes"}
"""What a unit counts, where it is not money."""
