"""Landing: Amazon's bytes become our document, without the people in it.

The document's id is the run's: landing again replaces what a crash left half
done. Only when the last chunk is stored does the run say ``landed``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from stockroom.core.marketplaces import marketplace
from stockroom.spec.report import PagedApi
from stockroom.spec.run import Run, RunState
from stockroom.sync import documents, runs
from stockroom.sync.documents import Keeping
from stockroom.sync.redact import Redactor, without_persons
from stockroom.sync.work import Work

_PAGES = "application/x-ndjson; charset=utf-8"
_NOTHING: Mapping[str, Any] = {"content_type": "", "headers": [], "dropped_rows": 0}

Blocks = AsyncIterator[tuple[bytes, bytes]]
"""Bytes as they came, and what may be kept of them."""


async def land(work: Work) -> Run:
    """``ready`` → ``landed``: fetch the document, or every page of a list."""
    if isinstance(work.report.request, PagedApi):
        return await _land_pages(work, work.report.request)
    return await _land_report(work)


async def land_nothing(work: Work) -> Run:
    """Land an empty document: Amazon had nothing to report. The guard will judge it."""

    async def blocks() -> Blocks:
        yield b"", b""

    return await _landed(work, await _keep(work, blocks()), _NOTHING)


async def _land_report(work: Work) -> Run:
    assert work.run.amazon_document_id is not None
    redactor = Redactor(work.report.format, work.report.personal)

    async def blocks(source: AsyncIterator[bytes]) -> Blocks:
        async for block in source:
            yield block, await asyncio.to_thread(redactor.feed, block)
        yield b"", redactor.finish()

    async with work.amazon.document(work.run.amazon_document_id) as download:
        keeping = await _keep(work, blocks(download.blocks))
        found = {
            "content_type": download.content_type[:200],
            "headers": redactor.headers,
            "dropped_rows": redactor.dropped,
        }
    return await _landed(work, keeping, found)


async def _land_pages(work: Work, request: PagedApi) -> Run:
    """One page per line is what is kept."""

    async def blocks() -> Blocks:
        async for page in request.pages(work.amazon, marketplace(work.run.marketplace)):
            yield _line(page.body), _line(without_persons(page.body, work.report.personal))

    return await _landed(work, await _keep(work, blocks()), {**_NOTHING, "content_type": _PAGES})


def _line(page: object) -> bytes:
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


async def _keep(work: Work, blocks: Blocks) -> Keeping:
    account_id, document_id = work.account.id, work.run.id
    database = work.bench.database
    keeping = Keeping(work.bench.cipher, account_id, document_id)
    async with database.connection(account_id) as connection:
        await documents.forget(connection, document_id)
    async for source, kept in blocks:
        full = await asyncio.to_thread(keeping.add, source, kept)
        if full:
            # One short transaction per chunk: a slow download holds no connection.
            async with database.connection(account_id) as connection:
                await documents.store_chunks(connection, account_id, document_id, full)
    return keeping


async def _landed(work: Work, keeping: Keeping, found: Mapping[str, Any]) -> Run:
    account_id, run = work.account.id, work.run
    last = await asyncio.to_thread(keeping.finish)
    source, kept = keeping.digests()
    landed = run.but(
        state=RunState.LANDED.value, document_id=run.id, attempts=0, next_at=None, error=None
    )
    described = {
        "account_id": account_id,
        "id": run.id,
        "run_id": run.id,
        "dataset": run.dataset,
        "sha256_source": source,
        "sha256_kept": kept,
        "bytes_source": keeping.bytes_source,
        "bytes_kept": keeping.bytes_kept,
        "landed_at": work.now,
        **found,
    }
    async with work.bench.database.connection(account_id) as connection:
        await documents.store_chunks(connection, account_id, run.id, last)
        await documents.store(connection, described)
        await runs.save(connection, landed)
    return landed
