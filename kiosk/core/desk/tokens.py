"""The tokens of tills: which there are, a new one, shown once, and the end of one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from kiosk.core.desk import forms
from kiosk.core.desk.forms import Field, Form, Said
from kiosk.core.desk.frame import At
from kiosk.core.desk.scenes import Page, SectionName
from kiosk.core.errors import Refused
from kiosk.core.ledger import Entry
from kiosk.core.tokens import (
    SCOPES,
    IssueToken,
    ListTills,
    ListTokens,
    RevokeToken,
    TillToken,
    new_token,
)

SHOWN = 50


@dataclass(frozen=True)
class TokenList(Page):
    """The tokens that are good, the newest first; `tills`: id and name of each till."""

    section: ClassVar[SectionName] = "settings"

    tokens: tuple[TillToken, ...]
    tills: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TokenForm(Page):
    """A new token: for which till, and what it is good for."""

    section: ClassVar[SectionName] = "settings"

    form: Form


@dataclass(frozen=True)
class NewToken(Page):
    """A token, shown once: who signs in again does not find it (`since`)."""

    section: ClassVar[SectionName] = "settings"

    till: str
    token: str = field(repr=False)
    since: datetime = field(repr=False)


@dataclass(frozen=True)
class TokenSure(Page):
    """A token is to end; the question about it."""

    section: ClassVar[SectionName] = "settings"

    token: TillToken


def open_tokens(at: At) -> TokenList:
    """The tokens that are good."""
    good = [t for t in at.ask(ListTokens()) if t.state == "active"]
    return TokenList(tuple(reversed(good))[:SHOWN], at.ask(ListTills()))


def touched_list(at: At, page: TokenList, name: str, argument: str) -> Page:
    """A button of the list."""
    match name:
        case "token" if at.may("RevokeToken"):
            found = next((t for t in page.tokens if t.id == argument), None)
            return TokenSure(found) if found else page
        case "add" if page.tills and at.may("IssueToken"):
            tills = page.tills
            return TokenForm(
                forms.form(
                    Field("till", Said("desk.tokens.till"), "choice", tills[0][0], options=tills),
                    *(Field(scope, Said(f"desk.scope.{scope}"), "switch") for scope in SCOPES),
                )
            )
        case _:
            return page


def touched_form(at: At, page: TokenForm, name: str, argument: str) -> Page:
    """A button of a new token."""
    match name:
        case "back":
            return open_tokens(at)
        case "next":
            return _issue(at, page)
        case _:
            typed = forms.touched(page.form, name, argument, ())
            return page if typed is None else replace(page, form=typed)


def _issue(at: At, page: TokenForm) -> Page:
    scopes = tuple(scope for scope in SCOPES if page.form.on(scope))
    if not scopes:
        raise Refused("err.setting_words")
    token, token_id = new_token(at.random), at.random(6).hex()
    done = at.do(IssueToken(token_id, page.form["till"], scopes, token))
    if not isinstance(done, Entry):
        return page
    return NewToken(page.form["till"], token, at.desk.person.since)


def touched_new(at: At, page: NewToken, name: str, argument: str) -> Page:
    """The token was carried to its till."""
    del argument
    return open_tokens(at) if name in ("done", "back") else page


def fresh_new(at: At, page: NewToken) -> Page:
    """Shown to who asked for it, until he leaves the page or signs out."""
    return page if page.since == at.desk.person.since else open_tokens(at)


def touched_sure(at: At, page: TokenSure, name: str, argument: str) -> Page:
    """The answer to the question."""
    del argument
    if name == "confirm":
        done = at.do(RevokeToken(page.token.id))
        if isinstance(done, Entry):
            at.say("desk.tokens.revoked")
            return open_tokens(at)
    return open_tokens(at) if name == "back" else page
