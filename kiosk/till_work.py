"""What a till of the command line does: each verb asks the door, and says what came of it."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kiosk.core.money import CURRENCIES, Currency, Money
from kiosk.core.texts import Texts

if TYPE_CHECKING:
    from kiosk.till_door import TillDoor

_UID = re.compile(r"(?:[0-9A-Fa-f]{2}){4,10}")
TENDERS = ("cash", "bank_card", "qr", "wallet")
DUE = "due"
"""In place of an amount: what the bill says."""

Done = tuple[Any, Iterable[str]]
"""What the door said, and the lines that people read of it."""


class Till:
    """One command of a till: the door, and how this house writes money."""

    def __init__(self, door: TillDoor, language: str) -> None:
        self.door = door
        self._texts = Texts.of(language)
        self._currency: Currency | None = None

    @property
    def currency(self) -> Currency:
        """The currency of the kiosk."""
        if self._currency is None:
            self._currency = CURRENCIES[self.door.get("/v1/venue")["currency"]]
        return self._currency

    def minor(self, amount: str) -> int:
        """What somebody typed, in minor units.

        Raises:
            ValueError: it is no amount.
        """
        return Money.parse(amount.replace(",", "."), self.currency).minor

    def money(self, minor: int) -> str:
        """Minor units as people read them."""
        return self._texts.money(Money(minor, self.currency))

    def figure(self, minor: int) -> str:
        """The same without the currency, for a column."""
        return self._texts.number(Money(minor, self.currency))


def health(till: Till, given: argparse.Namespace) -> Done:
    """Whether the kiosk works."""
    told = till.door.get("/v1/health")
    shift = f"shift {told['shift']['number']} is open" if told["shift"] else "no shift is open"
    marks = ", simulated" if told["simulated"] else ""
    lines = [f"Kiosk {told['kiosk']}: {told['state']}{marks}; {shift}"]
    for device in told["devices"]:
        state = {True: "works", False: "does not answer", None: "not tried yet"}[device["up"]]
        lines.append(f"  {device['name']} ({device['role']}): {state}")
    return told, lines


def shift(till: Till, given: argparse.Namespace) -> Done:
    """Open the shift, or close it."""
    money = till.minor(given.amount)
    if given.what == "open":
        body = {"float_in": money, **_set(reason=given.reason)}
        return _written(till, till.door.write("/v1/shift/open", body), "The shift is open")
    body = {"counted": money, "confirmed": given.confirm}
    return _written(till, till.door.write("/v1/shift/close", body), "The shift is closed")


def card(till: Till, given: argparse.Namespace) -> Done:
    """What a card is, and what to do with it."""
    told = till.door.ask("/v1/cards/identify", _identified(given))
    card = told["card"]
    what = f"Card {card['masked']} ({card['id']})" if card else "A card that is not on file"
    lines = [f"{what}, type {told['type']}"]
    if card and card["state"] != "active":
        lines.append(f"  it is {card['state']}")
    if card:
        lines.append(f"  client {card['client']}")
    match told["suggests"]:
        case "register":
            lines.append("  next: register it at the kiosk")
        case "create":
            paid = told["prepayment"]
            more = f" (prepayment {till.money(paid)})" if paid else ""
            lines.append(f"  next: open a visit{more}")
        case other:
            lines.append(f"  next: {other} on visit {told['visit']}")
    return told, lines


def open_visit(till: Till, given: argparse.Namespace) -> Done:
    """Open a visit."""
    read = _read(given.card, given.signal)
    body = {
        **({"read": read} if read else {"card": given.card}),
        **_set(comment=given.comment, tender=given.tender),
        "guests": given.guests,
    }
    told = till.door.write("/v1/visits", body)
    return _written(till, told, f"Visit {told['visit']['number']} is open")


def order(till: Till, given: argparse.Namespace) -> Done:
    """Save an order, or change it."""
    if not given.lines or len(given.lines) % 3:
        raise ValueError("each line is TEXT QUANTITY AMOUNT; - for the menu's own price")
    rows = zip(given.lines[::3], given.lines[1::3], given.lines[2::3], strict=True)
    lines = [_line(till, *row) for row in rows]
    body = {
        "order": given.order,
        "place": given.place,
        "lines": lines,
        "visit": given.visit,
        "guests": given.guests,
    }
    told = till.door.write("/v1/orders", body)
    return _written(till, told, f"Order {given.order} is saved in visit {given.visit}")


def _line(till: Till, text: str, quantity: str, amount: str) -> dict[str, Any]:
    if not quantity.isascii() or not quantity.isdecimal():
        raise ValueError(f"{quantity!r} is no number of {text}")
    if amount == "-":
        return {"item": text, "quantity": int(quantity)}
    return {"text": text, "quantity": int(quantity), "amount": till.minor(amount)}


def bill(till: Till, given: argparse.Namespace) -> Done:
    """What a visit comes to."""
    told = till.door.get(f"/v1/visits/{given.visit}/bill")
    visit = told["visit"]
    lines = [f"Visit {visit['number']}: {visit['state']}"]
    for order in visit["orders"]:
        paid = "" if order["state"] == "saved" else f" ({order['state']})"
        lines.append(f"  Order {order['order']}{paid}")
        lines += [
            _row(f"    {line['quantity']} x {line['text']}", till.figure(line["amount"]))
            for line in order["lines"]
        ]
    for name in ("discount", "markup", "grand_total", "deposits", "change", "to_pay"):
        if visit[name] or name == "to_pay":
            lines.append(_row(f"  {_NAMES[name]}", till.figure(visit[name])))
    return told, lines


_NAMES = {
    "discount": "Discount",
    "markup": "Markup to the minimum",
    "grand_total": "Total",
    "deposits": "Deposits",
    "change": "Change",
    "to_pay": "To pay",
}


def deposit(till: Till, given: argparse.Namespace) -> Done:
    """Put money on a visit."""
    minor = till.minor(given.amount)
    body = {"amount": minor, "tender": given.tender, "reason": given.reason}
    told = till.door.write(f"/v1/visits/{given.visit}/deposits", body | _set(comment=given.comment))
    return _written(till, told, f"{till.money(minor)} is on visit {given.visit}")


def pay(till: Till, given: argparse.Namespace) -> Done:
    """Pay a visit: what the bill says is what the door must find, or nothing is booked."""
    visit = till.door.get(f"/v1/visits/{given.visit}/bill")["visit"]
    payments = []
    for tender in TENDERS:
        amount = getattr(given, tender)
        if amount is not None:
            minor = visit["to_pay"] if amount == DUE else till.minor(amount)
            if minor or amount != DUE:
                of = _set(card=given.card) if tender == "wallet" else {}
                payments.append({"tender": tender, "amount": minor, **of})
    body = {
        "payments": payments,
        "total": visit["grand_total"],
        "change": given.change,
        **_set(reason=given.reason),
        **({"unpaid": till.minor(given.unpaid)} if given.unpaid else {}),
    }
    told = till.door.write(f"/v1/visits/{given.visit}/calculate", body)
    back = f"; change {till.money(visit['change'])}" if visit["change"] else ""
    return _written(till, told, f"Visit {given.visit} is paid and closed{back}")


def void(till: Till, given: argparse.Namespace) -> Done:
    """Make an order or a visit void."""
    if given.what == "order":
        told = till.door.write("/v1/orders/void", {"order": given.id, "reason": given.reason})
    else:
        path = f"/v1/visits/{quote(given.id, safe='')}/void"
        told = till.door.write(path, {"reason": given.reason, "change": given.change})
    return _written(till, told, f"The {given.what} {given.id} is void")


def package(till: Till, given: argparse.Namespace) -> Done:
    """List packages, sell one, take a sale back."""
    match given.what:
        case "list":
            told = till.door.get("/v1/packages")
            return told, [
                f"{p['id']}: {p['minutes']} {p['kind']} minutes, {till.money(p['price'])}"
                for p in told["packages"]
            ]
        case "sell":
            body = {"client": given.client, "package": given.package, "tender": given.tender}
            told = till.door.write("/v1/packages/sell", body | _set(card=given.card))
            sale = told["entry"]["refs"]["sale"]
            return _written(till, told, f"The package is sold: sale {sale}")
        case _:
            body = {"sale": given.sale, "pro_rata": given.pro_rata}
            told = till.door.write("/v1/packages/undo", body | _set(reason=given.reason))
            return _written(till, told, f"The sale {given.sale} is taken back")


def session(till: Till, given: argparse.Namespace) -> Done:
    """Who plays; begin, end."""
    match given.what:
        case "list":
            told = till.door.get("/v1/sessions")
            return told, [
                f"{s['id']} at {s['station']}: {s['used']} min used, {s['left_s'] // 60} min left"
                for s in told["sessions"]
            ] or ["Nobody plays."]
        case "start":
            body = {
                "client": given.client,
                "station": given.station,
                "kind": given.kind,
                "mode": given.mode,
                "planned": given.minutes,
            }
            told = till.door.write("/v1/sessions", body | _set(card=given.card))
            session = told["entry"]["refs"]["session"]
            return _written(till, told, f"Play has begun: session {session}")
        case _:
            path = f"/v1/sessions/{quote(given.session, safe='')}"
            told = till.door.write(f"{path}/stop", _set(rest=given.rest))
            ended = till.door.get(path)
            owed = f", {till.money(ended['owed'])} is owed" if ended["owed"] else ""
            said = f"Play has ended: {ended['used']} minutes, {till.money(ended['charge'])}{owed}"
            return _written(till, told, said)


def client(till: Till, given: argparse.Namespace) -> Done:
    """Find a client."""
    told = till.door.ask("/v1/clients/find", {"digits": given.digits})
    lines = [
        f"{c['client']}  {c['name'] or '(no name)'}  {c['phone']}  {till.money(c['wallet'])}"
        for c in told["clients"]
    ]
    return told, [*lines, *(["There are more: type another digit."] if told["more"] else [])]


def slip(till: Till, given: argparse.Namespace) -> Done:
    """A slip, line by line."""
    path = f"/v1/slips/{quote(given.job, safe='')}"
    told = till.door.get(path, columns=given.columns)
    if given.printed:
        till.door.write(f"{path}/printed", {})
    return told, [
        line["text"] or (f"[{line['qr']}]" if line["qr"] else "") for line in told["lines"]
    ]


def watch(till: Till, given: argparse.Namespace) -> Done:
    """Tell what changes as it comes."""
    left = given.count
    for event in till.door.events(given.last):
        data = " ".join(f"{name}={value}" for name, value in event.data.items())
        told = {"id": event.id, "event": event.name, "data": event.data}
        print(json.dumps(told) if given.json else f"{event.name} {data}".rstrip(), flush=True)
        left -= 1
        if left == 0:
            break
    return None, []


def _written(till: Till, told: Mapping[str, Any], said: str) -> Done:
    lines = [f"{said} (entry {told['entry']['seq']})."]
    # What a person does is printed by the kiosk; the paper of a till is its own.
    whose = "to print" if told["entry"]["actor"].startswith("till:") else "at the kiosk's printer"
    lines += [f"  slip {whose}: {slip['job']}" for slip in told["slips"]]
    return told, lines


def _row(left: str, right: str) -> str:
    return f"{left:<40} {right:>12}"


def _set(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _identified(given: argparse.Namespace) -> dict[str, Any]:
    read = _read(given.card, given.signal)
    return {"read": read} if read else {"typed": given.card}


def _read(text: str, signal: str) -> dict[str, str] | None:
    """A card as a reader reads it; None for a number, or an id, that somebody typed."""
    if signal == "keyboard":
        return None
    if not signal:
        if text[:1] in (";", "%", "+"):
            signal = "magnetic"
        elif _UID.fullmatch(text):
            signal = "contactless"
    return {"signal": signal, "text": text} if signal else None
