"""What FastAPI and the disk allow: one route that does one SQLite commit, and nothing else.

`python -m benchmarks.door_bare FILE`: writes the port it listens on, and serves until it is ended.
The commit is as durable as ours: write-ahead log, synced in full, one row.
"""

from __future__ import annotations

import socket
import sqlite3
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Row(BaseModel):
    """What a till sends; about the size of an order."""

    text: str


def served(file: str) -> FastAPI:
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE rows (text TEXT)")
    app = FastAPI()

    @app.post("/rows")
    async def write(row: Row) -> dict[str, Any]:
        made = db.execute("INSERT INTO rows VALUES (?)", (row.text,))
        return {"row": made.lastrowid}

    return app


if __name__ == "__main__":
    # With the protocol named, or asyncio leaves Nagle's algorithm on: 40 ms an answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        settings = uvicorn.Config(served(sys.argv[1]), log_level="warning", access_log=False)
        uvicorn.Server(settings).run([listener])
