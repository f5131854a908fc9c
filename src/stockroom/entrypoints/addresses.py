"""Where the installation is reached, and where Amazon's pages of consent answer to."""

from __future__ import annotations

from stockroom.core.config import Settings

SELLER_CALLBACK = "/connect/amazon/callback"
"""To be registered as a redirect URI of the Selling Partner API application."""
ADS_CALLBACK = "/connect/ads/callback"
"""To be registered as an allowed return URL of the Login with Amazon security profile."""


_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what to write in its place
"""Hosts to listen on that are nobody's address, and how this machine reaches them."""


def base_url(settings: Settings) -> str:
    """Where callers reach the installation: its public address, else its own."""
    return (settings.public_url or _own(settings, settings.port)).rstrip("/")


def keys_base_url(settings: Settings) -> str:
    """Where callers with keys reach it, and find no OAuth."""
    return (settings.keys_public_url or _own(settings, settings.keys_port_to_use)).rstrip("/")


def _own(settings: Settings, port: int) -> str:
    return f"http://{_EVERYWHERE.get(settings.host, settings.host)}:{port}"


def seller_callback(settings: Settings) -> str:
    """Where Seller Central sends a seller back to."""
    return base_url(settings) + SELLER_CALLBACK


def ads_callback(settings: Settings) -> str:
    """Where Amazon's page for advertising sends somebody back to."""
    return base_url(settings) + ADS_CALLBACK
