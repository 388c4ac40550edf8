"""What is kept about a guest, and what he can do with it (G14)."""

from __future__ import annotations

from kiosk.core.guest.privacy import CODE_TRIES_MAX, Erase, MyData, ProveData, TakeAlong
from kiosk.screens.present.guest.field import field
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import Button, CodeView, Frame, QuestionView, View


def _frame(words: Words, scene: MyData, leave: str = "finish") -> Frame:
    title, card = words.say("privacy.title"), words.masked(scene.card.number)
    return words.frame(title, card, words.leaving(leave))


def my_data(words: Words, scene: MyData) -> View:
    """What is kept, in plain words; print it, take it along, erase it."""
    say, count, kept = words.say, words.texts.count, scene.kept
    none = say("privacy.none")
    who = f"{say('privacy.name', name=kept.name or none)} · " + say(
        "privacy.phone", phone=kept.phone_masked or none
    )
    since = words.texts.date(words.moment(kept.since))
    counted = " · ".join(
        (
            say("privacy.since", date=since),
            say("privacy.visits", n=count(kept.visits)),
            say("privacy.entries", n=count(kept.movements)),
        )
    )
    return QuestionView(
        frame=_frame(words, scene),
        icon="shield",
        tone="info",
        headline=say("privacy.headline"),
        body=(who, counted),
        buttons=_buttons(words, scene),
        back=words.back(),
    )


def _buttons(words: Words, scene: MyData) -> tuple[Button, ...]:
    buttons = []
    if words.able.receipts is not None:
        why = words.why("receipt_paper")
        told = words.say("button.print_data")
        buttons.append(Button("print_data", told, "printer", enabled=not why, why=why))
    if scene.ways.pin or scene.ways.code:
        buttons.append(words.button("take_data", "qr"))
    return (*buttons, words.button("erase_data", "trash"))


def prove_data(words: Words, scene: ProveData) -> View:
    """The code of the slip, where there is no PIN."""
    say, problem = words.say, ""
    if scene.tries:
        problem = words.texts.plural("lost.wrong_code", CODE_TRIES_MAX - scene.tries)
    return field(
        words,
        _frame(words, scene.of, "cancel"),
        scene.what,
        headline=say("lost.code"),
        body="",
        problem=problem,
    )


def take_along(words: Words, scene: TakeAlong) -> View:
    """The code, as large as the panel allows."""
    return CodeView(
        frame=_frame(words, scene.of),
        headline=words.say("privacy.take.headline"),
        body=(words.say("privacy.take"), words.say("privacy.take_all")),
        code=scene.text,
        back=words.back(),
    )


def erase(words: Words, scene: Erase) -> View:
    """What is gone, what stays, what the law keeps; then the last question."""
    say, wallet = words.say, scene.of.client.wallet
    money = say("privacy.erase.no_money")
    if wallet.minor:
        money = say("privacy.erase.money", amount=words.texts.money(wallet))
    sure = scene.proof is not None
    proof = scene.of.ways.pin or scene.of.ways.code
    why = "" if proof else say("privacy.why_no_proof")
    on = Button("erase_on", say("button.erase_on"), "", enabled=proof, why=why)
    return QuestionView(
        frame=_frame(words, scene.of, "cancel"),
        icon="trash",
        tone="warning",
        headline=say("privacy.erase.sure" if sure else "privacy.erase.headline"),
        body=(money, say("privacy.erase.lost"))
        if sure
        else (say("privacy.erase.gone"), money, say("privacy.erase.law")),
        buttons=(words.button("erase_now", "trash", "primary") if sure else on,),
        back=words.back(),
    )


SCENES: Scenes = {
    MyData: my_data,
    ProveData: prove_data,
    TakeAlong: take_along,
    Erase: erase,
}
