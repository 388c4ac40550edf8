"""The journey of a test gone through on this machine first, with simulated devices.

So the test learns where on the screen each button is that it will touch, and how a page looks: the
same program draws the same size. A machine with real devices tells nobody where its buttons are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from PIL import Image

from kiosk import control
from tests.appliance.data import ROOT
from tests.appliance.emulator import LOOK_EVERY_S

GIVE_UP_S = 120.0
KIOSK = (sys.executable, "-m", "kiosk.__main__")


class Rehearsal:
    """A simulated kiosk in a window of a certain size on a virtual display.

    Args:
        folder: empty.
        settings: tables of its configuration, the devices among them.
        size: pixels.
    """

    def __init__(self, folder: Path, settings: str, size: tuple[int, int]) -> None:
        self.folder = folder
        self.places: dict[tuple[str, str], tuple[float, float]] = {}
        """(view, button) → the middle of the button."""
        self.pictures: dict[str, Image.Image] = {}
        """View → how it looked when `look` was called there."""
        ours, theirs = os.pipe()
        log = (folder / "log").open("ab")
        screen = ["-screen", "0", f"{size[0]}x{size[1]}x24"]
        self._display = subprocess.Popen(
            ["Xvfb", "-displayfd", str(theirs), "-nolisten", "tcp", *screen],
            pass_fds=(theirs,),
            stderr=log,
        )
        os.close(theirs)
        with os.fdopen(ours) as told:
            display = f":{told.readline().strip()}"
        config = folder / "kiosk.toml"
        window = f"[screen]\nwidth = {size[0]}\nheight = {size[1]}\n"
        config.write_text(f'[store]\nfolder = "{folder}/store"\n{window}{settings}')
        words = ["--config", str(config)]
        subprocess.run(
            [*KIOSK, "import", *words, str(ROOT / "kiosk/demo_venue.toml")],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        self._kiosk = subprocess.Popen(
            [*KIOSK, "run", *words],
            cwd=ROOT,
            env={**os.environ, "DISPLAY": display},
            stdout=log,
            stderr=log,
        )
        log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._kiosk, self._display):
            process.terminate()
            process.wait(GIVE_UP_S)

    def bench(self, verb: str, *words: str) -> str:
        """What the bench's verb answers."""
        request = {"bench": True, "verb": verb, "words": list(words)}
        return control.ask(self.folder / "store/control", request)

    def see(
        self, view: str, like: Callable[[Mapping[str, Any]], Any] = lambda shown: True
    ) -> Mapping[str, Any]:
        """Wait for a page, and learn where its buttons are."""

        def seen() -> Mapping[str, Any] | None:
            try:
                shown = json.loads(self.bench("state"))
                targets = json.loads(self.bench("targets"))
            except (OSError, control.NotRunning):
                return None
            if shown.get("view") != view or not like(shown):
                return None
            return shown if self._learnt(shown, targets) else None

        return self._until(seen, view)

    def _learnt(self, shown: Mapping[str, Any], targets: Mapping[str, Any]) -> bool:
        if targets["page"] != shown["frame"]["page"]:
            return False
        for target in targets["targets"]:
            middle = target["x"] + target["width"] / 2, target["y"] + target["height"] / 2
            self.places[shown["view"], target["id"]] = middle
        return True

    def press(self, button: str) -> None:
        """Press a button of the page."""

        def pressed() -> bool:
            targets = json.loads(self.bench("targets"))
            shown = json.loads(self.bench("state"))
            there = {target["id"] for target in targets["targets"] if target["enabled"]}
            if targets["page"] != shown["frame"]["page"] or button not in there:
                return False
            self._learnt(shown, targets)
            self.bench("touch", button)
            return True

        self._until(pressed, button)

    def insert(self, face: int) -> None:
        """Offer a note until it is taken in, as a guest does."""
        self._until(lambda: "went in" in self.bench("note", str(face)), f"note of {face}")

    def look(self, name: str) -> None:
        """Keep how the page looks."""
        path = self.folder / f"{name}.png"
        self.bench("screenshot", str(path))
        with Image.open(path) as image:
            self.pictures[name] = image.convert("RGB")

    def _until(self, found: Callable[[], Any], what: str) -> Any:
        give_up_s = time.monotonic() + GIVE_UP_S
        while not (seen := found()):
            if self._kiosk.poll() is not None or time.monotonic() > give_up_s:
                shown = self.bench("state") if self._kiosk.poll() is None else "nothing"
                said = (self.folder / "log").read_text()[-3000:]
                raise AssertionError(f"no {what}; there is {shown}\n{said}")
            time.sleep(LOOK_EVERY_S)
        return seen
