"""A machine with both of its slots, in the emulator; what starts it, and other versions for it.

The arm64 machine starts by U-Boot itself, from its disk. QEMU starts the amd64 twin with a kernel
from outside: there `start` does what image/boot.cmd does, with what lies on the disk's own
partitions (the counter, kernel, initramfs and arguments of the slot).
"""

from __future__ import annotations

import binascii
import inspect
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.appliance.data import ROOT, offsets
from tests.appliance.emulator import BOOT_S, Arch, Machine, write_into

STATE_BYTES = 0x4000
TRIES = 3
NUMBERS = re.compile(r"[0-9a-f]+:  ((?:[0-9a-f]{2} )+)")


@dataclass
class Slotted(Machine):
    """A machine that starts from one of its slots.

    Args:
        parts: where the partitions of its disk are, see `data.offsets`.
    """

    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def bytes_of(self, part: str, count: int) -> bytes:
        """The first bytes of a partition, as they are on the disk of a machine that is off."""
        first, _ = self.parts[part]
        command = f"read -v {first} {count}"
        told = subprocess.run(
            ["qemu-io", "-r", "-f", "qcow2", "-c", command, self.disk],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        rows = [found[1] for line in told.splitlines() if (found := NUMBERS.match(line))]
        return bytes.fromhex("".join(rows))[:count]

    def write(self, part: str, data: bytes, offset: int = 0) -> None:
        """Write bytes into a partition of a machine that is off."""
        kept = self.folder / "bytes"
        kept.write_bytes(data)
        write_into(self.disk, kept, self.parts[part][0] + offset)

    def counter(self) -> dict[str, str]:
        """What U-Boot counts, as it is on the disk; empty where its checksum is wrong."""
        found = self.bytes_of("state", STATE_BYTES)
        if binascii.crc32(found[4:]) != int.from_bytes(found[:4], "little"):
            return {}
        texts = found[4:].split(b"\0\0")[0].split(b"\0")
        return dict(text.decode().split("=", 1) for text in texts if b"=" in text)

    def count(self, kept: Mapping[str, str]) -> None:
        """Have U-Boot count from here, on a machine that is off: as `counter` gave it."""
        text = "".join(f"{name}={value}\0" for name, value in kept.items()) + "\0"
        data = text.encode().ljust(STATE_BYTES - 4, b"\0")
        self.write("state", binascii.crc32(data).to_bytes(4, "little") + data)

    def _count(self) -> str:
        """As image/boot.cmd: which slot is started, with its count down by one."""
        order, left = "A B", {"A": TRIES, "B": TRIES}
        kept = self.counter()
        order = kept.get("BOOT_ORDER", order)
        left |= {s: int(kept.get(f"BOOT_{s}_LEFT", TRIES)) for s in left}
        slot = next((s for s in order.split() if left[s] > 0), "")
        if not slot:
            left = {"A": TRIES, "B": TRIES}
            slot = order.split()[0]
        left[slot] -= 1
        counts = {f"BOOT_{s}_LEFT": str(left[s]) for s in left}
        self.count({"BOOT_ORDER": order} | counts)
        return slot

    def start(self) -> Slotted:
        """Switch it on; back at once."""
        if self.arch == "amd64":
            slot = self._count()
            self._take(slot)
        super().start()
        return self

    def _take(self, slot: str) -> None:
        """Kernel, initramfs and arguments from the slot's own partition."""
        first, size = self.parts[f"boot_{slot.lower()}"]
        mib = 1 << 20
        fat = self.folder / "boot.vfat"
        words = [f"if={self.disk}", f"of={fat}", "bs=1M", f"skip={first // mib}"]
        words += [f"count={(first + size) // mib}"]
        dd = ["qemu-img", "dd", "-f", "qcow2", "-O", "raw", *words]
        subprocess.run(dd, check=True, capture_output=True)
        for name in ("vmlinuz", "initrd", "slot.txt"):
            target = self.folder / f"slot-{name}"
            target.unlink(missing_ok=True)
            subprocess.run(["mcopy", "-i", fat, f"::{name}", target], check=True)
        fat.unlink()
        told = (self.folder / "slot-slot.txt").read_text().partition("foyer_args=")[2].strip()
        self.kernel, self.initrd = self.folder / "slot-vmlinuz", self.folder / "slot-initrd"
        self.append = f"{told} rauc.slot={slot} console=ttyS0"

    # --- inside --------------------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """What systemd/kiosk-update tells the kiosk; empty where it does not yet."""
        said = self.say("cat /run/foyer-helper/update")
        found: dict[str, Any] = json.loads(said.out) if said.code == 0 else {}
        return found

    def until_told(
        self, like: Callable[[dict[str, Any]], Any], what: str, limit_s: float = BOOT_S
    ) -> dict[str, Any]:
        """Wait until it tells something."""
        found = self.until(lambda: [t for t in [self.told()] if t and like(t)], what, limit_s)
        return found[0]

    def counter_now(self) -> dict[str, str]:
        """What U-Boot counts, as the running machine reads it."""
        lines = self.run("fw_printenv").splitlines()
        return dict(line.split("=", 1) for line in lines if line.startswith("BOOT_"))

    def money(self) -> tuple[int, str, str]:
        """Entries, and a digest of all balances, of the store as it lies there."""
        read = """
import hashlib, sqlite3
d = sqlite3.connect("file:/data/foyer/kiosk.db?mode=ro", uri=True)
rows = sorted(r[0] for r in d.execute("select doc from balances"))
(count,) = d.execute("select count(*) from entries").fetchone()
print(count, hashlib.sha256(repr(rows).encode()).hexdigest(), len(rows))
"""
        told = self.run("python3 -", stdin=read.encode())
        entries, digest, rows = told.split()
        return int(entries), digest, rows


def version(
    made: Path, folder: Path, name: str, change: Callable[[Path], None], keys: Path | None = None
) -> Path:
    """Another version of an image as a bundle: its tree with something changed in it.

    It is kept for as long as it would be the same: `name.of` says of which image it is, with what
    changed in it, and by what.

    Args:
        made: what `image/build` left.
        folder: where it is made; `folder/name.raucb` is the bundle.
        name: its version.
        change: told the tree, in which each file is its own to be replaced, not written into.
        keys: with which it is signed, see image/rauc/keys.sh; None: those of the image.
    """
    out, kept_of = folder / name, folder / f"{name}.of"
    bundle = folder / f"foyer-{name}.raucb"
    ways = map(inspect.getsource, (change, version, replace, fat))
    of = (made / "slot.txt").read_text() + "".join(ways)
    if bundle.exists() and kept_of.exists() and kept_of.read_text() == of:
        return bundle
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    tree = out / "tree"
    subprocess.run(["cp", "-al", made / "tree", tree], check=True)
    release = tree / "usr/lib/os-release"
    text = re.sub(r"(?m)^IMAGE_VERSION=.*$", f'IMAGE_VERSION="{name}"', release.read_text())
    replace(release, text)
    change(tree)
    for kept in ("vmlinuz", "initrd"):
        (out / kept).hardlink_to(made / kept)
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "OUT": str(out)}
    if keys is not None:
        environ["KEYS"] = str(keys)
    arch = made.name
    for words in (["image/root.sh", arch], None, ["image/bundle.sh", arch]):
        if words is None:
            fat(out)
            continue
        subprocess.run(["nice", *words], cwd=ROOT, env=environ, check=True, capture_output=True)
    shutil.move(next(out.glob("*.raucb")), bundle)
    kept_of.write_text(of)
    shutil.rmtree(out)
    return bundle


def replace(file: Path, text: str) -> None:
    """Put another file in the place of one that has other names elsewhere.

    The image has its programs compiled, and nobody compares them with their sources.
    """
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
        compiled.unlink()
    mode = file.stat().st_mode
    file.unlink()
    file.write_text(text)
    file.chmod(mode)


def fat(out: Path) -> None:
    """The slot's boot partition, as image/layout.py makes it."""
    file = out / "boot.vfat"
    with file.open("wb") as made:
        made.truncate(160 << 20)
    subprocess.run(
        ["mkfs.vfat", "-F", "32", "-n", "FOYERBOOT", file], check=True, capture_output=True
    )
    content = [out / name for name in ("vmlinuz", "initrd", "slot.txt")]
    subprocess.run(["mcopy", "-Q", "-i", file, *content, "::"], check=True)


def stick(file: Path, bundles: list[Path]) -> Path:
    """The image of a USB stick with these files."""
    size = sum(b.stat().st_size for b in bundles) + (64 << 20)
    with file.open("wb") as made:
        made.truncate(size // (1 << 20) * (1 << 20))
    subprocess.run(
        ["mkfs.vfat", "-F", "32", "-n", "UPDATES", file], check=True, capture_output=True
    )
    subprocess.run(["mcopy", "-Q", "-i", file, *bundles, "::"], check=True)
    return file


def machine(arch: Arch, folder: Path, disk: Path, made: Path) -> Slotted:
    """A machine over its own disk."""
    # A restart of the twin ends its emulator: what comes next is up to `start`.
    devices = ("-no-reboot",) if arch == "amd64" else ()
    return Slotted(folder, arch, disk, devices=devices, parts=offsets(made), memory_mb=1536)
