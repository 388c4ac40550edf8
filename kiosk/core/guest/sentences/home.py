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
}
