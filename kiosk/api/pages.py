"""The pages: the OpenAPI description, and a page that shows it, with all its assets inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from swagger_ui_bundle import swagger_ui_path

from kiosk.api.callers import SCOPES_NEEDED
from kiosk.api.refusals import MEANING, Refusal, TurnedAway
from kiosk.core.tokens import Scope

router = APIRouter(include_in_schema=False)

OPENAPI = "3.0.3"
"""What the bundled page shows; it knows no later one."""
ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Foyer: the door for tills</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="page"></div><script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script></body></html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], syntaxHighlight: {activated: false},
});
"""


@router.get("/docs")
async def docs() -> Response:
    """The page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/{name}")
async def asset(name: str) -> Response:
    """What the page needs."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in ASSETS:
        raise TurnedAway(404, "err.door_path")
    return FileResponse(Path(swagger_ui_path) / name, media_type=ASSETS[name])


@router.get("/openapi.json")
async def description(request: Request) -> Response:
    """The OpenAPI description."""
    return Response(request.app.state.description, media_type="application/json")


def described(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The OpenAPI description of an application that has these routers."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=OPENAPI,
        description=app.description,
        routes=app.routes,
    )
    # Put in here, once: for each route by itself FastAPI takes seconds on a small machine.
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    refusals = {
        str(status): {"description": told, "content": refused} for status, told in MEANING.items()
    }
    for path in made["paths"].values():
        for operation in path.values():
            operation["responses"] |= refusals
    for route in (r for router in routers for r in router.routes if isinstance(r, APIRoute)):
        needed = _scopes(route.dependant)
        for method in route.methods or ():
            operation = made["paths"][route.path][method.lower()]
            told = f"Needs the scope `{needed[0]}`." if needed else "Needs no scope."
            operation["description"] += f"\n\n{told}"
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    form = Refusal.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**form.pop("$defs"), "Refusal": form}
    lowered = _lowered(made)
    assert isinstance(lowered, dict)
    return lowered


def _scopes(needs: Dependant) -> list[Scope]:
    """What a token must be good for at a route, the least first."""
    own = [SCOPES_NEEDED[needs.call]] if needs.call in SCOPES_NEEDED else []
    return own + [scope for below in needs.dependencies for scope in _scopes(below)]


def _lowered(part: Any) -> Any:
    """A schema as OpenAPI 3.0 writes it: ``nullable`` for ``null``, ``enum`` for ``const``."""
    if isinstance(part, list):
        return [_lowered(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {name: _lowered(item) for name, item in part.items()}
    if "const" in made:
        made["enum"] = [made.pop("const")]
    options = made.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        others = [option for option in options if option != {"type": "null"}]
        del made["anyOf"]
        one = others[0] if len(others) == 1 else {"anyOf": others}
        made |= {"allOf": [one]} if "$ref" in one else one
        made["nullable"] = True
    return made
