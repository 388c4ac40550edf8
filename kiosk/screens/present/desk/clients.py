"""Finding clients, and a client's card, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.cards import Card
from kiosk.core.client_list import ROWS_MAX, ClientRow
from kiosk.core.desk.client_card import CardDetail, ClientCard, ClientMore
from kiosk.core.desk.client_deeds import DEEDS
from kiosk.core.desk.client_lists import SegmentList
from kiosk.core.desk.clients import MORE_DEEDS, ClientSearch
from kiosk.core.desk.scenes import Page
from kiosk.core.statistics import WEEKS
from kiosk.screens.present.desk.client_words import act, go, name_of
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Actions,
    Bars,
    Button,
    Cell,
    Column,
    Fact,
    Facts,
    Holding,
    Holdings,
    Line,
    Pane,
    Part,
    Say,
    Search,
    Stack,
    Table,
    Tile,
    Tiles,
)

MASTER, DETAIL = 1.5, 1.0
"""How the width is shared between a list and what was chosen in it."""


# --- finding --------------------------------------------------------------------------------------


def _search(words: DeskWords, page: ClientSearch) -> Body:
    merging = page.merging
    title = words.say("desk.section.clients")
    if merging is not None:
        title = words.say("desk.clients.merge_with", name=name_of(words, merging.client.name))
    if page.pointing is not None:
        title = words.say("desk.clients.point_to", card=page.pointing.card.masked)
    heads: tuple[Button, ...] = ()
    if not page.looks:
        heads = (
            *act(words, "ListSegment", "segment", "clients", "quiet"),
            *act(words, "Duplicates", "duplicates", "merge", "quiet"),
        )
    return Body(
        title,
        (Stack((Pane((words.entries(page.form, "by"),), card=False), found_pane(words, page))),),
        heads=heads,
        back=go(words, "back", "back", "quiet") if page.looks else None,
        keys=words.keys(page.form),
    )


def found_pane(words: DeskWords, page: ClientSearch, selected: str = "") -> Pane:
    """What was typed, and who was found by it."""
    hint = words.say(f"desk.clients.hint.{page.by}")
    parts: list[Part] = [Search(page.form["query"], hint)]
    if page.by == "card" and page.form["query"]:
        parts.append(Actions((go(words, "find", "search", "primary"),)))
    if page.nobody is not None:
        parts.append(Say(words.refusal(page.nobody), "body", "warning", "alert"))
    elif page.rows:
        parts.append(rows_table(words, page.rows, selected, _how_many(words, page)))
    else:
        parts.append(Say(words.say(f"desk.clients.type.{page.by}"), "body", "muted"))
        parts.append(Say(_known(words, page), "caption", "muted"))
    return Pane(tuple(parts), card=False)


def _known(words: DeskWords, page: ClientSearch) -> str:
    count = words.texts.count(page.known)
    return words.texts.plural("desk.clients.known", page.known, count=count)


def _how_many(words: DeskWords, page: ClientSearch) -> str:
    known = words.texts.count(page.known)
    if page.more:
        return words.say("desk.clients.first", number=str(ROWS_MAX), known=known)
    return words.texts.plural("desk.clients.found", len(page.rows), known=known)


def rows_table(
    words: DeskWords, rows: tuple[ClientRow, ...], selected: str = "", foot: str = ""
) -> Table:
    """Clients under one another, as picture 07 has them."""
    columns = (
        Column(words.say("desk.clients.column.name"), share=1.0),
        Column(words.say("desk.clients.column.phone")),
        Column(words.say("desk.clients.column.game"), "right"),
        Column(words.say("desk.clients.column.bonus"), "right"),
        Column(words.say("desk.clients.column.last"), "right"),
    )
    return Table(columns, tuple(_row(words, row, selected) for row in rows), foot=foot)


def _row(words: DeskWords, row: ClientRow, selected: str) -> Line:
    last = words.day(row.last_visit) if row.last_visit else "—"
    cells = (
        Cell(row.name or "—", strong=True),
        Cell(row.phone or "—"),
        Cell(words.texts.number(row.wallet)),
        Cell(words.texts.count(row.bonus), tone="bonus"),
        Cell(last, tone="muted"),
    )
    return Line(cells, f"client:{row.client}", selected=row.client == selected)


# --- the card -------------------------------------------------------------------------------------


def _card(words: DeskWords, page: ClientCard) -> Body:
    detail = Stack((_waiting(words, page), _about(words, page)), DETAIL)
    if not (page.strikes or page.notes):
        detail = Stack((_about(words, page),), DETAIL)
    return Body(
        words.say("desk.section.clients"),
        (Stack((_list_of(words, page),), MASTER), detail),
        back=go(words, "back", "back", "quiet"),
        front=1,
    )


def _list_of(words: DeskWords, page: ClientCard) -> Pane:
    came = page.came
    if isinstance(came, ClientSearch):
        return found_pane(words, came, page.client.id)
    if isinstance(came, SegmentList):
        rows = tuple(row.client for row in came.found.rows)
        title = words.say(f"desk.clients.segment.{came.segment}")
        return Pane((Say(title, "heading"), rows_table(words, rows, page.client.id)), card=False)
    return Pane((), card=False)


def _about(words: DeskWords, page: ClientCard) -> Pane:
    client = page.client
    parts: list[Part] = [
        Say(name_of(words, client.name), "title"),
        Say(_below(words, page), "caption", "muted"),
        Holdings(_holdings(words, page)),
        # Before what is only read: a card that is lost, or blocked, is why the guest came.
        *((_cards(words, page.cards),) if page.cards else ()),
        Facts(_facts(words, page)),
        Bars(
            page.habits.weeks,
            ("",) * WEEKS,
            words.say("desk.clients.weeks", weeks=str(WEEKS)),
            shown=tuple(str(n) for n in page.habits.weeks),
        ),
    ]
    foot: tuple[Button, ...] = (
        go(words, "transactions", "history"),
        go(words, "more", "menu"),
    )
    if page.here:
        foot = (*act(words, "TopUpAtDesk", "top_up", "top_up", "primary"), *foot)
    return Pane(tuple(parts), foot=foot)


def _below(words: DeskWords, page: ClientCard) -> str:
    client = page.client
    if client.state == "merged":
        return words.say("desk.clients.is_merged", into=client.into)
    if client.state == "erased":
        return words.say("desk.clients.is_erased")
    phone = client.phone_masked or words.say("desk.clients.no_phone")
    return " · ".join((phone, *(card.masked for card in page.cards if card.state == "active")))


def _holdings(words: DeskWords, page: ClientCard) -> tuple[Holding, ...]:
    client = page.client

    def change(of: str) -> Button | None:
        if client.state == "merged":
            return None
        return next(iter(act(words, "ChangeBalance", f"change:{of}", "pencil")), None)

    def sell(kind: str) -> Button | None:
        if client.state != "active":
            return None
        return next(
            iter(words.act("SellPackage", f"minutes:{kind}", "desk.minutes.button.minutes")), None
        )

    symbol = client.wallet.currency.symbol
    minutes = words.say("desk.clients.min")
    return (
        Holding(
            words.say("desk.clients.game"),
            words.texts.number(client.wallet),
            symbol,
            button=change("game"),
        ),
        Holding(
            words.say("desk.clients.bonus"),
            words.texts.count(client.bonus),
            words.say("wallet.bonus_unit"),
            "bonus",
            button=change("bonus"),
        ),
        Holding(
            words.say("desk.clients.minutes_game"),
            words.texts.count(client.minutes_game),
            minutes,
            "game",
            button=sell("game"),
        ),
        Holding(
            words.say("desk.clients.minutes_net"),
            words.texts.count(client.minutes_net),
            minutes,
            "internet",
            button=sell("internet"),
        ),
    )


def _facts(words: DeskWords, page: ClientCard) -> tuple[Fact, ...]:
    figures = page.figures
    last = words.day(figures.last_visit) if figures.last_visit else words.say("desk.clients.never")
    facts = [
        Fact(words.say("desk.clients.played"), words.texts.duration(figures.played_s // 60)),
        Fact(words.say("desk.clients.spent"), words.texts.money(figures.spent)),
        Fact(words.say("desk.clients.last_visit"), last),
        Fact(words.say("desk.clients.usually"), _usually(words, page)),
    ]
    if page.group:
        facts.append(Fact(words.say("desk.clients.group"), page.group))
    facts.append(
        Fact(words.say("desk.clients.since"), words.texts.date(words.moment(page.client.since)))
    )
    return tuple(facts)


def _usually(words: DeskWords, page: ClientCard) -> str:
    habits = page.habits
    days = ", ".join(words.say(f"desk.clients.day.{day}") for day in habits.days)
    part = words.say(f"desk.clients.part.{habits.part}") if habits.part else ""
    return " ".join(text for text in (days, part) if text) or "—"


def _cards(words: DeskWords, cards: tuple[Card, ...]) -> Table:
    lines = tuple(
        Line(
            (Cell(card.masked, strong=True, icon="card"), Cell(_state(words, card), tone="muted")),
            f"card:{card.id}" if words.may("GetCardAccounts") else "",
        )
        for card in cards
    )
    columns = (Column(words.say("desk.clients.cards"), share=1.0), Column("", "right"))
    return Table(columns, lines)


def _state(words: DeskWords, card: Card) -> str:
    return words.say(f"desk.clients.card.{card.state}")


def _waiting(words: DeskWords, page: ClientCard) -> Pane:
    """What somebody has to look into: notes that nobody decided, limits that struck."""
    tiles = [
        Tile(
            words.say("desk.clients.note_waits", amount=words.texts.money(note.value)),
            words.say("desk.clients.note_waits_do"),
            "note",
            "warning",
        )
        for note in page.notes
    ]
    for strike in page.strikes:
        may = "ClearStrike"
        tiles.append(
            Tile(
                words.say(f"rule.{strike.rule}"),
                words.say("desk.clients.struck", at=words.day(strike.at)),
                "alert",
                "warning",
                id=f"strike:{strike.id}" if words.may(may) else "",
            )
        )
    return Pane((Tiles(tuple(tiles)),), tone="warning")


# --- more -----------------------------------------------------------------------------------------

_MORE: tuple[tuple[str, str, str], ...] = (
    ("explain", "ExplainClient", "question"),
    ("top_ups", "DeskTopUps", "receipt"),
    ("changes", "BalanceChanges", "undo"),
    ("codes", "PromoCodes", "gift"),
    ("name", "ChangeName", "pencil"),
    ("phone", "ChangePhone", "phone"),
    ("reset_pin", "ResetPin", "pin"),
    ("group", "SetGroup", "star"),
    ("merge", "MergeClients", "merge"),
    ("forget", "EraseClient", "trash"),
)
_OF_ANYBODY = ("explain", "top_ups", "changes")
"""What is there for an erased client, too."""


def _more(words: DeskWords, page: ClientMore) -> Body:
    card = page.card
    assert set(MORE_DEEDS) <= {name for name, _, _ in _MORE}, "every deed has its tile"
    tiles = []
    for name, needs, icon in _MORE:
        if name == "codes" and not words.may(needs):
            needs = "RedeemPromoCode"
        if words.may(needs) and (card.here or name in _OF_ANYBODY):
            told = words.say(f"desk.clients.more.{name}")
            what = words.say(f"desk.clients.more.{name}.what")
            tiles.append(Tile(told, what, icon, id=name))
    return Body(
        name_of(words, card.client.name),
        (Stack((Pane((Tiles(tuple(tiles), columns=2),)),)),),
        subtitle=card.client.phone_masked,
        back=go(words, "back", "back", "quiet"),
    )


def _detail(words: DeskWords, page: CardDetail) -> Body:
    card = page.card
    facts: tuple[Fact, ...] = (
        Fact(words.say("desk.clients.state"), _state(words, card)),
        Fact(words.say("desk.clients.holder"), name_of(words, page.of.client.name)),
        Fact(words.say("desk.clients.game"), words.texts.money(page.of.client.wallet)),
    )
    if page.points:
        pays, gets = (name_of(words, of.name) for of in (page.expenditure, page.debit))
        facts += (
            Fact(words.say("desk.clients.uses.pays"), pays),
            Fact(words.say("desk.clients.uses.gets"), gets),
        )
    active = card.state == "active"
    buttons = {
        "active": ("move", "block", "lost"),
        "blocked": ("unblock", "lost", "move"),
        "lost": ("move", "unblock"),
    }.get(card.state, ())
    if active and page.of.here:
        buttons = (*buttons, "wallet", *(("own",) if page.points else ()))
    icons = {
        "wallet": "wallet",
        "own": "undo",
        "move": "swap",
        "block": "blocked",
        "unblock": "unlock",
        "lost": "warning",
    }
    foot: tuple[Button, ...] = ()
    for name in buttons:
        if page.of.here or name in ("block", "unblock"):
            foot += act(words, DEEDS[name].command, name, icons[name])
    said = words.say(f"desk.clients.card.{card.state}.what")
    tone: Any = "good" if active else "warning"
    return Body(
        words.say("desk.clients.card_title", card=card.masked),
        (Stack((Pane((Say(said, "body", tone), Facts(facts)), foot=foot),)),),
        back=go(words, "back", "back", "quiet"),
    )


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    ClientSearch: _search,
    ClientCard: _card,
    ClientMore: _more,
    CardDetail: _detail,
}
