"""The description of the door, and the page that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from kiosk.api import pages
from kiosk.api.application import ROUTERS
from kiosk.api.events import EventName
from kiosk.api.refusals import MEANING
from kiosk.core.tokens import SCOPES
from tests.api.opened import OpenDoor, open_door
from tests.api.route_table import PAGE, description, page


@pytest.fixture(scope="module")
def shared() -> Iterator[OpenDoor]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def described(shared: OpenDoor) -> dict[str, Any]:
    told = shared.get("/openapi.json", "")
    assert told.headers["Content-Type"] == "application/json"
    made: dict[str, Any] = told.json()
    return made


def inside(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for item in part.values():
            yield from inside(item)
    elif isinstance(part, list):
        for item in part:
            yield from inside(item)


def test_the_description_is_openapi_3_0_as_the_page_knows_it(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.0.3"
    for part in inside(described):
        assert "const" not in part and "prefixItems" not in part
        assert part.get("type") != "null" and not isinstance(part.get("type"), list)
        assert not isinstance(part.get("exclusiveMinimum"), (int, float))
    named = set(described["components"]["schemas"])
    used = {p["$ref"].rpartition("/")[2] for p in inside(described) if "$ref" in p}
    assert used <= named


def test_every_route_tells_what_it_may_refuse_and_what_it_needs(described: dict[str, Any]) -> None:
    operations = [o for path in described["paths"].values() for o in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) == sum(len(router.routes) for router in ROUTERS)
    for operation in operations:
        assert operation["description"], operation["operationId"]
        for status in MEANING:
            content = operation["responses"][str(status)]["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Refusal"}
        assert {"HTTPBearer": []} in operation["security"]


def test_no_amount_is_anything_but_a_whole_number(described: dict[str, Any]) -> None:
    assert not [part for part in inside(described) if part.get("type") == "number"]


def test_the_page_loads_nothing_from_elsewhere(shared: OpenDoor) -> None:
    page = shared.get("/docs", "")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 4 and not any("//" in link for link in links)
    for link in links:
        asset = shared.get(f"/{link}", "")
        assert asset.status_code == 200 and asset.content
    assert not re.search(r"<script>|onload=|style=", page.text)
    assert set(pages.ASSETS) == {link.removeprefix("docs/") for link in links} - {"start.js"}


def test_the_guide_has_every_route_as_it_is() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.api.route_table"
    assert description()["openapi"] == pages.OPENAPI


def test_the_guide_names_every_event_scope_and_status() -> None:
    text = PAGE.read_text("utf-8")
    named = [*SCOPES, *get_args(EventName), *(str(status) for status in MEANING)]
    assert [name for name in named if f"| `{name}` |" not in text] == []


def test_what_the_page_does_not_know_is_written_as_it_does() -> None:
    null = {"type": "null"}
    for later, told in (
        ({"const": "cash"}, {"enum": ["cash"]}),
        ({"anyOf": [{"type": "integer"}, null]}, {"type": "integer", "nullable": True}),
        ({"anyOf": [{"$ref": "#/x"}, null]}, {"allOf": [{"$ref": "#/x"}], "nullable": True}),
        (
            {"anyOf": [{"const": 1}, {"type": "string"}, null]},
            {"anyOf": [{"enum": [1]}, {"type": "string"}], "nullable": True},
        ),
        ({"anyOf": [{"type": "integer"}]}, {"anyOf": [{"type": "integer"}]}),
    ):
        assert pages._lowered(later) == told
