"""The rules that hold whatever happens: of the arithmetic of visits, and of the whole venue.

The first are pure over `calculation.figures`; a planted fault in it is found by each, and that is
tried. The others give any commands as any role to a real venue (`any_command`), and look at the
books after each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from kiosk.core import calculation, pins, seal
from kiosk.core.audit import audit
from kiosk.core.bills import figures_of, orders_of
from kiosk.core.calculation import Figures, OrderSum, Scope, discount_of
from kiosk.core.cash import UNDECIDED, HoldNote, RecordStart, SettleNote
from kiosk.core.clients import RegisterCard
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, ClientId, JobId, NoteId, VisitId
from kiosk.core.ledger import CHART, Entry
from kiosk.core.minutes import MinutesOutstanding
from kiosk.core.money import Money
from kiosk.core.package_sales import SellPackage
from kiosk.core.prepayments import AbandonPrepayment
from kiosk.core.recognition import Recognised
from kiosk.core.settings import ImportVenue
from kiosk.core.shifts import CloseOverdueShift, CloseShift, OpenShift
from kiosk.core.slips import RecordSlip
from kiosk.core.store import Store
from kiosk.core.store_rows import sql_name
from kiosk.core.venue import ALLOWED, HANDLERS, Venue
from tests.core.guest import NOW, RUB, make_venue, rub, shelf
from tests.property.any_command import (
    CLUB,
    MAKERS,
    PHONES,
    PIN,
    PREPAID,
    STAFF_PIN,
    House,
    Known,
    Pick,
    actor,
)

# --- the arithmetic of a visit -------------------------------------------------------------------

Calculate = Callable[..., Figures]


@dataclass(frozen=True)
class Case:
    """A visit: its orders, its deposits, and the card type's terms."""

    orders: tuple[OrderSum, ...]
    deposits: int
    limit: int | None
    minimum: int
    scope: Scope
    minimum_on_empty: bool

    def figures(self, calculate: Calculate, **changed: Any) -> Figures:
        """What it comes to."""
        given = replace(self, **changed)
        return calculate(
            given.orders,
            deposits=given.deposits,
            limit=given.limit,
            minimum=given.minimum,
            scope=given.scope,
            minimum_on_empty=given.minimum_on_empty,
        )


amounts = st.one_of(st.integers(0, 500_000), st.sampled_from([0, 1, 99_999, 100_000, 100_001]))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any visit that can be: a paid order takes no more of the deposits than there is."""
    deposits, minimum = draw(amounts), draw(st.one_of(st.just(0), amounts))
    scope: Scope = draw(st.sampled_from(["visit", "order"]))
    made, left = [], deposits
    for amount in draw(st.lists(amounts, max_size=5)):
        order = OrderSum(amount, discount_of(amount, draw(st.integers(0, 100))))
        if draw(st.booleans()):
            markup = max(0, minimum - order.net) if scope == "order" else 0
            taken = draw(st.integers(0, min(left, order.net + markup)))
            left -= taken
            order = replace(order, paid=True, from_deposit=taken)
        made.append(order)
    limit = draw(st.one_of(st.none(), amounts))
    return Case(tuple(made), deposits, limit, minimum, scope, draw(st.booleans()))


def deposits_are_applied_or_come_back(case: Case, calculate: Calculate) -> None:
    made = case.figures(calculate)
    assert case.deposits == made.applied + made.change


def due_less_change_is_unpaid_less_deposits_left(case: Case, calculate: Calculate) -> None:
    made = case.figures(calculate)
    used = sum(order.from_deposit for order in case.orders if order.paid)
    assert made.due - made.change == (made.total - made.paid) - (case.deposits - used)


def never_both_due_and_change(case: Case, calculate: Calculate) -> None:
    made = case.figures(calculate)
    assert made.due >= 0 <= made.change
    assert not (made.due and made.change)


def the_markup_raises_to_the_minimum(case: Case, calculate: Calculate) -> None:
    made = case.figures(calculate)
    net = [order.amount - order.discount for order in case.orders]
    if not net:
        assert made.markup == (case.minimum if case.minimum_on_empty else 0)
    elif case.scope == "visit":
        assert made.markup == max(0, case.minimum - sum(net))
    else:
        assert made.markup == sum(max(0, case.minimum - one) for one in net)
    assert made.total == sum(net) + made.markup


def more_deposits_or_limit_never_leave_less(case: Case, calculate: Calculate) -> None:
    if case.limit is None:
        return
    made = case.figures(calculate)
    more = [
        case.figures(calculate, deposits=case.deposits + 1),
        case.figures(calculate, limit=(case.limit or 0) + 1),
    ]
    for other in more:
        assert made.balance is not None and other.balance is not None
        assert other.balance == made.balance + 1
        assert other.short <= made.short
        assert other.due <= made.due


def change_is_never_out_of_the_limit(case: Case, calculate: Calculate) -> None:
    made = case.figures(calculate)
    assert made.change <= case.deposits
    assert case.figures(calculate, limit=0).change == made.change


PROPERTIES: tuple[Callable[[Case, Calculate], None], ...] = (
    deposits_are_applied_or_come_back,
    due_less_change_is_unpaid_less_deposits_left,
    never_both_due_and_change,
    the_markup_raises_to_the_minimum,
    more_deposits_or_limit_never_leave_less,
    change_is_never_out_of_the_limit,
)


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda p: p.__name__)
@given(case=cases())
def test_E31_E36_E52_E53_E56_E87_E89_the_figures_of_any_visit(
    holds: Callable[[Case, Calculate], None], case: Case
) -> None:
    holds(case, calculation.figures)


def _limit_in_change(made: Figures) -> Figures:
    return replace(made, change=made.change + (made.limit or 0))


def _forgets_paid(made: Figures) -> Figures:
    return replace(made, due=made.due + made.paid)


def _markup_too_small(made: Figures) -> Figures:
    less = min(1, made.markup)
    return replace(made, markup=made.markup - less, total=made.total - less)


def _both(made: Figures) -> Figures:
    return replace(made, due=made.due + 1, change=made.change + 1)


def _deposit_as_a_debt(made: Figures) -> Figures:
    balance = None if made.balance is None else made.balance - 2 * made.deposits
    return replace(made, balance=balance)


def _deposit_lost(made: Figures) -> Figures:
    return replace(made, applied=max(0, made.applied - 1))


FAULTS: dict[Callable[[Figures], Figures], Callable[[Case, Calculate], None]] = {
    _limit_in_change: change_is_never_out_of_the_limit,
    _forgets_paid: due_less_change_is_unpaid_less_deposits_left,
    _markup_too_small: the_markup_raises_to_the_minimum,
    _both: never_both_due_and_change,
    _deposit_as_a_debt: more_deposits_or_limit_never_leave_less,
    _deposit_lost: deposits_are_applied_or_come_back,
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_a_planted_fault_is_found_by_its_property(fault: Callable[[Figures], Figures]) -> None:
    def broken(*args: Any, **given: Any) -> Figures:
        return fault(calculation.figures(*args, **given))

    def fails(case: Case) -> bool:
        try:
            FAULTS[fault](case, broken)
        except AssertionError:
            return True
        return False

    found = find(cases(), fails, settings=settings(phases=[Phase.generate], database=None))
    assert fails(found)


# --- any commands, as any role -------------------------------------------------------------------

USUAL = (
    "RegisterCard",
    "HoldNote",
    "SettleNote",
    "SettleNote",
    "IssueTopUpReceipt",
    "GrantTopUpBonus",
    "TopUpAtDesk",
    "SellPackage",
    "StartSession",
    "StopSession",
    "CreateVisit",
    "SaveOrder",
    "SaveOrder",
    "PayOrder",
    "CalculateVisit",
    "BeginPrepayment",
    "HoldDeposit",
    "CompletePrepayment",
    "Deposit",
    "ChangeBalance",
    "RecordSlip",
    "RecordSlip",
    "OpenShift",
    "CloseShift",
    "CollectCashbox",
    "MergeClients",
    "SuspendNote",
    "IssueClaim",
    "RedeemClaim",
    "VoidOrder",
    "PaySession",
    "ImportVenue",
    "SwitchSession",
    "ConvertMinutes",
    "VoidReceipt",
)
SEEDS = st.integers(0, 2**32 - 1)
BY_NAME = {kind.__name__: kind for kind in MAKERS}
NEVER = {"RecoverPin", "RedeemPromoCode", "EndTraining"}
"""They need a code that stands on paper only; a training ends in books of its own."""
SELDOM = 6
"""So many of the commands may need a chance that did not come."""
FILES = ("kiosk.db", "secrets.db")
COUNTS = ("wrong", "row", "until")
"""What pins.check counts in the secrets: the one thing that a refusal may change."""


def test_every_command_can_be_made() -> None:
    """When this fails, a command is new: it needs a row in tests/property/any_command.py."""
    assert set(MAKERS) == set(HANDLERS)
    assert set(USUAL) <= set(BY_NAME)


def _cheap(pin: str, salt: bytes, *cost: int) -> bytes:
    return sha256(salt + pin.encode()).digest()


def _rows(store: Store, table: str) -> list[Any]:
    return list(store.rows(f"SELECT doc_id, doc FROM {sql_name(table)}"))


class AnyRole(RuleBasedStateMachine):
    """Any commands in any order, from guests, tills, the kiosk and every role of the staff."""

    house: House = CLUB
    succeeded: ClassVar[Counter[str]] = Counter()

    begun: ClassVar[dict[type, tuple[bytes, bytes, int]]] = {}
    """The files of a venue in which the day has begun, and how many commands that took."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        # What a guess at a PIN costs is not what is tried here.
        self.stack.enter_context(patch.object(seal, "_scrypt", _cheap))
        self.folder = self.stack.enter_context(shelf())
        self.now = NOW
        self.count = 0
        self.checked = 0
        self.done: dict[str, tuple[object, str, Entry]] = {}
        if type(self) not in self.begun:
            self.venue = make_venue(self.folder, self.house.text)
            self.known = self.learnt()
            self.print = self.digest()
            self.a_day_begins()
            self.venue.close()
            files = (self.folder / name for name in FILES)
            self.begun[type(self)] = (*(file.read_bytes() for file in files), self.count)
        *contents, self.count = self.begun[type(self)]
        for name, content in zip(FILES, contents, strict=True):
            (self.folder / name).write_bytes(content)
        self.now = NOW.later(self.count)
        self.venue = Venue.open(*(self.folder / name for name in FILES))
        self.known = self.learnt()
        self.print = self.digest()

    def learnt(self) -> Known:
        known = Known(self.house, self.venue)
        for entry in self.venue.ledger.entries():
            known.learn(entry)
        known.notes = len(known.ids["notes"])
        return known

    def teardown(self) -> None:
        assert self.venue.ledger.verify() == [], "a replay makes what is there"
        assert audit(self.venue.books(self.now)) == []
        self.venue.close()
        self.stack.close()

    # --- doing ---------------------------------------------------------------------------------

    def do(self, command: object, actor: str, key: str = "") -> Entry | Refused:
        self.count += 1
        self.now = self.now.later(0.5)
        key = key or f"k{self.count}"
        before = self.venue.ledger.seq
        made = self.venue.do(command, actor=actor, key=key, now=self.now)
        if isinstance(made, Entry):
            assert self.venue.ledger.seq == made.seq == before + 1
            self.known.learn(made)
            self.done[key] = (command, actor, made)
            type(self).succeeded[type(command).__name__] += 1
            self.print = self.digest()
        else:
            self.refused(made, command)
        return made

    def refused(self, made: Refused, command: object) -> None:
        """Nothing is different; that a PIN of the staff is locked now is an entry of its own."""
        latest = self.venue.ledger.entry(self.venue.ledger.seq)
        if made.key == "err.pin_locked" and latest is not None and latest.kind == "staff_locked":
            self.print = self.digest()
        assert self.digest() == self.print, f"{made} of {command}"
        assert made.key != "err.overdrawn", f"{command} was stopped by the ledger alone"

    def digest(self) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """The chain, the projections, and the secrets.

        But for the counts of wrong PINs; and for keys of a client who did not come to be after all:
        they are written first, and whoever gets the id gets none of it.
        """
        store, secrets = self.venue.store, self.venue.books(self.now).secrets
        kept = {name: _rows(store, name) for name in store.names() - {"entries"}}
        secret = {
            name: [
                {field: value for field, value in document.items() if field not in COUNTS}
                for document in secrets.table(name)
                if self.somebodys(document)
            ]
            for name in secrets.names()
        }
        return self.venue.ledger.head, kept, secret

    def somebodys(self, secret: Mapping[str, Any]) -> bool:
        owner = str(secret.get("client") or secret["id"])
        nobody = owner.startswith("K1-") and self.venue.store.get("clients", owner) is None
        return owner != pins.NOBODY and not nobody

    def must(self, command: object, actor: str) -> Entry:
        made = self.do(command, actor)
        assert isinstance(made, Entry), f"{command}: {made}"
        return made

    def a_day_begins(self) -> None:
        for number in self.house.staff:
            pins.set_pin(self.venue.books(self.now), f"staff:{number}", STAFF_PIN)
        self.must(RecordStart(1), "kiosk")
        cashier = f"staff:{self.house.staff[0]}"
        self.must(OpenShift(rub(5000), "change"), cashier)
        for number, phone in (("1", PHONES[1]), ("2", "")):
            read = Recognised(self.house.interface, "interface", "PDS", number)
            command = RegisterCard(
                read, self.house.personal, "en", "1", phone, PIN if phone else ""
            )
            refs = self.must(command, "guest").refs
            client, card = ClientId(refs["client"]), CardId(refs["card"])
            note = Pick(Random(0), self.known, self.now).new_note()
            self.must(HoldNote(note, rub(1000), client, card), "kiosk")
            self.must(SettleNote(note), "kiosk")
            self.must(TopUpAtDesk(client, rub(1500), "cash"), cashier)
            self.must(SellPackage(client, self.known.ids["packages"][0], "cash"), cashier)

    @rule(seed=SEEDS, number=st.integers(1, 20))
    def some(self, seed: int, number: int) -> None:
        """So many commands; of those that a day is made of, or of all."""
        chance = Random(seed)
        for _ in range(number):
            every = chance.random() < 0.4
            self.make(chance, chance.choice(sorted(BY_NAME) if every else USUAL))
            self.the_rules_hold()

    def make(self, chance: Random, kind: str) -> None:
        pick = Pick(chance, self.known, self.now)
        made = BY_NAME[kind]
        self.do(MAKERS[made](pick), actor(pick, ALLOWED[made]))

    @rule()
    def a_shift_ends(self) -> None:
        """What is under way comes to its end; the shift is closed, and another one opened."""
        for note in list(self.venue.store.table("notes")):
            if note["state"] in UNDECIDED:
                self.do(SettleNote(NoteId(str(note["id"]))), "kiosk")
        for pending in list(self.venue.store.table("prepayments")):
            if pending["state"] == "pending":
                self.do(AbandonPrepayment(VisitId(str(pending["id"]))), "kiosk")
        self.the_printer_prints()
        owner, held = f"staff:{self.house.staff[5]}", self.venue.ledger.balance("1030", "RUB")
        confirmed = ("open_visits", "doubtful_notes", "unfiscalised", "desk_paper")
        self.do(CloseShift(Money(max(0, held), RUB), confirmed), owner)
        self.do(OpenShift(rub(1000), "change"), owner)

    @rule()
    def the_printer_prints(self) -> None:
        for slip in list(self.venue.store.table("slips")):
            if slip["state"] == "due":
                attempt = slip["attempts"] + 1
                self.must(RecordSlip(JobId(str(slip["id"])), attempt, "printed"), "kiosk")

    @rule(
        seconds=st.sampled_from([10, 60, 600, 3_600, 40_000, 90_000, -3_600]), synced=st.booleans()
    )
    def time(self, seconds: int, synced: bool) -> None:
        """Time passes, or the clock is set; what runs out ends by itself, as in the runtime."""
        if seconds < 0:
            self.now = replace(self.now, wall=self.now.later(seconds).wall, synced=synced)
        else:
            self.now = replace(self.now.later(seconds), synced=synced)
        for command, key in self.venue.due(self.now):
            if key not in self.done:
                self.do(command, "kiosk", key)
        for shift in list(self.venue.store.table("shifts")):
            if shift["state"] == "open":
                self.do(CloseOverdueShift(str(shift["id"])), "kiosk")

    @rule()
    def restart(self) -> None:
        self.venue.close()
        self.venue = Venue.open(self.folder / "kiosk.db", self.folder / "secrets.db")
        self.known.venue = self.venue
        self.print = self.digest()

    @precondition(lambda self: self.done)
    @rule(seed=SEEDS)
    def repeat(self, seed: int) -> None:
        """The same command with the same key is the same entry, and nothing else."""
        key = Random(seed).choice(sorted(self.done))
        command, who, entry = self.done[key]
        again = self.venue.do(command, actor=who, key=key, now=self.now)
        assert again == entry, f"{command}: {again}"
        assert self.digest() == self.print

    # --- what holds ------------------------------------------------------------------------------

    @invariant()
    def the_rules_hold(self) -> None:
        if self.checked != self.venue.ledger.seq:
            self.every_balance_is_on_its_side()
            self.a_visit_that_ended_holds_nothing()
            self.the_figures_of_open_visits_agree()
            self.minutes_are_accounted_for()
            self.checked = self.venue.ledger.seq

    def every_balance_is_on_its_side(self) -> None:
        """No sequence of commands makes a wallet negative, of money, points or minutes."""
        for balance in self.venue.store.table("balances"):
            side = CHART[balance["account"].partition(":")[0]].side
            assert not (side == "credit" and balance["amount"] > 0), balance
            assert not (side == "debit" and balance["amount"] < 0), balance

    def a_visit_that_ended_holds_nothing(self) -> None:
        for visit in self.venue.store.table("visits"):
            if visit["state"] != "open":
                assert self.venue.ledger.balance(f"2030:{visit['id']}", "RUB") == 0, visit

    def the_figures_of_open_visits_agree(self) -> None:
        books = self.venue.books(self.now)
        for visit in self.venue.store.table("visits"):
            if visit["state"] == "open":
                made = figures_of(books, visit, orders_of(books, str(visit["id"])))
                assert made.due - made.change <= made.total - made.paid
                assert not (made.due and made.change)

    def minutes_are_accounted_for(self) -> None:
        """Sold less undone, spent and expired is what clients hold; sold is what was sold."""
        told = self.venue.ask(MinutesOutstanding(), self.now)
        held: Counter[str] = Counter()
        for balance in self.venue.store.table("balances"):
            held[balance["account"][:4]] -= balance["amount"]
        for kind, code in (("game", "9020"), ("internet", "9040")):
            assert told[kind].outstanding == held[code]  # type: ignore[index]
            sales = [s for s in self.venue.store.table("package_sales") if s["kind"] == kind]
            assert told[kind].sold == sum(s["minutes"] for s in sales)  # type: ignore[index]
            ended = [
                s
                for s in self.venue.store.table("sessions")
                if s["kind"] == kind and s["mode"] != "timer" and s["state"] != "running"
            ]
            assert told[kind].spent == -sum(s["used"] for s in ended)  # type: ignore[index]


class AnyRoleOfTheCentre(AnyRole):
    """The same where visits are prepaid, and prepayments fiscal."""

    house = PREPAID
    succeeded: ClassVar[Counter[str]] = Counter()


def walk(kind: type[AnyRole], seed: int, hours: int) -> Counter[str]:
    """So many hours of a venue, one after another; what succeeded how often.

    Hypothesis likes small seeds, and the same ones again; this goes further, and shrinks nothing.
    """
    chance, at = Random(seed), kind()
    before = kind.succeeded.copy()
    if seed % 2:
        at.must(ImportVenue(at.house.files[1]), "cli")
    for _ in range(hours):
        at.some(chance.getrandbits(32), 12)
        if chance.random() < 0.3:
            at.the_printer_prints()
        if chance.random() < 0.5:
            at.time(chance.choice((60, 600, 3_600, 3_600, 10_000, 90_000)), chance.random() < 0.9)
        if chance.random() < 0.1:
            at.a_shift_ends()
        if at.done and chance.random() < 0.1:
            at.repeat(chance.getrandbits(32))
        if chance.random() < 0.05:
            at.restart()
        at.the_rules_hold()
    at.teardown()
    return kind.succeeded - before


@pytest.mark.slow
@pytest.mark.parametrize("kind", [AnyRole, AnyRoleOfTheCentre])
def test_no_wallet_below_zero_and_a_refusal_changes_nothing(kind: type[AnyRole]) -> None:
    assert sum(walk(kind, 0, 60).values()) > 150


@pytest.mark.slow
def test_weeks_of_any_commands_and_nearly_each_succeeds() -> None:
    done: Counter[str] = Counter()
    for seed in range(1, 10):
        for kind in (AnyRole, AnyRoleOfTheCentre):
            done += walk(kind, seed, 100)
    never = {command.__name__ for command in HANDLERS} - set(done) - NEVER
    assert len(never) <= SELDOM, sorted(never)


FAST = settings(
    max_examples=15,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
AnyRole.TestCase.settings = FAST
AnyRoleOfTheCentre.TestCase.settings = FAST
TestAnyRole = AnyRole.TestCase
TestAnyRoleOfTheCentre = AnyRoleOfTheCentre.TestCase
