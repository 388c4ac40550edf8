"""Long reports in a process of their own, so that neither a guest nor the desk waits for one.

The child (``python -m kiosk.reporting``) opens the store for reading only, beside the writer, and
is nice; it tells how far it is in lines of JSON on its standard output and leaves the report in a
private file. It sees no secrets: a report holds no personal data.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from kiosk.core.clock import system_now
from kiosk.core.errors import ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.core.ledger import Ledger
from kiosk.core.periods import Period, zone_of
from kiosk.core.report_table import Report
from kiosk.core.report_text import csv_text, json_text, text
from kiosk.core.reports import known, made
from kiosk.core.store import Store
from kiosk.core.store_file import private
from kiosk.core.texts import LANGUAGES, Texts
from kiosk.core.venue import TABLES

RUNNING_MAX = 2
KEPT_S = 15 * 60.0
KEPT_MAX = 16
STOP_S = 5.0
"""So long a child may take to end when it is told to."""
NICE = 19

Form = Literal["json", "csv", "text"]
State = Literal["running", "done", "failed"]


@dataclass(frozen=True)
class Status:
    """How far a report is: `done` of `of` entries; `error` says why there will be none."""

    state: State
    done: int
    of: int
    error: Refused | None = None


@dataclass
class _Job:
    child: subprocess.Popen[bytes]
    file: Path
    language: str
    said: bytes = b""
    done: int = 0
    of: int = 0
    error: Refused | None = None
    ended_s: float | None = None


class Reporting:
    """The reports that are being made, and those that were made lately. For any thread.

    `folder` is where results lie for a quarter of an hour, readable by their owner only; `clock`
    gives seconds that never step.
    """

    def __init__(
        self,
        store_path: Path,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store_path = store_path
        self._folder = Path(tempfile.mkdtemp(prefix="foyer-reports-", dir=folder))
        self._clock = clock
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

    def start(self, name: str, period: Period, language: str) -> str:
        """Begin a report; its id, by which it is asked for and which nobody guesses.

        Args:
            name: one of `reports.REPORTS`.
            period: of which entries.
            language: of headers and words; English where it is none of ours.

        Raises:
            Refused: ``err.no_such_report``; ``err.reports_busy``: `RUNNING_MAX` are being made;
                ``err.period``: a moment without a zone.
        """
        known(name)
        asked = json.dumps(period.document())
        with self._lock:
            self._tidy()
            if sum(job.ended_s is None for job in self._jobs.values()) >= RUNNING_MAX:
                raise Refused("err.reports_busy")
            job = secrets.token_urlsafe(12)
            file = self._folder / f"{job}.json"
            child = subprocess.Popen(
                [sys.executable, "-m", __name__, self._store_path, name, asked, file],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
            )
            assert child.stdout is not None, "it was asked for"
            os.set_blocking(child.stdout.fileno(), False)
            self._jobs[job] = _Job(child, file, language if language in LANGUAGES else "en")
            return job

    def status(self, job: str) -> Status:
        """How far a report is.

        Raises:
            Refused: ``err.report_gone``: there is none, or not any more.
        """
        with self._lock:
            self._tidy()
            found = self._found(job)
            state: State = "running"
            if found.ended_s is not None:
                state = "failed" if found.error else "done"
            return Status(state, found.done, found.of, found.error)

    def result(self, job: str, form: Form) -> str:
        """A report that is done, as text.

        Raises:
            Refused: ``err.report_gone``; ``err.report_not_done``; why it failed.
        """
        with self._lock:
            self._tidy()
            found = self._found(job)
            if found.error:
                raise found.error
            if found.ended_s is None:
                raise Refused("err.report_not_done")
            kept = json.loads(found.file.read_text("utf-8"))
            language = found.language
        report = Report.of(kept["report"])
        return told(report, form, language, ZoneInfo(kept["zone"]))

    def cancel(self, job: str) -> None:
        """Stop making a report, or throw it away.

        Raises:
            Refused: ``err.report_gone``.
        """
        with self._lock:
            self._tidy()
            self._found(job)
            self._forget(job)

    def close(self) -> None:
        """Stop all and throw everything away."""
        with self._lock:
            for job in [*self._jobs]:
                self._forget(job)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _found(self, job: str) -> _Job:
        if job not in self._jobs:
            raise Refused("err.report_gone")
        return self._jobs[job]

    def _forget(self, job: str) -> None:
        gone = self._jobs.pop(job)
        gone.child.terminate()
        try:
            gone.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            gone.child.kill()
            gone.child.wait()
        assert gone.child.stdout is not None, "it was asked for"
        gone.child.stdout.close()
        for left in (gone.file, _unfinished(gone.file)):
            left.unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Hear what the children said, and let go what is too old."""
        now_s = self._clock()
        for job in self._jobs.values():
            if job.ended_s is None:
                self._hear(job, now_s)
        ended = [(job.ended_s, name) for name, job in self._jobs.items() if job.ended_s is not None]
        kept = sorted(ended, reverse=True)[:KEPT_MAX]
        for at_s, name in ended:
            if now_s - at_s >= KEPT_S or (at_s, name) not in kept:
                self._forget(name)

    def _hear(self, job: _Job, now_s: float) -> None:
        # Asked first: what it said until it ended is then all there.
        code = job.child.poll()
        assert job.child.stdout is not None, "it was asked for"
        while said := job.child.stdout.read():
            job.said += said
        *lines, job.said = job.said.split(b"\n")
        for line in lines:
            heard = json.loads(line)
            if "failed" in heard:
                job.error = Refused(heard["failed"], **heard["arguments"])
            else:
                job.done, job.of = heard["done"], heard["of"]
        if code is not None:
            job.ended_s = now_s
            if code and not job.error:
                job.error = Refused("err.report_failed")


def told(report: Report, form: Form, language: str, zone: ZoneInfo) -> str:
    """A report in one of its forms, in a language; `zone` is the venue's."""
    if form == "json":
        return json_text(report)
    texts = Texts.of(language, zone.key)
    return csv_text(report, texts) if form == "csv" else text(report, texts, zone)


# --- the child -----------------------------------------------------------------------------------


def make(
    store_path: Path, name: str, period: Period, progress: Callable[[int, int], None]
) -> tuple[Report, ZoneInfo]:
    """Make a report beside whoever writes the store; with it the venue's zone.

    Raises:
        Refused: as `reports.made`.
        ConfigError, StorageFailed, LedgerCorrupt: those of `Store.open`, and of reading.
    """
    store = Store.open(store_path, tables=TABLES, write=False)
    try:
        ledger = Ledger(store)
        return made(ledger, name, period, system_now().wall, progress), zone_of(ledger)
    finally:
        store.close()


def main(argv: Sequence[str]) -> int:
    """Make one report: store, name, period as JSON, file. 0, or 1 with a last line that says why.

    Each line on standard output is an object: ``done`` and ``of`` now and then, or ``failed`` (a
    sentence's key) and its ``arguments``.
    """
    give_way()
    store_path, name, asked, file = argv
    shown = -1

    def progress(done: int, of: int) -> None:
        nonlocal shown
        permille = done * 1000 // max(of, 1)
        if permille != shown:
            shown = permille
            _say({"done": done, "of": of})

    try:
        report, zone = make(Path(store_path), name, Period.of(json.loads(asked)), progress)
        _keep(Path(file), {"zone": zone.key, "report": report.document()})
    except Refused as refused:
        _say({"failed": refused.key, "arguments": refused.args_by_name})
        return 1
    except BrokenPipeError:
        # Whoever asked is gone; nothing is left to be written, and nobody waits for the report.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ConfigError, LedgerCorrupt, OSError, StorageFailed) as error:
        print(error, file=sys.stderr)
        _say({"failed": "err.report_failed", "arguments": {}})
        return 1
    return 0


def give_way() -> None:
    """Let this process step back behind all others: guests come first.

    Where it may not even ask for that, it works all the same.
    """
    with suppress(OSError):
        os.nice(NICE)


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def _unfinished(file: Path) -> Path:
    return file.with_suffix(".part")


def _keep(file: Path, document: dict[str, Any]) -> None:
    """Write a file that its owner alone may read; it is whole or not there."""
    with open(_unfinished(file), "w", encoding="utf-8", opener=private) as opened:
        json.dump(document, opened, ensure_ascii=False)
    _unfinished(file).replace(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
