"""A lost card, and one that another takes the place of (G12)."""

from __future__ import annotations

from kiosk.core.cards import Card, masked
from kiosk.core.guest.lost import (
    TRIES_MAX,
    BlockNow,
    Holder,
    IsItThis,
    NewCard,
    Replace,
    WhichCard,
)
from kiosk.core.money import Money
from kiosk.screens.present.guest.field import field
from kiosk.screens.present.words import Scenes, Words, hint, way
from kiosk.screens.view import Button, DoneView, Frame, Option, OptionsView, QuestionView, View

_LISTED_MAX = 4
"""So many cards stand below one another on the smallest panel; more of them side by side."""


def _frame(words: Words, title: str = "lost.title", card: Card | None = None) -> Frame:
    subtitle = words.masked(card.number) if card else ""
    return words.frame(words.say(title), subtitle, words.leaving("cancel"))


def _of_money(words: Words, key: str, wallet: Money) -> str:
    """A sentence that names the balance; of an empty one there is another."""
    if not wallet.minor:
        return words.say(f"{key}_none")
    return words.say(key, amount=words.texts.money(wallet))


def holder(words: Words, scene: Holder) -> View:
    """Phone, PIN or code; that the money is safe is said first."""
    say, kind = words.say, scene.what.kind
    problem = ""
    if scene.problem:
        problem = words.texts.plural(scene.problem, TRIES_MAX - scene.tries)
    other = Button("code", say("button.lost_code"), "", "link")
    match kind:
        case "phone":
            headline, body = say("lost.safe"), say("lost.phone")
        case "pin":
            headline, body = say("lost.pin.headline"), say("lost.pin")
            other = Button("code", say("button.lost_no_pin"), "", "link")
        case "code":
            headline = say("lost.code")
            body = "" if scene.card else say("lost.code_only")
    title = "lost.title" if scene.card is None else "lost.move.title"
    return field(
        words,
        _frame(words, title, scene.card),
        scene.what,
        headline=headline,
        body=body,
        problem=problem,
        other=other if kind != "code" else None,
    )


def which_card(words: Words, scene: WhichCard) -> View:
    """The holder's cards, as people may see them, the latest first."""
    options = []
    for card in scene.cards:
        note = words.say("lost.card_lost") if card.state == "lost" else ""
        options.append(Option(Button(f"card:{card.id}", card.masked, "card"), note=note))
    which = words.say("lost.which")
    return OptionsView(
        frame=_frame(words),
        says=f"{which} {_of_money(words, 'lost.which_note', scene.wallet)}",
        options=tuple(options),
        back=words.back(),
        listed=len(options) <= _LISTED_MAX,
    )


def block_now(words: Words, scene: BlockNow) -> View:
    """One question: is it to be blocked?"""
    return QuestionView(
        frame=_frame(words),
        icon="blocked",
        tone="warning",
        headline=words.say("lost.block", card=scene.card.masked),
        body=(_of_money(words, "lost.block_note", scene.wallet),),
        buttons=(words.button("block_now", "blocked", "primary"),),
        back=words.back(),
    )


def replace_card(words: Words, scene: Replace) -> View:
    """What goes along, before anything is asked for."""
    say = words.say
    next_ = Button("next", say("button.next"), "", "primary")
    other = Button("code", say("button.lost_no_pin"), "", "link")
    return QuestionView(
        frame=_frame(words, "lost.move.title", scene.card),
        icon="card",
        tone="info",
        headline=say("lost.move.headline"),
        body=(_of_money(words, "lost.move", scene.wallet), say("lost.move_old")),
        buttons=(next_, other) if scene.ways.pin and scene.ways.code else (next_,),
        back=words.back(),
    )


def new_card(words: Words, scene: NewCard) -> View:
    """The old card is blocked, or waits to be replaced: now the new one."""
    say, by = words.say, way(words.able)
    later = words.button("lost_later", "clock") if scene.lost else None
    frame = _frame(words, "lost.move.title", scene.card)
    if scene.lost:
        # It is blocked whatever comes now: there is nothing to cancel any more.
        frame = words.frame(say("lost.title"), words.masked(scene.card.number), words.leaving())
    if scene.refused is not None:
        return QuestionView(
            frame=frame,
            icon="card_off",
            tone="warning",
            headline=say(scene.refused.key, **words.args(scene.refused.args_by_name)),
            body=(
                _of_money(words, "lost.nothing_moved", scene.wallet),
                say(f"lost.another{by}"),
            ),
            buttons=(later,) if later else (),
            back=None if later else words.back(),
        )
    if later:
        return DoneView(
            frame=frame,
            headline=say("lost.blocked"),
            figure=words.figure(scene.wallet),
            body=say(f"lost.tap{by}"),
            slip=(),
            slip_note="",
            printing=False,
            buttons=(later,),
        )
    return QuestionView(
        frame=frame,
        icon="contactless" if words.able.contactless else "card",
        tone="info",
        headline=say(f"lost.new{by}"),
        body=(_of_money(words, "lost.move", scene.wallet), say(hint(words.able))),
        buttons=(),
        back=words.back(),
    )


def is_it_this(words: Words, scene: IsItThis) -> View:
    """The old card and the new one, and Yes."""
    old, new = scene.before.card.masked, masked(scene.read.number)
    return QuestionView(
        frame=_frame(words, "lost.title" if scene.before.lost else "lost.move.title"),
        icon="card",
        tone="info",
        headline=words.say("lost.this", card=new),
        body=(
            _of_money(words, "lost.move", scene.before.wallet),
            words.say("lost.this_old", card=old),
        ),
        buttons=(
            words.button("yes", "check", "primary"),
            words.button("no", "close"),
        ),
    )


SCENES: Scenes = {
    Holder: holder,
    WhichCard: which_card,
    BlockNow: block_now,
    Replace: replace_card,
    NewCard: new_card,
    IsItThis: is_it_this,
}
