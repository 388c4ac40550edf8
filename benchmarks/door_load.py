"""Tills at a door: they send prepared requests, each over one connection, as fast as it answers.

A process of its own, which does as little as can be: `python -m benchmarks.door_load` reads one
plan as JSON, ``{"port", "clients", "requests": [[method, path, headers, body], …]}``, and writes
``{"seconds", "ms", "statuses", "answers"}``, a value for each request in the order in which they
were answered. Each till takes the next request that nobody has taken. With ``"pause_s"`` it rests
so long after each; with ``"seconds"`` all begin anew with the first until so much time has passed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import Any


def wire(method: str, path: str, headers: dict[str, str], body: str) -> bytes:
    """A request as bytes."""
    sent = body.encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(sent)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + sent


async def till(plan: dict[str, Any], requests: Iterator[bytes], found: dict[str, Any]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plan["port"])
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, *fields = head.decode().split("\r\n")
        length = next(f for f in fields if f.lower().startswith("content-length:"))
        answer = await reader.readexactly(int(length.partition(":")[2]))
        found["ms"].append(1000 * (time.perf_counter() - began))
        found["statuses"][status.split()[1]] += 1
        found["answers"].append(answer.decode())
        await asyncio.sleep(plan.get("pause_s", 0))
    writer.close()
    await writer.wait_closed()


def taken(requests: list[bytes], seconds: float) -> Iterator[bytes]:
    """All of them once; or again and again until so much time has passed."""
    end_s = time.perf_counter() + seconds
    for request in cycle(requests) if seconds else requests:
        if seconds and time.perf_counter() >= end_s:
            return
        yield request


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    requests = taken([wire(*request) for request in plan["requests"]], plan.get("seconds", 0))
    found: dict[str, Any] = {"ms": [], "statuses": Counter(), "answers": []}
    began = time.perf_counter()
    async with asyncio.TaskGroup() as tills:
        for _ in range(plan["clients"]):
            tills.create_task(till(plan, requests, found))
    return {"seconds": time.perf_counter() - began, **found}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))
