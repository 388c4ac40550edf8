"""The log of the last hour, in memory: what the desk shows, and an attendant reads out."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Literal

from kiosk.core.clock import system_now
from kiosk.core.errands import LogLine, LogPage

LINES_MAX = 2000
LINE_CHARACTERS_MAX = 500
HOUR_S = 3600.0
PAGE_LINES = 40

Level = Literal["info", "warning", "error"]


class LogRing(logging.Handler):
    """Keeps the latest lines: an hour's, and never more than `LINES_MAX`."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[tuple[float, LogLine]] = deque(maxlen=LINES_MAX)
        self._number = 0
        self._guard = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """What libraries tell at length is left out: an address that they ask may be a secret."""
        ours = record.name.partition(".")[0] in ("kiosk", "__main__")
        return (ours or record.levelno >= logging.WARNING) and bool(super().filter(record))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; of a long one its beginning."""
        try:
            text = f"{record.name}: {record.getMessage()}"
            if record.exc_info and record.exc_info[1] is not None:
                text += f" ({record.exc_info[1]!r})"
        except Exception:
            self.handleError(record)
            return
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        with self._guard:
            self._number += 1
            line = LogLine(self._number, at, _level(record), text[:LINE_CHARACTERS_MAX])
            self._lines.append((record.created, line))

    def page(self, before: int = 0) -> LogPage:
        """The newest lines, or those before the one of this number."""
        since = system_now().wall.timestamp() - HOUR_S
        with self._guard:
            while self._lines and self._lines[0][0] < since:
                self._lines.popleft()
            found = [line for _, line in self._lines if not before or line.number < before]
        return LogPage(tuple(reversed(found[-PAGE_LINES:])), older=len(found) > PAGE_LINES)


def _level(record: logging.LogRecord) -> Level:
    if record.levelno >= logging.ERROR:
        return "error"
    return "warning" if record.levelno >= logging.WARNING else "info"
