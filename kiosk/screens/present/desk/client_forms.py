"""What is typed about a client, and what is confirmed, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.client_changes import BalanceForm, signed
from kiosk.core.desk.client_deeds import DEEDS, ClientDeed, ready
from kiosk.core.desk.client_registration import CardRegistration
from kiosk.core.desk.client_transactions import TransactionFilter
from kiosk.core.desk.scenes import Page
from kiosk.screens.present.desk.client_words import amount, go, moved, name_of, unit_of
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Button, Fact, Facts, Pane, Part, Say, Stack


def _balance(words: DeskWords, page: BalanceForm) -> Body:
    if page.figures is not None:
        return _confirm(words, page)
    client = page.card.client
    unit = unit_of(words, page.wallet)
    now = client.wallet.minor if page.wallet == "game" else client.bonus
    has = words.say("desk.clients.has", amount=amount(words, unit, now))
    why = "" if page.reason else words.say("desk.clients.choose_reason")
    pane = Pane(
        (Say(f"{name_of(words, client.name)} · {has}", "strong"), words.entries(page.form)),
        foot=(go(words, "next", "next", "primary", why),),
    )
    return Body(
        words.say(f"desk.clients.change_title.{page.wallet}"),
        (Stack((pane,)),),
        back=go(words, "back", "back", "quiet"),
        keys=words.keys(page.form),
    )


def _confirm(words: DeskWords, page: BalanceForm) -> Body:
    """What will be booked, before it is (C12); with the fields of a second signature."""
    figures, change, client = page.figures, page.change, page.card.client
    assert figures is not None and change is not None, "a page that confirms has what it confirms"
    unit = unit_of(words, page.wallet)
    facts = [
        Fact(words.say("desk.clients.client"), name_of(words, client.name)),
        Fact(words.say("desk.clients.field.reason"), words.say(_reason(change.reason))),
        Fact(words.say("desk.clients.before"), amount(words, unit, figures.before)),
        Fact(words.say("desk.clients.change"), moved(words, unit, change.amount)),
        Fact(words.say("desk.clients.after"), amount(words, unit, figures.after)),
    ]
    if change.source:
        facts.append(
            Fact(words.say("desk.clients.source"), words.say(f"desk.clients.{change.source}"))
        )
    if change.comment:
        facts.append(Fact(words.say("desk.clients.field.comment"), change.comment))
    parts: list[Part] = [Facts(tuple(facts))]
    if change.reason == "refund":
        told = words.say("desk.clients.hand_out", amount=amount(words, unit, -change.amount))
        parts.append(Say(told, "strong", icon="cash"))
    if figures.points_back:
        points = words.texts.count(figures.points_back)
        parts.append(Say(words.say("desk.clients.points_back", points=points), "body", "warning"))
    if signed(page):
        parts.append(Say(words.say("desk.clients.two"), "body", "warning", "account"))
        parts.append(words.entries(page.form, "staff", "pin"))
    return Body(
        words.say(f"desk.clients.sure_title.{page.wallet}"),
        (Stack((Pane(tuple(parts), foot=(go(words, "confirm", "check", "primary"),)),)),),
        back=go(words, "back", "back", "quiet"),
        keys=words.keys(page.form) if signed(page) else None,
    )


def _reason(name: str) -> str:
    return f"desk.clients.reason.{name}"


def _deed(words: DeskWords, page: ClientDeed) -> Body:
    deed, client = DEEDS[page.deed], page.card.client
    about = words.words(page.about)
    args = {
        "name": name_of(words, client.name),
        "about": about,
        "amount": words.texts.money(client.wallet),
        "points": words.texts.count(client.bonus),
    }
    title = words.say(f"desk.clients.deed.{page.deed}")
    says = words.say(f"desk.clients.deed.{page.deed}.what", **args)
    back = go(words, "back", "back", "quiet")
    if page.sure:
        sure = words.say(f"desk.clients.sure.{page.deed}", **args)
        pane = Pane(
            (Say(sure, "strong", icon="alert"), Facts((_reason_given(words, page),))),
            foot=(_button(words, page),),
            tone="warning",
        )
        return Body(title, (Stack((pane,)),), subtitle=args["name"], back=back)
    parts: list[Part] = [Say(says, "body")]
    why = ""
    if deed.taps:
        shown = "desk.clients.new_card_shown" if ready(page) else "desk.clients.tap_new_card"
        tone: Any = "good" if ready(page) else "warning"
        parts.append(Say(words.say(shown), "strong", tone, "contactless"))
        why = "" if ready(page) else words.say("desk.clients.tap_first")
    if any(f.id == "staff" for f in page.form.fields):
        parts.append(Say(words.say("desk.clients.two"), "body", "warning", "account"))
    parts.append(words.entries(page.form))
    return Body(
        title,
        (Stack((Pane(tuple(parts), foot=(_button(words, page, why),)),)),),
        subtitle=args["name"],
        back=back,
        keys=words.keys(page.form),
    )


def _button(words: DeskWords, page: ClientDeed, why: str = "") -> Button:
    """The button says what it does; where a question follows, that it goes on."""
    asks = DEEDS[page.deed].asks and not page.sure
    key = "desk.clients.button.next" if asks else f"desk.clients.deed.{page.deed}.button"
    return words.go("deed", key, "check", "primary", why)


def _reason_given(words: DeskWords, page: ClientDeed) -> Fact:
    return Fact(words.say("desk.clients.field.reason"), page.form["reason"])


def _registration(words: DeskWords, page: CardRegistration) -> Body:
    parts = (
        Say(words.say("desk.clients.new_card"), "body", icon="card"),
        words.entries(page.form),
    )
    return Body(
        words.say("desk.clients.register_title"),
        (Stack((Pane(parts, foot=(go(words, "register", "register", "primary"),)),)),),
        back=go(words, "back", "back", "quiet"),
        keys=words.keys(page.form),
    )


def _filter(words: DeskWords, page: TransactionFilter) -> Body:
    foot = (go(words, "show", "filter", "primary"), go(words, "everything", "close"))
    return Body(
        words.say("desk.clients.filter_title"),
        (Stack((Pane((words.entries(page.form),), foot=foot),)),),
        back=go(words, "back", "back", "quiet"),
        keys=words.keys(page.form),
    )


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    BalanceForm: _balance,
    ClientDeed: _deed,
    CardRegistration: _registration,
    TransactionFilter: _filter,
}
