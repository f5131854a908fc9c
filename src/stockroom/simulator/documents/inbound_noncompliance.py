"""GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA: what Amazon found wrong with shipments, and its fee for it.

Facts 1.2: daily, the whole region's problems, by the day on which they were reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import Event, InboundShipment, SellerWorld

COLUMNS = (
    "issue-reported-date", "shipment-creation-date", "fba-shipment-id", "fba-carton-id",
    "fulfillment-center-id", "sku", "fnsku", "asin", "product-name", "problem-type",
    "problem-quantity", "expected-quantity", "received-quantity",
    "performance-measurement-unit", "coaching-level", "fee-type", "currency", "fee-total",
    "problem-level", "alert-status",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """Problems reported in the window, each with its shipment as it stands."""
    shipments = {one.shipment_id: one for one in world.shipments_at(generation.as_of)}
    window = generation.start, generation.end, generation.as_of
    for problem in world.happened({"inbound_problem"}, *window):
        shipment = shipments[problem.refs["shipment_id"]]
        yield _row(problem, shipment, world.titles[problem.msku])


VIEW = DocumentView(
    report_type="GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=DAILY,
    charsets={},
)


def _row(problem: Event, shipment: InboundShipment, title: str) -> tuple[str, ...]:
    charged = problem.price not in {None, "0.00"}
    return (
        problem.at.isoformat(timespec="seconds"),
        shipment.created_at.isoformat(timespec="seconds"),
        shipment.shipment_id,
        problem.refs["carton_id"],
        problem.fc or "",
        problem.msku,
        problem.fnsku or "",
        problem.asin,
        title,
        problem.refs["problem_type"],
        str(problem.units),
        str(problem.refs["expected_units"]),
        str(shipment.received),
        "Units",
        problem.refs["coaching_level"],
        "Unplanned service" if charged else "",
        (problem.currency or "") if charged else "",
        (problem.price or "") if charged else "",
        "Shipment",
        "Open",
    )
