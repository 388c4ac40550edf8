"""Card types and recognition rules as they would be: a draft until OK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kiosk.core.card_rules import (
    CardType,
    CheckRecognition,
    GetRecognition,
    Recognition,
    SetRecognition,
)
from kiosk.core.desk.forms import Label, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.misfits import Misfit
from kiosk.core.recognition import Rule


@dataclass(frozen=True)
class Draft:
    """Types and rules as they would be; `kept` is what is in force, `misfits` what does not fit."""

    types: tuple[CardType, ...]
    rules: tuple[Rule, ...]
    kept: Recognition
    misfits: tuple[Misfit, ...]

    @property
    def changed(self) -> bool:
        """Whether OK would change anything."""
        return (self.types, self.rules) != (self.kept.types, self.kept.rules)

    def type(self, name: str) -> CardType | None:
        """A type by its id."""
        return next((kind for kind in self.types if kind.id == name), None)


@dataclass(frozen=True)
class WideAsked(Page):
    """Whether a rule is meant to take all cards of a length."""

    section: ClassVar[SectionName] = "cards"

    page: Page
    draft: Draft
    rule: str


@dataclass(frozen=True)
class DraftLeft(Page):
    """Whether to leave without OK; `page` is what is left."""

    section: ClassVar[SectionName] = "cards"

    page: Page


def in_force(at: At) -> Draft:
    """What is in force, as a draft that changes nothing."""
    kept = at.ask(GetRecognition())
    return _checked(at, kept.types, kept.rules, kept)


def with_rules(at: At, draft: Draft, rules: tuple[Rule, ...]) -> Draft:
    """The draft with these rules."""
    return _checked(at, draft.types, rules, draft.kept)


def with_types(at: At, draft: Draft, types: tuple[CardType, ...]) -> Draft:
    """The draft with these types."""
    return _checked(at, types, draft.rules, draft.kept)


def _checked(
    at: At, types: tuple[CardType, ...], rules: tuple[Rule, ...], kept: Recognition
) -> Draft:
    return Draft(types, rules, kept, at.ask(CheckRecognition(types, rules)))


def put(at: At, page: Page, draft: Draft, *, confirmed: bool = False) -> Page | Draft:
    """Put a draft into force: what is in force then, or the page that says why not.

    What does not fit is said in the desk's own words, so that it needs no reading of a file.
    """
    if at.ask(GetRecognition()) != draft.kept:
        at.refuse(Refused("err.recognition_moved"))
        return page
    if draft.misfits:
        at.refuse(Refused("err.recognition_misfit"))
        return page
    done = at.do(SetRecognition(draft.types, draft.rules, confirmed))
    if not isinstance(done, Refused):
        at.say("desk.cards.in_force")
        return in_force(at)
    if done.key == "err.rule_wide":
        return WideAsked(page, draft, done.args_by_name["rule"])
    return page


def said(draft: Draft, misfit: Misfit) -> Said:
    """A misfit as a sentence."""
    args: dict[str, Label] = {"rule": misfit.rule, "other": misfit.other}
    kind = draft.type(misfit.type)
    args["type"] = kind.name if kind else misfit.type
    told = {name: value for name, value in args.items() if isinstance(value, str)}
    return Said(f"desk.cards.misfit.{misfit.key}", told)
