"""The check of all devices: what is declared, what is plugged in, and what to do about it.

Only questions that change nothing are asked (`hardware.found`, `hardware.found_money`). A line that
a device of the running kiosk works on is not touched, nor is anything real by a simulated kiosk.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kiosk import control
from kiosk.core.checkup import CheckUp, Examined, Finding, Proposal
from kiosk.core.config import Config, DeviceConfig
from kiosk.core.errors import DeviceError
from kiosk.core.ids import DeviceId
from kiosk.core.texts import Texts
from kiosk.hardware import found, found_money, ports, usblp
from kiosk.hardware.causes import cause_of
from kiosk.hardware.found import Found, Line
from kiosk.hardware.keyboards import Keyboard, keyboards
from kiosk.hardware.ports import serial_lines
from kiosk.hardware.transport import connect

log = logging.getLogger(__name__)

ASK_S = 600.0
"""So long a kiosk with many silent lines may take: some six seconds each."""

_MUTE = ("magstripe", "scanner")
"""Readers that say nothing of themselves."""
_ASKED = ("baud", "check")
"""Options of a line that were tried out."""
_USUAL = {"escpos": 19200}


def _hid() -> list[Mapping[str, Any]]:
    # Its library is loaded where it is needed.
    from kiosk.hardware import hidpos

    return list(hidpos.plugged())


def _readers(socket: str) -> list[str]:
    # Likewise: a machine may have no daemon at all.
    from kiosk.hardware import pcsc

    return pcsc.readers(socket)


@dataclass(frozen=True)
class Around:
    """What is around the machine; a test says otherwise.

    Attributes:
        lines: the serial lines that there are.
        readers: the names of the readers that the PC/SC daemon at a socket has.
        keyboards: what types.
        hid: the HID devices, as hidapi lists them.
        printers: those on USB.
    """

    lines: Callable[[], list[Line]] = serial_lines
    readers: Callable[[str], list[str]] = _readers
    keyboards: Callable[[], Iterable[Keyboard]] = keyboards
    hid: Callable[[], list[Mapping[str, Any]]] = _hid
    printers: Callable[[], Iterable[usblp.Printer]] = usblp.printers


NOTHING = Around(list, lambda socket: [], tuple, list, tuple)
"""Around a simulated kiosk: it never reaches for a real device."""


def check(
    declared: Iterable[DeviceConfig],
    at_work: frozenset[DeviceId] = frozenset(),
    around: Around | None = None,
) -> CheckUp:
    """Look at every declared device and for others.

    Args:
        declared: the devices of the configuration.
        at_work: those of a running kiosk that work now.
        around: what is plugged in.
    """
    declared = tuple(declared)
    real = any(not device.simulated for device in declared)
    return _Check(declared, at_work, around or (Around() if real else NOTHING)).made()


class _Check:
    def __init__(
        self, declared: tuple[DeviceConfig, ...], at_work: frozenset[DeviceId], around: Around
    ) -> None:
        self._declared, self._at_work, self._around = declared, at_work, around
        self._there: list[Found] = []
        """What is there and belongs to no declared device."""
        self._problems: list[str] = []
        self._silent: list[str] = []

    def made(self) -> CheckUp:
        devices = tuple(self._examined(device) for device in self._declared)
        self._other_lines()
        self._other_printers()
        self._other_readers()
        return CheckUp(devices, self._proposals(), tuple(self._silent), tuple(self._problems))

    # --- what is declared -------------------------------------------------------------------

    def _examined(self, device: DeviceConfig) -> Examined:
        place = str(device.options.get("port") or device.options.get("device") or "")
        place = place or str(device.options.get("reader") or "")
        of = Examined(device.name, device.driver, place, "unseen")
        if device.name in self._at_work:
            return replace(of, finding="at_work")
        if device.simulated and not place:
            return replace(of, finding="simulated")
        try:
            finding, told = self._looked_at(device, place)
        except (DeviceError, OSError) as error:
            finding, told = cause_of(error), str(error)
        except ValueError as error:
            finding, told = "settings", str(error)
        return replace(of, finding=finding, told=told)

    def _looked_at(self, device: DeviceConfig, place: str) -> tuple[Finding, str]:
        """How a device is; raises what opening it raises."""
        match device.driver:
            case "pcsc":
                return self._reader(str(device.options["reader"]), device)
            case "wedge":
                from kiosk.hardware import wedge

                path = wedge.path_of(place, lambda: tuple(self._around.keyboards()))
                if not Path(path).exists():
                    return "not_found", path
                return "ok", path
            case "hidpos":
                from kiosk.hardware import hidpos

                layout = str(device.options["layout"])
                hidpos.path_of(place, layout, lambda vendor, product: self._hid(vendor, product))
                return "ok", ""
            case _ if not place:
                return "unseen", ""
            case _ if usblp.is_usb(place):
                return self._printer(place)
            case _ if place.startswith("tcp://"):
                return self._on_network(device.driver, place)
            case _:
                return self._on_line(device, place)

    def _reader(self, part: str, device: DeviceConfig) -> tuple[Finding, str]:
        names = self._around.readers(str(device.options["socket"]))
        fitting = [name for name in names if part.lower() in name.lower()]
        if fitting:
            return "ok", fitting[0]
        return ("other", ", ".join(names)) if names else ("not_found", "")

    def _hid(self, vendor: int, product: int) -> list[Mapping[str, Any]]:
        listed = self._around.hid()
        return [d for d in listed if (d["vendor_id"], d["product_id"]) == (vendor, product)]

    def _printer(self, place: str) -> tuple[Finding, str]:
        line = usblp.connect(place, self._around.printers)()
        try:
            model = found.printer(line)
        finally:
            line.close()
        return ("silent", "") if model is None else ("ok", model)

    def _on_network(self, driver: str, place: str) -> tuple[Finding, str]:
        line = connect(place)()
        try:
            # Terminals and fiscal devices are told nothing that they would have to answer.
            model = found.printer(line) if driver == "escpos" else ""
        finally:
            line.close()
        if driver != "escpos":
            return "unseen", "somebody listens there"
        return ("silent", "") if model is None else ("ok", model)

    def _on_line(self, device: DeviceConfig, place: str) -> tuple[Finding, str]:
        there = _asked(place)
        if there is None:
            return ("unseen", "") if device.driver in _MUTE else ("silent", "")
        if there.driver != device.driver:
            return "other", f"{there.driver} {there.told}".strip()
        wrong = []
        for option in (o for o in _ASKED if o in device.options):
            usual = _USUAL.get(device.driver, 9600) if option == "baud" else _check_of(device)
            right = there.options.get(option, usual)
            if device.options[option] != right:
                wrong.append(f"{option} = {json.dumps(right)}")
        return ("settings", ", ".join(wrong)) if wrong else ("ok", there.told)

    # --- what is there besides ----------------------------------------------------------------

    def _other_lines(self) -> None:
        declared = {place for d in self._declared if (place := self._place(d)) is not None}
        for port, told in self._around.lines():
            if Path(port).resolve() in declared:
                continue
            try:
                there = _asked(port, told)
            except (DeviceError, OSError) as error:
                self._problems.append(str(error))
                continue
            if there is None:
                self._silent.append(port)
            else:
                self._there.append(there)

    def _place(self, device: DeviceConfig) -> Path | None:
        """The device file of a declared serial line; None: it has none, or is not there."""
        port = str(device.options.get("port", ""))
        try:
            if ports.is_named(port):
                port = ports.path_of(port)
        except (DeviceError, ValueError):
            return None
        return Path(port).resolve() if port[:1] == "/" and not usblp.is_usb(port) else None

    def _other_printers(self) -> None:
        declared = {str(device.options.get("port", "")) for device in self._declared}
        all_ = tuple(self._around.printers())
        for one in all_:
            numbers = f"{one.vendor}:{one.product}"
            names = (numbers, f"{numbers}:{one.serial}", one.socket, one.path)
            if not declared & {one.path, *(f"usb:{name}" for name in names)}:
                options = {"port": usblp.lasting(one, all_)}
                self._there.append(Found("printer", "escpos", options, one.told, sure=False))

    def _other_readers(self) -> None:
        pcsc = [device for device in self._declared if device.driver == "pcsc"]
        try:
            names = [] if any(not d.options["reader"] for d in pcsc) else self._around.readers("")
        except (DeviceError, OSError) as error:
            names = []
            if pcsc:
                self._problems.append(str(error))
            else:
                log.info("no contactless reader: %s", error)
        parts = [str(device.options["reader"]).lower() for device in pcsc]
        free = [name for name in names if not any(part in name.lower() for part in parts)]
        self._there += found.readers(free)
        named = {str(device.options.get("device", "")) for device in self._declared}
        try:
            usb = found.wedges(tuple(self._around.keyboards()))
            usb += found.hid_readers(self._around.hid())
        except OSError as error:
            self._problems.append(str(error))
            return
        self._there += [one for one in usb if not _named(one.port, named)]

    def _proposals(self) -> tuple[Proposal, ...]:
        taken = {str(device.name) for device in self._declared}
        made = []
        for one in self._there:
            numbers = (f"{one.kind}-{n}" if n > 1 else one.kind for n in range(1, 1000))
            name = next(name for name in numbers if name not in taken)
            taken.add(name)
            made.append(Proposal(name, one.driver, dict(one.options), one.told, one.sure))
        return tuple(made)


def _asked(port: str, told: str = "") -> Found | None:
    """What answers on a serial line; raises what opening it raises."""
    return found.on_line(port, told) or found_money.on_line(port, told)


def _named(device: str, named: set[str]) -> bool:
    """Whether a reader is declared: by its path, or its numbers with or without more of them."""
    numbers = device.partition("/")[0] if device[:1] != "/" else device
    return any(name and name.split("/")[0] == numbers for name in named) or device in named


def _check_of(device: DeviceConfig) -> str:
    return "crc" if device.driver == "cctalk_notes" else "sum"


# --- from the command line --------------------------------------------------------------------


def told(of: CheckUp) -> list[str]:
    """A check-up in lines, for people."""
    say = Texts.of("en").say
    made = []
    for device in of.devices:
        place = f", {device.place}" if device.place else ""
        words = f": {device.told}" if device.told else ""
        finding = say(f"desk.doctor.{device.finding}")
        made.append(f"{device.device} ({device.driver}{place}): {finding}{words}")
        if not device.well:
            made.append("    " + say(f"desk.doctor.{device.finding}.do"))
    made += [f"could not be looked at: {problem}" for problem in of.problems]
    for line in of.silent:
        made.append(f"{line}: {say('desk.doctor.mute')}")
    for proposal in of.proposals:
        sure = "" if proposal.sure else f" ({say('desk.doctor.unsure')})"
        made += ["", f"# {proposal.told}{sure}".rstrip(), *proposal.lines]
    return made


def run(chosen: Config, *, as_json: bool) -> int:
    """``kiosk doctor``: 0 when no declared device needs anything, else 1."""
    request = {"verb": "doctor"}
    try:
        answer = json.loads(control.ask(chosen.store.control_socket, request, ASK_S))
        of = read(answer)
    except control.NotRunning:
        print("no kiosk runs on this machine: every line is looked at", file=sys.stderr)
        of = check(chosen.devices)
    print(json.dumps(asdict(of), ensure_ascii=False) if as_json else "\n".join(told(of)))
    return 0 if of.well else 1


def read(answer: Mapping[str, Any]) -> CheckUp:
    """A check-up as it was told over the control socket."""
    return CheckUp(
        tuple(Examined(**device) for device in answer["devices"]),
        tuple(Proposal(**proposal) for proposal in answer["proposals"]),
        tuple(answer["silent"]),
        tuple(answer["problems"]),
    )
