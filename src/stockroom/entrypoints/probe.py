"""A real question to Amazon for its own sake: does the seller's connection work now?

``getMarketplaceParticipations`` needs no role and changes nothing, but may be
asked only once a minute: a trial that went well counts for an hour.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from stockroom.core.errors import AmazonError, AmazonUnavailableError, ThrottledError
from stockroom.entrypoints.house import House
from stockroom.sync.retry import kind_of
from stockroom.tenancy.principal import KnownAccount

_COUNTS_FOR = timedelta(hours=1)
_PATIENCE_S = 20.0


async def probe(house: House, account: KnownAccount) -> AmazonError | None:
    """Try the connection unless that went well lately; returns what is wrong, if anything is.

    The result is stored: the tool ``accounts`` and ``stockroom account list`` tell it.
    """
    at, failed = await house.registry.last_probe(account.id)
    if at is not None and failed is None and house.clock.now() - at < _COUNTS_FOR:
        return None
    error = await _tried(house, account)
    if isinstance(error, ThrottledError):
        return None  # Amazon knows the seller, and was asked a moment ago
    await house.registry.probed(account.id, kind_of(error) if error else None)
    return error


async def _tried(house: House, account: KnownAccount) -> AmazonError | None:
    amazon = await house.grounds.partner(account.id)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await amazon.participations()
    except AmazonError as error:
        return error
    except TimeoutError:
        return AmazonUnavailableError(
            "Amazon did not answer in time.", next_step="Try again later."
        )
    return None
