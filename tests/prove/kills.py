"""Part 1: `kill -9` at random points of real processes that take money.

A teller (tests/prove/teller.py) works on a real store until it is killed; the next one opens what
is left, repeats what the former was killed in, and is killed too: recovery is part of what is
tried. After each kill the files are copied, opened and compared with what was acknowledged: every
acknowledged operation is there once and nothing else but the one that was under way, whole or not
at all; repeating that one by its key gives the same entry; the books verify. At last a backup of
the store and a restore from it are killed: what they make is not there, or whole.

Which mark a kill follows, and how long after it, comes from the seed; where exactly it strikes is
up to the machine.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from kiosk.core.clients import SECRET_TABLES, GetClient, RegisterCard
from kiosk.core.clock import system_now
from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.core.ids import ClientId
from kiosk.core.ledger import Entry
from kiosk.core.recognition import Recognised
from kiosk.core.store import Store
from kiosk.core.venue import Venue
from tests.core.guest import shelf
from tests.prove import copyist, teller
from tests.prove.parts import Outcome, Plan, Say
from tests.prove.teller import BOOKS, CURRENCY, KIOSK, SECRETS, Operation, carry_out

SHORT, LONG = 200, 1000
LIVES = 10
"""Processes that follow one another on one store; then a new store is made."""
LANES = 2
UNDER_WAY = frozenset(
    {
        *("start", "create", "open", "register", "hold", "settle", "receipt", "idle", "close"),
        *("backup", "restore"),
    }
)
"""What a kill must have fallen into at least once, or it was not tried."""
RARE = ("register", "suspend", "credit", "claim", "redeem", "erase")
"""Operations that a kill at any place would seldom meet."""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Aim:
    """The kill falls `delay_s` after the line that is the `count`-th to begin with `mark`.

    ``do register`` is the line of such an operation; the empty mark is the process's beginning.
    """

    mark: str
    count: int
    delay_s: float


def aim(chance: random.Random, first: bool) -> Aim:
    """Where the next life ends. The delays are a little longer than what they fall into lasts."""
    if first and chance.random() < 0.8:
        return Aim("create", 1, chance.uniform(0, 0.012))
    kinds = ("", "open", "any", "do", "rare", "idle", "close")
    match chance.choices(kinds, (10, 12, 10, 30, 15, 15, 8))[0]:
        case "":
            return Aim("", 0, chance.uniform(0, 0.2))
        case "open":
            return Aim("open", 1, chance.uniform(0, 0.006))
        case "any":
            return Aim("open", 1, chance.uniform(0, 0.1))
        case "do":
            return Aim("do", chance.randint(1, 40), chance.uniform(0, 0.0015))
        case "rare":
            return Aim(f"do {chance.choice(RARE)}", 1, chance.uniform(0, 0.003))
        case "idle":
            return Aim("idle", chance.randint(1, 8), chance.uniform(0, 0.001))
        case _:
            return Aim("close", 1, chance.uniform(0, 0.006))


@dataclass
class Told:
    """What a store's tellers said that they did, one after the other."""

    done: list[dict[str, Any]] = field(default_factory=list)
    """Acknowledged: key, seq, hash, refs."""
    operations: dict[str, Operation] = field(default_factory=dict)
    pending: Operation | None = None
    created: bool = False
    copied: bool = False
    """A backup was made."""
    keys: dict[str, str] = field(default_factory=dict)
    """The clients' keys, as they were seen in the secrets."""

    def hear(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        match word:
            case "created":
                self.created = True
            case "copied":
                self.copied = True
            case "do":
                self.pending = json.loads(rest)
                self.operations[self.pending["key"]] = self.pending
            case "did":
                entry = json.loads(rest)
                self.pending = None
                self.keep(entry)

    def keep(self, entry: dict[str, Any]) -> None:
        """An entry is there: from now on for ever, and as it is now."""
        if entry not in self.done:
            self.done.append(entry)


def run(plan: Plan, say: Say, wanted: int = 0) -> Outcome:
    """At least `wanted` kills: 200 in the short form, 1,000 in the long one."""
    wanted = wanted or (LONG if plan.long else SHORT)
    struck: Counter[str] = Counter()
    violations: list[str] = []
    tried = 0
    while struck.total() < wanted and not violations:
        stores = -(-(wanted - struck.total()) // LIVES)
        names = [(plan.folder, f"{plan.seed}/{n}") for n in range(tried, tried + stores)]
        tried += stores
        # A lane is a process: it forks tellers, which only a process with one thread may.
        with ProcessPoolExecutor(LANES, multiprocessing.get_context("fork")) as lanes:
            for marks, wrong in lanes.map(_store, names):
                if struck.total() // 50 < (struck.total() + len(marks)) // 50:
                    say(f"{struck.total() + len(marks)} kills")
                struck.update(marks)
                if wrong:
                    violations.append(wrong)
                    lanes.shutdown(cancel_futures=True)
                    break
    say("kills by what was under way: " + ", ".join(f"{k} {n}" for k, n in struck.most_common()))
    never = UNDER_WAY - set(struck)
    if wanted >= SHORT and never and not violations:
        violations.append(f"kills: none fell into {', '.join(sorted(never))}: not tried")
    return Outcome(f"{struck.total():,} kills", tuple(violations))


def _store(of: tuple[Path, str]) -> tuple[list[str], str]:
    """The lives of one store; what each kill fell into, and what is wrong."""
    folder, name = of[0] / f"store-{of[1].replace('/', '-')}", of[1]
    folder.mkdir()
    told, chance, marks = Told(), random.Random(name), list[str]()
    for life in range(LIVES):
        here = f"kills: store {name} (seed/number), life {life}"
        wish = aim(chance, first=life == 0)
        words = [str(folder), f"{name}/{life}", str(chance.randint(10, 60))]
        if told.pending:
            words.append(json.dumps(told.pending))
        last, wrong = _live(teller, words, folder, told, wish)
        if wrong := wrong or judge(folder, told):
            kept = f"with --keep the files are in {folder}"
            return marks, f"{here}, killed after {last!r} ({wish}): {wrong}; {kept}"
        if last != "closed":
            marks.append(told.pending["does"] if told.pending else last)
    if not (folder / BOOKS).exists():
        return marks, ""
    for mark, longest_s in (("backup", 0.03), ("restore", 0.1)):
        wish = Aim(mark, 1, chance.uniform(0, longest_s))
        last, wrong = _live(copyist, [str(folder)], folder, told, wish)
        if wrong := wrong or copyist.judge(folder, told.copied):
            kept = f"with --keep the files are in {folder}"
            return marks, f"kills: store {name}, killed after {last!r} ({wish}): {wrong}; {kept}"
        if last != "restored":
            marks.append(last)
    shutil.rmtree(folder)
    return marks, ""


def _live(
    program: ModuleType, words: list[str], folder: Path, told: Told, wish: Aim
) -> tuple[str, str]:
    """One process until it is killed or ends; its last mark, and what is wrong with its end."""
    errors = folder.with_suffix(".errors")
    process, lines = _begin(program, words, errors, fresh=not wish.mark)
    last, seen = "start", 0
    with os.fdopen(lines) as said:
        if not wish.mark:
            time.sleep(wish.delay_s)
            os.kill(process, signal.SIGKILL)
        for line in said:
            told.hear(line)
            last = line.split()[0]
            doing = f"do {told.pending['does']}" if last == "do" and told.pending else last
            if wish.mark in (last, doing):
                seen += 1
                if seen == wish.count:
                    time.sleep(wish.delay_s)
                    os.kill(process, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if code != -signal.SIGKILL and not (code == 0 and last in ("closed", "restored")):
        return last, f"the process ended by itself ({code}): {errors.read_text()[-2000:]}"
    errors.unlink(missing_ok=True)
    return last, ""


def _begin(program: ModuleType, words: list[str], errors: Path, *, fresh: bool) -> tuple[int, int]:
    """A new process, and where it tells; `fresh`: with an interpreter of its own from the start."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process:
        os.close(theirs)
        return process, ours
    code = 1
    try:
        os.dup2(theirs, 1)
        os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        if fresh:
            os.chdir(ROOT)
            os.execv(sys.executable, [sys.executable, "-m", program.__name__, *words])
        program.main(words)
        code = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


# --- what is checked ---------------------------------------------------------------------------


def judge(folder: Path, told: Told) -> str:
    """What is wrong with the store that a killed process left, or nothing.

    Looked at is a copy; what is there of the operation that was under way becomes a part of `told`.
    """
    with shelf() as place:
        # Without the shared memory: what the next process finds after a reboot.
        copy = place / "copy"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm"))
        try:
            return _judged(copy, told)
        except (ConfigError, LedgerCorrupt, StorageFailed) as error:
            return f"it does not open: {error}"


def _judged(folder: Path, told: Told) -> str:
    books, secrets = folder / BOOKS, folder / SECRETS
    if not books.exists():
        if told.created:
            return "the store is gone"
        Venue.create(
            books, secrets, kiosk=KIOSK, currency=CURRENCY, simulated=True, now=system_now()
        ).close()
    venue = Venue.open(books, secrets)
    try:
        return (
            _acknowledged(venue, told)
            or _repeated(venue, told)
            or _reckoned(venue, reckon(venue, told))
            or _forgotten(venue, secrets, told)
            or _once(venue, told)
            or _registers(venue)
        )
    finally:
        venue.close()


def _acknowledged(venue: Venue, told: Told) -> str:
    """Every acknowledged entry is there once, in its place; after them one more at most."""
    findings = venue.ledger.verify()
    if findings:
        return f"verify finds {findings[0]} and {len(findings) - 1} more"
    kept = [_told(entry) for entry in venue.ledger.entries()]
    done = len(told.done)
    for mine, theirs in zip(told.done, kept, strict=False):
        if mine != theirs:
            return f"acknowledged was {mine}, on the books is {theirs}"
    if len(kept) < done:
        return f"acknowledged and lost: {told.done[len(kept) :]}"
    more = kept[done:]
    if not more:
        return ""
    if len(more) > 1 or not told.pending or more[0]["key"] != told.pending["key"]:
        return f"nobody asked for {more}; under way was {told.pending}"
    told.keep(more[0])
    return ""


def _repeated(venue: Venue, told: Told) -> str:
    """The operation under way, repeated by its key: one entry, the same each time."""
    if not told.pending:
        return ""
    before = venue.ledger.find(told.pending["key"])
    first, second = (carry_out(venue, told.pending) for _ in range(2))
    if isinstance(first, Refused) or isinstance(second, Refused):
        return f"{told.pending} repeated is refused: {first}, {second}"
    if first != second or (before is not None and first != before):
        return f"{told.pending} repeated is another entry: {before}, {first}, {second}"
    expected = len(told.done) + (before is None)
    if venue.ledger.seq != expected or first.seq != expected:
        return f"{told.pending} repeated: {venue.ledger.seq} entries instead of {expected}"
    findings = venue.ledger.verify()
    return f"{told.pending} repeated: verify finds {findings[0]}" if findings else ""


@dataclass
class Reckoning:
    """Money and people as the operations say, reckoned without the ledger; whole roubles."""

    accounts: Counter[str] = field(default_factory=Counter)
    """Debit positive."""
    receipts: int = 0
    people: dict[str, Operation] = field(default_factory=dict)
    """Client -> the operation that registered it."""
    erased: set[str] = field(default_factory=set)

    def move(self, debit: str, credit: str, face: int) -> None:
        self.accounts[debit] += face
        self.accounts[credit] -= face


def reckon(venue: Venue, told: Told) -> Reckoning:
    """What everything that was done adds up to; `venue` is asked for names of things only."""
    made = Reckoning()
    faces: dict[str, tuple[int, str]] = {}
    claims: dict[str, str] = {}
    done = [entry["key"] for entry in told.done]
    if told.pending and told.pending["key"] not in done:
        # `_repeated` has just put it on the books.
        done.append(told.pending["key"])
    suspense = f"2900:{KIOSK}"
    for key in done:
        o = told.operations[key]
        face, owner = faces.get(o.get("note", ""), (o.get("face", 0), ""))
        box = f"1010:{KIOSK}:acceptor:{face}"
        match o["does"]:
            case "hold":
                faces[o["note"]] = o["face"], o["client"]
            case "settle":
                made.move(box, f"2010:{owner}", face)
            case "suspend":
                faces[o["note"]] = o["face"], ""
                made.move(box, suspense, face)
            case "claim":
                claims[o["note"]] = f"2910:{_refs(venue, key)['claim']}"
                made.move(suspense, claims[o["note"]], face)
            case "redeem":
                to = f"2010:{o['client']}" if o["client"] else "1030"
                made.move(claims[o["note"]], to, face)
            case "credit":
                made.move(suspense, f"2010:{o['client']}", face)
            case "receipt":
                made.receipts += 1
            case "register":
                made.people[_refs(venue, key)["client"]] = o
            case "erase":
                made.erased.add(o["client"])
    return made


def _refs(venue: Venue, key: str) -> dict[str, Any]:
    entry = venue.ledger.find(key)
    assert entry is not None, "it was acknowledged, and `_acknowledged` found it"
    return dict(entry.refs)


def _reckoned(venue: Venue, made: Reckoning) -> str:
    """The balances, the series and the people are those of the reckoning, and no others."""
    kept = {b["account"]: b["amount"] for b in venue.store.table("balances") if b["amount"]}
    reckoned = {account: face * 100 for account, face in made.accounts.items() if face}
    if kept != reckoned:
        wrong = {a: (reckoned.get(a, 0), kept.get(a, 0)) for a in {*kept, *reckoned}}
        different = {a: pair for a, pair in wrong.items() if pair[0] != pair[1]}
        return f"reckoned, and on the books (kopecks, debit positive): {different}"
    series = venue.store.get("series", "top_up_receipt") or {"last": 0}
    if series["last"] != made.receipts:
        return f"{made.receipts} receipts were issued, the last number is {series['last']}"
    for client, card in made.people.items():
        found = venue.ask(GetClient(ClientId(client)), system_now())
        name, phone = card["name"], bool(card["phone"])
        if client in made.erased:
            name, phone = "", False
        if found is None or found.name != name or bool(found.phone_masked) != phone:
            return f"{client} (erased: {client in made.erased}): {card}, and to be read is {found}"
    return ""


def _forgotten(venue: Venue, secrets: Path, told: Told) -> str:
    """The keys of clients that are erased stand nowhere in the files; those of others are kept."""
    with closing(Store.open(secrets, tables=SECRET_TABLES, write=False)) as kept:
        there = {key["id"]: key["key"] for key in kept.table("keys") if key["key"]}
    told.keys |= there
    files = {file: file.read_bytes() for file in secrets.parent.glob(f"{secrets.name}*")}
    for client in venue.store.table("clients"):
        key = told.keys.get(client["id"], "")
        if client["state"] == "active" and client["id"] not in there:
            return f"the key of {client['id']} is gone"
        for file, data in files.items():
            if client["state"] == "erased" and key and key.encode() in data:
                return f"{client['id']} is erased, and its key can still be read in {file.name}"
    return ""


def _once(venue: Venue, told: Told) -> str:
    """What can be done once only is refused under another key."""
    done = [told.operations[entry["key"]] for entry in told.done]
    for does in ("settle", "redeem", "credit"):
        for operation in [o for o in done if o["does"] == does][-3:]:
            again = carry_out(venue, operation | {"key": "once more"})
            if isinstance(again, Entry):
                return f"done a second time under another key: {operation}"
    return ""


def _registers(venue: Venue) -> str:
    """A new guest with a phone can register, which needs both stores."""
    command = RegisterCard(
        Recognised("r", "interface", "PDS", "LAST"), "guest", "en", "1", "+79991234567", "", "Last"
    )
    if venue.ledger.find("import") is None:
        # Killed before there were card types.
        imported, actor = teller.command({"does": "import"})
        venue.do(imported, actor=actor, key="import", now=system_now())
    done = venue.do(command, actor="guest", key="last", now=system_now())
    return f"nobody can register any more: {done}" if isinstance(done, Refused) else ""


def _told(entry: Entry) -> dict[str, Any]:
    return {"key": entry.id, "seq": entry.seq, "hash": entry.hash, "refs": dict(entry.refs)}
