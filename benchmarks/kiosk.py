"""A whole kiosk in this process: the real core, store and window; devices that answer from memory.

Run as a program of its own by `benchmarks.__main__`, because Kivy allows one window a process.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.books import ACCEPTOR, READER
from kiosk import app
from kiosk.core import config
from kiosk.core.clock import Now, system_now
from kiosk.core.ids import DeviceId
from kiosk.core.messages import (
    AcceptorChanged,
    CardPresented,
    DeviceUp,
    Effect,
    Event,
    NoteStacked,
    PrintSlip,
    Role,
    SlipPrinted,
    StackNote,
)
from kiosk.core.money import Money
from kiosk.core.situation import Situation
from kiosk.core.venue import Venue
from kiosk.heart import Heart
from kiosk.runtime import Inbox, Runtime
from kiosk.screens.app import Shell
from kiosk.screens.present import present
from kiosk.screens.theme import VenueLook
from kiosk.screens.view import View

PRINTER = DeviceId("printer")
GIVE_UP_S = 30.0
ROLES: dict[DeviceId, Role] = {READER: "reader", ACCEPTOR: "acceptor", PRINTER: "printer"}


class Obedient:
    """A device that does at once what it is told: stacks each note, prints each slip."""

    def __init__(self, device: DeviceId, inbox: Inbox) -> None:
        self._device = device
        self._inbox = inbox
        self.value: Money | None = None
        """Of the note in escrow."""

    def do(self, effect: Effect) -> None:
        match effect:
            case StackNote(note):
                assert self.value is not None, "a note is in escrow"
                self._inbox.put(NoteStacked(self._device, note, self.value))
            case PrintSlip(job):
                self._inbox.put(SlipPrinted(self._device, job))
            case _:
                pass


class Kiosk:
    """What a measurement drives, from a thread of its own: events in, flipped frames out.

    `more` are further lines of its settings.
    """

    def __init__(
        self, folder: Path, size: tuple[int, int], *, motion: bool, more: str = ""
    ) -> None:
        settings = folder / "kiosk.toml"
        settings.write_text(
            f'[store]\nfolder = "{folder}"\n[screen]\nwidth = {size[0]}\nheight = {size[1]}\n'
            f"motion = {str(motion).lower()}\n{more}"
        )
        chosen = config.load(settings, simulated=True)
        self.venue = Venue.open(folder / "store.db", folder / "secrets.db")
        self.start = app.record_start(self.venue, system_now())
        first = app.begin(chosen, self.venue, self.start, ROLES, system_now())
        self.inbox = Inbox(chosen.limits.inbox_events_max)
        self.devices = {name: Obedient(name, self.inbox) for name in ROLES}
        self.shown_s = 0.0
        """When the core gave the newest View to the window."""
        self.runtime = Runtime(
            self.inbox,
            self.venue,
            first,
            devices=self.devices,
            roles=ROLES,
            show=self._show,
            min_free_bytes=0,
        )
        self.shell = Shell(
            self.inbox.touch,
            size=size,
            venue=VenueLook(first.venue.name, first.venue.accent, motion=motion),
            home=folder / "kivy",
            on_frame=self._framed,
        )
        self._page = -1
        self._frames: queue.SimpleQueue[tuple[View, float]] = queue.SimpleQueue()

    def _show(self, situation: Situation, now: Now) -> None:
        self.shell.show(present(situation, now))
        self.shown_s = time.perf_counter()

    def _framed(self, view: View) -> None:
        self._frames.put((view, time.perf_counter()))

    def run(self, drive: Callable[[Kiosk], None]) -> None:
        """Open the window, let `drive` use it in another thread, and end with it."""
        stop, failures = threading.Event(), list[BaseException]()

        def fatal(error: BaseException) -> None:
            failures.append(error)
            self.shell.stop()

        def driven() -> None:
            try:
                for device, role in ROLES.items():
                    self.inbox.put(DeviceUp(device, role))
                self.inbox.put(AcceptorChanged(ACCEPTOR, "disabled"))
                self.next_frame()
                drive(self)
            except BaseException as error:
                failures.append(error)
            self.shell.stop()

        heart = Heart(self.shell.soon)
        core = threading.Thread(
            target=app._core, args=(self.runtime, stop, self.shell, heart, fatal), daemon=True
        )
        core.start()
        threading.Thread(target=driven, daemon=True).start()
        self.shell.run()
        stop.set()
        self.inbox.close()
        core.join()
        self.venue.close()
        if failures:
            raise failures[0]

    def put(self, event: Event) -> None:
        self.inbox.put(event)

    def tap(self, uid: str) -> None:
        self.inbox.put(CardPresented(READER, "contactless", uid))

    def next_frame(self) -> tuple[View, float]:
        """The next flipped frame that shows a new View, and when it was flipped."""
        try:
            view, at_s = self._frames.get(timeout=GIVE_UP_S)
        except queue.Empty:
            scene = self.runtime.situation.scene
            raise TimeoutError(f"nothing new on the screen; the guest is at {scene}") from None
        self._page = max(self._page, view.frame.page)
        return view, at_s

    def next_page(self) -> tuple[View, float]:
        """The first flipped frame of a page after the one that was last seen."""
        page = self._page
        while True:
            view, at_s = self.next_frame()
            if view.frame.page > page:
                return view, at_s

    def touch(self, *buttons: str) -> View:
        """Touch buttons of the page that is shown, the last of which leads to another one."""
        for button in buttons:
            self.inbox.touch(button, self._page)
        return self.next_page()[0]

    def timed(self, button: str) -> tuple[View, float]:
        """Touch a button; the next View that is flipped, and after how many milliseconds."""
        began = time.perf_counter()
        self.inbox.touch(button, self._page)
        view, flipped = self.next_frame()
        return view, (flipped - began) * 1000

    def renderer(self) -> str:
        """What draws, as OpenGL names it; once the window is open."""
        from kivy.graphics.opengl import GL_RENDERER, glGetString

        told: bytes = glGetString(GL_RENDERER)
        return told.decode()
