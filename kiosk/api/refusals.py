"""What is answered when nothing was done: one form for all, in the language that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pydantic import BaseModel
from starlette.responses import JSONResponse

from kiosk.core.errors import Refused
from kiosk.core.texts import LANGUAGES, Texts

ELSE = 422
STATUSES: tuple[tuple[str, int], ...] = (
    ("err.no_such_signal", ELSE),
    ("err.no_such_scope", ELSE),
    ("err.no_such_", 404),
    ("err.no_venue", 404),
    ("err.client_not_found", 404),
    ("err.name_not_found", 404),
    ("err.nothing_to_print", 404),
    ("err.report_gone", 404),
    ("err.reports_busy", 503),
    ("err.not_allowed", 403),
    ("err.owner_only", 403),
    ("err.sign_in", 403),
    ("err.pin_locked", 423),
    ("err.pin_form", ELSE),
    ("err.pin_easy", ELSE),
    ("err.pin_", 403),
    ("err.approval_", 403),
    ("err.change_not_allowed", 403),
    ("err.conflict", 409),
)
"""The status of a refusal by its key, or how it begins; the first that fits. All others: `ELSE`."""


class RefusalTold(BaseModel):
    """Why nothing was done: the key of the sentence, what fills it, and the sentence itself."""

    key: str
    arguments: dict[str, str]
    sentence: str


class Refusal(BaseModel):
    """The answer to whatever is refused, by the venue or at the door."""

    error: RefusalTold


MEANING: Mapping[int, str] = {
    400: "No JSON that can be read",
    401: "No token, or none that is good; or nobody is signed in",
    403: "Not allowed",
    404: "There is no such thing",
    405: "This address does not know the method",
    408: "The request did not arrive in time",
    409: "The key was used for another operation",
    413: "Too much was sent",
    415: "No JSON was sent",
    422: "Refused: a field is wrong, or a rule of the venue forbids it",
    423: "Locked by wrong PINs",
    428: "The Idempotency-Key is missing",
    429: "Too many requests",
    500: "A mistake of the kiosk's own",
    503: "Busy, ending or out of service",
    504: "No answer in time; repeat with the same key",
}
"""What each address may answer besides its own; the page tells it."""


class TurnedAway(Exception):
    """A request that the door refuses by itself; `retry_s`: when it may come again, 0 for never."""

    def __init__(
        self, status: int, key: str, *, retry_s: int = 0, close: bool = False, **arguments: str
    ) -> None:
        super().__init__(status, key)
        self.status = status
        self.key = key
        self.retry_s = retry_s
        self.close = close
        self.arguments = arguments


def status_of(key: str) -> int:
    """The status of a refusal of the venue."""
    return next((status for begins, status in STATUSES if key.startswith(begins)), ELSE)


def answer(error: Refused | TurnedAway, language: str) -> JSONResponse:
    """The answer to who is refused."""
    if isinstance(error, Refused):
        return _answer(status_of(error.key), error.key, error.args_by_name, language, {})
    headers = {"Retry-After": str(error.retry_s)} if error.retry_s else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.close:
        headers["Connection"] = "close"
    return _answer(error.status, error.key, error.arguments, language, headers)


def refusal_told(refused: Refused, language: str) -> RefusalTold:
    """A refusal inside an answer."""
    return _told(refused.key, refused.args_by_name, language)


def _told(key: str, arguments: Mapping[str, str], language: str) -> RefusalTold:
    return RefusalTold(
        key=key, arguments=dict(arguments), sentence=sentence(key, arguments, language)
    )


def _answer(
    status: int, key: str, arguments: Mapping[str, str], language: str, headers: Mapping[str, str]
) -> JSONResponse:
    told = _told(key, arguments, language)
    return JSONResponse(
        Refusal(error=told).model_dump(),
        status,
        {"Content-Language": language, "Vary": "Accept-Language", **headers},
    )


def sentence(key: str, arguments: Mapping[str, str], language: str) -> str:
    """The sentence of a refusal."""
    try:
        return Texts.of(language).say(key, **arguments)
    except KeyError:
        # A sentence of the screens only, or one that counts something.
        return key


@lru_cache(maxsize=256)
def language_of(accepted: str, otherwise: str) -> str:
    """The language of ``Accept-Language`` that there is a catalogue for; else `otherwise`."""
    wanted: list[tuple[float, str]] = []
    for part in accepted[:200].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        language = name.strip().lower().partition("-")[0]
        if language in LANGUAGES and weight > 0:
            wanted.append((-weight, language))
    return min(wanted, key=lambda w: w[0])[1] if wanted else otherwise
