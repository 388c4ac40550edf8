"""The words of the screens, the documents and the refusals, in the guest's language.

`kiosk.core.sentences` holds the English; each further language is a gettext catalogue in
``kiosk/locale`` (msgctxt = the key, msgid = the English). Dropping a catalogue in adds a language:
its own name, the marks in its numbers and its forms of dates are sentences like all others.
"""

from __future__ import annotations

import difflib
import gettext
import logging
import string
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.core.money import Money
from kiosk.core.sentences import CODES, SENTENCES

_log = logging.getLogger(__name__)

_DOMAIN = "kiosk"
_FOLDER = Path(__file__).parent.parent / "locale"
_COUNTS = range(201)
"""Counts that meet every plural form of every language that gettext knows."""

_WEEK_DAYS = 7
"""So far ahead a weekday's name alone would be today's."""

MINUS = "\u2212"


def placeholders(sentence: str) -> frozenset[str]:
    """The names in braces of a sentence.

    Raises:
        ValueError: a brace without its partner, or more than a name in the braces: a translation
            must not reach into the objects that are put in.
    """
    names = set()
    for _, name, form, conversion in string.Formatter().parse(sentence):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"{{{name}}} is not a plain name in braces")
        names.add(name)
    return frozenset(names)


class Texts:
    """The words of one language, with the venue's time zone.

    A key that does not exist is our own mistake (KeyError, with what may have been meant); so is a
    placeholder without its value.
    """

    def __init__(self, language: str, zone: str, folder: Path = _FOLDER) -> None:
        self.language = language
        self._zone = ZoneInfo(zone)
        self._catalogue = _catalogue(language, folder)
        self._untrusted = _untrusted(language, self._catalogue)

    @staticmethod
    @cache
    def of(language: str, zone: str = "UTC") -> Texts:
        """The texts of a language of `LANGUAGES`, with the times of an IANA zone.

        Raises:
            KeyError: there is no such language.
        """
        if language not in LANGUAGES:
            raise KeyError(_meant("language", language, LANGUAGES))
        return Texts(language, zone)

    def say(self, key: str, **args: str | int) -> str:
        """The sentence of this key with its placeholders filled."""
        english = _sentence(key)
        if isinstance(english, tuple):
            raise KeyError(f"{key} counts something: use plural()")
        if key in self._untrusted:
            return english.format(**args)
        return self._catalogue.pgettext(key, english).format(**args)

    def plural(self, key: str, n: int, **args: str | int) -> str:
        """The sentence of this key for `n` of something; ``{n}`` in it is the number."""
        english = _sentence(key)
        if isinstance(english, str):
            raise KeyError(f"{key} counts nothing: use say()")
        if key in self._untrusted:
            return english[n != 1].format(n=n, **args)
        return self._catalogue.npgettext(key, *english, n).format(n=n, **args)

    def number(self, money: Money) -> str:
        """The amount without its currency: ``1 250.00``, with the decimals it has."""
        exponent = money.currency.exponent
        digits = str(abs(money.minor)).rjust(exponent + 1, "0")
        whole, part = (digits[:-exponent], digits[-exponent:]) if exponent else (digits, "")
        sign = MINUS if money.minor < 0 else ""
        return f"{sign}{self.count(int(whole))}{self.say('format.decimal') if part else ''}{part}"

    def count(self, n: int) -> str:
        """A whole number from 0 on, as points are written: ``1 250``."""
        return f"{n:,}".replace(",", self.say("format.thousands"))

    def money(self, money: Money) -> str:
        """The amount and its currency: ``1 250.00 ₽``."""
        return self.say("format.money", amount=self.number(money), symbol=money.currency.symbol)

    def whole(self, money: Money) -> str:
        """As `money`, without decimals when they are zero: ``500 ₽``."""
        number = self.number(money)
        if money.currency.exponent and money.minor % 10**money.currency.exponent == 0:
            number = number[: -money.currency.exponent - 1]
        return self.say("format.money", amount=number, symbol=money.currency.symbol)

    def date(self, at: datetime) -> str:
        """The local date of a moment: ``22.11.2026``."""
        return self.say("format.date", **self._parts(at))

    def time(self, at: datetime) -> str:
        """The local time of day of a moment: ``18:47``."""
        return self.say("format.time", **self._parts(at))

    def day(self, at: datetime, now: datetime) -> str:
        """The local day of a moment as it stands in "Opens … at 10:00", seen from `now`.

        ``today``, ``tomorrow``, ``on Monday`` within a week, else ``on 22.11.2026``.
        """
        local = at.astimezone(self._zone)
        ahead = (local.date() - now.astimezone(self._zone).date()).days
        if ahead in (0, 1):
            return self.say("day.tomorrow" if ahead else "day.today")
        if 1 < ahead < _WEEK_DAYS:
            return self.say(f"day.{local.weekday()}")
        return self.say("day.date", date=self.date(at))

    def moment(self, at: datetime) -> str:
        """Local date and time with seconds and zone: ``22.11.2026 18:47:03 MSK``."""
        return self.say("format.moment", **self._parts(at))

    def duration(self, minutes: int) -> str:
        """A stretch of time: ``5 h 00``."""
        return self.say("format.duration", hours=minutes // 60, minutes=f"{minutes % 60:02}")

    def _parts(self, at: datetime) -> dict[str, str]:
        if at.tzinfo is None:
            raise ValueError("a moment without a zone cannot be told")
        local = at.astimezone(self._zone)
        return {
            "day": f"{local:%d}",
            "month": f"{local:%m}",
            "year": f"{local:%Y}",
            "hour": f"{local:%H}",
            "minute": f"{local:%M}",
            "second": f"{local:%S}",
            "zone": _zone_name(local),
        }


def _zone_name(local: datetime) -> str:
    """``MSK`` where the zone has letters, else ``UTC+4`` or ``UTC+5:30``."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = local.utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def code(key: str) -> str:
    """The short code of an error for the desk: ``err.paper_out`` → ``P-02``; empty if none."""
    _sentence(key)
    return CODES.get(key, "")


def _sentence(key: str) -> str | tuple[str, str]:
    try:
        return SENTENCES[key]
    except KeyError:
        raise KeyError(_meant("sentence", key, SENTENCES)) from None


def _meant(kind: str, word: str, known: dict[str, str] | dict[str, str | tuple[str, str]]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"no {kind} {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _catalogue(language: str, folder: Path) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(_DOMAIN, folder, [language])


def _untrusted(language: str, catalogue: gettext.NullTranslations) -> frozenset[str]:
    """The keys of which the translation has other placeholders than the English.

    Such a translation would show braces, leave a sum out, or end the process. Electrum found that
    translators do it, and does the same.
    """
    untrusted = set()
    for key, english in SENTENCES.items():
        forms = [english] if isinstance(english, str) else english
        if isinstance(english, str):
            translated = {catalogue.pgettext(key, english)}
        else:
            translated = {catalogue.npgettext(key, *english, n) for n in _COUNTS}
        wanted = frozenset().union(*map(placeholders, forms))
        if any(_placeholders(sentence) != wanted for sentence in translated):
            untrusted.add(key)
            _log.warning("locale %s: %s has other placeholders; English is used", language, key)
    return frozenset(untrusted)


def _placeholders(sentence: str) -> frozenset[str] | None:
    try:
        return placeholders(sentence)
    except ValueError:
        return None


def languages(folder: Path = _FOLDER) -> dict[str, str]:
    """The languages of a folder of catalogues, English first: code → the language's own name."""
    codes = sorted(path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{_DOMAIN}.mo"))
    english = _sentence("language.name")
    assert isinstance(english, str)
    return {
        code: _catalogue(code, folder).pgettext("language.name", english)
        for code in ["en", *(code for code in codes if code != "en")]
    }


LANGUAGES = languages()
"""Code → own name (``{"en": "English", "de": "Deutsch", "ru": "Русский"}``)."""
