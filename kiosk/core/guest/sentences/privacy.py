"""What is said of a guest's own data (G14)."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "privacy.title": "My data",
    "privacy.headline": "All that we keep about you",
    "privacy.name": "Name: {name}",
    "privacy.phone": "Phone: {phone}",
    "privacy.none": "none",
    "privacy.since": "Since {date}",
    "privacy.visits": "Visits: {n}",
    "privacy.entries": "Entries: {n}",
    "privacy.why_no_proof": "Ask at the desk.",
    "privacy.take.headline": "Take it with you",
    "privacy.take": "Scan this code with your phone: it holds your data, signed by us.",
    "privacy.take_all": "For the whole list of entries ask at the desk.",
    "privacy.erase.headline": "Erase my data?",
    "privacy.erase.sure": "Erase it now? Nobody can undo this.",
    "privacy.erase.gone": "Your name, phone, PIN and the code of your slip are gone for good.",
    "privacy.erase.money": (
        "What is on this card stays yours: {amount}. Go on using it, or have it paid back at the "
        "desk."
    ),
    "privacy.erase.no_money": "What is on this card stays yours, and you can go on using it.",
    "privacy.erase.lost": "If you lose the card then, what is on it is lost.",
    "privacy.erase.law": "The law makes us keep sums and times, without your name.",
    "button.print_data": "Print it",
    "button.take_data": "To my phone",
    "button.erase_data": "Erase my data",
    "button.erase_on": "Go on",
    "button.erase_now": "Erase it now",
    "err.erase_playing": "Nothing was erased: you are playing. Stop first.",
    "err.erase_visit": "Nothing was erased: a visit is open. Finish it first.",
    "done.data_printed.title": "My data",
    "done.data_printed.headline": "Your data, on paper",
    "done.data_printed.body": "It is yours: do not leave it here.",
    "done.erased.title": "My data",
    "done.erased.headline": "Your data is erased",
    "done.erased.body": "What is on the card stays yours. It is paid back at the desk.",
}
