"""All connections of one process to Amazon: what sellers share and what each has alone.

One HTTP client serves every seller. Tokens are kept per seller for as long as the
process lives, so that making a :class:`SpApi` costs nothing; what Amazon counts per
seller is counted in buckets that all processes share.
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
from stockroom.amazon.codes import redeem
from stockroom.amazon.documents import Documents
from stockroom.amazon.exchange import exchange, open_client
from stockroom.amazon.lwa import Application, TokenSource
from stockroom.amazon.origin import endpoint
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Buckets, Share, Throttle
from stockroom.amazon.transport import Transport
from stockroom.core.clock import Clock
from stockroom.core.config import Settings
from stockroom.core.errors import AmazonUnavailableError
from stockroom.core.marketplaces import Region


class _Advertising(NamedTuple):
    tokens: TokenSource
    api: AdsApi


class AmazonConnections:
    """Makes the API of each seller; used as ``async with AmazonConnections(settings, buckets) as amazon``.

    Args:
        settings: Addresses, our credentials, the size limit of documents.
        buckets: The installation's, for Amazon's pace.
        clock: Overrides the settings' clock.

    Raises:
        ConfigurationError: An address is one that credentials may not be sent to.
    """

    def __init__(self, settings: Settings, buckets: Buckets, clock: Clock | None = None) -> None:
        self._buckets = buckets
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
        self._tokens: dict[tuple[str, Region], TokenSource] = {}
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
        address = self._endpoints[region]
        share = Share(f"{seller_id} {region}", self._application.client_id)
        transport = Transport(
            http=self._http,
            endpoint=address,
            seller_id=seller_id,
            tokens=self._tokens_of(seller_id, region, grant),
            throttle=Throttle(self._buckets, share, self._clock),
            clock=self._clock,
        )
        ads = self.advertiser(seller_id, region, ads_refresh_token) if ads_refresh_token else None
        return SpApi(
            transport=transport, documents=self._documents(address), seller_id=seller_id, ads=ads
        )

    async def redeem(self, code: str, redirect_uri: str, *, ads: Region | None = None) -> SecretStr:
        """The refresh token of a consent just given; see :func:`stockroom.amazon.codes.redeem`.

        Args:
            code: What the consent page answered with.
            redirect_uri: Where it answered to.
            ads: The region of an advertising consent; None: it was Seller Central's.
        """
        application = self._application if ads is None else self._ads_applications[ads]
        return await redeem(self._http, application, code, redirect_uri)

    def advertiser(self, seller_id: str, region: Region, refresh_token: SecretStr) -> AdsApi:
        """The advertising of one seller, kept with its tokens, pace and profiles until the grant changes."""
        known = self._advertising.get((seller_id, region))
        if known is not None and known.tokens.grants(refresh_token):
            return known.api
        application = self._ads_applications[region]
        tokens = self._fresh_tokens(application, seller_id, refresh_token)
        address = self._ads_endpoints[region]
        share = Share(f"{seller_id} {region}", application.client_id)
        transport = AdsTransport(
            http=self._http,
            endpoint=address,
            client_id=application.client_id,
            seller_id=seller_id,
            tokens=tokens,
            throttle=Throttle(self._buckets, share, self._clock),
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

    def _fresh_tokens(
        self, application: Application, seller_id: str, grant: SecretStr
    ) -> TokenSource:
        return TokenSource(
            http=self._http,
            clock=self._clock,
            application=application,
            seller_id=seller_id,
            refresh_token=grant,
        )

    def _tokens_of(self, seller_id: str, region: Region, grant: SecretStr) -> TokenSource:
        """The seller's access tokens; a new grant begins anew."""
        known = self._tokens.get((seller_id, region))
        if known is not None and known.grants(grant):
            return known
        tokens = self._fresh_tokens(self._application, seller_id, grant)
        self._tokens[seller_id, region] = tokens
        return tokens


async def amazon_time(settings: Settings) -> datetime:
    """What Amazon's clock shows, by the ``Date`` of any answer of its sign-in service.

    Raises:
        AmazonUnavailableError: It gives no answer, or none with a date.
    """
    url = endpoint(settings.lwa_url, field="STOCKROOM_LWA_URL")
    async with open_client() as http:
        answer = await exchange(http, "a look at its clock", "GET", url)
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        raise AmazonUnavailableError(
            "Amazon's answer to a look at its clock has no date."
        ) from None


def _ads_application(settings: Settings, region: Region) -> Application:
    """The advertising API has a host of its own for sign-in in each region."""
    own = bool(settings.ads_client_id)
    return Application(
        url=endpoint(settings.ads_lwa_url(region), field=f"STOCKROOM_ADS_LWA_{region}_URL"),
        client_id=settings.ads_client_id if own else settings.lwa_client_id,
        client_secret=settings.ads_client_secret if own else settings.lwa_client_secret,
        reauthorise=REAUTHORISE_ADS,
        settings="STOCKROOM_ADS" if own else "STOCKROOM_LWA",
    )
