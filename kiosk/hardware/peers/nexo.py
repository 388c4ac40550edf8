"""A simulated payment terminal that speaks nexo Retailer in JSON, from the protocol page alone.

It keeps the physical truth beside the protocol: what was charged to a card, and what went back.
What it has charged it remembers without power; what it was only asked for it forgets.

Source: docs/devices.md, "Payment terminal (nexo)".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

Mode = Literal[
    "approve",
    "code",  # the guest scans a code instead of holding a card to it
    "decline",  # the bank refuses
    "partial",  # the bank gives half of it
    "busy",  # the terminal does something else
    "silent",  # charged, and the answer is lost
    "stuck",  # it does not end; `approve` or `decline` let it
    "twice",  # the answer comes twice
    "leak",  # a terminal that is set up wrongly: the whole number of the card in the answer
    "die-before",  # the power goes when it is asked, before the bank is
    "die-after",  # … when the bank has paid, before the answer
]
MODES: tuple[str, ...] = get_args(Mode)
DECIDE_S = 2.0
CARD = "4111111111111111"
"""The number of the simulated card, as the makers of cards publish it for tests."""


@dataclass
class Transaction:
    """One payment at the terminal; sums in minor units of a currency with two decimals."""

    service: str
    sale: Mapping[str, Any]
    minor: int
    currency: str
    number: str
    since_s: float
    state: Literal["asked", "charged", "refused", "aborted", "reversed"] = "asked"
    taken: int = 0


class Terminal:
    """The terminal. All times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self.mode: Mode = "approve"
        self.powered = True
        self.refuses = False
        """It lets nobody log in."""
        self.transactions: dict[str, Transaction] = {}
        """By the sale system's name of them, those that it knows."""
        self.charged: list[tuple[str, int]] = []
        """The truth: each time that the bank paid, the sale's own id and how much."""
        self.reversed: list[str] = []
        self._in = bytearray()
        self._logged_in = False

    # --- the wire ------------------------------------------------------------------------------

    def connected(self) -> None:
        """A new connection."""
        self._in.clear()
        self._logged_in = False

    def feed(self, data: bytes, now_s: float) -> bytes:
        """See `peers.line.Peer`."""
        if not self.powered:
            return b""
        self._in += data
        out = self.tick(now_s)
        while len(self._in) >= 4 and len(self._in) >= 4 + (size := int.from_bytes(self._in[:4])):
            message = json.loads(bytes(self._in[4 : 4 + size]), parse_float=Decimal)
            del self._in[: 4 + size]
            out += self._answer(message["SaleToPOIRequest"], now_s)
            if not self.powered:
                return b""
        return out

    def tick(self, now_s: float) -> bytes:
        """See `peers.line.Peer`. A guest holds a card to it after `DECIDE_S`."""
        out = b""
        for one in list(self.transactions.values()):
            due = one.state == "asked" and now_s - one.since_s >= DECIDE_S
            if self.powered and due and self.mode != "stuck":
                out += self._decide(one)
        return out if self.powered else b""

    def _answer(self, request: Mapping[str, Any], now_s: float) -> bytes:
        header = request["MessageHeader"]
        assert header["MessageType"] == "Request" and header["MessageClass"] == "Service", header
        service, category = header["ServiceID"], header["MessageCategory"]
        assert 1 <= len(service) <= 10, "ServiceID has ten characters at most"
        assert header["SaleID"] and header["POIID"], "both ends have a name"
        match category:
            case "Login" if self.refuses:
                refused = {"LoginResponse": _said("Failure", "NotAllowed")}
                return self._message(header, refused)
            case "Login":
                self._logged_in = True
                software = {"ManufacturerID": "Simulated", "ApplicationName": "Terminal"}
                data = {"POISystemData": {"POISoftware": software}}
                return self._message(header, {"LoginResponse": {**_said("Success"), **data}})
            case "Payment":
                return self._pay(header, request["PaymentRequest"], now_s)
            case "Abort":
                named = request["AbortRequest"]["MessageReference"]["ServiceID"]
                one = self.transactions.get(named)
                if one is None or one.state != "asked":
                    return b""
                one.state = "aborted"
                return self._payment_message(one)
            case "TransactionStatus":
                named = request["TransactionStatusRequest"]["MessageReference"]["ServiceID"]
                told = self._status(self.transactions.get(named))
                return self._message(header, {"TransactionStatusResponse": told})
            case "Reversal":
                told = self._reverse(request["ReversalRequest"])
                return self._message(header, {"ReversalResponse": told})
            case _:
                raise AssertionError(f"a message that we do not know: {category}")

    def _pay(self, header: Mapping[str, Any], asked: Mapping[str, Any], now_s: float) -> bytes:
        service, sale = header["ServiceID"], asked["SaleData"]
        if self.mode == "die-before":
            self.power_cut()
            return b""
        busy = any(one.state == "asked" for one in self.transactions.values())
        if not self._logged_in or busy or self.mode == "busy":
            why = "Busy" if self._logged_in else "LoggedOut"
            body = {"PaymentResponse": {**_said("Failure", why), "SaleData": sale}}
            return self._message(header, body)
        assert service not in self.transactions, f"{service} is asked for twice"
        amounts = asked["PaymentTransaction"]["AmountsReq"]
        minor = Decimal(amounts["RequestedAmount"]) * 100
        assert minor == int(minor) > 0, amounts
        number = f"T{len(self.charged) + len(self.transactions) + 1:06}"
        self.transactions[service] = Transaction(
            service, sale, int(minor), amounts["Currency"], number, now_s
        )
        self._header = header
        return b""

    def _decide(self, one: Transaction) -> bytes:
        if self.mode in ("decline", "busy"):
            one.state = "refused"
            return self._payment_message(one)
        one.state = "charged"
        one.taken = one.minor // 2 if self.mode == "partial" else one.minor
        self.charged.append((one.sale["SaleTransactionID"]["TransactionID"], one.taken))
        if self.mode == "die-after":
            self.power_cut()
            return b""
        if self.mode == "silent":
            return b""
        told = self._payment_message(one)
        return told + told if self.mode == "twice" else told

    def _status(self, one: Transaction | None) -> Mapping[str, Any]:
        if one is None:
            return _said("Failure", "NotFound")
        if one.state == "asked":
            return _said("Failure", "InProgress")
        body = {"RepeatedResponseMessageBody": {"PaymentResponse": self._payment(one)}}
        return {**_said("Success"), "RepeatedMessageResponse": body}

    def _reverse(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        number = asked["OriginalPOITransaction"]["POITransactionID"]["TransactionID"]
        one = next((t for t in self.transactions.values() if t.number == number), None)
        if one is None or one.state != "charged":
            return _said("Failure", "NotFound" if one is None else "NotAllowed")
        one.state = "reversed"
        self.reversed.append(one.sale["SaleTransactionID"]["TransactionID"])
        return _said("Success")

    def _payment_message(self, one: Transaction) -> bytes:
        header = {**self._header, "ServiceID": one.service, "MessageCategory": "Payment"}
        return self._message(header, {"PaymentResponse": self._payment(one)})

    def _payment(self, one: Transaction) -> Mapping[str, Any]:
        told: dict[str, Any] = {"SaleData": one.sale}
        if one.state in ("refused", "aborted"):
            why = {"refused": "Refusal", "aborted": "Aborted"}[one.state]
            return {**_said("Failure", why), **told}
        number = CARD if self.mode == "leak" else f"{CARD[:6]}******{CARD[-4:]}"
        card: dict[str, Any] = {
            "EntryMode": ["Tapped"],
            "PaymentBrand": "visa",
            "MaskedPan": number,
        }
        content = {"OutputFormat": "Text", "OutputText": [{"Text": f"CARD {number}"}]}
        leaked = {"TrackData": [{"TrackValue": f"{CARD}=2905101"}], "PAN": CARD}
        if self.mode == "leak":
            card |= {"SensitiveCardData": leaked, "PaymentBrand": f"visa {CARD}"}
        paid_with = {"PaymentInstrumentType": "Card", "CardData": card}
        if self.mode == "code":
            paid_with = {"PaymentInstrumentType": "Mobile"}
        data = {
            "POIData": {"POITransactionID": {"TransactionID": one.number, "TimeStamp": ""}},
            "PaymentReceipt": [{"DocumentQualifier": "CustomerReceipt", "OutputContent": content}],
            "PaymentResult": {
                "PaymentInstrumentData": paid_with,
                "AmountsResp": {
                    "Currency": one.currency,
                    "AuthorizedAmount": Decimal(one.taken).scaleb(-2),
                },
            },
        }
        result = "Success" if one.taken == one.minor else "Partial"
        return {**_said(result), **told, **data}

    def _message(self, header: Mapping[str, Any], body: Mapping[str, Any]) -> bytes:
        answered = {**header, "MessageType": "Response"}
        data = _json({"SaleToPOIResponse": {"MessageHeader": answered, **body}}).encode()
        return len(data).to_bytes(4, "big") + data

    # --- power ---------------------------------------------------------------------------------

    def power_cut(self) -> None:
        """What it was only asked for is forgotten; what the bank answered is kept."""
        self.powered = self._logged_in = False
        self._in.clear()
        self.transactions = {
            name: one for name, one in self.transactions.items() if one.state != "asked"
        }

    def power_up(self) -> None:
        """The power is back; a mode in which it would die again is over."""
        self.powered = True
        if self.mode.startswith("die"):
            self.mode = "approve"


def _said(result: str, condition: str = "") -> dict[str, Any]:
    response = {"Result": result, **({"ErrorCondition": condition} if condition else {})}
    return {"Response": response}


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{name}": {_json(of)}' for name, of in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
