"""The venue: the one door to the books, for the guest's flow, the desk, tills and the shell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

from tinydb import where

from kiosk.core import (
    accounts,
    balances,
    bonus,
    calls,
    card_rules,
    cards,
    cash,
    cashbox,
    checkout,
    claims,
    client_index,
    client_list,
    clients,
    coins,
    day_figures,
    debts,
    desk_paper,
    desk_top_ups,
    drawer,
    duplicates,
    explain,
    extensions,
    fiscal,
    fiscal_shifts,
    genuine,
    identity,
    journal,
    lost_cards,
    maintenance,
    menu,
    minutes,
    money_reasons,
    note_history,
    opening,
    order_dues,
    orders,
    own_data,
    package_sales,
    packages,
    pay_outs,
    permissions,
    prepayments,
    print_queue,
    printed_bills,
    promo_codes,
    readings,
    receipts,
    reports,
    segments,
    session_list,
    sessions,
    settings,
    shift_report,
    shifts,
    slips,
    staff,
    statistics,
    strikes,
    tariffs,
    tasks,
    terminal_payments,
    till_slips,
    tokens,
    training,
    transactions,
    visits,
)
from kiosk.core.books import Afterwards, Answer, Books, Handler, Query, command_hash, whole
from kiosk.core.clock import Now, system_now
from kiosk.core.errors import Refused
from kiosk.core.ledger import TABLES as LEDGER_TABLES
from kiosk.core.ledger import Entry, Ledger
from kiosk.core.migrations import Say, migrate
from kiosk.core.pins import Locked
from kiosk.core.seal import Random
from kiosk.core.stopwatch import TABLE as SESSIONS
from kiosk.core.stopwatch import Stopwatch
from kiosk.core.store import Store, TableSpec
from kiosk.core.store_file import make_folder

T = TypeVar("T")

_NOUNS = (
    settings,
    staff,
    card_rules,
    cards,
    genuine,
    clients,
    client_list,
    identity,
    lost_cards,
    own_data,
    cash,
    coins,
    visits,
    orders,
    order_dues,
    checkout,
    debts,
    printed_bills,
    accounts,
    menu,
    money_reasons,
    slips,
    claims,
    pay_outs,
    prepayments,
    fiscal,
    fiscal_shifts,
    terminal_payments,
    shift_report,
    shifts,
    drawer,
    cashbox,
    receipts,
    reports,
    desk_paper,
    print_queue,
    statistics,
    segments,
    promo_codes,
    duplicates,
    strikes,
    calls,
    tasks,
    day_figures,
    note_history,
    opening,
    bonus,
    balances,
    desk_top_ups,
    transactions,
    explain,
    journal,
    packages,
    package_sales,
    minutes,
    sessions,
    extensions,
    session_list,
    tariffs,
    readings,
    tokens,
    training,
    till_slips,
    maintenance,
)
TABLES: tuple[TableSpec, ...] = LEDGER_TABLES + tuple(t for n in _NOUNS for t in n.TABLES)
HANDLERS: dict[type, Handler] = {k: v for n in _NOUNS for k, v in n.HANDLERS.items()}
ANSWERS: dict[type, Answer] = {k: v for n in _NOUNS for k, v in n.ANSWERS.items()}
ALLOWED: dict[type, frozenset[str]] = {k: v for n in _NOUNS for k, v in n.ALLOWED.items()}
AFTERWARDS: dict[type, Afterwards] = {
    k: v for n in (clients, identity, own_data, duplicates) for k, v in n.AFTERWARDS.items()
}


class Venue:
    """Commands in, entries out. Kept by the core thread; nobody else writes.

    `random` makes keys, salts and tokens: a simulation seeds it, the kiosk does not.
    """

    def __init__(self, ledger: Ledger, secrets: Store, random: Random = os.urandom) -> None:
        self.ledger = ledger
        self._secrets = secrets
        self._random = random
        self._stopwatch = Stopwatch()

    @classmethod
    def create(
        cls,
        path: Path,
        secrets: Path,
        *,
        kiosk: str,
        currency: str,
        simulated: bool,
        now: Now,
        random: Random = os.urandom,
        training: bool = False,
    ) -> Venue:
        """Make a new store and its secrets; what is said here never changes in them.

        `training` says that nothing in it is meant: its paper is marked TRAINING.

        Raises:
            NotAStore: something is there already.
            StorageFailed: the disk refused.
        """
        for folder in (path.parent, secrets.parent):
            make_folder(folder)
        facts = {
            "kiosk": kiosk,
            "currency": currency,
            "epoch": 1,
            "simulated": simulated,
            "created_at": now.wall.isoformat(),
            **({"training": True} if training else {}),
        }
        if not secrets.exists():
            # Written first: secrets without a store harm nobody, a store without them is mute.
            Store.create(secrets, facts={"kiosk": kiosk}, tables=clients.SECRET_TABLES).close()
        # Into secrets that are there already, too: the power may have gone before it was made.
        kept = Store.open(secrets, tables=clients.SECRET_TABLES, older=True)
        client_index.make_index_key(kept, random)
        kept.close()
        Store.create(path, facts=facts, tables=TABLES).close()
        return cls.open(path, secrets, random=random)

    @classmethod
    def open(
        cls,
        path: Path,
        secrets: Path,
        *,
        write: bool = True,
        random: Random = os.urandom,
        say: Say | None = None,
    ) -> Venue:
        """Open a store and its secrets; `write` as in `Store.open`, whose errors these are.

        For writing, a store of an older format is brought to this one (whose errors are those of
        `migrate`, which tells `say`), and erasures that are on the books are carried out where a
        power cut came between. For reading, an older one answers for its entries, and refuses to
        be asked.
        """
        store = Store.open(path, tables=TABLES, write=write, older=True)
        try:
            kept = Store.open(secrets, tables=clients.SECRET_TABLES, write=write, older=True)
            try:
                if write:
                    migrate(store, kept, system_now(), say)
                    clients.forget_erased(store, kept)
                    clients.settle_all(store, kept)
            except BaseException:
                kept.close()
                raise
        except BaseException:
            store.close()
            raise
        return cls(Ledger(store), kept, random)

    @property
    def random(self) -> Random:
        """What makes codes and tokens that are shown once."""
        return self._random

    @property
    def store(self) -> Store:
        """The store of the ledger."""
        return self.ledger.store

    def idle(self) -> None:
        """Tidy both files; to be called when nobody waits. Raises what `Store.idle` does."""
        self.store.idle()
        self._secrets.idle()

    def close(self) -> None:
        """Close both files."""
        self._secrets.close()
        self.ledger.store.close()

    def do(self, command: object, *, actor: str, key: str, now: Now) -> Entry | Refused:
        """Carry out a command: one entry, or a refusal and nothing.

        Args:
            command: a value of one of `HANDLERS`.
            actor: ``guest``, ``kiosk``, ``staff:NUMBER``, ``till:ID`` or ``cli``.
            key: idempotency key; the same key with the same command answers the same entry.
            now: the moment.

        Raises:
            StorageFailed: the disk refused, that of the books or that of the secrets, now or
                earlier; the entry may or may not be there: stop and recover.

        Source: docs/ledger.md, "One operation".
        """
        for store in (self.store, self._secrets):
            store.must_not_have_failed()
        try:
            whole(command)
            made = command_hash(command)
        except UnicodeEncodeError:
            # Half a character, deep in a list: it cannot even be hashed.
            return Refused("err.illegible")
        except Refused as refused:
            return refused
        known = self.ledger.find(key)
        self._begin_stopwatch(now)
        books = self._books(actor, now)
        try:
            if known is not None:
                if known.command != made:
                    raise Refused("err.conflict", operation=key)
                return self._after(books, command, known)
            self._permit(books, command)
            draft = HANDLERS[type(command)](books, command)
            entry, _ = self.ledger.post(draft, key=key, actor=actor, command=made, now=now)
            self._stopwatch.follow(entry.changes, now)
            return self._after(books, command, entry)
        except Refused as refused:
            if isinstance(refused, Locked) and refused.owner.startswith("staff:"):
                self._record_lock(refused, now)
            return refused

    def _record_lock(self, locked: Locked, now: Now) -> None:
        """That somebody tried PINs for a member of staff stands in the books, the PINs do not."""
        command, key = staff.lock_key(locked)
        done = self.do(command, actor="kiosk", key=key, now=now)
        assert isinstance(done, Entry), "a lock can always be recorded"

    def _after(self, books: Books, command: object, entry: Entry) -> Entry:
        """What must follow the entry, at a repeat again: the power may have failed between."""
        if type(command) in AFTERWARDS:
            AFTERWARDS[type(command)](books, command)
        return entry

    def ask(self, query: Query[T], now: Now, actor: str = "kiosk") -> T:
        """Answer a query of one of `ANSWERS`; nothing in the ledger changes.

        Raises:
            Refused: what is asked for is not there, or not for this person of the staff or a
                till; those of `whole`.
            StoreTooOld: the store is of an older format, and open for reading only.
        """
        self.store.must_be_current()
        whole(query)
        self._begin_stopwatch(now)
        books = self._books(actor, now)
        permissions.need_to_ask(books, type(query).__name__)
        answer: Any = ANSWERS[type(query)](books, query)
        return answer  # type: ignore[no-any-return]  # each query names the type of its answer

    def books(self, now: Now) -> Books:
        """The books and the secrets, for who looks through all of them: verify, restore, backup."""
        return self._books("cli", now)

    def due(self, now: Now) -> list[tuple[sessions.EndSession | sessions.MoveSession, str]]:
        """What the sessions that run need of the kiosk now: commands and their keys.

        Without a look at a table, so that it may be asked at each turn.
        """
        self._begin_stopwatch(now)
        due = self._stopwatch.due(now)
        books = self._books("kiosk", now)
        return [sessions.by_itself(books, found) for found in due]

    def due_in_s(self, now: Now) -> float | None:
        """How long until a running session has to be ended; None while none runs."""
        return self._stopwatch.wait_s(now)

    def give_up(self, session: str) -> None:
        """Ask no more for the end of a session that was refused, until something changes it."""
        self._stopwatch.drop(session)

    def _begin_stopwatch(self, now: Now) -> None:
        if not self._stopwatch.begun:
            running = self.store.table(SESSIONS).search(where("state") == "running")
            self._stopwatch.begin(running, now, self.ledger.last_at)

    def permit(self, command: object, actor: str, now: Now) -> None:
        """Let only go on who may give this command: a repeat is told its entry without that.

        Raises:
            Refused: ``err.not_allowed``.
        """
        self._permit(self._books(actor, now), command)

    @staticmethod
    def _permit(books: Books, command: object) -> None:
        """Of the staff only those who work here, and whose role has the right for it."""
        kind = books.actor.partition(":")[0]
        if kind not in ALLOWED[type(command)]:
            raise Refused("err.not_allowed")
        if kind == "staff":
            permissions.need_for(books, type(command).__name__)

    def _books(self, actor: str, now: Now) -> Books:
        return Books(self.ledger, self._secrets, now, actor, self._random, self._stopwatch)
