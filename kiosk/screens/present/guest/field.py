"""A page with one field: a phone, a PIN, a recovery code."""

from __future__ import annotations

from kiosk.core import recovery_codes as codes
from kiosk.core.guest.field import Field, complete, takes_more
from kiosk.core.registration import PIN_DIGITS
from kiosk.screens.present.words import Words
from kiosk.screens.view import Button, Frame, KeypadView, NameView, View

_ROW = 11
"""Keys in a row of the letters and digits of a code."""


def field(
    words: Words,
    frame: Frame,
    shown: Field,
    *,
    headline: str,
    body: str,
    problem: str = "",
    other: Button | None = None,
    consent: tuple[Button, bool] | None = None,
) -> View:
    """The page of a field; `other` leads to another way, `consent` has to be ticked."""
    whole = complete(words.situation, shown)
    ready = whole and (consent is None or consent[1])
    why = words.say("ownpin.tick") if whole and not ready else ""
    forth = Button("next", words.say("button.next"), "", "primary", enabled=ready, why=why)
    if shown.kind == "code":
        return _code(words, frame, shown, headline, body, problem, other, forth)
    if shown.kind == "phone":
        have, missing = words.situation.venue.phone.shown(shown.text)
    else:
        have, missing = "●" * len(shown.text), "○" * (PIN_DIGITS - len(shown.text))
    return KeypadView(
        frame=frame,
        headline=headline,
        body=body,
        shown=have,
        missing=missing,
        keys_enabled=takes_more(words.situation, shown),
        next=forth,
        back=words.back(),
        consent=consent,
        other=other,
        problem=problem,
    )


def _code(
    words: Words,
    frame: Frame,
    shown: Field,
    headline: str,
    body: str,
    problem: str,
    other: Button | None,
    forth: Button,
) -> View:
    """Letters and digits in the order of the alphabet: only those that a code can have."""
    have = codes.shown(shown.text)
    whole = codes.shown(shown.text.ljust(codes.CHARACTERS, "_"))
    rows = (codes.LETTERS[at : at + _ROW] for at in range(0, len(codes.LETTERS), _ROW))
    return NameView(
        frame=frame,
        headline=headline,
        body=body,
        shown=have,
        placeholder="",
        rows=tuple(tuple(row) for row in rows),
        layout=other,
        next=forth,
        back=words.back(),
        erase=Button("erase", "", "backspace"),
        space=None,
        missing=whole[len(have) :].lstrip(),
        problem=problem,
    )
