"""Terminals and the tax office's device: messages that name sums, and have no check of their own.

Of those a whole one is believed, so that the oracle reads it by itself: a payment is false unless a
message that was heard says that sum.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any

from kiosk.core.errors import DeviceError
from kiosk.core.messages import (
    AskFiscalStatus,
    CloseFiscalShift,
    Event,
    FiscalConfirmed,
    LookUpFiscal,
    LookUpPayment,
    PaymentApproved,
    PrintFiscal,
    RequestPayment,
    ReversePayment,
)
from kiosk.core.money import Money
from kiosk.hardware import driver as driver_of
from kiosk.hardware.peers import nexo, zvt, zvt_frames
from tests.fuzz import money
from tests.fuzz.dialogues import DEVICE, ERRORS, READS_MAX, RUB, SHIPPED, Dialogue, Line
from tests.fuzz.engine import Hang, Parser, Target
from tests.fuzz.reading import because

HUNDRED = Money(10_000, RUB)
AT = "2026-11-22T15:00:00.000000Z"


class Said:
    """A line on which is said what is given, whatever is asked."""

    def __init__(self) -> None:
        self.reads, self._waiting = 0, b""

    def give(self, data: bytes) -> None:
        self.reads, self._waiting = 0, data

    def write(self, data: bytes, timeout_s: float = 2.0) -> None:
        """Nobody hears it."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        self.reads += 1
        if self.reads > READS_MAX:
            raise Hang("reads without an end")
        data, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return data

    def close(self) -> None:
        self._waiting = b""


def _nexo(chance: Random) -> Target:
    line = Said()
    settings = {**SHIPPED["driver"]["nexo"], "currency": "RUB", "login": False}
    device = driver_of("nexo")(
        DEVICE, settings, start=1, connect=lambda: line, monotonic=lambda: 0.0
    )
    device.open()
    number = 0

    def read(data: bytes) -> None:
        nonlocal number
        number += 1
        if number % 8 == 0:
            device.close()
            device.open()
            device.perform(RequestPayment("p1", "S-p1", HUNDRED, AT))
            device.perform(LookUpPayment("p1", "S-p1"))
            device.perform(ReversePayment("p1", "S-p1", AT))
        line.give(data)
        try:
            events = [*device.poll(0.2), *device.poll(0.2), *device.poll(0.2)]
        except DeviceError:
            device.close()
            device.open()
            raise
        for event in events:
            if isinstance(event, PaymentApproved):
                because(event.taken.minor > 0, f"{event.taken} was paid")
                because(event.taken.minor in _sums_of_nexo([data]), "a payment nobody told")

    return read


def _terminal_of_zvt(chance: Random) -> Target:
    terminal = zvt.Terminal()
    terminal.mode = "stuck"
    line = Line(terminal, lambda said: True)
    one = Dialogue("zvt", line, chance, _as_it_is, lambda device: None)
    number = 0

    def read(data: bytes) -> None:
        nonlocal number
        number += 1
        payment = f"p{number % 3}"
        line.reads, line.lie, line.often = 0, lambda command: data, 2
        line.heard.clear()
        way = chance.random()
        events: list[Event] = []
        try:
            if way < 0.5:
                one.device.perform(RequestPayment(payment, f"S-{payment}", HUNDRED, AT))
            elif way < 0.8:
                one.device.perform(LookUpPayment(payment, f"S-{payment}"))
            else:
                one.device.perform(ReversePayment(payment, f"S-{payment}", AT))
            events += one.device.poll(0.2)
            sums = _sums_of_zvt(line.heard)
            events += one.told(data, often=2, polls=2)
            sums |= _sums_of_zvt(line.heard)
        except (DeviceError, OSError):
            one.device.close()
            terminal.power_cut()
            terminal.power_up()
            one._open()
            raise
        for event in events:
            if isinstance(event, PaymentApproved):
                because(event.taken.minor in sums, f"{event.taken}, which nobody told")

    return read


def _sums_of_nexo(heard: Sequence[bytes]) -> set[int]:
    sums: set[int] = set()
    for data in heard:
        for found in _json_objects(data):
            paid = _deep(found, "AmountsResp")
            for amounts in paid:
                try:
                    amount = Decimal(str(amounts.get("AuthorizedAmount")))
                except InvalidOperation:
                    continue
                if amount.is_finite() and amount.adjusted() < 30:
                    sums.add(int(amount * 100))
    return sums


def _json_objects(data: bytes) -> list[Any]:
    made = []
    at = 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size > 100_000:
            break
        with contextlib.suppress(ValueError, RecursionError, ArithmeticError):
            made.append(json.loads(data[at + 4 : at + 4 + size], parse_float=Decimal))
        at += 4 + size
    return made


def _deep(value: Any, name: str) -> list[Any]:
    found = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and isinstance(inner, dict):
                found.append(inner)
            found += _deep(inner, name)
    elif isinstance(value, list):
        for inner in value:
            found += _deep(inner, name)
    return found


def _nexo_answers() -> tuple[bytes, ...]:
    """What the simulated terminal says in all of its ways, as JSON without the length."""
    answers: list[bytes] = []
    for mode in ("approve", "decline", "partial", "code", "leak"):
        one = nexo.Terminal()
        line = Line(one, lambda said: False)
        settings = {**SHIPPED["driver"]["nexo"], "currency": "RUB"}
        device = driver_of("nexo")(
            DEVICE, settings, start=1, connect=lambda line=line: line, monotonic=lambda: 0.0
        )
        feed = one.feed

        def heard(data: bytes, now_s: float, feed: Any = feed) -> bytes:
            told = feed(data, now_s)
            answers.append(told[4:])
            return told

        one.feed = heard  # type: ignore[method-assign]
        one.mode = mode  # type: ignore[assignment]
        device.open()
        device.perform(RequestPayment("p1", "S-p1", HUNDRED, AT))
        answers.append(one.tick(200.0)[4:])
        device.perform(LookUpPayment("p1", "S-p1"))
    for text in ("1e999990", "1e" + "9" * 20, "-5.00", "0", '"NaN"', "1E+2", "Infinity", "9" * 30):
        answers.append(answers[2].replace(b"100.00", text.encode()))
    answers.append(b"[" * 1500)
    return tuple(answer for answer in answers if answer)


def _length_first(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _sums_of_zvt(heard: Sequence[bytes]) -> set[int]:
    sums: set[int] = set()
    waiting = bytearray(b"".join(heard))
    while found := zvt_frames.take(waiting):
        data = found[1]
        for at in range(len(data) - 6):
            if data[at] == 0x04 and data[at + 1 : at + 7].hex().isdecimal():
                sums.add(int(data[at + 1 : at + 7].hex()))
    return sums


ZVT_LIES = (
    *money.ZVT,
    money._PAID.replace(b"\x09\x78", b"\x06\x43"),
    zvt_frames.field(0x27, b"\x05"),
)
ZVT_WHOLE = tuple(
    zvt_frames.message(control, body)
    for control in (0x040F, 0x060F, 0x061E, 0x04FF, 0x8000, 0x849C, 0x8483, 0x06D1)
    for body in (*ZVT_LIES, b"\x6c")
)


def _as_it_is(command: bytes, data: bytes) -> bytes:
    return data


ATOL = tuple(
    b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (status, len(body), body)
    for status in (b"200 OK", b"201 Created", b"404 Not Found", b"409 Conflict", b"500 Oh")
    for body in (
        b'{"results":[{"status":"ready","errorCode":0,"result":{"fiscalParams":{'
        b'"fiscalDocumentNumber":7,"fiscalDocumentSign":"123","fnNumber":"999","total":100.00,'
        b'"fiscalDocumentDateTime":"2026-11-22T15:00:00+03:00","shiftNumber":1,'
        b'"fiscalReceiptNumber":2}}}]}',
        b'{"results":[{"status":"wait"}]}',
        b'{"results":[{"status":"error","error":{"code":5,"description":"no paper"}}]}',
        b'{"results":[{"status":"ready","result":{"shiftStatus":{"state":"opened","number":3}}},'
        b'{"status":"ready","result":{"deviceStatus":{"paperPresent":true}}}]}',
        b'{"error":{"code":1,"description":"no such"}}',
        b'{"version":"10.9"}',
        b"[" * 1500,
    )
)


def _atol(chance: Random) -> Target:
    line = Said()
    settings = {**SHIPPED["driver"]["atol"], "currency": "RUB"}
    now_s = [0.0]
    device = driver_of("atol")(
        DEVICE, settings, start=1, connect=lambda: line, monotonic=lambda: now_s[0]
    )
    effects = (
        LookUpFiscal("u-1", "fiscal:1", 1),
        PrintFiscal("u-1", "fiscal:1", 1, False, True, (("cash", HUNDRED),)),
        AskFiscalStatus(),
        CloseFiscalShift(),
    )

    def read(data: bytes) -> None:
        device.perform(effects[int(chance.random() * len(effects))])
        events: list[Event] = []
        try:
            for _ in range(2):
                now_s[0] += 1.0
                line.give(data)
                events += device.poll(0.2)
        finally:
            device.close()
        for event in events:
            if isinstance(event, FiscalConfirmed):
                because(b"fiscalDocumentNumber" in data, "a document that nobody told")

    return read


PARSERS = (
    Parser("nexo", "nexo messages, the driver on a line", _nexo_answers(), _nexo, ERRORS,
           _length_first, "a payment that was not told"),
    Parser("zvt_driver", "ZVT, its driver on a line", ZVT_WHOLE, _terminal_of_zvt, ERRORS,
           oracle="a payment that was not told"),
    Parser("atol", "answers of a fiscal device's server", ATOL, _atol, ERRORS,
           oracle="a document that was not told"),
)  # fmt: skip
