"""Where the installation is reached, and where Amazon's pages of consent answer to."""

from __future__ import annotations

from stockroom.core.config import Settings

SELLER_CALLBACK = "/connect/amazon/callback"
"""To be registered as a redirect URI of the Selling Partner API application."""
ADS_CALLBACK = "/connect/ads/callback"
"""To be registered as an allowed return URL of the Login with Amazon security profile."""


def base_url(settings: Settings) -> str:
    """Where callers reach the installation: its public address, else its own."""
    own = f"http://{settings.host}:{settings.port}"
    return (settings.public_url or own).rstrip("/")


def seller_callback(settings: Settings) -> str:
    """Where Seller Central sends a seller back to."""
    return base_url(settings) + SELLER_CALLBACK


def ads_callback(settings: Settings) -> str:
    """Where Amazon's page for advertising sends somebody back to."""
    return base_url(settings) + ADS_CALLBACK
