"""The shell's errands: in threads and children, a few at once, for a limited time, told once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk import app, errands
from kiosk.book_errands import DOES, WITH_STICKS, Beside, csv_pages, json_pages
from kiosk.core.errands import (
    ExportJournal,
    ExportTransactions,
    ListSticks,
    MakeReport,
    Sticks,
    StopErrand,
    Verified,
    VerifyBooks,
    WriteToStick,
    Written,
)
from kiosk.core.errors import Refused
from kiosk.core.journal import Filter
from kiosk.core.messages import ErrandTold, StartErrand
from kiosk.core.periods import Period
from kiosk.core.report_table import Report
from kiosk.errands import RUNNING_MAX, Errands, Way, in_child
from tests.core.guest import shelf
from tests.core.test_migrations import lay, opened

GIVE_UP_S = 60.0


@dataclass(frozen=True)
class Wait:
    """An errand that ends when the test lets it, or is stopped."""

    name: str = ""


class Shell:
    """Errands with their inbox, and gates that hold `Wait` up."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[ErrandTold] = queue.SimpleQueue()
        self.gates: dict[str, threading.Event] = {}
        self.begun: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.errands = Errands(self.told.put, {Wait: self.wait, Written: self.wrong})

    def go(self, name: str, errand: Any = None) -> None:
        self.gates[name] = threading.Event()
        self.errands(StartErrand(name, errand or Wait(name)))

    def wait(self, errand: Wait, way: Way) -> str:
        gate = self.gates[errand.name]
        way.at_stop(gate.set)
        self.begun.put(errand.name)
        way.told(1, 2)
        assert gate.wait(GIVE_UP_S)
        return "stopped" if way.stopped else "done"

    @staticmethod
    def wrong(errand: Written, way: Way) -> None:
        raise ZeroDivisionError(errand.file, way.stopped)

    def next(self) -> ErrandTold:
        return self.told.get(timeout=GIVE_UP_S)

    def ended(self) -> ErrandTold:
        while not (told := self.next()).ended:
            pass
        return told


@pytest.fixture
def shell() -> Iterator[Shell]:
    made = Shell()
    yield made
    made.errands.close()


def test_an_errand_tells_how_far_it_is_and_its_end(shell: Shell) -> None:
    shell.go("a")
    assert shell.next() == ErrandTold("a", 1, 2)
    shell.gates["a"].set()
    assert shell.next() == ErrandTold("a", ended=True, result="done")


def test_one_that_is_stopped_is_not_told_of_any_more(shell: Shell) -> None:
    shell.go("a")
    shell.next()
    shell.go("stop", StopErrand("a"))
    assert shell.gates["a"].wait(GIVE_UP_S)
    shell.go("b")
    shell.gates["b"].set()
    assert shell.ended().errand == "b"


def test_only_so_many_at_once_and_then_there_is_room_again(shell: Shell) -> None:
    names = [str(number) for number in range(RUNNING_MAX)]
    for name in names:
        shell.go(name)
        shell.begun.get(timeout=GIVE_UP_S)
    shell.go("more")
    told = shell.ended()
    assert told.errand == "more" and isinstance(told.result, Refused)
    assert told.result.key == "err.errands_busy"
    shell.gates["0"].set()
    assert shell.ended().errand == "0"
    shell.go("more")
    assert shell.begun.get(timeout=GIVE_UP_S) == "more"


def test_one_that_takes_too_long_is_stopped_and_said_once(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(errands, "LIMIT_S", 0.0)
    shell.go("a")
    told = shell.ended()
    assert isinstance(told.result, Refused) and told.result.key == "err.errand_late"
    assert shell.gates["a"].wait(GIVE_UP_S), "it was stopped"
    monkeypatch.undo()
    shell.go("b")
    shell.gates["b"].set()
    assert shell.ended().errand == "b"
    assert "took too long" in caplog.text


def test_a_mistake_of_ours_is_told_and_logged(
    shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    shell.go("a", Written("x", 1))
    told = shell.ended()
    assert isinstance(told.result, Refused) and told.result.key == "err.errand_failed"
    assert "ZeroDivisionError" in caplog.text


def test_who_signs_out_leaves_no_stick_behind(shell: Shell) -> None:
    shell.go("a")
    shell.next()
    shell.errands.leave(WITH_STICKS)
    told: Any = SimpleNamespace(entries=[SimpleNamespace(kind="shift_opened")])
    app.nobody_there(shell.errands, told)
    shell.errands.leave(frozenset({Wait}))
    left = shell.ended()
    assert isinstance(left.result, Refused) and left.result.key == "err.errand_left"


def test_a_sign_out_stops_what_is_written(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
    left: list[Any] = []
    monkeypatch.setattr(shell.errands, "leave", left.append)
    told: Any = SimpleNamespace(entries=[SimpleNamespace(kind="staff_signed_out")])
    app.nobody_there(shell.errands, told)
    assert left == [WITH_STICKS]


def test_a_way_that_is_stopped_already_stops_at_once() -> None:
    way, seen = Way(), list[str]()
    way.stop()
    way.at_stop(lambda: seen.append("now"))
    assert seen == ["now"] and way.stopped


# --- pages into files ----------------------------------------------------------------------------


def test_pages_without_a_row_are_whole_files() -> None:
    assert "".join(json_pages([[], []])) == "[\n]\n"
    (header,) = "".join(csv_pages([[]])).splitlines()
    assert header.startswith("seq,at,kind")


# --- in a child ----------------------------------------------------------------------------------


@pytest.fixture
def place() -> Iterator[Beside]:
    """A store with a life in it, which this process goes on writing, and a stick."""
    with shelf() as folder:
        venue = opened(lay(folder / "books", 3))
        (folder / "sticks" / "STICK").mkdir(parents=True)
        yield Beside(
            folder / "books" / "store.db", folder / "books" / "secrets.db", folder / "sticks"
        )
        venue.close()


def child(place: Beside, errand: Any, way: Way | None = None) -> Any:
    return in_child(place, errand, way or Way())


@pytest.mark.e2e
@pytest.mark.beside
def test_every_errand_with_the_books_is_done_beside_the_writer(place: Beside) -> None:
    assert place.sticks is not None
    (stick,) = child(place, ListSticks()).sticks
    made: dict[type, Any] = {
        VerifyBooks: child(place, VerifyBooks()),
        MakeReport: child(place, MakeReport("top_ups", Period())),
        ListSticks: Sticks((stick,)),
        WriteToStick: child(place, WriteToStick(stick.id, "a.txt", "Привет\n")),
        ExportTransactions: child(place, ExportTransactions(stick.id, "t.json", "json")),
        ExportJournal: child(place, ExportJournal(stick.id, "j.csv", "csv", Filter("staff"))),
    }
    assert made.keys() <= DOES.keys()
    assert isinstance(made[VerifyBooks], Verified) and made[VerifyBooks].problems == ()
    assert isinstance(made[MakeReport], Report) and made[MakeReport].table.rows
    assert made[WriteToStick] == Written("a.txt", 13)
    files = {path.name for path in (place.sticks / "STICK").iterdir()}
    assert files == {"a.txt", "t.json", "j.csv"}


@pytest.mark.e2e
@pytest.mark.beside
def test_a_child_tells_how_far_it_is_and_what_was_refused(place: Beside) -> None:
    far: list[tuple[int, int]] = []
    child(place, MakeReport("days", Period()), Way(lambda done, of: far.append((done, of))))
    assert far and all(0 < done <= of for done, of in far)
    with pytest.raises(Refused) as told:
        child(place, MakeReport("days", Period(shift=999)))
    assert (told.value.key, told.value.args_by_name) == ("err.no_such_shift", {"number": "999"})


@pytest.mark.e2e
@pytest.mark.beside
def test_a_child_that_fails_is_told(place: Beside, capfd: pytest.CaptureFixture[str]) -> None:
    nowhere = Beside(place.store.with_name("none.db"), place.secrets)
    with pytest.raises(Refused) as told:
        child(nowhere, VerifyBooks())
    assert told.value.key == "err.errand_failed"
    assert "none.db" in capfd.readouterr().err


@pytest.mark.e2e
@pytest.mark.beside
def test_a_child_that_is_stopped_takes_away_what_it_began(place: Beside) -> None:
    assert place.sticks is not None
    (stick,) = child(place, ListSticks()).sticks
    way = Way()
    way.told = lambda done, of: way.stop()
    with pytest.raises(Refused):
        child(place, ExportJournal(stick.id, "j.json", "json", Filter()), way)
    assert way.stopped
    left = [p.name for p in (place.sticks / "STICK").iterdir() if p.name.startswith(".")]
    assert not left


@pytest.mark.e2e
@pytest.mark.beside
def test_the_kiosk_goes_on_all_of_them(place: Beside) -> None:
    told: queue.SimpleQueue[ErrandTold] = queue.SimpleQueue()
    made = Errands(told.put, {kind: partial(in_child, place) for kind in DOES})
    made(StartErrand("a", MakeReport("liabilities", Period())))
    while not (last := told.get(timeout=GIVE_UP_S)).ended:
        pass
    assert isinstance(last.result, Report)


def test_a_folder_of_ones_own_is_where_sticks_are(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    found: Any = DOES[ListSticks](Beside(tmp_path, tmp_path, tmp_path), ListSticks(), Way())
    assert [stick.name for stick in found.sticks] == ["A"]
