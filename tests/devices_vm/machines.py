"""Machines of the emulator whose devices are plugged in and out, and programs that run inside.

The image that ships is booted as `tests.appliance.emulator` boots it, but without the kiosk and its
screen: what is tried are its drivers under their worker, with Debian's kernel below them. The
program and the tests of this folder are handed in as they are here.
"""

from __future__ import annotations

import io
import shlex
import socket
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.appliance.emulator import SLOW, Machine
from tests.appliance.record import ROOT

INSIDE = "/run/devices"
HANDED = ("kiosk", "tests/devices_vm")
PYTHON = "/opt/foyer/bin/python3"
GROUPS = "dialout gpio lp"
"""Those of the kiosk's service which devices need."""
GIVE_UP_S = 600.0

# Never started: the machine is slow enough with its devices alone.
_NEVER = "[Unit]\nConditionPathExists=/nowhere\n"
_LEFT_OUT = "kiosk kiosk-display kiosk-alive kiosk-slot kiosk-addresses NetworkManager seatd"
WITHOUT_KIOSK: Mapping[str, str] = dict(SLOW) | {
    f"{name}.service": _NEVER for name in _LEFT_OUT.split()
}

Hand = Callable[[], object]


def hand_in(machine: Machine) -> None:
    """Lay the program and the tests into the machine."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name in HANDED:
            for file in sorted((ROOT / name).rglob("*")):
                if file.suffix in (".py", ".toml", ".ttf", ".png") and "locale" not in file.parts:
                    tar.add(file, str(file.relative_to(ROOT)), recursive=False)
    machine.run(
        f"mkdir -p {INSIDE} && cd {INSIDE} && tar -xz --no-same-owner && touch tests/__init__.py"
        " && chmod 755 . && udevadm settle",
        stdin=made.getvalue(),
        limit_s=300,
    )


def run(
    machine: Machine,
    module: str,
    hands: Mapping[str, Hand] | None = None,
    *,
    user: str = "root",
) -> str:
    """Run a program of this folder inside, and do from outside what it asks for.

    Args:
        hands: word → what is done for ``please: WORD``.
        user: ``kiosk`` runs it with the groups of the service.

    Returns:
        All that it printed.

    Raises:
        AssertionError: something was not as it must be, or it never ended.
    """
    machine.run(f"rm -rf {INSIDE}/done {INSIDE}/out; mkdir {INSIDE}/done; : >{INSIDE}/out")
    machine.run(f"rm -rf {INSIDE}/work; install -d -o {user} {INSIDE}/work")
    words = [
        *("systemd-run", "--quiet", f"--unit=devices-{module}", "--collect", f"--uid={user}"),
        *("-E", f"PYTHONPATH={INSIDE}", "-E", "PYTHONDONTWRITEBYTECODE=1"),
        *("-E", f"HOME={INSIDE}/work", "-E", f"ESCPOS_CAPABILITIES_PICKLE_DIR={INSIDE}/work"),
        *("-p", f"WorkingDirectory={INSIDE}/work", "-p", "MemoryDenyWriteExecute=no"),
        *("-p", f"StandardOutput=append:{INSIDE}/out", "-p", "StandardError=inherit"),
        *(() if user == "root" else ("-p", f"SupplementaryGroups={GROUPS}")),
        *(PYTHON, "-u", "-m", f"tests.devices_vm.{module}"),
    ]
    machine.run(shlex.join(words))
    log = machine.folder / f"{module}.log"
    asked: set[str] = set()
    give_up_s = time.monotonic() + GIVE_UP_S
    while True:
        told = machine.run(f"systemctl is-active devices-{module} || true; cat {INSIDE}/out")
        state, _, out = told.partition("\n")
        log.write_text(out)
        for line in out.splitlines():
            name = line.removeprefix("please: ")
            if name != line and name not in asked:
                asked.add(name)
                (hands or {})[name.partition("-")[2]]()
                machine.run(f"touch {INSIDE}/done/{name}")
        if state not in ("active", "activating"):
            break
        assert time.monotonic() < give_up_s, f"{module} never ended:\n{out}"
        time.sleep(0.5)
    assert "NOT OK" not in out and out.rstrip().endswith(": all ok"), out
    return out


class Words:
    """Somebody at a serial line who sends what is asked for, and hears nothing."""

    def __init__(self) -> None:
        self._out = b""

    def say(self, data: bytes) -> None:
        """Send this at the next turn."""
        self._out += data

    def feed(self, data: bytes, now_s: float) -> bytes:
        """See `kiosk.hardware.peers.line.Peer`."""
        return self.tick(now_s)

    def tick(self, now_s: float) -> bytes:
        """See `kiosk.hardware.peers.line.Peer`."""
        out, self._out = self._out, b""
        return out


class Qtest:
    """The emulator's line to the legs of its chips: inputs are driven, outputs seen.

    Args:
        path: the emulator's socket, which listens.
        machine: to find the chip in.
    """

    def __init__(self, path: Path, machine: Machine) -> None:
        parts = machine.qmp.do("qom-list", path="/machine/unattached")
        chip = next(part["name"] for part in parts if part["type"] == "child<pl061>")
        self._chip = f"/machine/unattached/{chip}"
        self.outputs: list[tuple[float, int, bool]] = []
        """When, which line, whether it went high; all since the start."""
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(path))
        self._lines = self._line.makefile("rw", encoding="ascii")
        self._answered = threading.Semaphore(0)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._do(f"irq_intercept_out {self._chip}")

    def drive(self, line: int, high: bool) -> None:
        """Put a level on an input."""
        self._do(f"set_irq_in {self._chip} unnamed-gpio-in {line} {int(high)}")

    def _do(self, command: str) -> None:
        self._lines.write(command + "\n")
        self._lines.flush()
        assert self._answered.acquire(timeout=GIVE_UP_S), f"no answer to {command}"

    def _listen(self) -> None:
        for line in self._lines:
            words = line.split()
            if words[:1] == ["IRQ"]:
                self.outputs.append((time.monotonic(), int(words[2]), words[1] == "raise"))
            else:
                self._answered.release()

    def close(self) -> None:
        """Hang up; back when nobody listens any more."""
        self._line.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._lines.close()
        self._line.close()
