"""A document that is one JSON object: the schema of a product type.

Such schemas are long (some megabytes) but not endless, and they nest: both are bounded
before anything reads them.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from typing import Any

from stockroom.amazon.ports import Download
from stockroom.core.errors import BadDocumentError

_MOST_BYTES = 24 * 2**20


async def json_document(document: AbstractAsyncContextManager[Download]) -> dict[str, Any]:
    """The object that a document holds.

    Raises:
        BadDocumentError: It holds anything else, or too much.
    """
    content = bytearray()
    async with document as download:
        async for block in download.blocks:
            content += block
            if len(content) > _MOST_BYTES:
                raise BadDocumentError(
                    f"Amazon's document is larger than {_MOST_BYTES // 2**20} MiB.",
                    next_step="Edit the listing in Seller Central.",
                )
    # Parsing megabytes would hold up every other answer of this process.
    value = await asyncio.to_thread(_parsed, bytes(content))
    if not isinstance(value, dict):
        raise BadDocumentError(
            "Amazon's document is not the JSON object it should be.", next_step="Try again later."
        )
    return value


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
