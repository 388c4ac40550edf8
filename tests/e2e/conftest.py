"""One display and one printer for all journeys; a fresh kiosk and store for each."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from kiosk.hardware.peers.pcscd import PcscdUnavailable, PrivatePcscd
from tests.browser import browser, browsers
from tests.e2e.machine import EMUPOS, ROOT, Display, Emupos, Kiosk

__all__ = ["browser", "browsers"]
"""Fixtures that are made elsewhere."""
PICTURES = ROOT / "build/e2e"
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A short path: the name of a socket has 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="e2e-") as place:
        yield Path(place)


@pytest.fixture(scope="session")
def pictures() -> Path:
    # Emptied by `make e2e`: here several processes would take each other's away.
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


@pytest.fixture(scope="session")
def display(folder: Path) -> Iterator[Display]:
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not there (make setup)")
    shown = Display(folder)
    yield shown
    shown.stop()


@pytest.fixture(scope="session")
def emupos(folder: Path) -> Iterator[Emupos]:
    if not EMUPOS.exists():
        pytest.skip("the independent printer is not there (make emupos says why)")
    printer = Emupos(folder)
    yield printer
    printer.stop()


@pytest.fixture(scope="session")
def daemon() -> None:
    """A private PC/SC daemon can run here: the kiosk starts its own."""
    try:
        PrivatePcscd().close()
    except PcscdUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def kiosk_on(
    request: pytest.FixtureRequest,
    display: Display,
    emupos: Emupos,
    daemon: None,
    pictures: Path,
    folder: Path,
) -> Iterator[Callable[..., Kiosk]]:
    """Makes the journey's kiosk; ended, and its books proven, when the journey is over."""
    name = request.node.name.removeprefix("test_")
    made: list[Kiosk] = []

    def make(**wanted: object) -> Kiosk:
        place = Path(tempfile.mkdtemp(dir=folder))
        emupos.mend()
        made.append(Kiosk(name, place, display, emupos, pictures, **wanted))
        return made[-1]

    yield make
    emupos.mend()
    for kiosk in made:
        kiosk.stop()
        kiosk.proven()


@pytest.fixture
def kiosk(kiosk_on: Callable[..., Kiosk]) -> Kiosk:
    """A kiosk at its welcome screen, every device working."""
    running = kiosk_on().start()
    running.ready()
    return running


_JOURNEYS: set[str] = set()


@pytest.hookimpl
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed and report.nodeid.startswith("tests/e2e/"):
        _JOURNEYS.add(report.nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(
    session: pytest.Session, exitstatus: int
) -> Generator[None, object, object]:
    """The last line of all."""
    result = yield
    if _JOURNEYS and exitstatus == pytest.ExitCode.OK:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        shots = len(list(PICTURES.glob("*.png")))
        reporter.write_line(f"e2e: {len(_JOURNEYS)} journeys, {shots} pictures, ok")
    return result
