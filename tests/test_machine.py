"""The shell's side of what the desk does to the machine: ports, log, how it is, beginning anew."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk import log_ring, machine
from kiosk.core import chosen_ports, config, errands
from kiosk.core.clock import Now
from kiosk.core.errands import MachineLook, Ports, SerialPort
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.ids import DeviceId
from kiosk.errands import Way
from kiosk.hardware.ports import serial_lines
from kiosk.log_ring import LINE_CHARACTERS_MAX, LINES_MAX, PAGE_LINES, LogRing

ROOT = Path(__file__).parents[1]
KIOSK = """
[kiosk]
id = "K1"
[devices.acceptor]
driver = "ccnet"
port = "/dev/ttyUSB0"
[devices.reader]
driver = "pcsc"
"""
PORT = "/dev/serial/by-id/usb-FTDI_FT232R-if00-port0"


# --- lines -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    device: str
    description: str


def test_a_line_has_its_lasting_name_the_best_first(tmp_path: Path) -> None:
    devices, by_id, by_path = tmp_path / "dev", tmp_path / "by-id", tmp_path / "by-path"
    for folder in (devices, by_id, by_path):
        folder.mkdir()
    for name in ("ttyUSB0", "ttyUSB1", "ttyS0"):
        (devices / name).touch()
    (by_id / "usb-FTDI").symlink_to(devices / "ttyUSB0")
    (by_path / "pci-1").symlink_to(devices / "ttyUSB0")
    (by_path / "pci-2").symlink_to(devices / "ttyUSB1")
    there = [
        Line(str(devices / "ttyUSB1"), "CH340"),
        Line(str(devices / "ttyUSB0"), "FT232R USB UART"),
        Line(str(devices / "ttyS0"), "n/a"),
    ]
    assert serial_lines(lambda: there, (by_id, by_path, tmp_path / "nowhere")) == [
        (str(by_id / "usb-FTDI"), "FT232R USB UART"),
        (str(by_path / "pci-2"), "CH340"),
        (str(devices / "ttyS0"), ""),
    ]


def test_the_lines_of_this_machine_can_be_listed() -> None:
    assert all(name.startswith("/dev/") for name, _ in serial_lines())


# --- what was chosen ---------------------------------------------------------------------------


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    file = tmp_path / "kiosk.toml"
    file.write_text(f'{KIOSK}\n[store]\nfolder = "{tmp_path}"\n')
    return file


def ports_of(kiosk: Path, **how: bool) -> dict[str, object]:
    return {d.name: d.options.get("port") for d in config.load(kiosk, **how).devices}


def does(kiosk: Path, **changes: Any) -> dict[type, Any]:
    chosen = config.load(kiosk)
    declared = {str(d.name): d.options for d in chosen.devices}
    helper = machine.Helper(kiosk.parent / "request", None)
    given = {"ring": LogRing(), "again": lambda what: None, "helper": helper} | changes
    return machine.MachineErrands(chosen.ports_file, declared=declared, **given).does


def test_a_port_that_was_chosen_goes_before_kiosk_toml_from_the_next_start_on(kiosk: Path) -> None:
    assert ports_of(kiosk)["acceptor"] == "/dev/ttyUSB0"
    errand = errands.ChoosePort(DeviceId("acceptor"), PORT)
    assert does(kiosk)[errands.ChoosePort](errand, Way()) is None
    assert ports_of(kiosk) == {"acceptor": PORT, "reader": None}
    text = (kiosk.parent / "devices.toml").read_text()
    assert text.startswith("# Written by the kiosk") and text.count(PORT) == 1
    # Simulated devices have lines of their own.
    assert ports_of(kiosk, simulated=True)["acceptor"] == ""
    again = errands.ChoosePort(DeviceId("acceptor"), "tcp://10.0.0.9:4001")
    does(kiosk)[errands.ChoosePort](again, Way())
    assert ports_of(kiosk)["acceptor"] == "tcp://10.0.0.9:4001"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("devices", "is not TOML"),
        ("port = 1", "only sections [devices.NAME] stand here"),
        ("devices = 1", "only sections [devices.NAME] stand here"),
        ('[store]\nfolder = "/x"', "only sections [devices.NAME] stand here"),
        ('[devices.hopper]\nport = "/dev/x"', "[devices.hopper]: kiosk.toml declares no such"),
        ("[devices]\nacceptor = 1", "[devices.acceptor]: is no section"),
        ("[devices.acceptor]\nbaud = 9600", "baud: cannot be chosen here, only port"),
        ('[devices.reader]\nport = "/dev/x"', "port: cannot be chosen here, only socket"),
        ("[devices.acceptor]\nport = 7", "port: is no text"),
        ('[devices.acceptor]\nport = ""', "port: is no text"),
    ],
)
def test_a_mistake_in_what_was_chosen_is_told_with_its_place(
    kiosk: Path, text: str, told: str
) -> None:
    file = kiosk.parent / "devices.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as wrong:
        config.load(kiosk)
    assert wrong.value.mistakes[0].startswith(str(file)) and told in wrong.value.mistakes[0]
    with pytest.raises(Refused) as refused:
        errand = errands.ChoosePort(DeviceId("acceptor"), PORT)
        given = machine.MachineErrands(
            file,
            LogRing(),
            lambda what: None,
            machine.Helper(kiosk, None),
            {"acceptor": {"port": "", "baud": 9600}, "reader": {"socket": ""}},
        )
        given.does[errands.ChoosePort](errand, Way())
    assert refused.value.key == "err.port_not_kept" and file.read_text() == text


def test_several_mistakes_are_told_at_once_and_bytes_that_are_no_text(kiosk: Path) -> None:
    file = kiosk.parent / "devices.toml"
    file.write_text("[devices.a]\n[devices.acceptor]\nbaud = 1\n")
    with pytest.raises(ConfigError) as wrong:
        config.load(kiosk)
    assert len(wrong.value.mistakes) == 2
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(kiosk)


def test_what_was_chosen_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "devices.toml"
    given = {"a": {"port": 'C:\\x "quoted" ж'}, "b": {"socket": "/run/s"}}
    chosen_ports.write(file, given)
    declared = {"a": {"port": ""}, "b": {"socket": ""}}
    assert chosen_ports.read(file, declared) == given
    assert [path.name for path in tmp_path.iterdir()] == ["devices.toml"]
    (tmp_path / ".devices.toml.new").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        chosen_ports.write(file, {})
    assert chosen_ports.read(file, declared) == given


# --- the log -----------------------------------------------------------------------------------


@pytest.fixture
def ring() -> Iterator[LogRing]:
    ring = LogRing()
    logger = logging.getLogger("kiosk.test")
    logger.addHandler(ring)
    before, logger.level, logger.propagate = logger.level, logging.INFO, False
    yield ring
    logger.removeHandler(ring)
    logger.level, logger.propagate = before, True


log = logging.getLogger("kiosk.test")


def test_the_log_is_told_newest_first_page_by_page(ring: LogRing) -> None:
    for number in range(1, PAGE_LINES + 4):
        log.info("line %d", number)
    log.error("bad")
    newest = ring.page()
    assert newest.older and len(newest.lines) == PAGE_LINES
    assert (newest.lines[0].level, newest.lines[0].text) == ("error", "kiosk.test: bad")
    rest = ring.page(newest.lines[-1].number)
    assert not rest.older
    told = [*newest.lines, *rest.lines]
    assert [line.number for line in told] == list(range(PAGE_LINES + 4, 0, -1))
    assert datetime.fromisoformat(told[0].at).tzinfo is not None


def test_the_log_is_bounded_in_lines_in_length_and_in_time(
    ring: LogRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(LINES_MAX + 10):
        log.warning("%d %s", number, "x" * 10_000 if number % 500 == 0 else "")
    kept = ring._lines
    assert len(kept) == LINES_MAX
    assert max(len(line.text) for _, line in kept) == LINE_CHARACTERS_MAX
    now = kept[-1][0]
    later = Now(datetime.fromtimestamp(now + 3601, UTC), 0.0)
    monkeypatch.setattr(log_ring, "system_now", lambda: later)
    assert ring.page().lines == ()


def test_what_libraries_tell_of_whom_they_ask_is_left_out(ring: LogRing) -> None:
    library = logging.getLogger("httpx")
    library.addHandler(ring)
    before, library.level = library.level, logging.INFO
    try:
        library.info("HTTP Request: POST https://hooks.example/secret")
        library.warning("slow")
    finally:
        library.removeHandler(ring)
        library.setLevel(before)
    assert [line.text for line in ring.page().lines] == ["httpx: slow"]


def test_an_error_says_what_it_was_and_a_line_that_is_none_breaks_nothing(
    ring: LogRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    try:
        raise ValueError("the cable")
    except ValueError:
        log.exception("gone")
    log.info("%d notes", "many")
    (line,) = ring.page().lines
    assert line.text == "kiosk.test: gone (ValueError('the cable'))"


# --- how it is ---------------------------------------------------------------------------------


def test_how_the_machine_is_is_told_as_far_as_it_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = tmp_path / "class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("54321\n")
    (tmp_path / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    (tmp_path / "meminfo").write_text("MemTotal: 4000 kB\nMemAvailable: 3000 kB\nHugePages: x\n")
    monkeypatch.setattr(machine, "MODEL", (tmp_path / "none", tmp_path / "model"))
    monkeypatch.setattr(machine, "MEMORY", tmp_path / "meminfo")
    told = machine.look(helper=True, sys=tmp_path)
    assert (told.celsius, told.memory_percent) == (54, 25)
    assert told.model == "Raspberry Pi 4 Model B Rev 1.4" and told.helper
    assert told.up_s is not None and told.up_s > 0
    monkeypatch.setattr(machine, "MEMORY", tmp_path / "none")
    monkeypatch.setattr(machine, "MODEL", ())
    told = machine.look(helper=False, sys=tmp_path / "none")
    nothing = MachineLook("", None, None, told.up_s, told.addresses, helper=False)
    assert told == replace(nothing, clock_set=told.clock_set)


def test_each_errand_about_the_machine_is_done_by_somebody(kiosk: Path) -> None:
    again: list[str] = []
    done = does(kiosk, again=again.append, lines=lambda: [(PORT, "FT232R")])
    assert done[errands.ListPorts](errands.ListPorts(), Way()) == Ports(
        (SerialPort(PORT, "FT232R"),)
    )
    assert isinstance(done[errands.LookAtMachine](errands.LookAtMachine(), Way()), MachineLook)
    zones = done[errands.ListZones](errands.ListZones(), Way()).names
    assert "Europe/Moscow" in zones and "UTC" not in zones and list(zones) == sorted(zones)
    for what in ("program", "training", "real"):
        done[errands.Restart](errands.Restart(what), Way())
    assert again == ["program", "training", "real"]
    for errand in (
        errands.Restart("machine"),
        errands.Restart("off"),
        errands.SetClock("2026-12-24T06:30:00Z"),
        errands.SetZone("Europe/Moscow"),
        errands.SetNetwork("cable"),
    ):
        with pytest.raises(Refused) as refused:
            done[type(errand)](errand, Way())
        assert refused.value.key == "err.no_helper"
    assert again == ["program", "training", "real"]


# --- beginning anew ----------------------------------------------------------------------------


def test_the_same_command_line_begins_anew_with_the_store_that_was_asked_for() -> None:
    words = ["-m", "kiosk", "run", "--config", "k.toml"]
    assert machine.command_line(words, "program") == words
    assert machine.command_line(words, "training") == [*words, "--training"]
    trained = [*words, "--training"]
    assert machine.command_line(trained, "program") == trained
    assert machine.command_line(trained, "training") == trained
    assert machine.command_line(trained, "real") == words


def test_a_process_that_begins_anew_leaves_nothing_open_behind(tmp_path: Path) -> None:
    """It ends as another program with its own number: a line that was open is not any more."""
    script = tmp_path / "twice.py"
    script.write_text(
        "import os, sys\n"
        "from kiosk.machine import begin_anew\n"
        "number = int(os.environ.get('NUMBER', '0')) + 1\n"
        "open_ = sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1]\n"
        "print(number, os.getpid(), sys.argv[1:], [n for n in open_ if n > 2], flush=True)\n"
        "if number == 1:\n"
        "    os.environ['NUMBER'] = '1'\n"
        "    os.set_inheritable(os.open('/dev/null', os.O_RDONLY), True)\n"
        "    begin_anew('training')\n"
    )
    done = subprocess.run(
        [sys.executable, script, "run"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    told = done.stdout.splitlines()
    first, second = (line.split(maxsplit=2) for line in told)
    assert first[1] == second[1]
    assert (first[2], second[2]) == ("['run'] []", "['run', '--training'] []")
