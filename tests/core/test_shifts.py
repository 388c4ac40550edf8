"""Shifts: opening, the drawer in between, what hinders a Z, and that nothing falls between two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.core.cash import DoubtNote, VoidNote
from kiosk.core.drawer import (
    CollectDrawer,
    FloatIn,
    ReverseTillMovement,
    TillMovements,
    WithdrawCash,
)
from kiosk.core.ledger import Draft, Entry
from kiosk.core.prepayments import AbandonPrepayment, BeginPrepayment
from kiosk.core.shift_report import ZReport
from kiosk.core.shifts import CloseOverdueShift, CloseShift, CurrentShift, EndOfShift, OpenShift
from kiosk.core.slips import IssueTopUpReceipt, RecordSlip
from tests.core.desk import (
    ADMINISTRATOR,
    ALL,
    AUDITOR,
    CASHIER,
    COLLECTOR,
    Desk,
    desk,
    faces,
    venue_with,
)
from tests.core.entrance import table_read, venue_text
from tests.core.guest import rub


@pytest.fixture
def till() -> Iterator[Desk]:
    with desk() as made:
        yield made


def posted(entry: Entry) -> list[tuple[str, int]]:
    return [(p.account, p.amount) for p in entry.postings]


# --- opening ----------------------------------------------------------------------------------


def test_C29_one_shift_is_open_at_a_time(till: Desk) -> None:
    assert till.ask(CurrentShift(), CASHIER) is None
    entry = till.opened(5000)
    assert entry.kind == "shift_opened"
    assert posted(entry) == [("1030", 500000), ("1050:change", -500000)]
    shift = till.ask(CurrentShift(), CASHIER)
    assert shift is not None and (shift.number, shift.opened_by) == (1, CASHIER)
    assert str(shift.float_in) == "5000.00" and not shift.overdue
    assert till.refused(OpenShift(rub(0))) == ("err.shift_open", {})
    till.closed_shift()
    assert till.ask(CurrentShift(), CASHIER) is None
    assert till.refused(CloseShift(rub(0))) == ("err.no_shift_to_close", {})
    till.opened()
    assert len(till.venue.store.table("shifts")) == 2


def test_E81_a_float_needs_a_reason_for_it(till: Desk) -> None:
    assert till.refused(OpenShift(rub(1)))[0] == "err.money_reason_missing"
    assert till.refused(OpenShift(rub(1), "bank"))[0] == "err.money_reason_use"
    assert till.refused(OpenShift(rub(-1), "change"))[0] == "err.amount_small"
    assert till.refused(OpenShift(rub(0), comment="\x07"))[0] == "err.reason_missing"
    entry = till.did(OpenShift(faces((100, 20), (10, 50)), "change", comment="Monday"))
    assert posted(entry)[0] == ("1030", 250000)
    assert entry.refs["money_reason"] == "change" and entry.reason == "Monday"


# --- the drawer -------------------------------------------------------------------------------


def test_E81_float_and_withdrawal_have_their_reasons_and_name_an_employee(till: Desk) -> None:
    till.opened(1000)
    entry = till.did(FloatIn(rub(200), "change"))
    assert (entry.kind, posted(entry)) == (
        "float_added",
        [("1030", 20000), ("1050:change", -20000)],
    )
    assert till.refused(FloatIn(rub(200), "bank"))[0] == "err.money_reason_use"
    assert till.refused(WithdrawCash(rub(200), "change"))[0] == "err.money_reason_use"
    assert till.refused(WithdrawCash(rub(200), "bank"))[0] == "err.employee_missing"
    assert till.refused(WithdrawCash(rub(200), "bank", "999"))[0] == "err.no_such_employee"
    assert till.refused(WithdrawCash(rub(0), "bank", "105"))[0] == "err.amount_small"
    assert till.refused(WithdrawCash(rub(1201), "bank", "105")) == (
        "err.till_short",
        {"amount": "1200.00"},
    )
    entry = till.did(WithdrawCash(faces((1000, 1)), "bank", "105"))
    # Each reason has its own account of the vault: that is its cash flow.
    assert (entry.kind, posted(entry)) == (
        "cash_withdrawn",
        [("1050:bank", 100000), ("1030", -100000)],
    )
    assert entry.refs["employee"] == "105"


def test_C29_the_drawer_is_collected_in_a_shift_in_full_or_in_part(till: Desk) -> None:
    till.opened(1000)
    assert till.refused(CollectDrawer(" "))[0] == "err.reason_missing"
    assert till.refused(CollectDrawer("safe", rub(1001)))[0] == "err.till_short"
    entry = till.did(CollectDrawer("too much in it", rub(300)))
    assert (entry.kind, entry.reason) == ("drawer_collected", "too much in it")
    assert posted(entry) == [("1050", 30000), ("1030", -30000)]
    assert posted(till.did(CollectDrawer("all")))[0] == ("1050", 70000)
    assert till.refused(CollectDrawer("all"))[0] == "err.till_empty"
    assert till.minor("1030") == 0
    assert till.ask(CurrentShift(), CASHIER) is not None


def test_without_a_shift_nothing_is_done_with_the_drawer(till: Desk) -> None:
    for command in (
        FloatIn(rub(1), "change"),
        WithdrawCash(rub(1), "bank", "105"),
        CollectDrawer("all", rub(1)),
        ReverseTillMovement("K1-1-2m", "mistake"),
    ):
        actor = ADMINISTRATOR if isinstance(command, ReverseTillMovement) else CASHIER
        assert till.refused(command, actor) == ("err.no_shift", {})
    assert till.ask(TillMovements(), CASHIER) == ()


def test_C29_a_movement_is_taken_back_once_in_its_shift(till: Desk) -> None:
    till.opened(1000)
    till.did(FloatIn(rub(200), "change"))
    till.did(WithdrawCash(rub(500), "bank", "105"))
    put_in, taken = till.ask(TillMovements(), CASHIER)
    assert (put_in.what, taken.what) == ("float", "withdrawal")
    assert till.refused(ReverseTillMovement(put_in.id, "x")) == ("err.not_allowed", {})
    assert till.refused(ReverseTillMovement(put_in.id), ADMINISTRATOR)[0] == "err.reason_missing"
    entry = till.did(ReverseTillMovement(taken.id, "typed 500 for 50"), ADMINISTRATOR)
    assert (entry.kind, posted(entry)) == ("reversed", [("1030", 50000), ("1050:bank", -50000)])
    made = till.venue.ledger.find(entry.refs["reverses"])
    assert made is not None and made.kind == "cash_withdrawn"
    again = ReverseTillMovement(taken.id, "again")
    assert till.refused(again, ADMINISTRATOR)[0] == "err.reversed_already"
    till.closed_shift()
    till.opened()
    late = ReverseTillMovement(put_in.id, "late")
    assert till.refused(late, ADMINISTRATOR)[0] == "err.not_this_shift"
    assert till.minor("1030") == 120000


# --- what hinders a Z -------------------------------------------------------------------------


def test_E80_a_shift_with_a_slip_at_the_printer_is_not_closed(till: Desk) -> None:
    card = till.register()
    till.opened()
    note = till.note(500, card)
    slip = till.as_kiosk(IssueTopUpReceipt((note,), card.id, "en"), f"receipt:{note}")
    job = slip.refs["slip"]
    close = CloseShift(rub(0), ALL)
    assert till.refused(close) == ("err.close_slips", {"n": "1"})
    assert till.ask(EndOfShift(), CASHIER).slips == (job,)
    till.as_kiosk(RecordSlip(job, 1, "not_printed"), f"slip:{job}:1")
    assert till.did(close).kind == "shift_closed"


def test_E80_a_slip_of_a_former_start_is_no_hindrance_for_ever(till: Desk) -> None:
    card = till.register()
    till.opened()
    note = till.note(500, card)
    till.as_kiosk(IssueTopUpReceipt((note,), card.id, "en"), f"receipt:{note}")
    till.started()
    till.did(CloseShift(rub(0), ALL))


def test_E80_a_shift_with_a_note_on_its_way_is_not_closed(till: Desk) -> None:
    card = till.register()
    till.opened()
    note = till.note(500, card, settle=False)
    assert till.refused(CloseShift(rub(0), ALL)) == ("err.close_notes", {"n": "1"})
    till.as_kiosk(VoidNote(note), f"void:{note}")
    till.did(CloseShift(rub(0)))


def test_E80_a_shift_with_a_pending_prepayment_is_not_closed() -> None:
    with desk(venue_text(table={"prepay_amount": 500})) as other:
        other.opened()
        begun = other.as_kiosk(BeginPrepayment(table_read(), "en"), "prepay")
        assert other.refused(CloseShift(rub(0), ALL)) == ("err.close_prepayments", {"n": "1"})
        other.as_kiosk(AbandonPrepayment(begun.refs["visit"]), "abandon")
        other.did(CloseShift(rub(0)))


def test_E80_open_visits_are_carried_over_after_a_warning(till: Desk) -> None:
    till.opened(100)
    visit = till.ordered("a", till.open(), 300)
    till.printed()
    assert till.ask(EndOfShift(), CASHIER).warnings() == {"open_visits": 1}
    assert till.refused(CloseShift(rub(100))) == ("err.close_open_visits", {"n": "1"})
    other = CloseShift(rub(100), ("doubtful_notes",))
    assert till.refused(other) == ("err.close_open_visits", {"n": "1"})
    till.did(CloseShift(rub(100), ("open_visits",)))
    assert till.ask(ZReport(), CASHIER).open_visits == 1
    till.opened()
    assert till.seen(visit).state == "open"
    till.closed(visit, ("cash", 300))
    till.printed()
    till.closed_shift()
    assert till.ask(ZReport(), CASHIER).open_visits == 0
    assert str(till.ask(ZReport(), CASHIER).revenue["orders"]) == "300.00"


def test_E80_notes_that_wait_for_a_decision_are_confirmed(till: Desk) -> None:
    card = till.register()
    till.opened()
    note = till.note(500, card, settle=False)
    till.as_kiosk(DoubtNote(note), f"doubt:{note}")
    assert till.refused(CloseShift(rub(0))) == ("err.close_doubtful_notes", {"n": "1"})
    till.did(CloseShift(rub(0), ("doubtful_notes",)))


def test_E80_fiscal_documents_that_are_not_confirmed_are_not_passed_over(till: Desk) -> None:
    till.opened()
    for state in ("due", "sent", "confirmed", "needs_attention"):
        draft = Draft("fiscal_recorded")
        document = {"id": f"fiscal:{state}", "state": state, "visit": "", "entry": 0}
        draft.set("fiscal", document)
        till.venue.ledger.post(draft, key=state, actor="cli", command="x", now=till.now)
    assert till.refused(CloseShift(rub(0))) == ("err.close_unfiscalised", {"n": "3"})
    till.did(CloseShift(rub(0), ("unfiscalised",)))
    assert till.ask(ZReport(), CASHIER).unfiscalised == 3


# --- too long ---------------------------------------------------------------------------------


def test_C29_E80_a_shift_of_more_than_a_day_is_closed_by_the_kiosk_uncounted(till: Desk) -> None:
    card = till.register()
    opened = till.opened(700)
    close = CloseOverdueShift(opened.refs["shift"])
    till.wait(hours=24)
    early = till.venue.do(close, actor="kiosk", key="early", now=till.now)
    assert not isinstance(early, Entry)
    till.wait(seconds=1)
    shift = till.ask(CurrentShift(), CASHIER)
    assert shift is not None and shift.overdue
    assert till.refused(FloatIn(rub(1), "change")) == ("err.shift_too_long", {"hours": "24"})
    visit = till.open("550001")
    note = till.note(500, card, settle=False)
    moving = till.venue.do(close, actor="kiosk", key="moving", now=till.now)
    assert not isinstance(moving, Entry) and moving.key == "err.close_notes"
    till.as_kiosk(VoidNote(note), f"void:{note}")
    entry = till.as_kiosk(close, f"overdue:{shift.id}")
    # Nobody counted, so nothing is over or short: the cash is the next shift's.
    assert entry.postings == () and till.minor("1030") == 70000
    z = till.ask(ZReport(), CASHIER)
    assert (z.number, z.counted, z.open_visits) == (1, False, 1)
    assert till.as_kiosk(close, f"overdue:{shift.id}") == entry
    assert till.refused(FloatIn(rub(1), "change")) == ("err.no_shift", {})
    till.opened()
    x = till.closed_shift(rub(690))
    assert posted(x) == [("5030", 1000), ("1030", -1000)]
    assert till.seen(visit).state == "open"


def test_C29_the_hours_are_the_venues() -> None:
    with desk(venue_with(hours_max="12")) as other:
        other.opened()
        other.wait(hours=12, seconds=1)
        assert other.refused(FloatIn(rub(1), "change"))[1] == {"hours": "12"}
        # A shift that is too long can always be closed by hand, with a count.
        other.did(CloseShift(rub(0)))
        other.opened()


# --- Z ----------------------------------------------------------------------------------------


def test_Z_are_numbered_without_a_gap_and_hold_the_chain(till: Desk) -> None:
    heads = []
    for number in (1, 2, 3):
        till.opened()
        assert till.refused(CloseShift(rub(-1)))[0] == "err.amount_small"
        heads.append(till.venue.ledger.head)
        entry = till.closed_shift()
        assert entry.refs["z"] == number
    for number, head in enumerate(heads, start=1):
        z = till.ask(ZReport(number), CASHIER)
        entry = till.venue.ledger.entry(z.last)
        assert (z.number, z.head) == (number, head)
        assert entry is not None and (entry.kind, entry.prev) == ("shift_closed", z.head)
        assert z.first == (till.ask(ZReport(number - 1), CASHIER).last + 1 if number > 1 else 1)


@pytest.mark.parametrize(
    ("counted", "postings"),
    [
        (990, [("5030", 1000), ("1030", -1000)]),
        (1010, [("1030", 1000), ("5030", -1000)]),
        (1000, []),
    ],
)
def test_a_counted_till_is_over_or_short(
    till: Desk, counted: int, postings: list[tuple[str, int]]
) -> None:
    till.opened(1000)
    assert posted(till.closed_shift(rub(counted))) == postings
    assert till.minor("1030") == counted * 100
    assert till.minor("5030") == 100000 - counted * 100


def test_a_till_is_counted_by_face(till: Desk) -> None:
    till.opened(1000)
    wrong = faces((500, 1), (500, 1))
    assert till.refused(CloseShift(wrong, ALL)) == ("err.count_wrong", {})
    till.closed_shift(faces((500, 1), (100, 4)))
    kept = till.venue.store.get("z_reports", "1")
    assert kept is not None
    assert kept["counted"] == {"total": 90000, "faces": [[50000, 1], [10000, 4]]}
    assert (kept["expected"], kept["over_short"]) == (100000, -10000)


def test_C29_what_guests_do_without_a_shift_is_on_the_next_Z(till: Desk) -> None:
    card = till.register()
    till.note(500, card)
    till.opened()
    till.note(100, card)
    till.closed_shift()
    till.note(50, card)
    till.opened()
    till.note(10)
    till.closed_shift()
    one, two = (till.ask(ZReport(n), CASHIER) for n in (1, 2))
    assert [str(z.received["cash_kiosk"]) for z in (one, two)] == ["600.00", "60.00"]
    assert (one.first, two.first, two.last) == (1, one.last + 1, till.venue.ledger.seq)


def test_who_may_do_what_with_a_shift(till: Desk) -> None:
    for actor in (COLLECTOR, AUDITOR):
        assert till.refused(OpenShift(rub(0)), actor) == ("err.not_allowed", {})
    till.opened()
    assert till.refused(CloseShift(rub(0)), AUDITOR) == ("err.not_allowed", {})
    assert till.refused(CloseOverdueShift("x")) == ("err.not_allowed", {})


def test_the_same_key_is_the_same_close(till: Desk) -> None:
    till.opened()
    command = CloseShift(rub(0))
    one = till.venue.do(command, actor=CASHIER, key="z", now=till.now)
    assert till.venue.do(command, actor=CASHIER, key="z", now=till.now) == one
    assert len(till.venue.store.table("z_reports")) == 1


def test_a_guest_pays_the_desk_in_a_shift_only(till: Desk) -> None:
    visit = till.ordered("a", till.open(), 300)
    done = till.calculate(visit, ("cash", 300))
    assert done.key == "err.no_shift"
    till.opened()
    till.closed(visit, ("cash", 300))
    assert till.minor("1030") == 30000
