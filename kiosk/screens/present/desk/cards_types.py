"""The types of cards in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.card_rules import CardType
from kiosk.core.desk.cards_types import NEW, TypeForm, Types, shown_fields
from kiosk.core.desk.scenes import Page
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import Cell, Column, Line, Pane, Say, Stack, Table


def _types(words: DeskWords, page: Types) -> Body:
    draft = page.rules.draft
    columns = (Column(share=1.4), Column(share=1.0), Column("", "right"))
    may = words.may("SetRecognition")
    lines = tuple(_line(words, n, kind, may=may) for n, kind in enumerate(draft.types))
    add = (words.go("add", "desk.cards.button.add_type", "plus"),) if may else ()
    state = "desk.cards.draft" if draft.changed else "desk.cards.state"
    pane = Pane(
        (Table(columns, lines), Say(words.say("desk.cards.types_told"), "caption", "muted"))
    )
    return Body(
        words.say("desk.cards.types"),
        (Stack((Pane(pane.parts, foot=add),)),),
        subtitle=words.say(state),
        back=words.go("back", "button.back", "back"),
    )


def _line(words: DeskWords, place: int, kind: CardType, *, may: bool) -> Line:
    scope = words.say("desk.cards.scope.personal" if kind.personal else "desk.cards.scope.group")
    used = "" if kind.in_use else words.say("desk.cards.not_in_use")
    return Line(
        (
            Cell(kind.name, used, strong=True, tone="neutral" if kind.in_use else "muted"),
            Cell(scope, tone="muted"),
            Cell(_figures(words, kind)),
        ),
        id=f"type:{place}" if may else "",
    )


def _figures(words: DeskWords, kind: CardType) -> str:
    """What matters most of a type: what is prepaid, how far a visit may go."""
    if kind.prepay.minor:
        return words.say("desk.cards.prepaid", amount=words.texts.money(kind.prepay))
    if kind.limit is None:
        return words.say("desk.cards.field.no_limit")
    if kind.limit.minor:
        return words.say("desk.cards.limited", amount=words.texts.money(kind.limit))
    return ""


def _form(words: DeskWords, page: TypeForm) -> Body:
    new = page.place == NEW
    remove = (words.go("remove", "desk.cards.button.remove", "trash"),) if page.only_draft else ()
    into = words.go("do", "desk.cards.button.into_table", "check", "primary")
    pane = Pane((words.entries(page.form, *shown_fields(page.form)),), foot=(*remove, into))
    title = words.say("desk.cards.type_new" if new else "desk.cards.type_change")
    back = words.go("back", "button.back", "back")
    return Body(title, (Stack((pane,)),), back=back, keys=words.keys(page.form))


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    Types: _types,
    TypeForm: _form,
}
