"""What was run of the appliance's tests, when and how it ended: docs/benchmarks/appliance.json.

The file is part of the project, so that a run that leaves a part out can say when that part was
last run, on what, and with what result. docs/benchmarks/appliance.md is made from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "docs/benchmarks/appliance.json"
PAGE = RECORD.with_suffix(".md")
MADE_OF = ("image", "systemd", "setup/install.sh")
"""What the image is made of, beside Debian and the program."""

PARTS: Mapping[int, str] = {
    1: "units verified, their exposure measured, the disk's layout on a tiny tree",
    2: "the amd64 twin boots, in a container and in the emulator",
    3: "the arm64 image boots through its U-Boot; a flashed card; a whole journey; a power cut",
    4: "slots destroyed, bytes flipped, updates installed, refused and cut",
}

LABELS: Mapping[str, str] = {
    "build_s": "Building it, s",
    "build_base_s": "of that Debian's packages (kept until they change), s",
    "root_mb": "Root (squashfs and its verity tree), MB",
    "kernel_mb": "Kernel and initramfs, MB",
    "disk_mb": "Disk as it is flashed, used of it, MB",
    "container_ready_s": "Container: systemd → READY, s",
    "firmware_s": "Emulator: power → kernel (firmware, U-Boot), s",
    "initramfs_s": "kernel → systemd (initramfs, dm-verity), s",
    "userspace_s": "systemd → READY=1 of the kiosk, s",
    "picture_s": "power → welcome screen seen on the screen, s",
    "memory_mb": "Memory used with the welcome screen shown, MB",
    "kiosk_mb": "of that the kiosk, MB",
    "again_s": "Second boot, after a power cut: power → kiosk READY, s",
}


@dataclass(frozen=True)
class Run:
    """How a part went: when it began (UTC), its result, how long it took, what it measured."""

    at: str
    result: Literal["ok", "failed"]
    seconds: float
    tree: str
    figures: Mapping[str, float | str] = field(default_factory=dict)


def tree_hash(root: Path = ROOT, names: Iterable[str] = MADE_OF) -> str:
    """What the image is made of, as a number: names, contents, and what may be executed."""
    told = hashlib.sha256()
    for name in names:
        place = root / name
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        for file in files:
            if "__pycache__" in file.parts or not (file.is_file() or file.is_symlink()):
                continue
            executable = not file.is_symlink() and bool(file.stat().st_mode & 0o100)
            content = str(file.readlink()).encode() if file.is_symlink() else file.read_bytes()
            told.update(f"{file.relative_to(root)}\0{executable}\0{len(content)}\0".encode())
            told.update(content)
    return told.hexdigest()


def read(path: Path = RECORD) -> dict[int, Run]:
    """The last run of each part that ever ran."""
    if not path.exists():
        return {}
    return {int(part): Run(**run) for part, run in json.loads(path.read_text())["parts"].items()}


def write(runs: Mapping[int, Run], path: Path = RECORD) -> None:
    """Keep them, and make the page anew."""
    parts = {str(part): asdict(runs[part]) for part in sorted(runs)}
    path.write_text(json.dumps({"parts": parts}, indent=1) + "\n")
    path.with_suffix(".md").write_text(page(runs))


def due(runs: Mapping[int, Run], tree: str) -> dict[int, str]:
    """The parts that a change must pass, and of each the reason."""
    reasons = {1: "always", 2: "always"}
    last = runs.get(3)
    if last is None:
        reasons[3] = "it never ran"
    elif last.result != "ok":
        reasons[3] = f"it failed on {last.at}"
    elif last.tree != tree:
        reasons[3] = f"{', '.join(MADE_OF)} have changed since {last.at}"
    return reasons


def page(runs: Mapping[int, Run]) -> str:
    """The record as a page."""
    lines = [
        "# The appliance, booted",
        "",
        "Made by `make appliance-test` from `appliance.json`; not to be edited. Everything ran on",
        "two cores without KVM: the emulator computes each instruction of the machine it plays,",
        "so its seconds compare the stages and do not say what a Raspberry Pi needs.",
        "The container runs at the machine's own speed.",
        "",
        "| part | what | last run (UTC) | result | took, s |",
        "| --- | --- | --- | --- | --- |",
    ]
    for part, what in PARTS.items():
        run = runs.get(part)
        told = f"{run.at} | {run.result} | {run.seconds:.0f}" if run else "never | - | -"
        lines.append(f"| {part} | {what} | {told} |")
    measured = {part: run.figures for part, run in sorted(runs.items()) if run.figures}
    if measured:
        names = list(LABELS) + sorted({n for f in measured.values() for n in f} - set(LABELS))
        lines += [
            "",
            "| measured | " + " | ".join(f"part {part}" for part in measured) + " |",
            "| --- | " + " | ".join("---:" for _ in measured) + " |",
        ]
        for name in names:
            told = [str(figures.get(name, "")) for figures in measured.values()]
            if any(told):
                lines.append(f"| {LABELS.get(name, name)} | {' | '.join(told)} |")
    return "\n".join([*lines, ""])
