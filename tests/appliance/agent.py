"""The tests' hand inside a machine that they boot: a root shell on a wire of the emulator.

It is no part of the image. The emulator hands this file to the guest as a systemd credential
(`emulator.py`), the guest's Python runs it as it stands, and it imports nothing but the standard
library. One JSON object a line in each direction.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

PORT = "/dev/virtio-ports/foyer.agent"
JOURNAL_PORT = "/dev/virtio-ports/foyer.journal"
CREDENTIALS = Path("/run/credentials/@system")
LOOK_EVERY_S = 0.2


def drop_ins() -> None:
    """What the test changes of the units, before any of them is started."""
    for name, text in json.loads((CREDENTIALS / "foyer.dropins").read_text()).items():
        folder = Path("/run/systemd/system") / f"{name}.d"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "90-test.conf").write_text(text)
    if any(Path("/run/systemd/system").glob("*.d/90-test.conf")):
        subprocess.run(["systemctl", "daemon-reload"], check=False)


def tell_systemd(state: str) -> None:
    """Say something to the manager, as sd_notify does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(state.encode(), os.environ["NOTIFY_SOCKET"])


def wait_for(path: str) -> None:
    """Wait until udev has named the wire."""
    while not Path(path).exists():
        time.sleep(LOOK_EVERY_S)


def journal() -> None:
    """Copy the journal, from the first line of this boot on, to the emulator."""
    wait_for(JOURNAL_PORT)
    with Path(JOURNAL_PORT).open("wb", buffering=0) as out:
        words = ["journalctl", "--follow", "--lines=all", "--boot", "--namespace=*", "--quiet"]
        while True:
            # It ends when the journal moves (a flush): then from its start once more.
            subprocess.run([*words, "--output=short-monotonic", "--no-hostname"], stdout=out)
            time.sleep(LOOK_EVERY_S)


def shell(request: dict[str, Any]) -> dict[str, Any]:
    """Run a shell command as root."""
    done = subprocess.run(
        ["/bin/sh", "-c", request["shell"]],
        input=base64.b64decode(request.get("input", "")),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=request["limit_s"],
    )
    return {"code": done.returncode, "out": base64.b64encode(done.stdout).decode()}


def control(request: dict[str, Any]) -> dict[str, Any]:
    """Ask the kiosk at its control socket, without a Python of its own for each question."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(request["limit_s"])
        line.connect(request["socket"])
        line.sendall(json.dumps(request["control"]).encode() + b"\n")
        told = b""
        while not told.endswith(b"\n") and (data := line.recv(65536)):
            told += data
    return {"told": json.loads(told)}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What came of a request; a failure is an answer, too."""
    try:
        return shell(request) if "shell" in request else control(request)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def serve() -> None:
    """Answer one request after the other, for as long as the machine runs."""
    wait_for(PORT)
    wire = os.open(PORT, os.O_RDWR)
    kept = b""
    send(wire, {"hello": time.clock_gettime(time.CLOCK_BOOTTIME)})
    while True:
        data = os.read(wire, 65536)
        if not data:
            # Nobody listens at the other end, for now.
            time.sleep(LOOK_EVERY_S)
            continue
        kept += data
        while b"\n" in kept:
            line, _, kept = kept.partition(b"\n")
            request = json.loads(line)
            send(wire, {"id": request["id"], **answer(request)})


def send(wire: int, told: dict[str, Any]) -> None:
    """Send a line, whole."""
    data = json.dumps(told).encode() + b"\n"
    while data:
        try:
            data = data[os.write(wire, data) :]
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
            time.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    drop_ins()
    tell_systemd("READY=1")
    threading.Thread(target=journal, daemon=True).start()
    serve()
