"""kiosk addresses: with whom the settings want the kiosk to speak, and what root makes of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from kiosk import addresses
from kiosk.__main__ import main
from kiosk.addresses import ANY, PRIVATE, Address
from kiosk.core import config
from kiosk.core.config import Config

SCRIPT = Path(__file__).parents[1] / "systemd" / "kiosk-addresses"
NAMES: dict[str, list[str]] = {
    "printer.lan": ["192.168.1.50"],
    "both.lan": ["192.168.1.50", "203.0.113.7"],
    "hooks.example.org": ["203.0.113.7", "2001:db8::7"],
    "here": ["127.0.0.1"],
}


def look_up(name: str) -> list[Address]:
    return [ip_address(text) for text in NAMES.get(name, [])]


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], Config]:
    def read(text: str) -> Config:
        file = tmp_path / "kiosk.toml"
        file.write_text(f'[store]\nfolder = "{tmp_path}"\n{text}')
        return config.load(file)

    return read


def printer(port: str) -> str:
    return f'[devices.printer]\ndriver = "escpos"\nport = "{port}"\n'


def found(chosen: Config) -> list[str]:
    return [line.what for line in addresses.allowed(chosen, look_up, lambda: ["192.168.1.1"])]


SERIAL = printer("/dev/ttyUSB0")


def test_a_kiosk_on_cables_speaks_with_nobody(settings: Callable[[str], Config]) -> None:
    assert found(settings(SERIAL)) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (printer("tcp://192.168.1.50:9100"), ["192.168.1.50"]),
        (printer("tcp://[fd00::5]:9100"), ["fd00::5"]),
        (printer("tcp://127.0.0.1:9100"), []),
        (printer("tcp://here:9100"), []),
        (printer("tcp://printer.lan:9100"), [*PRIVATE, "192.168.1.1"]),
        (printer("tcp://both.lan:9100"), [ANY, "192.168.1.1"]),
        (printer("tcp://unknown.lan:9100"), [ANY, "192.168.1.1"]),
        (SERIAL + '[alerts]\nwebhook = "https://203.0.113.9/x"\n', ["203.0.113.9"]),
        (SERIAL + '[alerts]\nwebhook = "https://hooks.example.org/x"\n', [ANY, "192.168.1.1"]),
        (
            SERIAL
            + '[alerts]\nmail_to = ["a@b.org"]\nmail_from = "k@b.org"\n'
            + 'smtp_host = "10.0.0.25"\n',
            ["10.0.0.25"],
        ),
        (SERIAL + '[alerts]\nsmtp_host = "10.0.0.25"\n', []),
        (SERIAL + '[backup]\nto = "https://10.0.0.7:8443/foyer"\n', ["10.0.0.7"]),
        (SERIAL + '[backup]\nto = "stick"\n', []),
        (SERIAL + '[updates]\naddress = "https://203.0.113.8/foyer"\n', ["203.0.113.8"]),
    ],
)
def test_each_setting_that_names_somebody_is_allowed(
    settings: Callable[[str], Config], text: str, wanted: list[str]
) -> None:
    assert found(settings(text)) == wanted


def test_the_same_address_is_listed_once_for_the_first_that_needs_it(
    settings: Callable[[str], Config],
) -> None:
    chosen = settings(
        printer("tcp://192.168.1.50:9100")
        + '[devices.terminal]\ndriver = "nexo"\nport = "tcp://192.168.1.50:7778"\n'
    )
    (line,) = addresses.allowed(chosen, look_up, list)
    assert line.what == "192.168.1.50"
    assert line.why == "[devices.printer] port"


@pytest.mark.parametrize(
    ("host", "enabled", "wanted"),
    [
        ("0.0.0.0", True, (8480,)),
        ("192.168.1.4", True, (8480,)),
        ("127.0.0.1", True, ()),
        ("::1", True, ()),
        ("localhost", True, ()),
        ("0.0.0.0", False, ()),
    ],
)
def test_tills_come_from_the_house(
    settings: Callable[[str], Config], host: str, enabled: bool, wanted: tuple[int, ...]
) -> None:
    chosen = settings(SERIAL)
    chosen = replace(chosen, api=replace(chosen.api, enabled=enabled, host=host))
    assert addresses.ports(chosen) == wanted
    assert found(chosen) == (list(PRIVATE) if wanted else [])


def test_whom_the_machine_asks_for_names_is_read(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# x\nsearch lan\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nnameserver x\n")
    assert addresses.name_servers(file) == ["10.0.0.1", "fe80::1"]
    assert addresses.name_servers(tmp_path / "away") == []


def test_the_command_prints_them_with_their_reasons_and_lays_them_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosk.toml"
    text = printer("tcp://192.168.1.50:9100")
    file.write_text(f"[access]\nkeypad = true\n{text}")
    assert main(["addresses", "--config", str(file), "--write", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "# [devices.printer] port\n192.168.1.50\n"
    assert (tmp_path / "allow").read_text() == "# [devices.printer] port\n192.168.1.50\n"
    assert (tmp_path / "keypad").exists()
    file.write_text(text)
    assert main(["addresses", "--config", str(file), "--write", str(tmp_path)]) == 0
    assert not (tmp_path / "keypad").exists()
    assert main(["addresses", "--config", str(file), "--ports"]) == 0


def test_the_service_asks_the_same_without_all_other_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(printer("tcp://192.168.1.50:9100"))
    assert addresses.main(["--config", str(file), "--write", str(tmp_path)]) == 0
    assert (tmp_path / "allow").read_text() == capsys.readouterr().out
    file.write_text("nonsense = 1")
    assert addresses.main(["--config", str(file)]) == 78
    assert "nonsense" in capsys.readouterr().err
    file.unlink()
    assert addresses.main(["--config", str(file), "--write", str(tmp_path)]) == 0
    assert "192.168.0.0/16" in (tmp_path / "allow").read_text().splitlines()
    code = "import sys, kiosk.addresses; sys.exit('kiosk.core.venue' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_readers_that_type_are_laid_down_by_the_names_that_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["0801:0001", "05E0:1200/1", "/dev/input/by-id/usb-A_Reader-event-kbd"]
    file = tmp_path / "kiosk.toml"
    file.write_text(
        "".join(
            f'[devices.wedge{n}]\ndriver = "wedge"\ndevice = "{name}"\n'
            for n, name in enumerate([*named, "/dev/input/event5"])
        )
    )
    assert addresses.main(["--config", str(file), "--write", str(tmp_path)]) == 0
    capsys.readouterr()
    assert (tmp_path / "wedges").read_text().splitlines() == [
        "05e0:1200",
        "0801:0001",
        "usb-A_Reader-event-kbd",
    ]


def handed(tmp_path: Path, wedges: str) -> tuple[str, list[str], str]:
    """What root makes of these words: the rules for udev, what was called, and what it says."""
    log, rules = tmp_path / "log", tmp_path / "rules"
    log.write_text("")
    for name in ("systemctl", "udevadm"):
        tool = tmp_path / name
        tool.write_text(f'#!/bin/sh\necho "{name} $*" >>{log}\n')
        tool.chmod(0o755)
    (tmp_path / "allow").write_text("")
    (tmp_path / "wedges").write_text(wedges)
    done = subprocess.run(
        ["sh", SCRIPT, tmp_path, rules],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    file = rules / "73-foyer-wedges.rules"
    told = file.read_text() if file.exists() else ""
    called = [line for line in log.read_text().splitlines() if line.startswith("udevadm")]
    return told, called, done.stderr


def test_root_hands_on_readers_that_type_and_nothing_else(tmp_path: Path) -> None:
    words = (
        '0801:0001\nusb-A_Reader-0.1-event-kbd\n0801:0001", RUN+="reboot\n/dev/input/event5\n'
        "../x\nusb-a b\n0801:00\n*\n$(reboot)\n"
    )
    told, called, said = handed(tmp_path, words)
    ours = ', ENV{LIBINPUT_IGNORE_DEVICE}="1", GROUP="kiosk", MODE="0660"'
    one = 'ACTION!="remove", SUBSYSTEM=="input", KERNEL=="event*", '
    assert told.splitlines() == [
        f'{one}ENV{{ID_BUS}}=="usb", ENV{{ID_VENDOR_ID}}=="0801", ENV{{ID_MODEL_ID}}=="0001"{ours}',
        f'{one}SYMLINK=="input/by-id/usb-A_Reader-0.1-event-kbd"{ours}',
    ]
    assert [line.split()[1] for line in called] == ["control", "trigger"]
    assert "systemctl set-property --runtime kiosk.service DeviceAllow=char-input r" in (
        (tmp_path / "log").read_text().splitlines()
    )
    assert said.count("not a keyboard") == 7


def test_udev_is_asked_only_when_the_readers_have_changed(tmp_path: Path) -> None:
    first, called, _ = handed(tmp_path, "0801:0001\n")
    assert first and called
    assert handed(tmp_path, "0801:0001\n") == (first, [], "")
    told, called, _ = handed(tmp_path, "")
    assert (told, bool(called)) == ("", True)
    assert "char-input" not in (tmp_path / "log").read_text()


def test_root_hands_on_addresses_and_nothing_else(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tool = tmp_path / "systemctl"
    tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{log}\n')
    tool.chmod(0o755)
    (tmp_path / "allow").write_text(
        "# why\n192.168.1.50\nfd00::/8 # why\nany\nlink-local\n"
        "$(reboot)\n10.0.0.1 IPAddressDeny=\n*\nlocalhost\n;x\n--force\n"
    )
    done = subprocess.run(
        ["sh", SCRIPT, tmp_path],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    called = log.read_text().splitlines()
    assert called[:2] == ["set-property", "--runtime"]
    words = next(line for line in called if line.startswith("IPAddressAllow=1"))
    assert set(words.removeprefix("IPAddressAllow=").split()) == {
        *("127.0.0.0/8", "::1/128", "192.168.1.50", "fd00::/8", "10.0.0.1"),
        *("0.0.0.0/0", "::/0", "169.254.0.0/16", "fe80::/64"),
    }
    assert "IPAddressAllow=" in called, "what an earlier start had allowed is forgotten"
    assert not [line for line in called if "Deny" in line or "force" in line or "$" in line]
    assert "not an address" in done.stderr
