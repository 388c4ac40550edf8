"""systemd/kiosk-helper as a process of its own, with tools and folders of the test's."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.errors import Refused
from kiosk.machine import Helper

ROOT = Path(__file__).parents[1]
HELPER = ROOT / "systemd" / "kiosk-helper"
NAME = "0123456789abcdef"
ME = pwd.getpwuid(os.getuid()).pw_name
TOOL = """#!{python}
import sys, pathlib
with pathlib.Path({log!r}).open("a") as told:
    told.write(" ".join([pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]) + "\\n")
sys.exit(int({name!r} in pathlib.Path({fails!r}).read_text().splitlines()))
"""
NETWORK = {
    "link": "cable",
    "address": "",
    "gateway": "",
    "name_server": "",
    "network": "",
    "password": "",
}


class Machine:
    """A machine in a folder: its tools only write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.request, self.answer = folder / "foyer/request", folder / "foyer-helper/answer"
        self.connections, self.tools = folder / "connections", folder / "bin"
        for made in (self.request.parent, self.answer.parent, self.connections, self.tools):
            made.mkdir()
        (folder / "fails").write_text("")
        (folder / "log").write_text("")
        (folder / "zones/Europe").mkdir(parents=True)
        (folder / "zones/Europe/Moscow").write_text("TZif")
        for name in ("systemctl", "timedatectl", "nmcli"):
            tool = self.tools / name
            log, fails = str(folder / "log"), str(folder / "fails")
            tool.write_text(TOOL.format(python=sys.executable, log=log, fails=fails, name=name))
            tool.chmod(0o755)

    def run(self, **environ: str) -> str:
        """Start the helper once, as systemd does; what it says in the machine's log."""
        given = {
            "FOYER_REQUEST": str(self.request),
            "FOYER_ANSWER": str(self.answer),
            "FOYER_TOOLS": str(self.tools),
            "FOYER_ZONES": str(self.folder / "zones"),
            "FOYER_LOCAL_TIME": str(self.folder / "localtime"),
            "FOYER_CONNECTIONS": str(self.connections),
            "FOYER_BACKLIGHTS": str(self.folder / "backlight"),
            "FOYER_USER": ME,
        }
        done = subprocess.run(
            [sys.executable, "-I", str(HELPER)],
            env=given | environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert not done.stdout
        return done.stderr

    def ask(self, verb: object, **arguments: object) -> dict[str, Any] | None:
        """What it answers to a request; None where it answers nothing."""
        self.request.write_text(json.dumps({"id": NAME, "verb": verb, **arguments}))
        self.answer.unlink(missing_ok=True)
        self.said = self.run()
        assert not os.path.lexists(self.request), "it would be carried out again"
        return json.loads(self.answer.read_text()) if self.answer.exists() else None

    @property
    def called(self) -> list[str]:
        """How its tools were called."""
        return (self.folder / "log").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


DONE = {"id": NAME, "ok": True}
WRONG = {"id": NAME, "ok": False, "problem": "wrong"}


@pytest.mark.parametrize(
    ("verb", "arguments", "called"),
    [
        ("reboot", {}, ["systemctl --no-block reboot"]),
        ("power-off", {}, ["systemctl --no-block poweroff"]),
        (
            "set-time",
            {"at": "2026-12-24T06:30:00Z"},
            [
                "timedatectl set-ntp false",
                "timedatectl set-time 2026-12-24 06:30:00 UTC",
                "timedatectl set-ntp true",
            ],
        ),
        ("set-zone", {"zone": "Europe/Moscow"}, ["timedatectl set-timezone Europe/Moscow"]),
        ("use-setup-file", {}, ["systemctl start kiosk-setup-file.service"]),
    ],
)
def test_what_is_asked_for_is_done_once(
    machine: Machine, verb: str, arguments: dict[str, str], called: list[str]
) -> None:
    assert machine.ask(verb, **arguments) == DONE
    assert machine.called == called
    machine.run()
    assert machine.called == called
    assert machine.answer.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("reboot", {"now": "yes"}),
        ("set-time", {}),
        ("set-time", {"at": "2026-13-24T06:30:00Z"}),
        ("set-time", {"at": "1970-01-01T00:00:00Z"}),
        ("set-time", {"at": "2026-12-24T06:30:00Z; reboot"}),
        ("set-time", {"at": 1}),
        ("set-time", {"at": ["2026-12-24T06:30:00Z"]}),
        ("set-zone", {"zone": "Mars/Olympus"}),
        ("set-zone", {"zone": "../../etc/passwd"}),
        ("set-zone", {"zone": "Europe"}),
        ("set-zone", {"zone": "--help"}),
        ("set-zone", {"zone": "Europe/Moscow\n"}),
        ("set-screen", {"percent": "101"}),
        ("set-screen", {"percent": "-1"}),
        ("set-screen", {"percent": 50}),
        ("set-screen", {"percent": "50", "panel": "../../x"}),
        ("set-network", NETWORK | {"link": "radio"}),
        ("set-network", NETWORK | {"address": "127.0.0.1/8"}),
        ("set-network", NETWORK | {"address": "10.0.0.2"}),
        ("set-network", NETWORK | {"gateway": "10.0.0.1"}),
        ("set-network", NETWORK | {"address": "10.0.0.2/8", "gateway": "x"}),
        ("set-network", NETWORK | {"address": "10.0.0.2/8", "gateway": "fe80::1"}),
        ("set-network", NETWORK | {"link": "wifi"}),
        ("set-network", NETWORK | {"link": "wifi", "network": "ж" * 17}),
        ("set-network", NETWORK | {"link": "wifi", "network": "a\n[wifi]"}),
        ("set-network", NETWORK | {"link": "wifi", "network": "a", "password": "short"}),
        ("set-network", NETWORK | {"link": "wifi", "network": "a", "password": "long\nenough"}),
        ("set-network", NETWORK | {"network": "Cafe"}),
        ("set-network", NETWORK | {"password": "long enough"}),
        ("set-network", {k: v for k, v in NETWORK.items() if k != "password"}),
    ],
)
def test_an_argument_of_another_form_is_refused_and_nothing_is_run(
    machine: Machine, verb: str, arguments: dict[str, object]
) -> None:
    assert machine.ask(verb, **arguments) == WRONG
    assert machine.called == [] and not list(machine.connections.iterdir())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 4000,
        b'{"verb": "reboot"}',
        b'{"id": "../../x", "verb": "reboot"}',
        b'{"id": "0123456789abcdef", "verb": "rm"}',
        b'{"id": "0123456789abcdef", "verb": ["reboot"]}',
        b'{"id": "0123456789abcdef", "verb": "reboot"}' + b" " * 5000,
    ],
)
def test_what_is_no_request_is_removed_and_answered_by_nothing(
    machine: Machine, data: bytes
) -> None:
    machine.request.write_bytes(data)
    assert "refused" in machine.run()
    assert not machine.request.exists() and not machine.answer.exists() and not machine.called


def test_a_link_a_pipe_and_a_request_of_somebody_else_are_not_followed(machine: Machine) -> None:
    asked = json.dumps({"id": NAME, "verb": "reboot"})
    elsewhere = machine.folder / "elsewhere"
    elsewhere.write_text(asked)
    machine.request.symlink_to(elsewhere)
    machine.run()
    os.mkfifo(machine.request)
    machine.run()
    machine.request.write_text(asked)
    other = "nobody" if ME != "nobody" else "root"
    machine.run(FOYER_USER=other)
    assert not machine.called and not machine.answer.exists()
    assert not os.path.lexists(machine.request) and elsewhere.exists()


def test_a_tool_that_fails_or_is_missing_is_told(machine: Machine) -> None:
    (machine.folder / "fails").write_text("nmcli")
    assert machine.ask("set-network", **NETWORK) == {"id": NAME, "ok": False, "problem": "failed"}
    (machine.tools / "systemctl").unlink()
    assert machine.ask("reboot") == {"id": NAME, "ok": False, "problem": "no_tool"}


@pytest.mark.parametrize("worked", [False, True])
def test_a_network_that_does_not_work_leaves_the_one_that_did(
    machine: Machine, worked: bool
) -> None:
    former = NETWORK | {"link": "wifi", "network": "Cafe", "password": "long enough"}
    if worked:
        assert machine.ask("set-network", **former) == DONE
    before = {file: file.read_text() for file in machine.connections.iterdir()}
    (machine.folder / "fails").write_text("nmcli")
    other = former | {"password": "mistyped it"}
    assert machine.ask("set-network", **other) == {"id": NAME, "ok": False, "problem": "failed"}
    assert {file: file.read_text() for file in machine.connections.iterdir()} == before
    assert bool(before) == worked


def test_a_fixed_address_by_cable(machine: Machine) -> None:
    given = NETWORK | {
        "address": "192.168.1.20/24",
        "gateway": "192.168.1.1",
        "name_server": "9.9.9.9",
    }
    assert machine.ask("set-network", **given) == DONE
    (file,) = machine.connections.iterdir()
    assert file.name == "foyer-cable.nmconnection" and file.stat().st_mode & 0o777 == 0o600
    told = file.read_text()
    assert "method=manual\naddress1=192.168.1.20/24,192.168.1.1\ndns=9.9.9.9;" in told
    assert machine.called == [
        f"nmcli connection load {file}",
        "nmcli --wait 30 connection up foyer-cable",
    ]


def test_a_wifi_and_its_password_which_stands_in_no_command_and_in_no_log(
    machine: Machine,
) -> None:
    password = '  a\\b; [c] = "d"\''
    given = NETWORK | {"link": "wifi", "network": "Кафе 2", "password": password}
    assert machine.ask("set-network", **given) == DONE
    told = (machine.connections / "foyer-wifi.nmconnection").read_text()
    (ssid,) = [line for line in told.splitlines() if line.startswith("ssid=")]
    numbers = ssid.removeprefix("ssid=").rstrip(";").split(";")
    assert bytes(int(n) for n in numbers).decode() == "Кафе 2"
    (psk,) = [line for line in told.splitlines() if line.startswith("psk=")]
    assert psk == 'psk=\\s\\sa\\\\b;\\s[c]\\s=\\s"d"\''
    assert "method=auto" in told
    for place in (" ".join(machine.called), machine.said, machine.answer.read_text()):
        assert "a\\b" not in place


def panel(machine: Machine, name: str, **files: str) -> Path:
    """A built-in screen's folder, as the kernel shows it: a link to the device's."""
    device = machine.folder / "devices" / name
    device.mkdir(parents=True)
    for file, value in files.items():
        (device / file).write_text(value)
    (machine.folder / "backlight").mkdir(exist_ok=True)
    (machine.folder / "backlight" / name).symlink_to(device)
    return device


def light(device: Path) -> dict[str, str]:
    return {file.name: file.read_text().split("\n")[0] for file in sorted(device.iterdir())}


def test_the_light_of_every_built_in_screen(machine: Machine) -> None:
    assert machine.ask("set-screen", percent="0") == {**DONE, "panels": 0}
    pi = panel(machine, "10-0045", brightness="  31", max_brightness="31\n", bl_power="0")
    old = panel(machine, "old", brightness="255", max_brightness="255")
    assert machine.ask("set-screen", percent="0") == {**DONE, "panels": 2}
    assert light(pi)["bl_power"] == "4" and light(old)["brightness"] == "0"
    assert machine.ask("set-screen", percent="40") == {**DONE, "panels": 2}
    assert light(pi) == {"bl_power": "0", "brightness": "12", "max_brightness": "31"}
    assert light(old) == {"brightness": "102", "max_brightness": "255"}
    # One percent of few steps is not off.
    assert machine.ask("set-screen", percent="1") == {**DONE, "panels": 2}
    assert light(pi)["brightness"] == "1"
    (old / "max_brightness").write_text("many")
    failed = {"id": NAME, "ok": False, "problem": "failed"}
    assert machine.ask("set-screen", percent="50") == failed and "backlight" in machine.said


# --- the kiosk's side --------------------------------------------------------------------------


@pytest.fixture
def asked(machine: Machine) -> Iterator[Callable[..., dict[str, Any]]]:
    """Asks like the kiosk; what systemd does when a request is there is done by a thread."""
    stop = threading.Event()

    def path_unit() -> None:
        while not stop.wait(0.01):
            if machine.request.exists():
                machine.run()

    unit = threading.Thread(target=path_unit)
    unit.start()
    yield Helper(machine.request, machine.answer).ask
    stop.set()
    unit.join()


def test_the_kiosk_asks_and_is_answered(
    machine: Machine, asked: Callable[..., dict[str, Any]]
) -> None:
    assert asked("set-zone", zone="Europe/Moscow")["ok"]
    assert machine.called == ["timedatectl set-timezone Europe/Moscow"]
    for key, verb, arguments in (
        ("err.helper_wrong", "set-zone", {"zone": "Mars/Olympus"}),
        ("err.helper_failed", "set-network", NETWORK),
    ):
        (machine.folder / "fails").write_text("nmcli")
        with pytest.raises(Refused) as refused:
            asked(verb, **arguments)
        assert refused.value.key == key


@pytest.mark.parametrize("form", ["{zones}/Europe/Kyiv", "zones/Europe/Kyiv"])
def test_a_zone_is_the_systems_where_its_file_can_be_written(machine: Machine, form: str) -> None:
    (machine.folder / "localtime").symlink_to(form.format(zones=machine.folder / "zones"))
    assert machine.ask("set-zone", zone="Europe/Moscow") == DONE
    assert machine.called == ["timedatectl set-timezone Europe/Moscow"]


def test_in_the_image_a_zone_is_a_link_on_data(machine: Machine) -> None:
    (machine.folder / "data").mkdir()
    kept = machine.folder / "data/localtime"
    kept.symlink_to("/usr/share/zoneinfo/Etc/UTC")
    (machine.folder / "localtime").symlink_to("data/localtime")
    assert machine.ask("set-zone", zone="Europe/Moscow") == DONE
    assert not machine.called
    assert (machine.folder / "localtime").read_text() == "TZif"
    assert kept.readlink() == machine.folder / "zones/Europe/Moscow"
    assert machine.ask("set-zone", zone="Mars/Olympus") == WRONG
    assert kept.readlink() == machine.folder / "zones/Europe/Moscow"


def test_where_nobody_answers_nothing_is_left_to_be_done_later(machine: Machine) -> None:
    for helper in (
        Helper(machine.request, None),
        Helper(machine.request, machine.answer, wait_s=0.0),
        Helper(machine.folder / "nowhere/request", machine.answer),
    ):
        with pytest.raises(Refused) as refused:
            helper.ask("reboot")
        assert refused.value.key == "err.no_helper"
        assert not list(machine.request.parent.iterdir())


def test_the_answer_to_somebody_elses_request_is_not_ours(machine: Machine) -> None:
    machine.answer.write_text(json.dumps({"id": "f" * 32, "ok": True}))
    with pytest.raises(Refused):
        Helper(machine.request, machine.answer, wait_s=0.25).ask("reboot")


def test_only_who_asks_can_read_a_request(machine: Machine) -> None:
    helper = Helper(machine.request, machine.answer, wait_s=0.0)
    helper._write({"id": NAME, "verb": "set-network", **NETWORK, "password": "long enough"})
    assert machine.request.stat().st_mode & 0o777 == 0o600


def test_where_the_helper_is_is_told_by_the_unit(tmp_path: Path) -> None:
    assert Helper.of({}).answer is None
    assert Helper.of({"RUNTIME_DIRECTORY": "/run/foyer"}).answer is None
    told = {"RUNTIME_DIRECTORY": "/run/foyer", "FOYER_HELPER_ANSWER": "/run/foyer-helper/answer"}
    found = Helper.of(told)
    unit = dict(
        line.split("=", 1)
        for line in (ROOT / "systemd/kiosk-helper.path").read_text().splitlines()
        if "=" in line
    )
    assert str(found.request) == unit["PathExists"]
    service = (ROOT / "systemd/kiosk.service").read_text()
    assert f"FOYER_HELPER_ANSWER={found.answer}\n" in service


def test_two_processes_ask_one_after_the_other(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nightly backup wants its sticks while the kiosk asks for something else."""
    helper = Helper(machine.request, machine.answer)
    waited: list[str] = []

    def nobody_else() -> None:
        folder = os.open(machine.request.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(folder)

    def wait(self: Helper, name: str) -> dict[str, bool]:
        waited.append(name)
        with pytest.raises(BlockingIOError):
            nobody_else()
        return {"ok": True}

    monkeypatch.setattr(Helper, "_wait", wait)
    helper.ask("reboot")
    assert waited
    nobody_else()
