"""G3: the guest registers a card. Nothing is kept before the last step."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import pins
from kiosk.core.cards import GetCard
from kiosk.core.clients import NAME_MAX, RegisterCard
from kiosk.core.errors import Refused
from kiosk.core.ids import CardId, JobId
from kiosk.core.journey import Step, conclude, enter
from kiosk.core.messages import Effect
from kiosk.core.recognition import Recognised
from kiosk.core.situation import Problem, Registering, RegisterStep, Situation, Unknown
from kiosk.core.slips import IssueRegistrationSlip

PIN_DIGITS = 4

Result = tuple[Situation, tuple[Effect, ...]]

_BEFORE: dict[RegisterStep, RegisterStep] = {
    "terms_text": "terms",
    "choice": "terms",
    "phone": "choice",
    "phone_use": "phone",
    "pin": "phone",
    "pin_again": "pin",
}


def begin(at: Step, read: Recognised) -> Result:
    """The guest wants this card registered."""
    return enter(at, Registering(read, keyboard=at.situation.choice.language)), ()


def touched(at: Step, scene: Registering, name: str, argument: str) -> Result:
    """A button of one of the steps."""
    match scene.step, name:
        case (("phone" | "pin" | "pin_again"), "digit") if argument.isdigit():
            return _typed(at, scene, argument), ()
        case (("phone" | "pin" | "pin_again"), "erase"):
            return _at(at, replace(scene, digits=scene.digits[:-1], problem="")), ()
        case "name", ("key" | "erase" | "shift" | "keyboard"):
            return _at(at, _letter(at, scene, name, argument)), ()
        case _, "back":
            return _back(at, scene), ()
        case "terms", "text":
            return _to(at, scene, "terms_text"), ()
        case "terms", "agree":
            return _to(at, scene, "choice"), ()
        case "choice", "with_phone":
            return _to(at, replace(scene, digits=scene.phone), "phone"), ()
        case (("choice" | "phone"), "without_phone"):
            without = replace(scene, phone="", pin="", consent=False)
            return _to(at, without, "name"), ()
        case "phone", "consent":
            return _at(at, replace(scene, consent=not scene.consent)), ()
        case "phone", "phone_use":
            return _to(at, scene, "phone_use"), ()
        case "phone", "next" if phone_complete(at.situation, scene) and scene.consent:
            return _to(at, replace(scene, phone=scene.digits), "pin"), ()
        case "pin", "next" if len(scene.digits) == PIN_DIGITS:
            if pins.easy(scene.digits):
                return _to(at, scene, "pin", problem="register.pin.easy"), ()
            return _to(at, replace(scene, pin=scene.digits), "pin_again"), ()
        case "pin_again", "next" if len(scene.digits) == PIN_DIGITS:
            if scene.digits != scene.pin:
                again = replace(scene, pin="", problem="register.pin.different")
                return _to(at, again, "pin", problem="register.pin.different"), ()
            return _to(at, scene, "name"), ()
        case "name", "next":
            return _register(at, scene)
        case _:
            return at.situation, ()


def phone_complete(situation: Situation, scene: Registering) -> bool:
    """Whether a whole national number is typed."""
    return len(scene.digits) == situation.venue.phone.national_digits


def _typed(at: Step, scene: Registering, digit: str) -> Situation:
    if scene.step == "phone":
        digits = at.situation.venue.phone.with_digit(scene.digits, digit)
    else:
        digits = (scene.digits + digit)[:PIN_DIGITS]
    if digits == scene.digits:
        return at.situation
    return _at(at, replace(scene, digits=digits, problem=""))


def _letter(at: Step, scene: Registering, name: str, argument: str) -> Registering:
    match name:
        case "erase":
            return replace(scene, name=scene.name[:-1], shift=len(scene.name) <= 1)
        case "shift":
            return replace(scene, shift=not scene.shift)
        case "keyboard":
            languages = at.situation.languages
            after = languages.index(scene.keyboard) + 1
            return replace(scene, keyboard=languages[after % len(languages)])
        case _:
            if len(argument) != 1 or len(scene.name) >= NAME_MAX:
                return scene
            letter = capital(argument) if scene.shift else argument.lower()
            return replace(scene, name=(scene.name + letter).lstrip(), shift=argument in " -")


def capital(letter: str) -> str:
    """A letter of the keyboard with shift; ``ß`` begins no word and stays as it is."""
    upper = letter.upper()
    return upper if len(upper) == 1 else letter


def _at(at: Step, scene: Registering) -> Situation:
    """The same page, changed: touches that are on their way still count."""
    return replace(at.situation, scene=scene)


def _to(at: Step, scene: Registering, step: RegisterStep, problem: str = "") -> Situation:
    digits = scene.digits if step == "phone" else ""
    return enter(at, replace(scene, step=step, digits=digits, problem=problem))


def _back(at: Step, scene: Registering) -> Situation:
    if scene.step == "terms":
        return enter(at, Unknown(scene.read))
    if scene.step == "name":
        before: RegisterStep = "pin" if scene.phone else "choice"
        return _to(at, scene, before)
    step = _BEFORE[scene.step]
    kept = replace(scene, digits=scene.phone) if scene.step == "pin" else scene
    return _to(at, kept, step)


def _register(at: Step, scene: Registering) -> Result:
    situation = at.situation
    plan = situation.venue.phone
    command = RegisterCard(
        read=scene.read,
        type=situation.venue.default_type,
        language=situation.choice.language,
        terms=situation.venue.terms_version,
        phone=plan.normal(scene.phone) if scene.phone else "",
        pin=scene.pin,
        name=scene.name,
    )
    key = f"register:{situation.house.start}/{situation.session}"
    entry = at.do(command, key, "guest")
    if isinstance(entry, Refused):
        return enter(at, Problem(entry.key, "nothing", entry.args_by_name)), ()
    return _with_slip(at, CardId(entry.refs["card"]), phone_given=bool(scene.phone))


def print_slip_again(at: Step, card: CardId) -> Result:
    """The slip of a card's registration, for the guest who never got it."""
    return _with_slip(at, card, phone_given=False)


def _with_slip(at: Step, card: CardId, *, phone_given: bool) -> Result:
    situation = at.situation
    known = at.ask(GetCard(card))
    job = known.slip if known else ""
    if not job:
        command = IssueRegistrationSlip(card, situation.choice.language)
        job = at.must(command, f"registration:{card}").refs["slip"]
    return conclude(at, "registered", card, (JobId(job),), phone_given=phone_given)
