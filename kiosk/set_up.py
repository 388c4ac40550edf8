"""``kiosk set-up``, and the first start of an appliance: who makes a kiosk, and of what.

An appliance without its kiosk.toml opens the assistant instead of ending with exit code 78; with a
file for fleets nobody is asked. Source: docs/first-boot.md; ADR 0029.
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from kiosk.core import pins, seal
from kiosk.core.clock import system_now
from kiosk.core.errors import ConfigError, Refused
from kiosk.core.staff import PIN_DIGITS
from kiosk.first_boot import setup_file
from kiosk.first_boot.creation import Place, create
from kiosk.first_boot.errands import Around, Errands
from kiosk.first_boot.setup_file import Setup
from kiosk.hardware import peers
from kiosk.hardware.found import Found
from kiosk.hardware.peers import RunningPeer
from kiosk.machine import Helper, StartAgain

log = logging.getLogger(__name__)

APPLIANCE = "FOYER_FIRST_BOOT"
"""Set on an appliance: ``1``, or the file with the machine's own settings for kiosk.toml."""
FILE = "FOYER_SETUP_FILE"
"""Where the file for fleets is, if there is one."""
TRIAL_SCREEN = "[screen]\nwidth = {}\nheight = {}\n"
TRIAL_DEVICES = {"stripe": "magstripe", "acceptor": "ccnet", "printer": "escpos"}


def add_parser(commands: Any) -> None:
    """``kiosk set-up``."""
    parser = commands.add_parser("set-up", help="make a kiosk: by a file, or to try the assistant")
    parser.add_argument("file", type=Path, nargs="?", metavar="foyer-setup.toml")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the kiosk.toml to be made")
    parser.add_argument("--machine", type=Path, metavar="FILE", help="settings that go into it")
    parser.add_argument("--check", action="store_true", help="only tell the file's mistakes")
    parser.add_argument("--hash", action="store_true", help="make a pin_hash of a PIN")
    parser.add_argument(
        "--try",
        dest="trial",
        type=Path,
        metavar="DIR",
        help="the assistant, with simulated devices",
    )
    parser.add_argument("--size", default="1280x800", metavar="WxH", help="of its window")
    parser.set_defaults(run=set_up)


def set_up(given: argparse.Namespace) -> int:
    """Make a kiosk by a file, a PIN's hash, or try the assistant."""
    if given.hash:
        print(f'pin_hash = "{seal.pin_hash(_new_pin())}"')
        return 0
    if given.trial is not None:
        return _try(given.trial, given.size)
    if given.file is None or (given.config is None and not given.check):
        raise ValueError("name a file and the kiosk.toml to be made: set-up FILE --config FILE")
    place = _place(given.config or given.file.with_name(".check.toml"), given.machine)
    try:
        setup = setup_file.read(given.file, place)
        if given.check:
            print(f"{given.file}: is right")
            return 0
        if given.config.exists():
            raise ConfigError([f"{given.config}: is there already; this is a kiosk"])
        if not setup.complete:
            told = f"{given.file.name}: [owner] pin_hash: is missing, and nobody can be asked here"
            raise ConfigError([f"{told}; write what `kiosk set-up --hash` prints"])
        _join(setup, helper := Helper.of())
        _create(setup, place, helper)
    finally:
        if given.check:
            place.draft.unlink(missing_ok=True)
    print(f"{given.config}: this is a kiosk now")
    return 0


def _new_pin() -> str:
    if sys.stdin.isatty():
        pin = getpass.getpass("The owner's new PIN: ")
        if getpass.getpass("The same once more: ") != pin:
            raise ValueError("the two PINs are not the same")
    else:
        pin = sys.stdin.readline().strip()
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdecimal()):
        raise ValueError(f"a PIN of staff has {PIN_DIGITS} figures")
    if pins.easy(pin):
        raise ValueError("this PIN is too easy to guess; choose another one")
    return pin


# --- the first start --------------------------------------------------------------------------


def wanted(path: Path | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the assistant is to open instead of a kiosk with these settings."""
    return path is not None and bool(environ.get(APPLIANCE)) and not path.exists()


def first_start(path: Path, environ: Mapping[str, str] = os.environ) -> int:
    """Make a kiosk of the file for fleets, or of what the owner answers at the screen.

    Raises:
        StartAgain: it is made, and is to begin.
        ConfigError: the settings of the machine are wrong.
        StorageFailed: a disk refused.
    """
    machine = environ[APPLIANCE]
    place = _place(path, None if machine == "1" else Path(machine))
    helper, file = Helper.of(environ), Path(environ.get(FILE, ""))
    setup: Setup | None = None
    mistakes: tuple[str, ...] = ()
    if environ.get(FILE) and file.exists():
        try:
            setup = setup_file.read(file, place)
        except ConfigError as error:
            mistakes = tuple(error.mistakes)
            for mistake in mistakes:
                log.error("%s", mistake)
    if setup is not None:
        _join(setup, helper)
        if setup.complete:
            _create(setup, place, helper)
            raise StartAgain("real")
    # Imported here: the window's libraries take a second that a file does not need.
    from kiosk.first_boot import shell

    errands = Errands(place, helper, made=partial(forget_file, helper))
    return shell.run(place, errands, setup=setup, mistakes=mistakes)


def _place(path: Path, machine: Path | None) -> Place:
    try:
        told = machine.read_text("utf-8") if machine is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{machine}: cannot be read ({error}); {APPLIANCE} names it"]) from None
    return Place(path, told)


def _join(setup: Setup, helper: Helper) -> None:
    """Clock and network, before anything is made: both may be repeated."""
    if helper.answer is None:
        return
    network = setup.network
    try:
        helper.ask("set-zone", zone=setup.answers.zone)
        if network.link:
            helper.ask(
                "set-network",
                link=network.link,
                network=network.network,
                password=network.password,
                address=network.address,
                gateway=network.gateway,
                name_server=network.name_server,
            )
    except Refused as refused:
        # A kiosk without its network serves guests all the same.
        log.error("the machine was not set as the file says: %s", refused)


def _create(setup: Setup, place: Place, helper: Helper) -> None:
    create(setup.plan, place, system_now())
    forget_file(helper)


def forget_file(helper: Helper) -> None:
    """Have what is secret taken off the card: now, and by the machine at its next start."""
    with contextlib.suppress(Refused):
        if helper.answer is not None:
            helper.ask("use-setup-file")


# --- a trial ----------------------------------------------------------------------------------


def _try(folder: Path, size: str) -> int:
    """The assistant in a window on any machine; the kiosk that it makes runs in its place."""
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ValueError(f"{size!r} is no size; write one such as 1280x800")
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "kiosk.toml"
    if not config.exists():
        machine = f'[store]\nfolder = "{folder}/store"\n' + TRIAL_SCREEN.format(width, height)
        place = Place(config, machine)
        (folder / "sticks").mkdir(exist_ok=True)
        from kiosk.first_boot import shell

        with pretended(folder / "sticks") as (around, verbs):
            errands = Errands(place, Helper(folder / "request", None), around)
            try:
                return shell.run(place, errands, simulated=True, verbs=verbs)
            except StartAgain:
                pass
    _become(config)


def _become(config: Path) -> NoReturn:
    os.execv(sys.executable, [sys.executable, "-m", "kiosk", "run", "--config", str(config)])


@contextlib.contextmanager
def pretended(sticks: Path) -> Iterator[tuple[Around, Mapping[str, Any]]]:
    """Simulated devices on lines of their own; a PC/SC daemon where one can be started."""
    running: dict[str, RunningPeer] = {}
    try:
        for name, driver in TRIAL_DEVICES.items():
            running[name] = peers.start(driver, {})
        lines = [(peer.port, f"simulated {name}") for name, peer in running.items()]
        around = Around(
            lines=lambda: lines,
            readers=lambda socket: [],
            sticks=sticks,
            lights=lambda: Found("lights", "gpio", {"pins": "mock"}, sure=False),
            usb=tuple,
        )
        try:
            running["reader"] = reader = peers.start("pcsc", {})
            around = replace(around, readers=None, socket=reader.port)
        except ConfigError as error:
            # No daemon of its own can run here: the trial does without a reader.
            log.warning("%s", error)
        verbs = {name: do for peer in running.values() for name, do in peer.verbs.items()}
        yield around, verbs
    finally:
        for peer in running.values():
            peer.stop()
