"""A machine with two slots in a folder: kiosk-update and kiosk-helper are real, its tools are not.

The tools write down how they were called, and do to a small file what RAUC does to U-Boot's
variables; `start` chooses a slot from them as image/boot.cmd does. A power cut kills whoever called
a tool, before the tool did anything or after it.
"""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
UPDATE, HELPER = ROOT / "systemd/kiosk-update", ROOT / "systemd/kiosk-helper"
OLD, NEW = "1.0-202601010000", "1.1-202602010000"
ME = pwd.getpwuid(os.getuid()).pw_name

TOOL = """#!{python}
import json, os, pathlib, signal, subprocess, sys
machine = pathlib.Path({folder!r})
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with (machine / "log").open("a") as told:
    told.write(" ".join([name, *words]) + "\\n")
calls = len((machine / "log").read_text().splitlines())
cut = json.loads((machine / "cut").read_text())
def power(when):
    if cut == [calls, when]:
        os.kill(os.getppid(), signal.SIGKILL)
        os._exit(1)
power("before")
env = json.loads((machine / "env").read_text())
slot = (machine / "slot").read_text()
other = dict(A="B", B="A")[slot]
bundles = json.loads((machine / "bundles").read_text())
code, said = 0, ""
match [name, *words]:
    case ["fw_printenv"]:
        said = "".join(f"{{k}}={{v}}\\n" for k, v in env.items())
    case ["rauc", "status", mark, which] if mark.startswith("mark-"):
        of = slot if which == "booted" else other
        order = env["BOOT_ORDER"].split()
        if mark == "mark-active":
            env["BOOT_ORDER"] = " ".join([of, *(s for s in order if s != of)])
            env[f"BOOT_{{of}}_LEFT"] = "3"
        elif mark == "mark-good":
            env[f"BOOT_{{of}}_LEFT"] = "3"
        else:
            env["BOOT_ORDER"] = " ".join(s for s in order if s != of)
            env[f"BOOT_{{of}}_LEFT"] = "0"
    case ["rauc", "status", "--detailed", _]:
        of = lambda s: dict(bundle=dict(version=(machine / f"version-{{s}}").read_text()))
        slots = [{{f"root.{{n}}": dict(bootname=s, slot_status=of(s))}} for n, s in enumerate("AB")]
        said = json.dumps(dict(slots=[*slots, {{"boot.0": dict(bootname=None)}}]))
    case ["rauc", "install", *flags, bundle] if bundle not in bundles:
        print("LastError: signature verification failed: no issuer")
        sys.exit(1)
    case ["rauc", "install", bundle] if bundles[bundle]["version"] < (
        least := (machine / f"version-{{slot}}").read_text()
    ):
        print(" 20% Verifying signature")
        print(f"LastError: Version mismatch: Expected at least '{{least}}'")
        sys.exit(1)
    case ["rauc", "install", *flags, bundle]:
        env[f"BOOT_{{other}}_LEFT"] = "0"
        (machine / f"version-{{other}}").write_text("")
        (machine / "env").write_text(json.dumps(env))
        print("installing\\n  0% Installing\\n 40% Copying image", flush=True)
        power("between")
        (machine / f"version-{{other}}").write_text(bundles[bundle]["version"])
        print("100% Installing done.", flush=True)
    case ["systemctl", "start", *_, unit] if (machine / "units").exists():
        step = unit.partition("@")[2].partition(".")[0]
        update = [sys.executable, "-I", str(machine / "kiosk-update"), step]
        environ = json.loads((machine / "units").read_text())
        # What waits for the end of our words waits for none of what goes on without it.
        quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        going = subprocess.Popen(update, env=environ, **quiet)
        sys.exit(0 if "--no-block" in words else going.wait())
(machine / "env").write_text(json.dumps(env))
print(said, end="")
sys.stdout.flush()
power("after")
sys.exit(code or int(" ".join([name, *words][:3]) in (machine / "fails").read_text().splitlines()))
"""


class Slotted:
    """A machine with slots; both have the old version at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tools, self.runs = folder / "bin", folder / "foyer-helper"
        self.request, self.answer = folder / "foyer/request", self.runs / "answer"
        for made in (self.tools, self.runs, self.request.parent, folder / "system"):
            made.mkdir(parents=True)
        self.write(env={"BOOT_ORDER": "A B", "BOOT_A_LEFT": "3", "BOOT_B_LEFT": "3"})
        self.write(bundles={}, cut=None)
        for name, text in (("log", ""), ("fails", ""), ("version-A", OLD), ("version-B", OLD)):
            (folder / name).write_text(text)
        tools = ("rauc", "fw_printenv", "systemctl", "systemd-mount", "systemd-umount", "lsblk")
        for name in tools:
            text = TOOL.format(python=f"{sys.executable} -IS", folder=str(folder))
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)
        (folder / "mounts").write_text(
            "40 1 8:1 / /run/foyer-sticks/STICK rw,nodev - vfat /dev/sda1 rw\n"
        )
        (folder / "kiosk.toml").write_text('[updates]\naddress = "https://example.org/foyer/"\n')
        self.to_slot("A")

    def write(self, **told: object) -> None:
        for name, value in told.items():
            (self.folder / name).write_text(json.dumps(value))

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    @property
    def slot(self) -> str:
        """The slot that it was started from."""
        return (self.folder / "slot").read_text()

    @property
    def calls(self) -> list[str]:
        """How its tools were called."""
        return (self.folder / "log").read_text().splitlines()

    @property
    def told(self) -> dict[str, Any]:
        """What it tells the kiosk."""
        found: dict[str, Any] = json.loads((self.runs / "update").read_text())
        return found

    def to_slot(self, slot: str) -> None:
        (self.folder / "slot").write_text(slot)
        (self.folder / "cmdline").write_text(f"ro quiet rauc.slot={slot} panic=10\n")
        version = (self.folder / f"version-{slot}").read_text()
        (self.folder / "os-release").write_text(f'ID=debian\nIMAGE_VERSION="{version}"\n')

    @property
    def environ(self) -> dict[str, str]:
        of = self.folder
        return {
            "FOYER_TOOLS": str(self.tools),
            "FOYER_UPDATE_RECORD": str(of / "system/update.json"),
            "FOYER_UPDATE_TOLD": str(self.runs / "update"),
            "FOYER_UPDATE_WANTED": str(self.runs / "wanted"),
            "FOYER_UPDATE_MOUNT": str(of / "mount"),
            "FOYER_UPDATE_DOWNLOAD": str(of / "system/update.raucb"),
            "FOYER_COMMAND_LINE": str(of / "cmdline"),
            "FOYER_RELEASE": str(of / "os-release"),
            "FOYER_MOUNTS": str(of / "mounts"),
            "FOYER_SETTINGS": str(of / "kiosk.toml"),
            "FOYER_STICKS": "/run/foyer-sticks",
            "FOYER_REQUEST": str(self.request),
            "FOYER_ANSWER": str(self.answer),
            "FOYER_USER": ME,
        }

    def run_units(self) -> None:
        """From now on `systemctl start` starts steps of an update, as systemd does."""
        (self.folder / "kiosk-update").symlink_to(UPDATE)
        self.write(units=self.environ)

    def carry_out(self) -> None:
        """Have kiosk-helper look for a request, as kiosk-helper.path does."""
        words = [sys.executable, "-I", str(HELPER)]
        subprocess.run(words, env=self.environ, capture_output=True, check=True)

    def step(self, verb: str) -> int:
        """One step of systemd/kiosk-update; its exit code, negative where it was killed."""
        words = [sys.executable, "-I", str(UPDATE), verb]
        done = subprocess.run(words, env=self.environ, capture_output=True, text=True, check=False)
        self.said = done.stderr
        return done.returncode

    def offer(self, **versions: str) -> None:
        """Bundles that are signed, by their names (without ending), and their versions."""
        self.write(bundles={self.bundle(n): {"version": v} for n, v in versions.items()})

    def bundle(self, name: str) -> str:
        """Where RAUC finds a bundle of a stick."""
        return str(self.folder / f"mount/{name}.raucb")

    def want(self, name: str = "new", older: str = "no") -> None:
        """What the helper wrote down before it starts `install`."""
        wanted = {"device": "/dev/sda1", "kind": "vfat", "file": f"{name}.raucb", "older": older}
        self.write(**{"foyer-helper/wanted": wanted})

    def ask(self, verb: str, **arguments: str) -> dict[str, Any]:
        """A request of the kiosk to systemd/kiosk-helper, and what it answers."""
        asked = {"id": "0123456789abcdef", "verb": verb, **arguments}
        self.request.write_text(json.dumps(asked))
        words = [sys.executable, "-I", str(HELPER)]
        done = subprocess.run(words, env=self.environ, capture_output=True, text=True, check=True)
        self.said = done.stderr
        told: dict[str, Any] = json.loads(self.answer.read_text())
        return told

    def start(self) -> str:
        """Power comes: U-Boot chooses a slot and counts, and the first step of a start is made.

        Both counted down to nothing: both may try again, at the next start.
        """
        (self.runs / "update").unlink(missing_ok=True)
        self.write(cut=None)
        for _ in range(2):
            env = self.read("env")
            slots = [s for s in env["BOOT_ORDER"].split() if int(env[f"BOOT_{s}_LEFT"]) > 0]
            if slots:
                left = f"BOOT_{slots[0]}_LEFT"
                self.write(env=env | {left: str(int(env[left]) - 1)})
                self.to_slot(slots[0])
                assert self.step("boot") == 0, self.said
                return slots[0]
            self.write(env=env | {"BOOT_A_LEFT": "3", "BOOT_B_LEFT": "3"})
        raise AssertionError("no slot is in the order of starts: the machine is a brick")
