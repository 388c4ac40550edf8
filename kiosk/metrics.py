"""The facts of `kiosk.health` in Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from kiosk.health import Facts

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Family:
    """A metric: its samples, each with its labels."""

    name: str
    kind: Literal["gauge", "counter"]
    says: str
    samples: tuple[tuple[Labels, float], ...]

    def text(self) -> str:
        """Its lines."""
        says = self.says.replace("\\", r"\\").replace("\n", r"\n")
        lines = [f"# HELP {self.name} {says}", f"# TYPE {self.name} {self.kind}"]
        lines += [
            f"{self.name}{_labels(labels)} {_number(value)}" for labels, value in self.samples
        ]
        return "\n".join(lines) + "\n"


def text(facts: Facts, answered: Mapping[int, int]) -> str:
    """All of them.

    Args:
        facts: how the kiosk is.
        answered: by status, how many requests the door answered.
    """
    return "".join(family.text() for family in families(facts, answered) if family.samples)


def families(facts: Facts, answered: Mapping[int, int]) -> Iterator[Family]:
    """All of them; one without samples is not told."""
    yield from _kiosk(facts)
    yield from _devices(facts)
    yield from _books(facts)
    yield from _machine(facts)
    statuses = (({"status": str(status)}, float(n)) for status, n in sorted(answered.items()))
    yield _counter("foyer_http_requests_total", "Requests that the door answered.", statuses)


def _kiosk(facts: Facts) -> Iterator[Family]:
    about = {"version": facts.version, "kiosk": facts.kiosk, "python": facts.python}
    yield _gauge("foyer_build_info", "Which program this is; always 1.", [(about, 1)])
    yield _one("foyer_ready", "1: it serves guests. 0: out of service.", facts.looked.ready)
    yield _one("foyer_simulated", "1: no device is real.", facts.looked.simulated)
    yield _one("foyer_uptime_seconds", "Since the program began.", facts.up_s)
    yield _one("foyer_inbox_events", "Events that wait for the core.", facts.inbox)
    dropped: list[tuple[Labels, float]] = [({}, float(facts.dropped))]
    yield _counter("foyer_touches_dropped_total", "Touches that found no room.", dropped)
    waiting = Counter((kind, severity) for kind, severity, _ in facts.waiting)
    kinds = [
        ({"kind": kind, "severity": severity}, waiting[kind, severity])
        for kind in ("call", "task", "alarm")
        for severity in ("now", "today")
    ]
    yield _gauge("foyer_waiting", "Guests who call, tasks and alarms that wait.", kinds)
    words = Counter(word for kind, _, word in facts.waiting if kind == "alarm")
    alarms = [({"alarm": word}, number) for word, number in sorted(words.items())]
    yield _gauge("foyer_alarm", "Alarms by what they are; one that is over is absent.", alarms)


def _devices(facts: Facts) -> Iterator[Family]:
    devices = facts.looked.devices
    up = [({"device": d.name, "role": d.role}, float(d.up)) for d in devices if d.up is not None]
    yield _gauge("foyer_device_up", "Whether it answers; absent until it was tried.", up)
    faults = [
        ({"device": d.name, "role": d.role, "fault": d.fault}, 1.0) for d in devices if d.fault
    ]
    yield _gauge("foyer_device_fault", "What is wrong with it; absent when nothing is.", faults)
    papers = [
        ({"device": d.name, "state": state}, float(d.paper == state))
        for d in devices
        if d.paper
        for state in ("ok", "low", "out")
    ]
    yield _gauge("foyer_paper", "The paper of a printer: one of the three is 1.", papers)
    boxes = [({"device": name}, float(n)) for name, n in facts.looked.boxes.items()]
    yield _gauge("foyer_cashbox_notes", "Notes or coins in the box, as the books say.", boxes)


def _books(facts: Facts) -> Iterator[Family]:
    looked, nights = facts.looked, facts.nights
    yield _one("foyer_notes_held", "Notes of which nobody knows where they are.", looked.notes_held)
    yield _one("foyer_entries", "The number of the last entry.", looked.entries)
    yield _one("foyer_last_entry_age_seconds", "How old it is.", facts.entry_age_s)
    yield _one("foyer_store_bytes", "The store on the disk, with its log.", facts.store_bytes)
    yield _one("foyer_disk_free_bytes", "Free beside the store.", facts.free_bytes)
    yield _one("foyer_mirror_behind_entries", "Entries not yet on the mirror.", facts.behind)
    yield _one("foyer_backup_wanted", "1: a nightly backup is set.", facts.backup_wanted)
    yield _one("foyer_backup_age_seconds", "Of the last good nightly backup.", facts.backup_age_s)
    yield _one("foyer_backup_failed", "1: the last attempt failed.", bool(nights.problem))
    yield _one("foyer_proof_age_seconds", "Since the books were proven.", facts.proof_age_s)
    problems = facts.proof.problems if facts.proof else None
    yield _one("foyer_proof_problems", "What that proof found wrong.", problems)


def _machine(facts: Facts) -> Iterator[Family]:
    yield _one("foyer_clock_synchronised", "1: the network sets the clock.", facts.synced)
    yield _one("foyer_temperature_celsius", "Of the processor.", facts.celsius)
    yield _one("foyer_undervoltage", "1: the power supply is too weak now.", facts.undervoltage)
    yield _one("foyer_throttled", "1: the processor is slowed down now.", facts.throttled)
    worn = None if facts.worn_percent is None else facts.worn_percent / 100
    yield _one("foyer_flash_worn_ratio", "Of the life of its flash, used up.", worn)
    resident = facts.resident_bytes
    cpu: list[tuple[Labels, float]] = [({}, facts.cpu_s)]
    yield _one("process_resident_memory_bytes", "Memory of the kiosk's process.", resident)
    yield _counter("process_cpu_seconds_total", "Processor time of the kiosk's process.", cpu)


def _one(name: str, says: str, value: float | None) -> Family:
    return _gauge(name, says, [] if value is None else [({}, float(value))])


def _gauge(name: str, says: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    return Family(name, "gauge", says, tuple(samples))


def _counter(name: str, says: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    return Family(name, "counter", says, tuple(samples))


def _labels(labels: Labels) -> str:
    told = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{','.join(told)}}}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
