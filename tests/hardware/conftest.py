"""One private PC/SC daemon for all tests of this process: libpcsclite remembers the first one."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from importlib import resources

import pytest
from smartcard import scard

from kiosk.hardware.device import Options
from kiosk.hardware.pcsc import PcscReader
from kiosk.hardware.peers.pcscd import PcscdUnavailable
from kiosk.hardware.peers.vpcd import RunningReader, start

GIVE_UP_S = 20


@pytest.fixture(scope="session")
def defaults() -> Callable[[str], Options]:
    """The options of a driver as they ship."""
    shipped = tomllib.loads(resources.files("kiosk").joinpath("default.toml").read_text("utf-8"))
    return lambda driver: shipped["driver"][driver]


@pytest.fixture(scope="session")
def simulated_reader(defaults: Callable[[str], Options]) -> Iterator[RunningReader]:
    try:
        running = start({})
    except PcscdUnavailable as error:
        pytest.skip(str(error))
    # The driver chooses the daemon of the process, for the observer too.
    first = PcscReader(
        "first", {**defaults("pcsc"), "socket": running.port}, start=1, connect=no_line
    )
    first.open()
    first.close()
    yield running
    running.stop()


class Observer:
    """Sees what the daemon sees, beside the driver."""

    def __init__(self) -> None:
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        assert result == scard.SCARD_S_SUCCESS
        self._reader = scard.SCardListReaders(self._context, [])[1][0]
        self._state = 0

    def wait(self, *, card: bool) -> None:
        """Until a card is there, or none."""
        for _ in range(GIVE_UP_S):
            _, states = scard.SCardGetStatusChange(
                self._context, 1000, [(self._reader, self._state)]
            )
            self._state = states[0][1] & ~scard.SCARD_STATE_CHANGED
            if bool(self._state & scard.SCARD_STATE_PRESENT) == card:
                return
        raise AssertionError(f"after {GIVE_UP_S} s the daemon still sees {self._state:#x}")

    def close(self) -> None:
        scard.SCardReleaseContext(self._context)


@pytest.fixture
def contactless(simulated_reader: RunningReader) -> Iterator[RunningReader]:
    """The simulated reader, plugged in, its field empty."""
    yield simulated_reader
    simulated_reader.field.untap()
    simulated_reader.plug()
    observer = Observer()
    observer.wait(card=False)
    observer.close()


@pytest.fixture
def make_pcsc(
    contactless: RunningReader, defaults: Callable[[str], Options]
) -> Iterator[Callable[..., PcscReader]]:
    """Drivers for the simulated reader, closed at the end."""
    made: list[PcscReader] = []

    def make(**options: str) -> PcscReader:
        wanted = {**defaults("pcsc"), "socket": contactless.port, **options}
        made.append(PcscReader("reader", wanted, start=1, connect=no_line))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


@pytest.fixture
def observer(contactless: RunningReader) -> Iterator[Observer]:
    observing = Observer()
    yield observing
    observing.close()


def no_line() -> object:
    raise AssertionError("a PC/SC reader has no line")
