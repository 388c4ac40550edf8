"""What the project says of itself is so: links lead somewhere, verbs exist, locks are whole."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LOCKS = sorted(ROOT.glob("requirements/*.txt"))


def pinned(lock: Path) -> dict[str, set[str]]:
    """Name -> versions (more than one where markers tell platforms apart)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    dead = [
        link
        for link in links
        if not link.startswith("https://") and not page.parent.joinpath(link).exists()
    ]
    assert not dead


def test_every_page_that_the_code_names_is_there() -> None:
    files = [*ROOT.glob("kiosk/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("systemd/*")]
    named = {
        (str(file.relative_to(ROOT)), page)
        for file in files
        if file.is_file()
        for page in re.findall(r"docs/[\w/.-]+\.md", file.read_text("utf-8"))
    }
    assert named
    assert not [(file, page) for file, page in sorted(named) if not ROOT.joinpath(page).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_verb_that_a_page_names_exists(page: Path) -> None:
    verbs = set(re.findall(r"^([a-z0-9-]+):", ROOT.joinpath("Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"^    make ([a-z0-9-]+)|`make ([a-z0-9-]+)`", page.read_text("utf-8"), re.M)
    assert {verb for pair in named for verb in pair if verb} <= verbs


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_names_no_index(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.findall(r"^\s*--(?!hash=sha256:[0-9a-f]{64})", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert blocks and all("--hash=" in block for block in blocks)


def test_what_is_tested_is_what_is_shipped() -> None:
    runtime, dev = (pinned(ROOT / "requirements" / f"{name}.txt") for name in ("runtime", "dev"))
    assert runtime.items() <= dev.items()


def test_every_dependency_is_locked_at_a_version_that_it_allows() -> None:
    runtime = pinned(ROOT / "requirements" / "runtime.txt")
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    for line in project["dependencies"]:
        wanted = Requirement(line)
        assert runtime[wanted.name], line
        assert all(wanted.specifier.contains(version) for version in runtime[wanted.name]), line
