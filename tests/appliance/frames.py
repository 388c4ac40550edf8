"""What a screen showed while its machine started: nothing, the splash, the kiosk, or else."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image, ImageChops, ImageStat

from tests.appliance.data import ROOT
from tests.appliance.emulator import Machine
from tests.appliance.qmp import QmpError

SPLASH = ROOT / "systemd/pictures/splash.png"
EVERY_S = 1.0
NEAR = 6.0
"""So far on average, of 255, two pictures of the same may be apart: scaled by another's method."""

NEAR_ROWS = 14.0
"""The same of a page of buttons: their rows share the height that a strip below leaves them, and
each stands some lines lower. Another page is twice as far.
"""

SHIFT_PX = 24
"""More than the strip that says that devices are simulated, which a real kiosk has not."""


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart on average, of 255; pictures of two sizes altogether."""
    if one.size != other.size:
        return 255.0
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def fitted(picture: Path, size: tuple[int, int]) -> Image.Image:
    """A picture on a screen: as large as fits, in the middle, the colour of its corner around."""
    with Image.open(picture) as image:
        drawn = image.convert("RGB")
    scale = min(size[0] / drawn.size[0], size[1] / drawn.size[1])
    scaled = drawn.resize((round(drawn.size[0] * scale), round(drawn.size[1] * scale)))
    screen = Image.new("RGB", size, drawn.getpixel((0, 0)))
    screen.paste(scaled, ((size[0] - scaled.size[0]) // 2, (size[1] - scaled.size[1]) // 2))
    return screen


@dataclass(frozen=True)
class Frame:
    """What the screen showed, so many seconds after the power came."""

    at_s: float
    picture: Image.Image

    @property
    def blank(self) -> bool:
        """One colour: a screen that nobody draws on."""
        return len(self.picture.getcolors(1 << 24) or ()) == 1

    @property
    def of_emulator(self) -> bool:
        """What the emulator itself says of a screen that is off: one line in the very middle."""
        grey = self.picture.convert("L")
        box = grey.point(lambda light: 255 if light > 32 else 0).getbbox()
        if box is None or len(grey.getcolors() or ()) != 2:
            return False
        width, height = grey.size
        off_x, off_y = abs(box[0] + box[2] - width) / 2, abs(box[1] + box[3] - height) / 2
        return off_x <= 8 and off_y <= 16 and box[3] - box[1] <= 16

    @property
    def splash(self) -> bool:
        """The splash, by plymouth or by the compositor's own program."""
        return difference(self.picture, fitted(SPLASH, self.picture.size)) < NEAR


class Watcher:
    """Looks at a machine's screen about once a second, from its start on."""

    def __init__(self, machine: Machine) -> None:
        self.frames: list[Frame] = []
        self._machine = machine
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                picture = self._machine.screendump()
            except (OSError, QmpError):
                return
            last = self.frames[-1].picture if self.frames else None
            if last is None or difference(last, picture) > 0:
                self.frames.append(Frame(round(self._machine.seconds, 1), picture))

    def keep(self, folder: Path) -> None:
        """Write the frames that differ from one another, for people."""
        folder.mkdir(exist_ok=True)
        for frame in self.frames:
            frame.picture.save(folder / f"{frame.at_s:06.1f}.png")


def shifted(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart when one may stand some lines lower: above a strip of text."""
    width, height = one.size
    if one.size != other.size:
        return 255.0
    top = one.crop((0, 0, width, height - SHIFT_PX))
    return min(
        difference(top, other.crop((0, lines, width, height - SHIFT_PX + lines)))
        for lines in range(SHIFT_PX + 1)
    )


def wait_for_picture(
    machine: Machine, wanted: Image.Image, limit_s: float, near: float = NEAR
) -> float:
    """Wait until a machine's screen looks like a rehearsed page; seconds since its power came."""

    def same() -> bool:
        return shifted(machine.screendump(), wanted) < near

    try:
        machine.until(same, "the rehearsed picture on its screen", limit_s)
    except AssertionError:
        machine.picture("another-than-rehearsed")
        raise
    return time.monotonic() - machine.started_s
