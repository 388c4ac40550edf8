"""The venue: the one door to the books, for the guest's flow, the desk, tills and the shell."""

from __future__ import annotations

from typing import Any, TypeVar

from kiosk.core import cards, cash, clients, settings, slips, visits
from kiosk.core.books import Answer, Books, Handler, Query, command_hash
from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.ledger import TABLES as LEDGER_TABLES
from kiosk.core.ledger import Entry, Ledger
from kiosk.core.store import Store, TableSpec

T = TypeVar("T")

_NOUNS = (settings, cards, clients, cash, visits, slips)
TABLES: tuple[TableSpec, ...] = LEDGER_TABLES + tuple(t for n in _NOUNS for t in n.TABLES)
HANDLERS: dict[type, Handler] = {k: v for n in _NOUNS for k, v in n.HANDLERS.items()}
ANSWERS: dict[type, Answer] = {k: v for n in _NOUNS for k, v in n.ANSWERS.items()}
ALLOWED: dict[type, frozenset[str]] = {k: v for n in _NOUNS for k, v in n.ALLOWED.items()}


class Venue:
    """Commands in, entries out. Kept by the core thread; nobody else writes."""

    def __init__(self, ledger: Ledger, secrets: Store) -> None:
        self.ledger = ledger
        self._secrets = secrets

    def do(self, command: object, *, actor: str, key: str, now: Now) -> Entry | Refused:
        """Carry out a command: one entry, or a refusal and nothing.

        Args:
            command: a value of one of `HANDLERS`.
            actor: ``guest``, ``kiosk``, ``staff:ID``, ``till:ID`` or ``cli``.
            key: idempotency key; the same key with the same command answers the same entry.
            now: the moment.

        Raises:
            StorageFailed: the disk refused; the entry may or may not be there: stop and recover.

        Source: docs/ledger.md, "One operation".
        """
        made = command_hash(command)
        known = self.ledger.find(key)
        try:
            if known is not None:
                if known.command != made:
                    raise Refused("err.conflict", operation=key)
                return known
            if actor.partition(":")[0] not in ALLOWED[type(command)]:
                raise Refused("err.not_allowed")
            draft = HANDLERS[type(command)](self._books(actor, now), command)
            return self.ledger.post(draft, key=key, actor=actor, command=made, now=now)[0]
        except Refused as refused:
            return refused

    def ask(self, query: Query[T], now: Now, actor: str = "kiosk") -> T:
        """Answer a query of one of `ANSWERS`; nothing in the ledger changes.

        Raises:
            Refused: what is asked for is not there.
        """
        answer: Any = ANSWERS[type(query)](self._books(actor, now), query)
        return answer  # type: ignore[no-any-return]  # each query names the type of its answer

    def _books(self, actor: str, now: Now) -> Books:
        return Books(self.ledger, self._secrets, now, actor)
