"""Answers that come in pages, followed by token to the last."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

from stockroom.amazon.answers import next_token, unusable
from stockroom.amazon.ports import AmazonAnswer
from stockroom.core.errors import AmazonRefusedError
from stockroom.core.log import logger

_MOST_PAGES = 20_000
_MOST_RESTARTS = 2

Page = Callable[[str | None], Awaitable[AmazonAnswer]]
"""Gets the page of a token; None asks for the first."""

log = logger("amazon.paging")


async def pages(page: Page) -> AsyncIterator[AmazonAnswer]:
    """Every page, as it comes.

    Raises:
        AmazonUnavailableError: Amazon leads in a circle.
    """
    seen: set[str] = set()
    token: str | None = None
    while True:
        answer = await page(token)
        yield answer
        token = next_token(answer)
        if token is None:
            return
        if token in seen or len(seen) == _MOST_PAGES:
            raise unusable(answer, "nextToken")
        seen.add(token)


async def whole(page: Page) -> AsyncIterator[AmazonAnswer]:
    """Every page of one unbroken pull, none before the last has come.

    For page tokens that live seconds: nobody can be slow between two pages, and when a token
    runs out nevertheless the pull begins anew, without a row lost or given twice.
    """
    for restarts in range(_MOST_RESTARTS + 1):
        pull: list[tuple[bytes, str]] = []
        try:
            async for answer in pages(page):
                # Packed, tens of thousands of rows wait in a few megabytes.
                packed = zlib.compress(json.dumps(answer.body).encode(), 1)
                pull.append((packed, answer.request_id))
            break
        except AmazonRefusedError:
            if not pull or restarts == _MOST_RESTARTS:
                raise
            log.info("page token ran out, starting over", pages=len(pull))
    for packed, request_id in pull:
        yield AmazonAnswer(json.loads(zlib.decompress(packed)), request_id)
