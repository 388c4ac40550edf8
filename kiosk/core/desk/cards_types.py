"""A6. The types of cards: which there are, and one that is typed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from kiosk.core.card_rules import CardType
from kiosk.core.desk import cards_draft as drafts
from kiosk.core.desk import forms
from kiosk.core.desk.cards_draft import Draft
from kiosk.core.desk.cards_rules import Rules
from kiosk.core.desk.forms import Field, Form, Label, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.money import Money

NEW = -1
NAME_MAX, PERCENT_MAX, AMOUNT_MAX_MINOR = 40, 100, 10**12
_NO_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Types(Page):
    """The types of a draft; `rules` is the page it came from, with the draft."""

    section: ClassVar[SectionName] = "cards"

    rules: Rules


@dataclass(frozen=True)
class TypeForm(Page):
    """A type that is typed; `place` from 0 on, or `NEW`."""

    section: ClassVar[SectionName] = "cards"

    types: Types
    place: int
    form: Form

    @property
    def draft(self) -> Draft:
        """The draft that the type belongs to."""
        return self.types.rules.draft

    @property
    def only_draft(self) -> bool:
        """Whether the type is in no books yet, so that it may vanish."""
        kept = {kind.id for kind in self.draft.kept.types}
        return self.place != NEW and self.draft.types[self.place].id not in kept


def touched(at: At, page: Types, name: str, argument: str) -> Page:
    """A button of the types."""
    types = page.rules.draft.types
    if not at.may("SetRecognition"):
        return page
    match name:
        case "type" if argument.isdecimal() and int(argument) < len(types):
            place = int(argument)
            return TypeForm(page, place, _form(at, page.rules.draft, types[place]))
        case "add":
            return TypeForm(page, NEW, _form(at, page.rules.draft, None))
        case _:
            return page


def _form(at: At, draft: Draft, kind: CardType | None) -> Form:
    zero = Money(0, at.currency)
    of = kind or CardType("", "", False, True, zero, "", zero, zero, "", 0, True)
    scopes = tuple((s, Said(f"desk.cards.scope.{s}")) for s in ("group", "personal"))
    none: tuple[tuple[str, Label], ...] = (("", Said("desk.cards.none")),)
    return forms.form(
        Field("name", Said("desk.cards.field.name"), "text", of.name, NAME_MAX),
        Field("in_use", Said("desk.cards.field.in_use"), "switch", "on" if of.in_use else ""),
        Field(
            "scope",
            Said("desk.cards.field.scope"),
            "choice",
            "personal" if of.personal else "group",
            options=scopes,
        ),
        _amount("prepay", of.prepay),
        Field(
            "prepay_reason",
            Said("desk.cards.field.prepay_reason"),
            "choice",
            of.prepay_reason,
            options=none + draft.kept.reasons,
        ),
        Field(
            "no_limit",
            Said("desk.cards.field.no_limit"),
            "switch",
            "on" if of.limit is None else "",
        ),
        _amount("limit", of.limit or zero),
        _amount("minimum", of.minimum),
        Field(
            "markup",
            Said("desk.cards.field.markup"),
            "choice",
            of.markup,
            options=none + draft.kept.markups,
        ),
        Field(
            "discount",
            Said("desk.cards.field.discount"),
            "number",
            str(of.discount_percent) if of.discount_percent else "",
            3,
            unit="%",
        ),
        Field("floating", Said("desk.cards.field.floating"), "switch", "on" if of.floating else ""),
        Field("genuine", Said("desk.cards.field.genuine"), "switch", "on" if of.genuine else ""),
        at="" if kind else "name",
    )


def _amount(name: str, money: Money) -> Field:
    whole, part = divmod(money.minor, 10**money.currency.exponent)
    value = "" if not money.minor else str(money) if part else str(whole)
    says = Said(f"desk.cards.{name}_says")
    return Field(name, Said(f"desk.cards.field.{name}"), "money", value, 14, says=says)


def shown_fields(of: Form) -> tuple[str, ...]:
    """The fields that matter with what is chosen now: a personal card is never prepaid (E66)."""
    names = [f.id for f in of.fields]
    gone = ["prepay", "prepay_reason"] if of["scope"] == "personal" else []
    gone += ["limit"] if of.on("no_limit") else []
    return tuple(name for name in names if name not in gone)


def touched_form(at: At, page: TypeForm, name: str, argument: str) -> Page:
    """A button of a type that is typed."""
    typed = forms.touched(page.form, name, argument, at.situation.house.languages)
    if typed is not None:
        # The keys go where something is chosen, so that the form is seen again.
        return replace(page, form=replace(typed, at="") if name in ("choose", "switch") else typed)
    draft, types = page.draft, list(page.draft.types)
    match name:
        case "remove" if page.only_draft:
            del types[page.place]
        case "do":
            made = _made(at, page)
            if isinstance(made, Form):
                return replace(page, form=made)
            if page.place == NEW:
                types.append(made)
            else:
                types[page.place] = made
        case _:
            return page
    rules = replace(page.types.rules, draft=drafts.with_types(at, draft, tuple(types)))
    return Types(rules)


def _made(at: At, page: TypeForm) -> CardType | Form:
    """The type that was typed, or the form with what is wrong."""
    of, shown = page.form, shown_fields(page.form)
    zero = Money(0, at.currency)
    amounts = {}
    for name in ("prepay", "limit", "minimum"):
        amounts[name] = zero
        if name in shown and of[name]:
            try:
                amounts[name] = forms.money(of, name, at.currency)
                if amounts[name].minor > AMOUNT_MAX_MINOR:
                    raise Refused("err.amount_form")
            except Refused as refused:
                return forms.refused(of, refused, name)
    if not of["name"]:
        return forms.refused(of, Refused("err.type_name"), "name")
    kinds = page.draft.types
    if any(n != page.place and kind.name == of["name"] for n, kind in enumerate(kinds)):
        return forms.refused(of, Refused("err.type_twice"), "name")
    discount = int(of["discount"] or "0")
    if discount > PERCENT_MAX:
        return forms.refused(of, Refused("err.percent"), "discount")
    return CardType(
        id=_id(page),
        name=of["name"],
        personal=of["scope"] == "personal",
        in_use=of.on("in_use"),
        prepay=amounts["prepay"],
        prepay_reason=of["prepay_reason"] if "prepay_reason" in shown else "",
        limit=None if of.on("no_limit") else amounts["limit"],
        minimum=amounts["minimum"],
        markup=of["markup"],
        discount_percent=discount,
        floating=of.on("floating"),
        genuine=of.on("genuine"),
    )


def _id(page: TypeForm) -> str:
    """The id of a type: what of its name fits into one, with a number where another has it."""
    kinds = page.draft.types
    if page.place != NEW:
        return kinds[page.place].id
    taken = {kind.id for kind in (*kinds, *page.draft.kept.types)}
    stem = _NO_ID.sub("-", page.form["name"].lower()).strip("-")[:24] or "type"
    numbered = (f"{stem}-{n}" for n in range(2, len(taken) + 3))
    return next(name for name in (stem, *numbered) if name not in taken)
