"""The desk's page: what waits for somebody, in the browser of the till; and its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from kiosk.api.callers import House
from kiosk.api.refusals import TurnedAway
from kiosk.core.sentences import SENTENCES
from kiosk.core.texts import LANGUAGES, Texts, placeholders

router = APIRouter(include_in_schema=False)

ASSETS = Path(__file__).with_name("assets")
FILES = {"desk.css": "text/css", "desk.js": "text/javascript"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
WORDS = tuple(key for key in SENTENCES if key.startswith("board."))


@router.get("/desk")
async def desk() -> Response:
    """The page."""
    return FileResponse(
        ASSETS / "desk.html", media_type="text/html", headers={"Content-Security-Policy": POLICY}
    )


@router.get("/desk/words")
async def words(request: Request) -> Response:
    """The page's own words, in the language of ``Accept-Language``."""
    house: House = request.app.state.house
    language = house.language(request)
    texts = Texts.of(language)
    told: dict[str, Any] = {
        "language": language,
        "languages": LANGUAGES,
        # With their braces: what fills them, the page knows.
        "words": {key: texts.say(key, **_as_they_are(key)) for key in WORDS},
    }
    return JSONResponse(told, headers={"Vary": "Accept-Language"})


def _as_they_are(key: str) -> dict[str, str]:
    sentence = SENTENCES[key]
    assert isinstance(sentence, str), f"{key} counts nothing"
    return {name: f"{{{name}}}" for name in placeholders(sentence)}


@router.get("/desk/{name}")
async def asset(name: str) -> Response:
    """What the page needs."""
    if name not in FILES:
        raise TurnedAway(404, "err.door_path")
    return FileResponse(ASSETS / name, media_type=FILES[name])
