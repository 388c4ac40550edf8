"""The composition root: the core's thread, the service manager, and the end of the process."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk import app, diagnosis, heart
from kiosk.core.clock import system_now
from kiosk.core.config import DeviceConfig, load
from kiosk.core.errors import ConfigError, DeviceError, StorageFailed
from kiosk.core.ids import DeviceId


class Window:
    """A window that turns whenever it is asked to, until it is stopped; or one that hangs."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.stopped = threading.Event()
        self._hangs = hangs

    def soon(self, action: Callable[[], None]) -> None:
        if not self._hangs:
            action()

    def stop(self) -> None:
        self.stopped.set()


class Core:
    """What the core's thread turns: a runtime whose turns are counted."""

    def __init__(self) -> None:
        self.turns = 0
        self.failure: Exception | None = None
        self.mistake: Exception | None = None
        self.turned = threading.Event()
        self.inbox = SimpleNamespace(wait=lambda timeout_s: None)

    def begin(self, now: Any) -> None:
        pass

    def turn(self, now: Any) -> None:
        self.turns += 1
        if self.turns > 100:
            self.turned.set()
        if self.mistake is not None:
            raise self.mistake

    def wait_s(self, now: Any) -> float:
        return 0.0


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The service manager's end of sd_notify(3)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(60.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setattr(heart, "FED_S", 0.0)
        yield line


def turned(core: Core, window: Window) -> tuple[threading.Thread, threading.Event, list[Any]]:
    stop, mistakes = threading.Event(), list[Any]()
    beating = heart.Heart(window.soon)
    args = (core, stop, window, beating, mistakes.append)
    thread = threading.Thread(target=app._core, args=args)
    thread.start()
    return thread, stop, mistakes


def test_the_service_manager_hears_that_the_kiosk_is_ready_and_then_that_it_lives(
    manager: socket.socket,
) -> None:
    window = Window()
    thread, stop, mistakes = turned(Core(), window)
    said = [manager.recv(100) for _ in range(3)]
    stop.set()
    thread.join(60.0)
    assert said == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    assert window.stopped.is_set()
    assert not mistakes


def test_a_window_that_hangs_is_neither_ready_nor_alive(manager: socket.socket) -> None:
    core = Core()
    thread, stop, _ = turned(core, Window(hangs=True))
    assert core.turned.wait(60.0)
    stop.set()
    thread.join(60.0)
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(100)


def test_a_service_manager_that_is_gone_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    core = Core()
    thread, stop, mistakes = turned(core, Window())
    assert core.turned.wait(60.0)
    stop.set()
    thread.join(60.0)
    assert not mistakes


def test_books_that_failed_are_told_on_the_screen_and_end_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core, window = Core(), Window()
    core.failure = StorageFailed("the disk is gone")
    monkeypatch.setattr(app, "FAREWELL_S", 3600.0)
    thread, stop, mistakes = turned(core, window)
    assert core.turned.wait(60.0), "who asks meanwhile is answered"
    assert not window.stopped.is_set()
    stop.set()
    thread.join(60.0)
    monkeypatch.setattr(app, "FAREWELL_S", 0.01)
    thread, _, mistakes = turned(core, window)
    thread.join(60.0)
    assert window.stopped.is_set()
    assert not mistakes


def test_a_mistake_of_ours_in_the_core_ends_the_process() -> None:
    core = Core()
    core.mistake = ZeroDivisionError("ours")
    thread, _, mistakes = turned(core, Window())
    thread.join(60.0)
    assert mistakes == [core.mistake]


def test_an_option_that_no_simulated_device_has_is_told_to_the_installer() -> None:
    bus = DeviceConfig(DeviceId("acceptor"), "ccnet", True, {"address": 1})
    with pytest.raises(ConfigError, match=r"^\[devices\.acceptor\] address: "):
        app._peer(bus)


def test_a_signal_asks_the_core_to_end_and_touches_nothing_else() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        for number in before:
            stop = threading.Event()
            heart.stop_on_signals(stop)
            os.kill(os.getpid(), number)
            assert stop.wait(60.0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_keys_of_cards_are_looked_for_where_the_secrets_are(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('[devices.reader]\ndriver = "pcsc"\ngenuine = "ntag424"\n')
    chosen = load(file, environ={"HOME": str(tmp_path)})
    (device,) = chosen.devices
    store = replace(chosen.store, secrets_folder=tmp_path / "secrets")
    made = app._driver(device, None, 1, "RUB", store)
    with pytest.raises(DeviceError, match=re.escape(f"{tmp_path}/secrets/cards.keys is missing")):
        made.open()
    assert "secrets" not in device.options, "what is told of the settings does not name them"


def test_a_device_that_says_so_is_recorded_and_what_is_told_goes_into_the_bundle(
    tmp_path: Path,
) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(
        f'[store]\nfolder = "{tmp_path}"\n'
        '[devices.slot]\ndriver = "ccnet"\nport = "/dev/no-such-line"\nrecord = true\n'
        '[devices.other]\ndriver = "ccnet"\nport = "/dev/no-such-line"\n'
    )
    chosen = load(file)
    for device in chosen.devices:
        made = app._driver(device, None, 1, "RUB", chosen.store)
        with pytest.raises(DeviceError):
            made.open()
    assert [path.name for path in (tmp_path / "traffic").iterdir()] == ["slot.txt"]
    packed = diagnosis.bundle(chosen, None, system_now())
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        told = opened.read("foyer-K1/traffic-slot.txt").decode()
    assert "# not opened: serial line /dev/no-such-line: there is none" in told
