"""Product Type Definitions 2020-09-01: which attributes a listing may have.

The definition itself is short and leads to the schema by a signed link; the schema is
the long part, and lies where documents lie.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import MARKETPLACES, Marketplace
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.wire.product_attributes import (
    attributes_known_to,
    is_product_type,
    languages,
)
from stockroom.simulator.wire.product_type_schema import META_SCHEMA, schema_of
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.storage import Addresses

PATH: Final = "/product-type-schemas"
LIFETIME: Final = timedelta(days=7)
"""Amazon's links to schemas live about a week."""
ENFORCED: Final = "ENFORCED"
NOT_ENFORCED: Final = "NOT_ENFORCED"
REQUIREMENTS: Final = ("LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY")


class ProductTypes:
    """The definitions and the storage behind them.

    Args:
        clock: The simulator's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._addresses = Addresses(PATH, LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        path = "/definitions/2020-09-01/productTypes/{product_type}"
        return [Operation("getDefinitionsProductType", "GET", path, self.get)]

    @property
    def storage(self) -> Route:
        """Where the links lead."""
        return Route(f"{PATH}/{{document}}", self._document)

    async def get(self, call: Call) -> Response:
        """``getDefinitionsProductType``."""
        ids = query.csv(call.request, "marketplaceIds")
        market = query.marketplaces(call.seller, ids, most=1)[0]
        requirements = _one_of(call.request, "requirements", REQUIREMENTS)
        enforced = _one_of(call.request, "requirementsEnforced", (ENFORCED, NOT_ENFORCED))
        name = str(call.request.path_params["product_type"])
        if not is_product_type(name):
            raise NotFoundError(f"Product type {name} not found.")
        body = _schema(name, market, enforced)
        document = f"{name}.{market.code}.{enforced}"
        link = self._addresses.of(call.request, document, call.now)
        answer: dict[str, Any] = {
            "metaSchema": _link(META_SCHEMA, META_SCHEMA.encode()),
            "schema": _link(link, body),
            "requirements": requirements,
            "requirementsEnforced": enforced,
            "propertyGroups": _groups(name),
            "locale": languages(market)[0],
            "marketplaceIds": [market.id],
            "productType": name,
            "displayName": name.replace("_", " ").title(),
            "productTypeVersion": {"version": _checksum(body), "latest": True},
        }
        return JSONResponse(answer)

    async def _document(self, request: Request) -> Response:
        request.scope[ENTRY].operation = "productTypeSchema"
        document = str(request.path_params["document"])
        refusal = self._addresses.refusal(request, document, self._clock.now())
        if refusal is not None:
            return refusal
        # The signature vouches for the name: we wrote it.
        name, code, enforced = document.split(".")
        body = _schema(name, MARKETPLACES[code], enforced)
        return Response(body, media_type="application/json")


def _one_of(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    """A parameter whose first allowed value is its default."""
    value = request.query_params.get(name, allowed[0])
    if value not in allowed:
        raise invalid(f"{name} must be one of {', '.join(allowed)}.")
    return value


def _schema(name: str, market: Marketplace, enforced: str) -> bytes:
    return json.dumps(schema_of(name, market, enforced=enforced == ENFORCED)).encode()


def _link(resource: str, body: bytes) -> dict[str, Any]:
    return {"link": {"resource": resource, "verb": "GET"}, "checksum": _checksum(body)}


def _checksum(body: bytes) -> str:
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _groups(name: str) -> dict[str, Any]:
    offer = ["purchasable_offer", "fulfillment_availability", "condition_type", "list_price"]
    details = [one for one in attributes_known_to(name) if one not in offer]
    return {
        "offer": {"title": "Offer", "description": "Sales terms.", "propertyNames": offer},
        "product_details": {
            "title": "Product Details",
            "description": "Facts about the product.",
            "propertyNames": details,
        },
    }
