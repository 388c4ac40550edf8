"""The words: whole in every language, harmless in each, money and time as people write them."""

import ast
import logging
import string
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core import texts
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.sentences import CODES, SENTENCES
from kiosk.core.texts import LANGUAGES, Texts, placeholders

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "setup"))
import catalogues  # noqa: E402 - a script beside the package, as a person runs it

RUB, JPY = CURRENCIES["RUB"], CURRENCIES["JPY"]
CATALOGUES = sorted(catalogues.FOLDER.glob("*/LC_MESSAGES/kiosk.po"))
AT = datetime(2026, 11, 22, 15, 47, 3, tzinfo=UTC)


def rub(text):
    return Money.parse(text, RUB)


# --- the catalogues ----------------------------------------------------------------------------


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parts[-3])
def test_every_sentence_is_translated_and_the_compiled_catalogue_is_that_of_the_source(file):
    """When this fails: .venv/bin/python setup/catalogues.py says what is to be translated."""
    with file.open("rb") as source:
        catalogue = read_po(source, locale=file.parts[-3])
    english = {m.context: m.id for m in catalogue if m.id}
    assert english == SENTENCES
    assert catalogues.missing(catalogue) == []
    assert file.with_suffix(".mo").read_bytes() == catalogues.compiled(catalogue)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_a_language_is_refused(language, caplog):
    made = Texts(language, "UTC")
    assert made._untrusted == frozenset()
    assert caplog.records == []
    for key, english in SENTENCES.items():
        args = dict.fromkeys(placeholders(english if isinstance(english, str) else english[1]), "*")
        args.pop("n", None)
        if isinstance(english, str):
            if "{n}" in english:
                args["n"] = "7"
            told = [made.say(key, **args)]
        else:
            told = [made.plural(key, n, **args) for n in (0, 1, 2, 5, 11, 21)]
        for sentence in told:
            assert sentence.strip() or key == "format.thousands", key
            assert "{" not in sentence


def test_english_sentences_are_sound():
    for key, english in SENTENCES.items():
        if isinstance(english, tuple):
            assert placeholders(english[0]) == placeholders(english[1]), key
            # A number of thousands comes with its spaces, as `count`.
            assert {"n", "count"} & placeholders(english[0]), key
        else:
            placeholders(english)
    assert set(CODES) <= set(SENTENCES)


def test_errors_of_the_first_slice_have_their_codes():
    wanted = "R-01 R-02 R-03 K-01 K-02 K-03 K-07 K-08 N-01 N-02 N-03 N-04 N-05 P-01 P-02 P-03 P-04 "
    wanted += "S-01 T-01 GX"
    assert set(wanted.split()) <= set(CODES.values())
    assert texts.code("err.paper_out") == "P-02"
    assert texts.code("err.reason_missing") == ""
    with pytest.raises(KeyError, match=r"err\.paper_out"):
        texts.code("err.paper_outt")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_names_a_way_out_that_this_kiosk_does_not_offer(language):
    """No code to use; a bank card and QR only in what is said where there is a terminal."""
    made = Texts(language, "UTC")
    # What is read as a bank card, and what the desk is told when it pays out.
    about_bank_cards = ("err.bank_card", "err.refund_too_soon")
    for key in SENTENCES:
        if not key.startswith(("err.", "welcome.", "topup.", "home.")) or key in about_bank_cards:
            continue
        if key.endswith("_terminal"):
            continue
        told = f"{_forms(made, key)}".lower()
        for way in ("your code", "bank card", " qr", "банковск", "код получ"):
            assert way not in told, key


def _forms(made: Texts, key: str) -> str:
    english = SENTENCES[key]
    if isinstance(english, str):
        return made._catalogue.pgettext(key, english)
    return " ".join(made._catalogue.npgettext(key, *english, n) for n in (1, 2, 5))


def test_C44_russian_says_exactly():
    russian = Texts.of("ru")
    assert russian.say("home.balance") == "Игровой баланс"
    assert russian.say("wallet.bonus") == "Бонусный баланс"
    assert russian.say("button.top_up") == "Пополнить"
    assert LANGUAGES == {"en": "English", "de": "Deutsch", "ru": "Русский"}


def test_german_writes_numbers_and_counts_as_germans_do():
    german = Texts.of("de", "Europe/Berlin")
    assert german.money(Money(123450, CURRENCIES["EUR"])) == "1.234,50\u00a0€"
    assert german.whole(rub("-1250.00")) == "−1.250\u00a0₽"
    assert german.count(1234567) == "1.234.567"
    assert german.moment(AT) == "22.11.2026 16:47:03 CET"
    orders = {0: "Bestellungen", 1: "Bestellung", 2: "Bestellungen", 21: "Bestellungen"}
    for n, word in orders.items():
        assert german.plural("home.visit", n) == f"Ihr Besuch · {n} {word}"


def test_russian_has_three_plural_forms():
    russian = Texts.of("ru")
    counts = {0: "заказов", 1: "заказ", 2: "заказа", 4: "заказа", 5: "заказов", 11: "заказов",
              14: "заказов", 21: "заказ", 22: "заказа", 111: "заказов"}  # fmt: skip
    for n, word in counts.items():
        assert russian.plural("home.visit", n) == f"Ваш визит: {n} {word}"
    assert Texts.of("en").plural("home.visit", 1) == "Your visit · 1 order"
    assert Texts.of("en").plural("home.visit", 0) == "Your visit · 0 orders"


# --- a catalogue that is dropped in ------------------------------------------------------------


def dropped_in(folder: Path, language: str, translations: dict[str, object]) -> Path:
    catalogue = Catalog(locale=language)
    for key, translated in translations.items():
        catalogue.add(SENTENCES[key], translated, context=key)
    file = folder / language / "LC_MESSAGES" / "kiosk.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(catalogues.compiled(catalogue))
    return folder


def test_a_catalogue_dropped_in_is_a_language(tmp_path):
    german = {"language.name": "Deutsch", "format.decimal": ",", "button.top_up": "Aufladen"}
    folder = dropped_in(tmp_path, "de", german)
    assert texts.languages(folder) == {"en": "English", "de": "Deutsch"}
    made = Texts("de", "Europe/Berlin", folder)
    assert made.say("button.top_up") == "Aufladen"
    assert made.say("button.back") == "Back", "what it lacks is English"
    assert made.number(rub("1250.00")) == "1\u202f250,00"
    assert made.time(AT) == "16:47"


@pytest.mark.parametrize(
    "translated",
    [
        "Die {betrag} sind auf der Karte.",
        "Das Geld ist auf der Karte.",
        "{amount} {amount.currency}",
        "{amount!r}",
        "{amount:>1000000}",
        "{amount} {}",
        "{amount} {0}",
        "{amount} {",
        "{amount} }",
        "{amount} und {mehr}",
    ],
)
def test_a_translation_with_other_placeholders_is_not_used(tmp_path, translated, caplog):
    folder = dropped_in(tmp_path, "de", {"err.jam_stacked": translated})
    with caplog.at_level(logging.WARNING):
        made = Texts("de", "UTC", folder)
    assert made.say("err.jam_stacked", amount="5 €").startswith("The note machine stopped. 5 € is")
    assert [record.args for record in caplog.records] == [("de", "err.jam_stacked")]


def test_one_wrong_plural_form_is_enough(tmp_path):
    folder = dropped_in(tmp_path, "de", {"home.visit": ("Ihr Besuch", "{n} Bestellungen")})
    made = Texts("de", "UTC", folder)
    assert made.plural("home.visit", 1) == "Your visit · 1 order"
    assert made.plural("home.visit", 2) == "Your visit · 2 orders"


@given(st.text("{}!:.n0 a", max_size=12))
def test_whatever_a_translator_writes_it_is_harmless_or_refused(sentence):
    """What `placeholders` lets through can be filled with plain texts, and with nothing else."""
    try:
        names = placeholders(sentence)
    except ValueError:
        return
    assert string.Formatter().format(sentence, **dict.fromkeys(names, "x")) is not None


# --- our own mistakes --------------------------------------------------------------------------


def test_a_key_that_does_not_exist_is_told_with_what_may_be_meant():
    english = Texts.of("en")
    with pytest.raises(KeyError, match=r"button\.top_up"):
        english.say("button.topup")
    with pytest.raises(KeyError, match="plural"):
        english.say("home.visit")
    with pytest.raises(KeyError, match="say"):
        english.plural("button.top_up", 2)
    with pytest.raises(KeyError, match="amount"):
        english.say("err.jam_stacked")
    with pytest.raises(KeyError, match="language 'rs'"):
        Texts.of("rs")
    assert Texts.of("en", "UTC") is Texts.of("en", "UTC")


# --- money and time ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "english", "russian", "whole"),
    [
        ("1250.00", "1\u202f250.00", "1\u202f250,00", "1\u202f250"),
        ("0", "0.00", "0,00", "0"),
        ("0.05", "0.05", "0,05", "0.05"),
        ("999.99", "999.99", "999,99", "999.99"),
        ("-140.00", "−140.00", "−140,00", "−140"),
        ("-0.01", "−0.01", "−0,01", "−0.01"),
        (
            "1234567.80",
            "1\u202f234\u202f567.80",
            "1\u202f234\u202f567,80",
            "1\u202f234\u202f567.80",
        ),
    ],
)
def test_money_as_people_write_it(amount, english, russian, whole):
    en, ru = Texts.of("en"), Texts.of("ru")
    assert en.number(rub(amount)) == english
    assert en.money(rub(amount)) == f"{english}\u00a0₽"
    assert ru.money(rub(amount)) == f"{russian}\u00a0₽"
    assert en.whole(rub(amount)) == f"{whole}\u00a0₽"


def test_money_without_a_minor_unit_has_no_decimals():
    assert Texts.of("ru").money(Money(-1500, JPY)) == "−1\u202f500\u00a0¥"
    assert Texts.of("ru").whole(Money(100, JPY)) == "100\u00a0¥"


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(CURRENCIES)))
def test_no_digit_of_an_amount_is_lost(minor, code):
    money = Money(minor, CURRENCIES[code])
    told = Texts.of("ru").number(money)
    plain = told.replace("\u202f", "").replace(",", ".").replace("−", "-")
    assert Money.parse(plain, money.currency) == money


def test_times_are_local_and_a_moment_names_its_zone():
    moscow = Texts.of("en", "Europe/Moscow")
    assert moscow.moment(AT) == "22.11.2026 18:47:03 MSK"
    assert (moscow.date(AT), moscow.time(AT)) == ("22.11.2026", "18:47")
    assert Texts.of("en", "Asia/Tbilisi").moment(AT) == "22.11.2026 19:47:03 UTC+4"
    assert Texts.of("en", "Asia/Kathmandu").moment(AT) == "22.11.2026 21:32:03 UTC+5:45"
    assert Texts.of("en", "America/Sao_Paulo").moment(AT) == "22.11.2026 12:47:03 UTC-3"
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert Texts.of("ru", "Europe/Moscow").date(late) == "01.01.2027"
    with pytest.raises(ValueError, match="without a zone"):
        moscow.date(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("day", "english", "russian", "german"),
    [
        (22, "today", "сегодня", "heute"),
        (23, "tomorrow", "завтра", "morgen"),
        (24, "on Tuesday", "во вторник", "am Dienstag"),
        (28, "on Saturday", "в субботу", "am Samstag"),
        (29, "on 29.11.2026", "29.11.2026", "am 29.11.2026"),
        (21, "on 21.11.2026", "21.11.2026", "am 21.11.2026"),
    ],
)
def test_a_day_is_told_as_people_say_it_seen_from_today(day, english, russian, german):
    """2026-11-22 is a Sunday; at 23:30 in Moscow it is still the 22nd, at 21:30 UTC the 23rd."""
    at, now = datetime(2026, 11, day, 20, 30, tzinfo=UTC), AT
    told = [Texts.of(language, "Europe/Moscow").day(at, now) for language in ("en", "ru", "de")]
    assert told == [english, russian, german]
    late = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
    assert Texts.of("en", "Europe/Moscow").day(late, now) == "tomorrow"
    assert Texts.of("en", "Europe/Berlin").day(late, now) == "today"


def test_stretches_of_time():
    assert Texts.of("en").duration(300) == "5\u00a0h\u00a000"
    assert Texts.of("ru").duration(45) == "0\u00a0ч\u00a045"


# --- what the program asks for -----------------------------------------------------------------


def asked() -> list[tuple[str, int, str, str, frozenset[str] | None]]:
    """Every ``say("key", …)`` and ``plural("key", n, …)`` of the package with a literal key."""
    found = []
    for file in sorted((ROOT / "kiosk").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            key = node.args[0]
            if name not in ("say", "plural") or not isinstance(key, ast.Constant):
                continue
            given = [keyword.arg for keyword in node.keywords]
            names = None if None in given else frozenset(map(str, given))
            found.append((file.name, node.lineno, name, str(key.value), names))
    return found


def test_what_the_program_asks_for_is_there_and_gets_its_placeholders():
    calls = asked()
    assert len(calls) > 20, "the search for calls finds none"
    for file, line, name, key, names in calls:
        where = f"{file}:{line}: {key}"
        assert key in SENTENCES, where
        english = SENTENCES[key]
        assert (name == "plural") is isinstance(english, tuple), where
        wanted = placeholders(english[1] if isinstance(english, tuple) else english)
        if names is not None:
            assert names == (wanted - {"n"} if name == "plural" else wanted), where
