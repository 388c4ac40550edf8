"""The composition root: the one file that knows every name."""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kiosk import care, diagnosis, doctor, notices, slots, trial, update_watch
from kiosk import training as training_books
from kiosk.backlight import Backlight
from kiosk.book_errands import DOES, WITH_STICKS, Beside
from kiosk.control import Control
from kiosk.core import cash, settings, situation, venue_file
from kiosk.core.capabilities import DeviceState, Machine
from kiosk.core.checkup import CheckDevices, CheckUp
from kiosk.core.clock import Now, system_now
from kiosk.core.config import Config, DeviceConfig, StoreConfig
from kiosk.core.errands import CarryDiagnosis, Errand
from kiosk.core.errors import EXIT_STORAGE, ConfigError, LedgerCorrupt, Refused, StorageFailed
from kiosk.core.ids import DeviceId
from kiosk.core.messages import Event, Role, SwitchPressed
from kiosk.core.opening import GetOpening
from kiosk.core.second_copy import SecondCopy
from kiosk.core.texts import Texts
from kiosk.core.updates import UpdateState
from kiosk.core.venue import Venue
from kiosk.errands import Do, Errands, Way, in_child
from kiosk.hardware import driver, peers, signal_of, traffic, traffic_masks, uevents
from kiosk.hardware.device import Device, Options
from kiosk.hardware.peers import RunningPeer
from kiosk.hardware.transport import Transport, connect
from kiosk.hardware.worker import Worker
from kiosk.health import Health
from kiosk.heart import Heart, stop_on_signals, tell_systemd
from kiosk.log_ring import LogRing
from kiosk.machine import Helper, StartAgain, machine_errands
from kiosk.mail import mail
from kiosk.notices import Board, Outbox
from kiosk.runtime import Inbox, Runtime, Told
from kiosk.screens.app import Shell
from kiosk.screens.present import present
from kiosk.screens.theme import COMPACT_PX, VenueLook
from kiosk.screens.view import View
from kiosk.speech import Prompter
from kiosk.sticks import Mounts
from kiosk.update_errands import UpdateErrands
from kiosk.verbs import Kiosk, answer
from kiosk.webhook import webhook

if TYPE_CHECKING:
    from kiosk.api.door import Door

log = logging.getLogger(__name__)

DEMO_VENUE = Path(__file__).with_name("demo_venue.toml")
MIGRATION_STEP_MAX_S = 600
"""Longer than SQLite needs to check the file of a large store, the one step without a word."""
CORE_STOP_S = 20.0
"""So long the core may finish what it writes when the kiosk ends; a worn SD card takes seconds."""

AGAIN_MAX_S = 180
"""So long a start may take that follows an end without systemd seeing one; as its first one may."""

FAREWELL_S = 5.0
"""So long the out-of-service screen is shown before the process ends with exit code 75."""


def run(chosen: Config, *, demo: bool, ring: LogRing, training: bool = False) -> int:
    """Run a kiosk until it is stopped; the process's exit code.

    Args:
        chosen: the settings.
        demo: seed a new store with the demonstration venue (``--simulated``).
        ring: the log, as the desk shows it.
        training: over books of its own, made anew (`kiosk.training`).

    Raises:
        StartAgain: it has ended well, and the process is to begin anew.
        ConfigError: the store is missing or of another kind; the screen cannot be opened.
        StorageFailed: the store cannot be opened.
    """
    helper = Helper.of()
    state = slots.beside(helper.answer).state()
    if state is not None and state.phase == "trial":
        return on_trial(chosen, ring, state, helper)
    if training:
        chosen, with_venue = trained(chosen, demo=demo)
    else:
        update_watch.clear(chosen)
        with_venue = open_venue(chosen, demo=demo)
    try:
        return _run(chosen, with_venue, ring)
    except StartAgain as again:
        if again.what != "switch":
            raise
        with_venue.close()
        trial.leave(chosen, slots.beside(helper.answer).state(), again.up, helper)
        raise StartAgain("real") from None
    finally:
        with_venue.close()


def on_trial(chosen: Config, ring: LogRing, state: UpdateState, helper: Helper) -> int:
    """Run a new version on trial, over a copy of the books; see `kiosk.trial`.

    Raises:
        StartAgain: the trial has ended, and the kiosk begins anew over the real books.
    """
    try:
        chosen.store.must_exist()
        made, books, promise = trial.begin(chosen, state, _patience)
    except (trial.Failed, ConfigError) as error:
        failed = error if isinstance(error, trial.Failed) else trial.settings_wrong(error)
        trial.go_back(chosen, state, failed, helper)
        trial.wait_for_the_end()
        raise StartAgain("real") from None
    try:
        return _run(made, books, ring, trial.Trial(chosen, state, promise, helper))
    except (ConfigError, StorageFailed, LedgerCorrupt) as error:
        # Such as a window that cannot be opened: systemd would not try that again.
        trial.go_back(chosen, state, trial.Failed("program", str(error)), helper)
        raise
    finally:
        books.close()


def trained(chosen: Config, *, demo: bool) -> tuple[Config, Venue]:
    """The settings and the books of a training.

    Raises:
        StartAgain: they cannot be made; the guests are served then.
    """
    try:
        if demo:
            open_venue(chosen, demo=demo).close()
        return training_books.begin(chosen, system_now())
    except (ConfigError, StorageFailed, LedgerCorrupt) as error:
        log.critical("no training: %s", error)
        raise StartAgain("real") from error


def open_venue(chosen: Config, *, demo: bool) -> Venue:
    """Open the store for writing; a simulated kiosk makes its own when there is none."""
    now = system_now()
    if demo and not chosen.store.path.exists():
        file = venue_file.read(DEMO_VENUE)
        opened = Venue.create(
            chosen.store.path,
            chosen.store.secrets_path,
            kiosk=chosen.kiosk.id,
            currency=file.currency.code,
            simulated=True,
            now=now,
        )
        done = opened.do(settings.ImportVenue(file), actor="cli", key="import:demo", now=now)
        assert not isinstance(done, Refused), f"the demonstration venue was refused: {done}"
        return opened
    chosen.store.must_exist()
    opened = Venue.open(chosen.store.path, chosen.store.secrets_path, say=_patience)
    try:
        check_kind(chosen, opened)
    except ConfigError:
        opened.close()
        raise
    return opened


def check_kind(chosen: Config, opened: Venue) -> None:
    """A simulated store never meets a real device, nor a real one a simulated device.

    Raises:
        ConfigError: it would.
    """
    facts, path = opened.store.facts, chosen.store.path
    mistakes = []
    if facts["kiosk"] != chosen.kiosk.id:
        mistakes.append(
            f"{path}: this store is of kiosk {facts['kiosk']}, [kiosk] id is {chosen.kiosk.id}; "
            "correct the id, or name another [store] folder"
        )
    if facts.get("training", False):
        mistakes.append(f"{path}: this store is for training for good; name another [store] folder")
    for device in chosen.devices:
        if device.simulated != facts["simulated"]:
            kinds = ("simulated", "real") if facts["simulated"] else ("real", "simulated")
            mistakes.append(
                f"{path}: this store is {kinds[0]} for good, [devices.{device.name}] is "
                f"{kinds[1]}; name another [store] folder"
            )
    if mistakes:
        raise ConfigError(mistakes)


def _run(chosen: Config, venue: Venue, ring: LogRing, on_trial: trial.Trial | None = None) -> int:
    stop = threading.Event()
    again: list[StartAgain] = []

    def start_again(what: str, up: tuple[str, ...] = ()) -> None:
        again.append(StartAgain(what, up))
        stop.set()

    failures: list[BaseException] = []
    started = {d.name: _peer(d) for d in chosen.devices if _has_peer(d)}
    inbox = Inbox(chosen.limits.inbox_events_max)
    try:
        start = record_start(venue, system_now())
        shown = _Shown(motion=chosen.screen.motion)
        workers = {
            device.name: Worker(
                device.name,
                partial(
                    _driver,
                    device,
                    started.get(device.name),
                    start,
                    venue.ledger.currency,
                    chosen.store,
                ),
                partial(shown.hear, inbox),
            )
            for device in chosen.devices
        }
        roles = {name: worker.driver.role for name, worker in workers.items()}
        voices = [workers[name].do for name, role in roles.items() if role == "speech"]
        shown.prompter = Prompter(voices[0]) if voices else None
        first = begin(chosen, venue, start, roles, system_now())
        if on_trial is not None:
            house = replace(first.house, trial=True)
            first = replace(first, house=house, scene=situation.Updating())
        helper = Helper.of()
        watch = update_watch.of(chosen, helper, inbox, partial(start_again, "switch"))

        def diagnosed() -> bytes:
            return diagnosis.bundle(chosen, diagnosis.found(health, ring), system_now())

        errands = go_on_errands(chosen, inbox, ring, start_again, helper, watch, diagnosed)
        runtime = Runtime(
            inbox,
            venue,
            first,
            devices=training_books.pretending({**workers}, started.get, chosen)
            if first.house.training
            else workers,
            roles=roles,
            show=shown.show,
            min_free_bytes=chosen.store.min_free_mb * 1_000_000,
            errands=errands,
        )
        runtime.listeners.append(partial(nobody_there, errands))
        light = Backlight(
            lambda percent: helper.ask("set-screen", percent=str(percent)), chosen.screen.brightness
        )
        shell = _shell(chosen, first, inbox, shown.prompter, light.dark)
        shown.shell = shell
        heart = Heart(shell.soon)

        def fatal(error: BaseException) -> None:
            log.critical("ended by a mistake of ours", exc_info=error)
            failures.append(error)
            stop.set()
            shell.stop()

        ready = threading.Event()
        core = threading.Thread(
            target=_core, args=(runtime, stop, shell, heart, fatal, ready), name="core", daemon=True
        )
        board = hang_board(chosen, runtime)
        second = copier(chosen)
        health = Health(chosen, runtime, lambda: board.shown, lambda: second.mirrored)
        kiosk = Kiosk(chosen, runtime, workers, started, shell, health, ring)
        control = Control(chosen.store.control_socket, partial(answer, kiosk))
        door = open_door(chosen, runtime, board, health)
        control.start()
        stop_on_signals(stop)
        threads = [worker.start(stop, fatal) for worker in workers.values()]
        if not chosen.simulated:
            threads += uevents.start([worker.kick for worker in workers.values()], stop)
        if on_trial is not None:
            machine = partial(inbox.ask, lambda runtime, now: runtime.situation.machine)
            threads.append(on_trial.watch(machine, ready, stop, start_again))
        else:
            threads += [second_copy(second, stop), watch.start(stop)]
            created = datetime.fromisoformat(str(venue.store.facts["created_at"]))
            threads.append(care.start(care.Care(chosen, created, inbox.put), stop))
        if helper.answer is not None:
            threads.append(light.start(stop))
        threads += notices.start(board, stop)
        core.start()
        try:
            shell.run()
        finally:
            stop.set()
            inbox.close()
            errands.close()
            notices.end(board)
            if door is not None:
                door.stop()
            control.stop()
            core.join(CORE_STOP_S)
            for thread in threads:
                thread.join(5.0)
            if core.is_alive():
                # It still writes: the store is closed by the kernel, not under its hands.
                log.critical("the core did not end within %g s", CORE_STOP_S)
                os._exit(EXIT_STORAGE)
    finally:
        for peer in started.values():
            peer.stop()
    if runtime.failure is not None:
        return EXIT_STORAGE
    if failures:
        raise failures[0]
    if again:
        # It may take longer than the watchdog waits from one feeding to the next.
        tell_systemd(f"WATCHDOG=1\nWATCHDOG_USEC={AGAIN_MAX_S * 1_000_000}")
        raise again[0]
    return 0


def go_on_errands(
    chosen: Config,
    inbox: Inbox,
    ring: LogRing,
    again: Callable[[str], None],
    helper: Helper,
    watch: update_watch.Watch,
    diagnosed: Callable[[], bytes] = bytes,
) -> Errands:
    """Who goes on the desk's errands: with the books each in a process of its own."""
    store = chosen.store
    place = Beside(
        store.path,
        store.secrets_path,
        chosen.sticks.folder,
        store.mirror,
        store.recovery_key,
        store.backups_max,
    )
    mounts = Mounts(helper.ask if helper.answer is not None else None)

    def with_sticks(errand: Errand, way: Way) -> object:
        with mounts.mounted():
            return in_child(place, errand, way)

    with_books: dict[type, Do] = {
        kind: with_sticks if kind in WITH_STICKS else partial(in_child, place) for kind in DOES
    }

    def diagnose(errand: CarryDiagnosis, way: Way) -> object:
        return with_sticks(replace(errand, data=diagnosed()), way)

    with_books[CarryDiagnosis] = diagnose
    of_updates = UpdateErrands(
        watch.slots,
        helper,
        mounts,
        chosen.sticks.folder,
        store.folder,
        chosen.updates.address,
        watch.record,
        watch.switch,
    )
    of_machine = machine_errands(chosen, ring, again, helper)
    of_devices: dict[type, Do] = {CheckDevices: partial(check_devices, chosen)}
    return Errands(inbox.put, {**with_books, **of_machine, **of_devices, **of_updates.does})


def check_devices(chosen: Config, errand: CheckDevices, way: Way) -> CheckUp:
    """Look which devices are there."""
    del way
    return doctor.check(chosen.devices, errand.at_work)


def nobody_there(errands: Errands, told: Told) -> None:
    """Whoever signed out, or was locked out, leaves no stick mounted behind him."""
    if any(entry.kind == "staff_signed_out" for entry in told.entries):
        errands.leave(WITH_STICKS)


def hang_board(chosen: Config, runtime: Runtime) -> Board:
    """The board of what waits for somebody, with a way out for each that ``[alerts]`` names."""
    kiosk, alerts = chosen.kiosk.id, chosen.alerts
    board = Board(lambda: runtime.inbox.ask(notices.look), alerts.quiet_s)
    runtime.listeners.append(board.tell)

    def texts() -> Texts:
        return Texts.of(chosen.kiosk.language, runtime.situation.venue.time_zone)

    ways = {}
    if alerts.webhook:
        ways["webhook"] = webhook(alerts.webhook, alerts.webhook_secret_file, kiosk, texts)
    if alerts.mail_to:
        ways["mail"] = mail(alerts, kiosk, lambda: runtime.situation.venue.name, texts)
    board.outboxes = tuple(Outbox(name, send, board.wake) for name, send in ways.items())
    return board


def open_door(
    chosen: Config, runtime: Runtime, board: Board, health: Health | None = None
) -> Door | None:
    """Open the HTTP door for tills, where it is switched on.

    Raises:
        ConfigError: nobody can listen there, or the certificate is of no use.
    """
    if not chosen.api.enabled:
        return None
    # Imported here: a kiosk without tills does without the second that its libraries take.
    from kiosk.api.door import Door

    door = Door(chosen, runtime, waiting=lambda: board.shown, health=health)
    hub = door.hub
    board.listeners.append(lambda: hub.publish("task", {"waiting": len(board.shown)}))
    door.start()
    return door


def record_start(venue: Venue, now: Now) -> int:
    """Raise the number of this start on disk: notes are named by it."""
    start = venue.ask(cash.LastStart(), now) + 1
    recorded = venue.do(cash.RecordStart(start), actor="kiosk", key=f"start:{start}", now=now)
    assert not isinstance(recorded, Refused), f"the start was refused: {recorded}"
    return start


def begin(
    chosen: Config, venue: Venue, start: int, roles: Mapping[DeviceId, Role], now: Now
) -> situation.Situation:
    """The situation at start: nobody is here, every device is untried.

    Raises:
        ConfigError: nothing was imported into the store yet.
    """
    try:
        of_venue = venue.ask(settings.GetVenue(), now)
    except Refused:
        raise ConfigError(
            [f"{chosen.store.path}: the store has no venue yet; kiosk import venue.toml"]
        ) from None
    if chosen.kiosk.time_zone:
        of_venue = replace(of_venue, time_zone=chosen.kiosk.time_zone)
    times, limits = chosen.timeouts, chosen.limits
    reads = {d.name: signal_of(d.driver, d.options) for d in chosen.devices}
    house = situation.House(
        start=start,
        times=situation.Times(
            idle_s=times.idle_s,
            form_s=times.form_s,
            result_s=times.result_s,
            cash_s=times.cash_s,
            more_time_s=times.more_time_s,
            extensions_max=times.extensions_max,
            accessible_factor=times.accessible_factor,
            desk_s=times.desk_s,
        ),
        limits=situation.Limits(
            notes_per_session_max=limits.notes_per_session_max,
            balance_max_minor=limits.balance_max_minor,
            top_up_max_minor=limits.top_up_max_minor,
        ),
        language=chosen.kiosk.language,
        languages=chosen.kiosk.languages,
        simulated=bool(venue.store.facts["simulated"]),
        training=bool(venue.store.facts.get("training", False)),
        contactless=frozenset(name for name, told in reads.items() if told == "contactless"),
        scanners=frozenset(name for name, told in reads.items() if told == "barcode"),
        time_zone=chosen.kiosk.time_zone,
        ports={d.name: str(d.options["port"]) for d in chosen.devices if d.options.get("port")},
        qr=any(bool(d.options.get("qr")) for d in chosen.devices),
        checks=frozenset(d.name for d in chosen.devices if d.options.get("genuine")),
        needs_shift=chosen.kiosk.needs_shift,
        needs_receipt=chosen.kiosk.needs_receipt,
        small_panel=chosen.screen.height < COMPACT_PX,
        night=chosen.screen.night,
    )
    untried = {device: DeviceState(role) for device, role in roles.items()}
    own = ZoneInfo(chosen.kiosk.time_zone) if chosen.kiosk.time_zone else None
    return situation.Situation(
        house,
        of_venue,
        situation.Choice(chosen.kiosk.language),
        Machine(untried),
        opening=venue.ask(GetOpening(own), now),
        clock_synced=now.synced,
    )


def _has_peer(device: DeviceConfig) -> bool:
    # Lights have no wire of their own: simulated, they are gpiozero's mock pins. A simulated device
    # whose wire is named has its peer there.
    named = device.options.get("port") or device.options.get("socket")
    return device.simulated and device.driver in peers.PEERS and not named


def _peer(device: DeviceConfig) -> RunningPeer:
    try:
        return peers.start(device.driver, device.options)
    except ValueError as error:
        raise ConfigError([f"[devices.{device.name}] {error}"]) from None


def _driver(
    device: DeviceConfig, peer: RunningPeer | None, start: int, currency: str, store: StoreConfig
) -> Device:
    # One currency a store: a device that counts money counts that one. The keys of cards lie where
    # the other secrets are.
    options = {**device.options, "currency": currency, "secrets": str(store.secrets_folder)}
    if peer is not None:
        options["socket" if device.driver == "pcsc" else "port"] = peer.port
    elif device.simulated and "pins" in options:
        options["pins"] = "mock"
    elif device.simulated and "output" in options:
        options["output"] = "none"
    line = _line(device, options)
    if device.record:
        ring = traffic.Ring(store.folder / traffic.FOLDER, device.name)
        line = traffic.Tape(ring.write, traffic_masks.of(device.driver)).over(line)
    return driver(device.driver)(device.name, options, start=start, connect=line)


def _line(device: DeviceConfig, options: Options) -> Callable[[], Transport]:
    if "port" not in options:
        return _no_line
    try:
        return connect(
            str(options["port"]),
            baud=int(options.get("baud", 9600)),
            parity=str(options.get("parity", "none")),
            stop_bits=int(options.get("stop_bits", 1)),
        )
    except ValueError as error:
        raise ConfigError([f"[devices.{device.name}] {error}"]) from None


def _no_line() -> Transport:
    raise AssertionError("this driver has its own way to its device")


def _shell(
    chosen: Config,
    first: situation.Situation,
    inbox: Inbox,
    prompter: Prompter | None,
    on_dark: Callable[[bool], None],
) -> Shell:
    screen = chosen.screen
    look = look_of(first, motion=screen.motion)
    return Shell(
        inbox.touch,
        size=(screen.width, screen.height),
        venue=look,
        fullscreen=screen.fullscreen,
        title=first.venue.name,
        cursor=not screen.fullscreen,
        home=chosen.store.folder / "kivy",
        keypad=chosen.access.keypad,
        scan_s=chosen.access.scan_ms / 1000,
        on_focus=prompter.focused if prompter else None,
        on_dark=on_dark,
    )


def look_of(now_at: situation.Situation, *, motion: bool) -> VenueLook:
    """How the venue looks now: the desk may change it."""
    venue = now_at.venue
    return VenueLook(venue.name, venue.accent, venue.palette, motion)


class _Shown:
    """Where the core's situations go: the newest View, to the window when there is one.

    And to the headset, where there is one.
    """

    def __init__(self, *, motion: bool) -> None:
        self.shell: Shell | None = None
        self.view: View | None = None
        self.prompter: Prompter | None = None
        self._motion = motion
        self._look: VenueLook | None = None

    def show(self, now_at: situation.Situation, now: Now) -> None:
        self.view = present(now_at, now)
        if self.shell is not None:
            look = look_of(now_at, motion=self._motion)
            if look != self._look:
                self._look = look
                self.shell.wear(look)
            self.shell.show(self.view)
        if self.prompter is not None:
            self.prompter.show(now_at, self.view, now.mono_s)

    def hear(self, inbox: Inbox, event: Event) -> None:
        """What a device says: to the core; a switch beside the screen is a finger, to the window.

        The core is told of what the window makes of it, as of every touch.
        """
        if not isinstance(event, SwitchPressed):
            inbox.put(event)
        elif self.shell is not None:
            self.shell.switch(event.switch)


def _core(
    runtime: Runtime,
    stop: threading.Event,
    shell: Shell,
    heart: Heart,
    fatal: Callable[[BaseException], None],
    there: threading.Event | None = None,
) -> None:
    """The core thread: turn until `stop`, feed the watchdog while both live; then end the window.

    What goes wrong is told to `fatal`; `there` is set when the window has shown itself alive once.
    """
    try:
        runtime.begin(system_now())
        heart.ask()
        end_s = math.inf
        while not stop.is_set():
            now = system_now()
            runtime.turn(now)
            if heart.feed(now.mono_s) and there is not None:
                there.set()
            if runtime.failure is not None:
                # Until the window ends, whoever asks what is shown or held is still answered.
                end_s = min(end_s, now.mono_s + FAREWELL_S)
                if now.mono_s >= end_s:
                    break
            runtime.inbox.wait(runtime.wait_s(system_now()))
        shell.stop()
    except BaseException as error:
        fatal(error)


def copier(chosen: Config) -> SecondCopy:
    """What keeps the copies up, as the settings say."""
    kept = chosen.store
    return SecondCopy(kept.path, kept.secrets_path, kept.mirror, kept.recovery_key)


def second_copy(second: SecondCopy, stop: threading.Event) -> threading.Thread:
    """Keep the copies up in a thread of its own: a slow stick keeps nobody waiting."""

    def loop() -> None:
        told: tuple[str, ...] = ()
        wait_s = 0.0
        try:
            while not stop.wait(wait_s):
                wait_s = second.step(system_now())
                for problem in second.problems:
                    if problem not in told:
                        log.warning("%s", problem)
                told = second.problems
            second.close()
        except Exception:
            # The guests are served all the same, and the books are whole without their copy.
            log.critical("no more is copied: ended by a mistake of ours", exc_info=True)

    thread = threading.Thread(target=loop, name="second copy", daemon=True)
    thread.start()
    return thread


def _patience(told: str) -> None:
    """Ask the service manager to wait: an older store is being brought to this format."""
    log.info("%s", told)
    tell_systemd(f"EXTEND_TIMEOUT_USEC={MIGRATION_STEP_MAX_S * 1_000_000}\nSTATUS={told}")
