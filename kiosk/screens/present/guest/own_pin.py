"""The holder's own PIN and phone."""

from __future__ import annotations

from kiosk.core.guest.own_pin import CODE_TRIES_MAX, OwnPin, TypePin
from kiosk.screens.present.guest.field import field
from kiosk.screens.present.words import Scenes, Words
from kiosk.screens.view import Button, QuestionView, View


def own_pin(words: Words, scene: OwnPin) -> View:
    """What can be changed; what cannot is shown with its why."""
    say, ways = words.say, scene.ways
    body = "ownpin.with"
    buttons: list[Button] = []
    told = say("button.change_phone" if ways.phone else "button.add_phone")
    why = "" if ways.pin else say("ownpin.needs_pin")
    phone = Button("change_phone", told, "phone", enabled=ways.pin, why=why)
    if ways.pin:
        buttons += [words.button("change_pin", "pin", "primary"), phone]
        if ways.code:
            buttons.append(words.button("forgot_pin", "question"))
    elif ways.code:
        body = "ownpin.without"
        choose = words.button("forgot_pin", "pin", "primary", say("button.choose_pin"))
        buttons += [choose, phone]
    else:
        body = "ownpin.neither"
    return QuestionView(
        frame=words.frame(say("ownpin.title"), words.masked(scene.card.number), words.leaving()),
        icon="pin",
        tone="info",
        headline=say("ownpin.headline"),
        body=(say(body),),
        buttons=tuple(buttons),
        back=words.back(),
    )


def type_pin(words: Words, scene: TypePin) -> View:
    """A step of the change, as in the registration of a card."""
    say, consent = words.say, None
    other: Button | None = None
    match scene.page:
        case "old":
            headline, body = say("ownpin.old"), say("ownpin.old_body")
            if scene.ways.code:
                other = words.button("forgot_pin", kind="link")
        case "code":
            headline, body = say("lost.code"), ""
        case "new":
            headline, body = say("ownpin.new"), say("ownpin.new_body")
        case "again":
            headline, body = say("register.pin.again"), say("register.pin.again_body")
        case "phone":
            headline, body = say("ownpin.phone"), say("ownpin.phone_body")
            consent = (Button("consent", say("register.phone.consent")), scene.consent)
    return field(
        words,
        words.frame(say("ownpin.title"), words.masked(scene.card.number), words.leaving("cancel")),
        scene.what,
        headline=headline,
        body=body,
        problem=_problem(words, scene),
        other=other,
        consent=consent,
    )


def _problem(words: Words, scene: TypePin) -> str:
    if scene.problem:
        return words.say(scene.problem)
    if scene.refused is None:
        return ""
    if scene.page == "code":
        return words.texts.plural("lost.wrong_code", CODE_TRIES_MAX - scene.tries)
    return words.texts.plural("pin.wrong", int(scene.refused.args_by_name["left"]))


SCENES: Scenes = {OwnPin: own_pin, TypePin: type_pin}
