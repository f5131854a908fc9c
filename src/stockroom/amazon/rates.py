"""The operations we use and the pace Amazon grants each by default.

Amazon states a pace in two places, its models and its SDK's table, which now
and then differ: the lower one stands here. What an answer's rate header says
later overrides the rate, never the burst.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the Selling Partner API.

    Args:
        name: Amazon's operation id; a seller has one bucket per name.
        rate: Requests restored per second.
        burst: Requests that may be saved up.
    """

    name: str
    rate: float
    burst: int


GET_PARTICIPATIONS = Operation("getMarketplaceParticipations", 0.016, 15)
CREATE_REPORT = Operation("createReport", 1 / 60, 15)
GET_REPORT = Operation("getReport", 2, 15)
GET_REPORTS = Operation("getReports", 0.0222, 10)
GET_REPORT_DOCUMENT = Operation("getReportDocument", 1 / 60, 15)
GET_INVENTORY = Operation("getInventorySummaries", 2, 2)
GET_LISTING = Operation("getListingsItem", 5, 5)
SEARCH_LISTINGS = Operation("searchListingsItems", 5, 5)
PATCH_LISTING = Operation("patchListingsItem", 5, 5)
GET_PRODUCT_TYPE = Operation("getDefinitionsProductType", 5, 5)
GET_SHIPMENTS = Operation("getShipments", 2, 30)
GET_SHIPMENT_ITEMS = Operation("getShipmentItems", 2, 30)
LIST_INBOUND_PLANS = Operation("listInboundPlans", 2, 6)
GET_INBOUND_PLAN = Operation("getInboundPlan", 2, 6)
GET_SHIPMENT = Operation("getShipment", 2, 6)
LIST_INBOUND_PLAN_ITEMS = Operation("listInboundPlanItems", 2, 6)
GET_INBOUND_OPERATION = Operation("getInboundOperationStatus", 2, 6)
LIST_PREP_DETAILS = Operation("listPrepDetails", 2, 30)
CREATE_INBOUND_PLAN = Operation("createInboundPlan", 2, 2)
CANCEL_INBOUND_PLAN = Operation("cancelInboundPlan", 2, 2)
LIST_PACKING_OPTIONS = Operation("listPackingOptions", 2, 6)
GENERATE_PACKING_OPTIONS = Operation("generatePackingOptions", 2, 2)
CONFIRM_PACKING_OPTION = Operation("confirmPackingOption", 2, 2)
LIST_PLACEMENT_OPTIONS = Operation("listPlacementOptions", 2, 6)
GENERATE_PLACEMENT_OPTIONS = Operation("generatePlacementOptions", 2, 2)
CONFIRM_PLACEMENT_OPTION = Operation("confirmPlacementOption", 2, 2)
LIST_TRANSPORTATION_OPTIONS = Operation("listTransportationOptions", 2, 6)
GENERATE_TRANSPORTATION_OPTIONS = Operation("generateTransportationOptions", 2, 2)
CONFIRM_TRANSPORTATION_OPTIONS = Operation("confirmTransportationOptions", 2, 2)
LIST_MCF_ORDERS = Operation("listAllFulfillmentOrders", 2, 30)
GET_MCF_ORDER = Operation("getFulfillmentOrder", 2, 30)
PREVIEW_MCF_ORDER = Operation("getFulfillmentPreview", 2, 30)
CREATE_MCF_ORDER = Operation("createFulfillmentOrder", 2, 30)
CANCEL_MCF_ORDER = Operation("cancelFulfillmentOrder", 2, 30)
LIST_AWD_INVENTORY = Operation("listInventory", 2, 2)
LIST_AWD_SHIPMENTS = Operation("listInboundShipments", 1, 1)
GET_AWD_SHIPMENT = Operation("getInboundShipment", 2, 2)
LIST_TRANSACTIONS = Operation("listTransactions", 0.5, 10)

ABOUT_PERSONS = frozenset({PREVIEW_MCF_ORDER, CREATE_MCF_ORDER})
"""What carries somebody's address: Amazon's words about it may repeat it, and go nowhere."""

OPERATIONS = tuple(found for found in tuple(globals().values()) if isinstance(found, Operation))
"""Each operation above."""
