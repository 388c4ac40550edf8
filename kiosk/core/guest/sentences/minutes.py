"""What buying minutes says (G11)."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "button.buy_minutes": "Buy minutes",
    "button.game": "Game",
    "button.internet": "Internet",
    "button.yes_buy": "Yes, buy · {amount}",
    "button.no": "No",
    "button.earlier": "Previous",
    "button.later": "More",
    "minutes.title": "Buy minutes",
    "minutes.choose_game": "You have {amount} · game minutes now: {minutes}",
    "minutes.choose_internet": "You have {amount} · internet minutes now: {minutes}",
    "minutes.unit": "min",
    "minutes.a_minute": "{amount} a minute",
    "minutes.best": "best value",
    "minutes.page": "{from_} to {to} of {all}",
    "minutes.game": ("{n} game minute", "{n} game minutes"),
    "minutes.internet": ("{n} internet minute", "{n} internet minutes"),
    "minutes.balance_now": "Balance now",
    "minutes.balance_after": "Balance after",
    "minutes.now_game": "Game minutes now",
    "minutes.now_internet": "Internet minutes now",
    "minutes.after_game": "Game minutes after",
    "minutes.after_internet": "Internet minutes after",
    "minutes.stay_game": "Game minutes cannot be exchanged for internet minutes.",
    "minutes.stay_internet": "Internet minutes cannot be exchanged for game minutes.",
    "minutes.changed": "This package was changed just now. Nothing was charged.",
    "minutes.missing": "{amount} is missing on the game balance.",
    "done.minutes_game.title": "Buy minutes",
    "done.minutes_game.headline": "The minutes are yours",
    "done.minutes_game.body": (
        "{price} was taken from your balance. {minutes} min of game time were added: "
        "you have {held} min now."
    ),
    "done.minutes_internet.title": "Buy minutes",
    "done.minutes_internet.headline": "The minutes are yours",
    "done.minutes_internet.body": (
        "{price} was taken from your balance. {minutes} min of internet were added: "
        "you have {held} min now."
    ),
}
