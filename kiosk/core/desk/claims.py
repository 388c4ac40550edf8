"""A10. Claims: which are open, and the ticket that a guest brings: scanned or typed, paid once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kiosk.core.claims import CheckedTicket, CheckTicket, Claim, OpenClaims, RedeemClaim
from kiosk.core.desk import forms, hopper, whose
from kiosk.core.desk.cash_home import CashHome, CashPage, open_home, wrong
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.till import REASON
from kiosk.core.desk.whose import Whose
from kiosk.core.errors import Refused
from kiosk.core.ids import ClientId
from kiosk.core.messages import CardPresented, Event

ROWS_MAX = 50
CODE_MAX = 24
TICKET = "FOYER:"
"""So begins the code of every slip; see `tickets.said`."""
_CODE = Field(
    "code", Said("desk.field.ticket_code"), "text", most=CODE_MAX, says=Said("desk.cash.code_says")
)


@dataclass(frozen=True)
class ClaimList(CashPage):
    """The open claims, and the code of a ticket."""

    rows: tuple[Claim, ...]
    more: int
    form: Form


@dataclass(frozen=True)
class TicketPage(CashPage):
    """A ticket that is genuine; `told` is its text or code, which is worth its money."""

    told: str = field(repr=False)
    ticket: CheckedTicket
    form: Form
    whose: Whose
    in_coins: bool = False
    """A hopper can pay it."""


def open_claims(at: At) -> Page:
    """The page of the claims."""
    return _list(at, forms.form(_CODE, at=""))


def _list(at: At, of: Form) -> ClaimList:
    rows = at.ask(OpenClaims())
    return ClaimList(rows[:ROWS_MAX], max(0, len(rows) - ROWS_MAX), of)


def _listed(at: At, page: ClaimList, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return open_home(at)
        case "check":
            return _check(at, page, page.form["code"])
        case _:
            return page


def _check(at: At, page: ClaimList, told: str) -> Page:
    try:
        ticket = at.ask(CheckTicket(told))
    except Refused as refused:
        return wrong(at, page, refused, "code")
    of = forms.form(REASON, whose.DIGITS, at="")
    return _with_hopper(at, TicketPage(told, ticket, of, Whose()))


def _with_hopper(at: At, page: TicketPage) -> TicketPage:
    paid = page.ticket.kind == "claim_ticket" and page.ticket.state == "open"
    return replace(page, in_coins=paid and hopper.able(at, page.ticket.value) is not None)


def _ticket(at: At, page: TicketPage, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        if typed["digits"] != page.form["digits"]:
            return replace(page, form=typed, whose=whose.typed(at, typed, page.whose))
        return replace(page, form=typed)
    match name:
        case "back":
            return open_claims(at)
        case "client":
            return replace(page, whose=whose.picked(at, argument, page.whose))
        case "forget":
            return replace(page, whose=Whose(), form=forms.put(page.form, "digits", ""))
        case "redeem_cash":
            return _redeem(at, page, ClientId(""))
        case "redeem_coins":
            return _pay_out(at, page)
        case "redeem_card" if page.whose.chosen is None:
            return wrong(at, page, Refused("err.whose_missing"), "digits")
        case "redeem_card" if page.whose.chosen is not None:
            return _redeem(at, page, page.whose.chosen.id)
        case _:
            return page


def _redeem(at: At, page: TicketPage, client: ClientId) -> Page:
    done = at.do(RedeemClaim(page.told, client, page.form["reason"]))
    if isinstance(done, Refused):
        return wrong(at, page, done, "reason" if done.key == "err.reason_missing" else "")
    key = "desk.cash.redeemed_card" if client else "desk.cash.redeemed_cash"
    at.say(key, amount=page.ticket.value)
    return open_claims(at)


def _pay_out(at: At, page: TicketPage) -> Page:
    refused = hopper.pay(at, page.told, page.ticket.value, page.form["reason"])
    if refused is not None:
        return wrong(at, page, refused, "reason" if refused.key == "err.reason_missing" else "")
    at.say("desk.cash.paying_coins", amount=page.ticket.value)
    return open_claims(at)


def _fresh_list(at: At, page: ClaimList) -> Page:
    return _list(at, page.form)


def _fresh_ticket(at: At, page: TicketPage) -> Page:
    return _with_hopper(at, replace(page, ticket=at.ask(CheckTicket(page.told))))


def _heard_list(at: At, page: ClaimList, event: Event) -> Page | None:
    """A ticket's code under a scanner; a card is somebody else's matter."""
    if isinstance(event, CardPresented) and event.signal in ("barcode", "keyboard"):
        return _check(at, page, event.raw)
    return None


def _heard_home(at: At, page: CashHome, event: Event) -> Page | None:
    """A ticket may be scanned before anybody looked for its page."""
    del page
    if isinstance(event, CardPresented) and event.raw.startswith(TICKET) and at.may("OpenClaims"):
        return _heard_list(at, _list(at, forms.form(_CODE, at="")), event)
    return None


def _heard_ticket(at: At, page: TicketPage, event: Event) -> Page | None:
    if not isinstance(event, CardPresented) or not at.may("FindCard"):
        return None
    found = whose.shown(at, event)
    return replace(page, whose=found) if found else None


TOUCHED: Mapping[type[Page], Callable[[At, Any, str, str], Page]] = {
    ClaimList: _listed,
    TicketPage: _ticket,
}
FRESH: Mapping[type[Page], Callable[[At, Any], Page]] = {
    ClaimList: _fresh_list,
    TicketPage: _fresh_ticket,
}
HEARD: Mapping[type[Page], Callable[[At, Any, Event], Page | None]] = {
    CashHome: _heard_home,
    ClaimList: _heard_list,
    TicketPage: _heard_ticket,
}
