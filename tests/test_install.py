"""Installed as on an appliance: nothing is left behind, and systemd accepts the services.

The systemd of the machine that runs this may be older than the image's; the image's own is asked
in tests/appliance/test_units.py.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SYSTEMD = ROOT / "systemd"
UNIT = SYSTEMD / "kiosk.service"
INSTALL = ROOT / "setup/install.sh"
HOST_UNITS = Path("/usr/lib/systemd/system")

UNITS = sorted(
    path.name
    for path in SYSTEMD.iterdir()
    if path.suffix in (".service", ".path", ".timer", ".target")
)
SERVICES = [name for name in UNITS if name.endswith(".service")]
INSTANCES = {"kiosk-update@.service": "kiosk-update@check.service"}

EXPOSURE = {
    "kiosk.service": 1.7,
    # RAUC writes partitions, a stick is mounted, the machine restarts: root with all it takes.
    "kiosk-update@.service": 6.8,
}
"""The most that each service may be exposed, of 10 as systemd counts it; the others: 2.0."""

NOT_INSTALLED_HERE = {"README.md"}
OF_UPDATES = {
    path
    for path in SYSTEMD.glob("kiosk-*")
    if path.name in (ROOT / "image/rauc/put.sh").read_text()
}
"""Updates belong to an image only: its own script installs them."""

# What systemd 252 does not know yet; the image's is 257.
NEWER = ("Unknown key 'RestartMode' in section [Service]",)
# What the units start of the system's own, and the mounts that the image's fstab makes.
PROGRAMS = ("bin/sh", "opt/foyer/bin/python3", "usr/bin/cage", "usr/bin/mountpoint", "usr/bin/test")
MOUNTS = ("data.mount", "secrets.mount")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: setuptools leaves its work beside the sources, and packs what an older build left."""
    sources = tmp_path_factory.mktemp("sources")
    shutil.copytree(ROOT / "kiosk", sources / "kiosk", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, sources)
    return sources


@pytest.fixture(scope="module")
def installed(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file system tree with the kiosk in /opt/foyer, its services beside this machine's units."""
    tree = tmp_path_factory.mktemp("tree")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"),
            *("--no-deps", "--no-build-isolation", "--no-compile", "--ignore-installed"),
            *("--root-user-action=ignore", "--prefix", tree / "opt/foyer", sources),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    tree.joinpath("usr/lib/systemd").mkdir(parents=True)
    shutil.copytree(HOST_UNITS, tree / "usr/lib/systemd/system", symlinks=True)
    for program in PROGRAMS:
        tree.joinpath(program).parent.mkdir(parents=True, exist_ok=True)
        tree.joinpath(program).touch(0o755)
    install(tree, "--image")
    for path in OF_UPDATES:
        folder = "usr/local/libexec" if path.suffix == "" else "etc/systemd/system"
        shutil.copy(path, tree / folder)
    for mount in MOUNTS:
        where = mount.removesuffix(".mount")
        text = f"[Mount]\nWhat=/dev/foyer/{where}\nWhere=/{where}\n"
        tree.joinpath("etc/systemd/system", mount).write_text(text)
    return tree


def install(tree: Path, *words: str) -> None:
    subprocess.run(["sh", INSTALL, "--root", tree, *words], check=True, capture_output=True)


def verify(tree: Path, *units: str) -> str:
    """All that systemd says of units in a tree."""
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={tree}", *units],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if not any(key in line for key in NEWER)]
    return "\n".join(lines) + (f"exit code {done.returncode}" if done.returncode else "")


def files(package: Path) -> set[str]:
    return {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}


def test_every_file_of_the_package_is_installed(installed: Path, sources: Path) -> None:
    (package,) = installed.glob("opt/foyer/lib/python3*/site-packages/kiosk")
    assert files(package) == files(sources / "kiosk")


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_nothing_to_say_about_a_unit(installed: Path, unit: str) -> None:
    assert verify(installed, INSTANCES.get(unit, unit)) == ""


@pytest.mark.parametrize(
    ("unit", "sound", "broken", "complaint"),
    [
        ("kiosk.service", "WatchdogSec=30", "WatchdogSec=soon", "soon"),
        ("kiosk.service", "NoNewPrivileges=yes", "NoNewPriviledges=yes", "NoNewPriviledges"),
        ("kiosk.service", "/opt/foyer/bin/kiosk", "/opt/foyer/bin/kiosks", "kiosks"),
        ("kiosk-out-of-service.service", "libexec/kiosk-splash", "libexec/splash", "splash"),
        ("kiosk-display.service", "/usr/bin/cage", "/usr/bin/cages", "cages"),
        ("kiosk-failed.service", "kiosk-failed\n", "kiosk-fails\n", "kiosk-fails"),
        ("kiosk-disk.service", "Requires=data.mount", "Requires=dada.mount", "dada.mount"),
        ("kiosk-helper.path", "PathExists=/run", "PathExists=run", "run/foyer"),
    ],
)
def test_a_mistake_in_a_unit_would_be_heard(
    installed: Path, tmp_path: Path, unit: str, sound: str, broken: str, complaint: str
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(installed, tree, symlinks=True)
    file = tree / "etc/systemd/system" / unit
    assert sound in file.read_text()
    file.write_text(file.read_text().replace(sound, broken))
    assert complaint in verify(tree, unit)


@pytest.mark.parametrize("unit", SERVICES)
def test_the_services_are_confined(unit: str) -> None:
    measured = exposure(SYSTEMD / unit)
    print(f"{unit}: exposure {measured} of 10")
    assert measured <= EXPOSURE.get(unit, 2.0)


def test_a_service_that_is_less_confined_would_be_heard(tmp_path: Path) -> None:
    loose = tmp_path / "kiosk.service"
    text = UNIT.read_text()
    for line in ("SystemCallFilter=~@privileged @resources", "IPAddressDeny=any"):
        assert line in text
        text = text.replace(line, "")
    loose.write_text(text)
    assert exposure(loose) > EXPOSURE["kiosk.service"]


def exposure(unit: Path) -> float:
    """How exposed a service is, of 10, as this machine's systemd counts it."""
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert found, told
    return float(found[1])


# --- the list of what is installed ----------------------------------------------------------------


def rows() -> Iterator[tuple[str, str, str, str]]:
    """The rows of the script's list: source, target, mode, "image" or nothing."""
    text = INSTALL.read_text()
    for line in text[text.index("<<'FILES'\n") + 9 : text.index("\nFILES\n")].splitlines()[1:]:
        source, target, mode, *only = line.split()
        yield source, target, mode, "".join(only)


def test_each_file_of_systemd_is_installed_or_named_here() -> None:
    there = {str(path.relative_to(ROOT)) for path in SYSTEMD.rglob("*") if path.is_file()}
    named = {f"systemd/{name}" for name in NOT_INSTALLED_HERE}
    updates = {str(path.relative_to(ROOT)) for path in OF_UPDATES}
    assert {source for source, *_ in rows()} | named | updates == there


def test_each_file_that_a_unit_names_is_installed() -> None:
    """Also where systemd would not miss it: behind a "-", or as a word of a command."""
    targets = {f"/{target}" for _, target, *_ in rows()}
    targets |= {f"/usr/local/libexec/{path.name}" for path in OF_UPDATES}
    named = {
        (name, word) for name in UNITS for word in re.findall(r"/usr/local/\S+", text_of(name))
    }
    assert named
    assert {(name, word) for name, word in named if word not in targets} == set()


def text_of(unit: str) -> str:
    lines = (SYSTEMD / unit).read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def test_a_tree_has_exactly_what_the_list_says(tmp_path: Path) -> None:
    plain, image = tmp_path / "plain", tmp_path / "image"
    install(plain)
    install(image, "--image")
    for tree, kinds in ((plain, {""}), (image, {"", "image"})):
        wanted = {(target, mode) for _, target, mode, only in rows() if only in kinds}
        found = {
            (str(path.relative_to(tree)), f"{path.stat().st_mode & 0o777:o}")
            for path in tree.rglob("*")
            if path.is_file() and not path.is_symlink()
        }
        assert found == wanted


def test_what_starts_by_itself_is_linked_and_nothing_else(tmp_path: Path) -> None:
    install(tmp_path, "--image")
    started = {path.name for path in tmp_path.rglob("*.wants/*")}
    preset = SYSTEMD.joinpath("90-foyer.preset").read_text()
    wanted = {line.split()[1] for line in preset.splitlines() if line.startswith("enable")}
    # Debian's own package starts the seat's daemon.
    assert started == wanted - {"seatd.service"}


def test_the_scripts_are_plain_shell() -> None:
    scripts = [INSTALL, SYSTEMD / "kiosk-addresses", SYSTEMD / "kiosk-turn"]
    subprocess.run(["shellcheck", "-x", *scripts], check=True, capture_output=True, cwd=ROOT)


def settings(unit: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line)


@pytest.mark.parametrize("name", ["kiosk.service", "kiosk-display.service"])
def test_the_users_and_groups_of_the_services_are_made(name: str) -> None:
    unit = settings(SYSTEMD / name)
    made = {
        line.split()[1]
        for line in SYSTEMD.joinpath("foyer.sysusers.conf").read_text().splitlines()
        if not line.startswith("#")
    }
    of_debian = {"audio", "dialout", "lp", "render", "video"}
    assert made | of_debian >= {
        *(unit["User"], unit["Group"]),
        *unit["SupplementaryGroups"].split(),
    }


def test_the_kiosk_has_its_touches_from_the_compositor_alone() -> None:
    assert "input" not in settings(UNIT)["SupplementaryGroups"].split()
    assert "char-input" not in UNIT.read_text()


def test_the_kiosk_may_open_a_printer_on_usb() -> None:
    """usblp has no number of its own: its files are among the kernel's 180, named usb."""
    assert "DeviceAllow=char-usb rw" in UNIT.read_text().splitlines()
    rules = SYSTEMD.joinpath("71-foyer.rules").read_text()
    assert 'SUBSYSTEM=="usbmisc", KERNEL=="lp*", GROUP="kiosk"' in rules
    assert "lp" in settings(UNIT)["SupplementaryGroups"].split()


def test_every_service_leaves_no_memory_on_a_disk() -> None:
    for name in SERVICES:
        if EXPOSURE.get(name, 0) > 2 or name in ("kiosk-disk.service", "kiosk-helper.service"):
            continue
        assert settings(SYSTEMD / name)["LimitCORE"] == "0", name
