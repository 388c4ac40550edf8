"""The shell around the core: the inbox, and what is asked from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from kiosk.core.bills import OrderLine
from kiosk.core.capabilities import Machine
from kiosk.core.cash import HeldNotes, HoldNote, VoidNote
from kiosk.core.clock import Now
from kiosk.core.desk_top_ups import TopUpAtDesk
from kiosk.core.errors import LedgerCorrupt, Refused, StorageFailed
from kiosk.core.ids import DeviceId, JobId, note_id
from kiosk.core.ledger import MINUTES_GAME, Draft, Entry
from kiosk.core.messages import (
    AcceptorChanged,
    CardRemoved,
    Effect,
    Light,
    PrinterChanged,
    PrintSlip,
    RefuseNotes,
    StopEnrolling,
)
from kiosk.core.opening import GetOpening
from kiosk.core.orders import SaveOrder
from kiosk.core.session_list import GetSession
from kiosk.core.sessions import StartSession
from kiosk.core.settings import ChangeSettings
from kiosk.core.shifts import CurrentShift, EndOfShift, OpenShift
from kiosk.core.situation import Closed, Situation
from kiosk.core.slips import GetSlip
from kiosk.runtime import SPACE_CHECK_S, Inbox, InboxFull, Runtime, Told
from tests.core.guest import ACCEPTOR, NOW, PRINTER, Guest, make_venue, rub, shelf

READER = DeviceId("reader")


class Taker:
    """A device that only remembers what it was told to do."""

    def __init__(self) -> None:
        self.done: list[Effect] = []

    def do(self, effect: Effect) -> None:
        self.done.append(effect)


class Shell:
    """A runtime on the guest's books, turned by hand or by a thread of the test."""

    def __init__(self, guest: Guest) -> None:
        self.inbox = Inbox(100)
        self.acceptor, self.lights, self.printer = Taker(), Taker(), Taker()
        self.shown: list[Situation] = []
        lamp, self.reader = DeviceId("lights"), Taker()
        self.runtime = Runtime(
            self.inbox,
            guest.venue,
            guest.situation,
            devices={
                ACCEPTOR: self.acceptor,
                lamp: self.lights,
                PRINTER: self.printer,
                READER: self.reader,
            },
            roles={ACCEPTOR: "acceptor", lamp: "lights", PRINTER: "printer", READER: "reader"},
            show=lambda situation, now: self.shown.append(situation),
            min_free_bytes=0,
        )


@pytest.fixture
def guest() -> Iterator[Guest]:
    with shelf() as folder:
        venue = make_venue(folder)
        yield Guest(venue)
        venue.close()


@pytest.fixture
def shell(guest: Guest) -> Shell:
    return Shell(guest)


@pytest.fixture
def asker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def asked(shell: Shell, asker: ThreadPoolExecutor, work: Callable[[Runtime, Now], Any]) -> object:
    """What a request raises or answers, after one turn of the core."""
    answer = asker.submit(lambda: shell.inbox.ask(work))
    shell.inbox.wait(30.0)
    shell.runtime.turn(NOW)
    try:
        return answer.result(30.0)
    except Exception as error:
        return error


def lost(runtime: Runtime, now: Now) -> None:
    raise StorageFailed("the disk is gone")


def crooked(runtime: Runtime, now: Now) -> None:
    raise LedgerCorrupt("a row is no document")


@pytest.mark.parametrize("work", [lost, crooked])
def test_books_that_fail_while_somebody_asks_close_the_kiosk(
    shell: Shell, asker: ThreadPoolExecutor, work: Callable[[Runtime, Now], Any]
) -> None:
    told = asked(shell, asker, work)
    assert isinstance(told, (StorageFailed, LedgerCorrupt))
    assert shell.runtime.failure is told
    assert isinstance(shell.shown[-1].scene, Closed)
    assert shell.acceptor.done == [RefuseNotes(ACCEPTOR)]
    assert shell.lights.done == [Light("out_of_order")]


def test_a_closed_kiosk_gives_no_card_keys_that_it_could_not_record(
    guest: Guest, asker: ThreadPoolExecutor
) -> None:
    house = replace(guest.situation.house, checks=frozenset({READER}))
    guest.situation = replace(guest.situation, house=house)
    shell = Shell(guest)
    asked(shell, asker, lost)
    assert shell.reader.done == [StopEnrolling(READER)]


def test_a_closed_kiosk_writes_nothing_for_those_who_ask(
    shell: Shell, guest: Guest, asker: ThreadPoolExecutor
) -> None:
    card = guest.register()
    asked(shell, asker, crooked)
    before = guest.venue.ledger.seq
    order = SaveOrder("1", card.id, "Bar", (OrderLine("Tea", 1, rub(1)),))
    told = asked(
        shell, asker, lambda r, now: r.command(order, actor="till:1", key="order:1", now=now)
    )
    assert isinstance(told, StorageFailed)
    assert guest.venue.ledger.seq == before
    # What only reads is still answered: somebody will want to know what is held.
    assert asked(shell, asker, lambda r, now: r.venue.ask(HeldNotes(), now)) == ()


def test_a_mistake_in_a_request_is_told_to_who_asked_and_ends_nothing(
    shell: Shell, asker: ThreadPoolExecutor
) -> None:
    assert isinstance(asked(shell, asker, lambda r, now: 1 // 0), ZeroDivisionError)
    assert isinstance(
        asked(shell, asker, lambda r, now: r.print_slip(JobId("top_up_receipt:9"), now)), Refused
    )
    assert shell.runtime.failure is None


def test_who_asks_a_kiosk_that_ends_is_told_so_at_once(
    shell: Shell, asker: ThreadPoolExecutor
) -> None:
    answer = asker.submit(shell.inbox.ask, lambda r, now: "done")
    shell.inbox.wait(30.0)
    shell.inbox.close()
    with pytest.raises(ConnectionError, match="ending"):
        answer.result(30.0)
    with pytest.raises(ConnectionError, match="ending"):
        shell.inbox.ask(lambda r, now: "done")


def test_what_ails_the_acceptor_stands_in_the_log(
    shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    told = "its bill table has USA, not RUS"
    shell.inbox.put(AcceptorChanged(ACCEPTOR, "wrong_currency", told))
    shell.runtime.turn(NOW)
    assert caplog.messages == [f"acceptor is wrong_currency: {told}"]


def test_who_gave_up_before_the_core_began_has_nothing_done(shell: Shell) -> None:
    done: list[str] = []
    request = shell.inbox.request(lambda r, now: done.append("given up"))
    assert request.cancel()
    shell.inbox.request(lambda r, now: done.append("asked"))
    shell.runtime.turn(NOW)
    assert done == ["asked"]
    left = shell.inbox.request(lambda r, now: None)
    assert left.cancel()
    shell.inbox.close()


def test_who_listens_hears_of_entries_and_of_devices_in_their_order(
    shell: Shell, guest: Guest, asker: ThreadPoolExecutor
) -> None:
    heard: list[Told] = []
    shell.runtime.listeners.append(heard.append)
    shell.runtime.turn(NOW)
    assert heard == []
    first = guest.venue.ledger.seq + 1
    card = guest.register()
    shell.runtime.turn(NOW)
    heard_of = [entry.seq for told in heard for entry in told.entries]
    assert heard_of == list(range(first, guest.venue.ledger.seq + 1))
    assert card.id in {str(e.refs.get("card")) for e in heard[0].entries}
    shell.inbox.put(PrinterChanged(PRINTER, paper="out"))
    shell.runtime.turn(NOW)
    assert heard[-1].machine_changed and heard[-1].machine is shell.runtime.situation.machine
    asked(shell, asker, crooked)
    assert (heard[-1].failed, heard[-1].entries) == (True, ())
    before = len(heard)
    shell.runtime.turn(NOW)
    assert len(heard) == before


def topped_up_at_the_desk(shell: Shell, guest: Guest, actor: str) -> JobId:
    """The job of the receipt of a top-up at the desk."""
    client = guest.register().client
    run = shell.runtime.command
    run(OpenShift(rub(0)), actor="cli", key="shift", now=NOW)
    done = run(TopUpAtDesk(client, rub(500), "cash"), actor=actor, key="top-up", now=NOW)
    assert isinstance(done, Entry), done
    return JobId(str(done.refs["slip"]))


def test_C34_the_paper_of_the_desk_comes_out_at_once(shell: Shell, guest: Guest) -> None:
    job = topped_up_at_the_desk(shell, guest, "cli")
    sent = [effect for effect in shell.printer.done if isinstance(effect, PrintSlip)]
    assert job in [slip.job for slip in sent]


def test_E42_P02_paper_of_the_desk_that_cannot_come_out_is_on_record(
    shell: Shell, guest: Guest
) -> None:
    shell.inbox.put(PrinterChanged(PRINTER, paper="out"))
    shell.runtime.turn(NOW)
    job = topped_up_at_the_desk(shell, guest, "cli")
    assert shell.printer.done == []
    slip = guest.venue.ask(GetSlip(job), NOW)
    assert slip is not None and (slip.state, slip.attempts) == ("not_printed", 1)


def test_E80_a_kiosk_without_a_printer_waits_for_no_paper(shell: Shell, guest: Guest) -> None:
    runtime = shell.runtime
    devices = {d: s for d, s in runtime.situation.machine.devices.items() if d != PRINTER}
    runtime.situation = replace(runtime.situation, machine=Machine(devices))
    job = topped_up_at_the_desk(shell, guest, "cli")
    slip = guest.venue.ask(GetSlip(job), NOW)
    assert slip is not None and slip.state == "not_printed"
    assert job not in guest.venue.ask(EndOfShift(), NOW).slips


def test_an_answer_that_takes_too_long_says_what_that_means(shell: Shell) -> None:
    with pytest.raises(TimeoutError, match="may still be done"):
        shell.inbox.ask(lambda r, now: None, timeout_s=0.01)


def test_a_full_inbox_lets_devices_wait_drops_touches_and_refuses_requests() -> None:
    inbox = Inbox(1)
    inbox.put(CardRemoved(READER))
    assert not inbox.touch("register", 0)
    assert inbox.dropped == 1
    with pytest.raises(InboxFull):
        inbox.ask(lambda r, now: None)
    waiting = threading.Thread(target=inbox.put, args=(CardRemoved(DeviceId("stripe")),))
    waiting.start()
    assert inbox.take(9) == [CardRemoved(READER)]
    waiting.join(30.0)
    assert inbox.take(9) == [CardRemoved(DeviceId("stripe"))]


def test_nobody_waits_at_a_full_inbox_that_is_closed() -> None:
    inbox = Inbox(1)
    inbox.put(CardRemoved(READER))
    waiting = threading.Thread(target=inbox.put, args=(CardRemoved(READER),))
    waiting.start()
    inbox.close()
    waiting.join(30.0)
    assert not waiting.is_alive()
    assert inbox.take(9) == []


# --- sessions ------------------------------------------------------------------------------------


def playing(guest: Guest, shell: Shell) -> str:
    """A session of half an hour, begun now by the staff; its id."""
    card = guest.register()
    draft = Draft("test")
    draft.post("9010:adjusted", f"9020:{card.client}", MINUTES_GAME, 30)
    ledger = guest.venue.ledger
    ledger.post(draft, key="minutes", actor="cli", command="test", now=guest.now)
    start = StartSession(card.client, "pc-1", "game", "balance_timer")
    done = shell.runtime.command(start, actor="staff:101", key="start-session", now=guest.now)
    assert isinstance(done, Entry)
    return str(done.refs["session"])


def state(guest: Guest, session: str) -> str:
    found = guest.venue.ask(GetSession(session), guest.now)
    assert found is not None
    return found.state


def test_M18_M26_the_runtime_ends_a_session_to_the_second_and_once(
    shell: Shell, guest: Guest
) -> None:
    session, begin = playing(guest, shell), guest.now
    shell.runtime.turn(begin.later(1799.5))
    assert state(guest, session) == "running"
    assert shell.runtime.wait_s(begin.later(1799.5)) == 0.5
    shell.runtime.turn(begin.later(1800))
    assert state(guest, session) == "ended"
    seq = guest.venue.ledger.seq
    assert guest.venue.ledger.find(f"end:{session}/30") is not None
    shell.runtime.turn(begin.later(1801))
    assert guest.venue.ledger.seq == seq
    assert shell.runtime.wait_s(begin.later(1801)) == 1.0


def test_M26_the_runtime_follows_a_clock_that_is_set(shell: Shell, guest: Guest) -> None:
    session, begin = playing(guest, shell), guest.now
    stepped = Now(begin.later(7200).wall, begin.mono_s + 60)
    shell.runtime.turn(stepped)
    assert state(guest, session) == "running"
    shell.runtime.turn(stepped.later(1739))
    assert state(guest, session) == "running"
    shell.runtime.turn(stepped.later(1740))
    assert state(guest, session) == "ended"


def test_no_table_is_walked_while_nothing_is_due(
    shell: Shell, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing(guest, shell)

    def walked(*args: object) -> object:
        raise AssertionError("a turn without an event asked the store")

    monkeypatch.setattr(guest.venue.store, "rows", walked)
    monkeypatch.setattr(guest.venue.store, "each", walked)
    assert guest.venue.due(guest.now.later(60)) == []
    assert guest.venue.due_in_s(guest.now.later(60)) == 1740.0


def test_an_end_that_is_refused_is_told_once_and_keeps_nobody_waiting(
    shell: Shell, guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    session = playing(guest, shell)
    late = guest.now.later(1800)
    # The books contradict themselves: the minutes that the session holds are gone.
    draft = Draft("test")
    held = f"9020:{guest.venue.ask(GetSession(session), guest.now).client}"  # type: ignore[union-attr]
    draft.post(held, "9010:adjusted", MINUTES_GAME, 30)
    ledger = guest.venue.ledger
    ledger.post(draft, key="gone", actor="cli", command="test", now=guest.now)
    for second in range(3):
        shell.runtime.turn(late.later(second))
    told = [m for m in caplog.messages if "cannot be ended" in m]
    assert len(told) == 1 and "err.overdrawn" in told[0]
    assert shell.runtime.wait_s(late.later(3)) > 0.0
    assert shell.runtime.failure is None


def test_a_disk_that_fails_at_the_end_of_a_session_closes_the_kiosk(
    shell: Shell, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing(guest, shell)

    def full(*args: object) -> None:
        raise StorageFailed("the disk is full")

    monkeypatch.setattr(guest.venue.store, "put", full)
    shell.runtime.turn(guest.now.later(1800))
    assert isinstance(shell.runtime.failure, StorageFailed)
    assert isinstance(shell.runtime.situation.scene, Closed)
    shell.runtime.turn(guest.now.later(1801))
    assert shell.runtime.wait_s(guest.now.later(1801)) == 1.0


# --- shifts --------------------------------------------------------------------------------------


def test_C29_E80_a_shift_of_more_than_a_day_is_closed_while_nobody_is_there(
    shell: Shell, guest: Guest
) -> None:
    card = guest.home()
    opened = shell.runtime.command(OpenShift(rub(0)), actor="staff:101", key="open", now=guest.now)
    assert isinstance(opened, Entry)
    begin = guest.now
    shell.runtime.turn(begin.later(86_400))
    assert guest.venue.ask(CurrentShift(), begin) is not None
    shell.runtime.turn(begin.later(86_410))
    assert guest.venue.ask(CurrentShift(), begin) is not None, "somebody may just be there"
    # A note on its way hinders it, for as long as it is.
    note = note_id(ACCEPTOR, 1, 1)
    hold = HoldNote(note, rub(500), card.client, card.id)
    shell.runtime.command(hold, actor="kiosk", key=f"hold:{note}", now=begin.later(86_415))
    shell.runtime.turn(begin.later(86_430))
    assert guest.venue.ask(CurrentShift(), begin) is not None
    shell.runtime.command(
        VoidNote(note), actor="kiosk", key=f"void:{note}", now=begin.later(86_435)
    )
    shell.runtime.turn(begin.later(86_460))
    assert guest.venue.ask(CurrentShift(), begin) is None
    shift = opened.refs["shift"]
    assert guest.venue.ledger.find(f"overdue:{shift}") is not None
    sent = [effect.job for effect in shell.printer.done if isinstance(effect, PrintSlip)]
    assert sent == ["z_report:1"], "whoever comes in the morning finds it"
    seq = guest.venue.ledger.seq
    shell.runtime.turn(begin.later(86_500))
    assert guest.venue.ledger.seq == seq


def test_E82_the_core_looks_whether_the_shift_that_it_needs_is_there(guest: Guest) -> None:
    house = replace(guest.situation.house, needs_shift=True)
    guest.situation = replace(guest.situation, house=house)
    shell, now = Shell(guest), NOW

    def seen(seconds: float) -> str | None:
        nonlocal now
        now = now.later(seconds)
        shell.runtime.turn(now)
        return shell.runtime.situation.machine.shift

    assert seen(0) == "none"
    opened = OpenShift(rub(0))
    shell.runtime.command(opened, actor="cli", key="open", now=now)
    assert seen(SPACE_CHECK_S) == ""
    assert seen(49 * 3600) == "too_long"
    # Nobody is here, so the kiosk closes it by itself; the next one has to be opened.
    assert seen(SPACE_CHECK_S) == "none"


def test_the_welcome_screen_closes_and_opens_by_the_clock(shell: Shell, guest: Guest) -> None:
    """To the turn; a clock that is set back, or never was right, is followed, too."""
    hours = {"hours": [{"days": [1, 2, 3, 4, 5, 6, 7], "opens": "10:00", "closes": "19:00"}]}
    shell.runtime.command(ChangeSettings(hours), actor="staff:106", key="hours", now=guest.now)

    def told(now: Now) -> bool:
        shell.runtime.turn(now)
        return shell.runtime.situation.opening.open

    begin = guest.now
    closes = begin.later((datetime(2026, 11, 22, 16, tzinfo=UTC) - begin.wall).total_seconds())
    assert told(closes.later(-0.1)) and not told(closes)
    assert not shell.shown[-1].opening.open, "the screen is told"
    assert told(replace(closes.later(1), wall=begin.wall)), "set back"
    assert not told(closes.later(2))
    assert told(replace(closes.later(3), synced=False))
    assert not told(closes.later(4))
    assert told(closes.later(15 * 3600)) and not told(closes.later(24 * 3600))


def test_the_screen_goes_dark_and_comes_back_by_the_clock(shell: Shell, guest: Guest) -> None:
    house = replace(shell.runtime.situation.house, night=(time(23), time(8)))
    shell.runtime.situation = replace(shell.runtime.situation, house=house)
    begin = guest.now  # 18:00 in the venue
    for hours, dark in ((0, False), (4.999, False), (5, True), (13.999, True), (14, False)):
        shell.runtime.turn(begin.later(hours * 3600))
        assert shell.runtime.situation.dark is dark, hours
        assert shell.shown == [] or shell.shown[-1].dark is dark, "the screen is told"
    later = begin.later(30 * 3600)
    shell.runtime.turn(later)
    assert shell.shown[-1].dark
    shell.runtime.turn(replace(later.later(1), synced=False))
    assert not shell.shown[-1].dark, "by no clock that nobody has set"


def test_the_hours_are_not_asked_for_at_each_turn(
    shell: Shell, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.runtime.turn(guest.now)
    asked = []
    ask = guest.venue.ask
    monkeypatch.setattr(guest.venue, "ask", lambda q, *a: asked.append(type(q)) or ask(q, *a))
    for second in range(1, 100):
        shell.runtime.turn(guest.now.later(second))
    assert GetOpening not in asked


def test_a_call_that_nobody_answers_does_not_keep_the_store_untidy(
    shell: Shell, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied: list[float] = []
    shell.inbox.touch("help", guest.situation.page)
    shell.runtime.turn(guest.now.later(1))
    assert shell.runtime.situation.scene != guest.situation.scene
    monkeypatch.setattr(guest.venue, "idle", lambda: tidied.append(1))
    for second in range(10, 60, 10):
        shell.runtime.turn(guest.now.later(second))
    assert tidied
