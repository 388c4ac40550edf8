"""Notes go in: what the books and the screen say at each turn of the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import flow
from kiosk.core.balances import ChangeBalance
from kiosk.core.cards import BlockCard
from kiosk.core.cash import SettleNote, VoidNote
from kiosk.core.errors import StorageFailed
from kiosk.core.ids import note_id
from kiosk.core.messages import (
    AcceptNotes,
    AcceptorChanged,
    AcknowledgeNote,
    DeviceDown,
    DeviceUp,
    Light,
    NoteEscrowed,
    NoteRejected,
    NoteReturned,
    NoteStacked,
    PrintSlip,
    RefuseNotes,
    ReturnNote,
    SlipFailed,
    SpaceChanged,
    StackNote,
    Touched,
    VenueChanged,
)
from kiosk.core.money import Money
from kiosk.core.shifts import OpenShift
from kiosk.core.situation import CardHome, Closed, Done, Problem, TopUp, Welcome
from kiosk.core.venue import Venue
from kiosk.screens.view import TopUpView
from tests.core.guest import (
    ACCEPTOR,
    LIMITS,
    OTHER_UID,
    RUB,
    UID,
    Guest,
    rub,
)


def problem(guest: Guest) -> Problem:
    assert isinstance(guest.scene, Problem)
    return guest.scene


def test_a_note_is_held_before_it_moves_and_credited_when_it_is_stacked(guest: Guest) -> None:
    card = guest.top_up()
    note, effects = guest.escrow(500)
    assert guest.kinds()[-1] == "note_held"
    assert StackNote(note) in effects
    assert guest.balance(card) == "0.00"
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.kinds()[-1] == "note_settled"
    assert AcknowledgeNote(note) in effects
    assert guest.balance(card) == "500.00"
    assert "500" in guest.words()


def test_the_repeat_of_stacked_credits_once_and_is_acknowledged_again(guest: Guest) -> None:
    card = guest.top_up(500)
    entries = guest.venue.ledger.seq
    note = next(n.note for n in guest.scene.notes)  # type: ignore[union-attr]
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert effects == [AcknowledgeNote(note)]
    assert (guest.balance(card), guest.venue.ledger.seq) == ("500.00", entries)


def test_U2_one_receipt_for_all_notes_with_the_balance_before_and_after(guest: Guest) -> None:
    guest.top_up(500, 200)
    (slip,) = [e for e in guest.press("done") if isinstance(e, PrintSlip)]
    words = str(slip.document)
    for amount in ("0.00", "700.00"):
        assert amount in words
    assert isinstance(guest.scene, Done)
    assert guest.scene.total == rub(700)
    guest.printed()
    assert guest.scene.printing == "printed"
    assert guest.kinds().count("slip_issued") == 2  # registration and top-up
    assert guest.venue.ledger.verify() == []


def test_N06_a_note_while_nobody_tops_up_goes_back_and_is_never_credited(guest: Guest) -> None:
    card = guest.home()
    guest.press("leave")
    note, effects = guest.escrow(500)
    assert ReturnNote(note) in effects
    assert problem(guest).key == "err.note_back"
    guest.tap()
    assert guest.balance(card) == "0.00"
    assert "note_held" not in guest.kinds()


@pytest.mark.parametrize(
    ("limits", "faces", "sentence"),
    [
        ({"notes_per_session_max": 2}, (50, 50, 50), "topup.full_session"),
        ({"top_up_max_minor": 60_000}, (500, 200), "topup.full_amount"),
        ({"balance_max_minor": 60_000}, (500, 200), "topup.full_balance"),
    ],
)
def test_a_note_beyond_a_limit_is_given_back(
    venue: Venue, limits: dict[str, int], faces: tuple[int, ...], sentence: str
) -> None:
    guest = Guest(venue, limits=replace(LIMITS, **limits))
    card = guest.top_up(*faces[:-1])
    before = guest.balance(card)
    note, effects = guest.escrow(faces[-1])
    assert ReturnNote(note) in effects
    assert isinstance(guest.scene, TopUp)
    assert guest.scene.problem == sentence
    assert guest.undecided() == {}
    assert guest.balance(card) == before
    assert guest.words()  # the sentence exists, with its arguments


def test_a_held_note_counts_towards_the_limit_of_the_balance(venue: Venue) -> None:
    guest = Guest(venue, limits=replace(LIMITS, balance_max_minor=60_000))
    guest.top_up()
    held, _ = guest.escrow(500)
    guest.start_again()  # the acceptor does not tell what became of it
    guest.top_up()
    note, effects = guest.escrow(200)
    assert ReturnNote(note) in effects
    assert list(guest.undecided()) == [held]


def test_done_while_a_note_is_on_its_way_waits_for_it(guest: Guest) -> None:
    card = guest.top_up(500)
    note, _ = guest.escrow(200)
    # The button says that it waits; a touch that was on its way already counts.
    effects = guest.tell(Touched("done", guest.situation.page))
    assert RefuseNotes(ACCEPTOR) in effects
    assert isinstance(guest.scene, TopUp) and guest.scene.finishing
    another, effects = guest.escrow(100)
    assert effects == [ReturnNote(another)]
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(200)))
    assert effects[0] == AcknowledgeNote(note)
    assert isinstance(guest.scene, Done)
    assert guest.scene.total == rub(700)
    assert guest.balance(card) == "700.00"


def test_a_double_press_of_done_makes_one_receipt(guest: Guest) -> None:
    guest.top_up(500)
    page = guest.situation.page
    effects = guest.tell(Touched("done", page), Touched("done", page))
    assert len([e for e in effects if isinstance(e, PrintSlip)]) == 1


def test_T01_time_passes_with_money_inside(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.wait(39.4)  # the acceptor was ready again half a second after the note
    assert guest.situation.timer and not guest.situation.timer.warned
    guest.wait(0.2)
    assert guest.situation.timer.warned
    guest.wait(20)
    assert isinstance(guest.scene, Done) and guest.scene.timed_out
    assert "was added to your card" in guest.words()
    assert guest.balance(card) == "500.00"


def test_time_passes_with_nothing_inside(guest: Guest) -> None:
    guest.top_up()
    assert RefuseNotes(ACCEPTOR) in guest.wait(61)
    assert isinstance(guest.scene, Welcome)


def test_a_tapped_card_ends_the_top_up_with_its_receipt(guest: Guest) -> None:
    guest.home(OTHER_UID)
    guest.press("leave")
    card = guest.top_up(500)
    guest.tap()  # a card left lying, read again
    assert isinstance(guest.scene, TopUp)
    effects = guest.tap(OTHER_UID)
    assert RefuseNotes(ACCEPTOR) in effects
    assert len([e for e in effects if isinstance(e, PrintSlip)]) == 1
    assert isinstance(guest.scene, CardHome) and guest.scene.card.id != card.id
    assert guest.balance(card) == "500.00"


def test_while_a_note_is_taken_a_card_is_not_read(guest: Guest) -> None:
    guest.home(OTHER_UID)
    guest.press("leave")
    card = guest.top_up()
    note, _ = guest.escrow(500)
    assert guest.tap(OTHER_UID) == []
    guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.balance(card) == "500.00"


def test_N01_refused_notes_and_after_three_which_are_taken(guest: Guest) -> None:
    guest.top_up()
    for _ in range(2):
        guest.tell(NoteRejected(ACCEPTOR, "verification"))
        assert "Try it again" in guest.words()
    guest.tell(NoteRejected(ACCEPTOR, "verification"))
    assert "50, 100, 200, 500, 1,000" in guest.words().replace("\u202f", ",").replace("\xa0", " ")


def test_N02_a_returned_note_ends_its_hold(guest: Guest) -> None:
    card = guest.top_up()
    note, _ = guest.escrow(500)
    effects = guest.tell(NoteReturned(ACCEPTOR, note))
    assert guest.note(note).state == "void"
    assert isinstance(effects[0], AcceptNotes)
    assert guest.balance(card) == "0.00"
    guest.insert(500)
    assert guest.balance(card) == "500.00"


def test_N03_a_jam_with_all_notes_stacked(guest: Guest) -> None:
    card = guest.top_up(500)
    guest.tell(AcceptorChanged(ACCEPTOR, "jammed_cassette"))
    assert (problem(guest).key, problem(guest).money) == ("err.jam_stacked", "safe")
    assert "500" in guest.words()
    assert guest.balance(card) == "500.00"
    guest.press("continue")
    assert isinstance(guest.scene, Done)


def test_N03_a_jam_before_the_first_note(guest: Guest) -> None:
    guest.top_up()
    effects = guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
    assert RefuseNotes(ACCEPTOR) in effects
    assert (problem(guest).key, problem(guest).money) == ("err.jam_empty", "nothing")


def test_N04_a_jam_with_a_note_inside_gives_a_check_slip(guest: Guest) -> None:
    card = guest.top_up(200)
    note, _ = guest.escrow(500)
    effects = guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
    jobs = [e.job for e in effects if isinstance(e, PrintSlip)]
    assert jobs == ["top_up_receipt:1", "check_slip:1"]
    assert (problem(guest).key, problem(guest).money) == ("err.jam_unknown", "recorded")
    assert guest.undecided() == {note: "held"}
    assert guest.balance(card) == "200.00"
    # The acceptor finds it after all, while the guest still stands there.
    guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert isinstance(guest.scene, CardHome)
    assert guest.balance(card) == "700.00"
    assert guest.venue.ledger.verify() == []


def test_N04_the_note_comes_out_after_all(guest: Guest) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"), NoteReturned(ACCEPTOR, note))
    assert problem(guest).key == "err.note_back"
    assert guest.undecided() == {}


def test_N04_the_check_slip_is_offered_at_the_next_tap(guest: Guest) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    guest.start_again()
    assert guest.undecided() == {note: "doubtful"}
    guest.tap()
    (slip,) = [e for e in guest.press("print_check_slip") if isinstance(e, PrintSlip)]
    assert slip.job == "check_slip:1"
    guest.press("continue")
    (again,) = [e for e in guest.press("print_check_slip") if isinstance(e, PrintSlip)]
    assert again.job == slip.job, "one number for one note"


def test_N05_cash_is_closed_when_the_box_is_full(guest: Guest) -> None:
    guest.top_up(500)
    guest.tell(AcceptorChanged(ACCEPTOR, "cassette_full"))
    assert "500" in guest.words()
    guest.press("continue", "leave")
    guest.tap()
    assert not guest.buttons()["top_up"].enabled


def test_the_acceptor_is_unplugged_without_a_note(guest: Guest) -> None:
    guest.top_up()
    effects = guest.tell(DeviceDown(ACCEPTOR, "acceptor", "no answer"))
    assert problem(guest).money == "nothing"
    # What waits for it must not enable it for whoever comes next.
    assert RefuseNotes(ACCEPTOR) in effects


def test_the_acceptor_is_unplugged_with_a_note_and_comes_back(guest: Guest) -> None:
    card = guest.top_up()
    note, _ = guest.escrow(500)
    guest.tell(DeviceDown(ACCEPTOR, "acceptor", "no answer"))
    assert isinstance(guest.scene, TopUp) and guest.scene.stalled
    effects = guest.tell(
        DeviceUp(ACCEPTOR, "acceptor"),
        AcceptorChanged(ACCEPTOR, "busy"),
        NoteStacked(ACCEPTOR, note, rub(500)),
    )
    assert AcceptNotes(ACCEPTOR, (50, 100, 200, 500, 1000)) in effects
    assert guest.balance(card) == "500.00"
    assert isinstance(guest.scene, TopUp) and not guest.scene.stalled


def test_the_acceptor_is_unplugged_with_a_note_and_stays_away(guest: Guest) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    guest.tell(DeviceDown(ACCEPTOR, "acceptor", "no answer"))
    guest.wait(10.1)
    assert problem(guest).money == "recorded"
    assert guest.undecided() == {note: "held"}
    assert guest.wait(60) == [Light("ready")]


def test_the_acceptor_is_empty_and_says_nothing_of_the_note(guest: Guest) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    guest.tell(AcceptorChanged(ACCEPTOR, "disabled"))
    assert guest.undecided() == {note: "doubtful"}
    assert problem(guest).money == "recorded"


def test_a_doubtful_hold_is_not_ended_by_the_return_of_another_note(guest: Guest) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    guest.start_again()
    guest.tell(NoteReturned(ACCEPTOR, None))
    guest.tell(NoteStacked(ACCEPTOR, "acceptor/9/1", rub(500), announced=False))  # type: ignore[arg-type]
    assert guest.undecided() == {note: "doubtful"}


def test_low_space_closes_cash_before_escrow(guest: Guest) -> None:
    guest.top_up()
    assert RefuseNotes(ACCEPTOR) in guest.tell(SpaceChanged(True))
    assert problem(guest).key == "err.cash_closed"
    guest.press("continue")
    assert not guest.buttons()["top_up"].enabled
    guest.tell(SpaceChanged(False))
    assert guest.buttons()["top_up"].enabled


def test_low_space_with_a_note_inside_takes_that_one_and_no_other(guest: Guest) -> None:
    card = guest.top_up()
    note, _ = guest.escrow(500)
    assert guest.tell(SpaceChanged(True)) == [RefuseNotes(ACCEPTOR)]
    effects = guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.balance(card) == "500.00"
    assert not any(isinstance(e, AcceptNotes) for e in effects)
    assert isinstance(guest.scene, Problem)


def test_a_note_that_slips_in_while_the_disk_is_full_goes_back(guest: Guest) -> None:
    guest.top_up()
    machine = replace(guest.situation.machine, space_low=True)
    guest.situation = replace(guest.situation, machine=machine)
    note, effects = guest.escrow(500)
    assert effects == [ReturnNote(note)]


@pytest.mark.parametrize(("command", "balance"), [(SettleNote, "500.00"), (VoidNote, "0.00")])
def test_staff_decide_while_the_guest_waits(
    guest: Guest, command: type[SettleNote] | type[VoidNote], balance: str
) -> None:
    card = guest.top_up()
    note, _ = guest.escrow(500)
    guest.tell(DeviceDown(ACCEPTOR, "acceptor", "no answer"))
    guest.did(command(note, "seen in the box"), key=f"staff:{note}")
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    assert isinstance(guest.scene, TopUp) and guest.scene.going is None
    guest.tell(DeviceUp(ACCEPTOR, "acceptor"), AcceptorChanged(ACCEPTOR, "disabled"))
    assert guest.balance(card) == balance
    guest.wait(200)
    assert isinstance(guest.scene, Welcome)


def test_staff_have_settled_what_the_acceptor_tells_of_later(guest: Guest) -> None:
    card = guest.top_up()
    note, _ = guest.escrow(500)
    guest.start_again()
    guest.did(SettleNote(note, "seen in the box"), key=f"settle:{note}")
    late = NoteStacked(ACCEPTOR, "acceptor/2/1", rub(500), announced=False)  # type: ignore[arg-type]
    assert AcknowledgeNote(late.note) in guest.tell(late)
    assert guest.balance(card) == "500.00"
    assert guest.venue.ledger.balance("2900:K1", "RUB") == 0


def test_storage_fails_with_a_note_inside(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    guest.top_up()
    note, _ = guest.escrow(500)
    guest.press("access")  # the note goes on behind the choice of language

    def broken(*args: object) -> None:
        raise StorageFailed("no space left")

    monkeypatch.setattr(guest.venue.store, "put", broken)
    with pytest.raises(StorageFailed):
        guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    guest.situation = flow.close(guest.situation)
    assert guest.scene == Closed(held=True)
    assert "recorded" in guest.words()
    assert flow.lights(guest.situation) == "out_of_order"
    # Every later event is ignored: no acknowledgement, no touch, no card.
    shut = guest.situation
    assert guest.tell(NoteStacked(ACCEPTOR, note, rub(500)), NoteReturned(ACCEPTOR, note)) == []
    assert guest.tap() == []
    assert guest.tell(Touched("leave", guest.situation.page)) == []
    assert guest.situation == shut


def test_S01_storage_fails_with_nothing_inside(guest: Guest) -> None:
    guest.situation = flow.close(guest.situation)
    assert "Nothing was" in guest.words()


@pytest.mark.parametrize("outcome", ["not_printed", "partial", "unknown"])
def test_P02_P03_P04_a_printer_failure_never_touches_money(guest: Guest, outcome: str) -> None:
    card = guest.top_up(500)
    guest.press("done")
    done = guest.scene
    assert isinstance(done, Done)
    guest.tell(SlipFailed("printer", done.job, outcome, "paper_out"))  # type: ignore[arg-type]
    assert problem(guest).money == "safe"
    assert f"{done.number:06}" in guest.words()
    assert guest.balance(card) == "500.00"
    guest.press("continue")
    assert isinstance(guest.scene, Done) and guest.scene.printing == "failed"


@pytest.mark.parametrize("moment", ["home", "escrow", "stacked", "done", "printing"])
def test_the_printer_goes_away_at_every_moment(guest: Guest, moment: str) -> None:
    gone = DeviceDown("printer", "printer", "no answer")  # type: ignore[arg-type]
    card = guest.home()
    if moment == "home":
        guest.tell(gone)
    guest.press("top_up")
    note, _ = guest.escrow(500)
    if moment == "escrow":
        guest.tell(gone)
    guest.tell(NoteStacked(ACCEPTOR, note, rub(500)))
    if moment == "stacked":
        guest.tell(gone)
    guest.press("done")
    if moment in ("done", "printing"):
        guest.tell(gone)
    sent = moment in ("done", "printing")
    assert problem(guest).key == ("err.printer_middle" if sent else "err.printer")
    assert guest.balance(card) == "500.00"
    assert guest.venue.ledger.verify() == []


def test_a_receipt_that_no_one_printed_is_offered_as_a_copy(guest: Guest) -> None:
    guest.top_up(500)
    guest.start_again()
    guest.tap()
    assert not [e for e in guest.effects if isinstance(e, PrintSlip) and "top_up" in e.job]
    (slip,) = [e for e in guest.press("receipt") if isinstance(e, PrintSlip)]
    assert "COPY" in str(slip.document)
    guest.printed()
    guest.press("home")
    assert "receipt" not in guest.shown()


@pytest.mark.parametrize("outcome", ["not_printed", "partial", "unknown"])
def test_P02_a_receipt_that_failed_is_offered_at_the_next_tap(guest: Guest, outcome: str) -> None:
    guest.top_up(500)
    guest.press("done")
    done = guest.scene
    assert isinstance(done, Done)
    guest.tell(SlipFailed("printer", done.job, outcome, "paper_out"))  # type: ignore[arg-type]
    guest.press("continue", "home")
    (slip,) = [e for e in guest.press("receipt") if isinstance(e, PrintSlip)]
    assert slip.job == done.job and "COPY" in str(slip.document)
    guest.printed()
    guest.press("home")
    assert "receipt" not in guest.shown()


def test_N04_says_what_is_on_the_card_already(guest: Guest) -> None:
    guest.top_up(200)
    guest.escrow(500)
    guest.tell(AcceptorChanged(ACCEPTOR, "jammed_cassette"))
    assert problem(guest).args["taken"] == rub(200)
    assert problem(guest).args["amount"] == rub(500)


def test_a_note_in_another_currency_is_our_mistake(guest: Guest) -> None:
    guest.top_up()
    euro = Money(50_000, replace(RUB, code="EUR"))
    with pytest.raises((AssertionError, ValueError)):
        guest.tell(NoteEscrowed(ACCEPTOR, "acceptor/1/1", euro))  # type: ignore[arg-type]
    assert guest.kinds()[-1] != "note_held"


def test_a_card_that_is_blocked_meanwhile_still_gets_its_note(guest: Guest) -> None:
    card = guest.top_up()
    note, _ = guest.escrow(500)
    guest.did(BlockCard(card.id, "stolen"), key="block")
    guest.tell(VenueChanged(guest.venue.ledger.seq), NoteStacked(ACCEPTOR, note, rub(500)))
    assert guest.balance(card) == "500.00"
    guest.press("done")
    guest.printed()
    guest.press("home")
    assert problem(guest).key == "err.card_blocked"
    guest.tap(UID)
    assert problem(guest).key == "err.card_blocked"
    assert "500" not in guest.words()


def test_N06_a_note_that_was_being_drawn_in_is_not_the_next_guests(guest: Guest) -> None:
    """One puts a note in, another taps a card and presses Top up before it is recognised."""
    guest.home(OTHER_UID)
    guest.press("leave")
    first = guest.top_up()
    guest.tell(AcceptorChanged(ACCEPTOR, "ready"), AcceptorChanged(ACCEPTOR, "busy"))
    second = guest.home(OTHER_UID)
    guest.press("top_up")
    assert "getting ready" in guest.words()
    note, effects = guest.escrow(500)
    assert ReturnNote(note) in effects
    assert "take your note back" in guest.words()
    guest.tell(NoteReturned(ACCEPTOR, note), AcceptorChanged(ACCEPTOR, "ready"))
    assert "Insert notes" in guest.words()
    assert guest.balance(first) == guest.balance(second) == "0.00"
    guest.insert(200)
    assert guest.balance(second) == "200.00"
    assert guest.undecided() == {}


def test_S01_what_is_on_the_card_already_is_said_first(guest: Guest) -> None:
    guest.top_up(500)
    guest.escrow(200)
    assert flow.close(guest.situation).scene == Closed(held=True, taken=rub(500))
    guest.tell(NoteStacked(ACCEPTOR, note_id(ACCEPTOR, 1, 2), rub(200)))
    shown = guest.situation
    guest.situation = flow.close(shown)
    assert guest.scene == Closed(taken=rub(700))
    assert "Your money is safe." in guest.words() and "700.00" in guest.words()
    assert "Nothing was" not in guest.words()
    guest.situation = shown
    guest.press("done")
    assert flow.close(guest.situation).scene == Closed(taken=rub(700))
    guest.printed()
    guest.press("leave")
    assert flow.close(guest.situation).scene == Closed()


def test_a_balance_that_the_desk_changes_meanwhile_is_the_one_on_the_screen(guest: Guest) -> None:
    guest.did(OpenShift(rub(0)), key="shift")
    card = guest.top_up()
    guest.insert(500)
    goodwill = ChangeBalance(
        card.client, "game", -20000, "technical_error", "not his", source="goodwill"
    )
    guest.did(goodwill, key="goodwill")
    guest.tell(VenueChanged(guest.venue.ledger.seq))
    assert isinstance(guest.view, TopUpView)
    assert guest.view.sums[1][1].startswith("300")
