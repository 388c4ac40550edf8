"""A3. What moved on a client's balances: filtered, page by page; explained; carried away."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Literal, get_args
from zoneinfo import ZoneInfo

from kiosk.core.desk import carrying, client_card, forms
from kiosk.core.desk.carrying import Carrying
from kiosk.core.desk.client_card import ClientCard
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.desk_paper import IssueTransactionsList
from kiosk.core.errands import ExportTransactions
from kiosk.core.errors import Refused
from kiosk.core.explain import ClientBalanceAsOf, ExplainClient, Explained, Figured
from kiosk.core.ledger import BON, MINUTES_GAME, MINUTES_NET, Entry
from kiosk.core.messages import Event
from kiosk.core.transactions import Balance, ClientTransactions, Transaction, Wanted
from kiosk.core.transactions import Page as Found

BALANCES: tuple[Balance, ...] = get_args(Balance)
UNITS = {
    "bonus": BON,
    "minutes_game": MINUTES_GAME,
    "minutes_net": MINUTES_NET,
    "game_minutes": MINUTES_GAME,
    "internet_minutes": MINUTES_NET,
}
"""The unit of a balance that is no money, by its names in transactions and in changes."""
Period = Literal["all", "today", "week", "month", "days"]
PERIODS: tuple[Period, ...] = ("all", "today", "week", "month")
_DAYS = {"today": 1, "week": 7, "month": 30}

KINDS: dict[str, tuple[str, ...]] = {
    "top_ups": (
        *("note_settled", "coin_credited", "topped_up"),
        *("top_up_reversed", "top_up_charged_back"),
    ),
    "bonus": ("bonus_granted", "promo_code_redeemed"),
    "play": ("session_ended", "session_paid", "session_switched"),
    "packages": ("package_sold", "package_undone", "minutes_converted"),
    "visits": (
        *("order_paid", "order_void", "visit_opened", "visit_calculated", "visit_void"),
        *("deposit_made", "note_deposited", "prepayment_completed"),
    ),
    "changes": ("balance_changed", "change_reversed", "minutes_adjusted"),
    "other": ("claim_redeemed", "claim_issued", "note_credited", "clients_merged"),
}
"""The payment items, in groups that a cashier would name (C28)."""


@dataclass(frozen=True)
class TransactionList(Page):
    """A page of a client's transactions, and one of them that is looked at.

    `before` are the ends of the pages above; `period` says how `wanted` came to its bounds, `kind`
    is a group of `KINDS`, or empty.
    """

    section: ClassVar[SectionName] = "clients"

    card: ClientCard
    found: Found
    wanted: Wanted = field(default_factory=Wanted)
    period: Period = "all"
    kind: str = ""
    before: tuple[int, ...] = ()
    chosen: Transaction | None = None

    @property
    def filtered(self) -> bool:
        """Whether anything but the period says which they are."""
        return replace(self.wanted, since=None, until=None) != Wanted() or self.period == "days"


@dataclass(frozen=True)
class TransactionFilter(Page):
    """Which transactions: everything that is filled in must hold."""

    section: ClassVar[SectionName] = "clients"

    of: TransactionList
    form: Form = field(repr=False)


@dataclass(frozen=True)
class TransactionExport(Page):
    """The transactions on their way to a USB stick."""

    section: ClassVar[SectionName] = "clients"

    of: TransactionList
    carrying: Carrying


@dataclass(frozen=True)
class BalanceExplained(Page):
    """Why a balance is what it is: its entries in words, now or at a moment of the past.

    `held` are all balances at that moment; `form` asks for another one.
    """

    section: ClassVar[SectionName] = "clients"

    card: ClientCard
    balance: Balance
    explained: Explained
    held: tuple[Figured, ...]
    until: datetime | None = None
    before: tuple[int, ...] = ()
    form: Form | None = field(default=None, repr=False)


# --- the list -------------------------------------------------------------------------------------


def open_list(at: At, card: ClientCard) -> Page:
    """All transactions of a client, the newest first."""
    return at.turn(_asked(at, TransactionList(card, Found((), 0))))


def _asked(at: At, page: TransactionList) -> TransactionList:
    before = page.before[-1] if page.before else 0
    found = at.ask(ClientTransactions(page.card.client.id, page.wanted, before))
    return replace(page, found=found, chosen=None)


def fresh(at: At, page: TransactionList) -> TransactionList:
    """The same list as the books have it now; the first page only, others are history."""
    if page.before:
        return page
    return replace(_asked(at, page), chosen=page.chosen)


def touched(at: At, page: TransactionList, name: str, argument: str) -> Page:
    """A button of the list."""
    match name:
        case "back" if page.chosen is not None:
            return at.turn(replace(page, chosen=None))
        case "back":
            return client_card.again(at, page.card)
        case "row":
            return _choose(at, page, argument)
        case "period" if argument in PERIODS:
            period: Period = next(p for p in PERIODS if p == argument)
            since = _since(at, period)
            wanted = replace(page.wanted, since=since, until=None)
            return at.turn(_asked(at, replace(page, wanted=wanted, period=period, before=())))
        case "older" if page.found.next:
            return at.turn(_asked(at, replace(page, before=(*page.before, page.found.next))))
        case "newer" if page.before:
            return at.turn(_asked(at, replace(page, before=page.before[:-1])))
        case "filter":
            return at.turn(TransactionFilter(page, _filter_form(at, page)))
        case "print" if at.may("IssueTransactionsList"):
            return _print(at, page)
        case "export" if at.may("Transactions"):
            return at.turn(_export(at, page))
        case _:
            return page


def _choose(at: At, page: TransactionList, argument: str) -> Page:
    rows = page.found.rows
    if argument not in map(str, range(len(rows))):
        return page
    return at.turn(replace(page, chosen=rows[int(argument)]))


def _zone(at: At) -> ZoneInfo:
    return ZoneInfo(at.venue.time_zone)


def _begins(at: At, day: date) -> datetime:
    return datetime.combine(day, time(), _zone(at)).astimezone(UTC)


def _since(at: At, period: Period) -> datetime | None:
    if period not in _DAYS:
        return None
    today = at.now.wall.astimezone(_zone(at)).date()
    return _begins(at, today - timedelta(days=_DAYS[period] - 1))


def _print(at: At, page: TransactionList) -> Page:
    before = page.before[-1] if page.before else 0
    command = IssueTransactionsList(page.card.client.id, page.wanted, before, at.language)
    if isinstance(at.do(command, "print"), Entry):
        at.say("desk.clients.list_printed")
    return page


def _export(at: At, page: TransactionList) -> TransactionExport:
    day = f"{at.now.wall.astimezone(_zone(at)):%Y-%m-%d}"
    client = page.card.client.id
    name = f"transactions-{client}-{day}.csv"
    file = ExportTransactions("", name, "csv", client, page.wanted)
    return TransactionExport(page, carrying.begin(at, file))


def export_touched(at: At, page: TransactionExport, name: str, argument: str) -> Page:
    """A button while a file is on its way."""
    if name == "back":
        carrying.leave(at, page.carrying)
        return at.turn(_asked(at, page.of))
    made = carrying.touched(at, page.carrying, name, argument)
    return page if made is None else replace(page, carrying=made)


def export_heard(at: At, page: TransactionExport, event: Event) -> Page | None:
    """An errand told of the file."""
    made = carrying.heard(at, page.carrying, event)
    return None if made is None else replace(page, carrying=made)


# --- filters --------------------------------------------------------------------------------------


def _filter_form(at: At, page: TransactionList) -> Form:
    kinds = (("", Said("desk.clients.any")), *((k, Said(f"desk.clients.kind.{k}")) for k in KINDS))
    balances = (
        ("", Said("desk.clients.any")),
        *((b, Said(f"desk.clients.{b}")) for b in BALANCES),
    )
    wanted = page.wanted
    most = Said("desk.clients.of_money")
    return forms.form(
        Field("since", Said("desk.clients.field.since"), "date", _day(at, wanted.since), most=8),
        Field("until", Said("desk.clients.field.until_day"), "date", _last_day(at, wanted), most=8),
        Field("kind", Said("desk.clients.field.kind"), "choice", page.kind, options=kinds),
        Field(
            "balance",
            Said("desk.clients.field.balance"),
            "choice",
            wanted.balance,
            options=balances,
        ),
        Field("least", Said("desk.clients.field.least"), "money", most=12, says=most),
        Field("most", Said("desk.clients.field.most"), "money", most=12),
        Field("entry", Said("desk.clients.field.entry"), "digits", wanted.entry, most=18),
        Field("actor", Said("desk.clients.field.by_staff"), "digits", most=6),
        at="since",
    )


def _day(at: At, moment: datetime | None) -> str:
    return f"{moment.astimezone(_zone(at)):%d%m%Y}" if moment else ""


def _last_day(at: At, wanted: Wanted) -> str:
    return _day(at, wanted.until - timedelta(days=1)) if wanted.until else ""


def filter_touched(at: At, page: TransactionFilter, name: str, argument: str) -> Page:
    """A button of the filter."""
    typed = forms.touched(page.form, name, argument, ())
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return at.turn(page.of)
        case "everything":
            return open_list(at, page.of.card)
        case "show":
            return _show(at, page)
        case _:
            return page


def _show(at: At, page: TransactionFilter) -> Page:
    of = page.form
    where = ""
    try:
        where = "since"
        since = _begins(at, forms.date(of, "since")) if of["since"] else None
        where = "until"
        until = _begins(at, forms.date(of, "until") + timedelta(days=1)) if of["until"] else None
        if since and until and until <= since:
            raise Refused("err.period")
        where = "least"
        least = forms.money(of, "least", at.currency).minor if of["least"] else None
        where = "most"
        most = forms.money(of, "most", at.currency).minor if of["most"] else None
    except (Refused, OverflowError) as problem:
        told = problem if isinstance(problem, Refused) else Refused("err.date_form")
        return replace(page, form=forms.refused(of, told, where))
    wanted = Wanted(
        since=since,
        until=until,
        entry=of["entry"],
        kinds=KINDS.get(of["kind"], ()),
        least=least,
        most=most,
        actor=f"staff:{of['actor']}" if of["actor"] else "",
        balance=next((b for b in BALANCES if b == of["balance"]), ""),
    )
    period: Period = "days" if since or until else "all"
    made = TransactionList(page.of.card, Found((), 0), wanted, period, of["kind"])
    return at.turn(_asked(at, made))


# --- explained ------------------------------------------------------------------------------------


def open_explained(at: At, card: ClientCard, balance: Balance = "game") -> Page:
    """Why a balance is what it is now."""
    return at.turn(_explained(at, card, balance, None, ()))


def _explained(
    at: At, card: ClientCard, balance: Balance, until: datetime | None, before: tuple[int, ...]
) -> BalanceExplained:
    client, last = card.client.id, before[-1] if before else 0
    explained = at.ask(ExplainClient(client, balance, until, last, at.language))
    held = tuple(at.ask(ClientBalanceAsOf(client, b, until)) for b in BALANCES)
    return BalanceExplained(card, balance, explained, held, until, before)


def explained_touched(at: At, page: BalanceExplained, name: str, argument: str) -> Page:
    """A button of the explanation, or of the question for a moment."""
    if page.form is not None:
        return _moment_touched(at, page, page.form, name, argument)
    card, balance, until = page.card, page.balance, page.until
    match name:
        case "back":
            return client_card.again(at, card)
        case "balance" if argument in BALANCES:
            chosen = next(b for b in BALANCES if b == argument)
            return at.turn(_explained(at, card, chosen, until, ()))
        case "older" if page.explained.next:
            before = (*page.before, page.explained.next)
            return at.turn(_explained(at, card, balance, until, before))
        case "newer" if page.before:
            return at.turn(_explained(at, card, balance, until, page.before[:-1]))
        case "as_of":
            says = Said("desk.clients.time_form")
            day = Field("day", Said("desk.clients.field.day"), "date", most=8)
            hour = Field("time", Said("desk.clients.field.time"), "digits", most=4, says=says)
            return at.turn(replace(page, form=forms.form(day, hour)))
        case "now" if until is not None:
            return at.turn(_explained(at, card, balance, None, ()))
        case _:
            return page


def _moment_touched(at: At, page: BalanceExplained, of: Form, name: str, argument: str) -> Page:
    typed = forms.touched(of, name, argument, ())
    if typed is not None:
        return replace(page, form=typed)
    match name:
        case "back":
            return at.turn(replace(page, form=None))
        case "show":
            where = "day"
            try:
                day = forms.date(of, "day")
                where = "time"
                until = _moment(at, day, of["time"])
            except Refused as refused:
                return replace(page, form=forms.refused(of, refused, where))
            return at.turn(_explained(at, page.card, page.balance, until, ()))
        case _:
            return page


def _moment(at: At, day: date, typed: str) -> datetime:
    """A minute of the venue's day, to its end; without a time the end of the day."""
    hour, minute = typed[:2] or "23", typed[2:] or "59"
    if len(typed) not in (0, 4) or int(hour) > 23 or int(minute) > 59:
        raise Refused("err.time_form")
    try:
        moment = datetime.combine(day, time(int(hour), int(minute), 59, 999_999), _zone(at))
        return moment.astimezone(UTC)
    except OverflowError:
        raise Refused("err.date_form") from None
