"""The ZVT driver against a terminal that says, byte by byte, what each test lets it say."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    CancelPayment,
    Effect,
    Event,
    LookUpPayment,
    PaymentAbsent,
    PaymentApproved,
    PaymentDeclined,
    PaymentReversed,
    PaymentUnderWay,
    RequestPayment,
    ReversePayment,
    StackNote,
)
from kiosk.core.money import CURRENCIES, Money
from kiosk.hardware import zvt_words
from kiosk.hardware.device import Options
from kiosk.hardware.zvt import WAITING_MAX, PaymentTerminal
from kiosk.hardware.zvt_last import EARLY_S, LATE_S, Asked
from tests.hardware.cards import card_numbers

TERMINAL = DeviceId("terminal")
EUR = CURRENCIES["EUR"]
AT = "2026-11-22T15:00:00.000000Z"
ACK = "80 00 00"
DONE = "06 0F 00"
LAST = "06 20 05 00 00 00 03 03"
NONE_THERE = "84 83 00"
PAY = "06 01 0A 04 00 00 00 00 50 00 49 09 78"
OLD = "27 00 04 000000002040 49 0978 87 0470 0B 000470 29 28004869"
PAID = (
    "27 00 04 000000005000 49 0978 87 0471 0B 000471 29 28004869 22 F0F8 EEEEEEEEEEEE4771"
    " 8A 2E 8B F1F7 4465626974204D61737465726361726400"
)
APPROVED = PaymentApproved(
    *(TERMINAL, "p1", Money(5000, EUR), "4771", "28004869/0471/000471", "Debit Mastercard"),
    tender="bank_card",
)
REQUEST = RequestPayment("p1", "S-p1", Money(5000, EUR), AT)
LOOK = LookUpPayment("p1", "S-p1")
CANCEL = CancelPayment("p1", "S-p1")
REVERSE = ReversePayment("p1", "S-p1", AT)


def packed(told: str) -> bytes:
    return bytes.fromhex("".join(told.split()))


def status(fields: str) -> str:
    return f"04 0F {len(packed(fields)):02X} {fields}"


class Line:
    """A cable whose far end is the test."""

    def __init__(self) -> None:
        self.sent: deque[bytes] = deque()
        self.said = b""
        self.now_s = 100.0

    def read(self, limit: int, timeout_s: float) -> bytes:
        if not self.said:
            self.now_s += timeout_s
        told, self.said = self.said[:limit], self.said[limit:]
        return told

    def write(self, data: bytes, timeout_s: float = 0.0) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.sent.clear()
        self.said = b""


class Bench:
    def __init__(self, options: Options) -> None:
        self.line = Line()
        self.options = {**options, "currency": "EUR"}
        self.driver = self.made()

    def made(self) -> PaymentTerminal:
        return PaymentTerminal(
            TERMINAL,
            self.options,
            start=1,
            connect=lambda: self.line,
            monotonic=lambda: self.line.now_s,
        )

    def registers(self, completion: str = "06 0F 08 29 28004869 49 0978") -> str:
        self.driver.close()
        self.line.said = packed(f"{ACK} {completion}")
        return self.driver.open()

    def opened(self) -> Bench:
        self.registers()
        self.line.sent.clear()
        return self

    def again(self) -> None:
        """The kiosk dies and starts again."""
        self.driver.close()
        self.driver = self.made()
        self.opened()

    def does(self, *effects: Effect) -> list[Event]:
        for effect in effects:
            self.driver.perform(effect)
        return self.hears()

    def hears(self, *told: str) -> list[Event]:
        self.line.said += packed(" ".join(told))
        events = list(self.driver.poll(0.2))
        while self.line.said:
            events += self.driver.poll(0.2)
        return events + list(self.driver.poll(0.0))

    def sends(self, *expected: str) -> None:
        assert [data.hex(" ").upper() for data in self.line.sent] == [
            packed(one).hex(" ").upper() for one in expected
        ]
        self.line.sent.clear()

    def asked(self, mark: str = OLD) -> Bench:
        """Up to the point where the terminal has taken a payment."""
        self.opened()
        self.does(REQUEST)
        self.hears(ACK, status(mark), DONE)
        self.hears(ACK)
        self.line.sent.clear()
        return self


@pytest.fixture
def bench(defaults: Callable[[str], Options]) -> Bench:
    return Bench(defaults("zvt"))


# --- greeting ----------------------------------------------------------------------------------


def test_it_registers_and_says_what_nobody_has_verified(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    assert bench.registers() == "ZVT 28004869 (not verified on a device)"
    bench.sends("06 00 06 00 00 00 18 09 78", ACK)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert all(what in record.message for what in zvt_words.NOT_VERIFIED)


def test_what_nobody_has_verified_is_on_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs/devices.md").read_text("utf-8")
    missing = [what for what in zvt_words.NOT_VERIFIED if f"| zvt: {what} |" not in page]
    assert missing == []


def test_another_password_and_no_menu(defaults: Callable[[str], Options]) -> None:
    bench = Bench({**defaults("zvt"), "password": "123456", "menu_by_hand": False})
    bench.registers()
    bench.sends("06 00 06 12 34 56 38 09 78", ACK)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("84 9C 00", "is busy"),
        ("84 6F 00", r"refuses to be registered \(6F\)"),
        ("80 00 00 06 1E 01 6F", r"refuses to be registered \(6F\)"),
        ("80 00 00 06 0F 03 49 08 40", "takes no EUR"),
        ("48 54 54 50", "not understood"),
        ("", "does not answer"),
    ],
)
def test_a_terminal_that_does_not_register_is_not_there(bench: Bench, told: str, why: str) -> None:
    bench.line.said = packed(told)
    with pytest.raises(DeviceError, match=why):
        bench.driver.open()


def test_a_completion_that_is_not_read_is_no_matter(bench: Bench) -> None:
    assert bench.registers("06 0F 02 29 28") == "ZVT (not verified on a device)"


@pytest.mark.parametrize("password", ["12345", "1234567", "12345a", "", "١٢٣٤٥٦"])
def test_a_password_that_is_none_is_told(bench: Bench, password: str) -> None:
    bench.options["password"] = password
    bench.options["currency"] = "XXX"
    with pytest.raises(ConfigError) as raised:
        bench.made()
    assert len(raised.value.mistakes) == 2


def test_every_currency_has_its_number() -> None:
    assert set(zvt_words.CURRENCIES) == set(CURRENCIES)


# --- a payment ---------------------------------------------------------------------------------


def test_a_payment_to_the_byte(bench: Bench) -> None:
    bench.opened()
    assert bench.does(REQUEST) == []
    bench.sends(LAST)
    assert bench.hears(ACK, status(OLD), DONE) == []
    bench.sends(ACK, ACK, PAY)
    assert bench.hears(ACK, "04 FF 01 0A", "04 FF 02 17 00", status(PAID)) == []
    bench.sends(ACK, ACK, ACK)
    assert bench.hears(DONE) == [APPROVED]
    bench.sends(ACK)
    assert bench.does(LOOK) == [APPROVED]
    bench.sends()


def test_frames_come_in_pieces(bench: Bench) -> None:
    bench.asked()
    events = []
    for byte in packed(f"04 FF 01 0A {status(PAID)} {DONE}"):
        bench.line.said = bytes([byte])
        events += bench.driver.poll(0.2)
    assert events + list(bench.driver.poll(0.0)) == [APPROVED]


def test_nothing_is_printed_and_nothing_else_is_done_for_the_terminal(bench: Bench) -> None:
    bench.asked()
    bench.hears("06 D1 03 00 41 42", "06 D3 02 06 00", "04 01 00", "06 E0 00", "05 FF 00")
    bench.sends(ACK, ACK, ACK, "84 83 00", "84 83 00")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([status("27 05"), "06 1E 01 05"], "refused"),
        ([status("27 05"), DONE], "refused"),
        ([status("27 6C"), "06 1E 01 6C"], "cancelled"),
        (["06 1E 01 6C"], "cancelled"),
        (["06 1E 00"], "failed"),
        ([status("27 FF"), "06 1E 01 FF"], "failed"),
    ],
)
def test_B01_what_was_not_charged_is_declined(bench: Bench, told: list[str], reason: str) -> None:
    (event,) = bench.asked().hears(*told)
    assert isinstance(event, PaymentDeclined)
    assert event.reason == reason


@pytest.mark.parametrize(("code", "reason"), [("9C", "busy"), ("A0", "busy"), ("83", "failed")])
def test_a_payment_that_is_not_taken_is_declined(bench: Bench, code: str, reason: str) -> None:
    bench.opened().does(REQUEST)
    bench.hears(NONE_THERE)
    (event,) = bench.hears(f"84 {code} 00")
    assert isinstance(event, PaymentDeclined)
    assert event.reason == reason


def test_a_terminal_that_is_at_something_else_is_not_asked(bench: Bench) -> None:
    bench.opened().does(REQUEST)
    assert bench.hears("84 9C 00") == [PaymentDeclined(TERMINAL, "p1", "busy")]
    bench.sends(LAST)


@pytest.mark.parametrize("what", ["mark", "pay", "waits"])
def test_a_second_payment_at_the_same_time_is_declined(bench: Bench, what: str) -> None:
    bench.opened()
    second = RequestPayment("p2", "S-p2", Money(100, EUR), AT)
    if what == "waits":
        bench.driver.perform(REQUEST)
    elif what == "mark":
        bench.does(REQUEST)
    else:
        bench.asked()
    assert bench.does(second) == [PaymentDeclined(TERMINAL, "p2", "busy")]


def test_nothing_is_asked_for_twice_under_one_name(bench: Bench) -> None:
    bench.asked().hears(status(PAID), DONE)
    bench.line.sent.clear()
    assert bench.does(REQUEST) == [APPROVED]
    bench.sends()


@pytest.mark.parametrize(
    "amount", [Money(5000, CURRENCIES["RUB"]), Money(0, EUR), Money(10**12, EUR)]
)
def test_what_cannot_be_asked_for_is_declined(bench: Bench, amount: Money) -> None:
    told = bench.opened().does(replace(REQUEST, amount=amount))
    assert told == [PaymentDeclined(TERMINAL, "p1", "failed")]
    bench.sends()


def test_what_was_taken_is_told_as_the_terminal_says_it(bench: Bench) -> None:
    (event,) = bench.asked().hears(status(PAID.replace("5000", "2500")), DONE)
    assert isinstance(event, PaymentApproved)
    assert event.taken == Money(2500, EUR)


@pytest.mark.parametrize(
    ("told", "tender"),
    [
        ("8A 06", "bank_card"),
        ("8A 61", "qr"),
        ("06 04 41 02 0105", "qr"),
        ("8B F0F9 424C5545434F444500", "qr"),
        ("8B F0F5 5649534100", ""),
        ("", ""),
    ],
)
def test_what_was_paid_with(bench: Bench, told: str, tender: str) -> None:
    (event,) = bench.asked().hears(status(f"27 00 04 000000005000 87 0471 {told}"), DONE)
    assert isinstance(event, PaymentApproved)
    assert event.tender == tender


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (status("27 00 87 0471"), "no sum"),
        (status(PAID.replace("0978", "0840")), "no sum"),
        (status("27 00 04 00000000"), "not understood"),
        (DONE, "how a payment ended"),
        (status("04 000000005000") + DONE, "how a payment ended"),
        (status(PAID) + "06 1E 01 66", "how a payment ended"),
        ("06 1E 01 00", "how a payment ended"),
        ("06 01 FF FF FF" + "00" * 0xFFFF + "00", "not understood"),
    ],
)
def test_what_is_not_clear_ends_the_connection_and_is_looked_for(
    bench: Bench, told: str, why: str
) -> None:
    with pytest.raises(DeviceError, match=why):
        bench.asked().hears(told)
    assert bench.opened().does(LOOK) == []
    bench.sends(LAST)


def test_a_status_that_is_not_understood_is_not_acknowledged(bench: Bench) -> None:
    """The terminal takes back what nobody took."""
    with pytest.raises(DeviceError):
        bench.asked().hears(status("27 00 87 0471"))
    bench.sends()


# --- stopping ----------------------------------------------------------------------------------


def test_a_payment_that_only_waits_is_stopped_without_a_word(bench: Bench) -> None:
    bench.opened()
    assert bench.does(REQUEST, CANCEL) == [PaymentDeclined(TERMINAL, "p1", "cancelled")]
    bench.sends()
    assert bench.does(LOOK) == [PaymentDeclined(TERMINAL, "p1", "cancelled")]


def test_a_payment_is_stopped_before_the_terminal_is_asked_for_it(bench: Bench) -> None:
    bench.opened().does(REQUEST)
    assert bench.does(CANCEL) == [PaymentDeclined(TERMINAL, "p1", "cancelled")]
    assert bench.hears(ACK, status(OLD), DONE) == []
    bench.sends(LAST, ACK, ACK)


def test_an_abort_ends_what_waits_for_a_card(bench: Bench) -> None:
    bench.asked().does(CANCEL)
    bench.sends("06 B0 00")
    told = bench.hears(ACK, status("27 6C"), "06 1E 01 6C")
    assert told == [PaymentDeclined(TERMINAL, "p1", "cancelled")]
    assert bench.does(CANCEL) == []
    bench.sends(ACK, ACK)


def test_an_abort_that_comes_too_late_ends_nothing(bench: Bench) -> None:
    bench.asked().does(CANCEL)
    assert bench.hears("84 83 00", status(PAID), DONE) == [APPROVED]


# --- a lost line -------------------------------------------------------------------------------


def lost(bench: Bench, mark: str = OLD) -> None:
    """The line goes while the terminal is at a payment, and is there again."""
    bench.asked(mark).opened()
    assert bench.does(LOOK) == []
    bench.sends(LAST)


def test_B02_a_newer_transaction_of_that_sum_is_ours(bench: Bench) -> None:
    lost(bench)
    assert bench.hears(ACK, status(PAID), DONE) == [APPROVED]
    assert bench.does(LOOK) == [APPROVED]
    bench.sends(ACK, ACK)


def test_B02_the_first_transaction_ever_is_ours(bench: Bench) -> None:
    bench.opened().does(REQUEST)
    bench.hears(NONE_THERE)
    bench.opened().does(LOOK)
    assert bench.hears(ACK, status(PAID), DONE) == [APPROVED]


@pytest.mark.parametrize(
    "last",
    [
        OLD,
        OLD.replace("2040", "5000"),
        PAID.replace("0471", "0470"),  # the same receipt
        PAID.replace("000471", "000470"),  # the same message to the bank
        PAID.replace("5000", "5001"),
        PAID.replace("0978", "0840"),
        PAID.replace("87 0471", ""),
        "04 000000005000 87 0471",
        "27 00 87 0471",
        "27 6C 87 0470",
        PAID + " 37 000471",  # it went back by itself
    ],
)
def test_B02_anything_else_is_for_staff(bench: Bench, last: str) -> None:
    lost(bench, OLD.replace("2040", "5000"))
    assert bench.hears(ACK, status(last), DONE) == [PaymentAbsent(TERMINAL, "p1")]


@pytest.mark.parametrize("told", [NONE_THERE, f"{ACK} {DONE}", f"{ACK} 06 1E 01 83"])
def test_B02_a_terminal_that_cannot_tell_leaves_it_to_staff(bench: Bench, told: str) -> None:
    lost(bench)
    assert bench.hears(told) == [PaymentAbsent(TERMINAL, "p1")]


def test_B02_a_newer_transaction_that_failed_was_not_charged(bench: Bench) -> None:
    lost(bench)
    told = bench.hears(ACK, status("27 05 87 0471 0B 000471"), DONE)
    assert told == [PaymentDeclined(TERMINAL, "p1", "refused")]


def test_B02_terminals_that_count_no_messages_are_told_apart_by_receipts(bench: Bench) -> None:
    """Captured ones have a trace of 000000 (Portalum.Zvt)."""
    lost(bench, OLD.replace("0B 000470", "0B 000000"))
    told = bench.hears(ACK, status(PAID.replace("0B 000471", "0B 000000")), DONE)
    assert told == [replace(APPROVED, reference="28004869/0471/000000")]


@pytest.mark.parametrize("last", [PAID, "27 05 87 0471 0B 000471"])
def test_B02_where_what_was_before_is_not_known_staff_decide(bench: Bench, last: str) -> None:
    bench.opened().does(REQUEST)
    bench.hears("84 B1 00", ACK)
    bench.opened()
    bench.does(LOOK)
    assert bench.hears(ACK, status(last), DONE) == [PaymentAbsent(TERMINAL, "p1")]


def test_B02_a_failure_that_may_be_of_another_is_none_of_ours(bench: Bench) -> None:
    bench.opened().does(REQUEST)
    bench.hears("84 B1 00", ACK)
    bench.opened()
    bench.does(replace(LOOK, amount=REQUEST.amount, at=AT))
    told = bench.hears(ACK, status(f"27 05 87 0471 {local(AT)}"), DONE)
    assert told == [PaymentAbsent(TERMINAL, "p1")]


@pytest.mark.parametrize("code", ["9C", "A0"])
def test_B02_a_terminal_that_is_still_at_it_says_so(bench: Bench, code: str) -> None:
    lost(bench)
    assert bench.hears(f"84 {code} 00") == [PaymentUnderWay(TERMINAL, "p1")]
    assert bench.does(LOOK) == []
    bench.sends(LAST)


def test_B02_what_was_never_sent_was_not_charged(bench: Bench) -> None:
    bench.opened().does(REQUEST)
    bench.opened()
    assert bench.does(LOOK) == [PaymentDeclined(TERMINAL, "p1", "failed")]
    bench.sends()


def test_B02_a_terminal_that_falls_silent_is_gone(bench: Bench) -> None:
    bench.opened().does(REQUEST)
    bench.hears(NONE_THERE)
    with pytest.raises(DeviceError, match="does not answer"):
        for _ in range(60):
            bench.driver.poll(0.2)


def test_a_guest_may_take_time(bench: Bench) -> None:
    bench.asked()
    for _ in range(600):
        assert not bench.driver.poll(0.2)
    assert bench.hears(status(PAID), DONE) == [APPROVED]


# --- a look-up while the line stands -----------------------------------------------------------


def test_a_look_at_what_is_under_way_says_so_and_loses_nothing(bench: Bench) -> None:
    bench.asked().does(LOOK)
    bench.sends(LAST)
    assert bench.hears("84 9C 00") == [PaymentUnderWay(TERMINAL, "p1")]
    assert bench.hears(status(PAID), DONE) == [APPROVED]


def test_nothing_is_asked_before_the_payment_is_acknowledged(bench: Bench) -> None:
    bench.opened().does(REQUEST, LOOK)
    bench.hears(NONE_THERE)
    bench.sends(LAST, PAY)
    assert bench.hears(ACK) == []
    bench.sends(LAST)


def test_a_terminal_without_a_last_transaction_is_waited_for(bench: Bench) -> None:
    bench.asked().does(LOOK)
    assert bench.hears(NONE_THERE) == [PaymentUnderWay(TERMINAL, "p1")]
    assert bench.hears(status(PAID), DONE) == [APPROVED]


def test_an_end_that_was_lost_is_found_while_the_line_stands(bench: Bench) -> None:
    bench.asked().does(LOOK)
    assert bench.hears(ACK, status(PAID), DONE) == [APPROVED]
    assert bench.does(replace(REQUEST, payment="p2", service="S-p2")) == []


def test_an_end_that_crosses_the_question_is_told_once(bench: Bench) -> None:
    bench.asked().does(LOOK)
    assert bench.hears(status(PAID), DONE) == [APPROVED]
    assert bench.hears(ACK, status(PAID), DONE) == []


def test_what_is_charged_after_all_is_told_however_late(bench: Bench) -> None:
    bench.asked().does(LOOK)
    assert bench.hears(ACK, status(OLD), DONE) == [PaymentAbsent(TERMINAL, "p1")]
    assert bench.hears(status(PAID), DONE) == [APPROVED]


def test_a_terminal_that_answers_is_not_at_a_payment_any_more(bench: Bench) -> None:
    bench.asked().does(LOOK)
    bench.hears(ACK, status(OLD), DONE)
    bench.line.sent.clear()
    assert bench.does(CANCEL) == []
    bench.sends()
    assert bench.does(replace(REQUEST, payment="p2", service="S-p2")) == []
    bench.sends(LAST)
    bench.hears(ACK, status(OLD), DONE)
    bench.sends(ACK, ACK, PAY)


def test_an_older_transaction_is_never_taken_for_ours(bench: Bench) -> None:
    """A terminal that answers a question without taking it first."""
    bench.asked(OLD.replace("2040", "5000")).does(LOOK)
    with pytest.raises(DeviceError, match="older"):
        bench.hears(status(OLD.replace("2040", "5000")))


# --- a restart ---------------------------------------------------------------------------------


def local(moment: str) -> str:
    """When it was on the terminal's clock: time and date, as fields."""
    at = datetime.fromisoformat(moment).astimezone()
    return at.strftime("0C %H%M%S 0D %m%d")


def looks(bench: Bench, last: str, **known: object) -> Event:
    bench.asked().again()
    looked = {"amount": REQUEST.amount, "at": AT, "booked": ("28004869/0470/000470",), **known}
    assert bench.does(replace(LOOK, **looked)) == []
    (event,) = bench.hears(ACK, status(last), DONE)
    return event


@pytest.mark.parametrize(
    "moment", ["2026-11-22T14:59:00Z", "2026-11-22T15:00:30Z", "2026-11-22T15:15:00Z"]
)
def test_after_a_restart_what_is_not_on_the_books_is_ours(bench: Bench, moment: str) -> None:
    assert looks(bench, f"{PAID} {local(moment)}") == APPROVED


def test_a_day_that_not_every_year_has(bench: Bench) -> None:
    last = f"{PAID} {local('2028-02-29T12:00:30+00:00')}"
    assert looks(bench, last, at="2028-02-29T12:00:00+00:00") == APPROVED


def test_a_year_may_begin_in_between(bench: Bench) -> None:
    last = f"{PAID} {local('2027-01-01T00:00:30+00:00')}"
    assert looks(bench, last, at="2026-12-31T23:59:50+00:00") == APPROVED


@pytest.mark.parametrize(
    ("last", "known"),
    [
        (f"{PAID} {local('2026-11-22T14:58:59Z')}", {}),
        (f"{PAID} {local('2026-11-22T15:15:01Z')}", {}),
        (PAID, {}),
        (f"{PAID} 0C 250000 0D 1122", {}),
        (f"{PAID} {local(AT)}", {"booked": ("28004869/0471/000471",)}),
        (f"{PAID} {local(AT)}", {"amount": Money(4000, EUR)}),
        (f"{PAID} {local(AT)}", {"amount": Money(5000, CURRENCIES["RUB"])}),
        (f"{PAID} {local(AT)}", {"amount": None}),
        (f"{PAID} {local(AT)}", {"at": ""}),
        (f"{PAID} {local(AT)}", {"at": "yesterday"}),
        (f"27 05 87 0471 {local(AT)}", {}),
    ],
)
def test_after_a_restart_anything_else_is_for_staff(
    bench: Bench, last: str, known: dict[str, object]
) -> None:
    assert looks(bench, last, **known) == PaymentAbsent(TERMINAL, "p1")


def test_the_window_is_what_the_tests_say() -> None:
    assert (EARLY_S, LATE_S) == (60, 900)


def test_where_the_last_transaction_is_not_asked_for_staff_decide(
    defaults: Callable[[str], Options],
) -> None:
    bench = Bench({**defaults("zvt"), "last_transaction": False}).opened()
    assert bench.does(REQUEST) == []
    bench.sends(PAY)
    bench.hears(ACK)
    assert bench.does(LOOK) == [PaymentUnderWay(TERMINAL, "p1")]
    bench.opened()
    assert bench.does(LOOK) == [PaymentAbsent(TERMINAL, "p1")]
    bench.sends()


# --- giving back -------------------------------------------------------------------------------

REVERSAL = "06 30 06 00 00 00 87 04 71"


def test_a_charge_goes_back_by_its_receipt_and_once(bench: Bench) -> None:
    bench.asked().hears(status(PAID), DONE)
    bench.line.sent.clear()
    assert bench.does(REVERSE) == []
    bench.sends(REVERSAL)
    told = bench.hears(ACK, "04 FF 01 0E", status("27 00 04 000000005000 87 0472"), DONE)
    assert told == [PaymentReversed(TERMINAL, "p1", True)]
    bench.does(REVERSE)
    told = bench.hears(ACK, status("27 B4"), "06 1E 01 B4")
    assert told == [PaymentReversed(TERMINAL, "p1", False, "reversed before")]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("84 9C 00", "result 9C"),
        (f"{ACK} 06 1E 01 B5", "result B5"),
        (f"{ACK} 04 0F 02 27 B5 06 0F 00", "result B5"),
    ],
)
def test_what_the_terminal_does_not_give_back_is_told(bench: Bench, told: str, reason: str) -> None:
    bench.asked().hears(status(PAID), DONE)
    bench.does(REVERSE)
    assert bench.hears(told) == [PaymentReversed(TERMINAL, "p1", False, reason)]


def test_a_bank_may_take_time_to_give_money_back(bench: Bench) -> None:
    bench.asked().hears(status(PAID), DONE)
    bench.does(REVERSE)
    bench.hears(ACK)
    for _ in range(400):
        assert not bench.driver.poll(0.2)
    assert bench.hears(status("27 00"), DONE) == [PaymentReversed(TERMINAL, "p1", True)]
    bench.does(REVERSE)
    with pytest.raises(DeviceError, match="does not answer"):
        for _ in range(460):
            bench.driver.poll(0.2)


def test_a_reversal_that_tells_nothing_is_no_success(bench: Bench) -> None:
    bench.asked().hears(status(PAID), DONE)
    bench.does(REVERSE)
    with pytest.raises(DeviceError, match="gave money back"):
        bench.hears(ACK, DONE)


def test_after_a_restart_the_books_know_the_receipt(bench: Bench) -> None:
    bench.opened().does(replace(REVERSE, reference=APPROVED.reference))
    bench.sends(REVERSAL)


@pytest.mark.parametrize("reference", ["", "28004869/471/1", "x", "1/٠٤٧١/3"])
def test_what_nobody_knows_is_not_reversed(bench: Bench, reference: str) -> None:
    told = bench.opened().does(replace(REVERSE, reference=reference))
    assert told == [PaymentReversed(TERMINAL, "p1", False, "unknown")]
    bench.sends()


def test_what_was_declined_is_not_reversed(bench: Bench) -> None:
    bench.asked().hears("06 1E 01 6C")
    bench.line.sent.clear()
    assert bench.does(REVERSE) == [PaymentReversed(TERMINAL, "p1", False, "not charged")]
    bench.sends()


@pytest.mark.parametrize(("last", "sent"), [(PAID, [ACK, ACK, REVERSAL]), (OLD, [ACK, ACK])])
def test_what_was_lost_is_looked_for_before_it_is_reversed(
    bench: Bench, last: str, sent: list[str]
) -> None:
    bench.asked().opened()
    bench.does(REVERSE)
    bench.sends(LAST)
    told = bench.hears(ACK, status(last), DONE)
    bench.sends(*sent)
    assert told == ([] if last is PAID else [PaymentReversed(TERMINAL, "p1", False, "not charged")])


def test_nothing_is_reversed_while_another_pays(bench: Bench) -> None:
    bench.asked()
    assert bench.does(replace(REVERSE, service="S-p0", reference="1/0001/2")) == []
    bench.sends()
    bench.hears("06 1E 01 6C")
    bench.sends(ACK, "06 30 06 00 00 00 87 00 01")


# --- whatever comes ----------------------------------------------------------------------------


def test_PCI_no_number_of_a_card_leaves_the_driver(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leak = PAID.replace("EEEEEEEEEEEE4771", "4111111111111111")
    leak = leak.replace("4465626974204D617374657263617264", "34313131313131313131313131313131")
    (told,) = bench.asked().hears(status(leak), DONE)
    kept = repr(vars(bench.driver)) + repr(told) + caplog.text
    assert card_numbers(kept) == []
    assert isinstance(told, PaymentApproved)
    assert (told.masked, told.brand) == ("1111", "…1111")


def test_too_many_questions_end_the_connection(bench: Bench) -> None:
    bench.opened()
    for _ in range(WAITING_MAX):
        bench.driver.perform(LOOK)
    with pytest.raises(DeviceError, match="wait"):
        bench.driver.perform(LOOK)


def test_it_remembers_no_more_payments_than_it_must(bench: Bench) -> None:
    bench.opened()
    for number in range(2 * WAITING_MAX):
        bench.does(replace(REQUEST, service=f"S{number}"))
        bench.hears("84 9C 00")
    known: dict[str, Asked] = vars(bench.driver)["_known"]
    assert len(known) == WAITING_MAX


def test_an_effect_for_somebody_else_is_a_mistake(bench: Bench) -> None:
    with pytest.raises(TypeError):
        bench.opened().driver.perform(StackNote("acceptor/1/1"))


SAID = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [ACK, DONE, NONE_THERE, "84 9C 00", status(PAID), status(OLD), "06 1E 01 6C"]
    ).map(packed),
)
DONE_TO_IT = st.sampled_from([REQUEST, LOOK, CANCEL, REVERSE])


@given(st.lists(st.one_of(SAID, DONE_TO_IT), max_size=20))
def test_whatever_is_said_only_our_errors_come_out_and_a_payment_is_charged_once(
    defaults: Callable[[str], Options], steps: list[bytes | Effect]
) -> None:
    bench = Bench(defaults("zvt")).opened()
    events: list[Event] = []
    sent = 0
    for step in steps:
        try:
            if isinstance(step, bytes):
                bench.line.said += step
            else:
                bench.driver.perform(step)
            events += bench.driver.poll(0.2)
            events += bench.driver.poll(0.2)
        except DeviceError:
            sent += sum(data[:2] == b"\x06\x01" for data in bench.line.sent)
            bench.opened()
    sent += sum(data[:2] == b"\x06\x01" for data in bench.line.sent)
    assert sent <= 1
    if any(isinstance(e, PaymentApproved) for e in events):
        assert sent == 1
