"""What is said of a lost card, and of one that another takes the place of (G12)."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "lost.title": "Lost card",
    "lost.safe": "Your money is safe",
    "lost.phone": "Type your phone number, and we block the card at once.",
    "lost.pin.headline": "Your PIN",
    "lost.pin": "The four digits that you chose with the card.",
    "lost.code": "The code below the square on your slip",
    "lost.code_only": "Without a phone number only this code helps; without it, the desk.",
    "lost.wrong_pin": (
        "Wrong PIN. {n} try left. Is the phone number right?",
        "Wrong PIN. {n} tries left. Is the phone number right?",
    ),
    "lost.wrong_code": (
        "This code is not right. {n} try left.",
        "This code is not right. {n} tries left.",
    ),
    "lost.which": "Which card is lost?",
    "lost.which_note": "Your {amount} are safe.",
    "lost.which_note_none": "What is on it is safe.",
    "lost.card_lost": "blocked already",
    "lost.block": "Block card {card} now?",
    "lost.block_note": "Nobody can use it then. Your {amount} stay yours.",
    "lost.block_note_none": "Nobody can use it then. What is on it stays yours.",
    "lost.blocked": "Blocked. Your money is safe:",
    "lost.tap": (
        "Now hold a new card to the sign: your money moves to it. The desk has new cards."
    ),
    "lost.tap_swipe": ("Now swipe a new card: your money moves to it. The desk has new cards."),
    "lost.tap_scan": (
        "Now scan a new card's code: your money moves to it. The desk has new cards."
    ),
    "lost.move.title": "Another card",
    "lost.move.headline": "Move everything to another card?",
    "lost.move": "{amount}, bonus, minutes and an open visit go to the new card.",
    "lost.move_none": "Bonus, minutes and an open visit go to the new card.",
    "lost.move_old": "This card is of no more use then.",
    "lost.this": "Is {card} your new card?",
    "lost.this_old": "Card {card} is of no more use then.",
    "lost.new": "Now hold the new card to the sign",
    "lost.new_swipe": "Now swipe the new card",
    "lost.new_scan": "Now scan the new card's code",
    "lost.nothing_moved": "Nothing was moved. Your {amount} are safe.",
    "lost.nothing_moved_none": "Nothing was moved.",
    "lost.another": "Hold another card to the sign.",
    "lost.another_swipe": "Swipe another card.",
    "lost.another_scan": "Scan another card's code.",
    "button.lost_code": "Use the code on my slip",
    "button.lost_no_pin": "I do not know my PIN",
    "button.block_now": "Block now",
    "button.lost_later": "Not now",
    "err.proof_desk": (
        "That was wrong too often. Please ask at the desk: they block the card at once."
    ),
    "err.prove_desk": (
        "This card has neither a PIN nor a code on a slip. Please ask at the desk: they see that "
        "it is yours."
    ),
    "err.no_card_left": "There is no card here that can be blocked. Please ask at the desk.",
    "err.card_of_staff": "This is a card of somebody who works here.",
    "err.card_itself": "This is the card that was blocked. If you found it, ask at the desk.",
    "err.card_same": "This is the card that you have already.",
    "err.card_of_another": "This card belongs to somebody already.",
    "err.card_new_blocked": "This card is blocked.",
    "done.moved.title": "New card",
    "done.moved.headline": "Your new card has",
    "done.moved.body": "Everything moved. The old card {old} is of no more use.",
}
