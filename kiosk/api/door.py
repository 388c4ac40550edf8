"""The door itself: uvicorn in one thread of its own, behind TLS where others could listen."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn

from kiosk.api.application import application
from kiosk.api.callers import House
from kiosk.api.events import Hub, of_tokens
from kiosk.api.lines import Ear, Line
from kiosk.api.porter import Porter
from kiosk.api.signed_in import SignedIn
from kiosk.core.clock import Now, system_now
from kiosk.core.config import ApiConfig, Config, is_loopback
from kiosk.core.errors import ConfigError
from kiosk.core.tasks import Task
from kiosk.health import Health
from kiosk.reporting import Reporting
from kiosk.runtime import Runtime, Told

log = logging.getLogger(__name__)

BEGIN_S, STOP_S = 30.0, 5.0
KEPT_ALIVE_S = 75
HEADERS_BYTES_MAX = 16_384
BACKLOG = 64

PUTS_OUT = frozenset({"staff_changed", "staff_pin_set", "staff_pin_recovered"})
"""After these a person signs in anew."""


class Door:
    """Lets tills in; `hub` takes what they are told besides what the books say.

    Args:
        chosen: the settings.
        runtime: the core; its listeners get one more.
        clock: tells the time, for tests.
        waiting: tells what waits for somebody now, from any thread.
        health: tells how the kiosk is; None: what this door can find out by itself.
    """

    def __init__(
        self,
        chosen: Config,
        runtime: Runtime,
        clock: Callable[[], Now] = system_now,
        waiting: Callable[[], tuple[Task, ...]] = tuple,
        health: Health | None = None,
    ) -> None:
        self._chosen = chosen.api
        start = os.urandom(4).hex()
        self.hub = Hub(start, chosen.api.events_max)
        self._reporting = Reporting(runtime.venue.store.path)
        people = SignedIn(os.urandom)
        health = health or Health(chosen, runtime, waiting, clock=clock, began_s=clock().mono_s)
        self._house = House(
            chosen, runtime, clock, people, self.hub, waiting, self._reporting, health
        )
        self._porter = Porter(application(self._house), self._house)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="door", daemon=True)
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None

    @property
    def url(self) -> str:
        """Where the door is, once it is open."""
        assert self._socket is not None, "the door is not open"
        name = self._socket.getsockname()
        host = f"[{name[0]}]" if ":" in name[0] else name[0]
        return f"http{'s' if self._chosen.certificate else ''}://{host}:{name[1]}"

    def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: nobody may listen there, or the certificate or its key are of no use.
        """
        context = tls(self._chosen)
        self._socket = _listener(self._chosen)
        config = uvicorn.Config(
            self._porter,
            loop="asyncio",
            http=Line,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEPT_ALIVE_S,
            timeout_graceful_shutdown=int(STOP_S) - 2,
            h11_max_incomplete_event_size=HEADERS_BYTES_MAX,
            ssl_context_factory=(lambda config, default: context) if context else None,
        )
        self._server = uvicorn.Server(config)
        self._house.runtime.listeners.append(self._tell)
        self._thread.start()
        self._ready.wait(BEGIN_S)
        log.info("the door for tills is open at %s", self.url)

    def stop(self) -> None:
        """Let nobody in any more; who is being answered gets a moment."""
        self._reporting.close()
        loop, server = self._loop, self._server
        if loop is None or server is None:
            return
        self._loop = None

        def end() -> None:
            server.should_exit = True
            self.hub.end()

        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(end)
        self._thread.join(STOP_S)

    def _tell(self, told: Told) -> None:
        """What a turn of the core changed; in the core thread."""
        if any(of_tokens(entry) for entry in told.entries):
            self._soon(self._forget_tokens)
        for entry in told.entries:
            if entry.kind in PUTS_OUT:
                self._soon(partial(self._house.signed_in.put_out, str(entry.refs["staff"])))
        self.hub.tell(told)

    def _soon(self, work: Callable[[], None]) -> None:
        """Have the door's own thread do something; nothing where that has ended."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(work)

    def _forget_tokens(self) -> None:
        # Who listens has to come in anew, too.
        self._porter.forget_tokens()
        self.hub.end()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            # The guests are served all the same; the tills see that nobody answers.
            log.critical("the door for tills is shut: ended by a mistake of ours", exc_info=True)

    async def _serve(self) -> None:
        assert self._server is not None and self._socket is not None
        self._loop = asyncio.get_running_loop()
        self.hub.begin(self._loop)
        self._ready.set()
        await self._server.serve(sockets=[self._socket])


def _listener(chosen: ApiConfig) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
        made = socket.create_server((chosen.host, chosen.port), family=family, backlog=BACKLOG)
    except OSError as error:
        told = f"[api] host, port: nobody can listen at {chosen.host}:{chosen.port}"
        what_to_do = "name an address of this machine and a port that is free"
        raise ConfigError([f"{told} ({error.strerror}); {what_to_do}"]) from None
    # What is accepted inherits it. An answer goes out in two parts, and would wait 40 ms between
    # them: asyncio sets it by itself only on sockets that it made.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Ear(made.detach())


def tls(chosen: ApiConfig) -> ssl.SSLContext | None:
    """What speaks TLS; None where only this machine hears.

    Raises:
        ConfigError: others would hear, and there is no certificate; or it is of no use, or others
            could read its key.
    """
    if not chosen.certificate or not chosen.key:
        if is_loopback(chosen.host):
            return None
        told = f"[api] host: {chosen.host} is heard by others, who would read tokens and PINs"
        raise ConfigError([f"{told}; name a certificate and its key, or write 127.0.0.1"])
    key = Path(chosen.key)
    try:
        mode = stat.S_IMODE(key.stat().st_mode)
        if mode & stat.S_IRWXO:
            told = f"[api] key: {key} can be read by every user of this machine"
            raise ConfigError([f"{told}; chmod 600 {key}, and have a new certificate made"])
        if mode & stat.S_IRWXG:
            log.warning("[api] key: %s can be read by its group (mode %03o)", key, mode)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(chosen.certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        told = f"[api] certificate, key: cannot be used ({error.strerror or error})"
        raise ConfigError([f"{told}; name two PEM files that belong together"]) from None
    return context
