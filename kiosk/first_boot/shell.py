"""The assistant as a program: its window, the thread in which it thinks, its errands, its readers.

The kiosk's own window and workers, without a venue. What it shows and what it does is decided by
`steps` alone.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from kiosk.control import Control
from kiosk.core import messages as core
from kiosk.core.clock import Now, system_now
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Touched
from kiosk.first_boot.answers import Device, named
from kiosk.first_boot.creation import Place, books_there
from kiosk.first_boot.errands import Errands, opened
from kiosk.first_boot.messages import (
    BeginKiosk,
    Begun,
    Effect,
    Event,
    ReadCards,
    StopReading,
    Swiped,
    WaitForSwipe,
)
from kiosk.first_boot.present import present
from kiosk.first_boot.scenes import LanguageChoice, OwnerPin, State, Surroundings
from kiosk.first_boot.setup_file import Setup
from kiosk.first_boot.steps import step
from kiosk.hardware.worker import Worker
from kiosk.heart import Heart, stop_on_signals
from kiosk.machine import StartAgain
from kiosk.screens.app import Shell
from kiosk.screens.theme import VenueLook
from kiosk.screens.view import View

log = logging.getLogger(__name__)

EVENTS_MAX = 1000
TURN_S = 1.0
READERS_END_S = 5.0
ROWS, ROWS_OF_UPRIGHT = 3, 6


class Assistant:
    """The assistant without its window: what happens goes in, Views come out.

    Args:
        first: where it begins.
        errands: does what takes its time.
        show: takes each new View.
    """

    def __init__(self, first: State, errands: Errands, show: Callable[[View], None]) -> None:
        self.state = first
        self.ended = False
        """The kiosk itself is to begin."""
        self._show = show
        self._errands = errands
        self._inbox: queue.Queue[Event] = queue.Queue(EVENTS_MAX)
        self._wanted: queue.SimpleQueue[Effect | None] = queue.SimpleQueue()
        self._goer = threading.Thread(target=self._go, name="errands", daemon=True)
        self._reading: Callable[[], None] | None = None
        self._failure: BaseException | None = None

    def begin(self) -> None:
        """Show the first page."""
        self._goer.start()
        self._inbox.put(Begun())

    def end(self) -> None:
        """Let go of the readers; an errand that is under way is not waited for."""
        self._stop_reading()
        self._wanted.put(None)

    def touch(self, button: str, page: int) -> bool:
        """A button was pressed; false where there is no room for it. From any thread."""
        try:
            self._inbox.put_nowait(Touched(button, page))
        except queue.Full:
            return False
        return True

    def turn(self, now: Now, wait_s: float = TURN_S) -> None:
        """Wait for what happens next, and do what follows from it."""
        try:
            event = self._inbox.get(timeout=wait_s)
        except queue.Empty:
            self._show(present(self.state, now))
            return
        if self._failure is not None:
            raise self._failure
        self.state, effects = step(self.state, event, now)
        for effect in effects:
            self._carry(effect)
        self._show(present(self.state, now))

    def _carry(self, effect: Effect) -> None:
        match effect:
            case StopReading():
                self._stop_reading()
            case ReadCards(readers):
                self._read(named(readers), self._inbox.put)
            case WaitForSwipe(lines):
                found = [Device("stripe", "magstripe", {"port": line}) for line in lines]
                self._read([(device.port, device) for device in found], self._swiped)
            case BeginKiosk():
                self.ended = True
            case _:
                self._wanted.put(effect)

    def _go(self) -> None:
        while (effect := self._wanted.get()) is not None:
            try:
                answer = self._errands.go(effect)
            except BaseException as error:
                self._failed(error)
                return
            if answer is not None:
                self._inbox.put(answer)

    def _failed(self, error: BaseException) -> None:
        """A mistake of ours: the turn that is told of it ends the process."""
        log.critical("ended by a mistake of ours", exc_info=error)
        self._failure = error
        self._inbox.put(Begun())

    # --- cards --------------------------------------------------------------------------------

    def _swiped(self, event: Event) -> None:
        if isinstance(event, (core.CardPresented, core.CardRefused)):
            self._inbox.put(Swiped(str(event.device)))

    def _read(self, readers: Any, post: Callable[[Event], None]) -> None:
        self._stop_reading()
        stop = threading.Event()

        def heard(event: core.Event) -> None:
            if isinstance(event, (core.CardPresented, core.CardRefused)):
                post(event)

        workers = [
            Worker(DeviceId(name), partial(opened, name, device), heard) for name, device in readers
        ]
        threads = [worker.start(stop, self._failed) for worker in workers]

        def end() -> None:
            stop.set()
            for thread in threads:
                thread.join(READERS_END_S)

        self._reading = end

    def _stop_reading(self) -> None:
        end, self._reading = self._reading, None
        if end is not None:
            end()


def surroundings(
    place: Place, errands: Errands, *, mistakes: tuple[str, ...] = (), simulated: bool = False
) -> Surroundings:
    """What the assistant has to know of this machine.

    Raises:
        ConfigError: the settings of the machine are wrong.
    """
    chosen = place.settings()
    screen = chosen.screen
    return Surroundings(
        zones=tuple(sorted(zone for zone in available_timezones() if "/" in zone)),
        helper=errands.helper.answer is not None,
        there=books_there(chosen.store, system_now()),
        mistakes=mistakes,
        # A panel that fills itself with the kiosk says nothing of its size before; most lie.
        rows=ROWS_OF_UPRIGHT if screen.height > screen.width else ROWS,
        simulated=simulated,
    )


def beginning(around: Surroundings, setup: Setup | None) -> State:
    """Where the assistant begins: with the language, or with the one thing a file does not say."""
    if setup is None:
        return State(around)
    return State(
        around,
        setup.answers,
        OwnerPin(),
        trail=(LanguageChoice(),),
        rules=setup.rules,
    )


def run(
    place: Place,
    errands: Errands,
    *,
    setup: Setup | None = None,
    mistakes: tuple[str, ...] = (),
    simulated: bool = False,
    verbs: Mapping[str, Callable[[list[str]], str]] | None = None,
) -> int:
    """Run the assistant in a window until the kiosk is made, or until it is stopped.

    Args:
        place: where the kiosk is made.
        errands: how things are done.
        setup: of the file for fleets, in which only the owner's PIN is missing.
        mistakes: of the file for fleets, to be shown first.
        simulated: the devices are pretended ones.
        verbs: what the bench may do to them.

    Raises:
        StartAgain: the kiosk is made, and is to begin.
        ConfigError: the settings of the machine are wrong; the window cannot be opened.
    """
    chosen = place.settings()
    around = surroundings(place, errands, mistakes=mistakes, simulated=simulated)
    shown: list[View] = []

    def show(view: View) -> None:
        if not shown or shown[-1] != view:
            shown[:] = [view]
            window.show(view)

    assistant = Assistant(beginning(around, setup), errands, show)
    screen = chosen.screen
    window = Shell(
        assistant.touch,
        size=(screen.width, screen.height),
        venue=VenueLook("Foyer", motion=screen.motion),
        fullscreen=screen.fullscreen,
        title="Foyer",
        cursor=not screen.fullscreen,
        home=chosen.store.folder / "kivy",
        keypad=chosen.access.keypad,
        scan_s=chosen.access.scan_ms / 1000,
    )
    stop = threading.Event()
    failures: list[BaseException] = []
    heart = Heart(window.soon)

    def think() -> None:
        try:
            assistant.begin()
            heart.ask()
            while not stop.is_set() and not assistant.ended:
                now = system_now()
                assistant.turn(now)
                heart.feed(now.mono_s)
        except BaseException as error:
            failures.append(error)
        window.stop()

    control = Control(chosen.store.control_socket, partial(_answer, window, shown, verbs or {}))
    # Whoever asks what is shown finds something.
    show(present(assistant.state, system_now()))
    control.start()
    stop_on_signals(stop)
    thread = threading.Thread(target=think, name="core", daemon=True)
    thread.start()
    try:
        window.run()
    finally:
        stop.set()
        thread.join(READERS_END_S)
        assistant.end()
        control.stop()
    if failures:
        raise failures[0]
    if assistant.ended:
        raise StartAgain("real")
    return 0


def _answer(
    window: Shell,
    shown: list[View],
    verbs: Mapping[str, Callable[[list[str]], str]],
    request: Mapping[str, Any],
) -> str:
    """What is asked from outside: what the screen shows; of pretended devices their verbs.

    Raises:
        ValueError: there is no such verb here.
    """
    verb = str(request.get("verb", ""))
    words: list[str] = list(request.get("words", []))
    match verb:
        case "state":
            view = shown[-1]
            return json.dumps({"view": type(view).__name__, **asdict(view)})
        case "targets":
            page, targets = window.targets()
            return json.dumps({"page": page, "targets": [asdict(target) for target in targets]})
        case "screenshot" if len(words) == 1:
            window.screenshot(Path(words[0]))
            return words[0]
        case _ if verb in verbs:
            return verbs[verb](words)
        case _:
            known = ", ".join(["state", "targets", "screenshot FILE", *sorted(verbs)])
            raise ValueError(f"the kiosk is being set up; it knows {known}")
