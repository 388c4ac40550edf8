"""Connections: so many and no more, and none that is opened and then says nothing.

Each costs the process a descriptor, and the kiosk's devices and books need theirs.
"""

from __future__ import annotations

import asyncio
import logging

from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger(__name__)

LINES_MAX = 128
FIRST_S = 10.0
"""So soon the head of the first request has to be there."""


class Line(H11Protocol):
    """One connection."""

    def connection_made(  # type: ignore[override]  # as uvicorn's own
        self, transport: asyncio.Transport
    ) -> None:
        """Somebody has connected."""
        super().connection_made(transport)
        if len(self.connections) > LINES_MAX:
            log.warning("a connection was refused: there are %d already", LINES_MAX)
            transport.abort()
        else:
            self.loop.call_later(FIRST_S, self._must_have_asked)

    def _must_have_asked(self) -> None:
        if self.cycle is None:
            self.transport.abort()
