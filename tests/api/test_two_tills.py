"""Two tills and the kiosk on one visit: lost answers, repeats, the same thing sent twice at once.

Every operation is sent until its end is known. Then the books are reckoned again from what was
sent, in the order of the entries, by arithmetic of this file; till, clearing and revenue must agree
to the kopeck, and nothing may stand in the books that nobody sent.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest

from kiosk.core.cash import HoldDeposit, SettleNote
from kiosk.core.checkout import CalculateVisit
from kiosk.core.errors import Refused
from kiosk.core.ids import VisitId, note_id
from kiosk.core.ledger import Entry
from kiosk.core.money import Money
from tests.api.opened import TABLE, OpenDoor, open_door
from tests.core.guest import ACCEPTOR, rub

pytestmark = pytest.mark.slow

OPERATIONS = 10_000
OF_THE_KIOSK = 1_000
READ = {"signal": "magnetic", "text": TABLE}


@dataclass
class Story:
    """What was sent under which key, and which entry it was told to be."""

    sent: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    booked: dict[str, int] = field(default_factory=dict)
    said: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, key: str, seq: int) -> None:
        """An answer named this entry; every answer to one key names the same."""
        with self.lock:
            assert self.booked.setdefault(key, seq) == seq, f"{key} is two entries"


class Till:
    """A till that believes nothing before it has an answer."""

    def __init__(self, door: OpenDoor, name: str, token: str, story: Story) -> None:
        self.name = name
        self.random = random.Random(name)
        self.story = story
        # Somebody is signed in there who may take back what a till alone may not.
        self.person = {"Staff-Token": door.signed_in("102", token)}
        self.line = door.client(token)
        self.second = door.client(token)
        self.numbers = count(1)
        self.orders: list[tuple[str, int]] = []

    def run(self, operations: int) -> None:
        with self.line, self.second, ThreadPoolExecutor(1) as beside:
            self.beside = beside
            for _ in range(operations):
                self.operate()

    def operate(self) -> None:
        open_ = self.line.get("/v1/visits").json()["visits"]
        if not open_:
            self.send("/v1/visits", {"read": READ})
            return
        visit = open_[0]["number"]
        match self.random.choices(
            ("save", "again", "pay", "void", "deposit", "calculate"), (8, 3, 3, 2, 4, 1)
        )[0]:
            case "save":
                name, amount = f"{next(self.numbers)}", self.random.randrange(1, 150_000)
                if self.send("/v1/orders", self.order(name, visit, amount)):
                    self.orders.append((name, visit))
            case "again" if self.orders:
                name, of = self.random.choice(self.orders[-4:])
                self.send("/v1/orders", self.order(name, of, self.random.randrange(1, 150_000)))
            case "pay" if self.orders:
                name, _ = self.random.choice(self.orders[-4:])
                seen = self.line.get("/v1/orders", params={"order": name})
                # There is no bill of an order that is void (E99): that is told, too.
                total = seen.json()["total"] if seen.status_code == 200 else 1
                paid = {"tender": self.tender(), "amount": total}
                self.send("/v1/orders/pay", {"order": name, "payments": [paid]})
            case "void" if self.orders:
                name, _ = self.random.choice(self.orders[-4:])
                body = {"order": f"till:{self.name}/{name}", "reason": "sent back"}
                self.send("/v1/orders/void", body)
            case "deposit":
                money = {"amount": self.random.randrange(1, 40_000), "tender": self.tender()}
                self.send(f"/v1/visits/{visit}/deposits", {**money, "reason": "deposit"})
            case "calculate":
                bill = self.line.get(f"/v1/visits/{visit}/bill").json()["visit"]
                due = (
                    [{"tender": self.tender(), "amount": bill["to_pay"]}] if bill["to_pay"] else []
                )
                body = {"payments": due, "total": bill["grand_total"]}
                self.send(f"/v1/visits/{visit}/calculate", body)
            case _:
                self.line.post("/v1/cards/identify", json={"read": READ})

    def order(self, name: str, visit: int, amount: int) -> dict[str, Any]:
        line = {"text": "Tea", "amount": amount}
        return {"order": name, "place": self.name, "visit": visit, "lines": [line]}

    def tender(self) -> str:
        return self.random.choice(("cash", "bank_card"))

    def send(self, path: str, body: dict[str, Any]) -> bool:
        """Send something until its end is known; whether it is in the books."""
        key = f"{self.name}-{len(self.story.sent)}-{self.random.random()}"
        with self.story.lock:
            self.story.sent[f"till:{self.name}:{key}"] = (path, body)
        twin = None
        if self.random.random() < 0.2:
            twin = self.beside.submit(self.once, self.second, path, body, key)
        if self.random.random() < 0.2:
            # The line is cut at some moment: before the core, in it, or on the way back.
            with suppress(httpx.TimeoutException, httpx.RemoteProtocolError):
                self.once(self.line, path, body, key, self.random.choice((0.0005, 0.002, 0.005)))
                self.story.said["answered in time"] += 1
            self.story.said["cut"] += 1
        known = self.once(self.line, path, body, key)
        if twin is not None:
            # What was refused may be booked by its twin a moment later, and the other way round.
            known = twin.result() or known
        if known and self.random.random() < 0.05:
            other = {**body, "reason": "another"} if path.endswith("deposits") else None
            if other and other["reason"] != body["reason"]:
                told = self.line.post(path, json=other, headers={"Idempotency-Key": key})
                assert told.status_code == 409, told.text
                self.story.said["conflict"] += 1
        return known

    def once(
        self,
        line: httpx.Client,
        path: str,
        body: dict[str, Any],
        key: str,
        timeout_s: float = 60.0,
    ) -> bool:
        headers = {"Idempotency-Key": key, **(self.person if path.endswith("void") else {})}
        told = line.post(path, json=body, headers=headers, timeout=timeout_s)
        assert told.status_code in (200, 404, 422), (path, body, told.status_code, told.text)
        if told.status_code != 200:
            self.story.said[told.json()["error"]["key"]] += 1
            return False
        entry = told.json()["entry"]
        if told.headers["Idempotency-Replayed"] == "true":
            self.story.said["replayed"] += 1
        self.story.told(entry["key"], entry["seq"])
        return True


class Kiosk:
    """The guest at the kiosk: notes for the visit, and its end where nothing is due."""

    def __init__(self, door: OpenDoor, story: Story) -> None:
        self.door = door
        self.story = story
        self.random = random.Random("kiosk")
        self.notes = count(1)

    def run(self, operations: int) -> None:
        for _ in range(operations):
            self.operate()

    def operate(self) -> None:
        line = self.door.kept("hall")
        open_ = line.get("/v1/visits").json()["visits"]
        if not open_:
            return
        visit = open_[0]
        if self.random.random() < 0.1 and not visit["to_pay"]:
            total = rub(0) + Money(visit["grand_total"], rub(0).currency)
            end = CalculateVisit(visit["id"], total=total, change="claim", card=visit["card"])
            self.send("calculate", end, "guest", f"guest:{visit['id']}:{visit['grand_total']}")
            return
        note = note_id(ACCEPTOR, 1, next(self.notes))
        value = rub(self.random.choice((50, 100)))
        if self.send("", HoldDeposit(note, value, VisitId(visit["id"])), "kiosk", f"hold:{note}"):
            for _ in range(self.random.randrange(1, 3)):
                self.send("note", SettleNote(note), "kiosk", f"settle:{note}")

    def send(self, what: str, command: object, actor: str, key: str) -> bool:
        done = self.door.runtime.inbox.ask(
            lambda r, now: r.command(command, actor=actor, key=key, now=now), 60.0
        )
        if isinstance(done, Refused):
            return False
        if what:
            self.story.sent.setdefault(key, (what, {}))
            self.story.told(key, done.seq)
        return True


@dataclass
class Reckoned:
    """The books as arithmetic has them."""

    cash: int = 0
    clearing: int = 0
    revenue: int = 0
    deposits: dict[str, int] = field(default_factory=dict)
    orders: dict[str, dict[str, int]] = field(default_factory=dict)
    paid: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: int = 0
    suspense: int = 0

    def take(self, tender: str, minor: int) -> None:
        if tender == "cash":
            self.cash += minor
        else:
            self.clearing += minor

    def entry(self, entry: Entry, what: str, body: dict[str, Any]) -> None:
        """What one operation has to do, given what all before it did."""
        visit = str(entry.refs.get("visit", ""))
        orders = self.orders.setdefault(visit, {})
        paid = self.paid.setdefault(visit, {})
        name = str(entry.refs.get("order", ""))
        if what == "/v1/orders":
            orders[name] = body["lines"][0]["amount"]
        elif what == "/v1/orders/pay":
            (payment,) = body["payments"]
            assert payment["amount"] == orders[name] and name not in paid, "paid twice"
            self.take(payment["tender"], payment["amount"])
            self.revenue += payment["amount"]
            paid[name] = payment["tender"]
        elif what == "/v1/orders/void":
            if name in paid:
                self.take(paid.pop(name), -orders[name])
                self.revenue -= orders[name]
            orders[name] = 0
        elif what.endswith("/deposits"):
            self.take(body["tender"], body["amount"])
            self.deposits[visit] = self.deposits.get(visit, 0) + body["amount"]
        elif what == "note":
            minor = sum(p.amount for p in entry.postings if p.amount > 0)
            if entry.kind == "note_suspended":
                self.suspense += minor
            else:
                self.deposits[visit] = self.deposits.get(visit, 0) + minor
        elif what.endswith("calculate"):
            unpaid = sum(minor for order, minor in orders.items() if order not in paid)
            left = self.deposits.pop(visit, 0) - unpaid
            given = body.get("payments", [])
            assert sum(p["amount"] for p in given) == max(0, -left), "not what was due"
            for payment in given:
                self.take(payment["tender"], payment["amount"])
            self.revenue += unpaid
            if what == "calculate":
                self.claims += max(0, left)
            else:
                self.cash -= max(0, left)


def test_two_tills_and_the_kiosk_book_nothing_twice_and_lose_nothing() -> None:
    story = Story()
    with open_door(requests_per_minute_max=1_000_000) as door:
        door.shift()
        opened_with = rub(10_000).minor
        tills = [Till(door, "bar", "all", story), Till(door, "hall", "hall", story)]
        kiosk = Kiosk(door, story)
        of_a_till = (OPERATIONS - OF_THE_KIOSK) // len(tills)
        with ThreadPoolExecutor(len(tills) + 1) as pool:
            running = [pool.submit(till.run, of_a_till) for till in tills]
            running.append(pool.submit(kiosk.run, OF_THE_KIOSK))
            for one in running:
                one.result()
        entries = door.entries()
        balances = Counter[str]()
        for entry in entries:
            for posting in entry.postings:
                balances[posting.account.partition(":")[0]] += posting.amount

    keys = {e.id: e for e in entries if e.id.partition(":")[0] in ("till", "settle", "guest")}
    assert {key: e.seq for key, e in keys.items()} == story.booked
    assert len(keys) > OPERATIONS // 3, story.said
    reckoned = Reckoned(cash=opened_with)
    for entry in sorted(keys.values(), key=lambda e: e.seq):
        reckoned.entry(entry, *story.sent[entry.id])
    assert balances["1030"] == reckoned.cash
    assert balances["1110"] == reckoned.clearing
    assert -balances["4030"] == reckoned.revenue
    assert -balances["2030"] == sum(reckoned.deposits.values())
    assert -balances["2910"] == reckoned.claims
    assert -balances["2900"] == reckoned.suspense
    # The story had in it what it is about.
    for what in ("cut", "replayed", "conflict", "err.visit_short", "err.visit_changed"):
        assert story.said[what], story.said
