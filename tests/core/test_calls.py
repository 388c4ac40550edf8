"""Help calls: a guest asks for somebody, who is told what the guest sees (G13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.core.calls import (
    SCENES,
    AnswerHelp,
    Call,
    CallHelp,
    CancelHelp,
    GetCall,
    OpenCalls,
    of_guest,
)
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId
from kiosk.core.ledger import Entry
from kiosk.core.sentences import SENTENCES
from kiosk.core.situation import Access, Problem, Situation, TapToRegister
from kiosk.core.tasks import Tasks, say
from kiosk.core.texts import Texts
from tests.core.guest import Guest, make_venue, shelf

EN = Texts.of("en")
PLAIN = CallHelp("welcome", "en", CardId(""))


@pytest.fixture
def guest() -> Iterator[Guest]:
    with shelf() as folder:
        venue = make_venue(folder)
        yield Guest(venue)
        venue.close()


def do(guest: Guest, command: object, key: str, actor: str = "guest") -> Entry | Refused:
    guest.now = guest.now.later(1)
    return guest.venue.do(command, actor=actor, key=key, now=guest.now)


def refused(done: Entry | Refused) -> str:
    assert isinstance(done, Refused), done
    return done.key


def open_calls(guest: Guest) -> tuple[Call, ...]:
    return guest.venue.ask(OpenCalls(), guest.now)


def test_a_call_tells_what_the_guest_sees_and_no_whole_card(guest: Guest) -> None:
    card = guest.register()
    command = of_guest(guest.situation)
    assert command == CallHelp("done", "en", card.id)
    entry = do(guest, command, "help:1")
    assert isinstance(entry, Entry) and entry.kind == "help_called"
    (call,) = open_calls(guest)
    assert (call.number, call.state, call.scene) == (1, "open", "done")
    assert call.card_masked == card.masked
    (task,) = guest.venue.ask(Tasks(), guest.now)
    assert (task.key, task.kind, task.severity, task.since) == ("help:1", "call", "now", call.at)
    told, do_ = say(task, EN)
    assert f"with the card {card.masked} is at the kiosk" in told
    assert "the end of a task" in told
    assert card.number not in told + do_ + repr(task) + repr(entry)


def test_the_same_call_twice_is_one_and_another_is_told_its_number(guest: Guest) -> None:
    first = do(guest, PLAIN, "help:1")
    assert do(guest, PLAIN, "help:1") == first
    again = do(guest, PLAIN, "help:2")
    assert refused(again) == "err.help_called"
    assert isinstance(again, Refused) and again.args_by_name == {"number": "1"}
    assert len(open_calls(guest)) == 1


@pytest.mark.parametrize("actor", ["staff:101", "staff:103", "staff:104", "till:bar", "cli"])
def test_whoever_is_there_answers_once_and_the_guest_is_told(guest: Guest, actor: str) -> None:
    do(guest, PLAIN, "help:1")
    entry = do(guest, AnswerHelp("help:1"), "answer:1", actor)
    assert isinstance(entry, Entry) and entry.kind == "help_answered"
    assert open_calls(guest) == ()
    assert guest.venue.ask(Tasks(), guest.now) == ()
    call = guest.venue.ask(GetCall("help:1"), guest.now)
    assert call is not None
    assert (call.state, call.answered_by, call.ended_at) == ("answered", actor, entry.at)
    late = do(guest, AnswerHelp("help:1"), "answer:2", actor)
    assert refused(late) == "err.help_over"
    # The same key again is the same answer: the till did not hear the first.
    assert do(guest, AnswerHelp("help:1"), "answer:1", actor) == entry
    assert isinstance(do(guest, PLAIN, "help:2"), Entry), "the next call has the next number"
    assert open_calls(guest)[0].number == 2


def test_a_guest_takes_the_call_back(guest: Guest) -> None:
    do(guest, PLAIN, "help:1")
    entry = do(guest, CancelHelp("help:1"), "cancel:1")
    assert isinstance(entry, Entry) and entry.kind == "help_cancelled"
    assert open_calls(guest) == ()
    assert refused(do(guest, AnswerHelp("help:1"), "answer:1", "cli")) == "err.help_over"


@pytest.mark.parametrize(
    ("command", "actor", "key"),
    [
        (AnswerHelp("help:9"), "cli", "err.no_such_call"),
        (CancelHelp("help:9"), "guest", "err.no_such_call"),
        (AnswerHelp("help:1"), "guest", "err.not_allowed"),
        (AnswerHelp("help:1"), "staff:999", "err.not_allowed"),
        (CancelHelp("help:1"), "till:bar", "err.not_allowed"),
        (PLAIN, "till:bar", "err.not_allowed"),
    ],
)
def test_what_is_not_there_or_not_ones_own_is_refused(
    guest: Guest, command: object, actor: str, key: str
) -> None:
    do(guest, PLAIN, "help:1")
    before = guest.venue.ledger.seq
    assert refused(do(guest, command, "x", actor)) == key
    assert guest.venue.ledger.seq == before


def test_the_problem_on_the_screen_is_told_by_its_code(guest: Guest) -> None:
    scene = Problem("err.jam_unknown", "recorded")
    situation: Situation = replace(guest.situation, scene=Access(scene))
    command = of_guest(situation)
    assert (command.scene, command.problem) == ("problem", "err.jam_unknown")
    do(guest, command, "help:1")
    (task,) = guest.venue.ask(Tasks(), guest.now)
    assert "N-04" in say(task, EN)[0]


def test_every_scene_has_its_name_for_the_staff() -> None:
    assert all(f"scene.{scene}" in SENTENCES for scene in SCENES)


def test_a_scene_without_a_card_calls_without_one(guest: Guest) -> None:
    situation = replace(guest.situation, scene=TapToRegister())
    assert of_guest(situation) == CallHelp("registration", "en", CardId(""))
