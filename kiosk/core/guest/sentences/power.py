"""What guests read while the power fails."""

from __future__ import annotations

SENTENCES: dict[str, str | tuple[str, str]] = {
    "err.power_fails": "The power has failed here. Nothing more is taken until it is back.",
    "err.power_stacked": "The power has failed here, and nothing more is taken. {amount} is "
    "already on your card.",
    "err.power_stacked_visit": "The power has failed here, and nothing more is taken. {amount} is "
    "already on your visit.",
    "why.power_fails": "The power has failed: nothing is taken.",
}
