"""What waits reaches people: what began and ended, an outbox for each way, the board."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from kiosk.core.calls import AnswerHelp, CallHelp
from kiosk.core.capabilities import Machine
from kiosk.core.ids import CardId
from kiosk.core.messages import PrinterChanged
from kiosk.core.tasks import Task, alarm
from kiosk.notices import (
    BATCH_MAX,
    LOOK_S,
    OUTBOX_MAX,
    RETRY_MAX_S,
    RETRY_S,
    SETTLE_S,
    Board,
    Looked,
    Memory,
    Notice,
    Outbox,
    Undelivered,
    changes,
    end,
    look,
    start,
)
from tests.core.guest import NOW, PRINTER, Guest, make_venue, shelf
from tests.test_runtime import Shell

QUIET_S = 300.0
HELP = Task("help:7", "2026-11-22T15:00:00.000000Z", "now", "task.help", {"number": 7})
PAPER = alarm(PRINTER, "paper_out", device=PRINTER)


class Told:
    """What `changes` says, step by step."""

    def __init__(self) -> None:
        self.memory: Memory = {}
        self.said: list[tuple[float, str, str]] = []

    def at(self, now_s: float, *tasks: Task) -> list[str]:
        self.memory, began, ended = changes(self.memory, tasks, now_s, QUIET_S)
        said = [f"+{t.key}" for t in began] + [f"-{t.key}" for t in ended]
        self.said += [(now_s, s[0], s[1:]) for s in said]
        return said


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_call_is_told_at_once_and_so_is_its_end(told: Told) -> None:
    assert told.at(0, HELP) == ["+help:7"]
    assert told.at(1, HELP) == []
    assert told.at(2) == ["-help:7"]
    assert told.at(2 + QUIET_S) == []
    assert told.memory == {}, "nothing is remembered for ever"


def test_an_alarm_is_told_when_it_lasts_and_its_end_when_that_lasts(told: Told) -> None:
    assert told.at(0, PAPER) == []
    assert told.at(SETTLE_S - 1, PAPER) == []
    assert told.at(SETTLE_S, PAPER) == ["+printer:paper_out"]
    assert told.at(SETTLE_S + 5) == []
    assert told.at(2 * SETTLE_S + 4) == []
    assert told.at(2 * SETTLE_S + 5) == ["-printer:paper_out"]


def test_a_device_that_comes_back_by_itself_in_a_moment_is_nobodys_errand(told: Told) -> None:
    assert told.at(0, PAPER) == []
    assert told.at(3) == []
    assert told.at(60) == []
    assert told.memory == {}


@pytest.mark.parametrize("beat_s", [1, 3, 9, 15, 40])
def test_a_flapping_device_sends_one_in_the_quiet_time(told: Told, beat_s: int) -> None:
    """It comes and goes every `beat_s` for the whole time, and stays away at the end."""
    for second in range(int(QUIET_S)):
        told.at(second, *([PAPER] if second // beat_s % 2 == 0 else []))
    began = [at for at, what, _ in told.said if what == "+"]
    ended = [at for at, what, _ in told.said if what == "-"]
    assert len(began) == 1
    assert len(ended) <= 1
    # And what is still wrong after it is told again, so that nobody believes that all is well.
    for second in range(int(QUIET_S), int(QUIET_S) + 100):
        told.at(second, PAPER)
    assert sum(what == "+" for _, what, _ in told.said) == 1 + len(ended)


def test_what_was_told_to_be_over_and_is_not_is_told_again_after_the_quiet_time(told: Told) -> None:
    told.at(0, PAPER)
    assert told.at(10, PAPER) == ["+printer:paper_out"]
    told.at(20)
    assert told.at(30) == ["-printer:paper_out"]
    told.at(40, PAPER)
    assert told.at(60, PAPER) == []
    assert told.at(10 + QUIET_S - 1, PAPER) == []
    assert told.at(10 + QUIET_S, PAPER) == ["+printer:paper_out"]


def test_books_that_failed_are_told_at_once_for_the_process_ends(told: Told) -> None:
    assert told.at(0, alarm("books", "books_failed")) == ["+books:books_failed"]


# --- an outbox ------------------------------------------------------------------------------------


class Way:
    """A way out that fails as often as a test says."""

    def __init__(self) -> None:
        self.fails = 0
        self.sent: list[list[str]] = []
        self.woken = 0

    def send(self, notices: Sequence[Notice]) -> None:
        if self.fails:
            self.fails -= 1
            raise Undelivered("nobody is there")
        self.sent.append([n.task.key for n in notices])

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def way() -> Way:
    return Way()


@pytest.fixture
def outbox(way: Way) -> Outbox:
    return Outbox("mail", way.send, way.wake)


def notice(key: str) -> Notice:
    return Notice("began", replace(HELP, key=key), NOW.wall)


def test_what_waits_is_delivered_in_order_and_once(way: Way, outbox: Outbox) -> None:
    assert outbox.step(NOW) is None
    outbox.put([notice("1"), notice("2")])
    assert outbox.step(NOW) == 0.0
    assert outbox.step(NOW) is None
    assert way.sent == [["1", "2"]]


def test_a_dead_way_is_tried_less_and_less_often_and_logged_once(
    way: Way, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    way.fails = 10
    now, waits = NOW, []
    outbox.put([notice("1")])
    for _ in range(10):
        wait_s = outbox.step(now)
        assert wait_s is not None
        waits.append(wait_s)
        assert outbox.problem == "nobody is there"
        assert outbox.step(now.later(wait_s - 1)) == 1.0, "not before its time"
        now = now.later(wait_s)
    assert waits[:4] == [RETRY_S, 2 * RETRY_S, 4 * RETRY_S, 8 * RETRY_S]
    assert max(waits) == RETRY_MAX_S
    outbox.put([notice("2")])
    assert outbox.step(now) == 0.0
    assert way.sent == [["1", "2"]], "late, and none lost"
    assert outbox.problem == "" and way.woken == 2
    assert [r.getMessage().split(";")[0] for r in caplog.records] == [
        "mail: nobody is there",
        "mail: works again",
    ]


def test_a_full_outbox_gives_up_the_oldest(way: Way, outbox: Outbox) -> None:
    way.fails = 1
    outbox.put([notice("0")])
    outbox.step(NOW)
    outbox.put([notice(str(n)) for n in range(1, OUTBOX_MAX + 3)])
    now = NOW.later(RETRY_S)
    while outbox.step(now) is not None:
        pass
    sent = [key for batch in way.sent for key in batch]
    assert sent == [str(n) for n in range(3, OUTBOX_MAX + 3)]
    assert max(map(len, way.sent)) == BATCH_MAX


def test_that_a_way_is_dead_it_does_not_tell_itself(way: Way, outbox: Outbox) -> None:
    outbox.put([Notice("began", alarm("mail", "mail_down", error="x"), NOW.wall)])
    assert outbox.step(NOW) is None
    outbox.put([Notice("began", alarm("webhook", "webhook_down", error="x"), NOW.wall)])
    outbox.step(NOW)
    assert way.sent == [["webhook:webhook_down"]]


# --- the board ----------------------------------------------------------------------------------


class Core:
    """What the core would say when it is looked at."""

    def __init__(self) -> None:
        self.looked = Looked((), Machine(), False)
        self.asked = 0
        self.busy = False

    def ask(self) -> Looked:
        self.asked += 1
        if self.busy:
            raise ConnectionError("busy")
        return self.looked

    def waits(self, *tasks: Task) -> None:
        self.looked = replace(self.looked, tasks=tasks)


@pytest.fixture
def core() -> Core:
    return Core()


def keys(board: Board) -> list[str]:
    return [task.key for task in board.shown]


def test_the_core_is_asked_when_something_happened_and_now_and_then(core: Core) -> None:
    board = Board(core.ask, QUIET_S)
    board.step(NOW)
    board.step(NOW.later(1))
    assert core.asked == 1
    board.wake()
    board.step(NOW.later(2))
    assert core.asked == 2
    board.step(NOW.later(2 + LOOK_S))
    assert core.asked == 3


def test_the_page_hears_of_it_at_once_and_only_when_it_changed(core: Core) -> None:
    heard: list[list[str]] = []
    board = Board(core.ask, QUIET_S)
    board.listeners.append(lambda: heard.append(keys(board)))
    board.step(NOW)
    core.waits(HELP)
    for seconds in (1, 2, 3):
        board.wake()
        board.step(NOW.later(seconds))
    core.waits()
    board.wake()
    board.step(NOW.later(4))
    assert heard == [["help:7"], []]


def test_an_alarm_keeps_the_moment_when_it_was_seen_first(core: Core) -> None:
    core.looked = Looked((), Machine(space_low=True), False)
    board = Board(core.ask, QUIET_S)
    board.step(NOW)
    since = board.shown[0].since
    assert since == "2026-11-22T15:00:00.000000Z"
    board.wake()
    board.step(NOW.later(60))
    assert board.shown[0].since == since


def test_a_busy_core_is_asked_again_and_what_was_known_stands(core: Core) -> None:
    core.waits(HELP)
    board = Board(core.ask, QUIET_S)
    board.step(NOW)
    core.busy = True
    board.wake()
    board.step(NOW.later(1))
    assert keys(board) == ["help:7"]
    core.busy = False
    core.waits()
    board.step(NOW.later(2))
    assert keys(board) == []


def test_books_that_failed_keep_the_tasks_that_were_known(core: Core) -> None:
    core.waits(HELP)
    board = Board(core.ask, QUIET_S)
    board.step(NOW)
    core.looked = Looked(None, Machine(), True)
    board.wake()
    board.step(NOW.later(1))
    assert keys(board) == ["help:7", "books:books_failed", "kiosk:blocked"]


def test_a_dead_way_is_itself_on_the_board_until_it_works(core: Core, way: Way) -> None:
    board = Board(core.ask, QUIET_S)
    mail = Outbox("mail", way.send, board.wake)
    board.outboxes = (mail,)
    core.waits(HELP)
    way.fails = 1
    board.step(NOW)
    mail.step(NOW)
    board.step(NOW.later(1))
    assert keys(board) == ["help:7", "mail:mail_down"]
    mail.step(NOW.later(RETRY_S))
    board.step(NOW.later(RETRY_S))
    assert keys(board) == ["help:7"]
    assert way.sent == [["help:7"]]


def test_after_a_restart_all_that_is_open_is_told_again(core: Core) -> None:
    core.waits(HELP)
    sent: list[list[str]] = []
    for _ in range(2):
        way = Way()
        board = Board(core.ask, QUIET_S)
        board.outboxes = (Outbox("webhook", way.send, board.wake),)
        board.step(NOW)
        board.outboxes[0].step(NOW)
        sent += way.sent
    assert sent == [["help:7"], ["help:7"]]


# --- with a core and threads ----------------------------------------------------------------------


@pytest.fixture
def guest() -> Iterator[Guest]:
    with shelf() as folder:
        venue = make_venue(folder)
        yield Guest(venue)
        venue.close()


class Turning:
    """A core that turns in a thread until the test is over."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.thread.start()

    def _loop(self) -> None:
        while not self.stop.is_set():
            self.shell.runtime.turn(NOW)
            self.shell.inbox.wait(0.05)

    def end(self) -> None:
        self.stop.set()
        self.thread.join()


def test_a_call_and_a_printer_reach_who_listens_while_the_core_turns(guest: Guest) -> None:
    shell = Shell(guest)
    heard: list[list[str]] = []
    changed = threading.Condition()
    runtime, inbox = shell.runtime, shell.inbox

    def note() -> None:
        with changed:
            heard.append(keys(board))
            changed.notify_all()

    def wait_for(*expected: str) -> None:
        with changed:
            assert changed.wait_for(lambda: heard and heard[-1] == list(expected), 60), heard

    board = Board(lambda: inbox.ask(look), QUIET_S)
    board.listeners.append(note)
    runtime.listeners.append(board.tell)
    stop = threading.Event()
    turning = Turning(shell)
    threads = start(board, stop)
    try:
        called = CallHelp("welcome", "en", CardId(""))
        inbox.ask(lambda r, now: r.command(called, actor="guest", key="help:1", now=now))
        wait_for("help:1")
        inbox.put(PrinterChanged(PRINTER, "out"))
        wait_for("help:1", "printer:paper_out")
        answer = AnswerHelp("help:1")
        inbox.ask(lambda r, now: r.command(answer, actor="cli", key="answer:1", now=now))
        wait_for("printer:paper_out")
        inbox.put(PrinterChanged(PRINTER))
        wait_for()
    finally:
        stop.set()
        end(board)
        for thread in threads:
            thread.join()
        turning.end()
