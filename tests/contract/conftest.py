"""Amazon's own models, and a check of an answer against them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator, FormatChecker

from stockroom.core.clock import FixedClock
from stockroom.simulator.app import create_app
from stockroom.simulator.world import World, WorldOptions

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
AMAZON = Path(__file__).parents[2].parent / "shared" / "amazon"
MODELS = {
    "reports": "reports-api-model/reports_2021-06-30.json",
    "inventory": "fba-inventory-api-model/fbaInventory.json",
    "inbound v0": "fulfillment-inbound-api-model/fulfillmentInboundV0.json",
    "inbound": "fulfillment-inbound-api-model/fulfillmentInbound_2024-03-20.json",
    "listings": "listings-items-api-model/listingsItems_2021-08-01.json",
    "product types": "product-type-definitions-api-model/definitionsProductTypes_2020-09-01.json",
    "outbound": "fulfillment-outbound-api-model/fulfillmentOutbound_2020-07-01.json",
    "awd": "amazon-warehousing-and-distribution-model/awd_2024-05-09.json",
    "sellers": "sellers-api-model/sellers.json",
    "finances": "finances-api-model/finances_2024-06-19.json",
}
_FORMATS = FormatChecker(formats=())
_FORMATS.checks("date-time", raises=ValueError)(
    lambda value: not isinstance(value, str) or bool(datetime.fromisoformat(value).tzinfo)
)


class Contract:
    """Amazon's description of its operations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._models = {
            name: json.loads((folder / "amzn-models" / "models" / path).read_text(encoding="utf-8"))
            for name, path in MODELS.items()
        }

    def check(self, operation: str, answer: httpx.Response) -> None:
        """Fail unless Amazon's model allows this answer to this operation.

        Stricter than the model in one way: a property it does not name is an invention.
        """
        model, described = self._operation(operation)
        status = str(answer.status_code)
        assert status in described["responses"], f"{operation} never answers {status}"
        schema = described["responses"][status].get("schema")
        if schema is None:
            return
        parts = _parts(model)
        definitions = {
            name: one if f"#/definitions/{name}" in parts else _closed(one)
            for name, one in model["definitions"].items()
        }
        whole = {**_closed(schema), "definitions": definitions}
        Draft4Validator(whole, format_checker=_FORMATS).validate(answer.json())

    def plan(self, operation: str) -> tuple[float, int] | None:
        """Rate and burst as the model's prose tables state them, where they do."""
        _, described = self._operation(operation)
        rows = [line.strip(" |").split("|") for line in described["description"].splitlines()]
        figures = [[part.strip() for part in row] for row in rows if len(row) == 2]
        found = next((row for row in figures if row[1].isdigit()), None)
        return None if found is None else (float(found[0]), int(found[1]))

    def _operation(self, operation: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for model in self._models.values():
            for path in model["paths"].values():
                for described in path.values():
                    if isinstance(described, dict) and described.get("operationId") == operation:
                        return model, described
        pytest.fail(f"Amazon has no operation {operation}")


def _parts(schema: Any) -> set[str]:
    """The definitions that are joined with others to one: closed, each would forbid the others."""
    if isinstance(schema, list):
        return set().union(*map(_parts, schema))
    if not isinstance(schema, dict):
        return set()
    joined = {part["$ref"] for part in schema.get("allOf", ()) if "$ref" in part}
    return joined.union(*map(_parts, schema.values()))


def _closed(schema: Any) -> Any:
    """The schema with objects closed to properties it does not name."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict) or "allOf" in schema:
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed


@cache
def _contract() -> Contract:
    return Contract(AMAZON)


@pytest.fixture
def contract() -> Contract:
    if not AMAZON.is_dir():
        pytest.skip("Amazon's models are not beside this project (../shared/amazon)")
    return _contract()


@pytest.fixture(scope="session")
def world() -> World:
    return World(WorldOptions.create(now=NOW, skus=14, days=100))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def http(world: World, clock: FixedClock, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the simulator."""
    transport = httpx.ASGITransport(create_app(world, clock, tmp_path))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:80") as client:
        yield client
