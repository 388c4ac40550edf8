"""What the card's home says (G4), its history, and what stands under "More"."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "button.play": "Start playing",
    "button.stop": "Stop playing",
    "button.more": "More",
    "home.pays": "Balance that pays for your visits",
    "home.playing": "Playing at {station}",
    "home.play_money": "for money · time left",
    "home.play_game": "game minutes · time left",
    "home.play_internet": "internet minutes · time left",
    "wallet.own": "Your own balance",
    "wallet.plays": "for minutes and play",
    "more.title": "More",
    "more.says": "What would you like to do?",
    "more.open_visit": "Open a visit",
    "more.open_visit_note": "Order now, pay when you leave",
    "more.play": "Play at another station",
    "more.play_note": "Your other play goes on",
    "more.receipts": "Receipts",
    "more.receipts_note": "The last ones, for your phone",
    "more.promo": "Promo code",
    "more.promo_note": "Points or minutes as a gift",
    "more.move": "Move to another card",
    "more.move_note": "Everything goes along",
    "more.pin": "PIN and phone",
    "more.pin_note": "Change them, or a forgotten PIN",
    "promo.title": "Promo code",
    "promo.headline": "Type your promo code",
    "promo.body": "It has twelve letters and digits. 0, 1 and 8 are not among them.",
    "done.promo_bonus.title": "Promo code",
    "done.promo_bonus.headline": "Your gift is here",
    "done.promo_bonus.body": (
        "{amount} bonus points were added: you have {held} now. They only pay for play time."
    ),
    "done.promo_game.title": "Promo code",
    "done.promo_game.headline": "Your gift is here",
    "done.promo_game.body": "{amount} min of game time were added: you have {held} min now.",
    "done.promo_internet.title": "Promo code",
    "done.promo_internet.headline": "Your gift is here",
    "done.promo_internet.body": "{amount} min of internet were added: you have {held} min now.",
}
