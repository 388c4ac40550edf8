"""Connections: so many and no more, and none that is opened and then says nothing.

Each costs the process a descriptor, and the kiosk's devices and books need theirs.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from weakref import WeakSet

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger(__name__)

LINES_MAX = 128
SOCKETS_MAX = LINES_MAX + 64
"""With those that have not agreed on TLS yet: no `Line` knows of them."""
FIRST_S = 10.0
"""So soon the head of a request has to be there, once a line is open or a part of it has come."""


class Ear(socket.socket):
    """Where lines come in: so many at a time, those that only begin counted, too."""

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self._taken: WeakSet[socket.socket] = WeakSet()
        self._full = False

    def accept(self) -> tuple[socket.socket, object]:
        """The next one; raises ConnectionAbortedError where there are too many already."""
        taken, address = super().accept()
        before, self._full = self._full, len(self._open()) >= SOCKETS_MAX
        if self._full:
            if not before:
                log.warning("connections are refused: there are %d already", SOCKETS_MAX)
            taken.close()
            raise ConnectionAbortedError
        self._taken.add(taken)
        return taken, address

    def _open(self) -> list[socket.socket]:
        return [taken for taken in self._taken if taken.fileno() >= 0]


class Line(H11Protocol):
    """One connection."""

    _waited: object = None

    def connection_made(  # type: ignore[override]  # as uvicorn's own
        self, transport: asyncio.Transport
    ) -> None:
        """Somebody has connected."""
        super().connection_made(transport)
        if len(self.connections) > LINES_MAX:
            log.warning("a connection was refused: there are %d already", LINES_MAX)
            transport.abort()
        else:
            self.loop.call_later(FIRST_S, self._must_have_asked, None)

    def data_received(self, data: bytes) -> None:
        """A part of a request has come: from now on it is no line that only rests."""
        super().data_received(data)
        resting = self.timeout_keep_alive_task is not None
        if self.conn.their_state is h11.IDLE and not resting and self._waited is not self.cycle:
            self._waited = self.cycle
            self.loop.call_later(FIRST_S, self._must_have_asked, self.cycle)

    def _must_have_asked(self, since: object) -> None:
        if self.cycle is since:
            self.transport.abort()
