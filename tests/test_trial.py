"""The trial of a new version around the core: the copy of the books, the promise, the way back."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from kiosk import app, trial
from kiosk.core import config, flow, situation, updates
from kiosk.core.backup import digest_of
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.config import Config
from kiosk.core.errors import Refused
from kiosk.core.ids import DeviceId, NoteId
from kiosk.core.ledger import Ledger
from kiosk.core.messages import AcceptorChanged, CardPresented, NoteEscrowed, Touched
from kiosk.core.store import Store
from kiosk.core.store_file import FORMAT_VERSION
from kiosk.core.updates import Promise, UpdateState, Why
from kiosk.core.venue import TABLES
from kiosk.machine import Helper, StartAgain
from kiosk.screens.present import present
from tests.core.guest import ACCEPTOR, NOW, READER, UID, Guest, make_venue, rub

STORES = Path(__file__).parent / "fixtures/stores"
SETTINGS = """
[store]
folder = "{folder}/store"
secrets_folder = "{folder}/secrets"
mirror = "{folder}/mirror"
[api]
enabled = true
[alerts]
webhook = "https://example.org/x"
[devices.acceptor]
driver = "ccnet"
port = "/dev/serial/by-id/acceptor"
"""
STATE = UpdateState("B", "1.1", "trial", "1.1", number=4)


@pytest.fixture(params=["1", "2", "3", "3.3"])
def chosen(tmp_path: Path, request: pytest.FixtureRequest) -> Config:
    """A kiosk whose store is of an older format, and what its program promised."""
    return kiosk(tmp_path, request.param)


@pytest.fixture
def today(tmp_path: Path) -> Config:
    """The same with a store of the newest one."""
    return kiosk(tmp_path, "3.3")


def kiosk(folder: Path, store: str) -> Config:
    file = folder / "kiosk.toml"
    file.write_text(SETTINGS.format(folder=folder))
    made = config.load(file)
    for name, path in (("store", made.store.path), ("secrets", made.store.secrets_path)):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(STORES / store / f"{name}.db", path)
    promise(made)
    return made


def promise(chosen: Config, **changed: Any) -> None:
    """As the program that wrote this store promised it."""
    store = Store.open(chosen.store.path, tables=TABLES, write=False, older=True)
    made = updates.promise(Ledger(store), "1.0", "1.1", ["acceptor"])
    store.close()
    (chosen.store.folder / trial.PROMISE).write_text(replace(made, **changed).text())


def files(chosen: Config) -> dict[str, str]:
    """The real books, to the byte."""
    return {p.name: digest_of(p) for p in (chosen.store.path, chosen.store.secrets_path)}


def quiet(told: str) -> None:
    del told


def failed(chosen: Config, why: Why) -> str:
    """That the books of a trial are refused for a reason; what exactly is said."""
    with pytest.raises(trial.Failed) as found:
        trial.begin(chosen, STATE, quiet)
    assert found.value.why == why
    return found.value.detail


def test_a_copy_is_brought_to_this_format_and_the_real_books_are_not_touched(
    chosen: Config,
) -> None:
    before = files(chosen)
    made, books, given = trial.begin(chosen, STATE, quiet)
    assert made.store.path == chosen.store.folder / "trial/kiosk.db"
    assert books.store.format == FORMAT_VERSION and books.ledger.seq >= given.seq
    assert updates.balances_of(books.store.table("balances")) == (given.accounts, given.balances)
    books.close()
    assert files(chosen) == before
    assert not list(chosen.store.folder.glob("kiosk.db.format-*")), "those are of the real books"
    trial.forget(made.store.folder, made.store.secrets_folder)
    assert not made.store.folder.exists() and not made.store.secrets_folder.exists()
    assert files(chosen) == before


def test_nothing_of_a_trial_goes_out(today: Config) -> None:
    made = trial.of(today)
    assert made.store.mirror is None and not made.store.recovery_key
    assert not made.api.enabled and not made.alerts.webhook and not made.alerts.mail_to
    assert made.devices == today.devices, "it is they that are tried"
    assert made.store.control_socket != today.store.control_socket


def test_one_balance_off_by_one_is_refused(chosen: Config) -> None:
    told = Promise.of((chosen.store.folder / trial.PROMISE).read_text())
    store = Store.open(chosen.store.path, tables=TABLES, write=False, older=True)
    rows = [dict(d) for d in store.table("balances")]
    store.close()
    assert updates.balances_of(rows) == (told.accounts, told.balances)
    row = next(r for r in rows if r["amount"])
    row["amount"] += 1
    promise(chosen, balances=updates.balances_of(rows)[1])
    assert str(told.accounts) in failed(chosen, "balances")


def test_without_a_promise_nothing_is_tried(today: Config) -> None:
    (today.store.folder / trial.PROMISE).unlink()
    failed(today, "promise")
    (today.store.folder / trial.PROMISE).write_bytes(b"\xff\x00")
    failed(today, "promise")
    promise(today, seq=1)
    failed(today, "promise")


def test_books_that_are_not_sound_are_refused(today: Config) -> None:
    store = Store.open(today.store.path, tables=TABLES)
    kept = next(d for d in store.table("balances") if d["amount"])
    with store.transaction():
        store.put("balances", kept["id"], {**kept, "amount": kept["amount"] + 1})
    store.close()
    promise(today)
    assert kept["id"] in failed(today, "books")


def test_books_of_a_newer_version_are_refused(today: Config) -> None:
    store = Store.open(today.store.path, tables=TABLES)
    store.become(dict(store.facts), FORMAT_VERSION + 1)
    store.close()
    assert "newer" in failed(today, "older")


def test_a_disk_that_is_full_is_no_reason_to_stay(
    today: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Store, target: Path, progress: object = None) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kiosk.core.store_copy._copy", lambda *a: full(*a))
    failed(today, "storage")


def test_a_program_that_dies_each_time_is_not_begun_for_ever(today: Config) -> None:
    for _ in range(trial.TRIES_MAX):
        _, books, _ = trial.begin(today, STATE, quiet)
        books.close()
    failed(today, "program")
    again = replace(STATE, number=5)
    _, books, _ = trial.begin(today, again, quiet)
    books.close()


def test_the_promise_is_that_of_the_store_as_it_is_now(today: Config) -> None:
    ready = UpdateState("A", "1.0", "ready", "1.1", number=4)
    made = trial.promise(today, ready, ["printer", "acceptor"])
    assert (made.frm, made.to, made.devices) == ("1.0", "1.1", ("acceptor", "printer"))
    kept = today.store.folder / trial.PROMISE
    assert Promise.of(kept.read_text()) == made and kept.stat().st_mode & 0o777 == 0o600
    _, books, given = trial.begin(today, STATE, quiet)
    assert given == made
    books.close()


# --- the verdict is carried out ---------------------------------------------------------------


@dataclass
class Answering(Helper):
    """A helper that writes down what it is asked, and refuses some of it."""

    request: Path = Path("/nowhere/request")
    answer: Path | None = None
    refuses: tuple[str, ...] = ()
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def ask(self, verb: str, **arguments: str) -> dict[str, Any]:
        self.asked.append((verb, arguments))
        if verb in self.refuses:
            raise Refused("err.helper_failed")
        return {"ok": True}


def up(*names: str) -> Machine:
    return Machine({DeviceId(n): DeviceState("acceptor", up=True) for n in names})


def watched(
    chosen: Config, machine: Callable[[], Machine], helper: Helper, *, screen: bool = True
) -> list[str]:
    """A trial watched to its end; how the program is to begin anew."""
    given = Promise.of((chosen.store.folder / trial.PROMISE).read_text())
    shown, stop, again = threading.Event(), threading.Event(), list[str]()
    if screen:
        shown.set()
    under_way = trial.Trial(chosen, STATE, given, helper)
    under_way.watch(machine, shown, stop, again.append).join()
    return again


def test_all_well_it_is_marked_good_and_begins_anew_over_the_real_books(today: Config) -> None:
    helper = Answering()
    looks = iter([up(), up("printer"), up("acceptor")])
    assert watched(today, lambda: next(looks), helper) == ["real"]
    assert helper.asked == [("mark-good", {})]


@pytest.mark.parametrize("screen", [True, False])
def test_not_well_it_goes_back_and_says_which(today: Config, screen: bool) -> None:
    helper = Answering()
    short = replace(today, updates=replace(today.updates, devices_s=0))
    there = up() if screen else up("acceptor")
    assert watched(short, lambda: there, helper, screen=screen) == []
    assert helper.asked == [("mark-bad", {"why": "devices"})]
    told = trial.went_back(today.store.folder, STATE)
    assert told == "no answer: " + ("acceptor" if screen else "the screen")
    assert not trial.went_back(today.store.folder, replace(STATE, number=5))


@pytest.mark.parametrize(("there", "verb"), [(up("acceptor"), "good"), (up(), "bad")])
def test_a_helper_that_does_not_answer_has_the_program_look_again(
    today: Config, there: Machine, verb: str
) -> None:
    helper = Answering(refuses=("mark-good", "mark-bad"))
    short = replace(today, updates=replace(today.updates, devices_s=0))
    assert watched(short, lambda: there, helper) == ["real"]
    assert helper.asked[0][0] == f"mark-{verb}"


@pytest.mark.parametrize(("phase", "restarts"), [("back", True), ("trial", False)])
def test_a_restart_that_ends_the_helper_before_its_answer_is_one_all_the_same(
    today: Config, tmp_path: Path, phase: str, restarts: bool
) -> None:
    told = {"slot": "B", "version": "1.1", "phase": phase, "to": "1.1", "number": "4"}
    (tmp_path / "update").write_text(json.dumps(told))
    helper = Answering(answer=tmp_path / "answer", refuses=("mark-bad",))
    failed = trial.Failed("balances", "")
    assert trial.go_back(today, STATE, failed, helper) is restarts


@pytest.mark.parametrize(("phase", "waits"), [("switched", True), ("ready", False)])
def test_nothing_is_written_any_more_once_the_next_slot_is_chosen(
    today: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str, waits: bool
) -> None:
    waited: list[bool] = []
    monkeypatch.setattr(trial, "wait_for_the_end", lambda: waited.append(True))
    told = {"slot": "A", "version": "1.0", "phase": phase, "to": "1.1", "number": "4"}
    (tmp_path / "update").write_text(json.dumps(told))
    helper = Answering(answer=tmp_path / "answer", refuses=("switch-update",))
    ready = UpdateState("A", "1.0", "ready", "1.1", number=4)
    trial.leave(today, ready, ["acceptor"], helper)
    assert bool(waited) is waits and helper.asked == [("switch-update", {})]


def test_a_core_that_does_not_answer_is_asked_again(today: Config) -> None:
    answers: list[Machine | Exception] = [TimeoutError("busy"), up("acceptor")]

    def look() -> Machine:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    assert watched(today, look, Answering()) == ["real"]


def test_a_trial_that_cannot_begin_goes_back(
    today: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "wait_for_the_end", lambda: None)
    promise(today, balances="0" * 64)
    helper = Answering()
    with pytest.raises(StartAgain):
        app.on_trial(today, app.LogRing(), STATE, helper)
    assert helper.asked == [("mark-bad", {"why": "balances"})]
    kept = json.loads((today.store.folder / trial.WENT_BACK).read_text())
    assert kept["why"] == "balances" and kept["number"] == 4
    assert not (today.store.folder / "trial").exists() or not list(
        (today.store.folder / "trial").glob("kiosk.db-wal")
    )


@pytest.fixture
def guest(tmp_path: Path) -> Iterator[Guest]:
    venue = make_venue(tmp_path)
    yield Guest(venue)
    venue.close()


# --- the guest meanwhile ----------------------------------------------------------------------


def test_nothing_takes_money_while_a_version_is_tried(guest: Guest) -> None:
    start = guest.situation
    on_trial = replace(start, house=replace(start.house, trial=True), scene=situation.Updating())
    before = guest.venue.ledger.seq
    for event in (
        CardPresented(READER, "contactless", UID),
        NoteEscrowed(ACCEPTOR, NoteId("acceptor/1/1"), rub(500)),
        Touched("register", on_trial.page),
        Touched("help", on_trial.page),
        Touched("access", on_trial.page),
    ):
        after, effects = flow.step(on_trial, event, guest.venue, NOW)
        assert after == on_trial and not effects
    after, effects = flow.step(on_trial, AcceptorChanged(ACCEPTOR, "jammed"), guest.venue, NOW)
    assert after.machine != on_trial.machine and isinstance(after.scene, situation.Updating)
    assert not effects and guest.venue.ledger.seq == before
    view = present(on_trial, NOW)
    assert view.headline == "This kiosk is being updated. One moment, please."  # type: ignore[union-attr]
    assert view.frame.help is None and view.frame.access is None and view.frame.leave is None
    assert flow.lights(on_trial) == "out_of_order"
