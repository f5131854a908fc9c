"""Where a seller is sent to authorise our application: Seller Central's page, and that of Amazon Ads.

Neither needs an OAuth library: Seller Central's page is not OAuth's (it is asked
with ``application_id`` and answers with ``spapi_oauth_code``), and what is left of
the other is one address. The codes they answer with are redeemed in ``codes``.
"""

from __future__ import annotations

from urllib.parse import urlencode

from stockroom.amazon.origin import endpoint
from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.core.marketplaces import Marketplace, Region

_EUROPEAN = frozenset({"UK", "DE", "FR", "IT", "ES"})
"""Marketplaces whose sellers share one Seller Central."""
_ADS_SCOPE = "advertising::campaign_management"


def seller_central(settings: Settings, place: Marketplace) -> str:
    """The Seller Central of a seller at home in a marketplace.

    One authorisation covers the region, but a seller can sign in only at the host of a store
    they sell in.

    Raises:
        ConfigurationError: The configured one is no address people may be sent to.
    """
    configured = settings.seller_central_url(place.region)
    if configured is not None:
        return endpoint(configured, field=f"STOCKROOM_SELLER_CENTRAL_{place.region}_URL")
    if place.code in _EUROPEAN:
        return "https://sellercentral-europe.amazon.com"
    if place.code == "JP":
        return "https://sellercentral-japan.amazon.com"
    return f"https://sellercentral.{place.sales_channel.lower()}"


def seller_consent(settings: Settings, place: Marketplace, *, state: str, redirect_uri: str) -> str:
    """The address at which a seller authorises the Selling Partner API application.

    Args:
        settings: Which application.
        place: A marketplace of the seller; its region is what the authorisation covers.
        state: Comes back with the answer.
        redirect_uri: Where the answer goes; registered with the application.

    Raises:
        ConfigurationError: There is no application id, or the host cannot be used.
    """
    if not settings.spapi_application_id:
        raise ConfigurationError(
            "This installation does not know its application's id, so no seller can be asked.",
            field="STOCKROOM_SPAPI_APPLICATION_ID",
            next_step="Set it to the id that Seller Central shows (amzn1.sp.solution…).",
        )
    query = {
        "application_id": settings.spapi_application_id,
        "state": state,
        "redirect_uri": redirect_uri,
    }
    if settings.spapi_application_draft:
        query["version"] = "beta"
    return f"{seller_central(settings, place)}/apps/authorize/consent?{urlencode(query)}"


def ads_consent(settings: Settings, region: Region, *, state: str, redirect_uri: str) -> str:
    """The address at which somebody authorises the advertising application.

    Raises:
        ConfigurationError: There is no client id, or the address cannot be used.
    """
    client_id = settings.ads_client_id or settings.lwa_client_id
    if not client_id:
        raise ConfigurationError(
            "This installation has no Login with Amazon client id, so nobody can be asked.",
            field="STOCKROOM_ADS_CLIENT_ID",
            next_step="Set it, or STOCKROOM_LWA_CLIENT_ID where one application serves both.",
        )
    query = {
        "client_id": client_id,
        "scope": _ADS_SCOPE,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
    }
    page = settings.ads_consent_url(region)
    return f"{endpoint(page, field=f'STOCKROOM_ADS_CONSENT_{region}_URL')}?{urlencode(query)}"
