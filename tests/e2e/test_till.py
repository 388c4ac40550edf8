"""The visit of README.md, line by line, against a kiosk that runs."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.machine import GIVE_UP_S, KIOSK, ROOT, Display, free_port, until

pytestmark = [pytest.mark.e2e, pytest.mark.beside]

SECTION = "## A visit by a till\n"
LINES = 10


def visit() -> list[tuple[str, list[str]]]:
    """The commands of the section, and what each is said to print."""
    section = (ROOT / "README.md").read_text("utf-8").split(SECTION)[1].split("\n## ")[0]
    told: list[tuple[str, list[str]]] = []
    for line in re.findall(r"^    (.*)$", section, re.MULTILINE):
        if line.startswith("$ "):
            told.append((line.removeprefix("$ "), []))
        elif told:
            told[-1][1].append(line)
    return told


def plain(line: str) -> str:
    """A line without what another start of the kiosk tells differently."""
    return re.sub(r"entry \d+", "entry N", line.replace("\u202f", " ").replace("\u00a0", " "))


@pytest.fixture
def surroundings(folder: Path, display: Display, daemon: None) -> Iterator[dict[str, str]]:
    """A kiosk on simulated devices with an open door, and the variables of who is beside it."""
    home = Path(tempfile.mkdtemp(dir=folder))
    port = free_port()
    (home / "door.toml").write_text(f"[api]\nenabled = true\nport = {port}\n")
    (home / ".venv").symlink_to(ROOT / ".venv")
    told = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(home),
        "DISPLAY": display.name,
        "FOYER_TILL_URL": f"http://127.0.0.1:{port}",
    }
    with (home / "log").open("wb") as log:
        kiosk = subprocess.Popen(
            [*KIOSK, "run", "--simulated", "--config", str(home / "door.toml")],
            cwd=ROOT,
            env=told,
            stdout=log,
            stderr=log,
        )

    def answers() -> bool:
        assert kiosk.poll() is None, (home / "log").read_text()
        try:
            with urllib.request.urlopen(f"{told['FOYER_TILL_URL']}/v1/health") as answer:
                return bool(answer.status == 200)
        except (ConnectionError, urllib.error.URLError):
            return False

    until(answers, lambda: (home / "log").read_text())
    yield told
    kiosk.terminate()
    assert kiosk.wait(GIVE_UP_S) == 0, (home / "log").read_text()
    assert "Traceback" not in (home / "log").read_text()


def test_the_visit_of_the_readme_line_by_line(surroundings: dict[str, str]) -> None:
    lines = visit()
    assert len(lines) == LINES, "a whole visit in ten lines"
    # One shell, as a reader has it: what a line exports is there for the next.
    script = "\n".join(f"{command}\necho == $?" for command, _ in lines)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=surroundings["HOME"],
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    *said, rest = done.stdout.split("== 0\n")
    assert (rest, done.stderr) == ("", "")
    for (command, expected), printed in zip(lines, said, strict=True):
        assert [plain(line) for line in printed.splitlines()] == [
            plain(line) for line in expected
        ], command
