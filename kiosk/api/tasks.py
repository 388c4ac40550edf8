"""What waits for somebody: tasks, help calls and alarms; and the answer to a guest who calls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request

from kiosk.api.callers import House, Reader, Server
from kiosk.api.forms import Told, Written
from kiosk.core.calls import AnswerHelp
from kiosk.core.settings import GetVenue
from kiosk.core.tasks import Severity, plain, say
from kiosk.core.texts import Texts

router = APIRouter(prefix="/v1", tags=["tasks"])


class TaskTold(Told):
    """Something that waits; ``text`` says what it is, ``do`` what to do.

    ``since`` is ISO 8601, UTC. Money in ``arguments`` has ``minor`` and ``currency``.
    """

    key: str
    kind: Literal["call", "task", "alarm"]
    severity: Severity
    since: str
    sentence: str
    arguments: dict[str, Any]
    text: str
    do: str


class TasksTold(Told):
    """Everything that waits, guests who call first, then the urgent."""

    kiosk: str
    language: str
    tasks: list[TaskTold]


@router.get("/tasks")
async def tasks(caller: Reader, request: Request) -> TasksTold:
    """What waits for somebody now; the event ``task`` says that it changed."""
    house: House = request.app.state.house
    zone = (await caller.ask(lambda at: at.ask(GetVenue()))).time_zone
    texts = Texts.of(house.language(request), zone)
    told = []
    for task in house.waiting():
        text, do = say(task, texts)
        told.append(
            TaskTold(
                key=task.key,
                kind=task.kind,
                severity=task.severity,
                since=task.since,
                sentence=task.sentence,
                arguments=plain(task),
                text=text,
                do=do,
            )
        )
    return TasksTold(kiosk=house.chosen.kiosk.id, language=texts.language, tasks=told)


@router.post("/help/{number}/answer")
async def answer(number: Annotated[int, Path(ge=1, le=10**9)], caller: Server) -> Written:
    """Somebody comes to the guest who called: the screen says so."""
    return await caller.write(lambda at: AnswerHelp(f"help:{number}"))
