"""A client's minutes in words: who is meant, what he holds, what is sold and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.client_list import ClientRow
from kiosk.core.desk.minutes_clients import (
    Adjusting,
    Choosing,
    ClientMinutes,
    Exchanging,
    Player,
    Undoing,
)
from kiosk.core.desk.scenes import Page
from kiosk.core.package_sales import Sale
from kiosk.core.packages import Package
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Button,
    Cell,
    Column,
    Entries,
    Entry,
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
)

TENDERS = ("wallet", "cash", "bank_card", "qr")


def holds(words: DeskWords, of: Player) -> str:
    """What a client has to play with, in a line."""
    return words.say(
        "desk.minutes.holds",
        money=words.texts.money(of.client.wallet),
        game=words.texts.count(of.free.game_free),
        net=words.texts.count(of.free.internet_free),
    )


def _choosing(words: DeskWords, page: Choosing) -> Body:
    typed = page.form.field("who").value
    note = words.refusal(page.nobody) if page.nobody else words.say("desk.minutes.tap")
    search = Search(typed, words.say("desk.minutes.who_hint"), note, id="field:who")
    parts: list[Part] = [search]
    if page.found:
        columns = (Column(share=1.2), Column(share=1.2), Column("", "right"))
        foot = words.say("desk.minutes.type_more") if page.more else ""
        parts.append(Table(columns, tuple(_row(words, r) for r in page.found), foot=foot))
    title = words.say(f"desk.minutes.choose_{page.purpose}")
    back = words.go("back", "button.back", "back")
    keys = words.keys(page.form)
    return Body(title, (Stack((Pane(tuple(parts)),)),), back=back, keys=keys)


def _row(words: DeskWords, row: ClientRow) -> Line:
    name = row.name or words.say("desk.minutes.no_name")
    return Line(
        (
            Cell(name, strong=True),
            Cell(row.phone, tone="muted"),
            Cell(words.texts.money(row.wallet)),
        ),
        id=f"client:{row.client}",
    )


# --- his minutes -------------------------------------------------------------------------------


def _client(words: DeskWords, page: ClientMinutes) -> Body:
    of = page.player
    offer = Pane((_holdings(words, of), _packages(words, page)))
    side = _question(words, page, page.chosen) if page.chosen else _sales(words, page)
    heads = (
        *words.act("StartSession", "start", "desk.minutes.button.start", "play"),
        *words.act("SetPackages", "packages", "desk.minutes.button.packages", "tags"),
    )
    return Body(
        words.words(of.name),
        (Stack((offer,), 1.3), Stack((side,))),
        subtitle=words.say("desk.minutes.balance", money=words.texts.money(of.client.wallet)),
        heads=heads,
        back=words.go("back", "button.back", "back"),
        front=1 if page.chosen else None,
    )


def _holdings(words: DeskWords, of: Player) -> Holdings:
    free = of.free
    return Holdings(
        (
            _holding(words, "game", free.game, free.game_free),
            _holding(words, "internet", free.internet, free.internet_free),
        )
    )


def _holding(words: DeskWords, kind: str, held: int, free: int) -> Holding:
    change = words.act("AdjustMinutes", f"adjust:{kind}", "desk.minutes.button.change", "pencil")
    note = words.texts.plural("desk.minutes.free", free) if free != held else ""
    return Holding(
        words.say(f"desk.minutes.kind.{kind}"),
        words.texts.count(held),
        tone="game" if kind == "game" else "internet",
        note=note,
        button=change[0] if change else None,
    )


def _packages(words: DeskWords, page: ClientMinutes) -> Table:
    pressed = words.may("SellPackage")
    columns = (
        Column(words.say("desk.minutes.packages"), share=1.4),
        Column(words.say("desk.minutes.a_minute"), "right"),
        Column(words.say("desk.minutes.field.price"), "right"),
    )
    lines = tuple(
        Line(
            (
                Cell(package_name(words, package), strong=True),
                Cell(minute_price(words, package), tone="muted"),
                Cell(words.texts.money(package.price)),
            ),
            id=f"package:{package.id}" if pressed else "",
            selected=package == page.chosen,
        )
        for package in page.packages
    )
    return Table(columns, lines, empty=words.say("desk.minutes.no_packages"))


def package_name(words: DeskWords, package: Package | Sale) -> str:
    """What a package is called: its minutes and their kind."""
    kind = words.say(f"desk.minutes.kind.{package.kind}")
    return words.say("desk.minutes.package", minutes=words.texts.count(package.minutes), kind=kind)


def minute_price(words: DeskWords, package: Package) -> str:
    """What a minute of a package costs, rounded down to the smallest coin."""
    minor = package.price.minor // package.minutes
    return words.texts.money(type(package.price)(minor, package.price.currency))


def _question(words: DeskWords, page: ClientMinutes, chosen: Package) -> Pane:
    free = page.player.free
    before = free.game if chosen.kind == "game" else free.internet
    wallet, price = page.player.client.wallet, chosen.price
    facts = [
        Fact(words.say("desk.minutes.field.price"), words.texts.money(price)),
        Fact(words.say("desk.minutes.before"), words.texts.count(before)),
        Fact(words.say("desk.minutes.after"), words.texts.count(before + chosen.minutes), "good"),
    ]
    why = ""
    if page.tender == "wallet":
        left = type(price)(wallet.minor - price.minor, price.currency)
        short = type(price)(-left.minor, price.currency)
        why = (
            words.say("desk.minutes.short", short=words.texts.money(short))
            if left.minor < 0
            else ""
        )
        if not why:
            facts.append(Fact(words.say("desk.minutes.balance_after"), words.texts.money(left)))
    yes = words.act("SellPackage", "sell", "desk.minutes.button.sell_yes", "check", "primary", why)
    return Pane(
        (
            Say(words.say("desk.minutes.sell_ask", package=package_name(words, chosen)), "heading"),
            Entries((_tenders(words, page.tender),)),
            Facts(tuple(facts)),
        ),
        foot=(words.go("no", "desk.minutes.button.no", "close"), *yes),
    )


def _tenders(words: DeskWords, chosen: str) -> Entry:
    options = tuple(Button(f"tender:{t}", words.say(f"doc.tender_{t}")) for t in TENDERS)
    return Entry(
        "tender", words.say("desk.minutes.field.tender"), options=options, chosen=f"tender:{chosen}"
    )


def _sales(words: DeskWords, page: ClientMinutes) -> Pane:
    columns = (Column(words.say("desk.minutes.bought"), share=1.4), Column("", "right"))
    lines = tuple(_sale(words, sale) for sale in page.sales)
    why = "" if words.situation.venue.conversion else words.say("desk.minutes.no_exchange")
    exchange = words.act(
        "ConvertMinutes", "exchange", "desk.minutes.button.exchange", "swap", why=why
    )
    empty = words.say("desk.minutes.nothing_bought")
    return Pane((Table(columns, lines, empty=empty),), foot=exchange)


def _sale(words: DeskWords, sale: Sale) -> Line:
    undone = sale.state == "undone"
    state = words.say("desk.minutes.is_undone") if undone else ""
    left = state or words.say("desk.minutes.left_of", left=words.texts.count(sale.left))
    open_ = words.may("UndoPackage") and not undone and sale.left > 0
    return Line(
        (
            Cell(package_name(words, sale), f"{words.day(sale.at)} · {left}"),
            Cell(words.texts.money(sale.price), words.say(f"doc.tender_{sale.tender}")),
        ),
        id=f"undo:{sale.id}" if open_ else "",
    )


# --- forms -------------------------------------------------------------------------------------


def _undoing(words: DeskWords, page: Undoing) -> Body:
    sale = page.sale
    key = "desk.minutes.undo_part" if page.part else "desk.minutes.undo_all"
    refund = type(sale.price)(sale.price.minor * sale.left // sale.minutes, sale.price.currency)
    told = words.say(
        key,
        left=words.texts.count(sale.left),
        amount=words.texts.money(refund),
        tender=words.say(f"doc.tender_{sale.tender}"),
    )
    pane = Pane(
        (
            Say(package_name(words, sale), "heading"),
            Say(told),
            words.entries(page.form),
        ),
        foot=words.act("UndoPackage", "do", "desk.minutes.button.undo", "undo", "primary"),
    )
    return _form(words, words.words(page.player.name), page.form, pane)


def _adjusting(words: DeskWords, page: Adjusting) -> Body:
    pane = Pane(
        (Say(holds(words, page.player), "body", "muted"), words.entries(page.form)),
        foot=words.act("AdjustMinutes", "do", "desk.minutes.button.change", "pencil", "primary"),
    )
    return _form(words, words.words(page.player.name), page.form, pane)


def _exchanging(words: DeskWords, page: Exchanging) -> Body:
    pane = Pane(
        (Say(holds(words, page.player), "body", "muted"), words.entries(page.form)),
        foot=words.act("ConvertMinutes", "do", "desk.minutes.button.exchange", "swap", "primary"),
    )
    return _form(words, words.words(page.player.name), page.form, pane)


def _form(words: DeskWords, title: str, of: Any, pane: Pane) -> Body:
    back = words.go("back", "button.back", "back")
    return Body(title, (Stack((pane,)),), back=back, keys=words.keys(of))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Choosing: _choosing,
    ClientMinutes: _client,
    Undoing: _undoing,
    Adjusting: _adjusting,
    Exchanging: _exchanging,
}
