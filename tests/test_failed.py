"""systemd/kiosk-failed as a process of its own, with tools, disks and an uptime of the test's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "systemd" / "kiosk-failed"
TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >>{log}
case $1 in
[0-9]*) echo "$(($(cut -d. -f1 {uptime}) + $1)).52 77.01" >{uptime} ;;
esac
[ "$1" != show ] || printf 'Result=%s\\nExecMainStatus=%s\\n' '{result}' {status}
"""
REBOOT = "systemctl --no-block reboot"
FOR_EVER = "sleep infinity"


class Machine:
    """A machine in a folder: its tools only write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data, self.secrets = folder / "data", folder / "secrets"
        for made in (self.data, self.secrets, folder / "bin", folder / "run"):
            made.mkdir()
        self.lasting = [str(self.data), str(self.secrets)]

    def fail(self, result: str, status: int = 0, *, up_s: int = 40) -> list[str]:
        """The kiosk has failed; what is done about it, in order, without the question how."""
        log = self.folder / "log"
        log.write_text("")
        for name in ("systemctl", "sleep"):
            tool = self.folder / "bin" / name
            uptime = self.folder / "uptime"
            text = TOOL.format(log=log, uptime=uptime, result=result, status=status)
            tool.write_text(text)
            tool.chmod(0o755)
        mounts = [f"20 1 0:1 / {place} rw - ext4 /dev/x rw" for place in self.lasting]
        (self.folder / "mounts").write_text("\n".join(["1 0 0:2 / / ro - tmpfs x ro", *mounts, ""]))
        (self.folder / "uptime").write_text(f"{up_s}.52 77.01\n")
        done = subprocess.run(
            [sys.executable, "-I", SCRIPT],
            env={
                "FOYER_MEMORY": f"{self.data}:{self.secrets}",
                "RUNTIME_DIRECTORY": str(self.folder / "run"),
                "FOYER_TOOLS": str(self.folder / "bin"),
                "FOYER_UPTIME": str(self.folder / "uptime"),
                "FOYER_MOUNTS": str(self.folder / "mounts"),
                "PATH": os.defpath,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        self.said = done.stderr
        first, *calls = log.read_text().splitlines()
        assert first.startswith("systemctl show kiosk.service")
        return calls

    def starts(self) -> None:
        """It is started anew: what was in memory is gone."""
        (self.folder / "run/failed-at").unlink(missing_ok=True)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_wrong_configuration_waits_for_a_person_and_never_restarts(machine: Machine) -> None:
    for up_s in (40, 10_000):
        assert machine.fail("exit-code", 78, up_s=up_s) == [FOR_EVER]
    assert "configuration is wrong" in machine.said


def test_a_disk_that_refused_restarts_the_machine_when_the_picture_was_read(
    machine: Machine,
) -> None:
    assert machine.fail("exit-code", 75) == ["sleep 60", REBOOT, FOR_EVER]
    assert "exit code 75" in machine.said


@pytest.mark.parametrize("result", ["success", ""])
def test_a_kiosk_that_never_ran_says_that_something_is_missing(
    machine: Machine, result: str
) -> None:
    assert machine.fail(result) == ["sleep 60", REBOOT, FOR_EVER]
    assert "is not there" in machine.said


def test_at_most_once_an_hour(machine: Machine) -> None:
    machine.fail("exit-code", 75)
    machine.starts()
    assert machine.fail("exit-code", 75, up_s=100) == ["sleep 3500", REBOOT, FOR_EVER]
    machine.starts()
    assert machine.fail("exit-code", 75, up_s=3580) == ["sleep 60", REBOOT, FOR_EVER]
    assert machine.fail("exit-code", 75, up_s=90_000) == ["sleep 60", REBOOT, FOR_EVER]


def test_one_disk_that_lasts_is_memory_enough(machine: Machine) -> None:
    machine.lasting = [str(machine.secrets)]
    assert machine.fail("success") == ["sleep 60", REBOOT, FOR_EVER]
    assert not list(machine.data.iterdir())
    machine.lasting = [str(machine.data), str(machine.secrets)]
    assert machine.fail("success", up_s=100) == ["sleep 3500", REBOOT, FOR_EVER]


def test_where_nothing_can_be_remembered_the_hour_is_waited_for(machine: Machine) -> None:
    machine.lasting = []
    for _ in range(2):
        assert machine.fail("success", up_s=100) == ["sleep 3500", REBOOT, FOR_EVER]
        machine.starts()
    assert not list(machine.data.iterdir())


def test_a_disk_that_can_only_be_read_is_no_memory(machine: Machine) -> None:
    machine.lasting = [str(machine.data)]
    (machine.data / "restarted").symlink_to("/nonexistent/nowhere")
    calls = machine.fail("exit-code", 75, up_s=100)
    assert calls == ["sleep 60", "sleep 3440", REBOOT, FOR_EVER]
    assert "nothing can be remembered" in machine.said


def test_too_many_failures_are_tried_again_before_the_machine_is_restarted(
    machine: Machine,
) -> None:
    again = [
        "sleep 300",
        "systemctl reset-failed kiosk.service",
        "systemctl --no-block start kiosk.service",
        FOR_EVER,
    ]
    assert machine.fail("start-limit-hit", 1, up_s=100) == again
    assert machine.fail("start-limit-hit", 1, up_s=900) == ["sleep 60", REBOOT, FOR_EVER]
    assert machine.fail("start-limit-hit", 1, up_s=5000) == again
    machine.starts()
    assert machine.fail("start-limit-hit", 1, up_s=100) == again
