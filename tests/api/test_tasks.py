"""What waits, at the door: the list in the asked language, and the answer to a guest who calls."""

from __future__ import annotations

import pytest

from kiosk.core.calls import CallHelp, GetCall
from kiosk.core.cash import SuspendNote
from kiosk.core.clock import system_now
from kiosk.core.ids import CardId, NoteId
from kiosk.core.messages import PrinterChanged
from tests.api.opened import OpenDoor, refusal
from tests.core.guest import ACCEPTOR, PRINTER, rub

CALL = CallHelp("welcome", "en", CardId(""))


def look(door: OpenDoor) -> None:
    """The board looks now."""
    door.board.wake()
    door.board.step(system_now())


@pytest.mark.parametrize(
    ("language", "text", "do"),
    [
        ("en", "1 000.00 ₽ in the machine belong to nobody", "Find out whose they are"),
        ("ru", "1 000,00 ₽ в киоске никому не принадлежат", "Выясните"),
        ("de", "1.000,00 ₽ im Kiosk gehören niemandem", "Finden Sie heraus"),
    ],
)
def test_tasks_are_told_in_the_asked_language_with_key_and_arguments(
    door: OpenDoor, language: str, text: str, do: str
) -> None:
    door.do(SuspendNote(NoteId(f"{ACCEPTOR}/1/1"), rub(1000)), "kiosk")
    look(door)
    told = door.get("/v1/tasks", Accept_Language=language).json()
    assert (told["kiosk"], told["language"]) == ("K1", language)
    (task,) = told["tasks"]
    spaces = str.maketrans("\u202f\u00a0", "  ")
    assert task["text"].translate(spaces).startswith(text)
    assert task["do"].startswith(do)
    assert (task["kind"], task["severity"]) == ("task", "today")
    assert task["sentence"] == "task.note_suspense"
    assert task["arguments"]["amount"] == {"minor": 100_000, "currency": "RUB"}


def test_calls_come_first_then_what_is_urgent(door: OpenDoor) -> None:
    door.do(SuspendNote(NoteId(f"{ACCEPTOR}/1/1"), rub(1000)), "kiosk")
    door.runtime.inbox.put(PrinterChanged(PRINTER, "out"))
    door.do(CALL, "guest")
    look(door)
    told = door.get("/v1/tasks").json()["tasks"]
    assert [t["kind"] for t in told] == ["call", "alarm", "task"]


def test_a_till_answers_a_call_once_and_a_repeat_is_the_same(door: OpenDoor) -> None:
    door.do(CALL, "guest")
    first = door.post("/v1/help/1/answer", key="k")
    assert first.status_code == 200
    assert first.json()["entry"]["kind"] == "help_answered"
    again = door.post("/v1/help/1/answer", key="k")
    assert again.json() == first.json()
    assert (first.headers["Idempotency-Replayed"], again.headers["Idempotency-Replayed"]) == (
        "false",
        "true",
    )
    refusal(door.post("/v1/help/1/answer", token="hall"), 422, "err.help_over")
    assert door.ask(GetCall("help:1")).answered_by == "till:bar"


def test_who_is_signed_in_answers_in_his_own_name(door: OpenDoor) -> None:
    door.do(CALL, "guest")
    person = door.signed_in("103")
    assert door.post("/v1/help/1/answer", Staff_Token=person).status_code == 200
    assert door.ask(GetCall("help:1")).answered_by == "staff:103"


def test_what_is_not_there_and_who_may_not_is_refused(door: OpenDoor) -> None:
    refusal(door.post("/v1/help/9/answer"), 404, "err.no_such_call")
    refusal(door.post("/v1/help/0/answer"), 422, "err.door_form")
    refusal(door.post("/v1/help/1/answer", token="read"), 403, "err.door_scope")
    refusal(door.get("/v1/tasks", token="serve"), 403, "err.door_scope")
    refusal(door.get("/v1/tasks", token=""), 401, "err.door_token")


def test_the_page_and_its_words_need_no_token_and_allow_nothing_from_elsewhere(
    door: OpenDoor,
) -> None:
    page = door.get("/desk", token="")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    for name in ("desk.css", "desk.js"):
        assert door.get(f"/desk/{name}", token="").status_code == 200
    told = door.get("/desk/words", token="", Accept_Language="de").json()
    assert told["language"] == "de" and set(told["languages"]) >= {"en", "ru", "de"}
    assert "{time}" in told["words"]["board.lost"]
    refusal(door.get("/desk/secrets.db", token=""), 404, "err.door_path")
    refusal(door.get("/desk/..%2fdoor.py", token=""), 404, "err.door_path")
