"""What the payment terminal and the fiscal device left open, and what staff decide about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kiosk.core.desk import forms
from kiosk.core.desk.cash_home import CashPage, open_home, wrong
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.till import REASON
from kiosk.core.errors import Refused
from kiosk.core.fiscal import (
    FiscalStep,
    NextFiscal,
    RecordFiscal,
    WaitingFiscal,
    WaitingFiscalDocument,
)
from kiosk.core.fiscal_shifts import CurrentFiscalShift, FiscalShift
from kiosk.core.terminal_payments import (
    GetTerminalPayment,
    IssuePaymentSlip,
    OpenTerminalPayments,
    RecordTerminalPayment,
    TerminalPayment,
)

ROWS_MAX = 50
NUMBER_MAX = 32


@dataclass(frozen=True)
class PaymentList(CashPage):
    """The payments at the terminal of which nobody knows the end."""

    rows: tuple[TerminalPayment, ...]


@dataclass(frozen=True)
class PaymentPage(CashPage):
    """One of them."""

    payment: TerminalPayment
    form: Form


@dataclass(frozen=True)
class FiscalList(CashPage):
    """What the fiscal device has still to make, its shift, and what it is asked next."""

    rows: tuple[WaitingFiscalDocument, ...]
    shift: FiscalShift | None
    next: FiscalStep | None


@dataclass(frozen=True)
class FiscalPage(CashPage):
    """A document that the device did not confirm: staff look at its paper."""

    row: WaitingFiscalDocument
    form: Form


# --- the terminal ------------------------------------------------------------------------------


def open_payments(at: At) -> Page:
    """The list of payments."""
    return PaymentList(at.ask(OpenTerminalPayments())[:ROWS_MAX])


def open_payment(at: At, name: str) -> Page:
    """One payment; the list where it is decided already."""
    payment = at.ask(GetTerminalPayment(name))
    if payment is None or all(row.id != name for row in at.ask(OpenTerminalPayments())):
        return open_payments(at)
    return PaymentPage(payment, forms.form(REASON, at=""))


def _payments(at: At, page: PaymentList, name: str, argument: str) -> Page:
    if name == "payment":
        return open_payment(at, argument)
    return open_home(at) if name == "back" else page


def _payment(at: At, page: PaymentPage, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return open_payments(at)
        case "approved" | "declined":
            command = RecordTerminalPayment(page.payment.id, name, reason=page.form["reason"])
            done = at.do(command)
            if isinstance(done, Refused):
                return wrong(at, page, done, "reason" if done.key == "err.reason_missing" else "")
            at.say(f"desk.cash.payment_{name}", amount=page.payment.value)
            return open_payments(at)
        case "payment_slip":
            if not isinstance(at.do(IssuePaymentSlip(page.payment.id, at.language)), Refused):
                at.say("desk.cash.payment_slip_printed")
            return page
        case _:
            return page


def _fresh_payments(at: At, page: PaymentList) -> Page:
    del page
    return open_payments(at)


def _fresh_payment(at: At, page: PaymentPage) -> Page:
    now = open_payment(at, page.payment.id)
    return replace(now, form=page.form) if isinstance(now, PaymentPage) else now


# --- the fiscal device -------------------------------------------------------------------------


def open_fiscal(at: At) -> Page:
    """The fiscal queue."""
    return FiscalList(at.ask(WaitingFiscal()), at.ask(CurrentFiscalShift()), at.ask(NextFiscal()))


def open_document(at: At, name: str) -> Page:
    """One document of the queue; the queue where it is confirmed already."""
    found = [row for row in at.ask(WaitingFiscal()) if row.document.id == name]
    number = Field("number", Said("desk.field.fiscal_number"), "digits", most=NUMBER_MAX)
    return FiscalPage(found[0], forms.form(number, REASON, at="")) if found else open_fiscal(at)


def _fiscal(at: At, page: FiscalList, name: str, argument: str) -> Page:
    if name == "document":
        return open_document(at, argument)
    return open_home(at) if name == "back" else page


def _document(at: At, page: FiscalPage, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    of, document = page.form, page.row.document
    match name:
        case "back":
            return open_fiscal(at)
        case "confirmed" | "absent":
            number = of["number"] if name == "confirmed" else ""
            command = RecordFiscal(document.id, document.attempts, name, number, of["reason"])
            done = at.do(command)
            if isinstance(done, Refused):
                field = {"err.reason_missing": "reason", "err.fiscal_number": "number"}
                return wrong(at, page, done, field.get(done.key, ""))
            at.say(f"desk.cash.fiscal_{name}", number=str(document.number))
            return open_fiscal(at)
        case _:
            return page


def _fresh_fiscal(at: At, page: FiscalList) -> Page:
    del page
    return open_fiscal(at)


def _fresh_document(at: At, page: FiscalPage) -> Page:
    now = open_document(at, page.row.document.id)
    return replace(now, form=page.form) if isinstance(now, FiscalPage) else now


TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    PaymentList: _payments,
    PaymentPage: _payment,
    FiscalList: _fiscal,
    FiscalPage: _document,
}
FRESH: Mapping[type[Page], Callable[[At, Any], Page]] = {
    PaymentList: _fresh_payments,
    PaymentPage: _fresh_payment,
    FiscalList: _fresh_fiscal,
    FiscalPage: _fresh_document,
}
