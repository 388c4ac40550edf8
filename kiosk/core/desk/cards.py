"""A6. Cards: how they are recognised, their types, the live tester, new cards in a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from kiosk.core.desk import cards_batch as batch
from kiosk.core.desk import cards_draft as drafts
from kiosk.core.desk import cards_rules as rules
from kiosk.core.desk import cards_test as test
from kiosk.core.desk import cards_types as types
from kiosk.core.desk import forms
from kiosk.core.desk.cards_batch import Batch
from kiosk.core.desk.cards_draft import DraftLeft, WideAsked
from kiosk.core.desk.cards_rules import NEW, RuleForm, Rules
from kiosk.core.desk.cards_types import TypeForm, Types
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At, Section
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.messages import Event
from kiosk.core.readings import BY_HAND, TYPED_CHARACTERS_MAX
from kiosk.core.recognition import SIGNALS

NEEDS = frozenset({"GetRecognition", "RegisterCard"})


@dataclass(frozen=True)
class TypedTest(Page):
    """Test data that is typed where no card is at hand (E75)."""

    section: ClassVar[SectionName] = "cards"

    rules: Rules
    form: Form


def _open(at: At) -> Page:
    return rules.open_(at) if at.may("GetRecognition") else batch.begin(at)


def _touched(at: At, page: Page, name: str, argument: str) -> Page:
    match page:
        case Rules():
            return _rules(at, page, name, argument)
        case RuleForm(rules=back) if name == "back":
            return back
        case RuleForm():
            return rules.touched_form(at, page, name, argument)
        case Types(rules=back) if name == "back":
            return back
        case Types():
            return types.touched(at, page, name, argument)
        case TypeForm(types=of) if name == "back":
            return of
        case TypeForm():
            return types.touched_form(at, page, name, argument)
        case WideAsked():
            return _wide(at, page, name)
        case DraftLeft(page=back) if name == "back":
            return back
        case DraftLeft() if name == "leave_it":
            return at.turn(rules.open_(at))
        case TypedTest():
            return _typed(at, page, name, argument)
        case Batch() if name == "back":
            return at.turn(_open(at))
        case Batch():
            return batch.touched(at, page, name, argument)
        case _:
            return page


def _rules(at: At, page: Rules, name: str, argument: str) -> Page:
    match name:
        case "types":
            return Types(replace(page, tested=None))
        case "batch" if page.draft.changed:
            return DraftLeft(page)
        case "batch" if at.may("RegisterCard"):
            return batch.begin(at)
        case "type_it":
            return TypedTest(page, _test_form())
        case _:
            return rules.touched(at, page, name, argument)


def _wide(at: At, page: WideAsked, name: str) -> Page:
    """Yes, a rule is meant to take all of a length; or back."""
    of = page.page
    if name == "ok" and isinstance(of, Rules):
        return rules.put(at, of, confirmed=True)
    return of if name == "back" else page


def _test_form() -> Form:
    signals = tuple((signal, Said(f"desk.cards.signal.{signal}")) for signal in SIGNALS)
    return forms.form(
        Field("signal", Said("desk.cards.field.signal"), "choice", "magnetic", options=signals),
        Field("text", Said("desk.cards.field.text"), "text", most=TYPED_CHARACTERS_MAX),
    )


def _typed(at: At, page: TypedTest, name: str, argument: str) -> Page:
    if name == "back":
        return page.rules
    of = page.form
    typed = rules.typed(of, name, argument, ())
    if typed is not None:
        return replace(page, form=typed)
    if name != "do":
        return page
    signal = next(s for s in SIGNALS if s == of["signal"])
    try:
        tested = test.tested(at, page.rules.draft, of["text"], signal, BY_HAND)
    except Refused as refused:
        return replace(page, form=forms.refused(of, refused, "text"))
    return replace(page.rules, tested=tested)


def _heard(at: At, page: Page, event: Event) -> Page | None:
    match page:
        case Rules():
            tested = test.heard(at, page.draft, event)
            # A new page, so that the desk is not locked while somebody shows card after card.
            return None if tested is None else at.turn(replace(page, tested=tested, place=NEW))
        case Batch():
            return batch.heard(at, page, event)
        case _:
            return None


def _fresh(at: At, page: Any) -> Page:
    """A draft that changes nothing follows the books; one that somebody works at stays."""
    if isinstance(page, Rules) and not page.draft.changed:
        return replace(page, draft=drafts.in_force(at))
    kept: Page = page
    return kept


SECTION = Section("cards", NEEDS, _open, _touched, _heard, _fresh)
