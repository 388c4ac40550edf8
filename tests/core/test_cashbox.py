"""Cashboxes: collected, counted, pulled; what differs, and what may explain it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.audit import audit
from kiosk.core.cash import DoubtNote, RecogniseNote, SettleNote, VoidNote
from kiosk.core.cashbox import (
    BoxContents,
    CashboxTasks,
    CollectCashbox,
    Collection,
    Collections,
    CountCollection,
    GetBoxState,
    RecordCashboxIn,
    RecordCashboxOut,
    contents,
)
from kiosk.core.count_differences import (
    Candidate,
    NoteOfPeriod,
    Period,
    Pulled,
    candidates,
)
from kiosk.core.errors import Refused
from kiosk.core.ids import NoteId
from kiosk.core.ledger import Entry
from kiosk.core.messages import AcceptorChanged, DeviceUp
from kiosk.core.staff import Approval, SetStaffPin, SignIn, SignOut
from tests.core.desk import (
    ADMINISTRATOR,
    BOX,
    CASHIER,
    COLLECTOR,
    MANAGER,
    Desk,
    desk,
    faces,
    venue_with,
)
from tests.core.guest import ACCEPTOR, Guest, rub

PIN = "481920"


@pytest.fixture
def till() -> Iterator[Desk]:
    with desk() as made:
        yield made
        assert audit(made.venue.books(made.now)) == []


def posted(entry: Entry) -> list[tuple[str, int]]:
    return [(p.account, p.amount) for p in entry.postings]


def collection(till: Desk) -> Collection:
    found: Collection = till.ask(Collections(), COLLECTOR)[0]
    return found


# --- collecting and counting ------------------------------------------------------------------


def test_C29_a_box_is_collected_by_face_at_what_the_books_expect(till: Desk) -> None:
    for face in (500, 500, 100, 50):
        till.note(face)
    assert till.ask(BoxContents(BOX), COLLECTOR) == faces((500, 2), (100, 1), (50, 1))
    entry = till.did(CollectCashbox(BOX, seal="B-17"), COLLECTOR)
    assert entry.kind == "cashbox_collected"
    bag = entry.refs["collection"]
    assert posted(entry) == [
        (f"1040:{bag}", 100000),
        ("1010:K1:acceptor:500", -100000),
        (f"1040:{bag}", 10000),
        ("1010:K1:acceptor:100", -10000),
        (f"1040:{bag}", 5000),
        ("1010:K1:acceptor:50", -5000),
    ]
    kept = collection(till)
    assert (kept.state, kept.by, kept.seal, kept.number) == ("in_bag", COLLECTOR, "B-17", 1)
    assert [(str(f.face), f.expected, f.counted) for f in kept.faces or ()] == [
        ("500.00", 2, None),
        ("100.00", 1, None),
        ("50.00", 1, None),
    ]
    assert till.ask(BoxContents(BOX), COLLECTOR) == ()
    (task,) = till.ask(CashboxTasks(), COLLECTOR)
    assert (task.what, task.collection, task.who) == ("count_bag", bag, COLLECTOR)
    counted = till.did(CountCollection(bag, faces((500, 2), (100, 1), (50, 1))), MANAGER)
    assert counted.kind == "collection_counted"
    assert posted(counted) == [("1050", 115000), (f"1040:{bag}", -115000)]
    assert collection(till).over_short == rub(0) and collection(till).candidates == ()
    assert till.ask(CashboxTasks(), COLLECTOR) == ()
    assert till.refused(CountCollection(bag, ()), MANAGER)[0] == "err.no_such_bag"


@pytest.mark.parametrize(
    ("counted", "postings", "over"),
    [
        (
            faces((500, 1), (100, 4)),
            [("1050", 90000), ("bag", -90000), ("5030", 10000), ("bag", -10000)],
            -10000,
        ),
        (
            faces((500, 1), (100, 6)),
            [("1050", 100000), ("bag", -100000), ("1050", 10000), ("5030", -10000)],
            10000,
        ),
        ((), [("5030", 100000), ("bag", -100000)], -100000),
    ],
)
def test_C29_what_differs_is_over_or_short(
    till: Desk, counted: object, postings: list[tuple[str, int]], over: int
) -> None:
    for face in (500, 100, 100, 100, 100, 100):
        till.note(face)
    bag = till.did(CollectCashbox(BOX, seal="1"), COLLECTOR).refs["collection"]
    entry = till.did(CountCollection(bag, counted), COLLECTOR)  # type: ignore[arg-type]
    assert [(a.replace(f"1040:{bag}", "bag"), n) for a, n in posted(entry)] == postings
    kept = collection(till)
    assert kept.over_short is not None and kept.over_short.minor == over
    assert (till.minor(f"1040:{bag}"), till.minor("5030")) == (0, -over)


def test_a_box_is_counted_at_once_with_a_witness(till: Desk) -> None:
    till.did(SetStaffPin("101", PIN), "cli")
    till.note(500)
    count = faces((500, 1))
    wrong = Approval("101", "111222")
    assert till.refused(CollectCashbox(BOX, count, witness=wrong), COLLECTOR)[0] == "err.pin_wrong"
    own = Approval("103", PIN)
    assert till.refused(CollectCashbox(BOX, count, witness=own), COLLECTOR)[0] == (
        "err.approval_self"
    )
    entry = till.did(CollectCashbox(BOX, count, witness=Approval("101", PIN)), COLLECTOR)
    assert posted(entry)[-2:] == [("1050", 50000), (f"1040:{entry.refs['collection']}", -50000)]
    assert collection(till).witness == CASHIER and collection(till).state == "counted"
    assert PIN not in str(entry.document())


def test_a_blind_count_is_later_and_by_another_person() -> None:
    with desk(venue_with(blind_count="true")) as till:
        till.note(500)
        assert till.ask(BoxContents(BOX), COLLECTOR) is None
        told = till.refused(CollectCashbox(BOX, faces((500, 1)), "B-1"), COLLECTOR)
        assert told == ("err.count_blind", {})
        assert till.refused(CollectCashbox(BOX), COLLECTOR) == ("err.seal_missing", {})
        bag = till.did(CollectCashbox(BOX, seal="B-1"), COLLECTOR).refs["collection"]
        kept = collection(till)
        assert (kept.faces, kept.expected) == (None, None)
        count = CountCollection(bag, faces((500, 1)))
        assert till.refused(count, COLLECTOR) == ("err.count_same_person", {})
        till.did(count, MANAGER)
        assert collection(till).expected == rub(500)


def test_a_bag_that_is_not_counted_at_once_is_sealed(till: Desk) -> None:
    till.note(500)
    for seal in ("", " ", "x\n"):
        assert till.refused(CollectCashbox(BOX, seal=seal), COLLECTOR)[0] == "err.seal_missing"
    assert till.refused(CollectCashbox(ACCEPTOR, seal="1"), CASHIER)[0] == "err.not_allowed"
    for wrong in (faces((500, -1)), faces((500, 1), (500, 1))):
        assert till.refused(CollectCashbox(BOX, wrong), COLLECTOR)[0] == "err.count_wrong"


def test_a_box_that_is_empty_or_unknown_is_not_collected(till: Desk) -> None:
    assert till.refused(CollectCashbox(BOX, seal="1"), COLLECTOR)[0] == "err.no_such_box"
    till.note(500)
    till.did(CollectCashbox(BOX, seal="1"), COLLECTOR)
    assert till.refused(CollectCashbox(BOX, seal="2"), COLLECTOR)[0] == "err.box_empty"
    assert till.refused(CollectCashbox(BOX, ()), COLLECTOR)[0] == "err.box_empty"
    # Whoever finds a note in a box that is empty on the books says so.
    entry = till.did(CollectCashbox(BOX, faces((100, 1))), COLLECTOR)
    assert posted(entry) == [("1050", 10000), ("5030", -10000)]


def test_the_collections_of_two_boxes_are_apart(till: Desk) -> None:
    till.note(500)
    books = till.venue.books(till.now)
    assert contents(books, "acceptor") == [[50000, 1]]
    assert contents(books, "accepto") == contents(books, "acceptor2") == []


# --- pulled -----------------------------------------------------------------------------------


def out(guest: Guest) -> None:
    guest.tell(AcceptorChanged(ACCEPTOR, "cassette_out"))


def back(guest: Guest) -> None:
    guest.tell(AcceptorChanged(ACCEPTOR, "disabled"))


@pytest.fixture
def kiosk(till: Desk) -> Guest:
    """A guest's card with 500 on it, and the box with the note."""
    guest = Guest(till.venue)
    guest.top_up(500)
    guest.press("done")
    guest.printed()
    till.now = guest.now
    return guest


def test_C29_a_box_pulled_without_sign_in_is_an_alarm_and_has_to_be_counted(
    till: Desk, kiosk: Guest
) -> None:
    out(kiosk)
    entry = next(e for e in till.venue.ledger.entries() if e.kind == "cashbox_pulled")
    assert entry.refs == {"device": "acceptor", "alarm": True, "staff": "", "minor": 50000}
    assert till.ask(GetBoxState(BOX), COLLECTOR).out
    (task,) = till.ask(CashboxTasks(), COLLECTOR)
    assert (task.what, task.device, task.who) == ("count_box", "acceptor", "")
    back(kiosk)
    assert kiosk.kinds()[-1] == "cashbox_back"
    # It stays a task until it was counted.
    assert till.ask(CashboxTasks(), COLLECTOR) == (task,)
    till.did(CollectCashbox(BOX, ()), COLLECTOR)
    assert till.ask(CashboxTasks(), COLLECTOR) == ()
    kept = collection(till)
    assert kept.forced and kept.over_short == rub(-500)
    assert kept.candidates == (Candidate("pulled", (50000,), 1, -50000, at=task.since),)


def test_a_box_is_out_once_however_often_the_acceptor_says_so(till: Desk, kiosk: Guest) -> None:
    out(kiosk)
    out(kiosk)
    # The acceptor is plugged in anew, with the box still out.
    kiosk.tell(DeviceUp(ACCEPTOR, "acceptor"), AcceptorChanged(ACCEPTOR, "cassette_out"))
    assert kiosk.kinds().count("cashbox_pulled") == 1
    for wrong in (RecordCashboxOut(BOX, 1), RecordCashboxOut(BOX, 2), RecordCashboxIn(BOX, 2)):
        done = till.venue.do(wrong, actor="kiosk", key=str(wrong), now=kiosk.now)
        assert isinstance(done, Refused) and done.key == "err.nothing_changed"
    back(kiosk)
    kiosk.tell(DeviceUp(ACCEPTOR, "acceptor"), AcceptorChanged(ACCEPTOR, "ready"))
    assert kiosk.kinds().count("cashbox_back") == 1
    out(kiosk)
    assert kiosk.kinds().count("cashbox_pulled") == 2
    till.did(CollectCashbox(BOX, faces((500, 1))), COLLECTOR)
    assert len(till.venue.store.table("cashboxes")) == 1


@pytest.mark.parametrize(("who", "alarm"), [("103", False), ("104", True), ("105", False)])
def test_C29_who_may_collect_pulls_without_an_alarm(
    till: Desk, kiosk: Guest, who: str, alarm: bool
) -> None:
    till.did(SetStaffPin(who, PIN), "cli")
    till.did(SignIn(who, pin=PIN), "kiosk")
    kiosk.now = till.now
    out(kiosk)
    entry = next(e for e in till.venue.ledger.entries() if e.kind == "cashbox_pulled")
    assert (entry.refs["alarm"], entry.refs["staff"]) == (alarm, who)
    assert bool(till.ask(CashboxTasks(), COLLECTOR)) == alarm


def test_who_has_signed_out_is_nobody(till: Desk, kiosk: Guest) -> None:
    till.did(SetStaffPin("103", PIN), "cli")
    till.did(SignIn("103", pin=PIN), "kiosk")
    till.did(SignOut(), COLLECTOR)
    kiosk.now = till.now
    out(kiosk)
    assert till.ask(CashboxTasks(), COLLECTOR)[0].what == "count_box"


def test_an_empty_box_is_pulled_without_an_alarm(till: Desk, kiosk: Guest) -> None:
    till.did(CollectCashbox(BOX, faces((500, 1))), COLLECTOR)
    out(kiosk)
    back(kiosk)
    assert kiosk.kinds()[-2:] == ["cashbox_pulled", "cashbox_back"]
    pulled = next(e for e in till.venue.ledger.entries() if e.kind == "cashbox_pulled")
    assert pulled.refs["alarm"] is False
    assert till.ask(CashboxTasks(), COLLECTOR) == ()


def test_cash_goes_on_after_a_pull_and_is_a_period_of_its_own(till: Desk, kiosk: Guest) -> None:
    refused = CollectCashbox(BOX, faces((500, 1)), taken=True)
    assert till.refused(refused, COLLECTOR)[0] == "err.box_not_pulled"
    out(kiosk)
    back(kiosk)
    kiosk.home()
    kiosk.press("top_up")
    kiosk.insert(100)
    kiosk.press("done")
    kiosk.printed()
    till.now = kiosk.now
    # The collector brings the box that was out; what came in since lies in the new one.
    till.did(CollectCashbox(BOX, faces((500, 1)), taken=True), COLLECTOR)
    assert collection(till).over_short == rub(0)
    assert till.ask(BoxContents(BOX), COLLECTOR) == faces((100, 1))
    assert till.ask(CashboxTasks(), COLLECTOR) == ()
    till.did(CollectCashbox(BOX, faces((100, 1))), COLLECTOR)
    assert not collection(till).forced
    one, two = till.venue.store.table("collections")
    assert (one["first"], two["first"]) == (1, one["last"] + 1)
    assert two["last"] == till.venue.ledger.seq


# --- what may explain a difference ------------------------------------------------------------


NOTE = "acceptor/1/1"


def of(state: str, face: int = 500, name: str = NOTE, by_staff: bool = False) -> Period:
    return Period((NoteOfPeriod(name, face, state, by_staff),))


@pytest.mark.parametrize(
    ("differences", "period", "causes"),
    [
        ({500: -1, 1000: 1}, Period(), [Candidate("exchanged", (500, 1000), 1, 500)]),
        ({500: -3, 1000: 2}, Period(), [Candidate("exchanged", (500, 1000), 2, 1000)]),
        ({500: 1}, of("held"), [Candidate("doubtful", (500,), 1, 500, (NOTE,))]),
        ({500: 2}, of("doubtful"), [Candidate("doubtful", (500,), 1, 500, (NOTE,))]),
        (
            {500: 1},
            Period((NoteOfPeriod("a", 500, "held"), NoteOfPeriod("b", 500, "held"))),
            [Candidate("doubtful", (500,), 1, 500, ("a", "b"))],
        ),
        ({500: 1}, of("void"), [Candidate("returned", (500,), 1, 500, (NOTE,))]),
        ({500: 1}, of("recognised"), [Candidate("repeat", (500,), 1, 500, (NOTE,))]),
        ({500: -1}, of("suspense"), [Candidate("suspense", (500,), 1, -500, (NOTE,))]),
        ({500: -1}, of("claimed"), [Candidate("suspense", (500,), 1, -500, (NOTE,))]),
        (
            {500: -1},
            of("settled", by_staff=True),
            [Candidate("settled_by_staff", (500,), 1, -500, (NOTE,))],
        ),
        ({500: -1}, of("settled"), []),
        ({500: -1}, of("held"), []),
        ({500: 1}, of("suspense"), []),
        ({500: 1}, of("held", face=100), []),
        ({500: 0}, of("held"), []),
        ({}, Period(starts=3, pulls=(Pulled("then", 500),)), []),
        ({500: 1}, Period(starts=1), [Candidate("restarted", (500,), 1, 500)]),
        ({500: -1}, Period(starts=1), []),
        (
            {500: -2, 100: -1},
            Period(pulls=(Pulled("then", 800),)),
            [Candidate("pulled", (100, 500), 3, -800, at="then")],
        ),
        ({500: 1}, Period(pulls=(Pulled("then", 800),)), []),
    ],
)
def test_C29_a_difference_has_candidate_causes(
    differences: dict[int, int], period: Period, causes: list[Candidate]
) -> None:
    assert list(candidates(differences, period)) == causes


@given(
    st.dictionaries(st.sampled_from((50, 100, 500, 1000)), st.integers(-5, 5)),
    st.lists(
        st.builds(
            NoteOfPeriod,
            st.sampled_from("abcdef"),
            st.sampled_from((50, 100, 500)),
            st.sampled_from(("held", "void", "recognised", "suspense", "settled")),
            st.booleans(),
        )
    ),
)
def test_no_cause_explains_more_than_what_differs(
    differences: dict[int, int], notes: list[NoteOfPeriod]
) -> None:
    over = sum(f * n for f, n in differences.items() if n > 0)
    short = -sum(f * n for f, n in differences.items() if n < 0)
    period = Period(tuple(notes), 1, (Pulled("then", 700),))
    for cause in candidates(differences, period):
        assert cause.number > 0 and Candidate.of(cause.document()) == cause
        assert -short <= cause.minor <= over
    if not any(differences.values()):
        assert candidates(differences, period) == ()


def test_C29_the_causes_come_from_the_period_of_the_box(till: Desk) -> None:
    card = till.register()
    till.note(1000)
    till.did(CollectCashbox(BOX, faces((1000, 1))), COLLECTOR)
    till.started()
    went_back = till.note(500, card, settle=False)
    till.as_kiosk(VoidNote(went_back), f"void:{went_back}")
    kept = till.note(500, card)
    again = NoteId(f"{BOX}/{till.start}/77")
    till.as_kiosk(RecogniseNote(again, kept), f"recognise:{again}")
    doubtful = till.note(100, card, settle=False)
    till.as_kiosk(DoubtNote(doubtful), f"doubt:{doubtful}")
    till.did(SettleNote(doubtful, "found it"), ADMINISTRATOR)
    till.did(CollectCashbox(BOX, faces((500, 2))), COLLECTOR)
    made = collection(till).candidates
    assert {(c.cause, c.faces, c.notes) for c in made} == {
        ("exchanged", (10000, 50000), ()),
        ("returned", (50000,), (went_back,)),
        ("repeat", (50000,), (again,)),
        ("settled_by_staff", (10000,), (doubtful,)),
        ("restarted", (50000,), ()),
    }
