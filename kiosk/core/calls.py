"""Help calls: a guest asks for somebody, and somebody says that he comes (G13).

A call is open until it is answered, or until the guest takes it back. There is one screen, so there
is one open call at a time: who presses Help again is told the number that he has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from tinydb import where

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.cards import masked
from kiosk.core.errors import Refused
from kiosk.core.guest.scenes import GuestScene, SceneWord
from kiosk.core.ids import CardId
from kiosk.core.ledger import Draft
from kiosk.core.situation import (
    Access,
    CardHome,
    Closed,
    Done,
    History,
    Problem,
    Registering,
    Scene,
    Situation,
    TapToRegister,
    TopUp,
    Unknown,
    Updating,
    Welcome,
)
from kiosk.core.store import TableSpec

TABLES = (TableSpec("calls", ("state",)),)

SCENES: tuple[SceneWord, ...] = get_args(SceneWord)
CallState = Literal["open", "answered", "cancelled"]

_WORDS: dict[type, SceneWord] = {
    Welcome: "welcome",
    TapToRegister: "registration",
    Registering: "registration",
    Unknown: "unknown_card",
    CardHome: "card_home",
    History: "history",
    TopUp: "top_up",
    Done: "done",
    Problem: "problem",
    Closed: "out_of_service",
    Updating: "out_of_service",
}


@dataclass(frozen=True)
class CallHelp:
    """Call somebody to the kiosk.

    `scene` is what the guest sees, `problem` the key of the sentence that the screen says is wrong,
    or empty; `card` is the card that is shown, or empty; `language` the one that the guest reads.
    """

    scene: SceneWord
    language: str
    card: CardId
    problem: str = ""


@dataclass(frozen=True)
class AnswerHelp:
    """Somebody comes: the guest is told so, and nobody else needs to."""

    call: str


@dataclass(frozen=True)
class CancelHelp:
    """The guest needs nobody any more."""

    call: str


@dataclass(frozen=True)
class Call:
    """A call: its number, what the guest saw, and who answered it (an actor; empty before that).

    `card_masked` is ``•••• 4821``, or empty where no card was shown.
    """

    id: str
    number: int
    at: str
    scene: SceneWord
    problem: str
    card_masked: str
    language: str
    state: CallState
    ended_at: str
    answered_by: str


@dataclass(frozen=True)
class OpenCalls(Query["tuple[Call, ...]"]):
    """The calls that nobody answered yet, oldest first."""


@dataclass(frozen=True)
class GetCall(Query["Call | None"]):
    """One call: the guest's screen looks whether somebody comes."""

    call: str


def of_guest(situation: Situation) -> CallHelp:
    """The call of the guest who stands before this situation."""
    scene = situation.scene
    if isinstance(scene, Access):
        scene = scene.back
    card = getattr(scene, "card", None)
    return CallHelp(
        scene.word if isinstance(scene, GuestScene) else _WORDS[type(scene)],
        situation.choice.language,
        card.id if card else CardId(""),
        _problem(scene),
    )


def _problem(scene: Scene) -> str:
    match scene:
        case Problem(key=key) | TopUp(problem=key):
            return key
        case _:
            return ""


def _call(books: Books, command: CallHelp) -> Draft:
    assert command.scene in SCENES, f"{command.scene!r} is no scene"
    waiting = books.search("calls", where("state") == "open")
    if waiting:
        raise Refused("err.help_called", number=str(waiting[0]["number"]))
    draft = Draft("help_called")
    number = books.number(draft, "help")
    made = {
        "id": f"help:{number}",
        "number": number,
        "at": books.at,
        "scene": command.scene,
        "problem": command.problem,
        "card": command.card,
        "language": command.language,
        "state": "open",
        "ended_at": "",
        "answered_by": "",
    }
    draft.refs |= {"call": made["id"]} | ({"card": command.card} if command.card else {})
    draft.set("calls", made)
    return draft


def _answer(books: Books, command: AnswerHelp) -> Draft:
    call = _open_call(books, command.call)
    draft = Draft("help_answered", refs={"call": call["id"]})
    ended = {"state": "answered", "ended_at": books.at, "answered_by": books.actor}
    draft.set("calls", call | ended)
    return draft


def _cancel(books: Books, command: CancelHelp) -> Draft:
    call = _open_call(books, command.call)
    draft = Draft("help_cancelled", refs={"call": call["id"]})
    draft.set("calls", call | {"state": "cancelled", "ended_at": books.at})
    return draft


def _open_call(books: Books, name: str) -> dict[str, Any]:
    call = books.get("calls", name)
    if call is None:
        raise Refused("err.no_such_call", call=name)
    if call["state"] != "open":
        raise Refused("err.help_over", number=str(call["number"]))
    return call


def open_calls(books: Books) -> tuple[Call, ...]:
    """See `OpenCalls`."""
    found = books.search("calls", where("state") == "open")
    return tuple(_told(books, call) for call in sorted(found, key=lambda c: int(c["number"])))


def _told(books: Books, call: dict[str, Any]) -> Call:
    card = books.get("cards", call["card"]) if call["card"] else None
    return Call(
        id=call["id"],
        number=call["number"],
        at=call["at"],
        scene=call["scene"],
        problem=call["problem"],
        card_masked=masked(card["number"]) if card else "",
        language=call["language"],
        state=call["state"],
        ended_at=call["ended_at"],
        answered_by=call["answered_by"],
    )


def _open(books: Books, query: OpenCalls) -> tuple[Call, ...]:
    del query
    return open_calls(books)


def _get(books: Books, query: GetCall) -> Call | None:
    found = books.get("calls", query.call)
    return _told(books, found) if found else None


HANDLERS: dict[type, Handler] = {CallHelp: _call, AnswerHelp: _answer, CancelHelp: _cancel}
ANSWERS: dict[type, Answer] = {OpenCalls: _open, GetCall: _get}
ALLOWED: dict[type, frozenset[str]] = {
    CallHelp: frozenset({"guest", "kiosk"}),
    AnswerHelp: frozenset({"staff", "till", "cli"}),
    CancelHelp: frozenset({"guest", "kiosk"}),
}
