"""What is printed without anybody asking now: when a printer is back, and after a start.

Nothing of a guest's comes out before a stranger: only who still reads on the screen that the slip
did not come out gets it as soon as it can.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.capabilities import Machine
from kiosk.core.desk_paper import IssueRecoverySlip
from kiosk.core.ids import JobId
from kiosk.core.journey import Step, offered, print_slip
from kiosk.core.ledger import Entry
from kiosk.core.messages import Effect, PrintSlip
from kiosk.core.print_queue import ATTEMPTS_MAX, ToPrintAgain
from kiosk.core.situation import Done, Problem, Scene, Situation
from kiosk.core.slips import GetSlip, SlipDocument


def device_changed(before: Situation, at: Step) -> tuple[Situation, tuple[Effect, ...]]:
    """What is to be printed because a device spoke; `before` is the situation before it did."""
    found = _found(before, at)
    if offered(before).receipts == "" or offered(at.situation).receipts != "":
        return at.situation, found
    again = tuple(_print(at, job) for job in at.ask(ToPrintAgain()))
    situation, guests = _guests(at)
    return situation, (*found, *again, *guests)


def _found(before: Situation, at: Step) -> tuple[Effect, ...]:
    """What this start found of the one before (S-02), once the acceptor has told all it knows."""
    if _told_all(before.machine) or not _told_all(at.situation.machine):
        return ()
    house, seq = at.situation.house, at.venue.ledger.seq
    command = IssueRecoverySlip(house.start, house.language)
    done = at.do(command, f"recovery:{house.start}")
    if not isinstance(done, Entry) or at.venue.ledger.seq == seq:
        return ()  # Nothing was found, or it was told already: the acceptor came back.
    off = offered(at.situation).receipts
    _, effects = print_slip(at, JobId(str(done.refs["slip"])), "off" if off is None else off)
    return effects


def _told_all(machine: Machine) -> bool:
    """Whether every acceptor has told what became of its notes; a kiosk without one has none.

    What a coin acceptor still counted is told as soon as it answers; for one that does not, nothing
    waits.
    """
    acceptors = machine.of("acceptor")
    if any(state.up and not state.caught_up for _, state in machine.of("coins")):
        return False
    if acceptors:
        return all(state.caught_up for _, state in acceptors)
    return any(state.up for state in machine.devices.values())


def _guests(at: Step) -> tuple[Situation, tuple[Effect, ...]]:
    """The slip that the guest before the screen was told did not come out."""
    scene = at.situation.scene
    done = scene.back if isinstance(scene, Problem) else scene
    if not isinstance(done, Done) or done.printing != "failed":
        return at.situation, ()
    slip = at.ask(GetSlip(done.job))
    if slip is None or slip.attempts >= ATTEMPTS_MAX:
        return at.situation, ()
    printing = replace(done, printing="printing")
    shown: Scene = replace(scene, back=printing) if isinstance(scene, Problem) else printing
    return replace(at.situation, scene=shown), (_print(at, done.job),)


def _print(at: Step, job: JobId) -> PrintSlip:
    return PrintSlip(job, at.ask(SlipDocument(job)))
