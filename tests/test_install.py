"""Installed as on an appliance: nothing is left behind, and systemd accepts the service."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "systemd" / "kiosk.service"
HELPER_UNITS = [UNIT.with_name(f"kiosk-helper.{kind}") for kind in ("path", "service")]
HOST_UNITS = Path("/usr/lib/systemd/system")


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
    """A file system tree with the kiosk in /opt/foyer, its service beside this machine's units."""
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
    for folder in ("etc/systemd/system", "usr/lib/systemd", "usr/local/libexec"):
        tree.joinpath(folder).mkdir(parents=True)
    shutil.copytree(HOST_UNITS, tree / "usr/lib/systemd/system", symlinks=True)
    for unit in (UNIT, *HELPER_UNITS):
        shutil.copy(unit, tree / "etc/systemd/system")
    shutil.copy(UNIT.with_name("kiosk-helper"), tree / "usr/local/libexec")
    return tree


def verify(tree: Path, *units: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={tree}", *(units or ("kiosk.service",))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout + (f"exit code {done.returncode}" if done.returncode else "")


def files(package: Path) -> set[str]:
    return {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}


def test_every_file_of_the_package_is_installed(installed: Path, sources: Path) -> None:
    (package,) = installed.glob("opt/foyer/lib/python3*/site-packages/kiosk")
    assert files(package) == files(sources / "kiosk")


def test_systemd_has_nothing_to_say_about_the_service(installed: Path) -> None:
    assert verify(installed) == ""


def test_systemd_has_nothing_to_say_about_the_helper(installed: Path) -> None:
    assert verify(installed, "kiosk-helper.path", "kiosk-helper.service") == ""


def test_a_mistake_in_the_helper_would_be_heard(installed: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(installed, tree, symlinks=True)
    tree.joinpath("usr/local/libexec/kiosk-helper").unlink()
    assert "kiosk-helper" in verify(tree, "kiosk-helper.service")


@pytest.mark.parametrize(
    ("sound", "broken", "complaint"),
    [
        ("WatchdogSec=30", "WatchdogSec=soon", "soon"),
        ("NoNewPrivileges=yes", "NoNewPriviledges=yes", "NoNewPriviledges"),
        ("/opt/foyer/bin/kiosk", "/opt/foyer/bin/kiosks", "kiosks"),
    ],
)
def test_a_mistake_in_the_service_would_be_heard(
    installed: Path, tmp_path: Path, sound: str, broken: str, complaint: str
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(installed, tree, symlinks=True)
    unit = tree / "etc/systemd/system/kiosk.service"
    assert sound in unit.read_text()
    unit.write_text(unit.read_text().replace(sound, broken))
    assert complaint in verify(tree)


@pytest.mark.parametrize("unit", [UNIT, HELPER_UNITS[1]], ids=lambda unit: unit.name)
def test_the_services_are_confined(unit: Path) -> None:
    """Exposure of at most 2.0 of 10, as systemd counts it."""
    subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit],
        check=True,
        capture_output=True,
    )


def test_the_users_and_groups_of_the_service_are_made() -> None:
    unit = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    made = {
        line.split()[1]
        for line in UNIT.with_name("foyer.sysusers.conf").read_text().splitlines()
        if not line.startswith("#")
    }
    assert made >= {unit["User"], unit["Group"], *unit["SupplementaryGroups"].split()}
