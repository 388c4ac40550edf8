"""What the call for help says (G13)."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "button.help": "Help",
    "button.no_help": "I need nobody any more",
    "button.go_on": "Go on here",
    "help.title": "Help",
    "help.headline": "Staff has been called",
    "help.number": "Your call is number {number}, since {time}.",
    "help.wait": "Please stay here. They see what is on your screen.",
    "help.coming": "Somebody is coming",
    "help.coming_body": "Your call number {number} was answered. Please stay here.",
}
