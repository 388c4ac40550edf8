"""Changes of balances by staff: what fits, what it posts, who signs, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from tinydb import where

from kiosk.core import bonus
from kiosk.core.balances import (
    CHANGES_MAX,
    BalanceChange,
    BalanceChanges,
    ChangeBalance,
    ChangeFigures,
    ChangeOffered,
    CheckChange,
    Reason,
    ReverseChange,
    Source,
    Wallet,
)
from kiosk.core.bills import OrderLine
from kiosk.core.cards import Card
from kiosk.core.checkout import CalculateVisit
from kiosk.core.claims import CreditFromSuspense
from kiosk.core.clients import EraseClient, GetClient
from kiosk.core.desk_top_ups import RecordChargeback, ReverseTopUp, TopUpAtDesk
from kiosk.core.duplicates import MergeClients
from kiosk.core.errors import Refused
from kiosk.core.ids import JobId
from kiosk.core.ledger import BON, Entry
from kiosk.core.orders import SaveOrder
from kiosk.core.permissions import ROLES_KNOWN
from kiosk.core.sessions import StartSession, StopSession
from kiosk.core.shift_report import XReport
from kiosk.core.slips import IssueTopUpReceipt, SlipDocument
from kiosk.core.staff import AddStaff, Approval, SetStaffPin
from kiosk.core.store import Store
from kiosk.core.tenders import Tender
from kiosk.core.visits import CreateVisit
from tests.core.desk import (
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    MANAGER,
    OWNER,
    TECHNICIAN,
    Desk,
    desk,
)
from tests.core.guest import DEMO, rub
from tests.core.test_bonus import LADDER

PIN = "482915"
SIGNED = Approval("105", PIN)


class Till(Desk):
    """The desk, with one client before it."""

    mine: Card

    def change(
        self,
        wallet: Wallet,
        amount: int,
        reason: Reason | str,
        source: Source = "",
        comment: str = "as the guest said",
        approval: Approval | None = None,
    ) -> ChangeBalance:
        """A change of the client's balance: whole roubles, or points."""
        minor = amount * 100 if wallet == "game" else amount
        return ChangeBalance(
            self.mine.client,
            wallet,
            minor,
            reason,  # type: ignore[arg-type]
            comment,
            source,
            approval,
        )

    def topped_up(self, amount: int, tender: Tender = "cash") -> JobId:
        """The receipt of a top-up at the desk."""
        entry = self.did(TopUpAtDesk(self.mine.client, rub(amount), tender))
        return JobId(entry.refs["slip"])

    @property
    def holds(self) -> tuple[int, int]:
        """The client's balances, in whole roubles and points."""
        found = self.ask(GetClient(self.mine.client))
        assert found.wallet.minor % 100 == 0
        return found.wallet.minor // 100, found.bonus

    @property
    def cash(self) -> int:
        """What the till should hold, in whole roubles."""
        return self.minor("1030") // 100

    def posted(self, entry: Entry) -> dict[str, int]:
        """What an entry moves: whole roubles or points by account, "me" for the client."""
        made = {
            p.account.replace(self.mine.client, "me"): p.amount // (1 if p.unit == BON else 100)
            for p in entry.postings
        }
        assert len(made) == len(entry.postings)
        return made

    def changes(self) -> tuple[BalanceChange, ...]:
        found: tuple[BalanceChange, ...] = self.ask(BalanceChanges(), AUDITOR)
        return found


@pytest.fixture
def till() -> Iterator[Till]:
    """A shift with 5000 in the till; 300 earns 30 points, 500 earns 50, 1000 earns 150."""
    with desk(DEMO + LADDER) as made:
        one = Till(made.venue)
        one.opened(5000)
        one.mine = one.register()
        one.did(SetStaffPin("105", PIN), "cli")
        yield one


def adm(till: Till, command: object) -> Entry:
    return till.did(command, ADMINISTRATOR)


def told(till: Till, command: object, actor: str = ADMINISTRATOR) -> str:
    return till.refused(command, actor)[0]


def name(entry: Entry) -> str:
    return str(entry.refs["change"])


# --- top-ups at the desk -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tender", "account"), [("cash", "1030"), ("bank_card", "1110:desk"), ("qr", "1120:desk")]
)
def test_C25_C34_a_top_up_at_the_desk_by_each_tender(
    till: Till, tender: Tender, account: str
) -> None:
    entry = till.did(TopUpAtDesk(till.mine.client, rub(200), tender))
    assert entry.kind == "topped_up"
    assert till.posted(entry) == {account: 200, "2010:me": -200}
    assert entry.refs["tender"] == tender and entry.refs["shift"]
    assert till.holds == (200, 0)


def test_C34_the_receipt_says_the_balance_before_and_after(till: Till) -> None:
    till.topped_up(200)
    document = till.ask(SlipDocument(till.topped_up(500)))
    words = str(document)
    assert "500.00" in words and "200.00" in words and "700.00" in words
    kept = till.venue.store.get("slips", "top_up_receipt:2")
    assert kept is not None and kept["facts"]["bonus"] == 50


def test_C30_C41_a_top_up_at_the_desk_earns_by_the_ladder_in_the_same_entry(till: Till) -> None:
    entry = till.did(TopUpAtDesk(till.mine.client, rub(300), "cash"))
    assert till.posted(entry) == {"1030": 300, "2010:me": -300, "9050": 30, "9060:me": -30}
    till.topped_up(1000)
    assert till.holds == (1300, 180)
    till.topped_up(100)
    assert till.holds == (1400, 180)


def test_C25_C34_a_top_up_needs_an_open_shift_an_amount_and_a_tender(till: Till) -> None:
    client = till.mine.client
    assert told(till, TopUpAtDesk(client, rub(0), "cash")) == "err.amount_small"
    assert told(till, TopUpAtDesk(client, rub(-5), "cash")) == "err.amount_small"
    assert told(till, TopUpAtDesk(client, rub(5), "wallet")) == "err.tender_unknown"
    assert told(till, TopUpAtDesk(client, rub(5), "gold")) == "err.tender_unknown"  # type: ignore[arg-type]
    assert told(till, TopUpAtDesk("nobody", rub(5), "cash")) == "err.no_such_client"  # type: ignore[arg-type]
    till.printed()
    till.closed_shift()
    assert told(till, TopUpAtDesk(client, rub(5), "cash")) == "err.no_shift"


def test_C34_who_may_not_sell_tops_up_nobody(till: Till) -> None:
    for actor in (AUDITOR, TECHNICIAN, "guest", "kiosk", "till:bar", "staff:999"):
        assert told(till, TopUpAtDesk(till.mine.client, rub(5), "cash"), actor) == "err.not_allowed"


def test_C34_a_balance_has_a_largest_amount(till: Till) -> None:
    till.topped_up(60_000)
    key, args = till.refused(TopUpAtDesk(till.mine.client, rub(40_001), "qr"))
    assert (key, args) == ("err.balance_full", {"limit": "100000.00"})
    override = TopUpAtDesk(till.mine.client, rub(40_000), "qr")
    till.did(override)
    assert till.holds[0] == 100_000
    assert told(till, till.change("game", 1, "technical_error", "till")) == "err.balance_full"


def test_a_top_up_too_often_needs_who_may_override(till: Till) -> None:
    for _ in range(20):
        till.topped_up(10)
    again = TopUpAtDesk(till.mine.client, rub(10), "cash")
    assert told(till, again, CASHIER) == "err.limited_times"
    signed = TopUpAtDesk(till.mine.client, rub(10), "cash", SIGNED, "a big family")
    entry = till.did(signed)
    assert entry.refs["approved_by"] == MANAGER
    assert till.holds == (210, 0)


def test_C25_the_same_key_takes_the_money_once(till: Till) -> None:
    command = TopUpAtDesk(till.mine.client, rub(500), "cash")
    first = till.venue.do(command, actor=CASHIER, key="once", now=till.now)
    assert till.venue.do(command, actor=CASHIER, key="once", now=till.now) == first
    assert (till.holds, till.cash) == ((500, 50), 5500)


# --- which change fits -------------------------------------------------------------------------

FITS = {
    ("refund", "game", -1),
    ("technical_error", "game", 1),
    ("technical_error", "game", -1),
    ("technical_error", "bonus", 1),
    ("technical_error", "bonus", -1),
    ("bonus_accrual", "bonus", 1),
}


@pytest.mark.parametrize("sign", [1, -1, 0])
@pytest.mark.parametrize("wallet", get_args(Wallet))
@pytest.mark.parametrize("reason", [*get_args(Reason), "gift"])
def test_C10_C11_a_reason_fits_its_balance_and_direction(
    till: Till, reason: str, wallet: Wallet, sign: int
) -> None:
    till.topped_up(1000)
    corrects = (reason, wallet) == ("technical_error", "game")
    change = till.change(wallet, sign * 10, reason, "till" if corrects else "")
    done = till.do(change, ADMINISTRATOR)
    if (reason, wallet, sign) in FITS:
        assert isinstance(done, Entry) and done.kind == "balance_changed"
        moved = (sign * 10, 0) if wallet == "game" else (0, sign * 10)
        # A refund of 10 takes 1 point of the 150 that came with 1000.
        back = 1 if reason == "refund" else 0
        assert till.holds == (1000 + moved[0], 150 + moved[1] - back)
    else:
        no_money = (reason, wallet) == ("refund", "bonus")
        wanted = "err.bonus_no_money" if no_money else "err.change_not_allowed"
        assert isinstance(done, Refused) and done.key == wanted
        assert till.holds == (1000, 150)


def test_C9_a_change_without_a_reason_is_refused(till: Till) -> None:
    till.topped_up(500)
    for wallet in get_args(Wallet):
        assert told(till, till.change(wallet, -10, "")) == "err.reason_missing"


def test_C9_a_comment_is_one_line(till: Till) -> None:
    till.topped_up(500)
    for comment in ("a\nb", "x" * 501, " "):
        assert told(till, till.change("bonus", 5, "bonus_accrual", "", comment)) == "err.comment"
    adm(till, till.change("bonus", 5, "bonus_accrual", "", ""))
    assert till.holds == (500, 55)


def test_C11_a_technical_error_on_money_names_its_source_and_nothing_else_does(till: Till) -> None:
    till.topped_up(500)
    assert told(till, till.change("game", 10, "technical_error")) == "err.change_source"
    odd: Any = "kiosk"
    assert told(till, till.change("game", 10, "technical_error", odd)) == "err.change_source"
    assert told(till, till.change("game", -10, "refund", "goodwill")) == "err.change_source"
    assert told(till, till.change("bonus", 10, "bonus_accrual", "till")) == "err.change_source"
    assert told(till, till.change("bonus", 10, "technical_error", "till")) == "err.change_source"


def test_a_client_who_is_not_there_has_no_balance(till: Till) -> None:
    change = ChangeBalance("nobody", "bonus", 5, "bonus_accrual")  # type: ignore[arg-type]
    assert told(till, change) == "err.no_such_client"
    assert told(till, till.change("bonus", 10**13, "bonus_accrual")) == "err.change_not_allowed"


def test_C2_who_was_merged_has_no_balance_and_the_other_has_his_top_ups(till: Till) -> None:
    other = till.register("04DDEEFF")
    receipt, undone = till.topped_up(1000, "qr"), till.topped_up(500, "qr")
    adm(till, ReverseTopUp(undone, "a wrong note"))
    gone, till.mine = till.mine, other
    till.topped_up(300)
    till.printed()
    till.did(MergeClients(keep=other.client, gone=gone.client, reason="one person"), MANAGER)
    assert till.holds == (1300, 180)
    change = ChangeBalance(gone.client, "bonus", 5, "bonus_accrual")
    assert told(till, change) == "err.client_merged"
    assert told(till, TopUpAtDesk(gone.client, rub(5), "cash")) == "err.client_merged"
    adm(till, till.change("game", -300, "refund", approval=SIGNED))
    assert till.holds == (1000, 150)
    adm(till, ReverseTopUp(receipt, "a wrong note"))
    assert till.holds == (0, 0)
    for name_ in (receipt, undone):
        assert told(till, ReverseTopUp(name_, "again")) == "err.reversed_already"
        assert told(till, RecordChargeback(name_, "again")) == "err.reversed_already"


def test_C2_C33_what_was_returned_before_a_merge_is_not_returned_again(till: Till) -> None:
    other = till.register("04DDEEFF")
    receipt = till.topped_up(1000)
    adm(till, till.change("game", -400, "refund"))
    till.printed()
    till.did(MergeClients(keep=other.client, gone=till.mine.client, reason="one"), MANAGER)
    till.mine = other
    assert told(till, ReverseTopUp(receipt, "in part already")) == "err.reversed_already"
    adm(till, till.change("bonus", 500, "bonus_accrual"))
    adm(till, till.change("game", -600, "refund"))
    assert till.holds == (0, 500)


def test_who_is_erased_is_paid_out_and_takes_nothing_in(till: Till) -> None:
    till.topped_up(300)
    till.did(EraseClient(till.mine.client, "asked for it"), MANAGER)
    assert told(till, TopUpAtDesk(till.mine.client, rub(5), "cash")) == "err.client_erased"
    adm(till, till.change("game", -300, "refund"))
    assert (till.holds, till.cash) == ((0, 0), 5000)


def test_C26_a_change_is_a_difference_and_never_goes_below_zero(till: Till) -> None:
    till.topped_up(500)
    adm(till, till.change("game", -200, "technical_error", "till"))
    assert till.holds == (300, 50), "200 less, not 200 left"
    key, args = till.refused(till.change("game", -301, "technical_error", "till"), ADMINISTRATOR)
    assert (key, args) == ("err.balance_less", {"amount": "300.00"})
    key, args = till.refused(till.change("bonus", -51, "technical_error"), ADMINISTRATOR)
    assert (key, args) == ("err.bonus_short", {"points": "50"})
    adm(till, till.change("game", -300, "technical_error", "till"))
    adm(till, till.change("bonus", -50, "technical_error"))
    assert till.holds == (0, 0)


def test_C7_C8_each_balance_is_shown_alone_and_changed_alone(till: Till) -> None:
    till.topped_up(500)
    adm(till, till.change("game", 20, "technical_error", "till"))
    assert till.holds == (520, 50), "money is no bonus"
    adm(till, till.change("bonus", 20, "technical_error"))
    assert till.holds == (520, 70), "and bonus no money"


def test_C12_a_change_is_worked_out_before_it_is_booked(till: Till) -> None:
    till.topped_up(1000)
    refund = till.change("game", -400, "refund")
    before = till.untouched()
    figures = till.ask(CheckChange(refund), ADMINISTRATOR)
    assert figures == ChangeFigures(100_000, 60_000, points_back=60, signature=False)
    assert till.untouched() == before, "nothing is booked"
    adm(till, refund)
    assert till.holds == (600, 90), "and it was as it was told"
    with pytest.raises(Refused, match="balance_less"):
        till.ask(CheckChange(till.change("game", -601, "refund")), ADMINISTRATOR)
    till.topped_up(20_000)
    large = till.ask(CheckChange(till.change("game", -5000, "refund")), ADMINISTRATOR)
    assert large.signature, "told before anybody types a PIN"
    with pytest.raises(Refused, match="not_allowed"):
        till.ask(CheckChange(refund), CASHIER)


# --- the reasons -------------------------------------------------------------------------------


def test_C17_C45_money_found_in_the_till_is_credited_from_the_till(till: Till) -> None:
    entry = adm(till, till.change("game", 300, "technical_error", "till"))
    assert till.posted(entry) == {"1030": 300, "2010:me": -300}
    assert (till.holds, till.cash) == ((300, 0), 5300)


def test_C17_C45_money_found_in_the_kiosk_is_credited_from_suspense(till: Till) -> None:
    note = till.note(500)
    entry = adm(till, CreditFromSuspense(note, till.mine.client, "a jam"))
    assert till.posted(entry) == {"2900:K1": 500, "2010:me": -500}
    assert (till.holds, till.cash) == ((500, 0), 5000)


def test_C17_goodwill_is_an_expense_and_needs_its_right(till: Till) -> None:
    change = till.change("game", 300, "technical_error", "goodwill")
    assert told(till, change) == "err.goodwill"
    assert told(till, change, MANAGER) == "err.not_allowed", "no change without change_balance"
    signed = till.change("game", 300, "technical_error", "goodwill", approval=SIGNED)
    entry = adm(till, signed)
    assert till.posted(entry) == {"5050": 300, "2010:me": -300}
    assert till.changes()[0].signed == MANAGER
    back = till.did(till.change("game", -100, "technical_error", "goodwill"), OWNER)
    assert till.posted(back) == {"2010:me": 100, "5050": -100}
    assert (till.holds, till.cash) == ((200, 0), 5000)


def test_C18_a_refund_writes_off_the_balance_and_hands_out_cash_in_one_entry(till: Till) -> None:
    till.topped_up(800)
    bonus_before = till.holds[1]
    before = till.venue.ledger.seq
    entry = adm(till, till.change("game", -300, "refund"))
    assert till.venue.ledger.seq == before + 1
    assert (entry.postings[0].account, entry.postings[1].account) == (
        f"2010:{till.mine.client}",
        "1030",
    )
    assert (till.holds[0], till.cash) == (500, 5500)
    assert bonus_before == 50 and till.holds[1] == 32, "50 of 800: 18 of 300, rounded down"
    assert entry.refs["why"] == "refund" and entry.reason == "as the guest said"


def test_C19_a_refund_is_at_most_the_balance_and_at_most_the_till(till: Till) -> None:
    till.topped_up(800)
    assert told(till, till.change("game", -801, "refund")) == "err.balance_less"
    till.topped_up(9000, "qr")
    key, args = till.refused(till.change("game", -5801, "refund", approval=SIGNED), ADMINISTRATOR)
    assert (key, args) == ("err.till_short", {"amount": "5800.00"})
    adm(till, till.change("game", -5800, "refund", approval=SIGNED))
    assert (till.holds[0], till.cash) == (4000, 0)


def test_C19_a_refund_needs_an_open_shift(till: Till) -> None:
    till.topped_up(800)
    till.printed()
    till.closed_shift()
    assert told(till, till.change("game", -100, "refund")) == "err.no_shift"


def test_C20_bonus_never_becomes_money(till: Till) -> None:
    till.topped_up(1000)
    assert told(till, till.change("bonus", -100, "refund")) == "err.bonus_no_money"
    adm(till, till.change("game", -1000, "refund"))
    assert (till.holds, till.cash) == ((0, 0), 5000)


def test_C11_C42_a_bonus_accrual_and_a_wrong_one_put_right_by_a_technical_error(till: Till) -> None:
    entry = adm(till, till.change("bonus", 100, "bonus_accrual"))
    assert till.posted(entry) == {"9050": 100, "9060:me": -100}
    adm(till, till.change("bonus", -30, "technical_error"))
    adm(till, till.change("bonus", 5, "technical_error"))
    assert (till.holds, till.cash) == ((0, 75), 5000)


def test_a_refund_soon_after_a_bank_card_needs_who_may_override(till: Till) -> None:
    till.topped_up(800, "bank_card")
    assert told(till, till.change("game", -300, "refund")) == "err.refund_too_soon"
    entry = adm(till, till.change("game", -300, "refund", approval=SIGNED))
    assert entry.refs["approved_by"] == MANAGER
    assert till.holds[0] == 500


# --- what a refund takes back ------------------------------------------------------------------


def test_C33_a_refund_takes_back_the_bonus_of_what_it_returns_latest_first(till: Till) -> None:
    till.topped_up(1000)
    till.wait(days=1)
    till.topped_up(200)
    till.topped_up(500)
    assert till.holds == (1700, 200)
    adm(till, till.change("game", -250, "refund"))
    assert till.holds == (1450, 175), "half of 500 with half of its 50"
    adm(till, till.change("game", -250, "refund"))
    assert till.holds == (1200, 150), "the other half"
    adm(till, till.change("game", -200, "refund"))
    assert till.holds == (1000, 150), "200 earned nothing"
    till.wait(days=2)
    till.printed()
    till.closed_shift()
    till.opened()
    adm(till, till.change("game", -1000, "refund"))
    assert till.holds == (0, 0)


def test_C33_a_refund_in_parts_takes_back_what_one_would(till: Till) -> None:
    till.topped_up(1000)
    for amount in (333, 333, 334):
        adm(till, till.change("game", -amount, "refund"))
    assert till.holds == (0, 0)


def test_C33_at_most_what_is_left_of_the_bonus_is_taken(till: Till) -> None:
    till.topped_up(1000)
    adm(till, till.change("bonus", -140, "technical_error"))
    entry = adm(till, till.change("game", -1000, "refund"))
    assert till.holds == (0, 0)
    assert till.posted(entry)["9060:me"] == 10
    assert till.changes()[0].points == -10


def test_C33_a_refund_of_a_top_up_in_notes_takes_back_its_bonus_too(till: Till) -> None:
    note = till.note(1000, till.mine)
    till.as_kiosk(bonus.GrantTopUpBonus((note,)), bonus.key((note,)))
    till.as_kiosk(IssueTopUpReceipt((note,), till.mine.id, "en"), f"receipt:{note}")
    assert till.holds == (1000, 150)
    adm(till, till.change("game", -500, "refund"))
    assert (till.holds, till.cash) == ((500, 75), 4500)


def test_C33_a_refund_that_is_undone_gives_its_bonus_back_and_can_be_made_again(till: Till) -> None:
    till.topped_up(1000)
    refund = adm(till, till.change("game", -400, "refund"))
    entry = adm(till, ReverseChange(name(refund), "the guest stayed"))
    assert till.posted(entry) == {"1030": 400, "2010:me": -400, "9050": 60, "9060:me": -60}
    assert (till.holds, till.cash) == ((1000, 150), 6000)
    adm(till, till.change("game", -1000, "refund"))
    assert till.holds == (0, 0)


# --- undoing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wallet", "amount", "reason", "source"),
    [
        ("game", 300, "technical_error", "till"),
        ("game", -300, "technical_error", "till"),
        ("game", -300, "technical_error", "goodwill"),
        ("game", 300, "technical_error", "goodwill"),
        ("game", -300, "refund", ""),
        ("bonus", 40, "technical_error", ""),
        ("bonus", -40, "technical_error", ""),
        ("bonus", 40, "bonus_accrual", ""),
    ],
)
def test_C27_C42_each_change_is_undone_by_an_entry_that_names_it(
    till: Till, wallet: Wallet, amount: int, reason: str, source: Source
) -> None:
    till.topped_up(1000)
    before = (till.holds, till.cash, till.minor("5050"))
    made = till.did(till.change(wallet, amount, reason, source), OWNER)
    kept = till.venue.ledger.find(made.id)
    undone = adm(till, ReverseChange(name(made), "a slip of the hand"))
    assert (undone.kind, undone.refs["reverses"]) == ("change_reversed", made.id)
    assert undone.refs["client"] == till.mine.client and undone.reason == "a slip of the hand"
    assert (till.holds, till.cash, till.minor("5050")) == before
    assert till.venue.ledger.find(made.id) == kept, "what was written stays as it is"
    first, second = till.changes()[1], till.changes()[0]
    assert (first.reversed, second.reverses) == (second.id, first.id)
    for change in (first.id, second.id):
        assert told(till, ReverseChange(change, "again")) == "err.reversed_already"


def test_C27_an_undoing_says_why_and_which(till: Till) -> None:
    made = adm(till, till.change("bonus", 40, "bonus_accrual"))
    assert told(till, ReverseChange(name(made), " ")) == "err.reason_missing"
    assert told(till, ReverseChange("K1-1-1b", "no such")) == "err.no_such_change"
    assert told(till, ReverseChange(name(made), "a slip"), CASHIER) == "err.not_allowed"


def test_C27_C42_of_an_accrual_that_is_spent_in_part_the_rest_is_taken_back(till: Till) -> None:
    made = adm(till, till.change("bonus", 40, "bonus_accrual"))
    again = adm(till, till.change("bonus", 5, "bonus_accrual"))
    adm(till, till.change("bonus", -35, "technical_error"))
    adm(till, ReverseChange(name(made), "wrong client"))
    assert till.holds == (0, 0)
    assert till.changes()[0].amount == -10
    assert told(till, ReverseChange(name(again), "wrong client")) == "err.bonus_short"


def test_C27_a_credit_that_is_spent_is_not_undone_below_zero(till: Till) -> None:
    made = adm(till, till.change("game", 300, "technical_error", "till"))
    adm(till, till.change("game", -200, "refund"))
    assert told(till, ReverseChange(name(made), "wrong client")) == "err.balance_less"
    assert till.holds == (100, 0)


@pytest.mark.parametrize("tender", ["cash", "bank_card", "qr"])
def test_C27_C33_a_top_up_of_the_desk_is_undone_the_way_it_came_with_its_bonus(
    till: Till, tender: Tender
) -> None:
    before = (till.holds, till.cash, till.minor("1110:desk"), till.minor("1120:desk"))
    receipt = till.topped_up(1000, tender)
    made = next(e for e in till.venue.ledger.entries() if e.refs.get("slip") == receipt)
    undone = adm(till, ReverseTopUp(receipt, "the wrong client"))
    assert (undone.kind, undone.refs["reverses"]) == ("top_up_reversed", made.id)
    assert (till.holds, till.cash, till.minor("1110:desk"), till.minor("1120:desk")) == before
    assert told(till, ReverseTopUp(receipt, "again")) == "err.reversed_already"
    assert till.changes()[0].reverses == receipt


def test_C27_what_is_no_whole_top_up_of_the_desk_is_not_undone_as_one(till: Till) -> None:
    receipt = till.topped_up(1000)
    assert told(till, ReverseTopUp(receipt, "")) == "err.reason_missing"
    assert told(till, ReverseTopUp(receipt, "why"), CASHIER) == "err.not_allowed"
    assert told(till, ReverseTopUp(JobId("top_up_receipt:9"), "why")) == "err.no_such_top_up"
    slip = JobId("registration_slip:1")
    assert told(till, ReverseTopUp(slip, "why")) == "err.no_such_top_up"
    adm(till, till.change("game", -100, "refund"))
    assert told(till, ReverseTopUp(receipt, "why")) == "err.reversed_already", "in part"
    other = till.topped_up(500)
    adm(till, till.change("game", -600, "technical_error", "till"))
    assert till.holds[0] == 800
    till.did(ReverseTopUp(other, "why"), MANAGER)
    assert till.holds[0] == 300


def test_C27_a_top_up_that_is_spent_is_not_undone(till: Till) -> None:
    receipt = till.topped_up(1000)
    adm(till, till.change("game", -1, "technical_error", "till"))
    assert told(till, ReverseTopUp(receipt, "why")) == "err.balance_less"


def test_C33_a_chargeback_takes_what_the_balance_has_and_the_rest_is_our_loss(till: Till) -> None:
    receipt = till.topped_up(1000, "bank_card")
    adm(till, till.change("game", -700, "technical_error", "till"))
    adm(till, till.change("bonus", -100, "technical_error"))
    entry = adm(till, RecordChargeback(receipt, "letter of the bank"))
    assert entry.kind == "top_up_charged_back"
    # In whole roubles: the balance 300, our loss 700, the bank 1000; points: what is left.
    amounts = [(p.account.replace(till.mine.client, "me"), p.amount) for p in entry.postings]
    assert amounts == [
        ("2010:me", 30_000),
        ("1110:desk", -30_000),
        ("5060", 70_000),
        ("1110:desk", -70_000),
        ("9060:me", 50),
        ("9050", -50),
    ]
    assert till.holds == (0, 0) and till.minor("1110:desk") == 0
    assert told(till, RecordChargeback(receipt, "again")) == "err.reversed_already"
    assert told(till, ReverseTopUp(receipt, "again")) == "err.reversed_already"


def test_C33_a_chargeback_after_a_refund_in_part_takes_the_rest_of_the_bonus(till: Till) -> None:
    receipt = till.topped_up(1000, "qr")
    adm(till, till.change("game", -400, "refund", approval=SIGNED))
    assert till.holds == (600, 90)
    adm(till, till.change("bonus", 500, "bonus_accrual"))
    entry = adm(till, RecordChargeback(receipt, "letter of the bank"))
    assert till.holds == (0, 500), "90 came with what was left of the top-up"
    kept = till.venue.store.get("changes", name(entry))
    assert kept is not None and kept["returns"] == {receipt: 60_000}
    assert (till.minor("1120:desk"), till.minor("5060")) == (0, 40_000)


def test_C27_no_bank_takes_back_cash(till: Till) -> None:
    receipt = till.topped_up(1000)
    assert told(till, RecordChargeback(receipt, "letter")) == "err.not_by_card"
    assert told(till, RecordChargeback(receipt, "")) == "err.reason_missing"
    assert told(till, RecordChargeback(JobId("x"), "letter")) == "err.no_such_top_up"


# --- who may, and how much ---------------------------------------------------------------------


def test_C1_C43_who_may_change_balances_sees_change_and_nobody_else(till: Till) -> None:
    till.topped_up(500)
    numbers = dict(zip(ROLES_KNOWN, range(101, 108), strict=True))
    for role, number in numbers.items():
        actor = f"staff:{number}"
        offered = till.ask(ChangeOffered(), actor)
        assert offered == (role in ("administrator", "owner")), role
        done = till.do(till.change("bonus", 1, "bonus_accrual"), actor)
        assert isinstance(done, Entry) == offered, role
        assert isinstance(done, Entry) or done.key == "err.not_allowed"
    assert till.ask(GetClient(till.mine.client), CASHIER) is not None, "a cashier finds and sees"
    for actor in ("guest", "kiosk", "till:bar", "staff:999"):
        assert told(till, till.change("bonus", 1, "bonus_accrual"), actor) == "err.not_allowed"
    for actor in ("guest", "kiosk"):
        assert not till.ask(ChangeOffered(), actor)
    with pytest.raises(Refused, match=r"err\.not_allowed"):
        till.ask(ChangeOffered(), "till:bar")


def test_C43_the_venue_may_give_the_right_to_others() -> None:
    text = DEMO.replace("[staff_pins]", '[rights]\nchange_balance = ["cashier"]\n\n[staff_pins]', 1)
    with desk(text) as made:
        till = Till(made.venue)
        till.opened()
        till.mine = till.register()
        assert till.ask(ChangeOffered(), CASHIER) and not till.ask(ChangeOffered(), OWNER)
        till.did(till.change("bonus", 1, "bonus_accrual"), CASHIER)
        assert told(till, till.change("bonus", 1, "bonus_accrual"), OWNER) == "err.not_allowed"


def test_a_large_change_needs_a_second_signature(till: Till) -> None:
    def accrual(points: int, approval: Approval | None = None, why: str = "won") -> ChangeBalance:
        return till.change("bonus", points, "bonus_accrual", "", why, approval)

    adm(till, accrual(4999))
    for actor in (ADMINISTRATOR, OWNER):
        key, args = till.refused(accrual(5000), actor)
        assert (key, args) == ("err.change_two", {"limit": "5000.00"})
    assert told(till, accrual(5000, Approval("105", "000000"))) == "err.pin_wrong"
    assert told(till, accrual(5000, Approval("102", PIN))) == "err.approval_self"
    assert told(till, accrual(5000, Approval("101", PIN))) == "err.approval_right"
    assert told(till, accrual(5000, SIGNED, "")) == "err.comment"
    adm(till, accrual(5000, SIGNED))
    assert till.holds == (0, 9999)
    assert (till.changes()[0].by, till.changes()[0].signed) == (ADMINISTRATOR, MANAGER)


def test_a_role_has_limits_of_one_change_and_of_a_shift(till: Till) -> None:
    def accrual(points: int, approval: Approval | None = None) -> ChangeBalance:
        return till.change("bonus", points, "bonus_accrual", approval=approval)

    key, args = till.refused(accrual(10_001), ADMINISTRATOR)
    assert (key, args) == ("err.change_limit", {"limit": "10000.00"})
    adm(till, accrual(10_001, SIGNED))
    for _ in range(6):
        adm(till, accrual(4_000))
    adm(till, till.change("bonus", -4_000, "technical_error"))
    adm(till, accrual(2_000))
    key, args = till.refused(accrual(1), ADMINISTRATOR)
    assert (key, args) == ("err.change_limit_shift", {"limit": "30000.00"})
    assert told(till, till.change("bonus", -1, "technical_error")) == "err.change_limit_shift"
    till.did(accrual(1), OWNER)
    till.did(AddStaff("108", "Lev", "administrator"), OWNER)
    till.did(accrual(1), "staff:108")
    adm(till, accrual(1, SIGNED))
    till.printed()
    till.closed_shift()
    till.opened()
    adm(till, accrual(1))


# --- the audit ---------------------------------------------------------------------------------


def test_C13_the_audit_has_who_when_whose_which_before_after_how_much_and_why(till: Till) -> None:
    till.topped_up(1000)
    till.wait(minutes=5)
    entry = adm(till, till.change("game", -400, "refund", comment="left early"))
    (row,) = till.changes()
    assert row == BalanceChange(
        id=name(entry),
        at=entry.at,
        by=ADMINISTRATOR,
        signed="",
        client=till.mine.client,
        wallet="game",
        amount=-40_000,
        points=-60,
        before=100_000,
        after=60_000,
        reason="refund",
        source="till",
        comment="left early",
        shift=entry.refs["shift"],
        reverses="",
        reversed="",
    )
    assert "left early" not in repr(row)
    assert (entry.actor, entry.refs["client"], entry.reason) == (
        ADMINISTRATOR,
        till.mine.client,
        "left early",
    )


def test_C13_the_audits_list_is_paged_and_by_client(till: Till) -> None:
    first = till.mine
    other = till.register("04DDEEFF")
    for number in range(CHANGES_MAX + 3):
        till.mine = other if number == 1 else first
        adm(till, till.change("bonus", number + 1, "bonus_accrual"))
    page = till.changes()
    assert [row.amount for row in page] == list(range(CHANGES_MAX + 3, 3, -1))
    rest = till.ask(BalanceChanges(before=page[-1].id), AUDITOR)
    assert [row.amount for row in rest] == [3, 2, 1]
    assert [r.amount for r in till.ask(BalanceChanges(other.client), AUDITOR)] == [2]
    assert till.ask(BalanceChanges(other.client, rest[1].id), AUDITOR) == ()
    with pytest.raises(Refused, match="no_such_change"):
        till.ask(BalanceChanges(before="K1-1-1b"), AUDITOR)
    with pytest.raises(Refused, match="not_allowed"):
        till.ask(BalanceChanges(), CASHIER)


def test_C13_a_balance_is_never_changed_otherwise(till: Till) -> None:
    till.topped_up(1000)
    adm(till, till.change("game", -400, "refund"))
    adm(till, till.change("bonus", 10, "bonus_accrual"))
    kept = {change.id for change in till.changes()}
    own = (f"2010:{till.mine.client}", f"9060:{till.mine.client}")
    for entry in till.venue.ledger.entries():
        if any(p.account in own for p in entry.postings):
            assert entry.actor != "kiosk" and entry.refs["client"] == till.mine.client
            assert entry.kind == "topped_up" or entry.refs["change"] in kept
    store: Store = till.venue.store
    balance = f"2010:{till.mine.client}|RUB"
    document = store.get("balances", balance)
    assert document is not None
    with store.transaction():
        store.put("balances", balance, document | {"amount": document["amount"] - 1})
    (finding,) = till.venue.ledger.verify()
    assert balance in finding.where
    with store.transaction():
        store.put("balances", balance, document)


def test_C36_top_ups_refunds_and_changes_are_not_spent(till: Till) -> None:
    receipt = till.topped_up(1000)
    adm(till, till.change("game", -100, "refund"))
    adm(till, till.change("game", 50, "technical_error", "till"))
    adm(till, till.change("bonus", 10, "bonus_accrual"))
    adm(till, RecordChargeback(till.topped_up(300, "qr"), "letter"))
    assert told(till, ReverseTopUp(receipt, "x")) == "err.reversed_already"
    found = till.venue.store.table("statistics").search(where("id") == till.mine.client)
    assert found == []


def test_the_same_key_refunds_once(till: Till) -> None:
    till.topped_up(1000)
    command = till.change("game", -400, "refund")
    first = till.venue.do(command, actor=ADMINISTRATOR, key="once", now=till.now)
    assert till.venue.do(command, actor=ADMINISTRATOR, key="once", now=till.now) == first
    assert (till.holds, till.cash) == ((600, 90), 5600)


def test_C33_a_top_up_is_undone_once_whoever_its_client_was_merged_into(till: Till) -> None:
    receipt = till.topped_up(500, "bank_card")
    first, second, third = till.mine, till.register("04AABB01"), till.register("04AABB02")
    adm(till, MergeClients(second.client, first.client, "one person"))
    adm(till, ReverseTopUp(receipt, "not his"))
    adm(till, MergeClients(third.client, second.client, "one person"))
    assert told(till, RecordChargeback(receipt, "letter")) == "err.reversed_already"
    assert till.minor("1110:desk") == 0


def test_C18_money_that_is_being_played_away_is_not_paid_out(till: Till) -> None:
    till.topped_up(240)
    started = till.did(StartSession(till.mine.client, "pc-1", "game", "timer"))
    refund = till.change("game", -240, "refund")
    assert told(till, refund) == "err.play_runs"
    with pytest.raises(Refused, match=r"err\.play_runs"):
        till.ask(CheckChange(refund), ADMINISTRATOR)
    till.wait(minutes=15)
    till.did(StopSession(started.refs["session"]))
    adm(till, till.change("game", -180, "refund"))
    assert till.holds == (0, 0)


def test_C29_what_the_bank_took_back_beyond_a_balance_is_not_the_clients(till: Till) -> None:
    receipt = till.topped_up(500, "bank_card")
    visit = till.did(CreateVisit(till.mine.id)).refs["visit"]
    till.did(SaveOrder("a", "", "Bar", (OrderLine("Tea", 1, rub(400)),), visit=visit))
    till.did(CalculateVisit(visit))
    adm(till, RecordChargeback(receipt, "letter of the bank"))
    told_ = {(a.kind, a.reason): a.amount for a in till.ask(XReport()).adjustments}
    assert told_["top_up_charged_back", "charged_back"] == -100_00, "of 500 he had 100 left"
