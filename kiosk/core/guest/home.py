"""G4: what the buttons of the card's home lead to, and the history of its balance."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import registration, top_up
from kiosk.core.clients import Movements
from kiosk.core.guest import minutes, more, paying, sessions, stopping, terminal, visits
from kiosk.core.guest.frame import Result
from kiosk.core.guest.scenes import Purpose
from kiosk.core.journey import Step, enter
from kiosk.core.situation import CardHome, History, Situation

ROWS = 5
"""So many movements stand on a screen."""


def touched(at: Step, scene: CardHome, name: str) -> Result:
    """A button of the card's home; what this kiosk cannot do now does nothing."""
    card = scene.card.id
    match name:
        case "top_up":
            return paying.begin(at, Purpose("top_up", card), scene)
        case "buy_minutes":
            return minutes.begin(at, card)
        case "play":
            return sessions.begin(at, card)
        case "stop":
            return stopping.begin(at, card)
        case "more":
            return more.begin(at, card)
        case "visit" if scene.visit is not None:
            return visits.see(at, scene.card)
        case "open_visit" if scene.visit is None:
            return visits.begin(at, scene.card)
        case "history":
            rows = at.ask(Movements(scene.card.client, top_ups=True))
            return enter(at, History(scene.card, rows)), ()
        case "receipt" if scene.unprinted:
            return top_up.print_late(at, scene)
        case "receipt" if scene.payments and scene.payments.receipt:
            return terminal.print_late(at, card, scene.payments)
        case "check_payment" if scene.payments and scene.payments.checked:
            return terminal.look_at(at, scene, scene.payments.checked)
        case "registration_slip" if scene.without_slip:
            return registration.print_slip_again(at, card)
        case "print_check_slip" if scene.undecided:
            return top_up.print_check_slip(at, scene)
        case _:
            return at.situation, ()


def leafed(at: Step, scene: History, argument: str) -> Situation:
    """Another page of the history, from the row `argument` on."""
    if not argument.isdecimal() or int(argument) >= len(scene.rows):
        return at.situation
    return replace(at.situation, scene=replace(scene, first=int(argument)))
