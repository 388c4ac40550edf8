"""What fiscal device and terminal are asked, and when; what their answers do to the books."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.core import jobs
from kiosk.core.capabilities import DeviceState, Machine, told
from kiosk.core.cash import RecordStart
from kiosk.core.errors import Refused
from kiosk.core.fiscal import FiscalDocument, FiscalOf, RecordFiscal
from kiosk.core.fiscal_shifts import CurrentFiscalShift, FiscalShifts
from kiosk.core.ids import DeviceId, VisitId
from kiosk.core.messages import (
    AskFiscalStatus,
    CancelPayment,
    CloseFiscalShift,
    DeviceDown,
    DeviceUp,
    Effect,
    FiscalAbsent,
    FiscalConfirmed,
    FiscalCount,
    FiscalRefused,
    FiscalShiftClosed,
    FiscalShiftFailed,
    FiscalSign,
    FiscalStatus,
    FiscalUnknown,
    LookUpFiscal,
    LookUpPayment,
    OpenFiscalShift,
    PaymentAbsent,
    PaymentApproved,
    PaymentDeclined,
    PaymentUnderWay,
    PrintFiscal,
    RequestPayment,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.terminal_payments import BeginTerminalPayment, GetTerminalPayment
from tests.core.centre import CENTRE, Centre
from tests.core.guest import NOW, UID, Guest, make_venue, rub, shelf

FISCAL, TERMINAL = DeviceId("fiscal"), DeviceId("terminal")
SIGN = FiscalSign("7", "1138986989", "t=1", "9999", 3, 1, "2026-11-22T18:00:00+03:00")


class House(Centre):
    """The books, and a kiosk's jobs on them; devices answer when a test says so."""

    def begin_jobs(self, **roles: str) -> None:
        self.jobs = jobs.Jobs()
        self.asked: list[Effect] = []
        self.refused_: list[str] = []
        states = {DeviceId(d): DeviceState(role, True) for d, role in roles.items()}  # type: ignore[arg-type]
        self.machine = Machine(states)

    def turn(self, *events: Any) -> list[Effect]:
        """Hear these, then do what is due; what the devices are asked for."""
        self.asked = []
        for event in events:
            if isinstance(event, (DeviceUp, DeviceDown, FiscalStatus)):
                self.machine = told(self.machine, event)
            if isinstance(event, jobs.Heard):  # type: ignore[arg-type]
                self._work(jobs.heard(self.jobs, event, self.venue, self.now))
        for _ in range(20):
            work = jobs.due(self.jobs, self.machine, self.venue, self.now)
            if work is None:
                return self.asked
            self._work(work)
        raise AssertionError("there is always something to do")

    def _work(self, work: jobs.Work) -> None:
        self.jobs = work.after
        if work.command is not None:
            done = self.venue.do(work.command, actor="kiosk", key=work.key, now=self.now)
            if isinstance(done, Refused):
                self.refused_.append(done.key)
                return
        self.asked += work.effects

    def wait(self, seconds: float) -> list[Effect]:
        self.now = self.now.later(seconds)
        return self.turn()

    def documents(self) -> list[FiscalDocument]:
        visits = {VisitId(d["visit"]) for d in self.kept("fiscal")}
        found = [d for visit in visits for d in self.ask(FiscalOf(visit))]
        return sorted(found, key=lambda d: d.number)

    def states(self) -> list[str]:
        return [d.state for d in self.documents()]


def open_shift(number: int = 3) -> FiscalStatus:
    return FiscalStatus(FISCAL, "open", number)


@pytest.fixture
def house() -> Iterator[House]:
    """Two fiscal documents are due: two deposits."""
    with shelf() as folder:
        at = House(make_venue(folder, CENTRE))
        at.created("entrance-1000", "1")
        at.created("entrance-1000", "2")
        at.begin_jobs(fiscal="fiscal")
        yield at
        at.venue.close()


@pytest.fixture
def paying() -> Iterator[House]:
    """A guest with a card, and a terminal."""
    with shelf() as folder:
        venue = make_venue(folder)
        Guest(venue).home(UID)
        at = House.__new__(House)
        at.venue, at.now, at.notes = venue, NOW, 0
        at.begin_jobs(terminal="payment")
        yield at
        venue.close()


def pay(at: House, face: int = 500) -> str:
    (client,) = at.kept("clients")
    entry = at.did(BeginTerminalPayment("top_up", rub(face), "en", client=client["id"]), "guest")
    return str(entry.refs["payment"])


def state(at: House, payment: str) -> str:
    found = at.ask(GetTerminalPayment(payment))
    assert found is not None
    return found.state


# --- the fiscal device -------------------------------------------------------------------------


def test_without_devices_nothing_is_asked_and_no_book_is_opened(house: House) -> None:
    house.begin_jobs()
    nobody: Any = None
    assert jobs.due(house.jobs, house.machine, nobody, house.now) is None


def test_it_is_asked_how_it_is_then_a_shift_then_a_document_after_the_other(house: House) -> None:
    assert house.turn() == [AskFiscalStatus()]
    assert house.turn() == []
    assert house.turn(FiscalStatus(FISCAL, "closed", 2)) == [OpenFiscalShift()]
    (sent,) = house.turn(open_shift())
    assert isinstance(sent, PrintFiscal)
    assert (sent.document, sent.attempt, sent.advance) == ("fiscal:1", 1, True)
    assert sent.tenders == (("cash", rub(1000)),)
    assert house.states() == ["sent", "due"]
    (second,) = house.turn(FiscalConfirmed(FISCAL, "fiscal:1", 1, SIGN))
    assert isinstance(second, PrintFiscal) and second.document == "fiscal:2"
    assert house.turn(FiscalConfirmed(FISCAL, "fiscal:2", 1, SIGN)) == []
    assert house.states() == ["confirmed", "confirmed"]
    assert house.documents()[0].sign == SIGN
    house.sound()


def test_E80_an_expired_shift_is_closed_first(house: House) -> None:
    house.turn()
    assert house.turn(FiscalStatus(FISCAL, "expired", 2)) == [CloseFiscalShift()]
    assert house.turn(FiscalShiftClosed(FISCAL, 2, None)) == [OpenFiscalShift()]


def test_a_confirmation_that_comes_twice_is_one_entry(house: House) -> None:
    house.turn()
    house.turn(open_shift())
    confirmed = FiscalConfirmed(FISCAL, "fiscal:1", 1, SIGN)
    house.turn(confirmed)
    seq = house.venue.ledger.seq
    assert [type(e) for e in house.turn(confirmed)] == [LookUpFiscal], "of the second document"
    assert house.venue.ledger.seq == seq


def test_what_was_sent_before_a_cut_is_looked_up_before_anything(house: House) -> None:
    house.did(RecordFiscal("fiscal:1", 1, "sent"), "kiosk")
    (look,) = house.turn()
    assert isinstance(look, LookUpFiscal)
    assert (look.document, look.attempt) == ("fiscal:1", 1)
    assert house.turn(FiscalAbsent(FISCAL, "fiscal:1", 1)) == []
    assert house.states() == ["due", "due"]
    assert house.wait(jobs.BACK_OFF_S[0]) == [AskFiscalStatus()]
    (sent,) = house.turn(open_shift())
    assert isinstance(sent, PrintFiscal)
    assert (sent.document, sent.attempt) == ("fiscal:1", 2)
    assert sent.key != look.key, "an attempt that the device refused it keeps"


def test_the_same_attempt_has_the_same_key_for_ever(house: House) -> None:
    house.turn()
    (sent,) = house.turn(open_shift())
    house.begin_jobs(fiscal="fiscal")
    (look,) = house.turn()
    assert isinstance(sent, PrintFiscal) and isinstance(look, LookUpFiscal)
    assert look.key == sent.key


def test_a_device_that_is_down_is_asked_nothing_and_looked_up_when_it_is_back(
    house: House,
) -> None:
    house.turn()
    house.turn(open_shift())
    assert house.turn(DeviceDown(FISCAL, "fiscal", "gone")) == []
    assert house.wait(600.0) == []
    (look,) = house.turn(DeviceUp(FISCAL, "fiscal"))
    assert isinstance(look, LookUpFiscal)


def test_a_device_that_came_back_between_two_turns_is_looked_up(house: House) -> None:
    house.turn()
    house.turn(open_shift())
    down, up = DeviceDown(FISCAL, "fiscal", "gone"), DeviceUp(FISCAL, "fiscal")
    (look,) = house.turn(down, up)
    assert isinstance(look, LookUpFiscal)


def test_one_that_never_answers_is_looked_up_so_often_and_then_waits_for_people(
    house: House,
) -> None:
    house.turn()
    house.turn(open_shift())
    looks = [house.wait(jobs.ANSWER_S) for _ in range(jobs.LOOKS_MAX)]
    assert all(len(told) == 1 and isinstance(told[0], LookUpFiscal) for told in looks)
    house.wait(jobs.ANSWER_S)
    assert house.states() == ["needs_attention", "due"]
    assert not [e for e in house.wait(600.0) if isinstance(e, PrintFiscal)], "it holds up the rest"
    house.turn(open_shift())
    house.did(RecordFiscal("fiscal:1", 1, "absent", reason="no paper came"), "cli")
    assert [e.document for e in house.turn() if isinstance(e, PrintFiscal)] == ["fiscal:1"]


def test_an_answer_after_all_that_is_still_believed(house: House) -> None:
    house.turn()
    house.turn(open_shift())
    house.turn(FiscalUnknown(FISCAL, "fiscal:1", 1, "no connection"))
    assert house.states() == ["needs_attention", "due"]
    house.turn(FiscalConfirmed(FISCAL, "fiscal:1", 1, SIGN))
    assert house.states()[0] == "confirmed"


def test_F01_what_is_refused_is_tried_again_more_and_more_slowly_then_waits_for_people(
    house: House,
) -> None:
    house.turn()
    house.turn(open_shift())
    for attempt in range(1, jobs.ATTEMPTS_MAX):
        house.turn(FiscalRefused(FISCAL, "fiscal:1", attempt, "wrong tax (148)"))
        pause = jobs.BACK_OFF_S[min(attempt, len(jobs.BACK_OFF_S)) - 1]
        assert house.wait(pause - 0.5) == []
        assert house.wait(0.5) == [AskFiscalStatus()]
        (sent,) = house.turn(open_shift())
        assert isinstance(sent, PrintFiscal) and sent.attempt == attempt + 1
    house.turn(FiscalRefused(FISCAL, "fiscal:1", jobs.ATTEMPTS_MAX, "wrong tax (148)"))
    assert house.states() == ["needs_attention", "due"]
    assert house.kept("fiscal")[0]["said"] == "wrong tax (148)"


def test_F01_without_paper_nothing_is_sent_until_there_is_some(house: House) -> None:
    house.turn()
    assert house.turn(FiscalStatus(FISCAL, "open", 3, "paper")) == []
    for _ in range(20):
        assert house.wait(jobs.TROUBLE_S) == [AskFiscalStatus()]
        assert house.turn(FiscalStatus(FISCAL, "open", 3, "paper")) == []
    assert house.states() == ["due", "due"]
    house.wait(jobs.TROUBLE_S)
    (sent,) = house.turn(open_shift())
    assert isinstance(sent, PrintFiscal) and sent.attempt == 1


def test_a_shift_that_cannot_be_opened_is_tried_again(house: House) -> None:
    house.turn()
    house.turn(FiscalStatus(FISCAL, "closed", 2))
    assert house.turn(FiscalShiftFailed(FISCAL, "no paper")) == []
    assert house.wait(jobs.BACK_OFF_S[0]) == [AskFiscalStatus()]


def test_a_question_that_is_never_answered_is_asked_again(house: House) -> None:
    house.turn()
    assert house.wait(jobs.ANSWER_S) == [AskFiscalStatus()]


def printed(house: House) -> None:
    house.turn()
    house.turn(open_shift())
    for name in ("fiscal:1", "fiscal:2"):
        house.turn(FiscalConfirmed(FISCAL, name, 1, SIGN))


def test_C29_what_the_device_counted_otherwise_is_seen(house: House) -> None:
    printed(house)
    kept = house.ask(CurrentFiscalShift())
    assert kept is not None and kept.ours.cash == rub(2000)
    other = FiscalCount(3, 0, rub(3000), rub(0), rub(3000))
    house.turn(FiscalShiftClosed(FISCAL, 3, other))
    (shift,) = house.ask(FiscalShifts())
    assert (shift.state, shift.counted, shift.differs) == ("closed", other, True)


def test_C29_a_shift_that_somebody_else_closed_is_closed_without_figures(house: House) -> None:
    printed(house)
    house.wait(jobs.STATUS_S)
    house.turn(FiscalStatus(FISCAL, "closed", 3))
    (shift,) = house.ask(FiscalShifts())
    assert (shift.state, shift.counted, shift.differs) == ("closed", None, False)
    house.wait(jobs.STATUS_S)
    house.turn(FiscalStatus(FISCAL, "open", 4))
    assert house.ask(CurrentFiscalShift()) is None


def test_C29_what_was_counted_in_another_shift_is_not_taken_for_ours(house: House) -> None:
    printed(house)
    other = FiscalCount(3, 0, rub(3000), rub(0), rub(3000))
    house.turn(FiscalShiftClosed(FISCAL, 99, other))
    (shift,) = house.ask(FiscalShifts())
    assert (shift.number, shift.state, shift.counted) == (3, "closed", None)


# --- the terminal ------------------------------------------------------------------------------


def test_a_payment_is_asked_for_once(paying: House) -> None:
    payment = pay(paying)
    (request,) = paying.turn()
    assert isinstance(request, RequestPayment)
    assert (request.payment, request.amount) == (payment, rub(500))
    assert paying.turn() == []
    paying.turn(PaymentApproved(TERMINAL, payment, rub(500), "1111", "T1", "visa"))
    assert state(paying, payment) == "approved"
    assert paying.wait(600.0) == []


def test_B02_a_guest_has_a_minute_then_it_is_cancelled_then_nobody_knows(paying: House) -> None:
    payment = pay(paying)
    (request,) = paying.turn()
    assert isinstance(request, RequestPayment)
    assert paying.wait(jobs.PAYMENT_S - 1) == []
    assert paying.wait(1.0) == [CancelPayment(payment, request.service)]
    assert state(paying, payment) == "begun"
    look = LookUpPayment(payment, request.service, request.amount, request.at)
    assert paying.wait(jobs.CANCEL_S) == [look]
    assert state(paying, payment) == "unknown"
    for pause in (*jobs.LOOK_S, jobs.LOOK_S[-1]):
        assert paying.turn(PaymentUnderWay(TERMINAL, payment)) == []
        assert paying.wait(pause - 0.5) == []
        assert paying.wait(0.5) == [look]
    paying.turn(PaymentDeclined(TERMINAL, payment, "cancelled"))
    assert state(paying, payment) == "declined"


def test_a_look_up_tells_which_transactions_are_booked_already(paying: House) -> None:
    """A terminal that knows only its last transaction has to tell ours from an older one."""
    for name in ("T1", "", "T2"):
        before = pay(paying)
        paying.turn()
        paying.turn(PaymentApproved(TERMINAL, before, rub(500), reference=name))
    pay(paying)
    paying.turn()
    paying.turn(DeviceDown(TERMINAL, "payment", "gone"))
    (look,) = paying.turn(DeviceUp(TERMINAL, "payment"))
    assert isinstance(look, LookUpPayment)
    assert look.booked == ("T2", "T1")


def test_B02_a_terminal_that_goes_with_a_payment_leaves_it_unknown(paying: House) -> None:
    payment = pay(paying)
    paying.turn()
    assert paying.turn(DeviceDown(TERMINAL, "payment", "gone")) == []
    assert state(paying, payment) == "unknown"
    (look,) = paying.turn(DeviceUp(TERMINAL, "payment"))
    assert isinstance(look, LookUpPayment)


def test_a_terminal_that_is_off_declines_what_it_was_never_asked_for(paying: House) -> None:
    paying.turn(DeviceDown(TERMINAL, "payment", "gone"))
    payment = pay(paying)
    assert paying.turn() == []
    assert state(paying, payment) == "declined"


def test_one_that_is_being_tried_is_waited_for(paying: House) -> None:
    paying.machine = Machine({TERMINAL: DeviceState("payment")})
    payment = pay(paying)
    assert paying.wait(30.0) == []
    (request,) = paying.turn(DeviceUp(TERMINAL, "payment"))
    assert isinstance(request, RequestPayment)
    assert state(paying, payment) == "begun"


def test_a_payment_of_a_former_start_is_looked_up_and_never_asked_for(paying: House) -> None:
    payment = pay(paying)
    start = int(paying.kept("starts")[0]["start"])
    paying.did(RecordStart(start + 1), "kiosk")
    (look,) = paying.turn()
    assert isinstance(look, LookUpPayment) and look.payment == payment


def test_what_cannot_be_booked_is_looked_up_and_never_asked_for_again(paying: House) -> None:
    payment = pay(paying)
    paying.turn()
    euros = Money(500, CURRENCIES["EUR"])
    told = paying.turn(PaymentApproved(TERMINAL, payment, euros))
    assert paying.refused_ == ["err.other_currency"]
    assert [type(e) for e in told] == [LookUpPayment]
    assert not [e for e in paying.wait(600.0) if isinstance(e, RequestPayment)]


def test_what_can_never_be_booked_is_looked_up_more_and_more_slowly(paying: House) -> None:
    payment = pay(paying)
    paying.turn()
    nothing = PaymentApproved(TERMINAL, payment, rub(0))
    assert [type(e) for e in paying.turn(nothing)] == [LookUpPayment]
    for pause in jobs.LOOK_S:
        assert paying.turn(nothing) == []
        assert paying.wait(pause - 0.5) == []
        assert [type(e) for e in paying.wait(0.5)] == [LookUpPayment]
    paying.turn(PaymentDeclined(TERMINAL, payment, "refused"))
    assert state(paying, payment) == "declined"
    pay(paying)
    assert [type(e) for e in paying.turn()] == [RequestPayment]


def test_an_answer_about_a_payment_that_has_ended_changes_nothing(paying: House) -> None:
    payment = pay(paying)
    paying.turn()
    approved = PaymentApproved(TERMINAL, payment, rub(500))
    paying.turn(approved)
    seq = paying.venue.ledger.seq
    paying.turn(approved, PaymentDeclined(TERMINAL, payment, "refused"))
    assert paying.venue.ledger.seq == seq
    assert paying.on("1110:terminal") == 500


def test_a_late_answer_about_another_payment_leaves_the_one_that_is_asked_for(
    paying: House,
) -> None:
    first = pay(paying)
    paying.turn()
    paying.turn(PaymentAbsent(TERMINAL, first))
    second = pay(paying)
    (request,) = paying.turn()
    assert isinstance(request, RequestPayment) and request.payment == second
    # The guest still stands there: nobody asks what became of it, and it has its minute.
    assert paying.turn(PaymentApproved(TERMINAL, first, rub(500))) == []
    assert [state(paying, payment) for payment in (first, second)] == ["approved", "begun"]
    assert paying.wait(jobs.PAYMENT_S) == [CancelPayment(second, request.service)]


def test_two_devices_do_not_wait_for_each_other(house: House) -> None:
    house.begin_jobs(fiscal="fiscal", terminal="payment")
    visit = house.created("entrance-1000", "3")
    house.did(BeginTerminalPayment("deposit", rub(100), "en", visit=visit), "guest")
    assert [type(e) for e in house.turn()] == [AskFiscalStatus, RequestPayment]
