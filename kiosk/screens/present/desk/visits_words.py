"""The buttons of the visits' pages: their words stand with these pages."""

from __future__ import annotations

from kiosk.screens.present.desk.words import DeskWords
from kiosk.screens.view import Button


def act(
    words: DeskWords,
    command: str,
    button: str,
    key: str = "",
    icon: str = "",
    kind: str = "secondary",
    why: str = "",
) -> tuple[Button, ...]:
    """As `DeskWords.act`, with the words of these pages."""
    return words.act(command, button, key or _key(button), icon, kind, why)


def go(
    words: DeskWords,
    button: str,
    key: str = "",
    icon: str = "",
    kind: str = "secondary",
    why: str = "",
) -> Button:
    """As `DeskWords.go`, with the words of these pages."""
    return words.go(button, key or _key(button), icon, kind, why)


def back(words: DeskWords) -> Button:
    """To where the page came from."""
    return words.go("back", "button.back", "back", "quiet")


def _key(button: str) -> str:
    return f"desk.visits.button.{button.partition(':')[0]}"
