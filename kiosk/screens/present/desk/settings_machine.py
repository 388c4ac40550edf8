"""Tokens of tills, copies of the books, and training, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.core.desk.copies import CopyState
from kiosk.core.desk.scenes import Page
from kiosk.core.desk.tokens import NewToken, TokenForm, TokenList, TokenSure
from kiosk.core.desk.training import Training
from kiosk.core.errands import Copies
from kiosk.core.tokens import TillToken
from kiosk.screens.present.desk.words import Body, DeskWords
from kiosk.screens.view import (
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Meter,
    Pane,
    Part,
    Say,
    Slip,
    SlipLine,
    Stack,
    Table,
    Tile,
    Tiles,
    Tone,
)

# --- tokens ------------------------------------------------------------------------------------


def _tokens(words: DeskWords, page: TokenList) -> Body:
    names = dict(page.tills)
    columns = (
        Column(words.say("desk.tokens.till"), share=0.3),
        Column(words.say("desk.tokens.scopes"), share=0.5),
        Column(words.say("desk.tokens.since"), share=0.2),
    )
    lines = tuple(_token(words, token, names) for token in page.tokens)
    about = Say(words.say("desk.tokens.says"), "body", "muted")
    table = Table(columns, lines, empty=words.say("desk.settings.none"))
    heads = words.act("IssueToken", "add", "desk.settings.add", "plus") if page.tills else ()
    none: tuple[Part, ...] = ()
    if not page.tills:
        none = (Say(words.say("desk.tokens.no_tills"), "body", "warning"),)
    pane = Pane((about, *none, table))
    return Body(words.say("desk.set.tokens"), (Stack((pane,)),), heads=heads, back=words.back())


def _token(words: DeskWords, token: TillToken, names: Mapping[str, str]) -> Line:
    scopes = ", ".join(words.say(f"desk.scope.{scope}") for scope in token.scopes)
    cells = (
        Cell(names.get(token.till, token.till), strong=True),
        Cell(scopes),
        Cell(words.day(token.since)),
    )
    return Line(cells, id=f"token:{token.id}" if words.may("RevokeToken") else "")


def _token_form(words: DeskWords, page: TokenForm) -> Body:
    issue = words.act("IssueToken", "next", "desk.tokens.issue", "key", "primary")
    return words.form_page(words.say("desk.tokens.new"), page.form, *issue, back=words.back())


def _new_token(words: DeskWords, page: NewToken) -> Body:
    said = (
        Say(words.say("desk.tokens.once"), "body"),
        Slip((SlipLine(page.token, "qr"), SlipLine(page.token, "small"))),
    )
    done = words.go("done", "desk.staff.written", "check", "primary")
    return Body(words.say("desk.tokens.of", till=page.till), (Stack((Pane(said, foot=(done,)),)),))


def _token_sure(words: DeskWords, page: TokenSure) -> Body:
    confirm = words.act("RevokeToken", "confirm", "desk.tokens.revoke", "trash", "primary")
    pane = Pane((Say(words.say("desk.tokens.sure")),), foot=confirm)
    title = words.say("desk.tokens.of", till=page.token.till)
    return Body(title, (Stack((pane,)),), back=words.back())


# --- copies ------------------------------------------------------------------------------------


def _copies(words: DeskWords, page: CopyState) -> Body:
    parts: tuple[Part, ...] = (Say(words.say("desk.copies.says"), "body", "muted"),)
    if page.far is not None:
        done, of = page.far
        parts += (Meter(done, max(of, 1), words.say("desk.copies.writing")),)
    elif page.errand:
        parts += (Say(words.say("desk.copies.looking"), "body", "muted", "clock"),)
    if page.copies is not None:
        parts += _state(words, page.copies)
    if page.sticks is not None:
        tiles = tuple(
            Tile(s.name, words.say("desk.copies.free", mb=s.free_bytes // 1_000_000), "storage",
                 id=f"stick:{s.id}")
            for s in page.sticks
        )  # fmt: skip
        parts += (
            Say(words.say("desk.copies.which"), "strong"),
            Tiles(tiles, empty=words.say("desk.copies.no_stick")),
        )
    why = words.say("desk.copies.looking") if page.errand else ""
    back_up = words.act(
        "ChangeSettings", "back_up", "desk.copies.back_up", "storage", "primary", why
    )
    look = words.go("look", "desk.copies.look", "refresh", why=why)
    pane = Pane(parts, foot=(*back_up, look))
    return Body(words.say("desk.set.copies"), (Stack((pane,)),), back=words.back())


def _state(words: DeskWords, copies: Copies) -> tuple[Part, ...]:
    mirror = words.say(f"desk.copies.mirror_{copies.mirror}", seq=copies.mirror_seq)
    behind = copies.entries - copies.mirror_seq
    tone: Tone = "good" if copies.mirror == "there" and behind <= 1 else "warning"
    sealed = "desk.copies.sealed" if copies.sealed else "desk.copies.not_sealed"
    columns = (
        Column(words.say("desk.copies.where"), share=0.5),
        Column(words.say("desk.copies.up_to"), "right"),
        Column(words.say("desk.copies.when"), "right"),
    )
    lines = tuple(
        Line((Cell(b.folder), Cell(str(b.seq)), Cell(words.day(b.at)))) for b in copies.backups
    )
    return (
        Facts(
            (
                Fact(words.say("desk.copies.entries"), str(copies.entries)),
                Fact(words.say("desk.copies.mirror"), mirror, tone),
                Fact(
                    words.say("desk.copies.names"),
                    words.say(sealed),
                    "neutral" if copies.sealed else "warning",
                ),
            )
        ),
        Table(columns, lines, empty=words.say("desk.copies.none")),
    )


# --- training ----------------------------------------------------------------------------------


def _training(words: DeskWords, page: Training) -> Body:
    offer = page.offer
    if page.errand:
        said: tuple[Part, ...] = (Say(words.say("desk.training.going"), "heading", icon="clock"),)
        return Body(words.say("desk.set.training"), (Stack((Pane(said),)),))
    if offer.training:
        end = words.act("EndTraining", "end", "desk.training.end", "check", "primary")
        said = (Say(words.say("desk.training.on"), "body"),)
        pane = Pane(said, foot=end)
        return Body(words.say("desk.set.training"), (Stack((pane,)),), back=words.back())
    begin = words.act("BeginTraining", "begin", "desk.training.begin", "training", "primary")
    said = (Say(words.say("desk.training.says")), Say(words.say("desk.training.guests")))
    if offer.visits or offer.sessions:
        waits = words.say("desk.training.waits", visits=offer.visits, sessions=offer.sessions)
        said += (Say(waits, "strong", "warning", "alert"),)
    pane = Pane(said, foot=begin)
    return Body(words.say("desk.set.training"), (Stack((pane,)),), back=words.back())


PAGES: Mapping[type[Page], Callable[[DeskWords, Any], Body]] = {
    TokenList: _tokens,
    TokenForm: _token_form,
    NewToken: _new_token,
    TokenSure: _token_sure,
    CopyState: _copies,
    Training: _training,
}
