"""What is said of a View in the headset: every word, every figure, every button. Pure.

First what is asked, then the figure that the guest came for, then the rest as it stands, and what
can be pressed at the end. Of the desk nothing is said: other people's data is on it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from kiosk.core.texts import Texts
from kiosk.screens.signs import one_by_one, read_out, sum_of, time_left
from kiosk.screens.view import (
    Button,
    Countdown,
    DeskView,
    Figure,
    Frame,
    KeypadView,
    NameView,
    SignInView,
    SlipLine,
    View,
    Wallet,
)

_CHOSEN = ("current", "current_language")
"""Fields with the id of what is chosen among others."""

_NO_WORDS = frozenset({"id", "icon", "language", "mark", "point", *_CHOSEN})
"""Texts of a View that nobody hears: names for the program, signs of their own."""

_FIRST = ("headline", "says", "name")
"""Fields that say what is asked."""


@dataclass(frozen=True)
class _Told:
    """What was found so far: what is said, and what can be pressed.

    `chosen` are the ids of what is chosen among others.
    """

    lines: list[str]
    buttons: list[str]
    texts: Texts
    now_s: float | None
    chosen: frozenset[str]

    def inner(self) -> _Told:
        """The same for a part of the View."""
        return replace(self, lines=[], buttons=[])


def spoken(view: View, now_s: float | None = None) -> tuple[str, ...]:
    """All that a View says, in its language; nothing of the desk's.

    With `now_s`, a moment of the monotonic clock, also how much time is left of a session.
    """
    if isinstance(view, (DeskView, SignInView)):
        return ()
    texts = Texts.of(view.frame.language)
    names = [f.name for f in fields(view) if f.name != "frame"]
    chosen = frozenset(getattr(view, name, "") for name in _CHOSEN)
    told = _Told([], [], texts, now_s, chosen)
    for name in _in_order(view, names):
        _tell(getattr(view, name), name, view, told)
    frame = view.frame
    more = [read_out(text, texts) for text in (frame.notice, frame.banner) if text]
    for b in (frame.help, frame.access, frame.leave):
        if b is not None:
            told.buttons.append(button(b, texts))
    buttons = list(dict.fromkeys(told.buttons))
    count = [texts.plural("spoken.buttons", len(buttons))] if buttons else []
    title = read_out(frame.title, texts)
    lines = [title, *told.lines, *more, *count, *buttons]
    return tuple(dict.fromkeys(line for line in lines if line))


def button(b: Button, texts: Texts, *, on: bool | None = None, chosen: bool = False) -> str:
    """A button as it is called; whether it is on, chosen, or why it cannot be used."""
    name = called(b.id, b.text, texts)
    if not b.enabled:
        why = read_out(b.why, texts)
        return texts.say("spoken.off", name=name, why=why) if why else _gone(name, texts)
    if chosen:
        return texts.say("spoken.chosen", name=name)
    if on is not None:
        return texts.say("spoken.on" if on else "spoken.is_off", name=name)
    return name


def _gone(name: str, texts: Texts) -> str:
    return texts.say("spoken.off_now", name=name)


_NAMES = {
    "access": "access",
    "erase": "erase",
    "shift": "shift",
    "key: ": "space",
    "scroll": "read_on",
}


def called(target: str, text: str, texts: Texts) -> str:
    """What a button is called when it is spoken of: its words, or what its sign means."""
    kind = target if target in _NAMES else target.partition(":")[0]
    if kind in _NAMES and (not text or kind in ("access", "key: ")):
        return texts.say(f"spoken.{_NAMES[kind]}")
    return read_out(text, texts)


def news(before: View, after: View) -> tuple[str, ...]:
    """What is new on a page that stays: a digit typed, a note taken, what went wrong.

    Digits are echoed, those of a PIN only as "star"; of letters the last one.
    """
    texts = Texts.of(after.frame.language)
    typed = _echo(before, after, texts)
    if typed is not None:
        return typed
    known = set(spoken(before))
    return tuple(line for line in spoken(after) if line not in known and not _counts(line, after))


def warning(view: View) -> tuple[str, ...]:
    """What is said when the time is nearly over."""
    frame, texts = view.frame, Texts.of(view.frame.language)
    told = [texts.say("spoken.warn"), read_out(frame.more_time_question, texts)]
    if frame.more_time is not None:
        told.append(button(frame.more_time, texts))
    return tuple(told)


def _counts(line: str, view: View) -> bool:
    """Whether a line only says how many buttons there are."""
    texts = Texts.of(view.frame.language)
    return any(line == texts.plural("spoken.buttons", n) for n in range(1, 60))


def _echo(before: View, after: View, texts: Texts) -> tuple[str, ...] | None:
    """What was just typed; None where nothing was, or something else changed as well."""
    was, now = getattr(before, "shown", None), getattr(after, "shown", None)
    if type(before) is not type(after) or not isinstance(was, str) or not isinstance(now, str):
        return None
    problem = getattr(after, "problem", "")
    if was == now or (problem and problem != getattr(before, "problem", "")):
        return None
    if isinstance(after, NameView):
        last = now[len(was) :] if now.startswith(was) else ""
        return ((read_out(last, texts) or texts.say("spoken.space")) if last else _erased(texts),)
    had, has = _signs(was), _signs(now)
    if len(has) < len(had):
        return (_erased(texts),)
    return tuple(texts.say("spoken.star") if sign == "●" else sign for sign in has[len(had) :])


def _erased(texts: Texts) -> str:
    return texts.say("spoken.erased")


def _signs(shown: str) -> str:
    return "".join(sign for sign in shown if sign.isdigit() or sign == "●")


# --- what stands in a View -----------------------------------------------------------------------


def _in_order(view: Any, names: list[str]) -> list[str]:
    """What is asked, the figures with what they are, then the rest as it is declared."""
    hints = _hints(type(view))
    figures = [n for n in names if hints[n] in (Figure, Figure | None)]
    paired = [part for n in figures for part in (f"{n}_name", n) if part in names]
    asked = [n for n in _FIRST if n in names]
    return list(dict.fromkeys((*asked, *paired, *names)))


_KNOWN: dict[type, dict[str, Any]] = {}


def _hints(of: type) -> dict[str, Any]:
    """The types of a View's fields; worked out once, it takes a millisecond."""
    if of not in _KNOWN:
        _KNOWN[of] = get_type_hints(of)
    return _KNOWN[of]


def _tell(value: Any, name: str, parent: Any, told: _Told) -> None:
    """Add what a field says."""
    texts = told.texts
    match value:
        case None | bool() | int() | float() | bytes() | Frame():
            return
        case str() if name == "shown" and isinstance(parent, KeypadView):
            told.lines.append(_field(parent, texts))
        case str() if name in _NO_WORDS or name == "missing" or _is_literal(parent, name):
            return  # What is missing is said with what is typed.
        case str() if name == "code" and value:
            letters = " ".join(sign for sign in value if sign.isalnum())
            told.lines.append(texts.say("spoken.code", code=letters))
        case str():
            told.lines.append(read_out(value, texts))
        case Button():
            told.buttons.append(button(value, texts, chosen=value.id in told.chosen))
        case Figure():
            told.lines.append(sum_of(value.amount, value.symbol, texts))
        case Countdown():
            if told.now_s is not None:
                told.lines.append(time_left(value.ends_s - told.now_s, texts))
        case (Button() as b, bool() as on):
            told.buttons.append(button(b, texts, on=on))
        case tuple() if name == "slip":
            _slip(value, told)
        case tuple() if name == "rows" and isinstance(parent, NameView):
            told.lines.append(texts.say("spoken.letters"))
        case tuple() if value and all(isinstance(part, (str, bool)) for part in value):
            # A name and its sum; or lines of text.
            told.lines.append(_joined(value, name, texts))
        case tuple():
            for part in value:
                _tell(part, name, parent, told)
        case _ if is_dataclass(value):
            _group(value, told)


def _is_literal(parent: Any, name: str) -> bool:
    """Whether a field holds one of a few words for the program, such as a tone."""
    hint = _hints(type(parent)).get(name)
    return get_origin(hint) is Literal or any(get_origin(a) is Literal for a in get_args(hint))


def _joined(parts: tuple[Any, ...], name: str, texts: Texts) -> str:
    words = [read_out(part, texts) for part in parts if isinstance(part, str) and part]
    return (". " if name == "body" else ": ").join(word for word in words if word)


def _group(value: Any, told: _Told) -> None:
    """What belongs together is one line: a wallet, a row, an option; its button keeps its place."""
    if isinstance(value, Wallet):
        head = [value.name, f"{value.amount}\u00a0{value.unit}".strip(), value.note]
        told.lines.append(", ".join(filter(None, (read_out(x, told.texts) for x in head))))
        return
    inner = told.inner()
    for name in _in_order(value, [f.name for f in fields(value)]):
        _tell(getattr(value, name), name, value, inner)
    told.lines.append(", ".join(part for part in inner.lines if part))
    told.buttons.extend(inner.buttons)


def _field(view: KeypadView, texts: Texts) -> str:
    """What is typed so far; of dots only how many there are."""
    digits = one_by_one(view.shown)
    if "●" in view.shown or not digits:
        return " ".join(
            (texts.say("spoken.keypad"), texts.plural("spoken.typed", view.shown.count("●")))
        )
    return f"{texts.say('spoken.keypad')} {digits}"


def _slip(lines: tuple[SlipLine, ...], told: _Told) -> None:
    """The receipt as it is printed, without its rules; of a code that it is there."""
    texts = told.texts
    told.lines.extend([texts.say("spoken.receipt")] if lines else [])
    for line in lines:
        if line.style == "qr":
            told.lines.append(texts.say("spoken.qr"))
        elif any(sign.isalnum() for sign in line.text):
            told.lines.append(read_out(line.text, texts))
