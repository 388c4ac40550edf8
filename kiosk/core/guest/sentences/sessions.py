"""What starting and stopping play says."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "play.title": "Start playing",
    "play.how": "How would you like to pay for the time?",
    "play.timer": "With minutes, until you stop",
    "play.timer_note": "Only the minutes that you play are taken.",
    "play.fixed": "A number of minutes",
    "play.fixed_note": "It ends by itself. What you do not use stays yours.",
    "play.money": "With money, until you stop",
    "play.money_note": "{amount} an hour, from your balance",
    "play.money_from": "{least} to {most} an hour, from your balance",
    "play.no_minutes": "You have no free minutes of this kind. Buy minutes first.",
    "play.no_tariff": "There is no price for this kind. Use minutes.",
    "play.minutes_title": "How many minutes?",
    "play.minutes_game": ("You have {n} free game minute.", "You have {n} free game minutes."),
    "play.minutes_internet": (
        "You have {n} free internet minute.",
        "You have {n} free internet minutes.",
    ),
    "play.all": "All {minutes} min",
    "play.where": "Choose your station",
    "play.where_none": "There is no station for this kind now. Please ask staff.",
    "play.busy": "taken",
    "play.free": "free",
    "play.kind": "Kind",
    "play.takes": "Minutes",
    "play.lasts": "Enough for",
    "play.free_minutes": "Free minutes",
    "play.free_after": "Free minutes after that",
    "play.hour": "One hour from now",
    "play.balance": "Balance",
    "play.points": "Bonus points, used first",
    "play.note_timer": "Stop with your card, here or at the desk. Only what you played is taken.",
    "play.note_fixed": "It ends by itself. If you stop earlier, the rest stays yours.",
    "play.note_money": "Stop with your card, here or at the desk. You pay when you stop.",
    "play.question": "Start at {station}?",
    "play.by_money": "for money",
    "play.by_game": "with game minutes",
    "play.by_internet": "with internet minutes",
    "button.yes_start": "Yes, start",
    "stop.title": "Stop playing",
    "stop.which": "Which one would you like to stop?",
    "stop.question": "Stop playing at {station}?",
    "stop.left": "Time left",
    "stop.used": "Minutes used so far",
    "stop.begun": "Playing since",
    "stop.note_minutes": "Only the minutes used are taken. The rest stays yours.",
    "stop.note_money": "What you played is taken from your balance now.",
    "button.yes_stop": "Yes, stop",
    "button.no_go_on": "No, go on playing",
    "button.switch_game": "Go on with game minutes",
    "button.switch_internet": "Go on with internet minutes",
    "done.playing.title": "Start playing",
    "done.playing.headline": "Go to {station}",
    "done.playing.body": (
        "Your time runs now, until {until} at the latest. Tap your card here to see what is left, "
        "or to stop."
    ),
    "done.stopped_minutes.title": "Stop playing",
    "done.stopped_minutes.headline": "You have stopped",
    "done.stopped_minutes.body": "{used} min used at {station}. You have {held} min left.",
    "done.stopped_money.title": "Stop playing",
    "done.stopped_money.headline": "You have stopped",
    "done.stopped_money.body": "{used} min at {station} cost {cost}. This is your balance now.",
    "done.stopped_points.title": "Stop playing",
    "done.stopped_points.headline": "You have stopped",
    "done.stopped_points.body": (
        "{used} min at {station} cost {cost}; your bonus points paid {points} of it. "
        "This is your balance now."
    ),
    "done.stopped_owed.title": "Stop playing",
    "done.stopped_owed.headline": "Please pay {owed} at the desk",
    "done.stopped_owed.body": (
        "{used} min at {station} cost {cost}, and your balance was not enough."
    ),
}
