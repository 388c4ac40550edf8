"""How a kiosk is: the facts for whoever monitors it. No client is in them, and no money.

`look` asks the core, between two events; `Health.facts` adds what files and the system tell, in the
thread of whoever asks. `kiosk.metrics` and ``kiosk health`` put them into words.
"""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kiosk import __version__, board
from kiosk.core import cashbox, nightly
from kiosk.core.capabilities import fault_of, since
from kiosk.core.cash import HeldNotes
from kiosk.core.clock import Now, system_now
from kiosk.core.config import Config
from kiosk.core.nightly import Nights, Proof
from kiosk.core.tasks import Task
from kiosk.runtime import Runtime

STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True)
class DeviceFacts:
    """A device: `up` is None until it was tried, `fault` what is wrong with it, or empty.

    `cause` is why it does not answer, `since` when the fault began (ISO 8601); empty without one.
    """

    name: str
    role: str
    up: bool | None
    fault: str
    paper: str
    cause: str = ""
    since: str = ""


@dataclass(frozen=True)
class Looked:
    """What the core said.

    Attributes:
        ready: it serves guests; false where the books cannot be written.
        simulated: no device is real.
        devices: all that are declared.
        notes_held: notes of which nobody knows yet where they are.
        boxes: the number of notes, or coins, in each box, by its acceptor.
        entries: the number of the last entry.
        last_at: when it was written (ISO 8601, UTC).
    """

    ready: bool
    simulated: bool
    devices: tuple[DeviceFacts, ...]
    notes_held: int
    boxes: Mapping[str, int]
    entries: int
    last_at: str


def look(runtime: Runtime, now: Now) -> Looked:
    """What the core says, in its thread; raises what `Venue.ask` does."""
    machine_ = runtime.situation.machine
    failed = runtime.failure is not None
    ledger = runtime.venue.ledger
    boxes: dict[str, int] = {}
    held = 0
    if not failed:
        books = runtime.venue.books(now)
        for name, _ in (*machine_.of("acceptor"), *machine_.of("coins")):
            boxes[name] = sum(number for _, number in cashbox.contents(books, name))
        held = len(runtime.ask(HeldNotes(), actor="kiosk", now=now))
    return Looked(
        ready=not failed,
        simulated=bool(runtime.venue.store.facts["simulated"]),
        devices=tuple(
            DeviceFacts(
                name,
                state.role,
                state.up,
                fault_of(state) or "",
                state.paper if state.role == "printer" else "",
                state.cause,
                began.isoformat(timespec="seconds") if (began := since(machine_, name)) else "",
            )
            for name, state in machine_.devices.items()
        ),
        notes_held=held,
        boxes=boxes,
        entries=ledger.seq,
        last_at=ledger.last_at,
    )


@dataclass(frozen=True)
class Facts:
    """All that is told; what nobody knows is None.

    Attributes:
        looked: what the core said.
        waiting: what waits for somebody: each as kind, severity and word (``paper_low``).
        mirror: the last entry that is surely on the mirror; None: there is none.
        nights: what is remembered of the nightly backup; `backup_wanted`: one is set.
        proof: the last proof of the books.
        celsius, undervoltage, throttled, worn_percent: of the board, where it tells.
    """

    version: str
    kiosk: str
    python: str
    at: datetime
    up_s: float
    synced: bool
    inbox: int
    dropped: int
    looked: Looked
    waiting: tuple[tuple[str, str, str], ...]
    store_bytes: int
    free_bytes: int
    mirror: int | None
    backup_wanted: bool
    nights: Nights
    proof: Proof | None
    celsius: int | None
    undervoltage: bool | None
    throttled: bool | None
    worn_percent: int | None
    resident_bytes: int
    cpu_s: float

    @property
    def backup_age_s(self) -> float | None:
        """How old the last good backup is."""
        return nightly.age_s(self.nights.made, self.at)

    @property
    def proof_age_s(self) -> float | None:
        """How long ago the books were proven."""
        return nightly.age_s(self.proof, self.at)

    @property
    def entry_age_s(self) -> float | None:
        """How old the last entry is."""
        try:
            last = datetime.fromisoformat(self.looked.last_at)
        except ValueError:
            return None
        return max(0.0, (self.at - last).total_seconds())

    @property
    def behind(self) -> int | None:
        """So many entries the mirror is behind."""
        return None if self.mirror is None else max(0, self.looked.entries - self.mirror)

    @property
    def well(self) -> bool:
        """Whether nothing waits for a person."""
        proven = self.proof is None or not self.proof.problems
        return self.looked.ready and not self.waiting and proven


@dataclass(frozen=True)
class Health:
    """Where the facts come from, in a running kiosk.

    Attributes:
        chosen: the settings.
        runtime: the core.
        waiting: tells what waits for somebody, from any thread.
        mirror: tells the last entry that is on the mirror, likewise.
        clock: tells the time.
        began_s: when the kiosk began, by the clock that never steps.
        sys: where the kernel tells of the board.
    """

    chosen: Config
    runtime: Runtime
    waiting: Callable[[], tuple[Task, ...]] = tuple
    mirror: Callable[[], int | None] = lambda: None
    clock: Callable[[], Now] = system_now
    began_s: float = field(default_factory=lambda: system_now().mono_s)
    sys: Path = board.SYS

    def facts(self, looked: Looked) -> Facts:
        """All of them; what the core said is `looked`."""
        now, store = self.clock(), self.chosen.store
        inbox, path = self.runtime.inbox, self.runtime.venue.store.path
        seen = board.read(self.sys)
        return Facts(
            version=__version__,
            kiosk=self.chosen.kiosk.id,
            python=platform.python_version(),
            at=now.wall,
            up_s=max(0.0, now.mono_s - self.began_s),
            synced=now.synced,
            inbox=inbox.waiting,
            dropped=inbox.dropped,
            looked=looked,
            waiting=tuple(
                (task.kind, task.severity, task.sentence.partition(".")[2])
                for task in self.waiting()
            ),
            store_bytes=size_of(path),
            free_bytes=_free(path.parent),
            mirror=self.mirror() if store.mirror is not None else None,
            backup_wanted=bool(self.chosen.backup.to),
            nights=nightly.read(path.parent),
            proof=nightly.read_proof(path.parent),
            celsius=seen.celsius,
            undervoltage=seen.undervoltage,
            throttled=seen.throttled,
            worn_percent=seen.worn_percent,
            resident_bytes=_resident(),
            cpu_s=time.process_time(),
        )


def size_of(store: Path) -> int:
    """How much a store takes on the disk, with its log."""
    size = 0
    for part in ("", "-wal"):
        try:
            size += store.with_name(store.name + part).stat().st_size
        except OSError:
            continue
    return size


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _resident() -> int:
    try:
        return int(STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


# --- for the command line ------------------------------------------------------------------------


def told(facts: Facts) -> dict[str, Any]:
    """The facts as JSON, with what follows from them."""
    made = asdict(facts)
    made["at"] = facts.at.isoformat(timespec="seconds")
    for name in ("backup_age_s", "proof_age_s", "entry_age_s", "behind", "well"):
        made[name] = getattr(facts, name)
    return made


def lines(of: Mapping[str, Any]) -> list[str]:
    """`told` for people: what needs one first."""
    looked, nights = of["looked"], of["nights"]
    serves = "serves guests" if looked["ready"] else "OUT OF SERVICE: its books cannot be written"
    made = [f"kiosk {of['kiosk']}, Foyer {of['version']}: {serves}, up {_long(of['up_s'])}"]
    made += [f"WAITS: {kind}, {when}: {word}" for kind, when, word in of["waiting"]]
    for device in looked["devices"]:
        up = {None: "not tried yet", True: "works", False: "does not answer"}[device["up"]]
        why = device["cause"] or device["fault"]
        fault = f" ({why}, since {device['since']})" if device["fault"] else ""
        made.append(f"{device['name']} ({device['role']}): {up}{fault}")
    boxes = looked["boxes"].items()
    made += [f"cashbox of {name}: {number} notes or coins" for name, number in boxes]
    made.append(f"notes of which nobody knows: {looked['notes_held']}")
    made.append(f"entries: {looked['entries']}, the last one {_long(of['entry_age_s'])} old")
    if of["behind"] is not None:
        made.append(f"mirror: {of['behind']} entries behind")
    made += _copies(of, nights)
    proof = of["proof"]
    if proof is None:
        made.append("books: not proven yet (kiosk verify)")
    else:
        wrong = f"{proof['problems']} PROBLEMS" if proof["problems"] else "sound"
        made.append(f"books: {wrong}, proven {_long(of['proof_age_s'])} ago")
    made.append(f"store: {of['store_bytes'] // 1_000_000} MB; free: {of['free_bytes'] // 10**6} MB")
    made.append("clock: " + ("set by the network" if of["synced"] else "not set by the network"))
    if of["celsius"] is not None:
        made.append(f"temperature: {of['celsius']} °C")
    made += ["THE POWER SUPPLY IS TOO WEAK"] if of["undervoltage"] else []
    made += ["the processor is slowed down"] if of["throttled"] else []
    worn = of["worn_percent"]
    made.append("flash: wear unknown" if worn is None else f"flash: {worn} % of its life used")
    return made


def _copies(of: Mapping[str, Any], nights: Mapping[str, Any]) -> list[str]:
    if not of["backup_wanted"]:
        return ["nightly backup: none is set ([backup] to)"]
    made, last = [], nights["made"]
    if last is None:
        made.append("nightly backup: NONE YET")
    else:
        made.append(
            f"nightly backup: {last['file']} to {last['to']}, {_long(of['backup_age_s'])} ago"
        )
    if nights["problem"]:
        made.append(f"THE LAST BACKUP WAS NOT MADE: {nights['problem']}")
    return made


def _long(seconds: float | None) -> str:
    if seconds is None:
        return "nobody knows how long"
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h {minutes} min"
