"""A2. Clients: found by digits, name or card as one types; what is found is opened.

Which page does what stands beside its page; here they are one section.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from kiosk.core import genuine
from kiosk.core.client_list import (
    ClientOfCard,
    ClientRow,
    CountClients,
    FindClients,
    Found,
    ListClients,
)
from kiosk.core.desk import (
    client_card,
    client_changes,
    client_deeds,
    client_lists,
    client_registration,
    client_transactions,
    forms,
    minutes_clients,
)
from kiosk.core.desk.client_card import CardDetail, ClientCard, ClientMore
from kiosk.core.desk.client_changes import BalanceChangeList, BalanceForm
from kiosk.core.desk.client_deeds import DEEDS, ClientDeed
from kiosk.core.desk.client_lists import CodeList, DeskTopUpList, DuplicateList, SegmentList
from kiosk.core.desk.client_registration import CardRegistration
from kiosk.core.desk.client_transactions import (
    BalanceExplained,
    TransactionExport,
    TransactionFilter,
    TransactionList,
)
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.identity import Proof
from kiosk.core.ids import ClientId
from kiosk.core.lost_cards import CardsOfHolder
from kiosk.core.messages import CardPresented, CardRefused, ErrandTold, Event
from kiosk.core.readings import TypedNumber
from kiosk.core.recognition import Recognised, recognise

By = Literal["digits", "name", "card"]
DIGITS_MIN, LETTERS_MIN = 4, 3
"""From so many on it is searched while somebody types."""
_MOST: Mapping[By, int] = {"digits": 18, "name": 40, "card": 64}


@dataclass(frozen=True)
class ClientSearch(Page):
    """What was typed, and who was found by it.

    `known` is how many clients are registered; `nobody` why nobody was found. With `merging` it
    looks for the one who is the same person as that client, with `pointing` for the one whose
    balance a card shall use.
    """

    section: ClassVar[SectionName] = "clients"

    form: Form = field(repr=False)
    rows: tuple[ClientRow, ...] = ()
    more: bool = False
    known: int = 0
    nobody: Refused | None = None
    merging: ClientCard | None = None
    pointing: CardDetail | None = None

    @property
    def looks(self) -> bool:
        """Whether it looks for somebody to do something with, and not to open."""
        return self.merging is not None or self.pointing is not None

    @property
    def by(self) -> By:
        """What is typed: digits of a phone, a name, the number of a card."""
        return _by(self.form)


_RECOVERY_CODE = re.compile("[A-Z2-7]{20}(?:[A-Z2-7]{12})?")


def _by(of: Form) -> By:
    by: Mapping[str, By] = {"name": "name", "card": "card"}
    return by.get(of["by"], "digits")


def _form(by: By, keyboard: str = "") -> Form:
    kinds: Mapping[By, forms.FieldKind] = {"digits": "digits", "name": "text", "card": "text"}
    ways: tuple[By, ...] = ("digits", "name", "card")
    options = tuple((way, Said(f"desk.clients.by.{way}")) for way in ways)
    made = forms.form(
        Field("query", Said(f"desk.clients.hint.{by}"), kinds[by], most=_MOST[by]),
        Field("by", Said("desk.clients.by"), "choice", by, options=options),
    )
    return replace(made, keyboard=keyboard)


def _open(at: At) -> Page:
    return ClientSearch(_form("digits"), known=at.ask(CountClients()))


# --- searching ------------------------------------------------------------------------------------


def _search_touched(at: At, page: ClientSearch, name: str, argument: str) -> Page:
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        return _typed(at, page, typed)
    match name:
        case "client":
            return _pick(at, page, argument)
        case "find" if page.by == "card" and page.form["query"]:
            return _of_client(at, page, _numbered(at, page.form["query"]))
        case "back" if page.pointing is not None:
            return at.turn(_fresh(at, page.pointing))
        case "segment" if not page.looks:
            return client_lists.open_segment(at, "absent", 0, page)
        case "duplicates" if not page.looks and at.may("Duplicates"):
            return client_lists.open_duplicates(at, page)
        case "back" if page.merging is not None:
            return client_card.again(at, page.merging)
        case _:
            return page


def _typed(at: At, page: ClientSearch, typed: Form) -> ClientSearch:
    if _by(typed) != page.by:
        made = _form(_by(typed), typed.keyboard)
        return replace(page, form=made, rows=(), more=False, nobody=None)
    if typed["query"] == page.form["query"]:
        return replace(page, form=typed)
    return searched(at, replace(page, form=typed))


def searched(at: At, page: ClientSearch) -> ClientSearch:
    """The page with who is found by what was typed; nobody with too little of it (C5)."""
    text = page.form["query"]
    empty = replace(page, rows=(), more=False, nobody=None)
    try:
        match page.by:
            case "digits" if len(text) >= DIGITS_MIN:
                found = at.ask(FindClients(text))
            case "name" if len(text) >= LETTERS_MIN:
                found = at.ask(ListClients(text))
            case _:
                return empty
    except Refused as refused:
        # A word of one letter has been begun: what is found goes on standing there.
        few = refused.key == "err.letters_few"
        return page if few else replace(empty, nobody=refused)
    return replace(empty, **_rows(page, found))


def _rows(page: ClientSearch, found: Found) -> dict[str, Any]:
    own = page.merging.client.id if page.merging else ""
    return {"rows": tuple(r for r in found.rows if r.client != own), "more": found.more}


def _coded(at: At, text: str) -> ClientRow | None:
    """Who holds the recovery code of a registration slip; None where the text is no such code."""
    if not _RECOVERY_CODE.fullmatch("".join(text.split()).upper()) or not at.may("CardsOfHolder"):
        return None
    cards = at.ask(CardsOfHolder(Proof(code=text)))
    return at.ask(ClientOfCard(cards[0].number)) if cards else None


def _numbered(at: At, number: str) -> ClientRow:
    """Whose card has this number: as it stands in the books, else as its rule would read it."""
    if coded := _coded(at, number):
        return coded
    refused = Refused("err.no_such_card", card=number[:40])
    for written in dict.fromkeys((number, number.upper())):
        try:
            return at.ask(ClientOfCard(written))
        except Refused as problem:
            refused = problem
    if not at.may("TypedNumber"):
        raise refused
    try:
        read = at.ask(TypedNumber(number.upper()))
    except Refused:
        raise refused from None
    return at.ask(ClientOfCard(read))


def _pick(at: At, page: ClientSearch, argument: str) -> Page:
    for row in page.rows:
        if row.client == argument:
            return _of_client(at, page, row)
    return page


def _of_client(at: At, page: ClientSearch, row: ClientRow) -> Page:
    about = client_lists.about(row.name, row.client)
    if page.pointing is not None:
        of = page.pointing
        return client_deeds.open_deed(at, "wallet", of.of, of.card.id, about, of, row.client)
    if page.merging is None:
        return client_card.opened(at, row.client, page)
    if row.client == page.merging.client.id:
        raise Refused("err.merge_same")
    return client_deeds.open_deed(at, "merge", page.merging, row.client, about, page)


# --- a client's card ------------------------------------------------------------------------------


def _card_touched(at: At, page: ClientCard, name: str, argument: str) -> Page:
    match name:
        case "back" | "search":
            return at.turn(_fresh(at, page.came))
        case "client" if isinstance(page.came, ClientSearch):
            return _pick(at, page.came, argument)
        case "client" if isinstance(page.came, SegmentList):
            return client_lists.segment_touched(at, page.came, name, argument)
        case "change" if argument == "game" and at.may("ChangeBalance"):
            return client_changes.open_form(at, page, "game")
        case "change" if argument == "bonus" and at.may("ChangeBalance"):
            return client_changes.open_form(at, page, "bonus")
        case "top_up" if at.may("TopUpAtDesk"):
            return client_deeds.open_deed(at, "top_up", page)
        case "minutes" if at.may("SellPackage"):
            return minutes_clients.of_client(at, page.client, came=page)
        case "transactions":
            return client_transactions.open_list(at, page)
        case "more":
            return at.turn(ClientMore(page))
        case "card" if at.may("GetCardAccounts"):
            found = next((card for card in page.cards if card.id == argument), None)
            return page if found is None else at.turn(client_card.detail(at, found, page))
        case "strike" if at.may("ClearStrike"):
            return _strike(at, page, argument)
        case _:
            return page


def _strike(at: At, page: ClientCard, argument: str) -> Page:
    for strike in page.strikes:
        if strike.id == argument:
            about = Said(f"rule.{strike.rule}")
            return client_deeds.open_deed(at, "clear", page, strike.id, about)
    return page


MORE_DEEDS = ("name", "phone", "reset_pin", "group", "forget")


def _more_touched(at: At, page: ClientMore, name: str, argument: str) -> Page:
    del argument
    card = page.card
    if name in MORE_DEEDS and at.may(DEEDS[name].command):
        return client_deeds.open_deed(at, name, card, came=page)
    match name:
        case "back":
            return client_card.again(at, card)
        case "explain":
            return client_transactions.open_explained(at, card)
        case "changes" if at.may("BalanceChanges"):
            return client_changes.open_list(at, card)
        case "codes" if at.may("PromoCodes") or at.may("RedeemPromoCode"):
            if at.may("PromoCodes"):
                return client_lists.open_codes(at, card)
            return client_deeds.open_deed(at, "redeem_code", card, came=page)
        case "top_ups" if at.may("DeskTopUps"):
            return client_lists.open_top_ups(at, card)
        case "merge" if at.may("MergeClients"):
            known = at.ask(CountClients())
            return at.turn(ClientSearch(_form("digits"), known=known, merging=card))
        case _:
            return page


CARD_DEEDS = ("block", "unblock", "lost", "move", "own")


def _detail_touched(at: At, page: CardDetail, name: str, argument: str) -> Page:
    del argument
    if name == "wallet" and at.may("PointCard"):
        known = at.ask(CountClients())
        return at.turn(ClientSearch(_form("digits"), known=known, pointing=page))
    if name in CARD_DEEDS and at.may(DEEDS[name].command):
        return client_deeds.open_deed(at, name, page.of, page.card.id, page.card.masked, page)
    return client_card.again(at, page.of) if name == "back" else page


def _changes_touched(at: At, page: BalanceChangeList, name: str, argument: str) -> Page:
    if name != "reverse" or not at.may("ReverseChange"):
        return client_changes.list_touched(at, page, name, argument)
    for change in page.changes:
        if change.id == argument:
            about = Said(f"desk.clients.reason.{change.reason}")
            return client_deeds.open_deed(at, "reverse", page.card, change.id, about, page)
    return page


def _deed_touched(at: At, page: ClientDeed, name: str, argument: str) -> Page:
    made = client_deeds.touched(at, page, name, argument)
    if made is not None:
        return made
    done = name == "deed"
    shows = page.deed == "merge" or isinstance(page.came, (ClientMore, CardDetail))
    if page.came is None or (done and shows):
        return _after(at, page)
    return at.turn(_fresh(at, page.came))


def _after(at: At, page: ClientDeed) -> Page:
    """The client's card; of somebody who was found as one of two, its list stays behind it."""
    came = page.card.came
    if isinstance(page.came, DuplicateList):
        came = page.came
    return client_card.opened(at, page.client, _fresh(at, came))


# --- cards that are shown -------------------------------------------------------------------------


def _heard(at: At, page: Page, event: Event) -> Page | None:
    match event:
        case ErrandTold() if isinstance(page, TransactionExport):
            return client_transactions.export_heard(at, page, event)
        case CardRefused():
            raise genuine.refusal(event)
        case CardPresented():
            return _shown(at, page, event)
        case _:
            return None


def _shown(at: At, page: Page, event: CardPresented) -> Page | None:
    """A card at the reader: its client, or the card that a form waits for."""
    # A card is lost, and its slip is under the scanner.
    coded = None if isinstance(page, _FORMS) else _coded(at, event.raw)
    if coded is not None:
        return client_card.opened(at, coded.client, _search_of(page) or _open(at))
    today = at.now.wall.astimezone(ZoneInfo(at.venue.time_zone)).date()
    read = recognise(event.raw, event.signal, event.device, at.venue.rules, today)
    if read.scope == "employee":
        return None
    if read.scope != "interface":
        raise Refused("err.not_a_clients_card")
    if isinstance(page, ClientDeed) and DEEDS[page.deed].taps:
        return client_deeds.tapped(at, page, read)
    if isinstance(page, _FORMS):
        # What somebody is filling in is not thrown away by a card that comes too near.
        return page
    return _of_read(at, page, read)


_FORMS = (BalanceForm, ClientDeed, CardRegistration, TransactionFilter, TransactionExport)


def _of_read(at: At, page: Page, read: Recognised) -> Page:
    if isinstance(page, ClientSearch) and page.looks:
        return _of_client(at, page, at.ask(ClientOfCard(read)))
    search = _search_of(page) or _open(at)
    try:
        row = at.ask(ClientOfCard(read))
    except Refused as refused:
        if refused.key == "err.unknown_card" and at.may("RegisterCard"):
            return client_registration.open_registration(at, read, search)
        raise
    at.desk = replace(at.desk, problem=None, notice=None)
    return client_card.opened(at, row.client, search)


def _search_of(page: Page) -> Page | None:
    """The search that a page came from."""
    if isinstance(page, ClientSearch):
        return page
    came = getattr(page, "came", None) or getattr(page, "card", None) or getattr(page, "of", None)
    return _search_of(came) if isinstance(came, Page) else None


# --- the section ----------------------------------------------------------------------------------

Touch = Callable[[At, Any, str, str], Page]
TOUCHED: Mapping[type[Page], Touch] = {
    ClientSearch: _search_touched,
    ClientCard: _card_touched,
    ClientMore: _more_touched,
    CardDetail: _detail_touched,
    BalanceForm: client_changes.touched,
    BalanceChangeList: _changes_touched,
    ClientDeed: _deed_touched,
    TransactionList: client_transactions.touched,
    TransactionFilter: client_transactions.filter_touched,
    TransactionExport: client_transactions.export_touched,
    BalanceExplained: client_transactions.explained_touched,
    SegmentList: client_lists.segment_touched,
    DuplicateList: client_lists.duplicates_touched,
    CodeList: client_lists.codes_touched,
    DeskTopUpList: client_lists.top_ups_touched,
    CardRegistration: client_registration.touched,
}


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    return TOUCHED[type(page)](at, page, name, argument)


def _fresh(at: At, page: Page) -> Page:
    match page:
        case ClientCard():
            return client_card.fresh(at, page)
        case CardDetail():
            return client_card.fresh_detail(at, page)
        case BalanceChangeList():
            return client_changes.fresh_list(at, page)
        case TransactionList():
            return client_transactions.fresh(at, page)
        case ClientSearch() if page.rows:
            return searched(at, page)
        case _:
            return client_lists.fresh(at, page)


SECTION = Section("clients", frozenset({"FindClients"}), _open, _touched, _heard, _fresh)


def client_page(at: At, client: ClientId) -> Page:
    """A client's card for who comes from another section.

    Raises:
        Refused: ``err.no_such_client``.
    """
    return client_card.opened(at, client, _open(at))
