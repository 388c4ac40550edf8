"""The amd64 twin in a container: its own systemd and units, natively, on a read-only tree.

What a container has not: a kernel, disks and partitions of its own (data and secrets are folders
bound in), a screen (the image's compositor draws to memory), devices. All else is as it is shipped.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from PIL import Image

from kiosk import control

T = TypeVar("T")
GIVE_UP_S = 120.0
"""A guard against hanging: a boot takes seconds here."""
LOOK_EVERY_S = 0.1
RESTART = 133
"""With this exit code nspawn asks to be started again: the machine inside restarts."""

HEADLESS = """[Service]
Environment=WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_HEADLESS_OUTPUTS=1
"""
"""For the compositor: there is no screen, so it draws to memory."""


@dataclass
class Container:
    """One container; it may be started again, with all that its data has.

    Args:
        folder: for its log.
        tree: the image's root.
        data, secrets: what is bound in at /data and /secrets; None: nothing is.
        units: unit name → text of a unit of the test.
        drop_ins: unit name → text of a drop-in of the test.
    """

    folder: Path
    tree: Path
    data: Path | None
    secrets: Path | None
    units: Mapping[str, str] = field(default_factory=dict)
    drop_ins: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    # --- power ---------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start it; back when its systemd runs."""
        self._begin()
        self.until(lambda: self.leader, "the container's systemd")
        return self

    def _begin(self) -> None:
        with self.console.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _command(self) -> list[str]:
        words = ["systemd-nspawn", "--quiet", "--directory", str(self.tree), "--read-only"]
        words += ["--register=no", "--keep-unit", "--private-network", "--console=read-only"]
        words += ["--machine", "foyer-kiosk", "--link-journal=no"]
        words += ["--timezone=off", "--resolv-conf=off"]
        for place, folder in (("/data", self.data), ("/secrets", self.secrets)):
            words += [f"--bind={folder}:{place}"] if folder else []
        drop_ins = {"kiosk-display.service": HEADLESS, **self.drop_ins}
        credentials = {f"systemd.unit-dropin.{name}": text for name, text in drop_ins.items()}
        credentials |= {f"systemd.extra-unit.{name}": text for name, text in self.units.items()}
        for name, text in credentials.items():
            kept = self.folder / name
            kept.write_text(text)
            words.append(f"--load-credential={name}:{kept}")
        # The root is another kind of file system here.
        mask = "systemd.mask=systemd-remount-fs.service"
        return [*words, "--boot", "systemd.log_color=no", mask]

    def end(self) -> None:
        """Cut its power: every process of it ends at once; safe to call twice."""
        process = self._process
        if process is None:
            return
        # nspawn's own end leaves what it runs alone; the first process takes all others with it.
        first = self.leader if process.poll() is None else None
        self._process = None
        if first is not None:
            os.kill(first, signal.SIGKILL)
        process.kill()
        process.wait()

    @property
    def leader(self) -> int | None:
        """The number of its systemd, here; another one after its restart."""
        assert self._process is not None, "it does not run"
        if self._process.poll() == RESTART:
            self._begin()
        assert self._process.poll() is None, f"the container ended:\n{self.said()[-3000:]}"
        told = subprocess.run(
            ["pgrep", "--parent", str(self._process.pid)], capture_output=True, text=True
        ).stdout.split()
        for number in told:
            try:
                name = Path(f"/proc/{number}/comm").read_text().strip()
                inside = Path(f"/proc/{number}/root/run/systemd/private").exists()
            except OSError:
                continue
            if name == "systemd" and inside:
                return int(number)
        return None

    # --- what it says --------------------------------------------------------------------------

    @property
    def console(self) -> Path:
        """What its console said, over all of its starts."""
        return self.folder / "console.log"

    def said(self) -> str:
        """What its console said."""
        text = self.console.read_bytes().decode(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", text)

    def until(self, found: Callable[[], T | None], what: str, limit_s: float = GIVE_UP_S) -> T:
        """Look until `found` gives something true."""
        give_up_s = time.monotonic() + limit_s
        while not (seen := found()):
            if time.monotonic() > give_up_s:
                raise AssertionError(f"it never came: {what}\n{self._tail()}")
            time.sleep(LOOK_EVERY_S)
        return seen

    def _tail(self) -> str:
        told = [self.said()[-2000:]]
        if self.leader:
            told.append(self.say("systemctl --failed --no-legend; systemctl list-jobs")[1])
            told.append(self.say("journalctl --namespace='*' -n 60 --no-pager -o short")[1])
        return "\n".join(told)

    def say(self, command: str) -> tuple[int, str]:
        """Run a shell command inside as root; its exit code and its words."""
        enter = ["nsenter", "--target", str(self.until(lambda: self.leader, "its systemd"))]
        done = subprocess.run(
            [*enter, "--mount", "--uts", "--ipc", "--net", "--pid", "--", "/bin/sh", "-c", command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout

    def run(self, command: str) -> str:
        """The words of a shell command inside that must succeed."""
        code, told = self.say(command)
        assert code == 0, f"{command}: exit code {code}\n{told}\n{self._tail()}"
        return told

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.say(f"systemctl show --property={name} --value {unit}")[1].strip()

    def active(self, unit: str) -> bool:
        """Whether a unit is active: of the kiosk, whether it said READY=1."""
        return self.shown(unit, "ActiveState") == "active"

    # --- the kiosk -----------------------------------------------------------------------------

    def ask(self, verb: str, *words: str, bench: bool = False) -> str:
        """Ask the running kiosk at its control socket.

        Raises:
            control.NotRunning: there is none.
        """
        path = Path(f"/proc/{self.leader}/root/var/lib/foyer/control")
        return control.ask(path, {"bench": bench, "verb": verb, "words": list(words)})

    def state(self) -> dict[str, Any] | None:
        """What it shows, or None while it does not answer."""
        try:
            shown: dict[str, Any] = json.loads(self.ask("state"))
        except (OSError, ValueError):
            return None
        return shown

    def see(
        self, view: str, like: Callable[[dict[str, Any]], Any] = lambda shown: True
    ) -> dict[str, Any]:
        """Wait for a screen of this kind; of it what `like` asks for."""

        def seen() -> dict[str, Any] | None:
            shown = self.state()
            return shown if shown and shown.get("view") == view and like(shown) else None

        return self.until(seen, f"{view} on the screen; there is {self.state()}")

    def press(self, *buttons: str) -> None:
        """Press these buttons of one page, one after the other, once they are there."""
        for button in buttons:
            self.until(lambda button=button: self._pressed(button), f"{button} to press")

    def _pressed(self, button: str) -> bool:
        shown = self.state()
        targets = json.loads(self.ask("targets", bench=True))
        there = {target["id"] for target in targets["targets"] if target["enabled"]}
        if not shown or targets["page"] != shown["frame"]["page"] or button not in there:
            return False
        self.ask("touch", button, bench=True)
        return True

    def picture(self) -> Image.Image:
        """What the compositor has on its screen, taken by a program of this machine."""
        path = self.folder / "screen.png"
        socket = f"/proc/{self.leader}/root/run/foyer-display/wayland-0"
        subprocess.run(
            ["grim", str(path)],
            env={"WAYLAND_DISPLAY": socket, "XDG_RUNTIME_DIR": str(self.folder)},
            check=True,
            capture_output=True,
        )
        with Image.open(path) as image:
            return image.convert("RGB")
