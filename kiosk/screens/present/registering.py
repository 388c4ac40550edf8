"""A new card (G10, G3): what the guest is asked, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.core.registration import PIN_DIGITS, phone_complete
from kiosk.core.situation import Registering
from kiosk.core.texts import Texts
from kiosk.screens.present.words import Words, hint, letter_rows, way
from kiosk.screens.view import Button, Frame, KeypadView, NameView, QuestionView, View


def tap_to_register(words: Words) -> View:
    """A card is to be registered and none was shown yet."""
    by = way(words.able)
    return QuestionView(
        frame=words.frame(words.say("register.title"), leave=words.leaving("cancel")),
        icon="contactless" if words.able.contactless else "card",
        tone="info",
        headline=words.say(f"register.tap.headline{by}"),
        body=(words.say("register.tap.body"), words.say(hint(words.able))),
        buttons=(),
        back=words.back(),
    )


def unknown(words: Words) -> View:
    """G10: one of ours, and not on file."""
    why = words.why("register")
    register = Button("register", words.say("button.register_this"), "register", "primary")
    return QuestionView(
        frame=words.frame(words.say("register.title"), leave=words.leaving("cancel")),
        icon="card_unknown",
        tone="info",
        headline=words.say("register.unknown.headline"),
        body=(words.say("err.unknown_card_only" if why else "err.unknown_card"),),
        buttons=(
            replace(register, enabled=not why, why=why),
            Button("staff", words.say("button.ask_staff"), "help"),
        ),
    )


def registering(words: Words, scene: Registering) -> View:
    """G3: one of the steps."""
    say = words.say
    number = {"terms": 1, "terms_text": 1, "choice": 2, "phone": 3, "phone_use": 3}
    if scene.step in ("terms", "terms_text", "choice"):
        # How many follow is known when the guest has chosen.
        step = say("register.step_open", step=number[scene.step])
    elif scene.step == "name":
        steps = 5 if scene.phone else 3
        step = say("register.step", step=steps, steps=steps)
    else:
        step = say("register.step", step=number.get(scene.step, 4), steps=5)
    frame = words.frame(say("register.title"), step, words.leaving("cancel"))
    match scene.step:
        case "terms":
            return _terms(words, frame)
        case "choice":
            return _choice(words, frame)
        case "terms_text":
            full = say("register.terms.full", version=words.situation.venue.terms_version)
            return _reading(words, frame, say("register.terms.full_headline"), (full,), "document")
        case "phone_use":
            body = tuple(say(f"register.privacy.{n}") for n in (1, 2, 3))
            return _reading(words, frame, say("register.privacy.headline"), body, "lock")
        case "phone":
            return _phone(words, frame, scene)
        case "pin" | "pin_again":
            return _pin(words, frame, scene)
        case "name":
            return _name(words, frame, scene)
        case _:
            assert_never(scene.step)


def _terms(words: Words, frame: Frame) -> View:
    return QuestionView(
        frame=frame,
        icon="document",
        tone="info",
        headline=words.say("register.terms.headline"),
        body=tuple(words.say(f"register.terms.{n}") for n in (1, 2, 3)),
        buttons=(
            words.button("agree", "check", "primary"),
            Button("text", words.say("button.terms"), "document", "link"),
        ),
        back=words.back(),
    )


def _choice(words: Words, frame: Frame) -> View:
    without = "without_no_slip" if words.able.receipts else "without"
    return QuestionView(
        frame=frame,
        icon="phone",
        tone="info",
        headline=words.say("register.choice.headline"),
        body=(
            words.say("register.choice.with"),
            words.say(f"register.choice.{without}"),
        ),
        buttons=(
            words.button("with_phone", "phone", "primary"),
            words.button("without_phone", "phone_off"),
        ),
        back=words.back(),
    )


def _reading(words: Words, frame: Frame, headline: str, body: tuple[str, ...], icon: str) -> View:
    return QuestionView(
        frame=frame,
        icon=icon,
        tone="info",
        headline=headline,
        body=body,
        buttons=(Button("back", words.say("button.continue"), "check", "primary"),),
    )


def _phone(words: Words, frame: Frame, scene: Registering) -> View:
    say = words.say
    shown, missing = words.situation.venue.phone.shown(scene.digits)
    whole = phone_complete(words.situation, scene)
    why = "" if whole and scene.consent else "register.phone.consent_missing"
    next_ = Button(
        "next",
        say("button.next"),
        "",
        "primary",
        enabled=whole and scene.consent,
        why="" if not why or not whole else say(why),
    )
    return KeypadView(
        frame=frame,
        headline=say("register.phone.headline"),
        body=say("register.phone.body"),
        shown=shown,
        missing=missing,
        keys_enabled=words.situation.venue.phone.takes_more(scene.digits),
        next=next_,
        back=words.back(),
        consent=(Button("consent", say("register.phone.consent")), scene.consent),
        consent_link=Button("phone_use", say("register.phone.consent_link"), "", "link"),
        other=Button("without_phone", say("register.phone.without"), "", "link"),
    )


def _pin(words: Words, frame: Frame, scene: Registering) -> View:
    say, again = words.say, scene.step == "pin_again"
    typed = len(scene.digits)
    return KeypadView(
        frame=frame,
        headline=say("register.pin.again" if again else "register.pin.headline"),
        body=say("register.pin.again_body" if again else "register.pin.body"),
        shown="●" * typed,
        missing="○" * (PIN_DIGITS - typed),
        keys_enabled=typed < PIN_DIGITS,
        next=Button("next", say("button.next"), "", "primary", enabled=typed == PIN_DIGITS),
        back=words.back(),
        problem=say(scene.problem) if scene.problem else "",
    )


def _name(words: Words, frame: Frame, scene: Registering) -> View:
    say = words.say
    keyboard = Texts.of(scene.keyboard or words.situation.choice.language)
    many = len(words.situation.languages) > 1
    other = Button("keyboard", keyboard.say("language.short"), "language")
    skip = "button.next" if scene.name.strip() else "button.without_name"
    return NameView(
        frame=frame,
        headline=say("register.name.headline"),
        body=say("register.name.body"),
        shown=scene.name,
        placeholder=say("register.name.placeholder"),
        rows=letter_rows(keyboard, shift=scene.shift),
        layout=other if many else None,
        next=Button("next", say(skip), "", "primary"),
        back=words.back(),
        erase=Button("erase", "", "backspace"),
        space=Button("key: ", say("button.space")),
    )
