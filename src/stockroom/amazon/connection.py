"""All connections of one process to Amazon: what sellers share and what each has alone.

One HTTP client serves every seller. Tokens and buckets are kept per seller for
as long as the process lives, so that making a :class:`SpApi` costs nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import NamedTuple, Self

from pydantic import SecretStr

from stockroom.amazon.ads import AdsApi
from stockroom.amazon.ads_failures import REAUTHORISE_ADS
from stockroom.amazon.ads_transport import AdsTransport
from stockroom.amazon.documents import Documents
from stockroom.amazon.exchange import exchange, open_client
from stockroom.amazon.lwa import Application, TokenSource
from stockroom.amazon.origin import endpoint
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Throttle
from stockroom.amazon.transport import Transport
from stockroom.core.clock import Clock
from stockroom.core.config import Settings
from stockroom.core.errors import AmazonUnavailableError
from stockroom.core.marketplaces import Region


class _Seller(NamedTuple):
    tokens: TokenSource
    throttle: Throttle


class _Advertising(NamedTuple):
    tokens: TokenSource
    api: AdsApi


class AmazonConnections:
    """Makes the API of each seller; used as ``async with AmazonConnections(settings) as amazon``.

    Args:
        settings: Addresses, our credentials, the size limit of documents.
        clock: Overrides the settings' clock.

    Raises:
        ConfigurationError: An address is one that credentials may not be sent to.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._clock = clock or settings.clock
        self._max_mb = settings.max_document_mb
        self._application = Application(
            url=endpoint(settings.lwa_url, field="STOCKROOM_LWA_URL"),
            client_id=settings.lwa_client_id,
            client_secret=settings.lwa_client_secret,
        )
        self._endpoints = {
            region: endpoint(settings.spapi_url(region), field=f"STOCKROOM_SPAPI_{region}_URL")
            for region in Region
        }
        self._ads_applications = {region: _ads_application(settings, region) for region in Region}
        self._ads_endpoints = {
            region: endpoint(settings.ads_url(region), field=f"STOCKROOM_ADS_{region}_URL")
            for region in Region
        }
        self._http = open_client()
        self._sellers: dict[tuple[str, Region], _Seller] = {}
        self._advertising: dict[tuple[str, Region], _Advertising] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    def for_seller(
        self,
        seller_id: str,
        region: Region,
        refresh_token: SecretStr | str,
        ads_refresh_token: SecretStr | None = None,
    ) -> SpApi:
        """The API of one seller.

        Args:
            seller_id: Merchant id.
            region: The region the grant is for; a grant covers one.
            refresh_token: The grant.
            ads_refresh_token: The grant of the seller's advertising, where there is one.
        """
        grant = SecretStr(refresh_token) if isinstance(refresh_token, str) else refresh_token
        seller = self._seller(seller_id, region, grant)
        address = self._endpoints[region]
        transport = Transport(
            http=self._http,
            endpoint=address,
            seller_id=seller_id,
            tokens=seller.tokens,
            throttle=seller.throttle,
            clock=self._clock,
        )
        ads = self.advertiser(seller_id, region, ads_refresh_token) if ads_refresh_token else None
        return SpApi(
            transport=transport, documents=self._documents(address), seller_id=seller_id, ads=ads
        )

    def advertiser(self, seller_id: str, region: Region, refresh_token: SecretStr) -> AdsApi:
        """The advertising of one seller, kept with its tokens, pace and profiles until the grant changes."""
        known = self._advertising.get((seller_id, region))
        if known is not None and known.tokens.grants(refresh_token):
            return known.api
        tokens = self._tokens(self._ads_applications[region], seller_id, refresh_token)
        address = self._ads_endpoints[region]
        transport = AdsTransport(
            http=self._http,
            endpoint=address,
            client_id=self._ads_applications[region].client_id,
            seller_id=seller_id,
            tokens=tokens,
            throttle=Throttle(self._clock),
            clock=self._clock,
        )
        api = AdsApi(
            transport=transport,
            documents=self._documents(address),
            seller_id=seller_id,
            clock=self._clock,
        )
        self._advertising[seller_id, region] = _Advertising(tokens, api)
        return api

    def _documents(self, address: str) -> Documents:
        return Documents(http=self._http, endpoint=address, max_mb=self._max_mb, clock=self._clock)

    def _tokens(self, application: Application, seller_id: str, grant: SecretStr) -> TokenSource:
        return TokenSource(
            http=self._http,
            clock=self._clock,
            application=application,
            seller_id=seller_id,
            refresh_token=grant,
        )

    async def its_time(self) -> datetime:
        """What Amazon's clock shows, by the ``Date`` of any answer of its sign-in service.

        Raises:
            AmazonUnavailableError: It gives no answer, or none with a date.
        """
        answer = await exchange(self._http, "a look at its clock", "GET", self._application.url)
        try:
            return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            raise AmazonUnavailableError(
                "Amazon's answer to a look at its clock has no date."
            ) from None

    def _seller(self, seller_id: str, region: Region, grant: SecretStr) -> _Seller:
        """What the seller has alone; a new grant replaces the tokens, never the buckets."""
        known = self._sellers.get((seller_id, region))
        if known is not None and known.tokens.grants(grant):
            return known
        tokens = self._tokens(self._application, seller_id, grant)
        seller = _Seller(tokens, known.throttle if known else Throttle(self._clock))
        self._sellers[seller_id, region] = seller
        return seller


def _ads_application(settings: Settings, region: Region) -> Application:
    """The advertising API has a host of its own for sign-in in each region."""
    own = bool(settings.ads_client_id)
    return Application(
        url=endpoint(settings.ads_lwa_url(region), field=f"STOCKROOM_ADS_LWA_{region}_URL"),
        client_id=settings.ads_client_id if own else settings.lwa_client_id,
        client_secret=settings.ads_client_secret if own else settings.lwa_client_secret,
        reauthorise=REAUTHORISE_ADS,
    )
