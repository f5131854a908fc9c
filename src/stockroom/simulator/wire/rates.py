"""Amazon's default usage plans for the operations served here.

Facts 2.1: where Amazon's model and its published list disagree, the lower one.
A contract test holds this table against both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """A usage plan of one operation."""

    limit: str
    """Requests a second, as the ``x-amzn-RateLimit-Limit`` header spells it."""
    burst: int

    @property
    def per_second(self) -> float:
        """Tokens a second that flow back into the bucket."""
        return float(self.limit)

    def shared(self, share: float) -> Rate:
        """The plan of a pair that gets only ``share`` of it; a single call is always possible."""
        if share == 1:
            return self
        return Rate(f"{self.per_second * share:.6g}", max(1, int(self.burst * share)))


RATES: dict[str, Rate] = {
    "getInventorySummaries": Rate("2.0", 2),
    "getShipments": Rate("2.0", 30),
    "getShipmentItems": Rate("2.0", 30),
    "getShipmentItemsByShipmentId": Rate("2.0", 30),
    "listInboundPlans": Rate("2.0", 6),
    "getInboundPlan": Rate("2.0", 6),
    "getShipment": Rate("2.0", 6),
    "listShipmentItems": Rate("2.0", 30),
    "listInboundPlanItems": Rate("2.0", 6),
    "createInboundPlan": Rate("2.0", 2),
    "cancelInboundPlan": Rate("2.0", 2),
    "getInboundOperationStatus": Rate("2.0", 6),
    "listPackingOptions": Rate("2.0", 6),
    "generatePackingOptions": Rate("2.0", 2),
    "confirmPackingOption": Rate("2.0", 2),
    "listPlacementOptions": Rate("2.0", 6),
    "generatePlacementOptions": Rate("2.0", 2),
    "confirmPlacementOption": Rate("2.0", 2),
    "listTransportationOptions": Rate("2.0", 6),
    "generateTransportationOptions": Rate("2.0", 2),
    "confirmTransportationOptions": Rate("2.0", 2),
    "listDeliveryWindowOptions": Rate("2.0", 30),
    "generateDeliveryWindowOptions": Rate("2.0", 30),
    "confirmDeliveryWindowOptions": Rate("2.0", 30),
    "listPrepDetails": Rate("2.0", 30),
    "listAllFulfillmentOrders": Rate("2.0", 30),
    "getFulfillmentOrder": Rate("2.0", 30),
    "getFulfillmentPreview": Rate("2.0", 30),
    "createFulfillmentOrder": Rate("2.0", 30),
    "cancelFulfillmentOrder": Rate("2.0", 30),
    "listInventory": Rate("2.0", 2),
    "listInboundShipments": Rate("1.0", 1),
    "getInboundShipment": Rate("2.0", 2),
    "getListingsItem": Rate("5.0", 5),
    "patchListingsItem": Rate("5.0", 5),
    "searchListingsItems": Rate("5.0", 5),
    "getDefinitionsProductType": Rate("5.0", 5),
    "createReport": Rate("0.0167", 15),
    "getReport": Rate("2.0", 15),
    "getReports": Rate("0.0222", 10),
    "cancelReport": Rate("0.0222", 10),
    "getReportDocument": Rate("0.0167", 15),
    "getMarketplaceParticipations": Rate("0.016", 15),
    "listTransactions": Rate("0.5", 10),
    "getAccount": Rate("0.016", 15),
}

ADS_RATES: dict[str, Rate] = {
    "getAdsProfiles": Rate("1.0", 5),
    "createAdsReport": Rate("0.5", 10),
    "getAdsReport": Rate("2.0", 20),
    "deleteAdsReport": Rate("0.5", 5),
    "listSponsoredProductsCampaigns": Rate("2.0", 10),
    "updateSponsoredProductsCampaigns": Rate("1.0", 5),
    "listSponsoredProductsAdGroups": Rate("2.0", 10),
    "updateSponsoredProductsAdGroups": Rate("1.0", 5),
    "listSponsoredProductsKeywords": Rate("2.0", 10),
    "updateSponsoredProductsKeywords": Rate("1.0", 5),
    "listSponsoredProductsTargetingClauses": Rate("2.0", 10),
    "updateSponsoredProductsTargetingClauses": Rate("1.0", 5),
}
"""The advertising API publishes no plans and tells of none in its answers: these are our own."""

PLANS = RATES | ADS_RATES
"""Every operation that has a plan."""
