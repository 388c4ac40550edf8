"""The first start in a real window: a finger on the screen, devices on lines, and then a kiosk."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.machine import KIOSK, ROOT, SCREEN, Display, Kiosk, View, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PIN = "482917"
UID = "04A1B2C3D4E580"


class FirstStart(Kiosk):
    """A machine on which nothing is set up yet, every device pretended."""

    def __init__(self, folder: Path, display: Display, pictures: Path) -> None:
        self.name, self.folder, self.display = "first-start", folder, display
        self.pictures: list[Path] = []
        self._pictures, self._real, self._shown_devices = pictures, False, 2
        self.store, self.config = folder / "store", folder / "kiosk.toml"
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> FirstStart:
        with (self.folder / "log").open("ab") as log:
            size = f"{SCREEN[0]}x{SCREEN[1]}"
            self._process = subprocess.Popen(
                [*KIOSK, "set-up", "--try", str(self.folder), "--size", size],
                cwd=ROOT,
                env={**os.environ, "DISPLAY": self.display.name},
                stdout=log,
                stderr=log,
            )
        until(self._answers, self.log)
        return self

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            assert process.wait(60) == 0, self.log()
        assert "Traceback" not in self.log(), self.log()

    def serves(self) -> bool:
        """The kiosk is there, and everything works; between the two nobody answers."""
        try:
            view = self.view()
        except ConnectionError:
            return False
        return view.view == "WelcomeView" and bool(view.reads) and self._all_good(view)

    @staticmethod
    def _all_good(view: View) -> bool:
        return bool(view.strip) and all(item["tone"] == "good" for item in view.strip)

    def said(self, words: str) -> View:
        """Wait for a page with these words."""
        return self._found(lambda view: words in view.words, words)

    def _found(self, like: object, what: str) -> View:
        def seen() -> View | None:
            view = self.view()
            return view if like(view) else None  # type: ignore[operator]

        found = until(seen, lambda: f"{what}; there is {self.view()}")
        assert isinstance(found, View)
        return found

    def _keys(self) -> set[str]:
        return {key for row in self.view().rows for key in row}

    def typed(self, text: str) -> None:
        for letter in text:
            name = "key: " if letter == " " else f"key:{letter}"
            if letter != " " and letter not in self._keys():
                self.touch("shift")
                until(lambda key=letter: key in self._keys(), letter)
            before = self.view().shown
            self.touch(name)
            until(lambda typed=before + letter: self.view().shown == typed, letter)


@pytest.fixture
def machine(display: Display, daemon: None, pictures: Path) -> Iterator[FirstStart]:
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder:
        made = FirstStart(Path(folder), display, pictures)
        yield made
        made.end()


def test_an_owner_sets_the_kiosk_up_and_a_guest_finds_it_working(machine: FirstStart) -> None:
    machine.begin()
    machine.said("Which language")
    machine.picture("language")
    machine.touch("language:en")
    machine.touch("new")
    machine.touch("kind:club")
    machine.said("What is the venue called?")
    machine.typed("Orbit Club")
    machine.picture("name")
    machine.touch("next")
    machine.touch("currency:RUB")
    machine.touch("zone:Europe/Moscow")
    machine.said("network")
    machine.touch("next")
    machine.said("Swipe any card")
    machine.picture("swipe")

    def swiped() -> bool:
        machine.bench("swipe", ";7700000001?")
        return machine.view().view == "OptionsView"

    until(swiped, "the stripe reader")
    machine.picture("devices")
    first = machine.view()
    assert "Contactless reader: yes" in first.words and "Note acceptor: yes" in first.words
    machine.touch("later:3")
    machine.said("Lights: no")
    machine.touch("next")
    machine.said("What is your name?")
    machine.typed("Olga")
    machine.touch("next")
    machine.said("staff card")
    machine.touch("without")
    for _ in range(2):
        machine.see("KeypadView", lambda v: v.shown == "")
        machine.touch(*(f"digit:{digit}" for digit in PIN))
        machine.touch("next")
    machine.said("Is this right?")
    machine.picture("summary")
    assert not machine.config.exists()
    machine.touch("make")
    machine.said("Did a page come out")
    assert machine.config.exists()
    machine.picture("printed")
    machine.touch("yes")
    code = machine.said("for the day you forget").headline
    machine.picture("code")
    assert len(code.replace("-", "").replace(" ", "")) == 24
    machine.touch("next")

    # The same process is the kiosk now: a guest registers a card, the owner signs in.
    until(machine.serves, machine.log)
    machine.picture("welcome")
    machine.bench("tap", UID)
    machine.see("QuestionView", lambda v: "not known here" in v.words)
    machine.bench("untap")
    machine.touch("leave")
    machine.see("WelcomeView")
    machine.touch("access")
    machine.touch("staff")
    machine.see("SignInView")
    machine.touch("digit:1")
    machine.touch("field:pin", *(f"digit:{digit}" for digit in PIN), "next")
    desk = machine.see("DeskView")
    assert "Olga" in desk.words
    machine.touch("lock")
    machine.end()
    machine.proven()
    assert PIN not in machine.log() and code not in machine.log()
