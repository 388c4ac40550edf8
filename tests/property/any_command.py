"""Any command that the venue knows, with fields that fit now and then.

`MAKERS` has a row for every command of `HANDLERS`: a new command needs one, and a test says so. The
fields are taken from what the books hold (`Known`, gathered from entries) and from a few junk
values; they need not fit together. What only the kiosk's own program commands is made as the
program makes it: there a nonsense is an assertion, not a refusal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import kiosk
from kiosk.core import (
    accounts,
    balances,
    bonus,
    calls,
    card_rules,
    cards,
    cash,
    cashbox,
    checkout,
    claims,
    clients,
    coins,
    debts,
    desk_paper,
    desk_top_ups,
    drawer,
    duplicates,
    extensions,
    fiscal,
    fiscal_shifts,
    genuine,
    identity,
    lost_cards,
    maintenance,
    minutes,
    orders,
    own_data,
    package_sales,
    packages,
    pay_outs,
    prepayments,
    printed_bills,
    promo_codes,
    receipts,
    segments,
    session_list,
    sessions,
    settings,
    shifts,
    slips,
    staff,
    strikes,
    terminal_payments,
    tickets,
    till_slips,
    tokens,
    training,
    venue_file,
    visits,
)
from kiosk.core.clock import Now
from kiosk.core.identity import Proof
from kiosk.core.ids import CardId, ClientId, DeviceId, JobId, NoteId, VisitId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.payments import Payment
from kiosk.core.periods import Period
from kiosk.core.recognition import Recognised, Rule
from kiosk.core.reports import made
from kiosk.core.staff import Approval
from kiosk.core.tenders import TENDERS, FaceCount
from kiosk.core.venue import Venue
from tests.core.guest import DEMO, rub

T = TypeVar("T")
CENTRE = (Path(kiosk.__file__).parent / "demo_centre.toml").read_text("utf-8")
FACES = (50, 100, 500, 1000)
PIN, WRONG_PIN, STAFF_PIN = "7391", "2846", "730164"
PHONES = ("", "+79162041234", "+79162041235", "+79165550000")
CODES = ("A" * 24, "B" * 24)
JUNK = "nobody"
TOKEN = "foyer-till-" + "a" * 52
UNTIL, BEFORE = "2026-11-22T16:00:00Z", "2026-11-22T14:00:00.000000Z"
EURO = Money(100, CURRENCIES["EUR"])


@dataclass(frozen=True)
class House:
    """A venue's file as the commands name its parts."""

    text: str
    staff: tuple[str, ...]
    tills: tuple[str, ...]
    personal: str
    interface: str
    entrance: tuple[tuple[str, str], ...]
    others: tuple[str, ...]

    @property
    def files(self) -> tuple[venue_file.VenueFile, ...]:
        """The file as it is, and with policies turned round."""
        turned = self.text
        for before, after in (
            ('revenue = "at_sale"', 'revenue = "defer"'),
            ("conversion = false", "conversion = true"),
            ("switching = false", "switching = true"),
            ('order_max_amount_check = "forbid_saving"', 'order_max_amount_check = "warning_only"'),
            ('minimum_scope = "visit"', 'minimum_scope = "order"'),
            ("pay_on_exit = true", "pay_on_exit = false"),
        ):
            turned = turned.replace(before, after, 1)
        if "[[bonus_tiers]]" not in turned:
            turned += "[[bonus_tiers]]\nfrom = 500\npercent = 10\n"
        return venue_file.parse(self.text), venue_file.parse(turned)


CLUB = House(
    DEMO,
    ("101", "102", "103", "104", "105", "106", "107"),
    ("bar",),
    "guest",
    "Contactless guest card",
    (("Table card", "table"),),
    ("deposit", "change", "bank"),
)
PREPAID = House(
    CENTRE,
    ("201", "202", "203", "204", "205", "206", "207"),
    ("restaurant", "karts"),
    "member",
    "Member card",
    (
        ("Entrance card", "entrance"),
        ("Entrance card 500", "entrance-500"),
        ("Entrance card 1000", "entrance-1000"),
        ("Entrance card 2000", "entrance-2000"),
    ),
    ("advance", "more", "change", "bank"),
)


@dataclass
class Known:
    """What the entries so far have made: ids by table, and what is counted from outside."""

    house: House
    venue: Venue
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    notes: int = 0
    names: int = 0

    def learn(self, entry: Entry) -> None:
        """Take the ids out of an entry."""
        for change in entry.changes:
            if change.document is not None and change.id not in self.ids[change.table]:
                self.ids[change.table].append(change.id)

    def document(self, table: str, name: str) -> Mapping[str, Any]:
        """A document, or an empty one."""
        return self.venue.store.get(table, name) or {}


@dataclass(frozen=True)
class Pick:
    """Chooses fields. One seed is one command: Hypothesis takes steps away, not their fields."""

    chance: Random
    known: Known
    now: Now

    def of(self, *values: T) -> T:
        """One of these."""
        return self.chance.choice(values)

    def rarely(self) -> bool:
        """True once in twenty times."""
        return self.chance.random() < 0.05

    def yes(self) -> bool:
        """True every other time."""
        return self.chance.random() < 0.5

    def id(self, table: str) -> str:
        """What a table has, the latest more often; or junk."""
        ids = self.known.ids[table]
        if not ids or self.rarely():
            return JUNK
        return self.of(*ids[-12:], *ids[-3:], *ids[-3:])

    def new(self, what: str) -> str:
        """A name that nobody used."""
        self.known.names += 1
        return f"{what}{self.known.names}"

    def card(self) -> CardId:
        return CardId(self.id("cards"))

    def maybe_card(self) -> CardId | str:
        return self.of(self.card(), self.card(), "")

    def client(self) -> ClientId:
        return ClientId(self.id("clients"))

    def client_of(self, card: str) -> ClientId:
        """Whose card it is, most often."""
        kept = self.known.document("cards", card)
        return ClientId(kept["client"]) if kept and not self.rarely() else self.client()

    def visit(self) -> VisitId:
        return VisitId(self.id_in("visits", "open"))

    def id_in(self, table: str, *states: str) -> str:
        """What a table has in one of these states; most often."""
        ids = self.known.ids[table]
        fit = [i for i in ids if self.known.document(table, i).get("state") in states]
        return self.of(*fit) if fit and not self.rarely() else self.id(table)

    def money(self) -> Money:
        if self.rarely():
            return self.of(rub(0), Money(-100, rub(1).currency), Money(10**15, EURO.currency), EURO)
        roubles = self.of(1, 50, 100, 250, 500, 1000, 1500, 3000)
        return rub(roubles) if not self.rarely() else Money(roubles * 100 + 1, rub(1).currency)

    def points(self) -> int:
        return self.of(0, 1, 10, 100, 1000, -1)

    def tender(self) -> Any:
        return self.of(*TENDERS, "cash", "cash", "wallet")

    def reason(self) -> str:
        return "" if self.rarely() else "they asked"

    def language(self) -> str:
        return self.of("en", "ru")

    def pin(self) -> str:
        return self.of(PIN, PIN, "", WRONG_PIN)

    def number(self) -> str:
        """A number of the staff."""
        return JUNK if self.rarely() else self.of(*self.known.house.staff)

    def approval(self) -> Approval | None:
        if self.yes():
            return None
        return Approval(self.number(), self.of(STAFF_PIN, STAFF_PIN, "000000"))

    def proof(self) -> Proof:
        return self.of(Proof(self.of(*PHONES), self.pin()), Proof(), Proof(code="x"))

    def read(self) -> Recognised:
        """A personal card, or one of a type; new or seen before."""
        number = self.of("1", "2", "3", self.new("9"))
        if self.yes():
            return Recognised(self.known.house.interface, "interface", "PDS", number)
        return self.entrance()

    def entrance(self) -> Recognised:
        rule, kind = self.of(*self.known.house.entrance)
        return Recognised(rule, "entrance_card", kind, self.of("1", "2", self.new("8")))

    def note(self, states: Sequence[str] = ()) -> NoteId:
        """A note on the books, in one of these states where there is such a one."""
        ids = self.known.ids["notes"]
        fit = [n for n in ids if self.known.document("notes", n).get("state") in states]
        return NoteId(self.of(*(fit or ids)[-6:])) if ids else self.new_note()

    def new_note(self) -> NoteId:
        self.known.notes += 1
        return note_id("acceptor", 1, self.known.notes)

    def notes(self, states: Sequence[str]) -> tuple[NoteId, ...]:
        """The notes of one client or visit that have no receipt."""
        chosen = self.known.document("notes", self.note(states))
        same = [
            NoteId(note)
            for note in self.known.ids["notes"]
            if (kept := self.known.document("notes", note)).get("state") in states
            and not kept.get("receipt")
            and kept.get("client") == chosen.get("client")
            and kept.get("visit", "") == chosen.get("visit", "")
        ]
        return tuple(same)

    def face(self) -> Money:
        return rub(self.of(*FACES))

    def faces(self) -> tuple[FaceCount, ...]:
        """A count: what the books expect in the box, now and then one note less or more."""
        box: dict[int, int] = defaultdict(int)
        for balance in self.known.venue.store.table("balances"):
            account, _, face = balance["account"].rpartition(":")
            if account == "1010:K1:acceptor" and balance["amount"]:
                box[int(face)] = balance["amount"] // (100 * int(face))
        if self.rarely():
            box[100] += 1
        return tuple(FaceCount(rub(face), number) for face, number in sorted(box.items()))

    def cash(self) -> Any:
        """What lies in the till, most often."""
        held = self.known.venue.ledger.balance("1030", "RUB")
        return self.money() if self.rarely() else Money(max(0, held), rub(1).currency)

    def lines(self) -> tuple[orders.OrderLine, ...]:
        made = []
        for _ in range(self.of(1, 1, 2)):
            text, play = self.of("Tea", "Pizza"), self.yes()
            made.append(orders.OrderLine(text, self.of(1, 2), self.money(), play=play))
        return tuple(made)

    def payments(self) -> tuple[Payment, ...]:
        count = self.of(0, 1, 1, 2)
        return tuple(Payment(self.tender(), self.money(), self.maybe_card()) for _ in range(count))

    def exact(self, visit: str) -> tuple[Payment, ...]:
        """What is missing at the exit, in one tender; or anything."""
        kept = self.known.document("visits", visit)
        if not kept or kept["state"] != "open" or self.rarely():
            return self.payments()
        found = self.known.venue.ask(visits.GetVisit(kept["number"]), self.now)
        return (Payment(self.tender(), found.to_pay, ""),) if found.to_pay.minor else ()

    def session(self) -> str:
        return self.id_in("sessions", "running")

    def pair(self) -> tuple[ClientId, ClientId]:
        """Two who may be one, where the venue suspects somebody."""
        pairs = list(self.known.venue.books(self.now).secrets.table("suspects"))
        if not pairs or self.rarely():
            return self.client(), self.client()
        pair = self.of(*pairs)
        return ClientId(str(pair["client"])), ClientId(str(pair["other"]))

    def slip(self) -> JobId:
        return JobId(self.id("slips"))

    def receipt(self) -> JobId:
        """Of a top-up at the desk, most often."""
        desk = [
            job
            for job in self.known.ids["slips"]
            if "tender" in self.known.document("slips", job)["facts"]
        ]
        return self.slip() if not desk or self.rarely() else JobId(self.of(*desk[-5:]))

    def package(self) -> str:
        return self.id("packages")

    def station(self) -> str:
        return self.id("stations")

    def told(self) -> str:
        """What stands on a claim's ticket."""
        claim = self.known.document("claims", self.id("claims"))
        slip = self.known.document("slips", str(claim.get("slip")))
        return tickets.text(self.known.venue.books(self.now), slip) if slip else "FOYER:JUNK"


Make = Callable[[Pick], object]


def _register(p: Pick) -> object:
    read, phone = p.read(), p.of(*PHONES)
    pin, name = p.of(PIN, WRONG_PIN) if phone else "", p.of("", "Zinaida")
    return clients.RegisterCard(read, p.known.house.personal, "en", "1", phone, pin, name)


def _sell(p: Pick) -> object:
    card = p.maybe_card()
    client = p.client_of(card)
    return package_sales.SellPackage(
        client, p.package(), p.tender(), card, None, p.approval(), p.pin(), p.reason()
    )


def _start(p: Pick) -> object:
    card = p.maybe_card()
    mode, kind = p.of(*sessions.MODES), p.of("game", "game", "internet")
    planned = p.of(10, 60, 600) if mode == "balance_min" else 0
    return sessions.StartSession(
        p.client_of(card), p.station(), kind, mode, planned, card, p.yes(),
        p.approval(), p.pin(), p.reason(),
    )  # fmt: skip


def _extend(p: Pick) -> object:
    """A running session of a set number of minutes, where there is one."""
    running = p.known.venue.ask(session_list.RunningSessions(), p.now)
    planned = [s.id for s in running if s.mode == "balance_min"]
    return extensions.ExtendSession(p.of(*planned) if planned else p.session(), p.of(0, 5, 60))


def _recognition(p: Pick) -> object:
    documents = venue_file.parse(p.of(DEMO, DEMO, CENTRE)).documents
    rules = [Rule.from_document(document) for document in documents["rules"]]
    types = tuple(
        card_rules.CardType(
            kind["id"], kind["name"], kind["personal"], kind["in_use"],
            Money(kind["prepay_amount"], rub(0).currency), kind["prepay_reason"], rub(0),
            rub(0), kind["markup"], p.of(0, 5), kind["floating"], p.yes(),
        )
        for kind in documents["card_types"]
    )  # fmt: skip
    return card_rules.SetRecognition(types, tuple(p.of(rules, rules[::-1], rules[1:])), p.yes())


def _save(p: Pick) -> object:
    visit = p.of("", str(p.visit()))
    name = p.of(p.new("o"), p.id("orders"), "7")
    seats = () if not p.rarely() else (orders.Seat(1, p.card()),)
    return orders.SaveOrder(name, p.maybe_card(), "Bar", p.lines(), visit, seats, p.of(0, 2, 2))


def _pay(p: Pick) -> object:
    order = p.id_in("orders", "saved")
    kept = p.known.document("orders", order)
    exact = (Payment(p.tender(), Money(kept.get("total", 100), rub(1).currency), ""),)
    paid = p.payments() if p.rarely() else exact
    card = str(p.known.document("visits", str(kept.get("visit", ""))).get("card", ""))
    shown = p.of(card, card, "")
    return orders.PayOrder(order, paid, 0, "en", p.pin(), p.approval(), p.reason(), shown)


def _calculate(p: Pick) -> object:
    visit = p.visit()
    paid, owing = p.exact(visit), None
    if len(paid) == 1 and p.yes():
        paid, owing = (), paid[0].amount
    return checkout.CalculateVisit(
        visit, paid, None, owing, p.rarely(), p.of("cash", "claim"), "en", p.pin(),
        p.approval(), p.reason(), p.of(str(p.known.document("visits", visit).get("card", "")), ""),
    )  # fmt: skip


def _debt(p: Pick) -> object:
    """What a visit left owed, or a part of it; or anything."""
    left = p.known.venue.ask(debts.UnpaidVisits(), p.now).latest
    if not left or p.rarely():
        return debts.PayDebt(p.id_in("visits", "closed"), p.payments(), "en")
    debt = p.of(*left)
    amount = p.of(debt.owed, p.money())
    return debts.PayDebt(debt.visit.id, (Payment(p.tender(), amount),), "en")


def _switch(p: Pick) -> object:
    session = p.session()
    kept = p.known.document("sessions", session)
    kind = "internet" if kept.get("kind") == "game" else "game"
    card = p.of("", str(kept.get("card", "")), p.card())
    return sessions.SwitchSession(session, kind, p.of("", p.station()), card, p.pin())


def _change(p: Pick) -> object:
    wallet, reason = (
        p.of("game", "game", "bonus"),
        p.of("refund", "technical_error", "bonus_accrual"),
    )
    amount = p.points() if wallet == "bonus" else p.money().minor
    signed = -amount if reason == "refund" or p.rarely() else amount
    source = p.of("till", "goodwill") if reason == "technical_error" else ""
    return balances.ChangeBalance(
        p.client(), wallet, signed, reason, p.reason(), source, p.approval()
    )


def _slip(p: Pick) -> object:
    job = p.slip()
    attempt = int(p.known.document("slips", job).get("attempts", 0)) + 1
    outcome: Any = p.of("printed", "printed", "not_printed", "partial", "unknown")
    return slips.RecordSlip(job, attempt, outcome, "paper_out")


def _fiscal(p: Pick) -> object:
    name = p.id_in("fiscal", "due", "sent")
    outcome: Any = p.of("sent", "confirmed", "absent", "failed")
    attempt = int(p.known.document("fiscal", name).get("attempts", 0)) + (outcome == "sent")
    return fiscal.RecordFiscal(name, attempt, outcome, "12", p.reason())


def _payment(p: Pick) -> object:
    name = p.id("terminal_payments")
    outcome: Any = p.of("approved", "approved", "declined", "unknown", "absent")
    taken = p.of(None, None, p.money())
    return terminal_payments.RecordTerminalPayment(
        name, outcome, taken, "1111", "T7", "visa", p.reason()
    )


def _pulls(p: Pick) -> int:
    return int(p.known.document("cashboxes", BOX).get("pulls", 0))


MAKERS: dict[type, Make] = {
    settings.ImportVenue: lambda p: settings.ImportVenue(p.of(*p.known.house.files)),
    settings.ChangeSettings: lambda p: settings.ChangeSettings(
        p.of(
            {"venue": {"name": p.of("Orbit", "", "x" * 300)}},
            {"cash": {"top_up_max": p.of(15000, 0, -1, "x")}},
            {"menu": [{"id": "tea", "name": "Tea", "price": p.of(100, "0.50", 1.5)}]},
            {"rights": {"staff": p.of(["owner"], ["cashier"], None)}},
            {"hours": p.of([], "always", [{"opens": "9", "closes": "10"}])},
            {"staff": []},
        )
    ),
    training.BeginTraining: lambda p: training.BeginTraining(),
    training.EndTraining: lambda p: training.EndTraining(),
    staff.AddStaff: lambda p: staff.AddStaff(
        p.of("301", p.number()), "New", p.of("cashier", "manager", "owner"), ""
    ),
    staff.ChangeStaff: lambda p: staff.ChangeStaff(
        p.of("301", "301", p.number()), "New", p.of("cashier", "owner"), "", p.of("active", "left")
    ),
    staff.SetStaffPin: lambda p: staff.SetStaffPin(p.of("301", p.number()), STAFF_PIN, STAFF_PIN),
    staff.UnlockStaff: lambda p: staff.UnlockStaff(p.number()),
    staff.RecordLock: lambda p: staff.RecordLock(
        p.of(*p.known.house.staff), "2026-11-22T16:00:00Z"
    ),
    staff.SignIn: lambda p: staff.SignIn(p.number(), None, p.of(STAFF_PIN, "000000")),
    staff.SignOut: lambda p: staff.SignOut(),
    staff.IssueRecoveryCode: lambda p: staff.IssueRecoveryCode(
        p.of(p.number(), p.known.house.staff[5]), p.of(*CODES)
    ),
    staff.UseRecoveryCode: lambda p: staff.UseRecoveryCode(
        p.of(p.number(), p.known.house.staff[5]), p.of(*CODES), STAFF_PIN, p.of(*CODES)
    ),
    tokens.IssueToken: lambda p: tokens.IssueToken(
        p.of(p.new("t"), p.id("tokens")), p.of(*p.known.house.tills, JUNK), ("read",), TOKEN
    ),
    till_slips.RecordTillSlip: lambda p: till_slips.RecordTillSlip(p.slip()),
    tokens.RevokeToken: lambda p: tokens.RevokeToken(p.id("tokens")),
    tokens.SignInAtTill: lambda p: tokens.SignInAtTill(p.number(), "", "", p.of(STAFF_PIN, "1")),
    cards.BlockCard: lambda p: cards.BlockCard(p.card(), p.reason()),
    genuine.RecordTap: lambda p: genuine.RecordTap(p.read(), p.of(None, 1, 2, 3, -1)),
    genuine.RecordEnrolment: lambda p: genuine.RecordEnrolment(
        p.read(), DeviceId(p.of("reader", JUNK)), p.yes()
    ),
    cards.UnblockCard: lambda p: cards.UnblockCard(p.card(), p.reason()),
    clients.RegisterCard: _register,
    clients.EraseClient: lambda p: clients.EraseClient(p.client(), p.reason()),
    identity.ChangePin: lambda p: identity.ChangePin(p.client(), p.pin(), PIN),
    identity.RecoverPin: lambda p: identity.RecoverPin("code", PIN),
    identity.ResetPin: lambda p: identity.ResetPin(p.client(), PIN, p.reason()),
    identity.ChangePhone: lambda p: identity.ChangePhone(
        p.client(), p.of(*PHONES), p.pin(), "", p.reason()
    ),
    identity.ChangeName: lambda p: identity.ChangeName(
        p.client(), p.of("Зинаида Петрова", "Igor", "", "x" * 41), p.reason()
    ),
    lost_cards.ReportLost: lambda p: lost_cards.ReportLost(p.card(), p.proof(), p.reason()),
    lost_cards.MoveCard: lambda p: lost_cards.MoveCard(
        p.card(), p.read(), p.proof(), p.reason(), p.approval()
    ),
    own_data.IssueDataSlip: lambda p: own_data.IssueDataSlip(p.card(), "en"),
    own_data.EraseMyself: lambda p: _forgotten(p),
    cash.HoldNote: lambda p: cash.HoldNote(p.new_note(), p.face(), *_holder(p)),
    cash.HoldDeposit: lambda p: cash.HoldDeposit(p.new_note(), p.face(), _depositing(p)),
    cash.SettleNote: lambda p: cash.SettleNote(p.note(cash.UNDECIDED), p.reason()),
    cash.VoidNote: lambda p: cash.VoidNote(p.note(cash.UNDECIDED), p.reason()),
    cash.DoubtNote: lambda p: cash.DoubtNote(p.note(cash.UNDECIDED)),
    cash.RecogniseNote: lambda p: cash.RecogniseNote(p.new_note(), p.note(("settled",))),
    cash.SuspendNote: lambda p: cash.SuspendNote(p.new_note(), p.face()),
    coins.CreditCoin: lambda p: _coin(p),
    coins.NoteMark: lambda p: coins.NoteMark(COINS, p.of(*MARKS), _turns(p) + 1),
    coins.RecordCoinsLost: lambda p: coins.RecordCoinsLost(
        COINS, p.of(*MARKS), p.of(None, 0, 3), _turns(p) + 1
    ),
    cash.RecordStart: lambda p: cash.RecordStart(p.known.venue.ask(cash.LastStart(), p.now) + 1),
    cash.RecordRest: lambda p: cash.RecordRest(DeviceId("acceptor"), 1),
    visits.CreateVisit: lambda p: visits.CreateVisit(
        p.maybe_card(), p.of(None, p.entrance()), p.of(0, 2, 2), "", "", p.tender()
    ),
    visits.DescribeVisit: lambda p: visits.DescribeVisit(p.visit(), p.of(0, 3), "a party"),
    orders.SaveOrder: _save,
    orders.PayOrder: _pay,
    printed_bills.IssueOrderBill: lambda p: printed_bills.IssueOrderBill(
        p.id("orders"), p.language()
    ),
    printed_bills.IssueVisitBill: lambda p: printed_bills.IssueVisitBill(p.visit(), p.language()),
    orders.VoidOrder: lambda p: orders.VoidOrder(p.id_in("orders", "saved", "paid"), p.reason()),
    checkout.CalculateVisit: _calculate,
    debts.PayDebt: _debt,
    checkout.VoidVisit: lambda p: checkout.VoidVisit(p.visit(), p.of("cash", "claim"), "en", "why"),
    accounts.PointCard: lambda p: accounts.PointCard(p.card(), p.client(), p.client(), p.reason()),
    slips.IssueTopUpReceipt: lambda p: slips.IssueTopUpReceipt(
        p.notes(("settled",)), p.card(), "en", p.yes()
    ),
    slips.IssueRegistrationSlip: lambda p: slips.IssueRegistrationSlip(p.card(), "en"),
    slips.IssueCheckSlip: lambda p: slips.IssueCheckSlip(p.note(cash.UNDECIDED), "en"),
    slips.RecordSlip: _slip,
    receipts.ReprintSlip: lambda p: receipts.ReprintSlip(JobId(p.id_in("slips", "printed"))),
    desk_paper.IssueXReport: lambda p: desk_paper.IssueXReport(p.of("en", "ru")),
    desk_paper.IssueTransactionsList: lambda p: desk_paper.IssueTransactionsList(p.client()),
    desk_paper.IssueReportSlip: lambda p: desk_paper.IssueReportSlip(
        made(p.known.venue.ledger, p.of("top_ups", "liabilities"), Period(), p.now.wall)
    ),
    desk_paper.IssueRecoverySlip: lambda p: desk_paper.IssueRecoverySlip(1),
    receipts.VoidReceipt: lambda p: receipts.VoidReceipt(
        p.receipt(), p.reason(), p.of(STAFF_PIN, STAFF_PIN, "000000")
    ),
    claims.IssueClaim: lambda p: claims.IssueClaim(p.note(("suspense",)), "en"),
    claims.RedeemClaim: lambda p: claims.RedeemClaim(
        p.told(), p.of(p.client(), ClientId("")), p.reason()
    ),
    pay_outs.BeginPayOut: lambda p: pay_outs.BeginPayOut(
        p.told(), HOPPER, p.of(rub(50), rub(100), EURO), p.of("9/1/1", ""), "en", p.reason()
    ),
    pay_outs.TryHopper: lambda p: pay_outs.TryHopper(HOPPER, rub(50), "9/1/1"),
    pay_outs.EndPayOut: lambda p: pay_outs.EndPayOut(
        p.id_in("payouts", "ordered"), p.of(0, 1, 1, 2)
    ),
    pay_outs.DoubtPayOut: lambda p: pay_outs.DoubtPayOut(p.id_in("payouts", "ordered")),
    pay_outs.SettlePayOut: lambda p: pay_outs.SettlePayOut(
        p.id_in("payouts", "doubtful"), p.of(0, 1, 1, -1), p.reason()
    ),
    pay_outs.FillHopper: lambda p: pay_outs.FillHopper(
        p.of(HOPPER, HOPPER, DeviceId("a:b")), p.of(rub(50), EURO), p.of(40, 0), p.reason()
    ),
    pay_outs.CountHopper: lambda p: pay_outs.CountHopper(
        HOPPER, rub(50), p.of(0, 3, -1), p.reason()
    ),
    claims.CreditFromSuspense: lambda p: claims.CreditFromSuspense(
        p.note(("suspense",)), p.client(), p.reason()
    ),
    prepayments.BeginPrepayment: lambda p: prepayments.BeginPrepayment(p.entrance(), "en", 2),
    prepayments.CompletePrepayment: lambda p: prepayments.CompletePrepayment(
        VisitId(p.id_in("prepayments", "pending"))
    ),
    prepayments.AbandonPrepayment: lambda p: prepayments.AbandonPrepayment(
        _depositing(p), p.reason()
    ),
    prepayments.Deposit: lambda p: prepayments.Deposit(
        p.visit(), p.money(), p.tender(), p.of(*p.known.house.others), "en", p.of("", p.number())
    ),
    prepayments.IssueDepositReceipt: lambda p: prepayments.IssueDepositReceipt(
        p.notes(("settled",)), "en"
    ),
    fiscal.RecordFiscal: _fiscal,
    fiscal_shifts.RecordFiscalShift: lambda p: fiscal_shifts.RecordFiscalShift(1, None),
    terminal_payments.BeginTerminalPayment: lambda p: terminal_payments.BeginTerminalPayment(
        p.of("top_up", "deposit", "due"),
        p.money(),
        "en",
        p.client(),
        p.visit(),
        p.of("bank_card", "qr"),
    ),
    terminal_payments.RecordTerminalPayment: _payment,
    terminal_payments.IssuePaymentSlip: lambda p: terminal_payments.IssuePaymentSlip(
        p.id("terminal_payments"), "en"
    ),
    shifts.OpenShift: lambda p: shifts.OpenShift(p.money(), p.of("change", ""), ""),
    shifts.CloseShift: lambda p: shifts.CloseShift(
        p.cash(), p.of((), ("open_visits", "doubtful_notes", "unfiscalised", "desk_paper"))
    ),
    shifts.CloseOverdueShift: lambda p: shifts.CloseOverdueShift(p.id("shifts")),
    drawer.FloatIn: lambda p: drawer.FloatIn(p.money(), "change"),
    drawer.WithdrawCash: lambda p: drawer.WithdrawCash(p.money(), "bank", p.number()),
    drawer.CollectDrawer: lambda p: drawer.CollectDrawer("bag 1", p.of(None, p.money())),
    drawer.ReverseTillMovement: lambda p: drawer.ReverseTillMovement(
        p.id("till_movements"), p.reason()
    ),
    cashbox.RecordCashboxOut: lambda p: cashbox.RecordCashboxOut(BOX, _pulls(p) + 1),
    cashbox.RecordCashboxIn: lambda p: cashbox.RecordCashboxIn(BOX, _pulls(p)),
    cashbox.CollectCashbox: lambda p: cashbox.CollectCashbox(
        p.of(BOX, BOX, COINS),
        p.of(p.faces(), None),
        p.of("S1", ""),
        p.yes(),
        p.approval(),
        "a comment",
    ),
    cashbox.CountCollection: lambda p: cashbox.CountCollection(
        p.id("collections"), p.faces(), p.reason()
    ),
    segments.SetGroup: lambda p: segments.SetGroup(
        p.client(), p.of("", p.id("groups")), p.reason()
    ),
    promo_codes.IssuePromoCode: lambda p: promo_codes.IssuePromoCode(
        p.client(), p.of(*promo_codes.GIVES), p.points(), p.of("", "2026-11-30"), p.reason()
    ),
    promo_codes.RedeemPromoCode: lambda p: promo_codes.RedeemPromoCode(p.card(), "AAAA-BBBB-CCCC"),
    duplicates.MergeClients: lambda p: duplicates.MergeClients(p.client(), p.client(), p.reason()),
    duplicates.KeepApart: lambda p: duplicates.KeepApart(*p.pair(), p.reason()),
    strikes.RecordStrike: lambda p: strikes.RecordStrike("second_place", p.client(), p.card()),
    calls.CallHelp: lambda p: calls.CallHelp(p.of(*calls.SCENES), "en", p.card()),
    calls.AnswerHelp: lambda p: calls.AnswerHelp(p.id("calls")),
    calls.CancelHelp: lambda p: calls.CancelHelp(p.id("calls")),
    strikes.ClearStrike: lambda p: strikes.ClearStrike(p.id("strikes"), p.reason()),
    bonus.GrantTopUpBonus: lambda p: bonus.GrantTopUpBonus(p.notes(("settled",))),
    balances.ChangeBalance: _change,
    balances.ReverseChange: lambda p: balances.ReverseChange(p.id("changes"), p.reason()),
    desk_top_ups.TopUpAtDesk: lambda p: desk_top_ups.TopUpAtDesk(
        p.client(), p.money(), p.tender(), p.approval(), p.reason()
    ),
    desk_top_ups.ReverseTopUp: lambda p: desk_top_ups.ReverseTopUp(p.receipt(), p.reason()),
    desk_top_ups.RecordChargeback: lambda p: desk_top_ups.RecordChargeback(p.receipt(), p.reason()),
    card_rules.SetRecognition: _recognition,
    packages.SetPackages: lambda p: packages.SetPackages(
        (packages.Package("", "game", p.of(60, 0), p.money()),), p.yes()
    ),
    package_sales.SellPackage: _sell,
    package_sales.UndoPackage: lambda p: package_sales.UndoPackage(
        p.id("package_sales"), p.yes(), p.approval(), p.reason()
    ),
    minutes.ConvertMinutes: lambda p: minutes.ConvertMinutes(
        p.client(), p.of("game", "internet"), p.of(1, 10, -1), p.maybe_card(), p.pin()
    ),
    minutes.AdjustMinutes: lambda p: minutes.AdjustMinutes(
        p.client(), p.of("game", "internet", "rain"), p.points(), p.reason(), p.approval()
    ),
    sessions.StartSession: _start,
    extensions.ExtendSession: _extend,
    sessions.StopSession: lambda p: sessions.StopSession(
        p.session(), p.maybe_card(), p.of("", "cash", "wallet")
    ),
    sessions.EndSession: lambda p: sessions.EndSession(p.session(), 60),
    sessions.MoveSession: lambda p: sessions.MoveSession(
        p.session(), "2026-11-22T14:00:00.000000Z"
    ),
    sessions.SwitchSession: _switch,
    desk_paper.IssueTestPage: lambda p: desk_paper.IssueTestPage(p.of("en", "de", "xx")),
    maintenance.RecordMaintenance: lambda p: maintenance.RecordMaintenance(
        p.of("restart", "port", "dancing"), p.of("", BOX), p.of("", "/dev/ttyUSB0", "\x00")
    ),
    maintenance.SetVolume: lambda p: maintenance.SetVolume(p.of("off", "loud", "deafening")),
    sessions.PaySession: lambda p: sessions.PaySession(p.id_in("sessions", "unpaid"), p.tender()),
}
"""How each command is made."""

BOX = DeviceId("acceptor")


HOPPER = DeviceId("hopper")
COINS = DeviceId("coins")
MARKS = ("7/1", "7/2", "7/3", "8/0", "")


def _turns(p: Pick) -> int:
    return int(p.known.document("coins", COINS).get("turns", 0))


def _coin(p: Pick) -> object:
    """A coin of somebody, of a visit or of nobody; now and then with a mark told before."""
    p.known.notes += 1
    coin = note_id(COINS, 1, p.known.notes)
    value = Money(p.of(50, 100, 500, 1000), CURRENCIES["RUB"])
    client, card = _holder(p)
    return p.of(
        coins.CreditCoin(coin, value, f"7/{p.known.notes % 255 + 1}", client, card),
        coins.CreditCoin(coin, value, p.of(*MARKS), client, card),
        coins.CreditCoin(coin, value, "", visit=_depositing(p)),
        coins.CreditCoin(coin, value, ""),
    )


def _forgotten(p: Pick) -> object:
    client, card = _holder(p)
    with_card = Proof(card=card, pin=p.pin())
    return own_data.EraseMyself(client, p.of(with_card, with_card, p.proof()))


def _holder(p: Pick) -> tuple[ClientId, CardId]:
    """A card and whose it is: the kiosk read it a moment ago."""
    ids = [c for c in p.known.ids["cards"] if p.known.document("cards", c)["state"] == "active"]
    if not ids:
        return p.client(), p.card()
    card = CardId(p.of(*ids))
    return ClientId(p.known.document("cards", card)["client"]), card


def _depositing(p: Pick) -> VisitId:
    """A visit, or the one that a pending prepayment is for."""
    pending = [
        name
        for name in p.known.ids["prepayments"]
        if p.known.document("prepayments", name).get("state") == "pending"
    ]
    return VisitId(p.of(*pending, *pending, str(p.visit())))


def actor(p: Pick, kinds: frozenset[str]) -> str:
    """Somebody who may give such a command, of any role; now and then somebody who may not."""
    kind = p.of("guest", "kiosk", "till", "staff", "cli") if p.rarely() else p.of(*sorted(kinds))
    match kind:
        case "staff":
            # The owner may nearly everything.
            return f"staff:{p.of(p.number(), p.known.house.staff[5])}"
        case "till":
            return f"till:{p.of(*p.known.house.tills)}"
        case _:
            return kind
