"""The figures of a shift: X, which closes nothing, and Z, which a closed shift leaves behind.

Both are one turnover of entries (since the last Z) upon the grand totals of the last Z, which are
never reset. What came in is shown apart from what was earned (C29): a top-up is a debt to a guest,
and becomes revenue when it is spent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tinydb import where

from kiosk.core import fiscal
from kiosk.core import turnover as moves
from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ledger import BON, CHART, MINUTES_GAME, MINUTES_NET
from kiosk.core.money import Money
from kiosk.core.store import TableSpec
from kiosk.core.tenders import blind_count, current_shift
from kiosk.core.turnover import Turnover

TABLES = (TableSpec("z_reports"),)

TENDERS = {"cash_kiosk": "1010", "cash_desk": "1030", "bank_card": "1110", "qr": "1120"}
"""The tenders of a report. The cash that guests gave the kiosk is not in the desk's till."""
REVENUE = {
    "play": "4010",
    "additional": "4020",
    "orders": "4030",
    "markup": "4040",
    "cards": "4050",
    "discounts": "4060",
    "breakage": "4090",
}
DEBTS = {
    "wallets": "2010",
    "bonus_money": "2020",
    "deposits": "2030",
    "deferred": "2040",
    "card_deposits": "2050",
    "suspense": "2900",
    "claims": "2910",
}

_TILL = frozenset({"1030"})
_TENDERS = frozenset(TENDERS.values())
_REVENUE = frozenset(REVENUE.values())
_OURS = frozenset({"1010", "1020", "1030", "1040", "1050", "5030"})
"""Between these cash only changes its place: nobody paid, and nobody was paid."""
_CLIENTS = frozenset({"2010", "2020", "9020", "9040", "9060"})
_THEIRS = frozenset(CHART) - _OURS - _TENDERS


@dataclass(frozen=True)
class GrandTotals:
    """What all entries up to number `seq` moved; never reset.

    `sums` are debits and credits by column (see `turnover.Flow`) and unit; `numbers` is the last
    number taken of each series of documents.
    """

    sums: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    seq: int = 0

    def plus(self, moved: Turnover) -> GrandTotals:
        """These totals after a turnover that follows them."""
        assert moved.first == self.seq + 1, f"{moved.first} does not follow {self.seq}"
        sums = dict(self.sums)
        for flow, amount in moved.flows.items():
            for column, debit, credit in ((flow.debit, amount, 0), (flow.credit, 0, amount)):
                before = sums.get((column, flow.unit), (0, 0))
                sums[column, flow.unit] = (before[0] + debit, before[1] + credit)
        return GrandTotals(sums, {**self.numbers, **moved.numbers}, moved.last)

    def balance(self, code: str, unit: str) -> int:
        """The balance (debit positive) of all accounts of a code, in one unit."""
        return sum(
            debits - credits_
            for (column, of), (debits, credits_) in self.sums.items()
            if of == unit and column.partition(":")[0] == code
        )

    def document(self) -> dict[str, Any]:
        """As plain JSON values; `of` reads it."""
        sums = [[*key, *amounts] for key, amounts in sorted(self.sums.items())]
        return {"sums": sums, "numbers": dict(sorted(self.numbers.items())), "seq": self.seq}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> GrandTotals:
        """Read what `document` made."""
        sums = {(column, unit): (d, c) for column, unit, d, c in document["sums"]}
        return cls(sums, document["numbers"], document["seq"])


@dataclass(frozen=True)
class Till:
    """The desk's drawer: opening and what came in, less what went out, is what is expected.

    `voided` is what reversals put in (or took out, negative); `over_short` likewise a count.
    """

    opening: Money
    float_in: Money
    received: Money
    paid_out: Money
    withdrawn: Money
    voided: Money
    over_short: Money
    expected: Money


@dataclass(frozen=True)
class Notes:
    """Notes of one face: taken by a box, or lying in it as the books say."""

    box: str
    face: Money
    count: int


@dataclass(frozen=True)
class Given:
    """Minutes or points: given to clients, and taken from them."""

    given: int
    taken: int


@dataclass(frozen=True)
class Adjustment:
    """What staff corrected: the kind of entry, its typed reason, and what clients got by it."""

    kind: str
    reason: str
    unit: str
    amount: int


@dataclass(frozen=True)
class ShiftReport:
    """X or Z: `number` is 0 for an X, which has none.

    Sums are gross, and voids stand apart, but for `revenue`, `accrual`, `cash_basis`, minutes and
    bonus, which are net of them. `first` and `last` are the numbers of the entries covered, `head`
    is the hash of the last one; of a Z, which is the last one itself, that of the entry before.
    `documents` are the first and the last number of each series, `kinds` counts entries.

    Of an X where the count is blind `till` is None, and `boxes` and `grand` are empty. `taken` are
    the notes that guests put in, `boxes` those that lie in the kiosk. `received`, `top_ups` and
    `prepayments` are by tender; `fiscal` is what the fiscal device was asked for (E54).
    """

    number: int
    shift: int
    at: str
    first: int
    last: int
    head: str
    till: Till | None
    taken: tuple[Notes, ...]
    boxes: tuple[Notes, ...]
    received: Mapping[str, Money]
    paid_out: Money
    refunds: Money
    top_ups: Mapping[str, Money]
    prepayments: Mapping[str, Money]
    prepayments_offset: Money
    prepayments_returned: Money
    revenue: Mapping[str, Money]
    bonus_redeemed: Money
    accrual: Money
    cash_basis: Money
    minutes_game: Given
    minutes_net: Given
    bonus: Given
    goodwill: Money
    adjustments: tuple[Adjustment, ...]
    voids: int
    voided: Money
    claims_issued: Money
    claims_redeemed: Money
    collected: Money
    over_short: Money
    debts: Mapping[str, Money]
    owed: Money
    documents: Mapping[str, tuple[int, int]]
    kinds: Mapping[str, int]
    grand: GrandTotals
    fiscal: fiscal.FiscalTotals
    counted: bool = False
    open_visits: int = 0
    open_claims: int = 0
    unfiscalised: int = 0


@dataclass(frozen=True)
class XReport(Query[ShiftReport]):
    """The figures since the last Z, for the desk; closes nothing.

    Where the count is blind, what should lie in the till and in the boxes is not told before it was
    counted.
    """


@dataclass(frozen=True)
class ZReport(Query[ShiftReport]):
    """The figures of a closed shift, by the number of its Z; 0 is the last one."""

    number: int = 0


@dataclass(frozen=True)
class ReadReport(Query[ShiftReport]):
    """X, or the Z of a number, for those who check the desk: nothing is kept from them."""

    number: int = 0


def grand_totals(books: Books) -> GrandTotals:
    """The grand totals of the last Z; nothing before the first."""
    last = books.ledger.store.latest("z_reports")
    return GrandTotals.of(last[0]["grand"]) if last else GrandTotals()


def since(books: Books, before: GrandTotals) -> Turnover:
    """What was moved since the Z whose totals are `before`: one pass over the entries."""
    first, last = before.seq + 1, books.ledger.seq
    return moves.turnover(books.ledger.between(first, last), first, last)


def figures(books: Books, before: GrandTotals, moved: Turnover, head: str) -> ShiftReport:
    """The figures of a turnover upon the totals before it; `head` as in `ShiftReport`."""
    after = before.plus(moved)

    def way(debits: frozenset[str], credits_: frozenset[str], void: bool = False) -> int:
        return moved.way(books.unit, debits, credits_, void)

    def by_tender(credits_: frozenset[str], why: str | None = None) -> dict[str, Money]:
        return {
            name: books.money(moved.way(books.unit, {code}, credits_, why=why))
            for name, code in TENDERS.items()
        }

    def net(code: str) -> int:
        return after.balance(code, books.unit) - before.balance(code, books.unit)

    def given(pool: str, theirs: str, unit: str) -> Given:
        def one(debit: str, credit: str) -> int:
            back = moved.way(unit, {credit}, {debit}, void=True)
            return moved.way(unit, {debit}, {credit}) - back

        return Given(one(pool, theirs), one(theirs, pool))

    paid_out = way(_THEIRS, _TENDERS)
    voided = way(_TENDERS, _THEIRS, True) - way(_THEIRS, _TENDERS, True)
    revenue = {name: -net(code) for name, code in REVENUE.items()}
    debts = {name: -after.balance(code, books.unit) for name, code in DEBTS.items()}
    return ShiftReport(
        number=0,
        shift=0,
        at=books.at,
        first=moved.first,
        last=moved.last,
        head=head,
        till=_till(books, before, after, moved),
        taken=_notes(books, _taken(books, moved)),
        boxes=_notes(books, {c: d - k for (c, _), (d, k) in after.sums.items()}),
        received=by_tender(_THEIRS),
        paid_out=books.money(paid_out),
        refunds=books.money(moved.way(books.unit, {"2010"}, _TENDERS, why="refund")),
        top_ups=by_tender(frozenset({"2010"}), why=""),
        prepayments=by_tender(frozenset({"2030"})),
        prepayments_offset=books.money(way(frozenset({"2030"}), _REVENUE)),
        prepayments_returned=books.money(way(frozenset({"2030"}), frozenset(CHART) - _REVENUE)),
        revenue={name: books.money(minor) for name, minor in revenue.items()},
        bonus_redeemed=books.money(net("5020")),
        accrual=books.money(sum(revenue.values()) - net("5020")),
        cash_basis=books.money(way(_TENDERS, _THEIRS) - paid_out + voided),
        minutes_game=given("9010", "9020", MINUTES_GAME),
        minutes_net=given("9030", "9040", MINUTES_NET),
        bonus=given("9050", "9060", BON),
        goodwill=books.money(net("5050")),
        adjustments=_adjustments(moved),
        voids=moved.voids,
        voided=books.money(way(frozenset(CHART), frozenset(CHART), True)),
        claims_issued=books.money(way(frozenset(CHART), frozenset({"2910"}))),
        claims_redeemed=books.money(way(frozenset({"2910"}), frozenset(CHART))),
        collected=books.money(way(frozenset({"1040"}), frozenset(CHART))),
        over_short=books.money(-net("5030")),
        debts={name: books.money(minor) for name, minor in debts.items()},
        owed=books.money(sum(debts.values())),
        documents={
            name: (before.numbers.get(name, 0) + 1, last)
            for name, last in sorted(moved.numbers.items())
        },
        kinds=moved.kinds,
        grand=after,
        fiscal=fiscal.totals(books, moved.first, moved.last),
    )


def _till(books: Books, before: GrandTotals, after: GrandTotals, moved: Turnover) -> Till:
    def net(theirs: frozenset[str], void: bool = False) -> int:
        into = moved.way(books.unit, _TILL, theirs, void)
        return into - moved.way(books.unit, theirs, _TILL, void)

    def sums(debits: frozenset[str], credits_: frozenset[str]) -> Money:
        return books.money(moved.way(books.unit, debits, credits_))

    places = _OURS - _TILL - {"5030"}
    return Till(
        opening=books.money(before.balance("1030", books.unit)),
        float_in=sums(_TILL, places),
        received=sums(_TILL, _THEIRS | _TENDERS - places),
        paid_out=sums(_THEIRS | _TENDERS - places, _TILL),
        withdrawn=sums(places, _TILL),
        voided=books.money(net(frozenset(CHART), void=True)),
        over_short=books.money(net(frozenset({"5030"}))),
        expected=books.money(after.balance("1030", books.unit)),
    )


def _taken(books: Books, moved: Turnover) -> dict[str, int]:
    made: dict[str, int] = {}
    for flow, amount in moved.flows.items():
        if not flow.void:
            made[flow.debit] = made.get(flow.debit, 0) + amount
    return made


def _adjustments(moved: Turnover) -> tuple[Adjustment, ...]:
    made: dict[tuple[str, str, str], int] = {}
    for flow, amount in moved.flows.items():
        key = (flow.kind, flow.why, flow.unit)
        if flow.why:
            # What a client lacks of a top-up that the bank took back is ours, not his.
            sign = (flow.credit in _CLIENTS) - (flow.debit in _CLIENTS)
            made[key] = made.get(key, 0) + sign * amount
    return tuple(Adjustment(*key, amount) for key, amount in sorted(made.items()))


def _notes(books: Books, sums: Mapping[str, int]) -> tuple[Notes, ...]:
    """The cashboxes among these columns, by face, largest first."""
    made: list[Notes] = []
    for column, minor in sums.items():
        code, _, rest = column.partition(":")
        if code == "1010" and minor:
            box, _, told = rest.rpartition(":")
            face = Money.parse(told, books.currency)
            made.append(Notes(box, face, minor // face.minor))
    return tuple(sorted(made, key=lambda n: (n.box, -n.face.minor)))


def standing(books: Books, report: ShiftReport) -> ShiftReport:
    """The report with what is open at this moment: visits, claims, fiscal documents."""
    return replace(
        report,
        open_visits=len(books.search("visits", where("state") == "open")),
        open_claims=len(books.search("claims", where("state") == "open")),
        unfiscalised=unfiscalised(books),
    )


def unfiscalised(books: Books) -> int:
    """How many fiscal documents the device has not confirmed yet."""
    return len(books.search("fiscal", where("state").one_of(list(fiscal.WAITING))))


def _now(books: Books) -> ShiftReport:
    before = grand_totals(books)
    made = figures(books, before, since(books, before), books.ledger.head)
    shift = current_shift(books)
    return replace(standing(books, made), shift=shift["number"] if shift else 0)


def _x(books: Books, query: XReport) -> ShiftReport:
    del query
    made = _now(books)
    if not blind_count(books):
        return made
    # The grand totals hold the balance of the till and of each box, too.
    return replace(made, till=None, boxes=(), grand=GrandTotals())


def _z(books: Books, query: ZReport) -> ShiftReport:
    if query.number:
        kept = books.get("z_reports", str(query.number))
    else:
        kept = next(iter(books.ledger.store.latest("z_reports")), None)
    if kept is None:
        raise Refused("err.no_such_z", number=str(query.number))
    return of_document(books, kept)


def _read(books: Books, query: ReadReport) -> ShiftReport:
    return _z(books, ZReport(query.number)) if query.number else _now(books)


def of_document(books: Books, z: Mapping[str, Any]) -> ShiftReport:
    """The report that a document of ``z_reports`` keeps."""
    former = books.get("z_reports", str(z["number"] - 1))
    before = GrandTotals.of(former["grand"]) if former else GrandTotals()
    return replace(
        figures(books, before, Turnover.of(z["moved"]), z["head"]),
        number=z["number"],
        shift=z["shift"],
        at=z["at"],
        counted=z["counted"] is not None,
        open_visits=z["open_visits"],
        open_claims=z["open_claims"],
        unfiscalised=z["unfiscalised"],
    )


HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {XReport: _x, ZReport: _z, ReadReport: _read}
ALLOWED: dict[type, frozenset[str]] = {}
