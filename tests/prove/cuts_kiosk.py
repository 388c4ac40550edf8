"""The whole kiosk recorded: `kiosk run` on a virtual display, with a guest at the bench.

What is acknowledged here is what the acceptor and the printer were told: a note may be stacked
only when it is held on the disk, is acknowledged only when it is booked, and no slip comes out that
is not on the books. The peers sit behind pseudo-terminals in the same process, so that both ends of
each line stand in the trace, in the order in which it happened.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kiosk import control
from tests.e2e.machine import Display, Kiosk, until
from tests.prove.cuts_check import Truth
from tests.prove.cuts_record import RUB, Life, Step, mirror_in, paths
from tests.prove.cuts_recording import ROOT, Recording, contents, must_be_real
from tests.prove.cuts_trace import Event, Sent, Told, events, strace

CARD = "04A1B2C3D4E5F6"
NOTES = ((500, 100), (50,))
"""What the guest puts in, by the start of the kiosk."""

NOT_BOOKS = ("store/control", "store/kivy")
"""What a kiosk keeps beside its books: a socket, and the window's own settings."""

FRAME, ESCROW, STACKED = b"\x02\x03", 0x80, 0x81
STACK, ACK = b"\x35", b"\x00"
CUT = b"\x1dV"


class RecordedKiosk:
    """`kiosk run --config …` under strace, with a guest who presses and pays through the bench."""

    def __init__(self, folder: Path, files: Path, program: Sequence[str]) -> None:
        self.folder, self.files, self.program = folder, files, program
        self.config = folder / "kiosk.toml"
        store, secrets = (path.parent for path in paths(files))
        self.config.write_text(
            f'[store]\nfolder = "{store}"\nsecrets_folder = "{secrets}"\n'
            f'mirror = "{mirror_in(files)}"\n[screen]\nwidth = 1280\nheight = 800\n'
            + Kiosk._simulated("", "", None)
        )
        self.socket = store / "control"
        self.traces: list[Path] = []

    def command(self, *words: str) -> str:
        """A command of the command line, not recorded."""
        argv = [sys.executable, "-m", "kiosk.__main__", words[0], "--config", str(self.config)]
        done = subprocess.run([*argv, *words[1:]], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def live(self, display: Display, faces: Iterable[int]) -> None:
        """Start it, serve the guest, end it."""
        trace = self.folder / f"trace-{len(self.traces)}"
        self.traces.append(trace)
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *strace(),
                    *("-o", str(trace), sys.executable, *self.program),
                    *("run", "--config", str(self.config)),
                ],
                cwd=ROOT,
                env={**os.environ, "DISPLAY": display.name},
                stdout=log,
                stderr=log,
            )
        try:
            until(lambda: self._answers(process), self._log)
            until(self._ready, self._log)
            self._guest(faces)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[0]), signal.SIGTERM)
            assert process.wait(60) == 0, self._log()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def _guest(self, faces: Iterable[int]) -> None:
        self._bench("tap", CARD)
        until(lambda: self._view()["view"] in ("QuestionView", "CardHomeView"), self._log)
        if self._view()["view"] == "QuestionView":
            self._press("register", "agree", "without_phone", "next")
            self._see("DoneView", printing=False)
        self._press("top_up")
        for number, face in enumerate(faces, 1):
            until(partial(self._goes_in, face), self._log)
            until(partial(self._has_taken, number), self._log)
        self._press("done")
        self._see("DoneView", printing=False)
        self._press("leave")
        self._bench("untap")
        self._see("WelcomeView")

    def _goes_in(self, face: int) -> bool:
        return "went in" in self._bench("note", str(face))

    def _has_taken(self, number: int) -> bool:
        notes: list[dict[str, Any]] = self._view().get("notes", [])
        return [note["state"] for note in notes].count("taken") == number

    def _ready(self) -> bool:
        view = self._view()
        works: list[bool] = [item["tone"] == "good" for item in view.get("strip", [])]
        return len(works) == 2 and all(works)

    def _press(self, *buttons: str) -> None:
        for button in buttons:
            until(partial(self._pressed, button), self._log)

    def _pressed(self, button: str) -> bool:
        try:
            return self._bench("touch", button) == f"touched {button}"
        except ValueError:
            # Not on the page yet.
            return False

    def _see(self, kind: str, **facts: object) -> None:
        until(
            lambda: (
                self._view()["view"] == kind
                and all(self._view().get(name) == fact for name, fact in facts.items())
            ),
            lambda: f"{kind} {facts}: {self._view()}",
        )

    def _view(self) -> dict[str, Any]:
        view: dict[str, Any] = json.loads(self._ask("state"))
        return view

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, self._log()
        try:
            return bool(self._ask("state"))
        except ConnectionError:
            return False

    def _bench(self, verb: str, *words: str) -> str:
        return self._ask(verb, *words, bench=True)

    def _ask(self, verb: str, *words: str, bench: bool = False) -> str:
        return control.ask(self.socket, {"bench": bench, "verb": verb, "words": list(words)})

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-3000:]


def recorded_kiosk(folder: Path, program: Sequence[str] = ("-m", "kiosk.__main__")) -> Recording:
    """Let a kiosk run twice under strace, with a guest each time.

    Args:
        folder: a free name, for its files and traces.
        program: what Python runs.
    """
    files = folder / "files"
    files.mkdir(parents=True)
    Life().prepare(files)
    kiosk = RecordedKiosk(folder, files, program)
    kiosk.command("import", str(ROOT / "kiosk/demo_venue.toml"))
    before = contents(files)
    first = len(_entries(files))
    display = Display(folder)
    try:
        for faces in NOTES:
            kiosk.live(display, faces)
    finally:
        display.stop()
    entries = _entries(files)
    life = Life(
        steps=_steps(entries[first:]),
        entries=len(entries),
        before=[(e["id"], e["hash"]) for e in entries[:first]],
    )
    hashes = {place: entry["hash"] for place, entry in enumerate(entries[first:])}
    done = [event for trace in kiosk.traces for event in events(trace, files)]
    seen = [event for event in done if not getattr(event, "path", "").startswith(NOT_BOOKS)]
    made = Recording(Truth(life, hashes, {}), before, list(_acknowledged(seen, life.steps)))
    must_be_real(made, files, NOT_BOOKS)
    return made


def _entries(files: Path) -> list[dict[str, Any]]:
    db = sqlite3.connect(f"{paths(files)[0].as_uri()}?immutable=1", uri=True)
    try:
        rows = db.execute("SELECT doc FROM entries ORDER BY doc_id").fetchall()
    finally:
        db.close()
    return [json.loads(doc) for (doc,) in rows]


def _steps(entries: Sequence[dict[str, Any]]) -> list[Step]:
    """What the kiosk wrote, a step an entry; what came in is counted by what the guest put in."""
    faces = iter([face for of_start in NOTES for face in of_start])
    steps = []
    for entry in entries:
        cash, owes = 0, {}
        if entry["kind"] == "note_settled":
            cash = next(faces) * 10**RUB.exponent
            owes = {f"2010:{entry['refs']['client']}": cash}
        steps.append(Step(entry["id"], foreign=True, cash=cash, owes=owes))
    assert next(faces, None) is None, "a note was put in, and is not on the books"
    return steps


def _acknowledged(seen: Iterable[Event], steps: Sequence[Step]) -> Iterator[Event]:
    """What was done, and with it which steps were acknowledged when."""

    def places(kinds: tuple[str, ...]) -> Iterator[int]:
        return (place for place, step in enumerate(steps) if step.name.startswith(kinds))

    holds, settles = places(("hold:",)), places(("settle:",))
    slips = places(("registration:", "receipt:"))
    escrow = stacked = False
    counts = dict.fromkeys(("hold", "settle", "slip"), 0)
    yield Told(f"begun {len(steps) - 1}")
    for event in seen:
        if isinstance(event, Sent):
            frame = event.data.startswith(FRAME) and len(event.data) > 3
            from_acceptor = frame and event.path.endswith("ptmx")
            if from_acceptor:
                escrow, stacked = event.data[3] == ESCROW, event.data[3] == STACKED
            elif frame and event.data[3:4] == STACK and escrow:
                if counts["hold"] == counts["settle"]:
                    counts["hold"] += 1
                    yield Told(f"done {next(holds)}")
            elif frame and event.data[3:4] == ACK and stacked:
                if counts["settle"] < counts["hold"]:
                    counts["settle"] += 1
                    yield Told(f"done {next(settles)}")
            elif CUT in event.data:
                counts["slip"] += 1
                yield Told(f"done {next(slips)}")
            continue
        yield event
    notes = sum(len(of_start) for of_start in NOTES)
    assert counts == {"hold": notes, "settle": notes, "slip": 1 + len(NOTES)}, counts
