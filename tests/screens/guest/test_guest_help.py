"""G13: a guest calls somebody, is told who comes, and goes on where he was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.core import flow
from kiosk.core.calls import AnswerHelp, OpenCalls
from kiosk.core.messages import (
    AcceptorChanged,
    CardRefused,
    Light,
    NoteStacked,
    Sound,
    Touched,
    VenueChanged,
)
from kiosk.core.situation import Access, CardHome, Closed, Done, Problem, TopUp, Welcome
from kiosk.core.tasks import Tasks, say
from kiosk.core.texts import Texts
from kiosk.screens.view import DeskView
from tests.core.guest import ACCEPTOR, OTHER_UID, READER, rub
from tests.screens.guest.hands import Visitor, visitor

CALLED, COMING = "Staff has been called", "Somebody is coming"


@pytest.fixture
def guest() -> Iterator[Visitor]:
    with visitor() as made:
        yield made


def answer(guest: Visitor) -> list[Any]:
    """Somebody of the staff says that he comes, at another place."""
    (call,) = guest.asked(OpenCalls())
    guest.did(AnswerHelp(call.id), key=f"answer:{call.id}")
    return guest.tell(VenueChanged(guest.venue.ledger.seq))


def behind(guest: Visitor) -> object:
    scene: Any = guest.scene
    return scene.back


def test_help_is_called_and_heard_and_the_guest_is_told_the_number(guest: Visitor) -> None:
    effects = guest.press("help")
    guest.says(CALLED, "number 1", "since 18:00")
    assert effects == [Sound("attention"), Light("attention")]
    assert guest.entry.kind == "help_called"
    guest.press("back")
    assert isinstance(guest.scene, Welcome)
    assert guest.asked(OpenCalls()), "going back does not take the call back"


def test_the_desk_is_told_what_the_guest_saw(guest: Visitor) -> None:
    card = guest.top_up(500)
    guest.press("help")
    (task,) = guest.asked(Tasks())
    told, _ = say(task, Texts.of("en"))
    assert card.masked in told and Texts.of("en").say("scene.top_up") in told
    guest.press("back", "done")
    guest.printed()
    guest.press("leave")
    guest.sign_in()
    assert isinstance(guest.view, DeskView)
    guest.says(told)


def test_a_problem_is_told_by_its_code(guest: Visitor) -> None:
    guest.tell(CardRefused(READER, "contactless", "bank_card"))
    assert isinstance(guest.scene, Problem)
    guest.press("help")
    (task,) = guest.asked(Tasks())
    assert "K-07" in say(task, Texts.of("en"))[0]
    guest.press("back")
    assert isinstance(guest.scene, Problem)


def test_pressing_twice_is_one_call(guest: Visitor) -> None:
    page = guest.situation.page
    guest.tell(Touched("help", page), Touched("help", page))
    guest.press("back", "help")
    guest.says("number 1")
    assert guest.kinds().count("help_called") == 1
    guest.press("no_help", "help")
    guest.says("number 2")


def test_a_call_is_taken_back(guest: Visitor) -> None:
    guest.home()
    guest.press("help", "no_help")
    assert isinstance(guest.scene, CardHome)
    assert guest.entry.kind == "help_cancelled" and not guest.asked(OpenCalls())
    guest.press("help")
    guest.says("number 2")


def test_somebody_is_coming(guest: Visitor) -> None:
    guest.home()
    guest.press("help")
    page = guest.situation.page
    effects = answer(guest)
    assert effects == [Sound("ok"), Light("ready")]
    assert guest.situation.page == page, "a button held meanwhile is not another one's"
    guest.says(COMING)
    assert "no_help" not in guest.shown()
    guest.press("back")
    assert isinstance(guest.scene, CardHome)


def test_a_call_that_was_answered_is_not_taken_back(guest: Visitor) -> None:
    guest.press("help")
    (call,) = guest.asked(OpenCalls())
    guest.did(AnswerHelp(call.id), key="answer")
    guest.press("no_help")
    guest.says(COMING)
    assert guest.entry.kind == "help_answered"


def test_money_goes_in_behind_the_call(guest: Visitor) -> None:
    card = guest.top_up(500)
    note, _ = guest.escrow(100)
    guest.press("help")
    guest.tell(NoteStacked(ACCEPTOR, note, rub(100)), AcceptorChanged(ACCEPTOR, "ready"))
    guest.says(CALLED)
    assert guest.balance(card) == "600.00"
    guest.press("back")
    assert isinstance(guest.scene, TopUp)
    guest.says("600.00")
    guest.insert(50)
    guest.press("done")
    assert isinstance(guest.scene, Done) and guest.balance(card) == "650.00"


def test_a_note_that_is_lost_behind_the_call_comes_to_the_front(guest: Visitor) -> None:
    guest.top_up()
    guest.escrow(500)
    guest.press("help")
    guest.tell(AcceptorChanged(ACCEPTOR, "jammed_validator"))
    assert isinstance(guest.scene, Problem)
    guest.says("500.00")


def test_nobody_goes_on_and_the_money_is_committed(guest: Visitor) -> None:
    card = guest.top_up(500)
    guest.press("help")
    guest.wait(85)
    assert isinstance(guest.scene, Done) and guest.scene.timed_out
    assert guest.balance(card) == "500.00"
    guest.says("Your 500.00\u00a0₽ was added to your card.")
    assert guest.asked(OpenCalls()), "whoever waits is still waited for"


def test_a_balance_behind_the_call_is_shown_to_nobody_who_comes_later(guest: Visitor) -> None:
    guest.home()
    guest.read_in("ru")
    guest.press("help")
    guest.wait(85)
    ru = Texts.of("ru")
    guest.says(ru.say("help.headline"))
    assert isinstance(behind(guest), Welcome)
    guest.wait(3600)
    guest.says(ru.say("help.headline"))
    answer(guest)
    guest.wait(85)
    assert isinstance(guest.scene, Welcome) and guest.situation.choice.language == "en"


def test_a_card_is_tapped_while_somebody_is_called(guest: Visitor) -> None:
    guest.home()
    guest.press("leave")
    guest.press("help")
    guest.tap()
    assert isinstance(guest.scene, CardHome)
    guest.press("help")
    guest.tap(OTHER_UID)
    guest.says("You can register it now.")


def test_a_note_that_nobody_asked_for_is_still_given_back(guest: Visitor) -> None:
    guest.press("help")
    note, effects = guest.escrow(100)
    guest.says("Please take your note back.")
    assert [type(e).__name__ for e in effects][:1] == ["ReturnNote"], note
    assert isinstance(guest.scene, Problem)


def test_language_and_help_lead_to_each_other_and_back(guest: Visitor) -> None:
    guest.home()
    guest.press("help", "access")
    guest.tell(Touched("help", guest.situation.page))
    guest.says(CALLED)
    guest.press("access", "language:de", "back")
    guest.says(Texts.of("de").say("help.headline"))
    guest.press("access", "back", "back")
    assert isinstance(guest.scene, CardHome)
    guest.press("access", "help")
    guest.press("back")
    assert isinstance(guest.scene, Access) and isinstance(guest.scene.back, CardHome)
    assert guest.kinds().count("help_called") == 1


def test_leaving_ends_what_is_behind(guest: Visitor) -> None:
    card = guest.top_up(100)
    guest.press("help", "leave")
    assert isinstance(guest.scene, Done) and guest.balance(card) == "100.00"
    guest.printed()
    guest.press("help", "leave")
    assert isinstance(guest.scene, Welcome)


def test_the_books_fail_behind_the_call(guest: Visitor) -> None:
    guest.top_up(100)
    guest.press("help")
    closed = flow.close(guest.situation).scene
    assert isinstance(closed, Closed) and closed.taken == rub(100)


def test_every_screen_of_a_guest_has_help_and_no_other(guest: Visitor) -> None:
    guest.tap()
    assert guest.view.frame.help is not None
    guest.press("help")
    assert guest.view.frame.help is None
    guest.press("back", "access")
    assert guest.view.frame.help is not None
    guest.press("back", "leave")
    assert guest.view.frame.help is None and "help" in guest.shown()
    guest.sign_in()
    assert "help" not in guest.shown()
    guest.tell(Touched("help", guest.situation.page))
    assert "help_called" in guest.kinds() and isinstance(guest.view, DeskView)


def test_an_escrow_after_the_call_is_the_guests_own(guest: Visitor) -> None:
    card = guest.top_up()
    guest.press("help")
    note, effects = guest.escrow(200)
    assert [type(e).__name__ for e in effects] == ["StackNote"]
    guest.tell(NoteStacked(ACCEPTOR, note, rub(200)))
    assert guest.balance(card) == "200.00"
