"""The first start of a new version: the same kiosk over a copy of the books, and its verdict.

The real books are only read. A copy of them is brought to this version's format, proven and
compared with what the former version promised; then screen and devices have to be there. All well:
the slot is marked good, and the program begins anew over the real books. Else the machine goes back
to the slot that it came from, which nobody has touched. Source: docs/adr/0028-updates.md.
"""

from __future__ import annotations

import json
import logging
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk import slots
from kiosk.core import clients, updates
from kiosk.core.capabilities import Machine
from kiosk.core.config import Config
from kiosk.core.errors import ConfigError, LedgerCorrupt, NotAStore, Refused, StorageFailed
from kiosk.core.ledger import Ledger
from kiosk.core.store import Store, TableSpec
from kiosk.core.store_copy import write_text
from kiosk.core.store_file import make_folder
from kiosk.core.updates import Phase, Promise, UpdateState, Why
from kiosk.core.venue import TABLES, Venue
from kiosk.machine import Helper

log = logging.getLogger(__name__)

FOLDER = "trial"
PROMISE = "promise.json"
WENT_BACK = "went_back.json"
TRIES_MAX = 3
"""So often may the program of a trial begin; one that dies each time proves nothing by dying on."""
LOOK_EVERY_S = 0.5
END_MAX_S = 120.0
"""So long the machine may take to restart once it was asked to."""

Say = Callable[[str], None]


class Failed(Exception):
    """The trial went wrong: one of `updates.WHYS`, and what exactly."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


# --- before: what is promised ------------------------------------------------------------------


def promise(chosen: Config, state: UpdateState, up: Iterable[str]) -> Promise:
    """Write down beside the store what the new version has to find again; nobody writes it now.

    Raises:
        StorageFailed, LedgerCorrupt: the store cannot be read, or the disk refused.
    """
    store = Store.open(chosen.store.path, tables=TABLES, write=False)
    try:
        made = updates.promise(Ledger(store), state.version, state.to, up)
    finally:
        store.close()
    write_text(chosen.store.folder / PROMISE, [made.text()])
    return made


def leave(chosen: Config, state: UpdateState | None, up: Iterable[str], helper: Helper) -> None:
    """Promise, and restart into the other slot; returns only where that could not be done."""
    if state is None:
        return
    try:
        made = promise(chosen, state, up)
        log.warning("into version %s with entry %d", made.to, made.seq)
        helper.ask("switch-update")
    except (Refused, StorageFailed, LedgerCorrupt) as error:
        if not _so_by_now(helper, "switched"):
            log.critical("the machine stays where it is: %s", error)
            return
    wait_for_the_end()


def _so_by_now(helper: Helper, phase: Phase) -> bool:
    """Whether it was done all the same: the restart that comes of it also ends the helper."""
    state = slots.beside(helper.answer).state()
    return state is not None and state.phase == phase


def wait_for_the_end() -> None:
    """The machine restarts any moment: it ends this process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Event().wait(END_MAX_S)
    log.critical("the machine did not restart within %g s", END_MAX_S)


# --- the trial ---------------------------------------------------------------------------------


def of(chosen: Config) -> Config:
    """The settings of the machine for a trial: its own devices, and nothing goes out."""
    return chosen.with_books_in(FOLDER)


def begin(chosen: Config, state: UpdateState, say: Say) -> tuple[Config, Venue, Promise]:
    """The settings of a trial, the copy of the books in this version's format, and the promise.

    Args:
        chosen: the settings of the kiosk.
        state: how updates stand: on trial.
        say: told how far it is; large books take minutes.

    Raises:
        Failed: the books of this version would not be those of before.
    """
    made = of(chosen)
    _count(made, state)
    try:
        given = Promise.of((chosen.store.folder / PROMISE).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, Refused) as error:
        raise Failed("promise", f"nothing is promised: {error}") from None
    try:
        _copy(chosen.store.path, made.store.path, TABLES, say)
        _copy(chosen.store.secrets_path, made.store.secrets_path, clients.SECRET_TABLES, say)
        books = Venue.open(made.store.path, made.store.secrets_path, say=say)
    except NotAStore as error:
        raise Failed("older", str(error)) from None
    except StorageFailed as error:
        raise Failed("storage", str(error)) from None
    except LedgerCorrupt as error:
        raise Failed("books", str(error)) from None
    try:
        _must_keep(given, books, say)
    except BaseException:
        books.close()
        raise
    return made, books, given


def _must_keep(given: Promise, books: Venue, say: Say) -> None:
    found = books.ledger.verify(lambda done, of_: say(f"proving it: {done} of {of_} entries"))
    if found:
        raise Failed("books", "; ".join(f"{f.where}: {f.what}" for f in found[:5]))
    why, detail = updates.kept(given, books.ledger)
    if why:
        raise Failed(why, detail)


def _count(made: Config, state: UpdateState) -> None:
    """Count this beginning on the disk, before anything of it can go wrong."""
    forget(made.store.folder, made.store.secrets_folder, but=("tries",))
    for folder in (made.store.folder, made.store.secrets_folder):
        make_folder(folder)
    file = made.store.folder / "tries"
    try:
        to, _, tries = file.read_text("utf-8").partition(" ")
        tried = int(tries) if to == f"{state.to}/{state.number}" else 0
    except (OSError, ValueError):
        tried = 0
    if tried >= TRIES_MAX:
        raise Failed("program", f"it began {tried} times and never came to its end")
    try:
        write_text(file, [f"{state.to}/{state.number} {tried + 1}"])
    except StorageFailed as error:
        raise Failed("storage", str(error)) from None


def _copy(path: Path, target: Path, tables: Sequence[TableSpec], say: Say) -> None:
    store = Store.open(path, tables=tables, write=False, older=True)
    try:
        store.backup(target, lambda done, of_: say(f"copying it: {done} of {of_} pages"))
    finally:
        store.close()


def forget(folder: Path, secrets: Path, but: tuple[str, ...] = ()) -> None:
    """Take away what a trial left; both folders are a trial's own."""
    for place in {folder, secrets}:
        assert place.name == FOLDER, f"{place} is not a trial's"
        for left in place.iterdir() if place.is_dir() else ():
            if left.name not in but:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        if not but and place.is_dir():
            place.rmdir()


@dataclass(frozen=True)
class Trial:
    """A trial under way.

    Attributes:
        chosen: the settings of the kiosk, not of its trial.
        state: how updates stand.
        promise: what has to be true again.
        helper: does what needs root.
    """

    chosen: Config
    state: UpdateState
    promise: Promise
    helper: Helper

    def watch(
        self,
        look: Callable[[], Machine],
        screen: threading.Event,
        stop: threading.Event,
        again: Callable[[str], None],
    ) -> threading.Thread:
        """Wait in a thread of its own until the verdict is there, and carry it out."""

        def loop() -> None:
            begun_s = time.monotonic()
            while not stop.wait(LOOK_EVERY_S):
                try:
                    machine = look()
                except (ConnectionError, TimeoutError) as error:
                    log.warning("the core does not answer: %s", error)
                    continue
                waited_s = time.monotonic() - begun_s
                found = self.verdict(machine, screen.is_set(), waited_s)
                if found.outcome != "waits" and not self.carry_out(found):
                    # As the machine has it now: real, or on trial once more.
                    again("real")
                if found.outcome != "waits":
                    return

        thread = threading.Thread(target=loop, name="trial", daemon=True)
        thread.start()
        return thread

    def verdict(self, machine: Machine, screen: bool, waited_s: float) -> updates.Verdict:
        """What comes of it so far."""
        limit_s = self.chosen.updates.devices_s
        return updates.verdict(
            self.promise, machine, screen=screen, waited_s=waited_s, limit_s=limit_s
        )

    def carry_out(self, found: updates.Verdict) -> bool:
        """Have the slot marked; whether the machine restarts now, and else the program does."""
        if found.outcome == "bad":
            missing = ", ".join(found.missing) or "the screen"
            failed = Failed("devices", f"no answer: {missing}")
            return go_back(self.chosen, self.state, failed, self.helper)
        try:
            self.helper.ask("mark-good")
            log.warning("version %s is good", self.state.version)
        except Refused as refused:
            log.critical("version %s cannot be marked good: %s", self.state.version, refused)
        return False


def go_back(chosen: Config, state: UpdateState, failed: Failed, helper: Helper) -> bool:
    """Keep why, and have the machine restart from the slot that it came from; whether it does."""
    log.critical("version %s goes back: %s (%s)", state.version, failed.why, failed.detail)
    told = {"to": state.to, "number": state.number, "why": failed.why, "detail": failed.detail}
    try:
        write_text(chosen.store.folder / WENT_BACK, [json.dumps(told)])
    except StorageFailed as error:
        log.critical("why cannot be kept: %s", error)
    try:
        helper.ask("mark-bad", why=failed.why)
    except Refused as refused:
        if _so_by_now(helper, "back"):
            return True
        # The machine's own clock for trials ends it all the same.
        log.critical("the machine's helper does not take it back: %s", refused)
        return False
    return True


def went_back(folder: Path, state: UpdateState) -> str:
    """What exactly went wrong in the trial that the machine went back from, if that is known."""
    try:
        told = json.loads((folder / WENT_BACK).read_text("utf-8"))
        said = str(told["detail"]) if told["number"] == state.number else ""
        return "".join(c if c.isprintable() else " " for c in said)
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def settings_refused(helper: Helper) -> None:
    """The settings cannot even be read: back, where this is a trial."""
    state = slots.beside(helper.answer).state()
    if state is not None and state.phase == "trial":
        log.critical("version %s goes back: it does not take the settings", state.version)
        with suppress(Refused):
            helper.ask("mark-bad", why="settings")


def settings_wrong(error: ConfigError) -> Failed:
    """A trial whose settings this version does not take."""
    return Failed("settings", error.mistakes[0] if error.mistakes else "")
