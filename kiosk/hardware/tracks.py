"""Tracks of a magnetic card as a reader sends them (ISO/IEC 7811, 7813, 4909): text, no bytes.

A track is a start sentinel (``%`` track 1, ``;`` track 2, ``;`` ``+`` or ``!`` track 3), its data,
``?`` and, from some readers, a check character (LRC): the exclusive or of the codes of all its
characters, sentinels included. ``%E?`` says that a track could not be read; most cards leave tracks
empty, so it is no fault as long as another track was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

BURST_MAX_CHARS = 1000
"""More than two swipes of three full tracks (79, 40, 107 characters); beyond it is noise."""

_STARTS = "%;+!"
_END = "?"
_ERROR_MARK = "E"
_SIX_BIT, _FOUR_BIT = 0x20, 0x30  # the character of code 0, on track 1 and on tracks 2 and 3
_SIX_BIT_DATA = re.compile(r"[ -$&-:<->@-_]*")  # without % ; ?
_FOUR_BIT_DATA = re.compile(r"[0-:<->]*")  # without ; ?
_NUMBER_AND_SEPARATOR = re.compile(r"([0-9 ]+)[=^]")
_FORMAT_B = re.compile(r"B([0-9 ]+)")
_TRACK_3_BANKING = "01"  # ISO/IEC 4909: format code before the number


@dataclass(frozen=True)
class Swipe:
    """The readable tracks of one card, with sentinels, without LRC, joined in their order."""

    raw: str = field(repr=False)


def read_swipe(burst: str) -> Swipe | Literal["bank_card", "unreadable"]:
    """Read what came in one go: one swipe, or the same one twice.

    A track that is cut short, has a wrong LRC or characters that no track has makes the swipe
    unreadable, unless the same burst holds it whole; so do two different cards in one burst.
    """
    if _looks_like_bank_card(burst):
        return "bank_card"
    good: dict[int, str] = {}
    bad: set[int] = set()
    seconds: set[str] = set()  # all that was taken for track 2: another ';' is then track 3
    at = 0
    while at < len(burst):
        if burst[at] not in _STARTS:
            at += 1
            continue
        text, whole, at = _track(burst, at)
        number = _number(text, seconds)
        if number == 2:
            seconds.add(text)
        if not whole:
            bad.add(number)
        elif text[1:-1] not in ("", _ERROR_MARK) and good.setdefault(number, text) != text:
            return "unreadable"
    if not good or bad - good.keys():
        return "unreadable"
    return Swipe("".join(good[number] for number in sorted(good)))


def lrc(track: str) -> str:
    """The check character of a track given with its sentinels.

    ``+`` and ``!`` are a reader's way to tell track 3 apart; on the card it begins as the others.
    """
    data = track[1:-1]
    four_bit = track[0] != "%" and _FOUR_BIT_DATA.fullmatch(data)
    zero, start = (_FOUR_BIT, ";") if four_bit else (_SIX_BIT, "%")
    code = 0
    for character in start + data + _END:
        code ^= ord(character) - zero
    return chr(code + zero)


def _number(text: str, seconds: set[str]) -> int:
    if text[0] == "%":
        return 1
    if text[0] == ";" and (not seconds or text in seconds):
        return 2
    return 3


def _track(burst: str, at: int) -> tuple[str, bool, int]:
    """The track that starts here: its text, whether it is whole, and where the rest begins."""
    data = (_FOUR_BIT_DATA if burst[at] == ";" else _SIX_BIT_DATA).match(burst, at + 1)
    end = data.end() if data else at + 1
    error_mark = burst.startswith(_ERROR_MARK + _END, at + 1)
    if error_mark:
        end = at + 2
    if not burst.startswith(_END, end):
        return burst[at:end], False, end
    text = burst[at : end + 1]
    after = end + 1
    check = burst[after : after + 1]
    # A character by itself behind the end sentinel, even one that looks like a start sentinel.
    alone = after + 1 >= len(burst) or burst[after + 1] in _STARTS
    if not alone or not check or not _SIX_BIT <= ord(check) < 0x60:
        return text, True, after
    if error_mark:
        return text, True, after + (check not in _STARTS)
    return text, check == lrc(text), after + 1


def _looks_like_bank_card(burst: str) -> bool:
    """13 to 19 digits that pass Luhn, before a separator or behind the format code B."""
    for spaced in _NUMBER_AND_SEPARATOR.findall(burst) + _FORMAT_B.findall(burst):
        digits = spaced.replace(" ", "")
        if _passes_luhn(digits):
            return True
        if digits.startswith(_TRACK_3_BANKING) and _passes_luhn(digits[2:]):
            return True
    return False


def _passes_luhn(digits: str) -> bool:
    if not 13 <= len(digits) <= 19:
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
