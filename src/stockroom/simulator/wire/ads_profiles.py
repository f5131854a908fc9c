"""Profiles: the advertising accounts of a seller, one per marketplace (facts 4)."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.marketplaces import MARKETPLACES, Marketplace
from stockroom.simulator.wire.ads_gateway import AdsCall, AdsOperation
from stockroom.simulator.world import Seller
from stockroom.simulator.world.campaigns import profile_id


async def list_profiles(call: AdsCall) -> Response:
    """``GET /v2/profiles``."""
    seller = call.seller
    return JSONResponse([_profile(seller, MARKETPLACES[code]) for code in seller.marketplaces])


OPERATIONS = [AdsOperation("getAdsProfiles", "GET", "/v2/profiles", list_profiles, scoped=False)]


def _profile(seller: Seller, place: Marketplace) -> dict[str, Any]:
    return {
        "profileId": int(profile_id(seller.seller_id, place.code)),
        "countryCode": place.code,
        "currencyCode": place.currency,
        "dailyBudget": 999999999.0,
        "timezone": place.zone.key,
        "accountInfo": {
            "marketplaceStringId": place.id,
            "id": seller.seller_id,
            "type": "seller",
            "name": seller.name,
            "validPaymentMethod": True,
        },
    }
