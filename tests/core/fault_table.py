"""The catalogue of faults as a part of docs/devices.md. Write it anew with

.venv/bin/python -m tests.core.fault_table
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from kiosk.core.capabilities import (
    DeviceState,
    Machine,
    fault_of,
    offers,
    works,
)
from kiosk.core.device_faults import MACHINE, REMEDIES, RETESTS, Remedy
from kiosk.core.fault_signs import ACCEPTOR, COINS, HOPPER, OFF, SIGNS, FaultWord
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Role
from kiosk.core.sentences import SENTENCES

PAGE = Path(__file__).parents[2] / "docs" / "devices.md"
BEGINS, ENDS = "<!-- faults: begin -->", "<!-- faults: end -->"
HEAD = """## Faults

Made from `kiosk/core/device_faults.py` by `python -m tests.core.fault_table`; a test compares them.
The driver's state and words decide which it is (`kiosk/core/fault_signs.py`): words that nobody
knows leave it at the less exact one. The desk leads through the steps and then offers the re-test.
All end by themselves once the cause is gone, but those with **start over**: an acceptor into which
hands were put is started over with *Done*. `tests/hardware/test_faults.py` makes each at the wire
of a simulated device, sees it told, makes it good and sees it gone; those marked ° no simulated
device can tell.
"""
STATES: dict[FaultWord, DeviceState] = {
    **{w: DeviceState("acceptor", True, acceptor=s) for s, w in ACCEPTOR.items()},
    **{w: DeviceState("coins", True, acceptor=s) for s, w in COINS.items() if w not in ACCEPTOR},
    **{w: DeviceState("hopper", True, hopper=s) for s, w in HOPPER.items()},
    **{w: DeviceState(role, False) for role, w in OFF.items()},
    "paper_out": DeviceState("printer", True, paper="out"),
    "paper_low": DeviceState("printer", True, paper="low"),
    "cover_open": DeviceState("printer", True, cover_open=True),
    "error": DeviceState("printer", True, error="mechanical"),
    "fiscal_trouble": DeviceState("fiscal", True, error="as it says"),
    "fiscal_shift_expired": DeviceState("fiscal", True, fiscal_shift="expired"),
    "power_fails": DeviceState("contacts", True, amiss=("power_fails",)),
    "door_open": DeviceState("contacts", True, amiss=("door_open",)),
    "tilted": DeviceState("contacts", True, amiss=("tilted",)),
}
"""A state that tells each fault which no words are needed for."""

_ROLES: tuple[tuple[str, Role], ...] = (
    ("Note acceptors", "acceptor"),
    ("Coin acceptors", "coins"),
    ("Hoppers", "hopper"),
    ("Receipt printers", "printer"),
    ("Fiscal devices", "fiscal"),
    ("Payment terminals", "payment"),
    ("Readers", "reader"),
    ("Lights", "lights"),
    ("Contacts of the cabinet", "contacts"),
    ("The voice", "speech"),
    ("Switches", "switches"),
)
NO_WIRE: dict[FaultWord, str] = {
    "coins_full": "no coin acceptor of ours tells it",
    "hopper_failed": "no hopper of ours tells it",
    "fiscal_trouble": "a trouble of another name than those of ATOL",
    "reader_off": "an error of the system that nobody knows",
    "lights_off": "likewise",
    "switches_off": "likewise",
    "contacts_off": "likewise",
}
"""Faults of which no simulated device can tell; the desk's words are tried all the same."""


def page() -> str:
    """The part between the marks, without them."""
    return "\n".join([HEAD, *_tables()])


def whole(text: str) -> str:
    """A page of devices with this part in it anew."""
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n{page()}{ENDS}{after}"


def _tables() -> Iterator[str]:
    told: set[FaultWord] = set()
    for title, role in _ROLES:
        of_role = [w for w in get_args(FaultWord) if REMEDIES[w].roles == (role,)]
        told |= set(of_role)
        yield from _table(title, of_role, role)
    yield "**The machine itself** (a task under *Today*)\n"
    yield "| fault | in the system | the guest reads | what to do |"
    yield "|---|---|---|---|"
    for care, shows in MACHINE.items():
        reads = _say("why.no_space") if care == "space_low" else "—"
        yield f"| {_say(f'alarm.{care}')} `{care}` | {shows} | {reads} | {_say(f'do.{care}')} |"
    yield ""
    rest = [w for w in get_args(FaultWord) if w not in told]
    yield from _table("Whatever hangs on a line, in a network, or on pins", rest, None)


def _table(title: str, words: list[FaultWord], role: Role | None) -> Iterator[str]:
    yield f"**{title}**\n"
    shared = role is None
    yield f"| fault |{' of |' if shared else ''} at the wire | the guest reads | cause | steps |"
    yield f"|---|{'---|' if shared else ''}---|---|---|---|"
    for word in words:
        yield _row(word, role)
    yield ""


def _row(word: FaultWord, role: Role | None) -> str:
    remedy = REMEDIES[word]
    mark = "°" if word in NO_WIRE else ""
    name = f"{_say(f'desk.fault.{word}')}{mark} `{word}`"
    roles = "" if role else f" {', '.join(remedy.roles)} |"
    reads = " ".join(guest_reads(word, remedy.roles[0])) if role else "as of one that is off"
    steps = " ".join(f"{n}. {_say(f'desk.step.{word}.{n}')}" for n in range(1, remedy.steps + 1))
    again = _again(remedy)
    cause = _say(f"desk.cause.{word}")
    return f"| {name} |{roles} {remedy.shows} | {reads or '—'} | {cause} | {steps}{again} |"


def _again(remedy: Remedy) -> str:
    tests = {_say(f"desk.button.{RETESTS[r]}") for r in remedy.roles if r in RETESTS}
    started = " **Start over.**" if remedy.starts_over else ""
    return f"{started} Re-test: {' · '.join(sorted(tests))}." if tests else started


def guest_reads(word: FaultWord, role: Role) -> list[str]:
    """What guests read of what is not offered while a device of a role has this fault."""
    base = next((b for b, signs in SIGNS.items() for s in signs if s.word == word), word)
    state = STATES[base] if base in STATES and STATES[base].role == role else None
    state = state or DeviceState(role, False)
    device = DeviceId(role)
    # Coins are the only cash where they are, a terminal and a fiscal device are there and wanted.
    well = {r: DeviceState(r, True) for r in ("reader", "acceptor", "printer", "payment", "fiscal")}
    if role == "coins":
        del well["acceptor"]
    devices = {DeviceId(r): s for r, s in well.items()} | {device: replace(state)}
    machine = Machine(devices, receipt="fiscal" if role == "fiscal" else "")  # type: ignore[arg-type]
    assert fault_of(state) is not None
    reasons = offers(works(machine, takes_coins=role == "coins")).values()
    return [_say(f"why.{reason}") for reason in dict.fromkeys(reasons) if reason]


def _say(key: str) -> str:
    told = SENTENCES[key]
    assert isinstance(told, str), f"{key} counts something"
    return told.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(whole(PAGE.read_text("utf-8")), "utf-8")
    print(PAGE)
