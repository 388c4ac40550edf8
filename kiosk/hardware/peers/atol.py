"""A simulated fiscal device of ATOL behind its web server, from the protocol page alone.

It keeps the physical truth beside the protocol: every document that came out of it. The server's
queue survives the power, as that of the real one does; what was not stored when the power went
was never there.

Source: docs/devices.md, "Fiscal device (ATOL)".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

Mode = Literal[
    "ok",
    "decline",  # the device refuses each document
    "paper-out",  # and so it does without paper
    "silent",  # what it is asked to print never ends
    "blocked",  # the server lost the device in the middle: it does not know the end
    "twice",  # the answer to a question about a document comes twice
    "die-before",  # the power goes when the next document comes, before anything is stored
    "die-queued",  # … when it is stored, before it is printed
    "die-after",  # … when it is printed, before anybody is told
]
MODES: tuple[str, ...] = get_args(Mode)
PRINT_S = 1.5
SHIFT_S = 24 * 3600
HEAD_BYTES_MAX = 16_384
FN, REGISTRATION = "9999078900000961", "0000000001002292"
NO_PAPER, SHIFT_OVER, SHIFT_SHUT = 44, 68, 73
BEGINNING = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Printed:
    """A fiscal document on paper; sums in minor units (kopecks)."""

    number: int
    uuid: str
    kind: str
    minor: int
    payments: Mapping[str, int]
    method: str
    shift: int


@dataclass
class Task:
    """What lies in the server's queue: the parts that were asked for, and what became of them."""

    parts: list[Mapping[str, Any]]
    results: list[dict[str, Any]] = field(default_factory=list)
    done_s: float | None = None

    @property
    def ended(self) -> bool:
        """Whether the device is through with it."""
        return bool(self.results)


class FiscalServer:
    """The device and its server. All times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self.mode: Mode = "ok"
        self.cover_open = self.blocked = False
        self.failing = False
        """Its server has a fault of its own: it answers 500."""
        self.powered = True
        self.printed: list[Printed] = []
        """The truth: every receipt that came out, in their order."""
        self.reports: list[str] = []
        """Shift reports and X reports, by their type."""
        self.tasks: dict[str, Task] = {}
        self.shift = 0
        self.open_s: float | None = None
        self._documents = 0
        self._in = bytearray()

    # --- the wire ------------------------------------------------------------------------------

    def connected(self) -> None:
        """A new connection: what was half said on the one before is forgotten."""
        self._in.clear()

    def feed(self, data: bytes, now_s: float) -> bytes:
        """See `peers.line.Peer`."""
        if not self.powered:
            return b""
        self._in += data
        out = b""
        while (request := self._request()) is not None:
            out += self._answer(*request, now_s)
            if not self.powered:
                return b""
        return out

    def tick(self, now_s: float) -> bytes:
        """See `peers.line.Peer`. The device works the queue off, one after another."""
        while self.powered:
            task = next((t for t in self.tasks.values() if not t.ended), None)
            if task is None or (self.mode == "silent" and _fiscal(task)):
                break
            if task.done_s is None:
                task.done_s = now_s + (PRINT_S if _fiscal(task) else 0.1)
            if now_s < task.done_s:
                break
            self._work(task, now_s)
        return b""

    def _request(self) -> tuple[str, str, bytes] | None:
        head, end, rest = bytes(self._in).partition(b"\r\n\r\n")
        if not end:
            assert len(head) <= HEAD_BYTES_MAX, "a head without an end"
            return None
        first, *lines = head.decode("ascii").split("\r\n")
        method, target, version = first.split(" ")
        assert version == "HTTP/1.1", first
        headers = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        assert headers.get("host"), "HTTP/1.1 needs a Host"
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return None
        self._in = bytearray(rest[length:])
        return method, target.partition("?")[0], rest[:length]

    def _answer(self, method: str, path: str, body: bytes, now_s: float) -> bytes:
        self.tick(now_s)
        name = path.removeprefix("/api/v2/requests").strip("/")
        if self.failing:
            return _http(500, {"error": {"code": 1, "description": "a fault of the server"}})
        if (method, path) == ("GET", "/api/v2/serverInfo"):
            return _http(200, {"version": "simulated"})
        if method == "POST" and path == "/api/v2/requests":
            return self._take(json.loads(body, parse_float=Decimal), now_s)
        if method == "GET" and name in self.tasks:
            task = self.tasks[name]
            waiting = {"error": {"code": 0, "description": ""}, "status": "inProgress"}
            results = task.results or [{**waiting, "result": None} for _ in task.parts]
            told = _http(200, {"results": results})
            if self.mode == "twice" and task.ended and _fiscal(task):
                return told + told
            return told
        return _http(404, {"error": {"code": 404, "description": "no such task"}})

    def _take(self, asked: Mapping[str, Any], now_s: float) -> bytes:
        uuid, parts = str(asked["uuid"]), asked["request"]
        parts = parts if isinstance(parts, list) else [parts]
        if uuid in self.tasks:
            return _http(409, {"error": {"code": 409, "description": "the uuid is there already"}})
        task = Task(parts)
        if _fiscal(task) and self.mode == "die-before":
            self.power_cut()
            return b""
        self.tasks[uuid] = task
        if _fiscal(task) and self.mode == "die-queued":
            self.power_cut()
        return _http(201, {"uuid": uuid, "number": len(self.tasks), "isBlocked": False})

    # --- power and hands -----------------------------------------------------------------------

    def power_cut(self) -> None:
        """The device and its server lose the power; what was begun begins again."""
        self.powered = False
        self._in.clear()
        for task in self.tasks.values():
            task.done_s = task.done_s if task.ended else None

    def power_up(self) -> None:
        """The power is back; a mode in which it would die again is over."""
        self.powered = True
        if self.mode.startswith("die"):
            self.mode = "ok"

    # --- the device ----------------------------------------------------------------------------

    def _work(self, task: Task, now_s: float) -> None:
        uuid = next(name for name, known in self.tasks.items() if known is task)
        results: list[dict[str, Any]] = []
        for part in task.parts:
            if results and results[-1]["status"] != "ready":
                results.append(_result("interrupted", 0, "not done"))
            else:
                results.append(self._part(uuid, part, now_s))
        if _fiscal(task) and self.mode == "blocked":
            results = [_result("blocked", 2, "no connection")]
        task.results = results
        if _fiscal(task) and self.mode == "die-after":
            self.power_cut()

    def _part(self, uuid: str, part: Mapping[str, Any], now_s: float) -> dict[str, Any]:
        kind = part["type"]
        state = self._shift_state(now_s)
        if kind == "getShiftStatus":
            until = self._moment((self.open_s or now_s) + SHIFT_S)
            told = {"expiredTime": until, "number": self.shift, "state": state}
            return _ready({"shiftStatus": told})
        if kind == "getDeviceStatus":
            paper = self.mode != "paper-out"
            told = {
                "blocked": self.blocked,
                "coverOpened": self.cover_open,
                "paperPresent": paper,
                "shift": state,
            }
            return _ready({"deviceStatus": told})
        if kind == "getShiftTotals":
            return _ready({"shiftTotals": self._totals()})
        if self.mode == "paper-out":
            return _result("error", NO_PAPER, "no paper")
        if kind == "reportX":
            self.reports.append(kind)
            return _ready({})
        if kind == "openShift":
            if state != "closed":
                return _result("error", 82, "the shift is open")
            self.shift, self.open_s = self.shift + 1, now_s
            self.reports.append(kind)
            return self._made(now_s)
        if kind == "closeShift":
            if state == "closed":
                return _result("error", SHIFT_SHUT, "the shift is closed")
            self.open_s = None
            self.reports.append(kind)
            return self._made(now_s)
        return self._receipt(uuid, kind, part, state, now_s)

    def _receipt(
        self, uuid: str, kind: str, part: Mapping[str, Any], state: str, now_s: float
    ) -> dict[str, Any]:
        if state == "closed":
            return _result("error", SHIFT_SHUT, "the shift is closed")
        if state == "expired":
            return _result("error", SHIFT_OVER, "the shift is over 24 hours")
        if self.mode == "decline":
            return _result("error", 148, "wrong tax")
        assert kind in ("sell", "sellReturn"), kind
        assert uuid not in {p.uuid for p in self.printed}, f"{uuid} is printed twice"
        item = part["items"][0]
        total = _minor(part["total"])
        payments = {p["type"]: _minor(p["sum"]) for p in part["payments"]}
        assert total == _minor(item["amount"]) == sum(payments.values()) > 0, part
        made = self._made(now_s, total=part["total"])
        self.printed.append(
            Printed(self._documents, uuid, kind, total, payments, item["paymentMethod"], self.shift)
        )
        return made

    def _made(self, now_s: float, **more: Any) -> dict[str, Any]:
        self._documents += 1
        return _ready(
            {
                "fiscalParams": {
                    "fiscalDocumentDateTime": self._moment(now_s),
                    "fiscalDocumentNumber": self._documents,
                    "fiscalDocumentSign": f"{1_138_986_989 + self._documents * 7919:010}"[:10],
                    "fiscalReceiptNumber": len(self.printed) + 1,
                    "fnNumber": FN,
                    "registrationNumber": REGISTRATION,
                    "shiftNumber": self.shift,
                    **more,
                },
                "warnings": {"notPrinted": False},
            }
        )

    def _totals(self) -> Mapping[str, Any]:
        def of(kind: str) -> Mapping[str, Any]:
            mine = [p for p in self.printed if (p.kind, p.shift) == (kind, self.shift)]
            sums: dict[str, int] = {}
            for one in mine:
                for name, minor in one.payments.items():
                    sums[name] = sums.get(name, 0) + minor
            paid = {name: _major(minor) for name, minor in sums.items()}
            return {
                "count": len(mine),
                "sum": _major(sum(p.minor for p in mine)),
                "payments": {"cash": _major(0), **paid},
            }

        receipts = {"sell": of("sell"), "sellReturn": of("sellReturn")}
        return {"shiftNumber": self.shift, "receipts": receipts}

    def _shift_state(self, now_s: float) -> str:
        if self.open_s is None:
            return "closed"
        return "expired" if now_s - self.open_s > SHIFT_S else "opened"

    @staticmethod
    def _moment(now_s: float) -> str:
        return (BEGINNING + timedelta(seconds=now_s)).strftime("%Y-%m-%dT%H:%M:%S+03:00")


def _fiscal(task: Task) -> bool:
    return any(part["type"] in ("sell", "sellReturn") for part in task.parts)


def _ready(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"error": {"code": 0, "description": ""}, "status": "ready", "result": result}


def _result(status: str, code: int, description: str) -> dict[str, Any]:
    return {"error": {"code": code, "description": description}, "status": status, "result": None}


def _minor(major: object) -> int:
    assert isinstance(major, int | Decimal), f"{major!r} is no sum"
    minor = Decimal(major) * 100
    assert minor == int(minor), f"{major} has parts of a kopeck"
    return int(minor)


def _major(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


def _http(status: int, answer: Mapping[str, Any]) -> bytes:
    reasons = {200: "OK", 201: "Created", 404: "Not Found", 409: "Conflict", 500: "Server Error"}
    reason = reasons[status]
    body = _json(answer).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{name}": {_json(of)}' for name, of in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
