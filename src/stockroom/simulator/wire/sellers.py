"""Sellers v1: where a seller sells, and who they are."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.marketplaces import MARKETPLACES, Marketplace
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.world import Seller

LANGUAGES = {
    "US": "en_US", "CA": "en_CA", "MX": "es_MX", "BR": "pt_BR", "UK": "en_GB", "DE": "de_DE",
    "FR": "fr_FR", "IT": "it_IT", "ES": "es_ES", "NL": "nl_NL", "SE": "sv_SE", "PL": "pl_PL",
    "BE": "fr_BE", "IE": "en_IE", "TR": "tr_TR", "AE": "en_AE", "SA": "ar_AE", "EG": "ar_AE",
    "ZA": "en_ZA", "IN": "en_IN", "JP": "ja_JP", "AU": "en_AU", "SG": "en_SG",
}  # fmt: skip


async def get_marketplace_participations(call: Call) -> Response:
    """``GET /sellers/v1/marketplaceParticipations``."""
    return JSONResponse({"payload": _participations(call.seller)})


async def get_account(call: Call) -> Response:
    """``GET /sellers/v1/account``."""
    seller = call.seller
    address = {"addressLine1": "1 Simulator Way", "countryCode": _iso(seller.marketplaces[0])}
    account = {
        "marketplaceParticipationList": _participations(seller),
        "businessType": "PRIVATE_LIMITED",
        "sellingPlan": "PROFESSIONAL",
        "business": {"name": seller.name, "registeredBusinessAddress": address},
        "primaryContact": {"name": f"{seller.name} office", "address": address},
    }
    return JSONResponse({"payload": account})


OPERATIONS = [
    Operation(
        "getMarketplaceParticipations",
        "GET",
        "/sellers/v1/marketplaceParticipations",
        get_marketplace_participations,
    ),
    Operation("getAccount", "GET", "/sellers/v1/account", get_account),
]


def _participations(seller: Seller) -> list[dict[str, Any]]:
    return [_participation(seller, MARKETPLACES[code]) for code in seller.marketplaces]


def _participation(seller: Seller, market: Marketplace) -> dict[str, Any]:
    return {
        "marketplace": {
            "id": market.id,
            "name": market.sales_channel,
            "countryCode": _iso(market.code),
            "defaultCurrencyCode": market.currency,
            "defaultLanguageCode": LANGUAGES[market.code],
            "domainName": f"www.{market.sales_channel.lower()}",
        },
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
        "storeName": seller.name,
    }


def _iso(code: str) -> str:
    """Amazon names the United Kingdom by its ISO code."""
    return "GB" if code == "UK" else code
