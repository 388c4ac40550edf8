"""A file on its way to a USB stick: found, chosen, written; a part of the pages that export.

A section keeps a `Carrying` in a page of its own and asks these functions first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from kiosk.core.desk.frame import At
from kiosk.core.errands import (
    CarryDiagnosis,
    ExportJournal,
    ExportTransactions,
    ListSticks,
    Stick,
    Sticks,
    StopErrand,
    WriteToStick,
    Written,
)
from kiosk.core.errors import Refused
from kiosk.core.messages import ErrandTold, Event

ToWrite = WriteToStick | ExportTransactions | ExportJournal | CarryDiagnosis


@dataclass(frozen=True)
class Carrying:
    """A file on its way.

    Attributes:
        file: what is written; its stick is empty until one is chosen.
        state: ``looking`` for sticks, ``choosing`` one of them, ``writing``, ``written``.
        errand: the id of what is under way.
        sticks: those that were found.
        done: how far the writing is, ...
        of: ... of so much; 0: nobody knows.
        written: the file once it is there.
        problem: why nothing was written.
        asks: the only stick is not taken unasked: there were others, or it went wrong.
    """

    file: ToWrite
    state: Literal["looking", "choosing", "writing", "written"]
    errand: str
    sticks: tuple[Stick, ...] = ()
    done: int = 0
    of: int = 0
    written: Written | None = None
    problem: Refused | None = None
    asks: bool = False


def begin(at: At, file: ToWrite) -> Carrying:
    """Look for sticks; where one is there the file is written to it at once."""
    return Carrying(file, "looking", at.errand(ListSticks()))


def touched(at: At, of: Carrying, name: str, argument: str) -> Carrying | None:
    """After a button: ``look``, ``stick:INDEX``, ``stop``; None where it is none of these."""
    match name:
        case "look" if of.state in ("looking", "choosing"):
            return replace(begin(at, of.file), asks=of.asks)
        case "stick" if of.state == "choosing" and argument in map(str, range(len(of.sticks))):
            return _write(at, of, of.sticks[int(argument)])
        case "stop" if of.state == "writing":
            at.errand(StopErrand(of.errand))
            stopped = Refused("err.stick_stopped")
            return replace(of, state="choosing", errand="", problem=stopped, asks=True)
        case "look" | "stick" | "stop":
            return of
        case _:
            return None


def _write(at: At, of: Carrying, stick: Stick) -> Carrying:
    errand = at.errand(replace(of.file, stick=stick.id))
    return replace(of, state="writing", errand=errand, done=0, of=0, problem=None)


def heard(at: At, of: Carrying, event: Event) -> Carrying | None:
    """After an errand told of itself; None where that is none of its matters."""
    if not isinstance(event, ErrandTold) or event.errand != of.errand:
        return None
    if not event.ended:
        return replace(of, done=event.done, of=event.of)
    match event.result:
        case Sticks(sticks=(stick,)) if not of.asks:
            return _write(at, replace(of, sticks=(stick,)), stick)
        case Sticks(sticks=sticks):
            asks = of.asks or len(sticks) > 1
            return replace(of, state="choosing", errand="", sticks=sticks, asks=asks)
        case Written() as written:
            return replace(of, state="written", errand="", written=written)
        case Refused() as problem:
            return replace(of, state="choosing", errand="", problem=problem, asks=True)
        case _:
            return None


def leave(at: At, of: Carrying) -> None:
    """Whoever leaves stops what is being written: half a file is none."""
    if of.state == "writing":
        at.errand(StopErrand(of.errand))
