"""Payment terminals that speak the nexo Retailer protocol (Sale to POI, 3.1) in JSON over TCP.

A message is its length in four bytes, the high one first, and JSON in UTF-8. A payment has a name
of ours (`ServiceID`), by which the terminal is asked later what became of it. What the forms rest
on, and what was not seen on a device: docs/devices.md, "Payment terminal (nexo)".

Of what the terminal says about a card only the brand and the last four digits are kept; its
receipts, tokens and everything else are dropped, and nothing of it is logged.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from kiosk.core.clock import system_now
from kiosk.core.errors import ConfigError, DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    CancelPayment,
    DeclineReason,
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
    Role,
)
from kiosk.core.money import CURRENCIES
from kiosk.hardware import exact_json
from kiosk.hardware.card_words import without_card_numbers, word
from kiosk.hardware.device import POLL_MAX_S, Options, PaymentCapability
from kiosk.hardware.exact_json import field
from kiosk.hardware.transport import Transport

VERSION = "3.1"
LENGTH_BYTES = 4
MESSAGE_BYTES_MAX = 1_000_000
READ_BYTES = 4096
WAITING_MAX = 32
"""Messages that are not answered. The core asks for one thing after another."""

DECLINED: Mapping[str, DeclineReason] = {
    "Aborted": "cancelled",
    "Cancel": "cancelled",
    "Busy": "busy",
    "Refusal": "refused",
    "InvalidCard": "refused",
    "WrongPIN": "refused",
    "PaymentRestriction": "refused",
}
"""Error conditions of a payment, in our words; every other one is ``failed``."""


TENDERS: Mapping[str, Literal["bank_card", "qr"]] = {"Card": "bank_card", "Mobile": "qr"}
"""What a terminal says it was paid with, in our words; a card in a telephone is a card to it."""


class PaymentTerminal:
    """The driver. Options: see ``[driver.nexo]`` in default.toml.

    Raises:
        ConfigError: a currency that is not known.
    """

    role: ClassVar[Role] = "payment"
    capabilities: ClassVar[frozenset[PaymentCapability]] = frozenset(
        {"payment", "lookup", "cancel", "reversal"}
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
        self._device = device
        self._connect = connect
        self._monotonic = monotonic
        code = str(options["currency"])
        if code not in CURRENCIES:
            raise ConfigError([f'[devices.{device}] currency: no currency "{code}"'])
        self._currency = CURRENCIES[code]
        self._sale, self._poi = str(options["sale_id"]), str(options["poi_id"])
        self._answer_s = int(options["answer_s"])
        self._login = bool(options["login"])
        self._line: Transport | None = None
        self._start, self._counted = start, 0
        self._forget()

    def _forget(self) -> None:
        """What is true of one connection only."""
        self._in = bytearray()
        self._events: list[Event] = []
        self._payments: dict[str, str] = {}
        """Payments that the terminal was asked for in this connection, by its name of them."""
        self._questions: dict[str, tuple[str, Effect, float]] = {}
        """Short questions by message: what is asked about, for what, and since when."""

    # --- the contract --------------------------------------------------------------------------

    def open(self) -> str:
        """Connect and log in; the guest sees nothing. See `Device.open`."""
        self.close()
        self._line = self._connect()
        if not self._login:
            return ""
        service = self._service()
        self._send("Login", service, _login_request())
        until_s = self._monotonic() + self._answer_s
        while self._monotonic() < until_s:
            for message in self._messages(POLL_MAX_S):
                answer = field(message, "LoginResponse")
                if field(message, "MessageHeader", "ServiceID") != service or not answer:
                    continue
                if field(answer, "Response", "Result") != "Success":
                    raise DeviceError(f"{self._device}: the terminal refuses to log in")
                software = field(answer, "POISystemData", "POISoftware")
                return " ".join(
                    said
                    for name in ("ManufacturerID", "ApplicationName", "SoftwareVersion")
                    if (said := word(field(software, name)))
                )
        raise DeviceError(f"{self._device}: the terminal does not answer")

    def poll(self, timeout_s: float) -> Sequence[Event]:
        """Hear the terminal. See `Device.poll`."""
        for message in self._messages(min(timeout_s, POLL_MAX_S)):
            self._take(message)
        now_s = self._monotonic()
        if any(now_s - since_s > self._answer_s for _, _, since_s in self._questions.values()):
            raise DeviceError(f"{self._device}: the terminal does not answer")
        events, self._events = self._events, []
        return events

    def perform(self, effect: Effect) -> None:
        """Send a message. See `Device.perform`."""
        if len(self._payments) + len(self._questions) >= WAITING_MAX:
            raise DeviceError(f"{self._device}: more than {WAITING_MAX} messages wait")
        match effect:
            case RequestPayment():
                self._payments[effect.service] = effect.payment
                self._send("Payment", effect.service, _payment_request(effect))
            case LookUpPayment() | ReversePayment():
                # What is to be reversed is looked up first: the terminal's own name of it is not
                # kept anywhere, and what was never charged is not reversed.
                self._look_up(effect)
            case CancelPayment():
                # Unanswered: the payment itself is, as aborted.
                request = {"AbortRequest": _reference(effect.service, AbortReason="MerchantAbort")}
                self._send("Abort", self._service(), request)
            case _:
                raise TypeError(f"an effect of type {type(effect).__name__} is not for a terminal")

    def close(self) -> None:
        """See `Device.close`."""
        if self._line is not None:
            self._line.close()
        self._line = None
        self._forget()

    # --- asking --------------------------------------------------------------------------------

    def _service(self) -> str:
        """A name for a message of ours that is no payment; ten characters at most."""
        self._counted += 1
        return f"{self._start % 10_000}-{self._counted % 100_000}"

    def _look_up(self, effect: LookUpPayment | ReversePayment) -> None:
        service = self._service()
        self._questions[service] = ("TransactionStatus", effect, self._monotonic())
        request = _reference(effect.service, ReceiptReprintFlag=False)
        self._send("TransactionStatus", service, {"TransactionStatusRequest": request})

    def _reverse(self, effect: ReversePayment, transaction: object) -> None:
        service = self._service()
        self._questions[service] = ("Reversal", effect, self._monotonic())
        request = {
            "SaleData": {
                "SaleTransactionID": {"TransactionID": effect.payment, "TimeStamp": effect.at}
            },
            "OriginalPOITransaction": {"POITransactionID": transaction},
            "ReversalReason": "MerchantCancel",
        }
        self._send("Reversal", service, {"ReversalRequest": request})

    def _send(self, category: str, service: str, request: Mapping[str, Any]) -> None:
        header = {
            "ProtocolVersion": VERSION,
            "MessageClass": "Service",
            "MessageCategory": category,
            "MessageType": "Request",
            "ServiceID": service,
            "SaleID": self._sale,
            "POIID": self._poi,
        }
        message = {"SaleToPOIRequest": {"MessageHeader": header, **request}}
        data = exact_json.encode(message)
        assert self._line is not None, "opened"
        self._line.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)

    # --- hearing -------------------------------------------------------------------------------

    def _messages(self, timeout_s: float) -> list[Mapping[str, Any]]:
        """The whole answers that have come; what the terminal asks or tells unasked is dropped.

        Raises:
            DeviceError: what comes is none of this protocol; none of it is repeated in the error.
        """
        assert self._line is not None, "opened"
        self._in += self._line.read(READ_BYTES, timeout_s)
        made = []
        while len(self._in) >= LENGTH_BYTES:
            length = int.from_bytes(self._in[:LENGTH_BYTES], "big")
            if length > MESSAGE_BYTES_MAX:
                raise DeviceError(f"{self._device}: the terminal speaks another protocol")
            if len(self._in) < LENGTH_BYTES + length:
                break
            data = bytes(self._in[LENGTH_BYTES : LENGTH_BYTES + length])
            del self._in[: LENGTH_BYTES + length]
            try:
                answer = field(exact_json.decode(data), "SaleToPOIResponse")
            except ValueError:
                raise DeviceError(f"{self._device}: the terminal says no JSON") from None
            if isinstance(answer, Mapping):
                made.append(answer)
        return made

    def _take(self, message: Mapping[str, Any]) -> None:
        service = str(field(message, "MessageHeader", "ServiceID"))
        if "PaymentResponse" in message and service in self._payments:
            self._events.append(self._result(self._payments.pop(service), message))
            return
        category, effect, _ = self._questions.get(service, ("", None, 0.0))
        answer = field(message, f"{category}Response")
        if effect is None or answer is None:
            return
        del self._questions[service]
        if category == "Reversal":
            done = field(answer, "Response", "Result") == "Success"
            self._tell_reversed(effect, done, _condition(answer))
        else:
            self._looked_up(effect, answer)

    def _looked_up(self, effect: Effect, answer: Mapping[str, Any]) -> None:
        assert isinstance(effect, LookUpPayment | ReversePayment)
        repeated = field(answer, "RepeatedMessageResponse", "RepeatedResponseMessageBody")
        condition = _condition(answer)
        event: Event | None = None
        if field(answer, "Response", "Result") == "Success" and isinstance(repeated, Mapping):
            event = self._result(effect.payment, repeated)
        elif condition == "InProgress":
            event = PaymentUnderWay(self._device, effect.payment)
        elif condition == "NotFound":
            event = PaymentAbsent(self._device, effect.payment)
        else:
            raise DeviceError(f"{self._device}: the terminal does not tell ({condition})")
        if isinstance(effect, LookUpPayment):
            self._events.append(event)
        elif isinstance(event, PaymentApproved):
            path = ("PaymentResponse", "POIData", "POITransactionID")
            self._reverse(effect, field(repeated, *path))
        else:
            self._tell_reversed(effect, False, condition or "not charged")

    def _tell_reversed(self, effect: Effect, done: bool, reason: str) -> None:
        assert isinstance(effect, ReversePayment)
        told = "" if done else reason
        self._events.append(PaymentReversed(self._device, effect.payment, done, told))

    def _result(self, payment: str, message: Mapping[str, Any]) -> Event:
        """What an answer to a payment says; one that is about another payment is none."""
        answer = field(message, "PaymentResponse")
        named = field(answer, "SaleData", "SaleTransactionID", "TransactionID")
        if named != payment:
            raise DeviceError(f"{self._device}: the terminal answers about another payment")
        if field(answer, "Response", "Result") not in ("Success", "Partial"):
            reason = DECLINED.get(_condition(answer), "failed")
            return PaymentDeclined(self._device, payment, reason)
        amounts = field(answer, "PaymentResult", "AmountsResp")
        taken = exact_json.money(field(amounts, "AuthorizedAmount"), self._currency)
        if (
            taken is None
            or taken.minor <= 0
            or field(amounts, "Currency") not in (None, self._currency.code)
        ):
            raise DeviceError(f"{self._device}: the terminal names no sum that we know")
        paid_with = field(answer, "PaymentResult", "PaymentInstrumentData")
        card = field(paid_with, "CardData")
        masked = field(card, "MaskedPan") or field(card, "MaskedPAN")
        reference = field(answer, "POIData", "POITransactionID", "TransactionID")
        return PaymentApproved(
            self._device,
            payment,
            taken,
            masked=_last_four(masked),
            reference=without_card_numbers(word(reference)),
            brand=without_card_numbers(word(field(card, "PaymentBrand"))),
            tender=TENDERS.get(str(field(paid_with, "PaymentInstrumentType")), ""),
        )


def _last_four(masked: object) -> str:
    digits = re.sub(r"\D", "", masked) if isinstance(masked, str) else ""
    return digits[-4:] if len(digits) >= 4 else ""


def _condition(answer: Mapping[str, Any]) -> str:
    """The error condition: one word, so that no number of a card can be in it."""
    told = field(answer, "Response", "ErrorCondition")
    return told if isinstance(told, str) and told.isalpha() else ""


def _reference(service: str, **more: object) -> Mapping[str, Any]:
    reference = {"MessageCategory": "Payment", "ServiceID": service}
    return {"MessageReference": reference, **more}


def _payment_request(effect: RequestPayment) -> Mapping[str, Any]:
    amounts = {"Currency": effect.amount.currency.code, "RequestedAmount": effect.amount}
    sale = {"SaleTransactionID": {"TransactionID": effect.payment, "TimeStamp": effect.at}}
    return {
        "PaymentRequest": {
            "SaleData": sale,
            "PaymentTransaction": {"AmountsReq": amounts},
            "PaymentData": {"PaymentType": "Normal"},
        }
    }


def _login_request() -> Mapping[str, Any]:
    software = {
        "ManufacturerID": "Foyer",
        "ApplicationName": "Foyer",
        "SoftwareVersion": "1",
        "CertificationCode": "none",
    }
    # Without SaleCapabilities the terminal shows and prints itself, and sends us nothing of it.
    return {
        "LoginRequest": {
            "DateTime": system_now().wall.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "SaleSoftware": software,
            "OperatorLanguage": "en",
        }
    }
