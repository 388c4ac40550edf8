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
    AmountView,
    Button,
    CodeView,
    Countdown,
    DeskView,
    Figure,
    Frame,
    KeypadView,
    NameView,
    Option,
    SignInView,
    SlipLine,
    View,
    Wallet,
)

_CHOSEN = ("current", "current_language")
"""Fields with the id of what is chosen among others."""

_NO_WORDS = frozenset({"id", "icon", "language", "mark", "point", *_CHOSEN})
"""Texts of a View that nobody hears: names for the program, signs of their own."""

_CODES = ("receipt", "data", "qr")
"""Texts that only a phone reads, off the screen."""

_FIRST = ("headline", "says", "name")
"""Fields that say what is asked."""


@dataclass(frozen=True)
class _Told:
    """What was found so far: what is said, and what can be pressed, by its id.

    `chosen` are the ids of what is chosen among others.
    """

    lines: list[str]
    buttons: dict[str, str]
    texts: Texts
    symbol: str
    now_s: float | None
    chosen: frozenset[str]

    def read(self, text: str) -> str:
        """A text in words."""
        return read_out(text, self.texts, self.symbol)

    def inner(self) -> _Told:
        """The same for a part of the View."""
        return replace(self, lines=[])


def spoken(view: View, now_s: float | None = None) -> tuple[str, ...]:
    """All that a View says, in its language; nothing of the desk's.

    With `now_s`, a moment of the monotonic clock, also how much time is left of a session.
    """
    if isinstance(view, (DeskView, SignInView)):
        return ()
    told, texts = _all(view, now_s), Texts.of(view.frame.language)
    frame = view.frame
    more = [read_out(text, texts) for text in (frame.notice, frame.banner) if text]
    buttons = list(dict.fromkeys(told.buttons.values()))
    count = [texts.plural("spoken.buttons", len(buttons))] if buttons else []
    title = read_out(frame.title, texts)
    lines = [title, *told.lines, *more, *count, *buttons]
    return tuple(dict.fromkeys(line for line in lines if line))


def named(view: View) -> dict[str, str]:
    """What each button of a View is called when the ring comes to it, by its id."""
    return {} if isinstance(view, (DeskView, SignInView)) else _all(view, None).buttons


def _all(view: View, now_s: float | None) -> _Told:
    chosen = frozenset(getattr(view, name, "") for name in _CHOSEN)
    told = _Told([], {}, Texts.of(view.frame.language), view.frame.currency, now_s, chosen)
    for name in _in_order(view, [f.name for f in fields(view) if f.name != "frame"]):
        _tell(getattr(view, name), name, view, told)
    for b in (view.frame.help, view.frame.access, view.frame.leave):
        if b is not None:
            told.buttons.setdefault(b.id, button(b, told.texts))
    return told


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
    "scroll": "read_on",
}


def called(target: str, text: str, texts: Texts) -> str:
    """What a button is called when it is spoken of: its words, or what its sign means."""
    kind = target if target in _NAMES else target.partition(":")[0]
    if kind in _NAMES and (not text or kind == "access"):
        return texts.say(f"spoken.{_NAMES[kind]}")
    return read_out(text, texts)


def news(before: View, after: View) -> tuple[tuple[str, ...], bool]:
    """What is new on a page that stays, and whether somebody typed it.

    Digits are echoed, those of a PIN only as "star"; of letters the last one. Else what is said of
    the page now and was not before: a note was taken, something went wrong.
    """
    texts = Texts.of(after.frame.language)
    typed = _echo(before, after, texts)
    if typed is not None:
        return typed, True
    known = set(spoken(before))
    told = (line for line in spoken(after) if line not in known and not _counts(line, texts))
    return tuple(told), isinstance(after, AmountView)


def warning(view: View) -> tuple[str, ...]:
    """What is said when the time is nearly over."""
    frame, texts = view.frame, Texts.of(view.frame.language)
    told = [texts.say("spoken.warn"), read_out(frame.more_time_question, texts)]
    if frame.more_time is not None:
        told.append(button(frame.more_time, texts))
    return tuple(told)


def _counts(line: str, texts: Texts) -> bool:
    """Whether a line only says how many buttons there are."""
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
        case str() if name == "empty" and _has_some(parent):
            return
        case str() if name in _CODES and value:
            told.lines.append(texts.say("spoken.qr"))
        case str() if name == "code" and isinstance(parent, CodeView):
            told.lines.append(texts.say("spoken.qr"))
        case str() if name == "code" and value:
            letters = " ".join(sign for sign in value if sign.isalnum())
            told.lines.append(texts.say("spoken.code", code=letters))
        case str():
            told.lines.append(told.read(value))
        case Button():
            told.buttons[value.id] = button(value, texts, chosen=value.id in told.chosen)
        case Figure():
            told.lines.append(sum_of(value.amount, value.symbol, texts))
        case Countdown():
            if told.now_s is not None:
                told.lines.append(time_left(value.ends_s - told.now_s, texts))
        case (Button() as b, bool() as on):
            told.buttons[b.id] = button(b, texts, on=on)
        case tuple() if name == "slip":
            _slip(value, told)
        case tuple() if name == "rows" and isinstance(parent, NameView):
            told.lines.append(texts.say("spoken.letters"))
        case tuple() if value and all(isinstance(part, (str, bool)) for part in value):
            # A name and its sum; or lines of text.
            told.lines.append(_joined(value, name, told))
        case tuple():
            for part in value:
                _tell(part, name, parent, told)
        case _ if is_dataclass(value):
            _group(value, told)


def _has_some(parent: Any) -> bool:
    """Whether a list has anything in it, so that nobody is told that it is empty."""
    return bool(getattr(parent, "rows", ()) or getattr(parent, "options", ()))


def _is_literal(parent: Any, name: str) -> bool:
    """Whether a field holds one of a few words for the program, such as a tone."""
    hint = _hints(type(parent)).get(name)
    return get_origin(hint) is Literal or any(get_origin(a) is Literal for a in get_args(hint))


def _joined(parts: tuple[Any, ...], name: str, told: _Told) -> str:
    words = [told.read(part) for part in parts if isinstance(part, str) and part]
    if name != "body":
        return ": ".join(word for word in words if word)
    return " ".join(word if word[-1:] in ".!?:" else f"{word}." for word in words if word)


def _group(value: Any, told: _Told) -> None:
    """What belongs together is one line: a wallet, a row, an option; its button keeps its place."""
    if isinstance(value, Wallet):
        head = [value.name, f"{value.amount}\u00a0{value.unit}".strip(), value.note]
        told.lines.append(", ".join(filter(None, (told.read(x) for x in head))))
        return
    inner = told.inner()
    for name in _in_order(value, [f.name for f in fields(value)]):
        _tell(getattr(value, name), name, value, inner)
    if isinstance(value, Option):
        # All that stands on it is its name.
        called_ = ", ".join((*filter(None, (value.button.text,)), *inner.lines))
        whole = replace(value.button, text=called_)
        told.buttons[whole.id] = button(whole, told.texts, chosen=whole.id in told.chosen)
        return
    told.lines.append(", ".join(part for part in inner.lines if part))


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
            told.lines.append(told.read(line.text))
