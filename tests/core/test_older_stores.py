"""A store of an older format, brought to this one: everything can be done with what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.core import balances, checkout, desk_top_ups, identity, lost_cards, orders, tickets
from kiosk.core import venue_file as file
from kiosk.core.audit import audit
from kiosk.core.bills import OrderLine
from kiosk.core.bonus import GrantTopUpBonus, TopUpsWithoutBonus
from kiosk.core.calls import AnswerHelp, OpenCalls
from kiosk.core.cards import Card, CardsOf, GetCard
from kiosk.core.cash import HeldNotes, HoldNote, SettleNote, VoidNote
from kiosk.core.cashbox import BoxContents, CollectCashbox, Collections
from kiosk.core.claims import CheckTicket, OpenClaims, RedeemClaim
from kiosk.core.client_list import FindClients, ListClients
from kiosk.core.clients import EraseClient, GetClient, Movements, RegisterCard
from kiosk.core.duplicates import Duplicates, MergeClients
from kiosk.core.errors import Refused
from kiosk.core.fiscal import FiscalOf, NextFiscal, RecordFiscal
from kiosk.core.fiscal_shifts import CurrentFiscalShift, RecordFiscalShift
from kiosk.core.ids import CardId, ClientId, JobId, NoteId, VisitId
from kiosk.core.ledger import Draft, Ledger
from kiosk.core.minutes import AdjustMinutes, MinutesOf
from kiosk.core.money import Money
from kiosk.core.package_sales import SellPackage, UndoPackage
from kiosk.core.packages import Package, SetPackages
from kiosk.core.payments import Payment
from kiosk.core.prepayments import (
    AbandonPrepayment,
    DepositRefusal,
    DepositsOf,
    PendingPrepayments,
)
from kiosk.core.receipts import ReprintSlip, ShiftSlips, VoidReceipt
from kiosk.core.recognition import Recognised
from kiosk.core.segments import SetGroup
from kiosk.core.session_list import RunningSessions, UnpaidSessions
from kiosk.core.sessions import PaySession, StartSession, StopSession
from kiosk.core.settings import ImportVenue, VenueDocuments
from kiosk.core.shift_report import XReport, ZReport
from kiosk.core.shifts import (
    CloseOverdueShift,
    CloseShift,
    CurrentShift,
    EndOfShift,
    OpenShift,
)
from kiosk.core.slips import SlipDocument
from kiosk.core.staff import AddStaff
from kiosk.core.statistics import ClientStatistics
from kiosk.core.store import Store
from kiosk.core.terminal_payments import (
    OpenTerminalPayments,
    PaymentOnTheWay,
    RecordTerminalPayment,
)
from kiosk.core.transactions import ClientTransactions, Transactions
from kiosk.core.venue import TABLES
from kiosk.core.visits import CreateVisit, DescribeVisit, GetVisit, OpenVisit, OpenVisits
from tests.core import copies
from tests.core.guest import ACCEPTOR, DEMO, RUB, UID, Guest, rub, shelf
from tests.core.test_migrations import OF_THIS_FORMAT, configuration, expected, lay
from tests.core.test_migrations import opened as opened_here
from tests.fixtures.stores.day_3 import ADMINISTRATOR, BAR, CASHIER, MANAGER, OWNER, Life
from tests.fixtures.stores.make import LATER

ELENA, STRANGER, PAVEL = "2000000001", "2000000003", "2000000004"
"""Numbers of cards: Elena's phone and PIN 2580, with 1,000 on it; a blocked one; Pavel's, 550."""
SEATED = CardId("K1-1-6c")
"""Nobody's name, phone or PIN is known; 600 on it, and a visit that is open with 560 on it."""
HELD, LOST = NoteId("acceptor/2/2"), NoteId("acceptor/1/105")
ALL = ("open_visits", "doubtful_notes", "unfiscalised", "desk_paper")


class Older(Life):
    """An older store, days later: who works there has come, and a shift is open."""

    def __init__(self, day: Guest) -> None:
        super().__init__(day)
        day.now = LATER
        people: Any = (("101", "cashier"), ("102", "administrator"), ("106", "owner"))
        for number, role in people:
            self.did(AddStaff(number, f"Сотрудник {number}", role), "cli")
        self.did(AddStaff("105", "Марина", "manager"), OWNER)
        self.did(OpenShift(rub(0)))
        # What tickets were paid in cash before there were shifts, the till owes.
        self.owed = -day.venue.ledger.balance("1030", "RUB")

    def imported(self) -> None:
        """The owner brings what came with this format: packages, stations, tariffs, groups."""
        self.did(ImportVenue(file.parse(DEMO)), OWNER)

    def of(self, number: str) -> Card:
        found = self.ask(GetCard(number))
        assert isinstance(found, Card)
        return found

    def note_of(self, number: str, face: int) -> NoteId:
        """A note in the acceptor today."""
        card, note = self.of(number), self.note(1 + self.calls)
        self.did(HoldNote(note, rub(face), card.client, card.id), "kiosk")
        self.did(SettleNote(note), "kiosk")
        return note

    def wallet(self, client: str) -> Money:
        found: Money = self.ask(GetClient(ClientId(client))).wallet
        return found

    def document(self, table: str, name: str) -> dict[str, Any]:
        kept = self.day.venue.store.get(table, name)
        assert kept is not None
        return kept

    def visit_seated(self) -> VisitId:
        return VisitId(self.ask(OpenVisit(SEATED)).id)


@pytest.fixture(params=[1, 2])
def older(request: pytest.FixtureRequest) -> Iterator[Older]:
    with shelf() as folder:
        venue = opened_here(lay(folder / "old", request.param))
        made = Older(Guest(venue, simulated=False))
        yield made
        assert venue.ledger.verify() == []
        assert audit(venue.books(made.day.now)) == []
        venue.close()


# --- documents -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2])
def test_documents_have_the_keys_that_this_format_gives_them(number: int, tmp_path: Path) -> None:
    old, new = opened_here(lay(tmp_path / "old", number)), opened_here(lay(tmp_path / "new", 3))
    for table in ("settings", "card_types", "rules", "clients", "orders", "cards", "slips"):
        made = new.store.table(table).all()
        always = set.intersection(*(set(document) for document in made))
        for document in old.store.table(table):
            if document["id"] != "keys":
                assert always <= set(document) | {"id"}, (table, document["id"])
    old.close()
    new.close()


@pytest.mark.parametrize("number", [1, 2])
def test_the_settings_of_an_older_store_are_a_file_that_can_be_imported(
    number: int, tmp_path: Path
) -> None:
    venue = opened_here(lay(tmp_path / "old", number))
    text = file.write(venue.ask(VenueDocuments(), LATER))
    again = venue.do(ImportVenue(file.parse(text)), actor="cli", key="again", now=LATER)
    assert isinstance(again, Refused) and again.key == "err.nothing_changed"
    venue.close()


def test_a_fiscal_venue_of_before_has_the_reasons_that_its_types_name(tmp_path: Path) -> None:
    folder = lay(tmp_path / "old", 2)
    store = Store.open(folder / "store.db", tables=TABLES, older=True)
    settings, table = store.get("settings", "venue"), store.get("card_types", "table")
    assert settings is not None and table is not None
    draft = Draft("venue_imported")
    draft.set("settings", settings | {"prepay_accounting": "receipt_later_summary"})
    draft.set("card_types", table | {"prepay_amount": 50_000, "prepay_reason": "advance"})
    Ledger(store).post(draft, key="import:2", actor="cli", command="import", now=LATER)
    store.close()
    venue = opened_here(folder)
    older = Older(Guest(venue, simulated=False))
    visit = older.visit(CreateVisit(read=Recognised("Table card", "entrance_card", "table", "1")))
    (document,) = older.ask(FiscalOf(visit))
    assert (document.kind, document.value) == ("receipt", rub(500))
    assert older.document("money_reasons", "advance")["uses"] == ["prepayment"]
    file.parse(file.write(older.ask(VenueDocuments())))
    assert venue.ledger.verify() == [] and audit(venue.books(LATER)) == []
    venue.close()


# --- people, cards and claims --------------------------------------------------------------------


def test_people_are_found_by_name_phone_and_card(older: Older) -> None:
    elena = older.of(ELENA).client
    for query in (ListClients("ёжик"), ListClients("елена"), FindClients("1234567")):
        assert elena in [row.client for row in older.ask(query, ADMINISTRATOR).rows]
    (pavel,) = older.ask(ListClients("Пав"), ADMINISTRATOR).rows
    assert (pavel.client, pavel.group, str(pavel.wallet)) == (older.of(PAVEL).client, "", "550.00")
    told = older.ask(ClientStatistics(elena), ADMINISTRATOR)
    assert (told.visits, told.spent) == (0, rub(0))
    # Of a name that is given again staff are told now.
    read = Recognised("Striped guest card", "interface", "PDS", "7700000001")
    older.did(RegisterCard(read, "guest", "ru", "2026-11", name="Ёжикова Елена"), "guest")
    (pair,) = older.ask(Duplicates(), ADMINISTRATOR)
    assert (pair.other.client, pair.why) == (elena, "name")


def test_old_clients_are_merged_and_erased(older: Older) -> None:
    elena, pavel, stranger = (older.of(n).client for n in (ELENA, PAVEL, STRANGER))
    older.did(MergeClients(elena, pavel, "Одна семья"), ADMINISTRATOR)
    assert older.wallet(elena) == rub(1550) and older.wallet(pavel) == rub(0)
    assert {older.of(PAVEL).client, older.of(ELENA).client} == {elena}
    with pytest.raises(Refused):
        older.ask(ListClients("Павел"), ADMINISTRATOR)
    # A refund looks through the papers of both.
    older.did(desk_top_ups.TopUpAtDesk(older.of(SEATED).client, rub(2000), "cash"))
    change = balances.ChangeBalance(elena, "game", -155_000, "refund", "Уходит")
    made = older.did(change, ADMINISTRATOR).refs["change"]
    returns = older.document("changes", str(made))["returns"]
    assert returns == {"top_up_receipt:3": 55_000, "top_up_receipt:2": 100_000}
    older.did(VoidNote(LOST, "Вернули"), ADMINISTRATOR)
    older.did(MergeClients(elena, stranger, "И она же"), ADMINISTRATOR)
    older.did(EraseClient(elena, "Просила забыть"), MANAGER)
    for gone in (elena, pavel, stranger):
        assert older.ask(GetClient(gone)).state == "erased"
    with pytest.raises(Refused):
        older.ask(ListClients("Елена"), ADMINISTRATOR)


def test_old_pins_and_recovery_prove_who_somebody_is(older: Older) -> None:
    card, proof = older.of(ELENA), identity.Proof("+79161234567", "2580")
    assert card.id in [c.id for c in older.ask(lost_cards.CardsOfHolder(proof), "guest")]
    older.did(identity.ChangePin(card.client, "2580", "8025"), "guest")
    proof = identity.Proof("+79161234567", "8025")
    older.did(lost_cards.ReportLost(card.id, proof), "guest")
    read = Recognised("Striped guest card", "interface", "PDS", "7700000002")
    older.did(lost_cards.MoveCard(card.id, read, proof), "guest")
    states = {c.number: c.state for c in older.ask(CardsOf(card.client))}
    assert states[ELENA] == "retired" and states["7700000002"] == "active"
    older.did(identity.ChangePhone(card.client, "", "8025"), "guest")
    with pytest.raises(Refused):
        older.ask(FindClients("+79161234567"), ADMINISTRATOR)


def test_claims_and_tickets_of_before_are_worth_what_they_were(older: Older) -> None:
    older.note_of(ELENA, 1000)
    older.did(desk_top_ups.TopUpAtDesk(older.of(ELENA).client, rub(2000), "cash"))
    for claim in older.ask(OpenClaims()):
        books = older.day.venue.books(older.day.now)
        told = tickets.text(books, older.document("slips", claim.slip))
        assert older.ask(CheckTicket(told)).state == "open"
        older.did(RedeemClaim(told, ClientId(""), "Принёс билет"), ADMINISTRATOR)
    assert older.ask(OpenClaims()) == ()


# --- money ---------------------------------------------------------------------------------------


def test_old_top_ups_are_refunded_and_stay_what_they_were(older: Older) -> None:
    elena = older.of(ELENA)
    older.did(desk_top_ups.TopUpAtDesk(elena.client, rub(300), "cash"))
    older.did(desk_top_ups.TopUpAtDesk(older.of(PAVEL).client, rub(900), "cash"))
    older.did(
        balances.ChangeBalance(elena.client, "game", -30_000, "refund", "Уходит"), ADMINISTRATOR
    )
    older.did(balances.ChangeBalance(elena.client, "game", -50_000, "refund", "Всё"), ADMINISTRATOR)
    (last, _) = older.ask(balances.BalanceChanges(elena.client), ADMINISTRATOR)
    returns = older.document("changes", last.id)["returns"]
    assert last.points == 0 and returns == {"top_up_receipt:2": 50_000}
    undo: Any
    for undo in (desk_top_ups.ReverseTopUp, desk_top_ups.RecordChargeback):
        done = older.refused(undo(JobId("top_up_receipt:2"), "Нет"), ADMINISTRATOR)
        assert done.key == "err.no_such_top_up"
    refused = older.refused(VoidReceipt(JobId("top_up_receipt:2"), "Нет", "394175"), ADMINISTRATOR)
    assert refused.key == "err.not_voidable"
    # The first shift covers what was before it, its slips too.
    assert "top_up_receipt:2" in [s.job for s in older.ask(ShiftSlips())]
    older.did(ReprintSlip(JobId("top_up_receipt:2")))
    assert older.ask(SlipDocument(JobId("top_up_receipt:2"))).number == 2


def test_all_slips_and_all_movements_of_before_can_be_read(older: Older) -> None:
    for slip in older.day.venue.store.table("slips"):
        assert older.ask(SlipDocument(JobId(slip["id"]))).kind == slip["kind"]
    rows = older.ask(Transactions(), OWNER).rows
    assert {row.kind for row in rows} >= {"note_settled"}
    elena = older.of(ELENA).client
    (row,) = [r for r in older.ask(ClientTransactions(elena), OWNER).rows if r.amount]
    assert (row.kind, row.amount, row.before, row.after) == ("note_settled", 100_000, 0, 100_000)


def test_the_bonus_of_a_ladder_is_not_for_top_ups_of_before_that_have_receipts(
    older: Older,
) -> None:
    ladder = '[[bonus_tiers]]\nfrom = 50\npercent = 10\n\n[[money_reasons]]\nid = "deposit"'
    text = DEMO.replace('[[money_reasons]]\nid = "deposit"', ladder, 1)
    older.did(ImportVenue(file.parse(text)), OWNER)
    for client in older.day.venue.store.table("clients").all():
        if client["state"] != "active":
            continue
        for notes in older.ask(TopUpsWithoutBonus(client["id"])):
            assert not any(older.document("notes", n)["receipt"] for n in notes)
    older.did(VoidNote(HELD, "Вернули"), ADMINISTRATOR)
    note = older.note_of(ELENA, 500)
    older.did(GrantTopUpBonus((note,)), "kiosk")
    assert older.ask(GetClient(older.of(ELENA).client)).bonus == 50


def test_the_first_shift_covers_all_entries_of_before(older: Older) -> None:
    assert {n.note: n.state for n in older.ask(HeldNotes())} == {LOST: "doubtful", HELD: "doubtful"}
    for note in older.ask(HeldNotes()):
        older.did(VoidNote(note.note, "Вернули"), ADMINISTRATOR)
    x = older.ask(XReport(), CASHIER)
    end = older.ask(EndOfShift())
    assert (end.open_visits, end.doubtful_notes, end.unfiscalised) == (1, 0, 0)
    older.did(CloseShift(rub(0), ALL))
    z = older.ask(ZReport(1), OWNER)
    assert x is not None and z is not None
    assert older.document("z_reports", "1")["over_short"] == older.owed
    grand = older.document("z_reports", "1")["grand"]
    assert grand["seq"] == older.day.venue.ledger.seq
    kept: dict[str, int] = {}
    for balance in older.day.venue.store.table("balances"):
        if balance["unit"] == "RUB":
            code = balance["account"][:4]
            kept[code] = kept.get(code, 0) + balance["amount"]
    summed: dict[str, int] = {}
    for column, _, debits, credits_ in grand["sums"]:
        summed[column[:4]] = summed.get(column[:4], 0) + debits - credits_
    assert {c: n for c, n in summed.items() if n} == {c: n for c, n in kept.items() if n}


def test_a_box_that_was_filled_before_is_collected(older: Older) -> None:
    older.did(SettleNote(HELD, "Нашли в кассете"), ADMINISTRATOR)
    contents = older.ask(BoxContents(ACCEPTOR), OWNER)
    total = sum(count.face.minor * count.number for count in contents)
    least = contents[-1]
    counted = (*contents[:-1], type(least)(least.face, least.number - 1))
    older.did(CollectCashbox(ACCEPTOR, counted, comment="Первая инкассация"), OWNER)
    (made,) = older.ask(Collections(), OWNER)
    assert made.over_short == Money(-least.face.minor, RUB)
    assert made.expected == Money(total, RUB) and older.ask(BoxContents(ACCEPTOR), OWNER) == ()


def test_a_guest_of_before_tops_up_at_the_screen(older: Older) -> None:
    day = older.day
    older.did(VoidNote(HELD, "Вернули"), ADMINISTRATOR)
    card = day.home(UID)
    assert card.id == "K1-1-3c" and day.balance(card) == "0.00"
    day.press("top_up")
    day.insert(500)
    day.press("done")
    day.printed()
    assert day.balance(card) == "500.00"
    assert [str(m.amount) for m in older.ask(Movements(card.client))] == ["500.00"]


# --- visits --------------------------------------------------------------------------------------


def test_an_open_visit_of_before_goes_on_and_is_calculated(older: Older) -> None:
    visit = older.visit_seated()
    (listed,) = older.ask(OpenVisits(), CASHIER)
    before = older.ask(GetVisit(listed.number))
    assert (listed.id, before.to_pay, before.guests, before.note) == (visit, rub(0), 0, "")
    older.save("9", visit, OrderLine("Чай", 1, rub(30)))
    # An order of before is saved anew, paid at once, or void; by staff, by its own name.
    drinks = (OrderLine("Вода", 1, rub(40)),)
    older.did(orders.SaveOrder("8", SEATED, "Bar", drinks, visit=visit), "till:1")
    older.did(orders.VoidOrder("till:1/7", "Не принесли"), ADMINISTRATOR)
    assert older.document("orders", "till:1/8")["station"] == "till:1"
    older.did(orders.PayOrder("till:1/8", (Payment("wallet", rub(40)),)), CASHIER)
    older.did(checkout.CalculateVisit(visit, ()), CASHIER)
    bill = older.ask(checkout.VisitBill(listed.number))
    assert (bill.visit.state, bill.visit.grand_total) == ("closed", rub(70))
    assert older.wallet(older.of(SEATED).client) == rub(530)
    assert older.ask(ClientStatistics(older.of(SEATED).client), ADMINISTRATOR).spent == rub(70)
    again = older.visit(CreateVisit(card=SEATED))
    assert older.document("visits", again)["number"] == 2
    assert older.ask(FiscalOf(visit)) == older.ask(DepositsOf(visit)) == ()


def test_an_open_visit_of_before_is_void_or_its_old_order_is_paid(older: Older) -> None:
    visit = older.visit_seated()
    older.did(desk_top_ups.TopUpAtDesk(older.of(PAVEL).client, rub(200), "cash"))
    assert older.ask(DepositRefusal(visit)) == "err.deposit_personal"
    pay = orders.PayOrder("till:1/7", (Payment("wallet", rub(470)),), card=SEATED)
    older.did(pay, "guest")
    assert older.refused(checkout.VoidVisit(visit, reason="Ошибка"), ADMINISTRATOR).key == (
        "err.visit_paid_orders"
    )
    older.did(orders.VoidOrder("till:1/7", "Не понравилось"), ADMINISTRATOR)
    older.did(checkout.VoidVisit(visit, reason="Ошибка"), ADMINISTRATOR)
    assert older.wallet(older.of(SEATED).client) == rub(600)
    assert older.ask(OpenVisits(), CASHIER) == ()


def test_the_kiosk_of_an_older_store_takes_visits_on_entrance_cards(older: Older) -> None:
    read = Recognised("Table card", "entrance_card", "table", "550001")
    visit = older.visit(CreateVisit(read=read, comment="За столом"))
    older.did(DescribeVisit(visit, 0, "За столом у окна"), CASHIER)
    older.save("5", visit, OrderLine("Чай", 1, rub(30)), actor=BAR)
    older.did(checkout.CalculateVisit(visit, (Payment("cash", rub(30)),)), CASHIER)
    assert older.day.venue.ledger.balance("1030", "RUB") == 3000 - older.owed


# --- play ----------------------------------------------------------------------------------------


def test_old_clients_buy_and_play(older: Older) -> None:
    elena = older.of(ELENA)
    assert older.ask(MinutesOf(elena.client)).game == 0
    begin = StartSession(elena.client, "pc-1", "game", "timer", card=elena.id)
    assert older.refused(begin, "guest").key == "err.no_such_station"
    older.did(SetPackages((Package("", "game", 60, rub(150)),)), ADMINISTRATOR)
    (package,) = older.day.venue.store.table("packages").all()
    buy = SellPackage(elena.client, package["id"], "wallet", elena.id, pin="2580")
    sale = str(older.did(buy, "guest").refs["sale"])
    older.did(AdjustMinutes(elena.client, "game", 5, "Сломался джойстик"), ADMINISTRATOR)
    older.imported()
    older.did(SetGroup(elena.client, "vip", "Своя"), ADMINISTRATOR)
    session = str(older.did(begin, "guest").refs["session"])
    older.wait(30)
    older.did(StopSession(session, elena.id), "guest")
    # An hour is 240 on a Friday evening, less ten percent of the group.
    cost = older.document("sessions", session)["charge"]
    assert older.wallet(elena.client) == Money(85_000 - cost, RUB) and cost > 0
    older.did(UndoPackage(sale, reason="Передумала"), ADMINISTRATOR)
    assert older.ask(MinutesOf(elena.client)).game == 5


# --- copies --------------------------------------------------------------------------------------


def test_an_older_store_is_copied_and_made_anew(older: Older) -> None:
    venue = older.day.venue
    with shelf() as folder:
        (folder / "stick").mkdir()
        copies.back_up(venue, folder / "stick")
        copies.mirrored(venue, folder / "stick")
        copies.seal_secrets(venue, folder / "stick")
        done = copies.restored(folder / "new", folder / "stick", key=copies.PRIVATE)
        assert done.whole, done.missing
        again = copies.opened(folder / "new")
        assert copies.documents(again) == copies.documents(venue)
        # Of the copies on the stick nobody knows any more whose keys they hold.
        assert {f.where for f in audit(again.books(LATER))} <= {str(folder / "stick")}
        told = again.ask(ListClients("Ёжикова"), LATER, "cli")
        assert [row.client for row in told.rows] == [older.of(ELENA).client]
        again.close()


@pytest.mark.parametrize("number", [1, 2])
def test_the_command_line_works_on_a_store_that_was_brought_here(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = lay(tmp_path / "old", number)
    (folder / "store.db").rename(folder / "kiosk.db")
    (folder / "kiosk.toml").write_text(configuration(folder))

    def kiosk(*words: str) -> str:
        assert main([words[0], "--config", str(folder / "kiosk.toml"), *words[1:]]) == 0, words
        return capsys.readouterr().out

    kiosk("card", "block", older_card(number), "--reason", "Lost")
    assert f"{expected(number)['entries'] + 4 - number} entries" in kiosk("verify")
    kiosk("export", str(folder / "venue.toml"))
    text = (folder / "venue.toml").read_text("utf-8")
    (folder / "venue.toml").write_text(text.replace("Orbit Club", "Орбита"), "utf-8")
    kiosk("import", str(folder / "venue.toml"))
    assert "2000000001"[-4:] in kiosk("show", "card", "2000000001")
    kiosk("entries")


def older_card(number: int) -> str:
    """A card that nobody blocked yet."""
    card: str = next(
        c["id"] for c in expected(number)["cards"] if c["state"] == "active" and c["type"]
    )
    return card


# --- this format ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", OF_THIS_FORMAT)
def test_E42_E43_every_slip_of_a_store_of_this_format_can_be_printed(
    kept: str, tmp_path: Path
) -> None:
    """Some types had no layout in the program that issued them; their facts are those of then."""
    venue = opened_here(lay(tmp_path / "kept", kept))
    kinds = set()
    for slip in venue.store.table("slips"):
        document = venue.ask(SlipDocument(JobId(slip["id"])), LATER)
        assert (document.kind, document.number) == (slip["kind"], slip["number"])
        kinds.add(document.kind)
    assert {"visit_creation", "prepayment_receipt", "prepayment_document"} <= kinds
    venue.close()


@pytest.mark.parametrize("kept", OF_THIS_FORMAT)
def test_what_was_not_over_in_a_store_of_this_format_goes_on_to_its_end(
    kept: str, tmp_path: Path
) -> None:
    venue = opened_here(lay(tmp_path / "kept", kept))
    former = len(venue.store.table("z_reports"))
    life = Life(Guest(venue, simulated=False), "later")
    life.day.now = LATER
    life.wait(0)
    assert life.ask(RunningSessions()) == ()
    # The acceptor was at rest: nobody knows where its note is. The guest is gone.
    lost = life.ask(HeldNotes())
    assert {bool(n.visit) for n in lost} == {True, False}
    for note in lost:
        life.did(SettleNote(note.note, "Нашли в кассете"), "cli")
    for pending in life.ask(PendingPrepayments()):
        life.did(AbandonPrepayment(pending.visit), "kiosk", f"abandon:{pending.visit}")
    the_terminal_and_the_calls(life)
    life.printed()
    shift = life.ask(CurrentShift())
    assert shift.overdue
    life.did(CloseOverdueShift(shift.id), "kiosk", f"overdue:{shift.id}")
    life.did(OpenShift(rub(1000), "change"))
    for session in life.ask(UnpaidSessions()):
        life.did(PaySession(session.id, "cash"))
    for visit in life.ask(OpenVisits()):
        paying = (Payment("cash", visit.to_pay),) if visit.to_pay.minor else ()
        life.did(checkout.CalculateVisit(visit.id, paying))
    while (step := life.ask(NextFiscal())) is not None:
        name, attempt = step.document.id, step.document.attempts
        if step.does == "send":
            attempt += 1
            life.did(RecordFiscal(name, attempt, "sent"), "kiosk")
        life.did(
            RecordFiscal(name, attempt, "confirmed", "ФД", reason="Напечатан"),
            "cli" if step.does == "wait" else "kiosk",
        )
    if (device := life.ask(CurrentFiscalShift())) is not None:
        told_ = f"fiscal_shift:{device.id}"
        life.did(RecordFiscalShift(device.number, device.ours), "kiosk", told_)
    life.did(CollectCashbox(ACCEPTOR, life.ask(BoxContents(ACCEPTOR))), "staff:103")
    life.printed()
    life.did(CloseShift(rub(0)), "staff:101")
    told = life.ask(ZReport(0), "cli")
    assert (told.number, told.open_visits, told.unfiscalised) == (former + 2, 0, 0)
    assert venue.ledger.verify() == [] and audit(venue.books(LATER)) == []
    venue.close()


def the_terminal_and_the_calls(life: Life) -> None:
    """What the bank's terminal and the guests still wait for: none in the store as released."""
    for payment in life.ask(OpenTerminalPayments()):
        if payment.state != "absent":
            told = f"payment:{payment.id}:absent"
            life.did(RecordTerminalPayment(payment.id, "absent"), "kiosk", told)
        decided = RecordTerminalPayment(payment.id, "approved", reason="По выписке банка")
        life.did(decided, ADMINISTRATOR)
    assert life.ask(PaymentOnTheWay()) is None
    for call in life.ask(OpenCalls()):
        life.did(AnswerHelp(call.id), CASHIER)
