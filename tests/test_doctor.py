"""The check of all devices, against real peers on real lines."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from kiosk import __main__, control, doctor
from kiosk.core.checkup import CheckUp, Examined, Proposal
from kiosk.core.config import DeviceConfig, load
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.doctor import NOTHING, Around, check
from kiosk.hardware import found, found_money, peers
from kiosk.hardware.keyboards import Keyboard
from kiosk.hardware.peers import RunningPeer
from kiosk.hardware.usblp import Printer

SHIPPED = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))
MONEY = ("ccnet", "id003", "ssp", "cctalk_notes", "cctalk_coins", "cctalk_hopper")


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., RunningPeer]]:
    """Real peers on real pseudo-terminals."""
    started: list[RunningPeer] = []

    def start(driver: str, **options: Any) -> RunningPeer:
        started.append(peers.start(driver, options))
        return started[-1]

    yield start
    for peer in started:
        peer.stop()


def device(name: str, driver: str, **options: Any) -> DeviceConfig:
    shipped = SHIPPED["driver"][driver]
    assert options.keys() <= shipped.keys()
    return DeviceConfig(DeviceId(name), driver, False, {**shipped, **options})


def lines(*ports: str) -> Around:
    return Around(lambda: [(port, "") for port in ports], *list(vars(NOTHING).values())[1:])


@pytest.mark.parametrize("driver", MONEY)
def test_what_is_there_is_found_and_what_would_be_written_is_a_configuration(
    driver: str, running: Callable[..., RunningPeer], tmp_path: Path
) -> None:
    peer = running(driver)
    made = check([], around=lines(peer.port))
    assert made.well and made.silent == made.problems == ()
    (proposal,) = made.proposals
    assert (proposal.driver, proposal.sure) == (driver, True)
    file = tmp_path / "kiosk.toml"
    file.write_text("\n".join(proposal.lines) + "\n")
    (declared,) = load(file).devices
    assert (declared.driver, declared.options["port"]) == (driver, peer.port)
    again = check([declared], around=lines(peer.port))
    assert [(of.finding, of.place) for of in again.devices] == [("ok", peer.port)]
    assert again.proposals == (), "it is declared now"


@pytest.mark.parametrize(("driver", "check_"), [("cctalk_coins", "crc"), ("cctalk_notes", "sum")])
def test_a_device_that_checks_its_frames_otherwise_is_declared_wrongly(
    driver: str, check_: str, running: Callable[..., RunningPeer]
) -> None:
    peer = running(driver, check=check_)
    (examined,) = check([device("slot", driver, port=peer.port)], around=NOTHING).devices
    assert (examined.finding, examined.told) == ("settings", f'check = "{check_}"')
    (proposal,) = check([], around=lines(peer.port)).proposals
    assert proposal.options["check"] == check_
    right = device("slot", driver, port=peer.port, check=check_)
    assert check([right], around=NOTHING).well


def test_each_declared_device_is_told_with_its_cause(running: Callable[..., RunningPeer]) -> None:
    coins, printer, stripe = running("cctalk_coins"), running("escpos"), running("magstripe")
    ours, theirs = os.openpty()
    made = check(
        [
            device("acceptor", "ccnet", port=coins.port),
            device("coins", "cctalk_coins", port="/dev/serial/by-id/usb-none"),
            device("printer", "escpos", port=printer.port),
            device("second", "escpos", port=os.ttyname(theirs)),
            device("stripe", "magstripe", port=stripe.port),
            device("lights", "gpio"),
            device("network", "escpos", port="tcp://127.0.0.1:1"),
            device("usb", "escpos", port="usb:04b8:0e15"),
            device("file", "ccnet", port="/dev/null"),
        ],
        around=NOTHING,
    )
    os.close(ours)
    os.close(theirs)
    told = {str(of.device): (of.finding, of.well) for of in made.devices}
    assert told == {
        "acceptor": ("other", False),
        "coins": ("not_found", False),
        "printer": ("ok", True),
        "second": ("silent", False),
        "stripe": ("unseen", True),
        "lights": ("unseen", True),
        "network": ("silent", False),
        "usb": ("not_found", False),
        "file": ("settings", False),
    }
    assert made.devices[0].told.startswith("cctalk_coins FOY"), "what is there instead"
    text = "\n".join(doctor.told(made))
    for device_ in made.devices:
        assert f"{device_.device} ({device_.driver}" in text
    assert text.count("\n    ") == 6, "each that is not well has something to do"


def test_a_line_that_another_program_has_is_told_so(running: Callable[..., RunningPeer]) -> None:
    peer = running("ccnet")
    driver = device("acceptor", "ccnet", port=peer.port)
    held = doctor.connect(peer.port)()
    try:
        (examined,) = check([driver], around=NOTHING).devices
    finally:
        held.close()
    assert examined.finding == "in_use" and "another program uses it" in examined.told


def test_a_line_on_which_the_kiosk_works_is_not_touched(
    running: Callable[..., RunningPeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[str] = []
    monkeypatch.setattr(doctor, "_asked", lambda port, told="": touched.append(port))
    peer = running("ccnet")
    declared = [device("acceptor", "ccnet", port=peer.port)]
    made = check(declared, frozenset({DeviceId("acceptor")}), lines(peer.port))
    assert made.devices[0].finding == "at_work" and made.well
    assert touched == [] and made.proposals == ()


def test_a_simulated_kiosk_reaches_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*words: object) -> None:
        raise AssertionError("a real device was looked for")

    for name in ("lines", "readers", "keyboards", "hid", "printers"):
        monkeypatch.setattr(Around, name, never)
    made = check(load(None, simulated=True).devices)
    assert {of.finding for of in made.devices} == {"simulated"} and made.well


def test_readers_are_matched_with_what_is_plugged_in() -> None:
    picc = "ACS ACR1252 1S CL Reader PICC 0"
    keyboard = Keyboard("/dev/null", "Mag-Tek USB Swipe Reader", "0801", "0001", 0, "")
    hid = {
        "vendor_id": 0x05E0,
        "product_id": 0x1300,
        "usage_page": 0x8C,
        "usage": 1,
        "path": b"2",
        "serial_number": "",
        "product_string": "A scanner",
    }
    around = Around(list, lambda socket: [picc], lambda: [keyboard], lambda: [hid], tuple)
    made = check([], around=around)
    assert [(p.name, p.driver) for p in made.proposals] == [
        ("reader", "pcsc"),
        ("stripe", "wedge"),
        ("scanner", "hidpos"),
    ]
    declared = [
        device("reader", "pcsc", reader="picc"),
        device("stripe", "wedge", device="0801:0001"),
        device("scanner", "hidpos", device="05e0:1300", layout="scanner"),
        device("other", "wedge", device="0801:0009"),
        device("third", "pcsc", reader="Identiv"),
    ]
    made = check(declared, around=around)
    found_ = [of.finding for of in made.devices]
    assert found_ == ["ok", "ok", "ok", "not_found", "other"]
    assert made.proposals == () and made.devices[4].told == picc


def test_printers_on_usb_are_proposed_by_a_name_that_lasts() -> None:
    one = Printer("/dev/usb/lp0", "04b8", "0e15", "X1", "1-1.2", {"MFG": "EPSON", "MDL": "TM-T20"})
    around = Around(list, lambda socket: [], tuple, list, lambda: [one])
    (proposal,) = check([], around=around).proposals
    assert (proposal.driver, proposal.options) == ("escpos", {"port": "usb:04b8:0e15"})
    for port in ("usb:04b8:0e15", "usb:04b8:0e15:X1", "usb:1-1.2", "/dev/usb/lp0"):
        assert check([device("printer", "escpos", port=port)], around=around).proposals == ()


def test_without_a_daemon_only_those_who_need_it_hear_of_it() -> None:
    def none(socket: str) -> list[str]:
        raise DeviceError("no PC/SC daemon answers")

    around = Around(list, none, tuple, list, tuple)
    assert check([], around=around) == CheckUp(())
    made = check([device("reader", "pcsc")], around=around)
    assert made.devices[0].told == "no PC/SC daemon answers" and not made.well


def test_names_of_proposals_are_free() -> None:
    one = Printer("/dev/usb/lp0", "04b8", "0e15", "", "1-1", {})
    two = Printer("/dev/usb/lp1", "0519", "0003", "", "1-2", {})
    around = Around(list, lambda socket: [], tuple, list, lambda: [one, two])
    made = check([device("printer", "gpio")], around=around)
    assert [p.name for p in made.proposals] == ["printer-2", "printer-3"]


# --- the questions ------------------------------------------------------------------------------


class Spoken:
    """A line whose far end answers what a table says; remembers what it heard."""

    def __init__(self, answers: dict[bytes, bytes], *, echo: bool = False) -> None:
        self._answers, self._echo = answers, echo
        self.heard: list[bytes] = []
        self._waiting = b""

    def read(self, limit: int, timeout_s: float) -> bytes:
        data, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return data

    def write(self, data: bytes, timeout_s: float = 1.0) -> None:
        self.heard.append(data)
        self._waiting = (data if self._echo else b"") + self._answers.get(data, b"")

    def close(self) -> None:
        self._waiting = b""


SYNC = bytes.fromhex("7F8001116582")
SSP_OK = bytes.fromhex("7F8001F0 23 80".replace(" ", ""))
STATUS = bytes.fromhex("FC05112756")


def on_line(line: Spoken) -> found.Found | None:
    def opens(port: str, **settings: Any) -> Callable[[], Spoken]:
        return lambda: line

    return found_money.on_line("/dev/ttyUSB0", "USB-Serial", opens)


def test_only_questions_that_change_nothing_are_asked() -> None:
    line = Spoken({})
    assert on_line(line) is None
    polls = {bytes.fromhex(frame) for frame in ("020001FEFF", "280001FED9", "030001FEFE")}
    assert polls | {SYNC, STATUS} <= set(line.heard)
    for heard in set(line.heard) - {SYNC, STATUS}:
        assert len(heard) == 5 and heard[3] == 254, "simple polls of ccTalk"
    assert not any(heard[:1] == b"\x7f" and heard[3:4] != b"\x11" for heard in line.heard)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("an echo", Spoken({}, echo=True)),
        ("an idle ID-003 without a version", Spoken({STATUS: STATUS})),
        ("SSP with a wrong check", Spoken({SYNC: SSP_OK[:-1] + b"\0"})),
        ("SSP that refuses", Spoken({SYNC: SYNC})),
        ("noise", Spoken({SYNC: b"\xfc\x05\x7f\x80", STATUS: b"\xfc\x01\x00\x00\x00"})),
    ],
)
def test_what_answers_otherwise_is_nothing_of_ours(what: str, line: Spoken) -> None:
    assert on_line(line) is None, what


def test_published_frames_of_ssp() -> None:
    found_ = on_line(Spoken({SYNC: SSP_OK}))
    assert found_ is not None and (found_.driver, found_.told) == ("ssp", "USB-Serial")


# --- the command --------------------------------------------------------------------------------


def test_the_command_asks_a_running_kiosk_or_looks_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(
        f'[store]\nfolder = "{tmp_path}"\n'
        '[devices.slot]\ndriver = "ccnet"\nport = "/dev/no-such-line"\n'
    )
    monkeypatch.setattr(doctor, "Around", lambda: NOTHING)
    assert __main__.main(["doctor", "--config", str(file)]) == 1
    told = capsys.readouterr()
    assert "slot (ccnet, /dev/no-such-line): not there: serial line /dev/no-such-line" in told.out
    assert "no kiosk runs" in told.err

    answer = CheckUp(
        (Examined(DeviceId("slot"), "ccnet", "/dev/ttyUSB0", "at_work"),),
        (Proposal("printer", "escpos", {"port": "usb:04b8:0e15"}, "TM-T20", sure=False),),
        ("/dev/ttyUSB7",),
    )
    kiosk = control.Control(
        load(file).store.control_socket, lambda request: json.dumps(asdict(answer))
    )
    kiosk.start()
    try:
        assert __main__.main(["doctor", "--config", str(file)]) == 0
        text = capsys.readouterr().out
        assert __main__.main(["doctor", "--json", "--config", str(file)]) == 0
        assert doctor.read(json.loads(capsys.readouterr().out)) == answer
    finally:
        kiosk.stop()
    assert text.splitlines() == [
        "slot (ccnet, /dev/ttyUSB0): works; in use by the kiosk",
        "/dev/ttyUSB7: nothing answers; a stripe reader or a scanner says nothing of itself",
        "",
        "# TM-T20 (to be looked at: it cannot be told for sure)",
        "[devices.printer]",
        'driver = "escpos"',
        'port = "usb:04b8:0e15"',
    ]
