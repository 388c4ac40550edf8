"""What a journey runs on: a display, the independent printer, its cable, and the kiosk itself."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import zxingcpp
from PIL import Image

from kiosk import control

ROOT = Path(__file__).parents[2]
EMUPOS = ROOT / "build/emupos/command"
GIVE_UP_S = 60.0
LOOK_EVERY_S = 0.03
KIOSK = (sys.executable, "-m", "kiosk.__main__")
SCREEN = (1280, 800)


def until(found: Callable[[], Any], what: str | Callable[[], str]) -> Any:
    """Look until `found` gives something true; a condition, never a time."""
    give_up_s = time.monotonic() + GIVE_UP_S
    while not (seen := found()):
        if time.monotonic() > give_up_s:
            raise AssertionError(f"it never came: {what if isinstance(what, str) else what()}")
        time.sleep(LOOK_EVERY_S)
    return seen


class Display:
    """A virtual display; the X server picks a free number."""

    def __init__(self, folder: Path) -> None:
        ours, theirs = os.pipe()
        width, height = SCREEN
        with (folder / "xvfb.log").open("w") as log:
            self._server = subprocess.Popen(
                [
                    *("Xvfb", "-displayfd", str(theirs), "-nolisten", "tcp"),
                    *("-screen", "0", f"{width}x{height}x24"),
                ],
                pass_fds=(theirs,),
                stderr=log,
            )
        os.close(theirs)
        with os.fdopen(ours) as told:
            number = told.readline().strip()
        assert number, (folder / "xvfb.log").read_text()
        self.name = f":{number}"

    def click(self, points: Sequence[tuple[float, float]]) -> None:
        """A finger at each of these points, one after the other, through the X server."""
        words: list[str] = []
        for x, y in points:
            words += ["mousemove", str(round(x)), str(round(y)), "click", "--delay", "0"]
            words += ["1"]
        subprocess.run(["xdotool", *words], env={**os.environ, "DISPLAY": self.name}, check=True)

    def picture(self) -> Image.Image:
        """What the X server has on its screen."""
        taken = subprocess.run(
            ["import", "-display", self.name, "-window", "root", "png:-"],
            capture_output=True,
            check=True,
        )
        return Image.open(BytesIO(taken.stdout)).convert("RGB")

    def stop(self) -> None:
        self._server.terminate()
        self._server.wait()


def codes(picture: Image.Image) -> list[str]:
    """What a QR reader sees on a picture."""
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@dataclass(frozen=True)
class Paper:
    """A slip as it came out: its text, its picture."""

    text: str
    picture: Image.Image

    @property
    def codes(self) -> list[str]:
        """What a QR reader sees on it."""
        return codes(self.picture)


class Emupos:
    """The independent printer, controlled over HTTP."""

    def __init__(self, folder: Path) -> None:
        self.port, self._api = free_port(), free_port()
        config = folder / "emupos.yaml"
        config.write_text(
            f"schema: 1\napi: {{ host: 127.0.0.1, port: {self._api} }}\ndevices:\n"
            "  - id: front\n    type: printer\n    profile: epson-tm-t20iii\n"
            f"    connections: [ {{ tcp: {{ port: {self.port} }} }} ]\n"
            f"    receipts_dir: {folder / 'receipts'}\n"
        )
        argv = [*EMUPOS.read_text().split(), "run", "--config", str(config)]
        with (folder / "emupos.log").open("w") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        until(self._answers, lambda: (folder / "emupos.log").read_text())

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def fault(self, name: str) -> None:
        """Something happens to it: ``paper-out``, ``cover-open``, ``offline`` or such."""
        self._ask("PUT", f"faults/{name}")

    def mend(self) -> None:
        """All is well with it."""
        for name in ("paper-out", "cover-open", "offline", "paper-near-end"):
            self._ask("DELETE", f"faults/{name}")

    def ids(self) -> list[str]:
        """All slips, oldest first."""
        return sorted(slip["id"] for slip in json.loads(self._ask("GET", "receipts")))

    def paper(self, slip: str) -> Paper:
        text = self._ask("GET", f"receipts/{slip}/text").decode()
        picture = Image.open(BytesIO(self._ask("GET", f"receipts/{slip}/image")))
        return Paper(text, picture)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "the independent printer ended"
        try:
            self._ask("GET", "receipts")
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def _ask(self, method: str, path: str) -> bytes:
        url = f"http://127.0.0.1:{self._api}/api/v1/devices/front/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
            return bytes(answer.read())


class Cable:
    """The network cable between kiosk and printer: pulled, both ends hear nothing more.

    With `cut_after_bytes` it comes loose by itself when so much has gone to the printer.
    """

    def __init__(self, far: int) -> None:
        self._far = far
        self._server: socket.socket | None = None
        self._ends: list[socket.socket] = []
        self._lock = threading.Lock()
        self._number = 0
        self.passed_bytes = 0
        self.cut_after_bytes: int | None = None
        self.put_back()

    @property
    def port(self) -> str:
        return f"tcp://127.0.0.1:{self._number}"

    def put_back(self) -> None:
        self.cut_after_bytes, self.passed_bytes = None, 0
        server = socket.create_server(("127.0.0.1", self._number))
        self._number = server.getsockname()[1]
        self._server = server
        threading.Thread(target=self._serve, args=(server,), daemon=True).start()

    def pull(self) -> None:
        with self._lock:
            server, self._server = self._server, None
            ends, self._ends = self._ends, []
        for end in (*ends, *([server] if server else [])):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                near, _ = server.accept()
                far = socket.create_connection(("127.0.0.1", self._far))
            except OSError:
                return
            with self._lock:
                self._ends += [near, far]
            for source, sink, counted in ((near, far, True), (far, near, False)):
                threading.Thread(
                    target=self._carry, args=(source, sink, counted), daemon=True
                ).start()

    def _carry(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(256):
                if counted:
                    self.passed_bytes += len(data)
                    most = self.cut_after_bytes
                    if most is not None and self.passed_bytes > most:
                        self.pull()
                        return
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


class View(dict[str, Any]):
    """What the screen shows, as the bench tells it."""

    @property
    def words(self) -> str:
        """All its texts."""
        return "\n".join(_texts(self))

    def __getattr__(self, name: str) -> Any:
        return self[name]


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for part in value.values():
                yield from _texts(part)
        case list():
            for part in value:
                yield from _texts(part)


class Kiosk:
    """A kiosk as a process of its own, on a store of its own, with a window on the display."""

    def __init__(
        self,
        name: str,
        folder: Path,
        display: Display,
        printer: Emupos,
        pictures: Path,
        *,
        acceptor: str = "",
        own_printer: bool = False,
        devices: str = "",
        terminal: str | None = None,
    ) -> None:
        self.name, self.folder, self.display, self.printer = name, folder, display, printer
        self.cable = Cable(printer.port)
        self.pictures: list[Path] = []
        self._pictures = pictures
        self._real = bool(devices)
        self._shown_devices = 2 if terminal is None else 3
        self._before = printer.ids()
        self._process: subprocess.Popen[bytes] | None = None
        self.store = folder / "store"
        """Where the running kiosk listens; a training has a folder of its own in it."""
        self.config = folder / "kiosk.toml"
        self.config.write_text(
            f'[store]\nfolder = "{folder}/store"\n'
            f"[screen]\nwidth = {SCREEN[0]}\nheight = {SCREEN[1]}\n"
            + (
                devices
                or self._simulated(acceptor, "" if own_printer else self.cable.port, terminal)
            )
        )
        self.command("import", str(ROOT / "kiosk/demo_venue.toml"))

    @staticmethod
    def _simulated(acceptor: str, printer: str, terminal: str | None) -> str:
        """All devices; of those with a port the peer is there, else the kiosk's own.

        A payment terminal only where it is not None.
        """

        def port(name: str) -> str:
            return f'port = "{name}"\n' if name else ""

        return (
            '[devices.reader]\ndriver = "pcsc"\nsimulated = true\n'
            '[devices.stripe]\ndriver = "magstripe"\nsimulated = true\n'
            f'[devices.acceptor]\ndriver = "ccnet"\nsimulated = true\n{port(acceptor)}'
            f'[devices.printer]\ndriver = "escpos"\nsimulated = true\n{port(printer)}'
            "baud = 115200\n"
            '[devices.lights]\ndriver = "gpio"\nsimulated = true\n'
        ) + (
            ""
            if terminal is None
            else f'[devices.terminal]\ndriver = "nexo"\nsimulated = true\n{port(terminal)}'
        )

    # --- the process ---------------------------------------------------------------------------

    def start(self) -> Self:
        """Run it; back when the welcome screen is there and every device answers."""
        self.start_under(())
        until(self._answers, self.log)
        return self

    def start_under(self, program: Sequence[str]) -> None:
        """Run it as what another program runs, such as `strace`; do not wait for it."""
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [*program, *KIOSK, "run", "--config", str(self.config), "--verbose"],
                cwd=ROOT,
                env={**os.environ, "DISPLAY": self.display.name},
                stdout=log,
                stderr=log,
            )

    @property
    def process(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def ended(self) -> int:
        """The exit code with which it ends by itself."""
        assert self._process is not None
        return self._process.wait(GIVE_UP_S)

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self.log()
        try:
            return bool(self._ask("state"))
        except ConnectionError:
            return False

    def ready(self) -> View:
        """The welcome screen, with everything working."""
        return self.see(
            "WelcomeView",
            # Of readers that are away the line at the bottom tells, with their code.
            lambda v: (
                v.reads
                and not v.help_line
                and len(v.strip) == self._shown_devices
                and all(item["tone"] == "good" for item in v.strip)
            ),
        )

    def kill(self) -> None:
        """The power of the kiosk fails."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, as systemd does; its exit code must say that all was well."""
        self.cable.pull()
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        assert process.wait(GIVE_UP_S) == 0, self.log()
        assert "Traceback" not in self.log(), self.log()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    # --- from the outside ----------------------------------------------------------------------

    def bench(self, verb: str, *words: str) -> str:
        """What the bench's verb answers."""
        return self._ask(verb, *words, bench=True)

    def _ask(self, verb: str, *words: str, bench: bool = False) -> str:
        request = {"bench": bench, "verb": verb, "words": list(words)}
        return control.ask(self.store / "control", request)

    def command(self, *words: str) -> str:
        """What a command of the command line prints, as a process of its own."""
        where, rest = words[0], words[1:]
        done = subprocess.run(
            [*KIOSK, where, "--config", str(self.config), *rest],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def entries(self) -> list[dict[str, Any]]:
        """The ledger."""
        return [json.loads(line) for line in self.command("entries", "--json").splitlines()]

    def card(self, number: str) -> dict[str, Any]:
        """A card as the books have it."""
        told: dict[str, Any] = json.loads(self.command("show", "--json", "card", number))
        return told

    def proven(self) -> None:
        """`kiosk verify` finds nothing wrong."""
        assert "are sound" in self.command("verify")

    def insert(self, face: int) -> None:
        """Offer a note until the acceptor takes it in, as a guest does."""
        until(lambda: "went in" in self.bench("note", str(face)), f"a note of {face} went in")

    # --- the screen ----------------------------------------------------------------------------

    def view(self) -> View:
        return View(json.loads(self._ask("state")))

    def see(self, kind: str, like: Callable[[View], Any] = lambda view: True) -> View:
        """Wait for a screen of this kind; of it what `like` asks for."""

        def seen() -> View | None:
            view = self.view()
            return view if view.view == kind and like(view) else None

        found = until(seen, lambda: f"{kind}; there is {json.dumps(self.view(), indent=1)}")
        assert isinstance(found, View)
        return found

    def picture(self, of: str) -> Image.Image:
        """Keep what the window shows now."""
        if not self._real:
            self._shown()
        path = self._pictures / f"{self.name}-{len(self.pictures) + 1:02}-{of}.png"
        self._ask("screenshot", str(path))
        self.pictures.append(path)
        with Image.open(path) as image:
            return image.convert("RGB")

    def touch(self, *buttons: str) -> None:
        """A finger on these buttons of one page, in order, through the X server."""

        def found() -> list[tuple[float, float]] | None:
            targets = {t["id"]: t for t in self._shown()["targets"] if t["enabled"]}
            if not targets.keys() >= set(buttons):
                return None
            pressed = [targets[button] for button in buttons]
            return [(t["x"] + t["width"] / 2, t["y"] + t["height"] / 2) for t in pressed]

        self.display.click(until(found, lambda: f"{buttons} to press; there is {self._shown()}"))

    def _shown(self) -> dict[str, Any]:
        """What can be pressed, once the window shows the page of the state."""

        def same() -> dict[str, Any] | None:
            shown: dict[str, Any] = json.loads(self.bench("targets"))
            return shown if shown["page"] == self.view().frame["page"] else None

        shown: dict[str, Any] = until(same, "the page on the screen")
        return shown

    def registered(self, card: str) -> None:
        """The card of a guest without phone and name, at the welcome screen."""
        self.bench("tap", card)
        self.see("QuestionView", lambda v: "not known here" in v.words)
        self.touch("register")
        self.touch("agree")
        self.touch("without_phone")
        self.see("NameView")
        self.touch("next")
        self.see("DoneView", lambda v: v.slip_note and not v.printing)
        self.touch("leave")
        self.ready()
        self.bench("untap")
        self._before = self.printer.ids()

    def tapped(self, card: str) -> View:
        """The home of a card on file, opened by this tap."""
        self.bench("untap")
        page = self.view().frame["page"]
        self.bench("tap", card)
        return self.see("CardHomeView", lambda v: v.frame["page"] != page)

    def topping_up(self, card: str) -> View:
        """The top-up screen of a card on file."""
        self.tapped(card)
        self.touch("top_up")
        return self.see("TopUpView")

    def wallet(self, card: str) -> str:
        """What the books have for it; with them proven."""
        self.proven()
        return str(self.card(card)["client"]["wallet"])

    # --- the paper -----------------------------------------------------------------------------

    def new_slips(self) -> list[str]:
        """The slips since the kiosk or the card began, oldest first."""
        return [slip for slip in self.printer.ids() if slip not in self._before]

    def slips(self, count: int) -> list[Paper]:
        """These slips, once there are so many."""
        until(lambda: len(self.new_slips()) >= count, lambda: f"{count}: {self.new_slips()}")
        came = self.new_slips()
        assert len(came) == count, f"{count} slips expected, {len(came)} came out"
        return [self.printer.paper(slip) for slip in came]


def flat(text: str) -> str:
    """The words of a slip, one space between them."""
    return re.sub(r"\s+", " ", text)
