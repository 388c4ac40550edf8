"""The assistant's scenes in words: a state becomes a View, as a situation of the kiosk does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.staff import PIN_DIGITS
from kiosk.core.texts import LANGUAGES, Texts
from kiosk.first_boot import scenes as at
from kiosk.first_boot.answers import KINDS, OWNER_NUMBER, named
from kiosk.first_boot.creation import device_lines
from kiosk.first_boot.scenes import State
from kiosk.first_boot.steps import (
    CLOCK_DIGITS,
    CURRENCIES_SHOWN,
    KIOSKS,
    MORE_SIGNS,
    SIGNS,
    keyboards,
    zones_of,
)
from kiosk.first_boot.venue_template import COUNTRIES
from kiosk.screens.present.words import letter_rows
from kiosk.screens.view import (
    Button,
    Figure,
    Frame,
    KeypadView,
    NameView,
    Option,
    OptionsView,
    Pager,
    ProblemView,
    QuestionView,
    Tone,
    View,
    WaitView,
)

_SIGN_ROWS = {
    SIGNS: (tuple("1234567890"), tuple(".-_/:@,;!?"), tuple("#$%&*+=|~^")),
    MORE_SIGNS: (tuple("\"'`()[]"), tuple("{}<>\\")),
}
_SIGN_NAMES = {SIGNS: ".?1", MORE_SIGNS: "(<{"}
_ICONS: Mapping[str, str] = {
    "reader": "contactless",
    "stripe": "card",
    "acceptor": "cash",
    "printer": "receipt",
    "lights": "bulb",
}
_STEPS: Mapping[type[Any], int] = {
    at.KindChoice: 1,
    at.CurrencyChoice: 1,
    at.CityChoice: 1,
    at.CitiesFound: 1,
    at.NetworkShown: 2,
    at.SwipeNow: 3,
    at.DevicesShown: 3,
    at.OwnerCard: 4,
    at.OwnerPin: 4,
    at.ClockSetting: 5,
    at.Summary: 5,
}
_STEPS_OF_TEXTS: Mapping[at.Asked, int] = {
    "venue_name": 1,
    "city": 1,
    "wifi_name": 2,
    "wifi_password": 2,
    "printer_address": 3,
    "owner_name": 4,
}
STEPS = 5
MISTAKES_SHOWN = 2
FOUND_TOLD = 4
"""So many cities are named while somebody types."""


def present(state: State, now: Now) -> View:
    """The View of a state."""
    return _VIEWS[type(state.scene)](_Words(state, now), state.scene)


class _Words:
    """The words of one state."""

    def __init__(self, state: State, now: Now) -> None:
        self.state = state
        self.now = now
        self.texts = Texts.of(state.answers.language, state.answers.zone or "UTC")
        self.say = self.texts.say
        self.rows = state.around.rows

    def frame(self, title: str = "") -> Frame:
        scene = self.state.scene
        step = _STEPS.get(type(scene), 0)
        if isinstance(scene, at.Typing):
            step = _STEPS_OF_TEXTS[scene.what]
        told = self.say("setup.step", step=step, steps=STEPS) if step else ""
        return Frame(
            page=self.state.page,
            title=title or self.say("setup.title"),
            subtitle=told,
            language=self.state.answers.language,
            mark=self.say("frame.simulated") if self.state.around.simulated else "",
        )

    def button(self, name: str, key: str, icon: str = "", *, primary: bool = False) -> Button:
        return Button(name, self.say(key), icon, "primary" if primary else "secondary")

    def day(self, day: str) -> str:
        """A day as people write it; noon is the same day everywhere."""
        return self.texts.date(datetime.fromisoformat(f"{day}T12:00+00:00"))

    def next(self, key: str = "button.next", *, enabled: bool = True, why: str = "") -> Button:
        return Button("next", self.say(key), "", "primary", enabled=enabled, why=why)

    @property
    def back(self) -> Button | None:
        """Nothing leads back from the first scene, and from what was made."""
        if not self.state.trail:
            return None
        return Button("back", self.say("button.back"), "back", "quiet")

    @property
    def must_back(self) -> Button:
        back = self.back
        assert back is not None, f"nothing leads back from {self.state.scene}"
        return back

    def option(self, name: str, key: str, icon: str) -> Option:
        """One of a list: its name, and below it what it means."""
        return Option(self.button(name, key, icon), note=self.say(f"{key}.says"))

    def pager(self, first: int, shown: int, of: int, later: Button | None = None) -> Pager | None:
        """The arrows of a list; `later` is what follows its last page."""
        earlier = max(0, first - shown)
        more = first + shown < of
        if not more and not first and later is None:
            return None
        return Pager(
            Button(f"earlier:{earlier}", self.say("setup.earlier"), "up") if first else None,
            Button(f"later:{first + shown}", self.say("setup.later"), "down") if more else later,
            self.say("setup.place", first=first + 1, last=min(first + shown, of), of=of)
            if of > shown
            else "",
        )


def _question(
    words: _Words,
    icon: str,
    headline: str,
    body: Sequence[str],
    *buttons: Button,
    tone: Tone = "info",
) -> View:
    return QuestionView(
        frame=words.frame(),
        icon=icon,
        tone=tone,
        headline=headline,
        body=tuple(line for line in body if line),
        buttons=buttons,
        back=words.back,
    )


def _list(
    words: _Words,
    says: str,
    options: Sequence[Option],
    *,
    pager: Pager | None = None,
    tabs: tuple[Button, ...] = (),
    listed: bool = True,
    empty: str = "",
) -> View:
    return OptionsView(
        frame=words.frame(),
        says=says,
        options=tuple(options),
        back=words.must_back,
        tabs=tabs,
        pager=pager,
        listed=listed,
        empty=empty,
    )


# --- language, books --------------------------------------------------------------------------


def _language(words: _Words, scene: at.LanguageChoice) -> View:
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


def _mistakes(words: _Words, scene: at.FileMistakes) -> View:
    mistakes = words.state.around.mistakes
    later = scene.first + MISTAKES_SHOWN
    buttons = (
        *((words.button(f"later:{later}", "setup.later"),) if later < len(mistakes) else ()),
        *((words.button("earlier:0", "setup.earlier"),) if scene.first else ()),
        words.button("by_hand", "setup.file.by_hand", primary=True),
    )
    headline = words.texts.plural("setup.file.headline", len(mistakes))
    body = (words.say("setup.file.says"), *mistakes[scene.first : later])
    return _question(words, "alert", headline, body, *buttons, tone="warning")


def _books(words: _Words, scene: at.BooksFound) -> View:
    del scene
    there = words.state.around.there
    restore = words.option("restore", "setup.beginning.restore", "usb_stick")
    aside = words.option("aside", "setup.books.aside", "disk")
    if there.state == "broken":
        return _list(words, words.say("setup.books.broken"), (restore, aside))
    keep = words.option("keep", "setup.books.keep", "database")
    name = there.venue or there.kiosk
    says = words.say("setup.books.says", venue=name, entries=words.texts.count(there.entries))
    return _list(words, says, (keep, restore, aside))


def _aside(words: _Words, scene: at.AsideSure) -> View:
    del scene
    return _question(
        words,
        "alert",
        words.say("setup.aside.headline"),
        (words.say("setup.aside.body"),),
        words.button("yes", "setup.aside.yes", "disk"),
        tone="warning",
    )


def _beginning(words: _Words, scene: at.Beginning) -> View:
    del scene
    options = (
        words.option("new", "setup.beginning.new", "plus"),
        words.option("restore", "setup.beginning.restore", "usb_stick"),
    )
    return _list(words, words.say("setup.beginning.says"), options)


def _waiting(words: _Words, scene: at.Waiting) -> View:
    return WaitView(
        words.frame(),
        words.say(f"setup.wait.{scene.what}"),
        words.say(f"setup.wait.{scene.what}.body"),
    )


def _copies(words: _Words, scene: at.CopiesShown) -> View:
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
    return _list(
        words,
        words.say("setup.copies.says"),
        options[scene.first : scene.first + words.rows],
        pager=words.pager(scene.first, words.rows, len(options)),
        tabs=(words.button("again", "setup.again", "refresh"),),
        empty=words.say("setup.copies.none"),
    )


def _copy(words: _Words, scene: at.CopySure) -> View:
    copy = scene.copy
    return _question(
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


def _books_back(words: _Words, scene: at.BooksBack) -> View:
    whole = not scene.missing
    entries = words.texts.count(scene.entries)
    return _question(
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


def _kind(words: _Words, scene: at.KindChoice) -> View:
    del scene
    icons = {"club": "game", "centre": "ticket"}
    options = [words.option(f"kind:{kind}", f"setup.kind.{kind}", icons[kind]) for kind in KINDS]
    return _list(words, words.say("setup.kind.says"), options)


def _typing(words: _Words, scene: at.Typing) -> View:
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
    problem = _told(words, form.problem) if form.problem else ""
    value = form.field("text").value
    key = f"setup.{scene.what}"
    body = words.say(f"{key}.body")
    if scene.what == "city" and value.strip():
        found = zones_of(words.state, value)
        cities = ", ".join(_city(zone) for zone in found[:FOUND_TOLD])
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


def _currency(words: _Words, scene: at.CurrencyChoice) -> View:
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
    return _list(
        words,
        words.say("setup.currency.says"),
        options,
        listed=False,
        pager=words.pager(scene.first, CURRENCIES_SHOWN, len(codes)),
    )


def _cities(words: _Words, scene: at.CityChoice) -> View:
    del scene
    options = [_zone(words, zone) for zone in COUNTRIES[words.state.answers.currency].cities]
    other = Option(words.button("search", "setup.city.other", "search"))
    return _list(words, words.say("setup.city.says"), (*options, other), listed=False)


def _cities_found(words: _Words, scene: at.CitiesFound) -> View:
    some = scene.zones[scene.first : scene.first + CURRENCIES_SHOWN]
    return _list(
        words,
        words.say("setup.city.says"),
        [_zone(words, zone) for zone in some],
        listed=False,
        pager=words.pager(scene.first, CURRENCIES_SHOWN, len(scene.zones)),
    )


def _zone(words: _Words, zone: str) -> Option:
    """A city, and what time it is there: whoever has a clock sees whether it is right."""
    clock = f"{words.now.wall.astimezone(ZoneInfo(zone)):%H:%M}"
    note = zone.partition("/")[0].replace("_", " ")
    return Option(Button(f"zone:{zone}", _city(zone)), text=clock, note=note)


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


# --- network, devices -------------------------------------------------------------------------


def _network(words: _Words, scene: at.NetworkShown) -> View:
    there = bool(scene.addresses)
    again = words.button("again", "setup.again", "refresh")
    wifi = words.button("wifi", "setup.network.wifi", "wifi")
    able = (wifi,) if words.state.around.helper else ()
    headline = "setup.network.there" if there else "setup.network.none"
    told = words.say("setup.network.address", address=", ".join(scene.addresses)) if there else ""
    body = words.say("setup.network.body" if there else "setup.network.none_body")
    forth = words.next("button.next" if there else "setup.network.without")
    return _question(
        words,
        "lan",
        words.say(headline),
        (told, body),
        *(forth, *able) if there else (*able, again, replace(forth, kind="secondary")),
        tone="good" if there else "info",
    )


def _swipe(words: _Words, scene: at.SwipeNow) -> View:
    del scene
    return _question(
        words,
        "card",
        words.say("setup.swipe.headline"),
        (words.say("setup.swipe.body"),),
        words.button("none", "setup.swipe.none"),
    )


def _devices(words: _Words, scene: at.DevicesShown) -> View:
    devices = words.state.answers.devices
    simulated = words.state.around.simulated
    options = []
    for number, (name, device) in enumerate(named(devices)):
        what = words.say(f"setup.device.{device.kind}")
        answer = words.say("setup.device.yes" if device.taken else "setup.device.no")
        lines = "  ".join(device_lines(name, device, simulated=simulated)[1:])
        note = ". ".join(part for part in (device.told, lines) if part)
        label = words.say("setup.device.is", device=what, answer=answer)
        icon = "check_circle" if device.taken else "close"
        tone: Any = "good" if device.taken else "muted"
        options.append(Option(Button(f"take:{number}", label, icon), note=note, tone=tone))
    some = options[scene.first : scene.first + words.rows]
    none = not words.state.answers.taken
    forth = words.next(enabled=not none)
    return _list(
        words,
        words.say("setup.devices.one" if none else "setup.devices.says"),
        some,
        pager=words.pager(scene.first, words.rows, len(options), forth),
        tabs=(
            words.button("again", "setup.again", "refresh"),
            words.button("address", "setup.devices.address", "lan"),
        ),
        empty=words.say("setup.devices.none"),
    )


# --- the owner, the clock ---------------------------------------------------------------------


def _owner_card(words: _Words, scene: at.OwnerCard) -> View:
    kinds = {d.kind for d in words.state.answers.readers}
    way = "both" if len(kinds) > 1 else kinds.pop()
    return _question(
        words,
        _ICONS["stripe" if way == "stripe" else "reader"],
        words.say(f"setup.card.headline.{way}"),
        (words.say(scene.problem) if scene.problem else words.say("setup.card.body"),),
        words.button("without", "setup.card.without"),
        tone="warning" if scene.problem else "info",
    )


def _pin(words: _Words, scene: at.OwnerPin) -> View:
    typed = len(scene.digits)
    key = "setup.pin.again" if scene.again else "setup.pin"
    return KeypadView(
        frame=words.frame(),
        headline=words.say(f"{key}.headline"),
        body=words.say(f"{key}.body", number=OWNER_NUMBER),
        shown="●" * typed,
        missing="○" * (PIN_DIGITS - typed),
        keys_enabled=typed < PIN_DIGITS,
        next=words.next(enabled=typed == PIN_DIGITS),
        back=words.must_back,
        problem=words.say(scene.problem) if scene.problem else "",
    )


def _clock(words: _Words, scene: at.ClockSetting) -> View:
    typed = len(scene.digits)
    mask = "DD.MM.YYYY HH:MM"
    filled, digits = [], list(scene.digits)
    for sign in mask:
        if sign.isalpha() and not digits:
            break
        filled.append(digits.pop(0) if sign.isalpha() else sign)
    shown = "".join(filled)
    local = words.now.wall.astimezone(ZoneInfo(words.state.answers.zone or "UTC"))
    return KeypadView(
        frame=words.frame(),
        headline=words.say("setup.clock.headline"),
        body=words.say("setup.clock.body", now=f"{local:%d.%m.%Y %H:%M}"),
        shown=shown,
        missing=words.say("setup.clock.mask")[len(shown) :],
        keys_enabled=typed < CLOCK_DIGITS,
        next=words.next(enabled=typed == CLOCK_DIGITS),
        back=words.must_back,
        other=words.button("right", "setup.clock.right"),
        problem=words.say(scene.problem) if scene.problem else "",
    )


# --- the end ----------------------------------------------------------------------------------


def _summary(words: _Words, scene: at.Summary) -> View:
    del scene
    given = words.state.answers
    new = given.books == "new"
    kind = words.say(f"setup.kind.{given.kind}") if given.kind else ""
    about = (given.venue, kind, given.currency, _city(given.zone) if given.zone else "")
    devices = [words.say(f"setup.device.{d.kind}") for d in given.taken]
    rows = [
        ("venue", "ticket", ", ".join(part for part in about if part), new and not given.file),
        ("network", "lan", given.address or words.say("setup.summary.no_network"), True),
        ("devices", "devices", ", ".join(devices), True),
    ]
    if given.owner is not None and new:
        card = "setup.summary.card" if given.owner.card else "setup.summary.no_card"
        rows.append(("owner", "account", f"{given.owner.name}, {words.say(card)}", True))
    rows.append(("kiosk", "monitor", given.kiosk, new))
    options = [
        Option(
            Button(
                f"correct:{name}",
                words.say(f"setup.summary.{name}"),
                icon,
                enabled=able,
            ),
            more=told,
        )
        for name, icon, told, able in rows
    ]
    make = words.button("make", "setup.summary.make", primary=True)
    return _list(
        words, words.say("setup.summary.says"), options, pager=Pager(None, make, ""), listed=False
    )


def _number(words: _Words, scene: at.KioskNumber) -> View:
    del scene
    options = [Option(Button(f"kiosk:{number}", number)) for number in KIOSKS]
    return _list(words, words.say("setup.number.says"), options, listed=False)


def _in_vain(words: _Words, scene: at.InVain) -> View:
    once_more = words.button("again", "setup.vain.again", "refresh", primary=True)
    again = (once_more,) if scene.again else ()
    back = words.back
    return ProblemView(
        frame=words.frame(),
        icon="alert",
        tone="warning",
        headline=words.say("setup.vain.headline"),
        body=(_told(words, scene.refused), *scene.lines[:3]),
        code="",
        footer="",
        buttons=(*again, *((replace(back, kind="secondary"),) if back else ())),
    )


def _told(words: _Words, refused: Refused) -> str:
    return words.say(refused.key, **refused.args_by_name)


def _printing(words: _Words, scene: at.Printing) -> View:
    key = f"setup.wait.print_{scene.what}"
    return WaitView(words.frame(), words.say(key), words.say(f"{key}.body"))


def _came_out(words: _Words, scene: at.DidItComeOut) -> View:
    again = words.button("again", "setup.print.again", "refresh")
    without = words.button("without", "setup.print.without")
    if scene.reason:
        return _question(
            words,
            "receipt",
            words.say("setup.print.failed"),
            (words.say(f"setup.print.{scene.reason}"), words.say("setup.print.failed_body")),
            replace(again, kind="primary"),
            without,
            tone="warning",
        )
    return _question(
        words,
        "receipt",
        words.say("setup.print.headline"),
        (words.say("setup.print.body"),),
        words.button("yes", "setup.print.yes", "check", primary=True),
        again,
        without,
    )


def _code(words: _Words, scene: at.CodeShown) -> View:
    return _question(
        words,
        "key",
        # In two lines, as it is printed.
        scene.code[:14] + " " + scene.code[15:],
        (
            words.say("setup.code.body"),
            words.say("setup.code.printed" if scene.printed else "setup.code.write"),
            words.say("setup.code.number", number=OWNER_NUMBER),
        ),
        words.next("setup.code.kept"),
        tone="good",
    )


def _done(words: _Words, scene: at.AllDone) -> View:
    del scene
    return WaitView(words.frame(), words.say("setup.done"), words.say("setup.done.body"))


_VIEWS: Mapping[type[Any], Callable[[_Words, Any], View]] = {
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
    at.SwipeNow: _swipe,
    at.DevicesShown: _devices,
    at.OwnerCard: _owner_card,
    at.OwnerPin: _pin,
    at.ClockSetting: _clock,
    at.Summary: _summary,
    at.KioskNumber: _number,
    at.InVain: _in_vain,
    at.Printing: _printing,
    at.DidItComeOut: _came_out,
    at.CodeShown: _code,
    at.AllDone: _done,
}
