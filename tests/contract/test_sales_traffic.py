"""The pretend Amazon's sales and traffic document is one that Amazon's own schema allows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from jsonschema import Draft7Validator
from tests.contract.conftest import NOW, Contract

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.documents import sales_traffic
from stockroom.simulator.documents.view import Ask, Generation
from stockroom.simulator.world import World


@pytest.mark.parametrize("grain", ["PARENT", "CHILD", "SKU"])
def test_the_document_is_as_amazons_schema_says(
    contract: Contract, world: World, grain: str
) -> None:
    path = contract.folder / "amzn-models/schemas/reports/sellerSalesAndTrafficReport.json"
    seller = world.seller(next(iter(world.sellers)))
    start = NOW - timedelta(days=9)
    ask = Ask(seller.seller.region, (MARKETPLACES["US"],), start, start, {"asinGranularity": grain})
    assert sales_traffic.VIEW.objection(ask) is None
    document = json.loads(sales_traffic.VIEW.text(seller, Generation(ask, start, start, NOW)))
    Draft7Validator(json.loads(path.read_text(encoding="utf-8"))).validate(document)
    assert document["salesAndTrafficByDate"]
    assert document["salesAndTrafficByAsin"]
