"""A note of a former start: what a ccTalk acceptor remembers of it is told under its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.core.ids import NoteId
from kiosk.core.messages import (
    NoteEscrowed,
    NoteReturned,
    NoteStacked,
    RecallNote,
    ReturnNote,
    StackNote,
)
from kiosk.hardware.cctalk import Told, after
from tests.hardware.contract.acceptors import ACCEPTOR, CCTALK, Bench, rub


def held(bench: Bench) -> tuple[NoteId, str]:
    """A note in escrow, on the books with its mark."""
    note = bench.escrow()
    return note, bench.told(NoteEscrowed)[-1].mark


def restarted(bench: Bench, dark_s: float = 2.0) -> None:
    """The kiosk is dead for a while; then it starts, and has forgotten all."""
    bench.driver.close()
    for _ in range(int(dark_s * 10)):
        bench.wait(0.1)
        bench.peer.tick(bench.now_s)
    bench.restart()


def recalled(bench: Bench, note: NoteId, mark: str, face: int = 500) -> Bench:
    bench.driver.perform(RecallNote(ACCEPTOR, note, rub(face), mark))
    return bench.poll(5)


def test_a_note_that_was_stacked_while_nobody_listened_is_told_under_its_name() -> None:
    bench = Bench(CCTALK).ready()
    note, mark = held(bench)
    bench.driver.perform(StackNote(note))
    restarted(bench)
    assert bench.peer.cassette == [500]
    assert bench.poll(5).told(NoteStacked) == []
    recalled(bench, note, mark)
    told = NoteStacked(ACCEPTOR, note, rub(500), announced=False, seen=True)
    assert set(bench.told(NoteStacked)) == {told}


def test_a_note_that_went_back_while_nobody_listened_is_told_under_its_name() -> None:
    bench = Bench(CCTALK).ready()
    note, mark = held(bench)
    bench.driver.perform(ReturnNote(note))
    restarted(bench)
    recalled(bench, note, mark)
    assert (bench.peer.returned, bench.told(NoteStacked)) == ([500], [])
    assert bench.told(NoteReturned) == [NoteReturned(ACCEPTOR, note)]


def power(bench: Bench) -> None:
    bench.lose_power()


@pytest.mark.parametrize(
    ("mark", "face", "between"),
    [
        ("{mark}", 100, None),
        ("7{mark}", 500, None),
        ("{mark}99", 500, None),
        ("", 500, None),
        ("{mark}", 500, power),
    ],
    ids=["another value", "another acceptor", "no count", "no mark", "it lost its power"],
)
def test_what_nobody_can_say_is_not_told(
    mark: str, face: int, between: Callable[[Bench], None] | None
) -> None:
    bench = Bench(CCTALK).ready()
    note, told = held(bench)
    bench.driver.perform(StackNote(note))
    bench.driver.close()
    bench.wait(2.0)
    bench.peer.tick(bench.now_s)
    if between:
        between(bench)
    restarted(bench)
    recalled(bench, note, mark.format(mark=told), face)
    assert bench.told(NoteStacked) == [e for e in bench.told(NoteReturned) if e.note] == []


def test_of_more_than_it_remembers_nothing_is_known() -> None:
    pairs = ((1, 0), (1, 1), (0, 2), (0, 2), (0, 2))
    assert after("7/10", 7, Told(12, pairs)) == ((1, 1), (1, 0))
    assert after("7/7", 7, Told(12, pairs)) == tuple(reversed(pairs))
    assert after("7/6", 7, Told(12, pairs)) == ()
    assert after("8/10", 7, Told(12, pairs)) == ()
    assert after("7/300", 7, Told(12, pairs)) == ()
