"""What the frame of every page of the desk says, its sign-in, and what guests see meanwhile."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "desk.button.sign_in": "Sign in",
    "desk.button.staff": "Staff",
    "desk.button.lock": "Sign out",
    "desk.sign_in.title": "Staff",
    "desk.sign_in.headline": "Who are you?",
    "desk.sign_in.body": "Your staff number and your PIN. With your staff card only the PIN.",
    "desk.sign_in.body_card": "Your card was read. Type your PIN.",
    "desk.field.staff_number": "Staff number",
    "desk.field.pin": "PIN",
    "desk.number": "Number {number}",
    "desk.no_shift": "No shift is open",
    "desk.shift": "Shift {number}, since {since}",
    "desk.went_on": "You are where you left off.",
    "desk.working": (
        "An attendant is working here: {n} minute",
        "An attendant is working here: {n} minutes",
    ),
    "desk.at_work.headline": "An attendant is working here",
    "desk.at_work.open": "The cashbox is open. Please wait until it is back in its place.",
    "desk.at_work.cleaning": "The screen is being cleaned and takes no touch for a moment.",
    "desk.at_work.away": "Please wait a moment: the attendant comes back at once.",
    "desk.section.today": "Today",
    "desk.section.clients": "Clients",
    "desk.section.visits": "Visits",
    "desk.section.minutes": "Minutes",
    "desk.section.cards": "Cards",
    "desk.section.cash": "Cash",
    "desk.section.reports": "Reports",
    "desk.section.devices": "Devices",
    "desk.section.settings": "Settings",
    "desk.section.audit": "Audit",
    "err.desk_slip": "The slip did not come out, or not whole. What was booked is booked; the slip "
    "is kept and comes out when the printer works again.",
    "err.amount_form": "This is not an amount. Type figures, with at most the decimals that the "
    "currency has.",
    "err.date_form": "There is no such day. Type day, month and year: 05112026.",
    "err.number_form": "This is not a whole number. Type figures only.",
}
