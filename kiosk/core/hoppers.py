"""What hoppers tell: how pay-outs ended goes on record, and those that are open are asked for.

A pay-out is ordered once, by whoever put it on record (`desk.hopper`). After a start, and whenever
a hopper comes back, it is only asked what became of it: that never begins anything.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.journey import Step, paper_effects
from kiosk.core.messages import (
    AcknowledgePayOut,
    Effect,
    LookUpPayOut,
    PayOutEnded,
    PayOutUnknown,
)
from kiosk.core.pay_outs import DoubtPayOut, EndPayOut, GetPayOut, OpenPayOuts
from kiosk.core.situation import Situation

Result = tuple[Situation, tuple[Effect, ...]]


def follow(at: Step) -> Result:
    """Ask each hopper that came up what became of the pay-out that is on the books."""
    effects: tuple[Effect, ...] = ()
    machine = at.situation.machine
    for device, state in machine.of("hopper"):
        if not state.up or state.recalled:
            continue
        effects += tuple(
            LookUpPayOut(device, one.id, one.count, one.mark)
            for one in at.ask(OpenPayOuts(device))
            if one.state == "ordered"
        )
        machine = replace(
            machine, devices={**machine.devices, device: replace(state, recalled=True)}
        )
    return replace(at.situation, machine=machine), effects


def ended(at: Step, event: PayOutEnded | PayOutUnknown) -> Result:
    """Put on record how a pay-out ended, once; the hopper may forget it then."""
    told = (AcknowledgePayOut(event.payout),)
    one = at.ask(GetPayOut(event.payout))
    if one is None or one.state != "ordered":
        return at.situation, told
    if isinstance(event, PayOutUnknown) or not _adds_up(event, one.count):
        at.must(DoubtPayOut(one.id), f"payout:{one.id}:doubtful")
        return at.situation, told
    entry = at.must(EndPayOut(one.id, event.paid), f"payout:{one.id}:ended")
    return at.situation, (*told, *paper_effects(at, entry))


def _adds_up(event: PayOutEnded, count: int) -> bool:
    return 0 <= event.paid <= count and event.paid + event.unpaid == count
