"""Every parser there is. A new one is a row in the table of its kind."""

from __future__ import annotations

from tests.fuzz import dialogues, money, notes, reading, terminals
from tests.fuzz.engine import Parser

_ALL = (
    *reading.PARSERS,
    *money.PARSERS,
    *terminals.PARSERS,
    *dialogues.PARSERS,
    *notes.PARSERS,
)
PARSERS: dict[str, Parser] = {parser.name: parser for parser in _ALL}
