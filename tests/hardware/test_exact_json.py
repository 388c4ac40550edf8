"""What a device's JSON may be, and sums that none of it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import RequestPayment
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import exact_json, nexo
from kiosk.hardware.peers.nexo import Terminal
from kiosk.hardware.transport import MemoryLine

RUB = CURRENCIES["RUB"]


BEYOND = b"1e" + b"9" * 20


@pytest.mark.parametrize("wrong", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, BEYOND])
def test_what_is_no_json_is_a_value_error(wrong: bytes) -> None:
    with pytest.raises(ValueError):
        exact_json.decode(wrong)


@pytest.mark.parametrize(
    ("told", "minor"),
    [
        (Decimal("12.50"), 1250),
        ("12.50", 1250),
        (12, 1200),
        (Decimal("-1"), -100),
        (Decimal("1E+2"), 10_000),
        (Decimal("12.505"), None),
        (True, None),
        (1.5, None),
        (None, None),
        ("NaN", None),
        ("Infinity", None),
        (Decimal("1E+999990"), None),
        (Decimal("1E+999999999"), None),
        (10**17, None),
    ],
)
def test_a_sum_is_exact_and_one_that_somebody_may_pay(told: object, minor: int | None) -> None:
    money = exact_json.money(told, RUB)
    assert (money and money.minor) == minor


def test_a_terminal_that_took_nothing_has_not_approved() -> None:
    now = [100.0]
    terminal = Terminal()
    terminal.mode = "partial"

    def line() -> MemoryLine:
        return MemoryLine(terminal, lambda: now[0], lambda s: now.__setitem__(0, now[0] + s))

    options = {"currency": "RUB", "sale_id": "A", "poi_id": "B", "answer_s": 10, "login": True}
    device = nexo.PaymentTerminal(DeviceId("t"), options, start=1, connect=line)
    device.open()
    device.perform(RequestPayment("p1", "S-1", Money(1, RUB), "2026-11-22T15:00:00Z"))
    with pytest.raises(DeviceError, match="no sum that we know"):
        for _ in range(20):
            assert device.poll(0.2) == []
