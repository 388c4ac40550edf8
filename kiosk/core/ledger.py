"""The ledger: a gapless, chained sequence of entries; everything else is derived from it.

The format is fixed by docs/ledger.md. A posting's amount is signed: debit positive, credit
negative; the sum is 0 for each unit of an entry.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from kiosk.core.clock import Now
from kiosk.core.errors import LedgerCorrupt, Refused, StorageFailed
from kiosk.core.ids import EntryKey
from kiosk.core.store import Store, TableSpec
from kiosk.core.store_queries import Condition

FORMAT = 1
GENESIS = "0" * 64
BON = "BON"
MINUTES_GAME = "MIN.game"
MINUTES_NET = "MIN.net"
MONEY = "money"
RESTORED = "store_restored"
"""The kind of the first entry of an epoch after the first: kiosk.core.restore writes it."""

_PORTION = 500
"""Entries that are read at once: a loop over a year of them holds neither them nor the log."""


Side = Literal["debit", "credit", "either"]


@dataclass(frozen=True)
class Account:
    """A line of the chart: its name, its units, and on which side its balance must stay."""

    name: str
    units: tuple[str, ...]
    side: Side = "either"


CHART = {
    "1010": Account("Cash in cashbox", (MONEY,), "debit"),
    "1020": Account("Cash in change hopper", (MONEY,), "debit"),
    "1030": Account("Cash in attendant till", (MONEY,)),
    "1040": Account("Cash in transit", (MONEY,), "debit"),
    "1050": Account("Vault or bank", (MONEY,)),
    "1110": Account("Bank-card clearing", (MONEY,)),
    "1120": Account("QR and online clearing", (MONEY,)),
    "1200": Account("Visit receivable", (MONEY,), "debit"),
    "2010": Account("Guest wallet game", (MONEY,), "credit"),
    "2020": Account("Guest wallet bonus", (MONEY,), "credit"),
    "2030": Account("Visit deposits", (MONEY,), "credit"),
    "2040": Account("Deferred minutes revenue", (MONEY,), "credit"),
    "2050": Account("Returnable card deposit", (MONEY,), "credit"),
    "2060": Account("VAT payable", (MONEY,)),
    "2900": Account("Suspense", (MONEY,), "credit"),
    "2910": Account("Claims issued", (MONEY,), "credit"),
    "4010": Account("Play time revenue", (MONEY,)),
    "4020": Account("Additional services", (MONEY,)),
    "4030": Account("Orders", (MONEY,)),
    "4040": Account("Minimum-amount markup", (MONEY,)),
    "4050": Account("Card sale or fee", (MONEY,)),
    "4060": Account("Discounts", (MONEY,)),
    "4090": Account("Breakage", (MONEY,)),
    "5010": Account("Bonus granted", (MONEY,)),
    "5020": Account("Bonus redeemed", (MONEY,)),
    "5030": Account("Cash over or short", (MONEY,)),
    "5040": Account("Rounding", (MONEY,)),
    "5050": Account("Goodwill", (MONEY,)),
    "5060": Account("Acquirer fee", (MONEY,)),
    "9010": Account("Minutes issued, game", (MINUTES_GAME,)),
    "9020": Account("Client minutes, game", (MINUTES_GAME,), "credit"),
    "9030": Account("Minutes issued, internet", (MINUTES_NET,)),
    "9040": Account("Client minutes, internet", (MINUTES_NET,), "credit"),
    "9050": Account("Bonus issued", (BON,)),
    "9060": Account("Client bonus", (BON,), "credit"),
}

TABLES = (
    TableSpec("entries", ("refs.client", "refs.visit", "refs.also")),
    TableSpec("balances"),
    TableSpec("series"),
)
"""The ledger's own tables; `series` and whatever the nouns declare is changed by entries."""

OF_CLIENTS = ("2010", "2020", "9020", "9040", "9060")
"""The accounts that are a client's own, each ``code:client``."""


@dataclass(frozen=True)
class Posting:
    """One line of an entry: account, unit, signed integer of the unit's smallest part."""

    account: str
    unit: str
    amount: int


@dataclass(frozen=True)
class Change:
    """A document that an entry sets, or removes where `document` is None."""

    table: str
    id: str
    document: Mapping[str, Any] | None


@dataclass
class Draft:
    """An entry in the making: what a handler returns."""

    kind: str
    reason: str = ""
    refs: dict[str, Any] = field(default_factory=dict)
    postings: list[Posting] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def post(self, debit: str, credit: str, unit: str, amount: int) -> None:
        """Dr `debit` / Cr `credit`; `amount` > 0."""
        assert amount > 0, f"a posting of {amount}"
        self.postings += [Posting(debit, unit, amount), Posting(credit, unit, -amount)]

    def set(self, table: str, document: Mapping[str, Any]) -> None:
        """Write a document; it carries its own ``id``."""
        self.changes.append(Change(table, str(document["id"]), document))

    def remove(self, table: str, name: str) -> None:
        """Remove a document."""
        self.changes.append(Change(table, name, None))


@dataclass(frozen=True)
class Entry:
    """One operation as it stands in the ledger."""

    id: EntryKey
    kiosk: str
    epoch: int
    seq: int
    kind: str
    at: str
    clock: Literal["synced", "free"]
    actor: str
    command: str
    reason: str
    postings: tuple[Posting, ...]
    changes: tuple[Change, ...]
    refs: Mapping[str, Any]
    prev: str
    hash: str

    def body(self) -> dict[str, Any]:
        """Everything but the hash, as it is hashed and kept."""
        return {
            "v": FORMAT,
            "id": self.id,
            "kiosk": self.kiosk,
            "epoch": self.epoch,
            "seq": self.seq,
            "kind": self.kind,
            "at": self.at,
            "clock": self.clock,
            "actor": self.actor,
            "command": self.command,
            "reason": self.reason,
            "postings": [[p.account, p.unit, p.amount] for p in self.postings],
            "changes": [[c.table, c.id, c.document] for c in self.changes],
            "refs": dict(self.refs),
            "prev": self.prev,
        }

    def document(self) -> dict[str, Any]:
        """The entry as it stands in the table ``entries``."""
        return self.body() | {"hash": self.hash}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Entry:
        """Read an entry of the table ``entries``.

        Raises:
            LedgerCorrupt: it is none.
        """
        d = dict(document)
        try:
            return cls._of(d)
        except (KeyError, TypeError, ValueError) as error:
            told = f"entry {d.get('seq')} ({d.get('id')})"
            raise LedgerCorrupt(f"{told} is no entry any more: {error!r}") from error

    @classmethod
    def _of(cls, d: dict[str, Any]) -> Entry:
        return cls(
            id=EntryKey(d["id"]),
            kiosk=d["kiosk"],
            epoch=d["epoch"],
            seq=d["seq"],
            kind=d["kind"],
            at=d["at"],
            clock=d["clock"],
            actor=d["actor"],
            command=d["command"],
            reason=d["reason"],
            postings=tuple(Posting(*p) for p in d["postings"]),
            changes=tuple(Change(*c) for c in d["changes"]),
            refs=d["refs"],
            prev=d["prev"],
            hash=d["hash"],
        )


def canonical(value: Any) -> bytes:
    """The one form of a JSON value that is hashed: sorted keys, no spaces, UTF-8, no floats."""
    _no_floats(value)
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _no_floats(value: Any) -> None:
    if isinstance(value, (str, int)):
        return
    if isinstance(value, float):
        raise TypeError(f"{value!r}: a float has no place in the ledger")
    if isinstance(value, (dict, Mapping)):  # Mapping last: it is slow to ask
        for item in value.values():
            _no_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _no_floats(item)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


@dataclass(frozen=True)
class Finding:
    """Something wrong with the books: where, and what."""

    where: str
    what: str


class Ledger:
    """Writes entries and answers what they add up to. One writer; kept by the core thread."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.kiosk: str = store.facts["kiosk"]
        self.currency: str = store.facts["currency"]
        self.epoch: int = store.facts["epoch"]
        found = [Entry.of(document) for document in store.latest("entries")]
        self.seq: int = found[0].seq if found else 0
        self.head: str = found[0].hash if found else GENESIS
        self._at: str = found[0].at if found else ""

    @property
    def last_at(self) -> str:
        """The moment of the last entry; empty before the first."""
        return self._at

    def find(self, key: str) -> Entry | None:
        """The entry of this idempotency key, if it was written."""
        found = self.store.get("entries", key)
        return Entry.of(found) if found else None

    def entry(self, seq: int) -> Entry | None:
        """The entry with this number; nothing was ever removed, so it is the row's number too."""
        found = self.store.table("entries").get(doc_id=seq)
        return Entry.of(found) if isinstance(found, Mapping) else None

    def entries(self) -> Iterator[Entry]:
        """All entries in the order of `seq`."""
        for document in self.store.table("entries"):
            yield Entry.of(document)

    def between(self, first: int, last: int) -> Iterator[Entry]:
        """The entries from number `first` to number `last`, both included, in their order."""
        for start in range(first, last + 1, _PORTION):
            span = Condition(
                "doc_id >= ? AND doc_id <= ?", (start, min(last, start + _PORTION - 1))
            )
            for _, document in self.store.documents("entries", span):
                yield Entry.of(document)

    def balance(self, account: str, unit: str) -> int:
        """The signed balance (debit positive) of one account in one unit."""
        found = self.store.get("balances", f"{account}|{unit}")
        return int(found["amount"]) if found else 0

    def post(
        self, draft: Draft, *, key: str, actor: str, command: str, now: Now
    ) -> tuple[Entry, bool]:
        """Write one entry with everything it changes, in one commit.

        In a transaction that is open already the entry is a part of it; if that is rolled back,
        this object has counted too far and has to be made anew.

        Args:
            draft: what the operation does.
            key: its idempotency key.
            actor: ``guest``, ``kiosk``, ``staff:NUMBER``, ``till:ID`` or ``cli``.
            command: hash of the command's canonical form.
            now: the moment; a clock that is not synchronised never goes behind the last entry.

        Returns:
            The stored entry, and whether this call wrote it (false: the key was known).

        Raises:
            Refused: ``err.conflict``: the key was used with another command;
                ``err.overdrawn``: an account would leave its side.
            StorageFailed: the disk refused; the entry may or may not be there.
        """
        known = self.find(key)
        if known is not None:
            if known.command != command:
                raise Refused("err.conflict", operation=key)
            return known, False
        totals = self._checked(draft.postings)
        at = now.wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        unsigned = Entry(
            id=EntryKey(key),
            kiosk=self.kiosk,
            epoch=self.epoch,
            seq=self.seq + 1,
            kind=draft.kind,
            at=at if now.synced else max(at, self._at),
            clock="synced" if now.synced else "free",
            actor=actor,
            command=command,
            reason=draft.reason,
            postings=tuple(draft.postings),
            changes=tuple(draft.changes),
            refs=draft.refs | _also(draft),
            prev=self.head,
            hash="",
        )
        body = unsigned.body()
        document = body | {"hash": digest(body)}
        with self.store.writing():
            self._write(document, totals, draft.changes)
        self.seq, self.head, self._at = unsigned.seq, document["hash"], unsigned.at
        return Entry.of(document), True

    def adopt(self, entries: Sequence[Entry]) -> None:
        """Write entries that follow here in another copy of these books, all in one commit.

        Raises:
            LedgerCorrupt: one does not follow, or cannot have been written so; nothing of them is.
            StorageFailed: the disk refused.
        """
        seq, head, at = self.seq, self.head, self._at
        with self.store.transaction():
            for entry in entries:
                body = entry.body()
                follows = (seq + 1, head, self.kiosk) == (entry.seq, entry.prev, entry.kiosk)
                if not follows or digest(body) != entry.hash or self.find(entry.id):
                    raise LedgerCorrupt(f"entry {entry.seq} does not follow entry {seq}")
                try:
                    totals = self._checked(list(entry.postings))
                    self._write(body | {"hash": entry.hash}, totals, entry.changes)
                except (AssertionError, KeyError, Refused, TypeError, ValueError) as error:
                    raise LedgerCorrupt(f"entry {entry.seq} was never written: {error}") from error
                seq, head, at = entry.seq, entry.hash, entry.at
        self.seq, self.head, self._at = seq, head, at

    def _write(
        self,
        document: Mapping[str, Any],
        totals: Mapping[tuple[str, str], int],
        changes: Sequence[Change],
    ) -> None:
        self.store.put("entries", document["id"], document)
        for (account, unit), amount in totals.items():
            self.store.put("balances", *_balance(account, unit, amount))
        for change in changes:
            self.store.put(change.table, change.id, change.document)

    def _checked(self, postings: list[Posting]) -> dict[tuple[str, str], int]:
        """The balances after these postings; refuses what the chart does not allow."""
        sums: dict[str, int] = defaultdict(int)
        totals: dict[tuple[str, str], int] = {}
        for p in postings:
            kind = CHART[p.account.partition(":")[0]]
            unit = MONEY if p.unit == self.currency else p.unit
            assert unit in kind.units, f"{p.account} does not keep {p.unit} (M29)"
            assert isinstance(p.amount, int), f"{p.account}: {p.amount!r} is not a whole number"
            sums[p.unit] += p.amount
            at = (p.account, p.unit)
            totals[at] = totals.get(at, self.balance(*at)) + p.amount
        assert not any(sums.values()), f"postings do not balance: {dict(sums)}"
        for (account, _unit), amount in totals.items():
            side = CHART[account.partition(":")[0]].side
            if (side == "debit" and amount < 0) or (side == "credit" and amount > 0):
                raise Refused("err.overdrawn", account=account)
        return totals

    def verify(self, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
        """Replay every entry: chain, sums, and the projections as they should be.

        Args:
            progress: told now and then how many entries were replayed, and of how many.

        Returns:
            What is wrong, worst first; empty when the books are sound.
        """
        replay = _Replay()
        with self.store.snapshot():
            findings = [Finding("store", text) for text in self.store.integrity()]
            try:
                for row, document in self.store.found("entries"):
                    replay.take(row, document)
                    if progress is not None and replay.seq % 1000 == 0:
                        progress(replay.seq, self.seq)
                replay.end(self.store.next_id("entries"))
                replay.compare(self.store)
            except (LedgerCorrupt, StorageFailed) as error:
                replay.findings.append(Finding("store", str(error)))
        return findings + replay.findings


def _also(draft: Draft) -> dict[str, str]:
    """The client whose balance moves beside, or without, the one that the entry is about.

    So the entries that move a client's balances are found by `client` and `also`, all of them.
    """
    accounts = (p.account.partition(":") for p in draft.postings)
    others = {who for code, _, who in accounts if code in OF_CLIENTS} - {draft.refs.get("client")}
    assert len(others) <= 1, f"{draft.kind} moves the balances of {sorted(others)} at once"
    return {"also": others.pop()} if others else {}


def _balance(account: str, unit: str, amount: int) -> tuple[str, dict[str, Any]]:
    name = f"{account}|{unit}"
    return name, {"id": name, "account": account, "unit": unit, "amount": amount}


class _Replay:
    """The projections as the entries alone make them.

    Of documents it keeps a print: those of a kiosk that ran for years fill the memory of a small
    machine, and a backup proves itself beside a running kiosk.
    """

    def __init__(self) -> None:
        self.seq, self.prev, self.epoch = 0, GENESIS, 1
        self.balances: dict[tuple[str, str], int] = defaultdict(int)
        self.tables: dict[str, dict[str, bytes]] = defaultdict(dict)
        self.findings: list[Finding] = []

    def take(self, row: int, document: dict[str, Any] | None) -> None:
        self.seq += 1
        if document is None:
            self.findings.append(Finding(f"entries, row {row}", "is no entry any more"))
            return
        told = document.pop("hash", None)
        where_ = f"entry {document.get('seq')} ({document.get('id')})"
        seq = document.get("seq")
        if seq != self.seq:
            self.findings.append(Finding(where_, f"expected entry {self.seq} here"))
            self.seq = seq if isinstance(seq, int) else self.seq
        if row != seq:
            self.findings.append(Finding(where_, f"stands in row {row}"))
        if document.get("prev") != self.prev:
            self.findings.append(Finding(where_, "does not follow the entry before it"))
        self.prev = str(told)
        try:
            if digest(document) != told:
                self.findings.append(Finding(where_, "was changed after it was written"))
            if document["epoch"] != self.epoch:
                if document["epoch"] < self.epoch or document["kind"] != RESTORED:
                    self.findings.append(Finding(where_, "begins an epoch without a restore"))
                self.epoch = document["epoch"]
            self._apply(document, where_)
        except (AttributeError, KeyError, TypeError, ValueError):
            self.findings.append(Finding(where_, "is no entry any more"))

    def _apply(self, document: Mapping[str, Any], where_: str) -> None:
        sums: dict[str, int] = defaultdict(int)
        for account, unit, amount in document["postings"]:
            sums[unit] += amount
            self.balances[account, unit] += amount
        if any(sums.values()):
            self.findings.append(Finding(where_, f"postings do not balance: {dict(sums)}"))
        for table, name, changed in document["changes"]:
            if changed is None:
                self.tables[table].pop(name, None)
            else:
                self.tables[table][name] = _print(changed)

    def end(self, next_row: int) -> None:
        if next_row != self.seq + 1:
            told = f"the next entry would stand in row {next_row} and not in {self.seq + 1}"
            self.findings.append(Finding("entries", told))

    def compare(self, store: Store) -> None:
        there = store.names()
        for (account, unit), amount in self.balances.items():
            name, document = _balance(account, unit, amount)
            self.tables["balances"][name] = _print(document)
        for table in sorted(set(self.tables) | there - {"entries"}):
            made, wrong = self.tables[table], set[str]()
            try:
                if table in there:
                    store.next_id(table)  # or it has none, and takes no document any more
                    for row, d in store.found(table):
                        name = f"row {row}" if d is None else str(d.get("id"))
                        if d is None or made.pop(name, None) != _print(d):
                            wrong.add(name)
            except (LedgerCorrupt, StorageFailed) as error:
                self.findings.append(Finding(table, str(error)))
                continue
            for name in sorted(wrong | set(made)):
                where_ = f"{table} {name}"
                self.findings.append(Finding(where_, "is not what the entries add up to"))


def _print(document: Mapping[str, Any]) -> bytes:
    """So much of a document's hash that no two are alike by chance."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def entries_of(store: Store, ref: str, value: str, limit: int) -> list[Entry]:
    """The latest entries that refer to a client, a visit or another thing, newest first."""
    return [Entry.of(d) for d in store.latest("entries", f"refs.{ref}", value, limit)]
