"""Words that all pages of clients share: their buttons, amounts of all balances, names."""

from __future__ import annotations

from kiosk.core.desk.client_transactions import UNITS
from kiosk.core.money import CURRENCIES, Money
from kiosk.core.texts import MINUS
from kiosk.screens.present.desk.words import DeskWords
from kiosk.screens.view import Button


def act(
    words: DeskWords, command: str, button: str, icon: str = "", kind: str = "secondary"
) -> tuple[Button, ...]:
    """The button for a command, or nothing where the attendant may not give it."""
    return words.act(command, button, _key(button), icon, kind)


def go(
    words: DeskWords, button: str, icon: str = "", kind: str = "secondary", why: str = ""
) -> Button:
    """A button that changes nothing in the books, or whose right was looked at already."""
    return words.go(button, _key(button), icon, kind, why)


def _key(button: str) -> str:
    return f"desk.clients.button.{button.partition(':')[0]}"


def name_of(words: DeskWords, name: str) -> str:
    """A client's name, or that there is none."""
    return name or words.say("desk.clients.nameless")


def amount(words: DeskWords, unit: str, number: int) -> str:
    """So much of a unit of the books, with its sign where it is negative."""
    if unit in CURRENCIES:
        return words.texts.money(Money(number, CURRENCIES[unit]))
    sign = MINUS if number < 0 else ""
    counted = "wallet.bonus_unit" if unit == UNITS["bonus"] else "desk.clients.min"
    return f"{sign}{words.texts.count(abs(number))}\u00a0{words.say(counted)}"


def moved(words: DeskWords, unit: str, number: int) -> str:
    """A movement, always with its sign."""
    return ("+" if number > 0 else "") + amount(words, unit, number)


def unit_of(words: DeskWords, balance: str) -> str:
    """The unit of a balance, as the books name it."""
    return UNITS.get(balance, words.situation.venue.currency.code)
