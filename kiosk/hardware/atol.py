"""Fiscal devices of ATOL behind their web server: JSON tasks over HTTP, each under our own UUID.

The UUID is what makes a document exactly one: the server takes a UUID once and keeps what became
of it, so that whoever does not know whether a document was made asks for its UUID. What the forms
rest on, and what was not seen on a device: docs/devices.md, "Fiscal device (ATOL)".
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from uuid import uuid4

import h11

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AskFiscalStatus,
    CloseFiscalShift,
    Effect,
    Event,
    FiscalAbsent,
    FiscalConfirmed,
    FiscalCount,
    FiscalRefused,
    FiscalShiftClosed,
    FiscalShiftFailed,
    FiscalSign,
    FiscalStatus,
    FiscalUnknown,
    LookUpFiscal,
    OpenFiscalShift,
    PrintFiscal,
    PrintFiscalX,
    Role,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import exact_json
from kiosk.hardware.device import POLL_MAX_S, FiscalCapability, Options
from kiosk.hardware.exact_json import field
from kiosk.hardware.transport import Transport

log = logging.getLogger(__name__)

API = "/api/v2"
READ_BYTES = 4096
BODY_BYTES_MAX = 1_000_000
TASKS_MAX = 32
"""What waits for the device. The core asks for one thing after another."""

TENDERS = {
    "cash": "cash",
    "bank_card": "electronically",
    "qr": "electronically",
    "wallet": "prepaid",
    "credit": "credit",
}
"""Our tenders as the device names them; money of a wallet was an advance before."""

STATUS = ({"type": "getShiftStatus"}, {"type": "getDeviceStatus"})
UNDER_WAY = ("wait", "inProgress")
"""States of a task that the server has not ended; `blocked` is one that it cannot end."""
TAXATION = ("osn", "usnIncome", "usnIncomeOutcome", "esn", "patent")
SHIFTS: Mapping[object, Literal["closed", "open", "expired"]] = {
    "closed": "closed",
    "opened": "open",
    "expired": "expired",
}

State = Literal["done", "absent", "refused", "unknown"]


@dataclass(frozen=True)
class _Ended:
    """How a task ended: the results of its parts, or why there are none."""

    state: State
    results: Sequence[Mapping[str, Any]] = ()
    reason: str = ""


@dataclass
class _Task:
    """A task for the server; `parts` is None where it is only asked for what became of it."""

    uuid: str
    parts: Sequence[Mapping[str, Any]] | None
    tell: Callable[[_Ended], Event | None]
    due_s: float = 0.0


class FiscalPrinter:
    """The driver. Options: see ``[driver.atol]`` in default.toml.

    Raises:
        ConfigError: a currency or a taxation that is not known.
    """

    role: ClassVar[Role] = "fiscal"
    capabilities: ClassVar[frozenset[FiscalCapability]] = frozenset(
        {"receipt", "return", "advance", "lookup", "shift", "x_report"}
    )

    def __init__(
        self,
        device: DeviceId,
        options: Options,
        *,
        start: int,
        connect: Callable[[], Transport],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        del start
        self._device = device
        self._options = options
        self._monotonic = monotonic
        code, taxation = str(options["currency"]), str(options["taxation"])
        if code not in CURRENCIES:
            raise ConfigError([f'[devices.{device}] currency: no currency "{code}"'])
        if taxation not in TAXATION:
            known = ", ".join(TAXATION)
            raise ConfigError(
                [f'[devices.{device}] taxation: "{taxation}" is unknown; one of {known}']
            )
        self._currency = CURRENCIES[code]
        self._web = _Web(connect)
        self._poll_s = int(options["poll_ms"]) / 1000
        self._answer_s = int(options["answer_s"])
        self._tasks: deque[_Task] = deque()
        self._events: list[Event] = []
        self._asked_s = 0.0

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """Connect, and ask the server who it is; nothing is printed. See `Device.open`."""
        self.close()
        self._web.open()
        self._ask("GET", f"{API}/serverInfo")
        until_s = self._monotonic() + self._answer_s
        while (answer := self._web.read(POLL_MAX_S)) is None:
            if self._monotonic() >= until_s:
                raise DeviceError(f"{self._device}: the fiscal device's server does not answer")
        if answer.status != 200:
            raise DeviceError(f"{self._device}: the server answers {answer.status}")
        version = field(_json(answer.body), "version")
        return f"ATOL {version}" if isinstance(version, str) else "ATOL"

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Carry the first task on by one step. See `Device.poll`."""
        now_s = self._monotonic()
        task = self._tasks[0] if self._tasks else None
        if task is not None and not self._web.waiting and now_s >= task.due_s:
            self._send(task)
        answer = self._web.read(min(timeout_s, POLL_MAX_S))
        if answer is not None and task is not None:
            self._answered(task, answer)
        elif self._web.waiting and self._monotonic() - self._asked_s > self._answer_s:
            raise DeviceError(f"{self._device}: the fiscal device's server does not answer")
        events, self._events = self._events, []
        return events

    def perform(self, effect: Effect) -> None:
        """Put a task behind those that wait. See `Device.perform`."""
        if len(self._tasks) >= TASKS_MAX:
            raise DeviceError(f"{self._device}: more than {TASKS_MAX} tasks wait")
        match effect:
            case PrintFiscal():
                told = _Document(self._device, effect.document, effect.attempt, effect.takes_back)
                self._add(effect.key, [self._receipt(effect)], told)
            case LookUpFiscal():
                told = _Document(self._device, effect.document, effect.attempt)
                self._add(effect.key, None, told)
            case AskFiscalStatus():
                self._add(str(uuid4()), STATUS, self._told_status)
            case OpenFiscalShift():
                self._add(str(uuid4()), [self._signed("openShift"), *STATUS], self._told_opened)
            case CloseFiscalShift():
                totals = {"type": "getShiftTotals"}
                self._add(str(uuid4()), [totals, self._signed("closeShift")], self._told_closed)
            case PrintFiscalX():
                self._add(str(uuid4()), [self._signed("reportX")], self._told_x)
            case _:
                raise TypeError(f"{effect} is not for a fiscal device")

    def close(self) -> None:
        """See `Device.close`. What was asked for is looked up by whoever asked."""
        self._web.close()
        self._tasks.clear()
        self._events.clear()

    # --- asking --------------------------------------------------------------------------------

    def _add(
        self,
        uuid: str,
        parts: Sequence[Mapping[str, Any]] | None,
        tell: Callable[[_Ended], Event | None],
    ) -> None:
        # What is being asked for already tells its end by itself.
        if all(task.uuid != uuid for task in self._tasks):
            self._tasks.append(_Task(uuid, parts, tell))

    def _send(self, task: _Task) -> None:
        if task.parts is None:
            self._ask("GET", f"{API}/requests/{task.uuid}")
            return
        unit = str(self._options["unit"])
        place = f"{API}/requests" + (f"?deviceID={unit}" if unit else "")
        body = exact_json.encode({"uuid": task.uuid, "request": task.parts})
        self._ask("POST", place, body)

    def _ask(self, method: str, path: str, body: bytes = b"") -> None:
        self._asked_s = self._monotonic()
        self._web.ask(method, path, body)

    def _signed(self, kind: str) -> Mapping[str, Any]:
        """A task that the device prints under somebody's name."""
        operator = {"name": str(self._options["operator"])}
        if vatin := str(self._options["operator_vatin"]):
            operator["vatin"] = vatin
        return {"type": kind, "operator": operator}

    def _receipt(self, effect: PrintFiscal) -> Mapping[str, Any]:
        total = effect.tenders[0][1]
        for _, amount in effect.tenders[1:]:
            total += amount
        sums: dict[str, Money] = {}
        for tender, amount in effect.tenders:
            kind = TENDERS[tender]
            sums[kind] = sums[kind] + amount if kind in sums else amount
        of = "advance_" if effect.advance else ""
        position = {
            "type": "position",
            "name": str(self._options["advance_name" if effect.advance else "sale_name"]),
            "price": total,
            "quantity": 1,
            "amount": total,
            "paymentMethod": "advance" if effect.advance else "fullPayment",
            "paymentObject": "payment" if effect.advance else "service",
            "tax": {"type": str(self._options[f"{of}tax"])},
        }
        return {
            **self._signed("sellReturn" if effect.takes_back else "sell"),
            "taxationType": str(self._options["taxation"]),
            "electronically": False,
            "items": [position],
            "payments": [{"type": kind, "sum": amount} for kind, amount in sums.items()],
            "total": total,
        }

    # --- what the server answers ---------------------------------------------------------------

    def _answered(self, task: _Task, answer: _Answer) -> None:
        if task.parts is not None:
            self._taken(task, answer)
            return
        if answer.status == 404:
            self._end(task, _Ended("absent"))
            return
        if answer.status != 200:
            raise DeviceError(f"{self._device}: the server answers {answer.status}")
        results = field(_json(answer.body), "results")
        known = [r for r in results if isinstance(r, Mapping)] if isinstance(results, list) else []
        if not known or any(r.get("status") in UNDER_WAY for r in known):
            task.due_s = self._monotonic() + self._poll_s
            return
        wrong = next((r for r in known if _error(r)), None)
        if wrong is None:
            self._end(task, _Ended("done", known))
        else:
            state: State = "unknown" if wrong.get("status") == "blocked" else "refused"
            self._end(task, _Ended(state, known, _error(wrong)))

    def _taken(self, task: _Task, answer: _Answer) -> None:
        """The server has the task, or had it before (409): from now on it is asked about."""
        if answer.status in (200, 201, 409):
            task.parts, task.due_s = None, self._monotonic() + self._poll_s
        elif 400 <= answer.status < 500:
            said = field(_json(answer.body), "error", "description")
            self._end(task, _Ended("refused", reason=str(said or f"answer {answer.status}")))
        else:
            raise DeviceError(f"{self._device}: the server answers {answer.status}")

    def _end(self, task: _Task, ended: _Ended) -> None:
        self._tasks.remove(task)
        event = task.tell(ended)
        if event is not None:
            self._events.append(event)

    # --- what is told --------------------------------------------------------------------------

    def _told_status(self, ended: _Ended) -> Event | None:
        if ended.state != "done":
            raise DeviceError(f"{self._device}: {ended.reason or 'no status'}")
        shift = _first(ended, "shiftStatus")
        state = SHIFTS.get(field(shift, "state"))
        if state is None:
            raise DeviceError(f"{self._device}: the state of its shift is unknown")
        device = _first(ended, "deviceStatus")
        troubles = {
            "paper": field(device, "paperPresent") is False,
            "cover": field(device, "coverOpened") is True,
            "blocked": field(device, "blocked") is True,
        }
        trouble = ", ".join(name for name, there in troubles.items() if there)
        return FiscalStatus(self._device, state, _whole(field(shift, "number")), trouble)

    def _told_opened(self, ended: _Ended) -> Event | None:
        if ended.state != "done":
            return FiscalShiftFailed(self._device, ended.reason)
        return self._told_status(ended)

    def _told_closed(self, ended: _Ended) -> Event | None:
        if ended.state != "done" or len(ended.results) != 2:
            return FiscalShiftFailed(self._device, ended.reason)
        number = _whole(field(ended.results[1], "result", "fiscalParams", "shiftNumber"))
        totals = field(ended.results[0], "result", "shiftTotals", "receipts")
        return FiscalShiftClosed(self._device, number, self._totals(totals))

    def _totals(self, told: object) -> FiscalCount | None:
        def amount(*path: str) -> Money:
            found = exact_json.money(field(told, *path), self._currency)
            return found or Money(0, self._currency)

        if not isinstance(told, Mapping):
            return None
        return FiscalCount(
            receipts=_whole(field(told, "sell", "count")),
            returns=_whole(field(told, "sellReturn", "count")),
            sold=amount("sell", "sum"),
            returned=amount("sellReturn", "sum"),
            cash=amount("sell", "payments", "cash") - amount("sellReturn", "payments", "cash"),
        )

    def _told_x(self, ended: _Ended) -> Event | None:
        if ended.state != "done":
            log.warning("%s: no X: %s", self._device, ended.reason)
        return None


@dataclass(frozen=True)
class _Document:
    """Tells what became of an attempt to make a document."""

    device: DeviceId
    document: str
    attempt: int
    takes_back: bool = False

    def __call__(self, ended: _Ended) -> Event:
        of = (self.device, self.document, self.attempt)
        match ended.state:
            case "absent":
                return FiscalAbsent(*of)
            case "refused":
                return FiscalRefused(*of, ended.reason)
            case "unknown":
                return FiscalUnknown(*of, ended.reason)
            case "done":
                made = field(ended.results[0], "result", "fiscalParams")
                number = field(made, "fiscalDocumentNumber")
                if number is None:
                    return FiscalUnknown(*of, "the device names no document")
                return FiscalConfirmed(*of, _sign(made, self.takes_back))


def _sign(made: Mapping[str, Any], takes_back: bool) -> FiscalSign:
    number, at = str(made["fiscalDocumentNumber"]), str(made.get("fiscalDocumentDateTime", ""))
    sign, serial = str(made.get("fiscalDocumentSign", "")), str(made.get("fnNumber", ""))
    moment = at[:16].replace("-", "").replace(":", "")
    told = {"t": moment, "s": made.get("total"), "fn": serial, "i": number, "fp": sign}
    told["n"] = 2 if takes_back else 1
    whole = all(part not in (None, "") for part in told.values())
    return FiscalSign(
        number=number,
        sign=sign,
        qr="&".join(f"{name}={part}" for name, part in told.items()) if whole else "",
        serial=serial,
        shift=_whole(made.get("shiftNumber")),
        receipt=_whole(made.get("fiscalReceiptNumber")),
        issued_at=at,
    )


def _first(ended: _Ended, name: str) -> object:
    """What the first part says that says something under this name."""
    found = (field(result, "result", name) for result in ended.results)
    return next((told for told in found if told is not None), None)


def _error(result: Mapping[str, Any]) -> str:
    """Why a part of a task failed; empty where it did not. Older servers tell it otherwise."""
    status = result.get("status", "ready")
    code = field(result, "error", "code") or result.get("errorCode") or 0
    if status == "ready" and not code:
        return ""
    said = field(result, "error", "description") or result.get("errorDescription") or status
    return f"{said} ({code})" if code else str(said)


def _json(body: bytes) -> object:
    try:
        return exact_json.decode(body)
    except ValueError as error:
        raise DeviceError(f"the fiscal device's server answers no JSON: {error}") from error


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes


class _Web:
    """One HTTP/1.1 connection; a server may close it between two questions."""

    def __init__(self, connect: Callable[[], Transport]) -> None:
        self._connect = connect
        self._line: Transport | None = None
        self._http = h11.Connection(h11.CLIENT)
        self._status = 0
        self._body = bytearray()
        self.waiting = False
        """A question was asked and is not answered."""

    def open(self) -> None:
        self._line = self._connect()
        self._http = h11.Connection(h11.CLIENT)
        self._body.clear()
        self.waiting = False

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line, self.waiting = None, False

    def ask(self, method: str, path: str, body: bytes) -> None:
        if self._line is None:
            self.open()
        assert self._line is not None
        headers = [("Host", "atol"), ("Accept", "application/json")]
        if body:
            headers += [("Content-Type", "application/json; charset=utf-8")]
            headers += [("Content-Length", str(len(body)))]
        data = self._http.send(h11.Request(method=method, target=path, headers=headers)) or b""
        if body:
            data += self._http.send(h11.Data(data=body)) or b""
        data += self._http.send(h11.EndOfMessage()) or b""
        self.waiting = True
        self._line.write(data)

    def read(self, timeout_s: float) -> _Answer | None:
        """The answer, if it is whole by now.

        Raises:
            DeviceError, OSError: the line is gone while an answer is due, or it is no HTTP.
        """
        if self._line is None:
            self.open()
            assert self._line is not None
        try:
            data = self._line.read(READ_BYTES, timeout_s)
        except OSError:
            if self.waiting:
                raise
            self.close()  # Between two questions a server may hang up; the next one opens anew.
            return None
        if data and not self.waiting:
            self.close()  # What nobody asked for must not answer the next question.
            return None
        try:
            if data:
                self._http.receive_data(data)
            return self._next()
        except h11.RemoteProtocolError as error:
            raise DeviceError(f"the fiscal device's server speaks no HTTP: {error}") from error

    def _next(self) -> _Answer | None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                self._status = event.status_code
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > BODY_BYTES_MAX:
                    raise DeviceError("the fiscal device's server does not end its answer")
            elif isinstance(event, h11.EndOfMessage):
                return self._whole()
            elif event is h11.NEED_DATA or event is h11.PAUSED:
                return None

    def _whole(self) -> _Answer:
        answer = _Answer(self._status, bytes(self._body))
        self._body.clear()
        self.waiting = False
        both = {self._http.our_state, self._http.their_state}
        if both == {h11.DONE} and not self._http.trailing_data[0]:
            self._http.start_next_cycle()
        else:
            self.close()
        return answer
