"""Signs as words: what stands on a screen becomes what can be read out. Pure.

A voice reads ``1 250.00 ₽`` as two numbers and a silence, and dots for a masked number not at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache

from kiosk.core.money import CURRENCIES, Currency
from kiosk.core.texts import Texts

_SPACES = " \u00a0\u202f\u2009"
_DOTS = "•●○∙*"
_WORDLESS = re.compile(r"[^\w\s.,:;!?'’()–-]|_")
"""What no voice has a word for."""


def read_out(text: str, texts: Texts, symbol: str = "") -> str:
    """A text of a screen in words: sums with the name of the currency, digits of a number apart.

    `symbol` is the currency of sums that stand without one: numbers with hundredths.
    """
    for pattern, word in _rules(texts.language, symbol):
        text = pattern.sub(word, text)
    text = _WORDLESS.sub(" ", text)
    text = re.sub(rf"[\s{_SPACES}]+", " ", text)
    text = re.sub(r" +([.,:;!?)])", r"\1", text)
    return re.sub(r"([.,:;])(?:\s*[.,:;])+", r"\1", text).strip(" ,;:-–")


def sum_of(amount: str, symbol: str, texts: Texts) -> str:
    """A figure and what stands behind it: money, points, or nothing that has a name."""
    return read_out(f"{amount}\u00a0{symbol}" if symbol else amount, texts)


def one_by_one(digits: str) -> str:
    """The digits of a number apart: ``4 5 6 7``."""
    return " ".join(digit for digit in digits if digit.isdigit())


def time_left(seconds: float, texts: Texts) -> str:
    """How much time is left: hours and minutes; under five minutes the seconds, too."""
    whole = max(0, math.ceil(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    told = [texts.plural("spoken.hours", hours)] if hours else []
    told += [texts.plural("spoken.minutes", minutes)] if minutes else []
    if (whole < 300 and whole % 60) or not told:
        told.append(texts.plural("spoken.seconds", whole % 60))
    return " ".join(told)


Word = Callable[[re.Match[str]], str]


@cache
def _rules(language: str, symbol: str) -> tuple[tuple[re.Pattern[str], Word], ...]:
    """What is sought and what is said for it, in this order."""
    texts = Texts.of(language)
    say = texts.say
    decimal, thousands = re.escape(say("format.decimal")), re.escape(say("format.thousands"))
    whole = rf"\d{{1,3}}(?:(?:{thousands}|[{_SPACES[1:]}])\d{{3}})+|\d+"
    number = rf"(?P<sign>[−-](?=\d)|\+)?(?P<whole>{whole})(?:{decimal}(?P<part>\d\d))?(?!\d)"
    by_symbol = {re.escape(c.symbol): c for c in CURRENCIES.values()}
    symbols = "|".join(sorted(by_symbol, key=len, reverse=True))
    hours, minutes = (say("format.duration", hours=h, minutes=m) for h, m in ((1, 22), (1, 33)))
    # ``1 h 22``: what stands between the two numbers, and behind the second.
    between = "".join(
        f"[{_SPACES}]" if sign in _SPACES else re.escape(sign)
        for sign in minutes.removeprefix("1").removesuffix("33")
    )
    assert hours == minutes.replace("33", "22")

    def plain(found: re.Match[str]) -> str:
        return re.sub(r"\D", "", found["whole"])

    def signed(found: re.Match[str], told: str) -> str:
        word = {"+": "plus", "-": "minus", "−": "minus"}.get(found["sign"] or "")
        return f"{say(f'spoken.{word}')} {told}" if word else told

    def money(found: re.Match[str]) -> str:
        currency = by_symbol[re.escape(found["symbol"])]
        return signed(found, _money(texts, currency, plain(found), found["part"] or ""))

    def bare(found: re.Match[str]) -> str:
        part = found["part"]
        if part and re.escape(symbol) in by_symbol:
            return signed(found, _money(texts, by_symbol[re.escape(symbol)], plain(found), part))
        rest = say("format.decimal") + part if part and part != "00" else ""
        return signed(found, plain(found) + rest)

    def ending(found: re.Match[str]) -> str:
        return say("spoken.ending", digits=one_by_one(found[1]))

    def phone(found: re.Match[str]) -> str:
        return f"{say('spoken.plus')} {one_by_one(found[0])}"

    def duration(found: re.Match[str]) -> str:
        told = [
            texts.plural(f"spoken.{name}", int(found[name]))
            for name in ("hours", "minutes")
            if int(found[name])
        ]
        return " ".join(told) or texts.plural("spoken.minutes", 0)

    def counted(key: str) -> Word:
        return lambda found: texts.plural(key, int(re.sub(r"\D", "", found[1])))

    def word(key: str) -> Word:
        return lambda _: f" {say(key)} "

    def code(found: re.Match[str]) -> str:
        return f"{found[1]} {one_by_one(found[2])}"

    def as_it_is(mark: str) -> Word:
        return lambda _: mark

    points = re.escape(say("wallet.bonus_unit"))
    few = r"min|мин|Min"
    found: tuple[tuple[str, Word], ...] = (
        # A phone or a card of which the end is shown; the dots are all that is known of the rest.
        (rf"(?:\+\d*[{_SPACES}]*)?(?:[{_DOTS}]+[{_SPACES}-]*)+(\d[\d{_SPACES}-]*\d)", ending),
        (rf"\+\d[\d{_SPACES}()-]{{7,}}\d", phone),
        (r"\b([A-Z])-(\d\d)\b", code),
        (rf"{number}[{_SPACES}]?(?P<symbol>{symbols})(?!\w)", money),
        (rf"(\d[\d{_SPACES[1:]}]*)[{_SPACES}]?{points}(?!\w)", counted("spoken.points")),
        (rf"(?P<hours>\d+){between}(?P<minutes>\d\d)(?!\d)", duration),
        (rf"(\d+)[{_SPACES}]?(?:{few})\b\.?", counted("spoken.minutes")),
        (rf"(?<![\d.,:])(?<!\d[{_SPACES[1:]}]){number}(?![.:]\d)", bare),
        (rf"(?<=\d)[{_SPACES}]?×[{_SPACES}]?(?=\d)", word("spoken.times")),
        (rf"(?<=\d)[{_SPACES}]?%", word("spoken.percent")),
        (r"№", word("spoken.number")),
        (r"&", word("spoken.and")),
        (r"[·→|/]", as_it_is(", ")),
        (r"…", as_it_is(".")),
        (r"—", as_it_is(" – ")),
    )
    return tuple((re.compile(pattern), word_) for pattern, word_ in found)


def _money(texts: Texts, currency: Currency, whole: str, part: str) -> str:
    """``1250 roubles 50 kopecks``; of less than one only the smaller unit."""
    units, parts = int(whole), int(part or 0)
    told = []
    if units or not parts:
        told.append(texts.plural(f"spoken.{currency.code}", units))
    if parts:
        told.append(texts.plural(f"spoken.{currency.code}.part", parts))
    return " ".join(told)
