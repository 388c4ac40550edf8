"""How the assistant's pages look, up to the network: language, books, venue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.texts import LANGUAGES, Texts
from kiosk.first_boot import scenes as at
from kiosk.first_boot.answers import KINDS
from kiosk.first_boot.path import MORE_SIGNS, SIGNS
from kiosk.first_boot.touches import (
    CURRENCIES_SHOWN,
    keyboards,
    zones_of,
)
from kiosk.first_boot.venue_template import COUNTRIES
from kiosk.first_boot.words import Words, choices, city, question, told
from kiosk.screens.present.words import letter_rows
from kiosk.screens.view import (
    Button,
    Figure,
    NameView,
    Option,
    QuestionView,
    View,
    WaitView,
)

_SIGN_ROWS = {
    SIGNS: (tuple("1234567890"), tuple(".-_/:@,;!?"), tuple("#$%&*+=|~^")),
    MORE_SIGNS: (tuple("\"'`()[]"), tuple("{}<>\\")),
}
_SIGN_NAMES = {SIGNS: ".?1", MORE_SIGNS: "(<{"}
MISTAKES_SHOWN = 2
FOUND_TOLD = 4
"""So many cities are named while somebody types."""


# --- language, books --------------------------------------------------------------------------


def _language(words: Words, scene: at.LanguageChoice) -> View:
    del scene
    # In all of them: nobody knows yet who stands there.
    asked = [Texts.of(code).say("setup.language.headline") for code in LANGUAGES]
    buttons = [Button(f"language:{code}", name) for code, name in LANGUAGES.items()]
    return QuestionView(
        frame=replace(words.frame("Foyer"), subtitle=""),
        icon="language",
        tone="info",
        headline="Foyer",
        body=tuple(asked),
        buttons=tuple(buttons),
        back=words.back,
    )


def _mistakes(words: Words, scene: at.FileMistakes) -> View:
    mistakes = words.state.around.mistakes
    later = scene.first + MISTAKES_SHOWN
    buttons = (
        *((words.button(f"later:{later}", "setup.later"),) if later < len(mistakes) else ()),
        *((words.button("earlier:0", "setup.earlier"),) if scene.first else ()),
        words.button("by_hand", "setup.file.by_hand", primary=True),
    )
    headline = words.texts.plural("setup.file.headline", len(mistakes))
    body = (words.say("setup.file.says"), *mistakes[scene.first : later])
    return question(words, "alert", headline, body, *buttons, tone="warning")


def _books(words: Words, scene: at.BooksFound) -> View:
    del scene
    there = words.state.around.there
    restore = words.option("restore", "setup.beginning.restore", "usb_stick")
    aside = words.option("aside", "setup.books.aside", "disk")
    if there.state == "broken":
        return choices(words, words.say("setup.books.broken"), (restore, aside))
    keep = words.option("keep", "setup.books.keep", "database")
    name = there.venue or there.kiosk
    says = words.say("setup.books.says", venue=name, entries=words.texts.count(there.entries))
    return choices(words, says, (keep, restore, aside))


def _aside(words: Words, scene: at.AsideSure) -> View:
    del scene
    return question(
        words,
        "alert",
        words.say("setup.aside.headline"),
        (words.say("setup.aside.body"),),
        words.button("yes", "setup.aside.yes", "disk"),
        tone="warning",
    )


def _beginning(words: Words, scene: at.Beginning) -> View:
    del scene
    options = (
        words.option("new", "setup.beginning.new", "plus"),
        words.option("restore", "setup.beginning.restore", "usb_stick"),
    )
    return choices(words, words.say("setup.beginning.says"), options)


def _waiting(words: Words, scene: at.Waiting) -> View:
    return WaitView(
        words.frame(),
        words.say(f"setup.wait.{scene.what}"),
        words.say(f"setup.wait.{scene.what}.body"),
    )


def _copies(words: Words, scene: at.CopiesShown) -> View:
    options = []
    for number, copy in enumerate(scene.copies):
        opens = words.say("setup.copy.key" if copy.key else "setup.copy.no_key")
        note = words.say(
            "setup.copy.says",
            day=words.day(copy.day),
            entries=words.texts.count(copy.entries),
            stick=copy.stick,
            opens=opens,
        )
        name = words.say("doc.kiosk", id=copy.kiosk)
        options.append(Option(Button(f"copy:{number}", name, "database"), note=note))
    return choices(
        words,
        words.say("setup.copies.says"),
        options[scene.first : scene.first + words.rows],
        pager=words.pager(scene.first, words.rows, len(options)),
        tabs=(words.button("again", "setup.again", "refresh"),),
        empty=words.say("setup.copies.none"),
    )


def _copy(words: Words, scene: at.CopySure) -> View:
    copy = scene.copy
    return question(
        words,
        "database",
        words.say("setup.copy.headline", kiosk=copy.kiosk, day=words.day(copy.day)),
        (
            words.say("setup.copy.body"),
            "" if copy.key else words.say("setup.copy.without_key"),
        ),
        words.button("yes", "setup.copy.yes", "check", primary=True),
        tone="info" if copy.key else "warning",
    )


def _books_back(words: Words, scene: at.BooksBack) -> View:
    whole = not scene.missing
    entries = words.texts.count(scene.entries)
    return question(
        words,
        "check_circle" if whole else "alert",
        words.say("setup.back.headline", entries=entries),
        (
            words.say("setup.back.whole" if whole else "setup.back.missing"),
            *scene.missing[:2],
            words.say("setup.back.count"),
        ),
        words.next(),
        tone="good" if whole else "warning",
    )


# --- the venue --------------------------------------------------------------------------------


def _kind(words: Words, scene: at.KindChoice) -> View:
    del scene
    icons = {"club": "game", "centre": "ticket"}
    options = [words.option(f"kind:{kind}", f"setup.kind.{kind}", icons[kind]) for kind in KINDS]
    return choices(words, words.say("setup.kind.says"), options)


def _typing(words: Words, scene: at.Typing) -> View:
    form = scene.form
    of = keyboards(words.state, scene.what)
    keyboard = form.keyboard or of[0]
    rows: tuple[tuple[str, ...], ...]
    if keyboard in _SIGN_ROWS:
        rows = _SIGN_ROWS[keyboard]
    else:
        rows = letter_rows(Texts.of(keyboard), shift=form.shift)
    after = of[(of.index(keyboard) + 1) % len(of)]
    name = _SIGN_NAMES.get(after) or Texts.of(after).say("language.short")
    layout = Button("keyboard", name, "language")
    problem = told(words, form.problem) if form.problem else ""
    value = form.field("text").value
    key = f"setup.{scene.what}"
    body = words.say(f"{key}.body")
    if scene.what == "city" and value.strip():
        found = zones_of(words.state, value)
        cities = ", ".join(city(zone) for zone in found[:FOUND_TOLD])
        body = (
            words.say("setup.city.found", cities=cities) if found else words.say("err.setup_city")
        )
    blank = not value.strip() and scene.what != "wifi_password"
    return NameView(
        frame=words.frame(),
        headline=words.say(f"{key}.headline", network=words.state.answers.network)
        if scene.what == "wifi_password"
        else words.say(f"{key}.headline"),
        body=body,
        shown=_hidden(value) if scene.what == "wifi_password" else value,
        placeholder=words.say(f"{key}.placeholder"),
        rows=rows,
        layout=layout if len(of) > 1 else None,
        next=words.next(enabled=not blank),
        back=words.must_back,
        erase=Button("erase", "", "backspace"),
        space=Button("key: ", words.say("button.space")),
        problem=problem,
    )


def _hidden(password: str) -> str:
    """As it is typed: of it only the last sign is seen."""
    return "•" * (len(password) - 1) + password[-1:]


def _currency(words: Words, scene: at.CurrencyChoice) -> View:
    codes = list(COUNTRIES)
    first = {"de": "EUR", "ru": "RUB", "en": "EUR"}.get(words.state.answers.language, "EUR")
    codes.sort(key=lambda code: code != first)
    some = codes[scene.first : scene.first + CURRENCIES_SHOWN]
    options = [
        Option(
            Button(f"currency:{code}", words.say(f"setup.currency.{code}")),
            figure=Figure(code, ""),
        )
        for code in some
    ]
    return choices(
        words,
        words.say("setup.currency.says"),
        options,
        listed=False,
        pager=words.pager(scene.first, CURRENCIES_SHOWN, len(codes)),
    )


def _cities(words: Words, scene: at.CityChoice) -> View:
    del scene
    options = [_zone(words, zone) for zone in COUNTRIES[words.state.answers.currency].cities]
    other = Option(words.button("search", "setup.city.other", "search"))
    return choices(words, words.say("setup.city.says"), (*options, other), listed=False)


def _cities_found(words: Words, scene: at.CitiesFound) -> View:
    some = scene.zones[scene.first : scene.first + CURRENCIES_SHOWN]
    return choices(
        words,
        words.say("setup.city.says"),
        [_zone(words, zone) for zone in some],
        listed=False,
        pager=words.pager(scene.first, CURRENCIES_SHOWN, len(scene.zones)),
    )


def _zone(words: Words, zone: str) -> Option:
    """A city, and what time it is there: whoever has a clock sees whether it is right."""
    clock = f"{words.now.wall.astimezone(ZoneInfo(zone)):%H:%M}"
    note = zone.partition("/")[0].replace("_", " ")
    return Option(Button(f"zone:{zone}", city(zone)), text=clock, note=note)


# --- network, devices -------------------------------------------------------------------------


def _network(words: Words, scene: at.NetworkShown) -> View:
    there = bool(scene.addresses)
    again = words.button("again", "setup.again", "refresh")
    wifi = words.button("wifi", "setup.network.wifi", "wifi")
    able = (wifi,) if words.state.around.helper else ()
    headline = "setup.network.there" if there else "setup.network.none"
    told = words.say("setup.network.address", address=", ".join(scene.addresses)) if there else ""
    body = words.say("setup.network.body" if there else "setup.network.none_body")
    forth = words.next("button.next" if there else "setup.network.without")
    return question(
        words,
        "lan",
        words.say(headline),
        (told, body),
        *(forth, *able) if there else (*able, again, replace(forth, kind="secondary")),
        tone="good" if there else "info",
    )


VIEWS: Mapping[type[Any], Callable[[Words, Any], View]] = {
    at.LanguageChoice: _language,
    at.FileMistakes: _mistakes,
    at.BooksFound: _books,
    at.AsideSure: _aside,
    at.Beginning: _beginning,
    at.Waiting: _waiting,
    at.CopiesShown: _copies,
    at.CopySure: _copy,
    at.BooksBack: _books_back,
    at.KindChoice: _kind,
    at.Typing: _typing,
    at.CurrencyChoice: _currency,
    at.CityChoice: _cities,
    at.CitiesFound: _cities_found,
    at.NetworkShown: _network,
}
"""Scene → how it looks."""
