"""All connections of one process to Amazon: what sellers share and what each has alone.

One HTTP client serves every seller. Tokens are kept per seller for as long as the
process lives, so that making a :class:`SpApi` costs nothing; what Amazon counts per
seller is counted in buckets that all processes share.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from pydantic import SecretStr

from stockroom.amazon.documents import Documents
from stockroom.amazon.exchange import open_client
from stockroom.amazon.lwa import Application, TokenSource
from stockroom.amazon.origin import endpoint
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Buckets, Share, Throttle
from stockroom.amazon.transport import Transport
from stockroom.core.clock import Clock
from stockroom.core.config import Settings
from stockroom.core.marketplaces import Region


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
        self._http = open_client()
        self._tokens: dict[tuple[str, Region], TokenSource] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    def for_seller(self, seller_id: str, region: Region, refresh_token: SecretStr | str) -> SpApi:
        """The API of one seller.

        Args:
            seller_id: Merchant id.
            region: The region the grant is for; a grant covers one.
            refresh_token: The grant.
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
        documents = Documents(
            http=self._http, endpoint=address, max_mb=self._max_mb, clock=self._clock
        )
        return SpApi(transport=transport, documents=documents, seller_id=seller_id)

    def _tokens_of(self, seller_id: str, region: Region, grant: SecretStr) -> TokenSource:
        """The seller's access tokens; a new grant begins anew."""
        known = self._tokens.get((seller_id, region))
        if known is not None and known.grants(grant):
            return known
        tokens = self._tokens[seller_id, region] = TokenSource(
            http=self._http,
            clock=self._clock,
            application=self._application,
            seller_id=seller_id,
            refresh_token=grant,
        )
        return tokens
