"""What is said of the holder's own PIN and phone."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "ownpin.title": "PIN and phone",
    "ownpin.headline": "What would you like to change?",
    "ownpin.with": "With phone and PIN you block a lost card and get your money back.",
    "ownpin.without": "There is no PIN on this card yet. The code on its slip lets you choose one.",
    "ownpin.neither": (
        "There is no PIN on this card yet, and no slip with a code. Please ask at the desk."
    ),
    "ownpin.old": "Your PIN of today",
    "ownpin.old_body": "It shows that this card is yours.",
    "pin.wrong": (
        "Wrong PIN. {n} try left.",
        "Wrong PIN. {n} tries left.",
    ),
    "ownpin.new": "Choose a new PIN",
    "ownpin.new_body": "Four digits. Tell them to nobody.",
    "ownpin.phone": "Your phone number",
    "ownpin.phone_body": "It finds your balance if you lose the card.",
    "ownpin.tick": "Please tick the box.",
    "ownpin.needs_pin": "Choose a PIN first.",
    "button.change_pin": "Change my PIN",
    "button.choose_pin": "Choose a PIN",
    "button.forgot_pin": "I forgot my PIN",
    "button.add_phone": "Add my phone number",
    "button.change_phone": "Change my phone number",
    "err.prove_often": "That was wrong too often. Please ask at the desk.",
    "done.pin_changed.title": "PIN and phone",
    "done.pin_changed.headline": "Your new PIN is set",
    "done.pin_changed.body": "The old one is of no more use. Your money is untouched.",
    "done.phone_changed.title": "PIN and phone",
    "done.phone_changed.headline": "Thank you",
    "done.phone_changed.body": "Your phone number will be confirmed at the desk.",
}
