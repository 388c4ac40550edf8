"""What the desk has done to the machine itself: the shell's side of its errands.

What needs root is asked of a helper (systemd/kiosk-helper): one request in a file, one answer.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import available_timezones

from kiosk import board
from kiosk.core import chosen_ports, errands
from kiosk.core.clock import system_now
from kiosk.core.config import Config
from kiosk.core.errands import MachineLook, Ports, SerialPort
from kiosk.core.errors import ConfigError, Refused
from kiosk.errands import Do, Way
from kiosk.hardware.ports import ports
from kiosk.log_ring import LogRing
from kiosk.slots import Slots, beside

log = logging.getLogger(__name__)

ANSWER_S = 75.0
"""The helper's own limit for one of the system's tools is a minute."""
LOOK_EVERY_S = 0.1
PROBLEMS = ("failed", "late", "no_tool", "wrong")


class StartAgain(Exception):
    """The process is to begin anew: the same command line, ``training`` or ``real`` its store.

    ``switch``: the machine is to, in its other slot; `up` are the devices that answer now.
    """

    def __init__(self, what: str, up: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.up = up


def command_line(words: Sequence[str], what: str) -> list[str]:
    """The words of this process's command line, for one that begins anew with this store."""
    if what not in ("training", "real"):
        return [*words]
    kept = [word for word in words if word != "--training"]
    return [*kept, "--training"] if what == "training" else kept


def begin_anew(what: str) -> NoReturn:
    """Let this process begin anew, from nothing; everything was closed before."""
    log.warning("the program begins anew: %s", what)
    # What a library left open would be held against the new one: a line, a pin, a window.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.execv(sys.executable, [sys.executable, *command_line(sys.orig_argv[1:], what)])


@dataclass
class Helper:
    """Asks for what needs root.

    Attributes:
        request: where a request is written; the kiosk's own folder.
        answer: where the answer stands; None: this machine has no helper.
        wait_s: so long an answer is waited for.
    """

    request: Path
    answer: Path | None
    wait_s: float = ANSWER_S
    _one: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> Helper:
        """As the unit of the kiosk says where things are."""
        folder = environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
        answer = environ.get("FOYER_HELPER_ANSWER", "")
        return cls(Path(folder) / "request", Path(answer) if folder and answer else None)

    def ask(self, verb: str, **arguments: str) -> dict[str, Any]:
        """Have something done; what it answers.

        Raises:
            Refused: ``err.no_helper``: there is none here, or it does not answer;
                ``err.helper_…``: it could not, or would not.
        """
        if self.answer is None:
            raise Refused("err.no_helper")
        with self._one:
            name = secrets.token_hex(16)
            try:
                with self._alone():
                    self._write({"id": name, "verb": verb, **arguments})
                    told = self._wait(name)
            except OSError as error:
                log.error("the helper cannot be asked: %s", error)
                raise Refused("err.no_helper") from None
        if not told.get("ok"):
            problem = told.get("problem")
            raise Refused(f"err.helper_{problem if problem in PROBLEMS else 'failed'}")
        return told

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One request at a time: the nightly backup is a process of its own, and asks, too."""
        folder = os.open(self.request.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, asked: Mapping[str, str]) -> None:
        beside = self.request.with_suffix(".new")
        beside.unlink(missing_ok=True)
        # A password may stand in it: nobody else reads it, and the helper removes it at once.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            json.dump(asked, made)
        beside.replace(self.request)

    def _wait(self, name: str) -> dict[str, Any]:
        assert self.answer is not None
        end_s = time.monotonic() + self.wait_s
        while time.monotonic() < end_s:
            with suppress(FileNotFoundError, ValueError):
                told = json.loads(self.answer.read_text("utf-8"))
                if isinstance(told, dict) and told.get("id") == name:
                    return told
            time.sleep(LOOK_EVERY_S)
        self.request.unlink(missing_ok=True)
        raise Refused("err.no_helper")


@dataclass(frozen=True)
class MachineErrands:
    """The errands that are about the machine.

    Attributes:
        ports_file: where the ports that were chosen are kept, see `core.config`.
        ring: the log.
        again: told ``program``, ``training`` or ``real``: the process is to begin anew.
        helper: does what needs root.
        declared: the devices with their options.
        lines: the serial lines and the printers on USB that there are now.
    """

    ports_file: Path
    ring: LogRing
    again: Callable[[str], None]
    helper: Helper
    declared: Mapping[str, Mapping[str, object]]
    lines: Callable[[], list[tuple[str, str]]] = ports

    @property
    def slots(self) -> Slots:
        """Its slots for updates."""
        return beside(self.helper.answer)

    @property
    def does(self) -> dict[type, Do]:
        """Who does which."""
        return {
            errands.Restart: self._restart,
            errands.ListPorts: self._list_ports,
            errands.ChoosePort: self._choose_port,
            errands.LookAtMachine: self._look,
            errands.ReadLog: self._read_log,
            errands.SetClock: self._set_clock,
            errands.ListZones: self._list_zones,
            errands.SetZone: self._set_zone,
            errands.SetNetwork: self._set_network,
        }

    def _restart(self, errand: errands.Restart, way: Way) -> None:
        del way
        match errand.what:
            case "machine":
                self.helper.ask("reboot")
            case "off":
                self.helper.ask("power-off")
            case _:
                self.again(errand.what)

    def _list_ports(self, errand: errands.ListPorts, way: Way) -> Ports:
        del errand, way
        return Ports(tuple(SerialPort(*line) for line in self.lines()))

    def _choose_port(self, errand: errands.ChoosePort, way: Way) -> None:
        del way
        try:
            # What this start was read from may be changed by now, and by hand: only ours is.
            kept = chosen_ports.read(self.ports_file, self.declared)
            kept = {**kept, errand.device: {"port": errand.port}}
            chosen_ports.write(self.ports_file, kept)
        except (ConfigError, OSError) as error:
            log.error("the port was not kept: %s", error)
            raise Refused("err.port_not_kept") from None

    def _look(self, errand: errands.LookAtMachine, way: Way) -> MachineLook:
        del errand, way
        found = look(helper=self.helper.answer is not None)
        return replace(found, slots=self.slots.state() is not None)

    def _read_log(self, errand: errands.ReadLog, way: Way) -> errands.LogPage:
        del way
        return self.ring.page(errand.before)

    def _set_clock(self, errand: errands.SetClock, way: Way) -> None:
        del way
        self.helper.ask("set-time", at=errand.at)

    def _list_zones(self, errand: errands.ListZones, way: Way) -> errands.Zones:
        del errand, way
        # Without those that are names of the same in other words, and none of a place.
        return errands.Zones(tuple(sorted(z for z in available_timezones() if "/" in z)))

    def _set_zone(self, errand: errands.SetZone, way: Way) -> None:
        del way
        self.helper.ask("set-zone", zone=errand.zone)

    def _set_network(self, errand: errands.SetNetwork, way: Way) -> None:
        del way
        self.helper.ask(
            "set-network",
            link=errand.link,
            address=errand.address,
            gateway=errand.gateway,
            name_server=errand.name_server,
            network=errand.network,
            password=errand.password,
        )


def machine_errands(
    chosen: Config, ring: LogRing, again: Callable[[str], None], helper: Helper
) -> dict[type, Do]:
    """The errands that are about the machine, for this configuration."""
    declared = {str(d.name): d.options for d in chosen.devices}
    return MachineErrands(chosen.ports_file, ring, again, helper, declared).does


# --- how the machine is -----------------------------------------------------------------------

MODEL = (Path("/sys/firmware/devicetree/base/model"), Path("/sys/class/dmi/id/product_name"))
MEMORY = Path("/proc/meminfo")
ELSEWHERE = ("192.0.2.1", 9)
"""An address that exists nowhere: nothing is sent to it, it only tells which way would be gone."""


def look(*, helper: bool, sys: Path = board.SYS) -> MachineLook:
    """How the machine is now, as far as it tells a user without rights."""
    of = board.read(sys)
    return MachineLook(
        model=next(filter(None, map(_line, MODEL)), ""),
        celsius=of.celsius,
        memory_percent=_memory_percent(),
        up_s=int(time.clock_gettime(time.CLOCK_BOOTTIME)),
        addresses=_addresses(),
        helper=helper,
        power_weak=of.undervoltage,
        slowed=of.throttled,
        worn_percent=of.worn_percent,
        clock_set=system_now().synced,
    )


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").replace("\0", "").strip()
    except OSError:
        return ""


def _memory_percent() -> int | None:
    told = dict(line.split(":", 1) for line in _line(MEMORY).splitlines() if ":" in line)
    try:
        total, free = (int(told[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    except (KeyError, ValueError, IndexError):
        return None
    return round(100 * (total - free) / total)


def _addresses() -> tuple[str, ...]:
    """The address by which this machine would go into the network; none: it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        try:
            line.connect(ELSEWHERE)
        except OSError:
            return ()
        return (str(line.getsockname()[0]),)
