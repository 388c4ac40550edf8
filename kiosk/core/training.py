"""Training: books of their own, in which nothing is meant.

A store is made for training or it is not, for good (`Venue.create`). It has the venue's settings,
its people and their PINs, and nobody's money; it is made anew at each beginning. Whoever works here
ends it. What begins stands in the real books, what ends in those of the training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinydb import where

from kiosk.core.books import Answer, Books, Handler, Query
from kiosk.core.errors import Refused
from kiosk.core.ledger import Draft
from kiosk.core.staff import owner_of
from kiosk.core.stopwatch import TABLE as SESSIONS
from kiosk.core.store import TableSpec

TABLES: tuple[TableSpec, ...] = ()


@dataclass(frozen=True)
class BeginTraining:
    """Go over to books for training; guests and tills are not served until it ends."""


@dataclass(frozen=True)
class EndTraining:
    """Go back to the real books."""


@dataclass(frozen=True)
class TrainingOffer:
    """What goes on while guests would not be served: open visits, sessions that run.

    `training`: it is training now.
    """

    training: bool
    visits: int
    sessions: int


@dataclass(frozen=True)
class GetTraining(Query[TrainingOffer]):
    """Whether it is training, and what waits meanwhile."""


def is_training(books: Books) -> bool:
    """Whether these books are for training."""
    return bool(books.ledger.store.facts.get("training", False))


def pins_of_staff(books: Books) -> tuple[dict[str, Any], ...]:
    """What is kept of the PINs of the people who work here: hashes, and wrong tries."""
    people = books.search("staff", where("state") == "active")
    kept = (books.secrets.get("pins", owner_of(str(person["id"]))) for person in people)
    return tuple(dict(one) for one in kept if one is not None)


def give_pins(books: Books, kept: Sequence[Mapping[str, Any]]) -> None:
    """Put what `pins_of_staff` answered elsewhere into the secrets of a training."""
    assert is_training(books), "real secrets are never written over"
    with books.secrets.transaction():
        for one in kept:
            books.secrets.put("pins", str(one["id"]), one)


def _begin(books: Books, command: BeginTraining) -> Draft:
    del command
    if is_training(books):
        raise Refused("err.training_already")
    return Draft("training_begun")


def _end(books: Books, command: EndTraining) -> Draft:
    del command
    if not is_training(books):
        raise Refused("err.no_training")
    return Draft("training_ended")


def _get(books: Books, query: GetTraining) -> TrainingOffer:
    del query
    return TrainingOffer(
        is_training(books),
        visits=len(books.search("visits", where("state") == "open")),
        sessions=len(books.search(SESSIONS, where("state") == "running")),
    )


HANDLERS: dict[type, Handler] = {BeginTraining: _begin, EndTraining: _end}
ANSWERS: dict[type, Answer] = {GetTraining: _get}
ALLOWED: dict[type, frozenset[str]] = {
    BeginTraining: frozenset({"staff"}),
    EndTraining: frozenset({"staff"}),
}
