"""Every page of the assistant, as touches lead to it: for the gallery and the audit of layouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from kiosk.core.clock import Now
from kiosk.core.errors import Refused
from kiosk.core.messages import CardPresented
from kiosk.first_boot import messages as m
from kiosk.first_boot.answers import Device
from kiosk.first_boot.creation import BooksThere
from kiosk.first_boot.present import present
from kiosk.first_boot.scenes import State
from kiosk.screens.view import View
from tests.first_boot.owner import (
    FOUND,
    NOW,
    Owner,
    machine,
    owner,
    to_the_network,
    to_the_owner,
    to_the_summary,
    to_the_venue,
)

MISTAKES = (
    'foyer-setup.toml: [venue] curency: unknown setting; did you mean "currency"?',
    "foyer-setup.toml: [venue] currency: is missing; write it, or name a file",
    'foyer-setup.toml: [devices.printer] prot: unknown setting; did you mean "port"?',
    "foyer-setup.toml: [owner] pin: a PIN must not stand here: anybody can read this card; write "
    "pin_hash = what `kiosk set-up --hash` prints, or nothing: then the owner sets the PIN at the "
    "screen",
    'foyer-setup.toml: [network] link: is missing; write "cable" or "wifi"',
)
COPIES = tuple(
    m.Copy("/run/foyer-sticks/BACKUP/foyer", "BACKUP", kiosk, 1, entries, f"2026-11-{day}", key)
    for kiosk, entries, day, key in (
        ("K1", 18_442, "22", True),
        ("K2", 7_310, "22", True),
        ("K3", 990, "20", False),
        ("BAR1", 12, "19", False),
        ("K5", 5, "18", False),
    )
)
MISSING = (
    "a copy tells of entry 18450; the store ends at entry 18442",
    "/run/foyer-sticks/BACKUP/foyer/K1-secrets.sealed was not opened: name the private key",
)
USED = BooksThere("used", "K1", "Orbit Club", "Europe/Moscow", entries=18_442)


def _answering(*answers: tuple[type, m.Event]) -> Owner:
    """An owner whose machine answers these otherwise."""
    other = dict(answers)
    made = owner()
    made.answers = lambda effect: other.get(type(effect), machine(effect))
    return made


def stops() -> Iterator[tuple[str, Owner]]:
    """A name of its own for each page, and who stands before it."""
    yield "language", owner()
    yield "beginning", owner().press("language:en")
    yield from _venue()
    yield from _machine()
    yield from _owner()
    yield from _end()
    yield from _books()
    mistakes = owner(mistakes=MISTAKES)
    yield "file", mistakes.hear(m.Begun())
    yield "file-more", owner(mistakes=MISTAKES).hear(m.Begun()).press("later:2")


def _venue() -> Iterator[tuple[str, Owner]]:
    yield "kind", to_the_venue(owner())
    yield "name", to_the_venue(owner()).press("kind:club")
    yield "name-typed", to_the_venue(owner()).press("kind:centre").type("Jupiter Park 2")
    named = to_the_venue(owner()).press("kind:club").type("Orbit Club").press("next")
    yield "currency", named
    yield "currency-more", Owner(named.state).press("later:6")
    cities = Owner(named.state).press("currency:RUB")
    yield "cities", cities
    yield "cities-one", Owner(named.state).press("currency:EUR")
    yield "city", Owner(cities.state).press("search")
    yield "city-typed", Owner(cities.state).press("search").type("E")
    yield "city-none", Owner(cities.state).press("search").type("Xx")
    yield "cities-found", Owner(cities.state).press("search").type("Europe").press("next")


def _machine() -> Iterator[tuple[str, Owner]]:
    yield "network", to_the_network(owner())
    alone = _answering((m.LookAtNetwork, m.NetworkSeen(())))
    yield "network-none", to_the_network(alone)
    yield "wifi", Owner(alone.state).press("wifi")
    yield "wifi-signs", Owner(alone.state).press("wifi", "keyboard")
    named = Owner(alone.state).press("wifi").type("Club").press("next")
    yield "wifi-password", Owner(named.state).type("secret12")
    yield "wifi-short", Owner(named.state).type("sec").press("next")
    waiting = Owner(named.state).type("secret12").press("next")
    yield "wifi-wait", waiting
    yield "wifi-failed", Owner(waiting.state).hear(m.Failed(Refused("err.helper_failed")))
    without = owner(helper=False)
    yield "network-alone", to_the_network(without)
    yield "looking", Owner(to_the_network(owner()).state).press("next")
    yield "devices", to_the_network(owner()).press("next")
    lights = Device("lights", "gpio", {}, "Raspberry Pi 4 Model B Rev 1.4", sure=False, taken=False)
    stripe = Device("stripe", "magstripe", {"port": "/dev/serial/by-id/usb-Prolific_PL2303-0"})
    many = _answering((m.LookForDevices, m.DevicesFound((*FOUND, stripe, lights), ())))
    yield "devices-many", to_the_network(many).press("next")
    yield "devices-last", Owner(many.state).press("later:3")
    nothing = _answering((m.LookForDevices, m.DevicesFound((), ())))
    yield "devices-none", to_the_network(nothing).press("next")
    silent = _answering((m.LookForDevices, m.DevicesFound(FOUND, ("/dev/ttyUSB0",))))
    yield "swipe", to_the_network(silent).press("next")
    yield "printer", to_the_network(owner()).press("next", "address")
    gone = _answering((m.AskPrinter, m.PrinterAnswered(None)))
    asked = to_the_network(gone).press("next", "address").type("192.168.1.50").press("next")
    yield "printer-none", asked


def _owner() -> Iterator[tuple[str, Owner]]:
    yield "owner", to_the_owner(owner())
    card = to_the_owner(owner()).type("Olga").press("next")
    yield "card", card
    for name, raw in (("guest", ";7700000001?"), ("unknown", ";1234?")):
        shown = CardPresented(FOUND[0].kind, "magnetic", raw)  # type: ignore[arg-type]
        yield f"card-{name}", Owner(card.state).hear(shown)
    pin = Owner(card.state).press("without")
    yield "pin", pin
    yield "pin-easy", Owner(pin.state).digits("123456").press("next")
    again = Owner(pin.state).digits("482917").press("next")
    yield "pin-again", again
    yield "pin-other", Owner(again.state).digits("482918").press("next")
    slow = owner()
    slow.now = replace(NOW, synced=False)
    clock = to_the_summary(slow)
    yield "clock", clock
    yield "clock-typed", Owner(clock.state).digits("2311")
    yield "clock-wrong", Owner(clock.state).digits("320120261200").press("next")


def _end() -> Iterator[tuple[str, Owner]]:
    summary = to_the_summary(owner())
    yield "summary", summary
    yield "number", Owner(summary.state).press("correct:kiosk")
    making = Owner(summary.state).press("make")
    yield "making", making
    lines = ("/etc/foyer/kiosk.toml cannot be written: [Errno 28] No space left on device",)
    failed = m.Failed(Refused("err.setup_failed"), lines)
    yield "making-failed", Owner(making.state).hear(failed)
    made = Owner(making.state).hear(m.KioskMade("ABCD-EFGH-IJKL-MNOP-QRST-UVWX"))
    yield "printing", made
    yield "printed", Owner(made.state).hear(m.PaperCame())
    for reason in ("paper_out", "cover_open", "error", "offline"):
        yield f"printed-{reason}", Owner(made.state).hear(m.PaperCame(reason))
    code = Owner(made.state).hear(m.PaperCame()).press("yes")
    yield "printing-code", code
    yield "code", Owner(code.state).hear(m.PaperCame())
    yield "code-unprinted", Owner(code.state).hear(m.PaperCame("offline"))
    yield "done", Owner(code.state).hear(m.PaperCame()).press("next")


def _books() -> Iterator[tuple[str, Owner]]:
    there = owner(there=USED).press("language:en")
    yield "books", there
    broken = BooksThere("broken", why="/var/lib/foyer/kiosk.db is empty")
    yield "books-broken", owner(there=broken).press("language:en")
    yield "books-aside", Owner(there.state).press("aside")
    kept = Owner(there.state, answers=machine).press("keep", "next", "next")
    yield "books-summary", kept
    looking = owner().press("language:en", "restore")
    yield "copies-looking", looking
    yield "copies", Owner(looking.state).hear(m.CopiesFound(COPIES))
    yield "copies-none", Owner(looking.state).hear(m.CopiesFound(()))
    shown = Owner(looking.state).hear(m.CopiesFound(COPIES))
    yield "copy", Owner(shown.state).press("copy:0")
    yield "copy-no-key", Owner(shown.state).press("copy:2")
    restoring = Owner(shown.state).press("copy:0", "yes")
    yield "restoring", restoring
    back = m.BooksRestored("K1", "Orbit Club", "Europe/Moscow", 18_442, ())
    yield "restored", Owner(restoring.state).hear(back)
    yield "restored-part", Owner(restoring.state).hear(replace(back, missing=MISSING))
    lines = ("/run/foyer-sticks/BACKUP/K1-1-0000018442.db is not sound",)
    failed = m.Failed(Refused("err.setup_restore"), lines)
    yield "restore-failed", Owner(restoring.state).hear(failed)


@cache
def stopped() -> dict[str, tuple[State, Now]]:
    """The state of each page, by its name."""
    found: dict[str, tuple[State, Now]] = {}
    for name, of in stops():
        assert name not in found, f"{name} is there twice"
        found[name] = (of.state, of.now)
    return found


def views(language: str, large: bool = False, contrast: bool = False) -> dict[str, View]:
    """The View of every page, in words of a language."""
    made: dict[str, View] = {}
    for name, (state, now) in stopped().items():
        answers = replace(state.answers, language=language)
        view = present(replace(state, answers=answers), now)
        frame = replace(view.frame, large=large, contrast=contrast)
        made[f"setup-{name}"] = replace(view, frame=frame)
    return made
