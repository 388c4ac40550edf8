"""Every parser there is. A new one is a row in the table of its kind."""

from __future__ import annotations

from tests.fuzz import money, reading
from tests.fuzz.engine import Parser

PARSERS: dict[str, Parser] = {parser.name: parser for parser in (*reading.PARSERS, *money.PARSERS)}
