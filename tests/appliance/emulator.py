"""A machine of the emulator: QEMU without KVM; screen, finger, USB sockets, a root shell on a wire.

The image inside is the one that is shipped. What the tests add comes from outside, as systemd
credentials by its firmware interface (fw_cfg): a unit that runs `agent.py`, and drop-ins.
Emulation is slow, so services' watchdogs wait longer here (the container tests have them as they
are shipped), and no clock is looked at but against hanging.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import re
import shlex
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from PIL import Image

from tests.appliance.qmp import Qmp, QmpError

Arch = Literal["amd64", "arm64"]
T = TypeVar("T")

BOOT_S = float(os.environ.get("FOYER_BOOT_S", "600"))
"""A guard against hanging: no boot takes ten minutes, but on a machine that is busy with others."""
LOOK_EVERY_S = 0.25
ASK_EVERY_S = 1.0
"""A question costs an emulated machine a good part of this."""
UBOOT = Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
AGENT = Path(__file__).with_name("agent.py")
CONTROL_SOCKET = "/var/lib/foyer/control"

_UNIT = """[Unit]
Description=The tests' hand
DefaultDependencies=no
Wants=systemd-journald.socket
After=systemd-journald.socket
Before=basic.target
[Service]
Type=notify
ExecStart=/usr/bin/python3 -u /run/credentials/@system/foyer.agent
Restart=always
OOMScoreAdjust=-1000
"""
# The names of fw_cfg have room for 55 characters: hence short ones. Every service is in a slice,
# so that whatever this one wants is always started.
_WANTED = "[Unit]\nWants=x.service\n"

_PATIENT = "[Service]\nTimeoutStartSec=900\n"
SLOW: Mapping[str, str] = {
    "kiosk.service": f"{_PATIENT}WatchdogSec=600\n",
    "kiosk-display.service": f"{_PATIENT}WatchdogSec=600\n",
    "kiosk-addresses.service": _PATIENT,
    "kiosk-slot.service": _PATIENT,
    "kiosk-alive.service": _PATIENT,
}
"""Drop-ins for a machine that is emulated: nothing is given up because a busy host is slow."""

_MACHINES: Mapping[Arch, Sequence[str]] = {
    # Wider vector units than Nehalem's make llvmpipe draw garbage under QEMU 7.2. Its processors
    # take turns: at the same time one runs into what the other is just changing of the kernel's
    # code, at times, and the kernel panics (QEMU 7.2). With one alone its clock runs away.
    "amd64": (
        *("qemu-system-x86_64", "-M", "q35", "-cpu", "Nehalem", "-vga", "none"),
        *("-accel", "tcg,thread=single"),
    ),
    "arm64": (
        *("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"),
        *("-accel", "tcg,thread=multi"),
    ),
}


class Ended(AssertionError):
    """The emulator is gone, and was not meant to be."""


@dataclass(frozen=True)
class Said:
    """What a shell command of the guest left."""

    code: int
    out: str


def overlay(disk: Path, folder: Path, name: str = "disk") -> Path:
    """A disk of one's own over one that is only read.

    What the guest did not flush to it dies with its emulator: new clusters are in QEMU's memory.
    """
    form = "qcow2" if disk.suffix == ".qcow2" else "raw"
    made = folder / f"{name}.qcow2"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", form, "-b", disk.resolve(), made],
        check=True,
    )
    return made


def write_into(disk: Path, part: Path, offset: int) -> None:
    """Write a file into a qcow2 disk at a byte offset: a partition that a test has made."""
    size = part.stat().st_size
    command = f"write -q -s {shlex.quote(str(part))} {offset} {size}"
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", command, disk], check=True, capture_output=True)


@dataclass
class Machine:
    """One machine; it may be started again after it was killed, with all that its disk has.

    Args:
        folder: for its logs and pictures.
        arch: ``arm64`` boots through U-Boot, ``amd64`` by a kernel from outside.
        disk: a qcow2 disk, see `overlay`; written to.
        kernel, initrd, append: amd64 only.
        devices: more words of QEMU's command line.
        screen: pixels.
        drop_ins: unit name → text of a drop-in. On arm64 they cost time in each boot: systemd reads
            all units once more.
        memory_mb: of the guest.
        network: whether it has a network card (QEMU's own network, 10.0.2.0/24; nothing comes in).
    """

    folder: Path
    arch: Arch
    disk: Path
    kernel: Path | None = None
    initrd: Path | None = None
    append: str = ""
    devices: Sequence[str] = ()
    screen: tuple[int, int] = (800, 480)
    drop_ins: Mapping[str, str] = field(default_factory=lambda: SLOW)
    memory_mb: int = 1024
    network: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Beside: a socket's path has room for 107 characters only.
        self._sockets = tempfile.TemporaryDirectory(prefix="foyer-")
        self._process: subprocess.Popen[bytes] | None = None
        self._agent: _Agent | None = None
        self._sticks: dict[str, str] = {}
        self.boots = 0
        self.started_s = 0.0

    # --- power ---------------------------------------------------------------------------------

    def start(self) -> Self:
        """Switch it on; back at once."""
        assert self._process is None, "it runs"
        self.boots += 1
        for old in (self.serial, self.journal_file):
            old.write_bytes(b"")
        with self.folder.joinpath("qemu.log").open("ab") as log:
            self.started_s = time.monotonic()
            self._process = subprocess.Popen(
                self._command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.until(lambda: self._socket("qmp").exists(), "the emulator listens")
        self.qmp = self._connected()
        self._agent = _Agent(self._socket("agent"))
        return self

    def _connected(self) -> Qmp:
        while True:
            try:
                return Qmp(self._socket("qmp"))
            except ConnectionRefusedError:
                # Bound, and not listening yet.
                time.sleep(LOOK_EVERY_S)

    def kill(self) -> None:
        """Cut the power. What the guest has not flushed to its disk is lost with the emulator."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        self._closed()

    def end(self) -> None:
        """Cut the power for good; safe to call twice."""
        self.kill()
        self._sockets.cleanup()

    def wait_off(self, limit_s: float = BOOT_S) -> None:
        """Wait until it has switched itself off."""
        assert self._process is not None
        self._process.wait(limit_s)
        self._process = None
        self._closed()

    def _closed(self) -> None:
        self.qmp.close()
        if self._agent is not None:
            self._agent.close()
        self._agent = None
        self._sticks.clear()
        for name in ("qmp", "agent"):
            self._socket(name).unlink(missing_ok=True)

    @property
    def running(self) -> bool:
        """Whether the emulator is there; a guest that switched itself off ends it."""
        return self._process is not None and self._process.poll() is None

    @property
    def seconds(self) -> float:
        """Since the power came."""
        return time.monotonic() - self.started_s

    def _socket(self, name: str) -> Path:
        return Path(self._sockets.name) / name

    @property
    def serial(self) -> Path:
        """What its serial console said since the power came: U-Boot, the kernel where it may."""
        return self.folder / "serial.log"

    @property
    def journal_file(self) -> Path:
        """Its journal since the power came, over all of its boots."""
        return self.folder / "journal.log"

    def _command(self) -> list[str]:
        mode = f"xres={self.screen[0]},yres={self.screen[1]}"
        words = [*_MACHINES[self.arch], "-smp", "2"]
        words += ["-m", str(self.memory_mb), "-display", "none", "-nodefaults"]
        # A watchdog of the emulated chips would reset a guest that only waits for a busy host.
        words += ["-action", "watchdog=none"]
        words += ["-qmp", f"unix:{self._socket('qmp')},server=on,wait=off"]
        words += ["-serial", f"file:{self.serial}"]
        words += ["-drive", f"file={self.disk},format=qcow2,if=none,id=hd,cache=writeback"]
        words += ["-device", "virtio-blk-pci,drive=hd,serial=FOYER", "-device", "virtio-rng-pci"]
        words += ["-device", f"virtio-gpu-pci,{mode}", "-device", "virtio-tablet-pci"]
        words += ["-device", "qemu-xhci,id=usb", "-device", "virtio-serial-pci"]
        agent = f"socket,id=agent,path={self._socket('agent')},server=on,wait=off"
        words += ["-chardev", agent, "-chardev", f"file,id=journal,path={self.journal_file}"]
        for name in ("agent", "journal"):
            words += ["-device", f"virtserialport,chardev={name},name=foyer.{name}"]
        if self.network:
            words += ["-nic", "user,model=virtio-net-pci,restrict=off"]
        words += self._given()
        if self.arch == "arm64":
            words += ["-bios", str(UBOOT)]
        else:
            assert self.kernel and self.initrd
            words += ["-kernel", str(self.kernel), "-initrd", str(self.initrd)]
            # It looks for a moment whether its timer ticks; a busy host's may not have by then.
            words += ["-append", f"{self.append} no_timer_check"]
        return [*words, *self.devices]

    def _given(self) -> list[str]:
        """The words that hand the guest its credentials."""
        texts = {
            "systemd.extra-unit.x.service": _UNIT,
            "systemd.unit-dropin.-.slice": _WANTED,
            "foyer.agent": AGENT.read_text("utf-8"),
            "foyer.dropins": "{}" if self.arch == "amd64" else json.dumps(dict(self.drop_ins)),
        }
        words = []
        for name, text in texts.items():
            kept = self._socket(name)
            kept.write_text(text)
            words += ["-fw_cfg", f"name=opt/io.systemd.credentials/{name},file={kept}"]
        if self.arch == "amd64":
            # Its firmware also hands strings on, whose names may be longer.
            for name, text in self.drop_ins.items():
                coded = base64.b64encode(text.encode()).decode()
                name = f"io.systemd.credential.binary:systemd.unit-dropin.{name}"
                words += ["-smbios", f"type=11,value={name}={coded}"]
        return words

    # --- what it says --------------------------------------------------------------------------

    def console(self) -> str:
        """What the serial console said."""
        return _plain(self.serial)

    def journal(self) -> str:
        """What the journal said; it begins when systemd does, a few seconds late."""
        return _plain(self.journal_file)

    def log(self) -> str:
        """Console and journal."""
        return self.console() + self.journal()

    def wait_for(
        self, pattern: str, *, times: int = 1, limit_s: float = BOOT_S, where: str = "log"
    ) -> re.Match[str]:
        """Wait until the log has this, so many times; the last of them.

        Args:
            where: ``log``, ``journal`` or ``console``.
        """
        compiled = re.compile(pattern, re.MULTILINE)

        def found() -> re.Match[str] | None:
            matches = list(compiled.finditer(getattr(self, where)()))
            return matches[-1] if len(matches) >= times else None

        return self.until(found, f"{pattern!r} in its {where}", limit_s)

    def until(
        self,
        found: Callable[[], T | None],
        what: str,
        limit_s: float = BOOT_S,
        every_s: float = LOOK_EVERY_S,
    ) -> T:
        """Look until `found` gives something true, for as long as the machine runs."""
        give_up_s = time.monotonic() + limit_s
        while not (seen := found()):
            if not self.running:
                raise Ended(f"the emulator ended before: {what}\n{self._tail()}")
            if time.monotonic() > give_up_s:
                raise AssertionError(f"it never came: {what}\n{self._tail()}")
            time.sleep(every_s)
        return seen

    def _tail(self) -> str:
        said = self.folder.joinpath("qemu.log").read_text(errors="replace")
        return "\n".join([said[-800:], self.console()[-1500:], self.journal()[-4000:]])

    # --- the screen ----------------------------------------------------------------------------

    def screendump(self) -> Image.Image:
        """What its screen shows."""
        path = self._socket("screen.ppm")
        self.qmp.do("screendump", filename=str(path))
        with Image.open(path) as image:
            return image.convert("RGB")

    def picture(self, name: str) -> Path:
        """Keep what its screen shows as a PNG in the folder."""
        path = self.folder / f"{name}.png"
        self.screendump().save(path)
        return path

    def tap(self, x: float, y: float) -> None:
        """A finger at a point of the screen, in pixels.

        It goes to the point, down, and up, and each is seen by the guest as an event of its own
        before the next one is sent: a driver of an emulated pointer knows no touch without a place.
        """
        size = self.screendump().size
        self.qmp.move((x, y), size)
        time.sleep(LOOK_EVERY_S)
        self.qmp.press(True)
        time.sleep(LOOK_EVERY_S)
        self.qmp.press(False)

    # --- inside --------------------------------------------------------------------------------

    def hand(self, limit_s: float = BOOT_S) -> float:
        """Wait until the shell inside answers; how long after the power came its kernel began."""
        hello = self.until(lambda: self._hand().hello, "the shell inside answers", limit_s)
        return hello[0] - self.started_s - hello[1]

    def _hand(self) -> _Agent:
        assert self._agent is not None, "it does not run"
        return self._agent

    def say(self, command: str, *, stdin: bytes = b"", limit_s: float = 120.0) -> Said:
        """Run a shell command as root; its exit code and its words."""
        self.hand()
        given = base64.b64encode(stdin).decode()
        told = self._hand().ask(
            {"shell": command, "input": given, "limit_s": limit_s}, limit_s + 30
        )
        if "failed" in told:
            raise AssertionError(f"{command}: {told['failed']}")
        return Said(told["code"], base64.b64decode(told["out"]).decode(errors="replace"))

    def run(self, command: str, *, stdin: bytes = b"", limit_s: float = 120.0) -> str:
        """The words of a shell command as root that must succeed."""
        said = self.say(command, stdin=stdin, limit_s=limit_s)
        assert said.code == 0, f"{command}: exit code {said.code}\n{said.out}"
        return said.out

    def active(self, unit: str) -> bool:
        """Whether a unit is active: of the kiosk, whether it said READY=1."""
        return self.say(f"systemctl is-active {unit}").out.strip() == "active"

    def ask(self, verb: str, *words: str, bench: bool = False) -> str:
        """Ask the running kiosk at its control socket.

        Raises:
            LookupError: it does not answer, or refuses.
        """
        self.hand()
        request = {"bench": bench, "verb": verb, "words": list(words)}
        told = self._hand().ask(
            {"control": request, "socket": CONTROL_SOCKET, "limit_s": 60.0}, 90.0
        )
        if "failed" in told or "error" in told["told"]:
            raise LookupError(f"{verb} {' '.join(words)}: {told}")
        return str(told["told"]["ok"])

    def state(self) -> dict[str, Any] | None:
        """What the kiosk shows, or None while it does not answer."""
        try:
            shown: dict[str, Any] = json.loads(self.ask("state"))
        except LookupError:
            return None
        return shown

    def see(
        self,
        view: str,
        like: Callable[[dict[str, Any]], Any] = lambda shown: True,
        limit_s: float = BOOT_S,
    ) -> dict[str, Any]:
        """Wait until the kiosk shows a screen of this kind, of it what `like` asks for."""
        last: dict[str, Any] | None = None

        def seen() -> dict[str, Any] | None:
            nonlocal last
            last = self.state()
            return last if last and last.get("view") == view and like(last) else None

        try:
            return self.until(seen, f"{view} on the screen", limit_s, ASK_EVERY_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\nthe kiosk shows: {json.dumps(last)}") from None

    # --- USB -----------------------------------------------------------------------------------

    def plug_stick(self, image: Path, name: str = "stick") -> None:
        """Put a USB stick in; written to."""
        drive = f"{name}{len(self._sticks)}{self.boots}"
        file = {"driver": "file", "filename": str(image)}
        self.qmp.do("blockdev-add", **{"node-name": drive, "driver": "raw", "file": file})
        self.qmp.do("device_add", driver="usb-storage", bus="usb.0", drive=drive, id=f"usb-{drive}")
        self._sticks[name] = drive

    def pull_stick(self, name: str = "stick") -> None:
        """Pull it out."""
        drive = self._sticks.pop(name)
        self.qmp.do("device_del", id=f"usb-{drive}")

        def gone() -> bool:
            return any(
                event["event"] == "DEVICE_DELETED" and event["data"].get("device") == f"usb-{drive}"
                for event in self._looked()
            )

        def let_go() -> bool:
            # The emulator reads to the end what it was reading when the device went.
            try:
                self.qmp.do("blockdev-del", **{"node-name": drive})
            except QmpError as error:
                if "in use" not in str(error):
                    raise
                return False
            return True

        self.until(gone, f"{name} is out")
        self.until(let_go, f"{name} is closed")

    def _looked(self) -> Sequence[Mapping[str, Any]]:
        # Events come with the answer to the next command.
        self.qmp.do("query-status")
        return self.qmp.events


class _Agent:
    """Our end of the wire to `agent.py`."""

    def __init__(self, path: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(path))
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._asking = threading.Lock()
        self._number = 0
        self.hello: tuple[float, float] | None = None
        """Our clock and the guest's since its kernel began, when it last said that it is there."""
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, request: Mapping[str, object], limit_s: float) -> dict[str, Any]:
        """Send a request; the answer to it."""
        with self._asking:
            self._number += 1
            data = json.dumps({"id": self._number, **request}).encode() + b"\n"
            self._line.sendall(data)
            give_up_s = time.monotonic() + limit_s
            while True:
                try:
                    told = self._answers.get(timeout=max(0.0, give_up_s - time.monotonic()))
                except queue.Empty:
                    raise AssertionError(f"no answer to {dict(request)} in {limit_s} s") from None
                if told.get("id") == self._number:
                    return told

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._line.makefile("rb") as lines:
            for line in lines:
                told = json.loads(line)
                if "hello" in told:
                    self.hello = time.monotonic(), told["hello"]
                else:
                    self._answers.put(told)

    def close(self) -> None:
        """Hang up; never raises."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()


def _plain(path: Path) -> str:
    """A console's words without its colours."""
    if not path.exists():
        return ""
    text = path.read_bytes().decode(errors="replace")
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", text)
