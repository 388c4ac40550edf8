"""Staff: who works here, in which role, and how they say who they are."""

from __future__ import annotations

from kiosk.core.books import Answer, Handler
from kiosk.core.store import TableSpec

TABLES = (TableSpec("staff", ("card",)),)

HANDLERS: dict[type, Handler] = {}
ANSWERS: dict[type, Answer] = {}
ALLOWED: dict[type, frozenset[str]] = {}
