"""Landing: Amazon's bytes become our document, without the people in it.

The document's id is the run's: landing again replaces what a crash left half
done. Only when the last chunk is stored does the run say ``landed``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import chain
from typing import Any

from stockroom.amazon.tally import tallied
from stockroom.core.log import redact_text
from stockroom.spec.format import Format, normalized
from stockroom.spec.report import PagedApi, Report
from stockroom.spec.run import Run, RunState
from stockroom.sync import documents, runs
from stockroom.sync.documents import Keeping
from stockroom.sync.exported import CONTENT_TYPE, Exported
from stockroom.sync.json_array import JsonArray
from stockroom.sync.layout import wanted
from stockroom.sync.pieces import JsonPieces
from stockroom.sync.reading import unhurried
from stockroom.sync.redact import Redactor, without_persons
from stockroom.sync.sharing import fetched, siblings
from stockroom.sync.work import Work

_WORDS = "text/plain; charset=utf-8"
_PAGES = "application/x-ndjson; charset=utf-8"
CALLS = "calls"
"""The remark that says how many requests a list took, by operation."""
_NOTHING: Mapping[str, Any] = {"content_type": "", "headers": [], "dropped_rows": 0}

Blocks = AsyncIterator[tuple[bytes, bytes]]
"""Bytes as they came, and what may be kept of them."""


async def land(work: Work) -> Run:
    """``ready`` → ``landed``: fetch the document, or every page of a list."""
    if isinstance(work.report.request, PagedApi):
        return await _land_pages(work, work.report.request)
    return await fetched(work) or await _land_report(work)


async def land_nothing(work: Work) -> Run:
    """Land an empty document: Amazon had nothing to report. The guard will judge it."""

    async def blocks() -> Blocks:
        yield b"", b""

    return await _landed(work, await _keep(work, blocks()), _NOTHING)


async def land_array(work: Work, source: AsyncIterator[bytes]) -> Run:
    """Land a document that is one JSON array: kept as pages, one per line."""
    array = JsonArray()

    async def blocks() -> Blocks:
        async for block in source:
            found = await asyncio.to_thread(array.feed, block)
            yield block, _line({"rows": without_persons(found, work.report.personal)})
        array.finish()

    return await _landed(work, await _keep(work, blocks()), {**_NOTHING, "content_type": _PAGES})


async def land_file(work: Work, file: Exported) -> Run:
    """Land a file that a person exported; it is redacted like Amazon's own documents."""
    form, redactor = work.report.format, _redactor(work)

    async def blocks() -> Blocks:
        async for source in unhurried(file.sources()):
            yield source, b""
        async for block in unhurried(file.records(form)):
            yield b"", await asyncio.to_thread(redactor.feed, block)
        yield b"", redactor.finish()

    keeping = await _keep(work, blocks())
    return await _landed(work, keeping, _found(CONTENT_TYPE, redactor))


def _redactor(work: Work) -> Redactor | JsonPieces:
    """Cuts out the people; what a dataset that shares the document reads, stays in it."""
    readers = [work.report, *siblings(work.bench.reports, work.report)]
    personal = tuple(name for report in readers for name in report.personal)
    if work.report.format is Format.JSON_DOCUMENT:
        return JsonPieces(personal)
    only = frozenset(chain.from_iterable(map(_read, readers)))
    persons = any(report.persons for report in readers)
    return Redactor(work.report.format, personal, only if persons else None)


def _read(report: Report) -> Iterator[str]:
    for header in wanted(report.fills).values():
        yield from map(normalized, header.names)


async def land_words(work: Work, words: str) -> Run:
    """Keep what Amazon said instead of a report; the run's state stays as it is."""

    async def blocks() -> Blocks:
        yield words.encode("utf-8", "replace"), redact_text(words).encode("utf-8", "replace")

    keeping = await _keep(work, blocks())
    return await _stored(work, work.run, keeping, {**_NOTHING, "content_type": _WORDS})


async def _land_report(work: Work) -> Run:
    assert work.run.amazon_document_id is not None
    redactor = _redactor(work)

    async def blocks(source: AsyncIterator[bytes]) -> Blocks:
        async for block in source:
            yield block, await asyncio.to_thread(redactor.feed, block)
        yield b"", redactor.finish()

    async with work.amazon.document(work.run.amazon_document_id) as download:
        keeping = await _keep(work, blocks(download.blocks))
    return await _landed(work, keeping, _found(download.content_type[:200], redactor))


def _found(content_type: str, redactor: Redactor | JsonPieces) -> Mapping[str, Any]:
    return {
        "content_type": content_type,
        "headers": redactor.headers,
        "dropped_rows": redactor.dropped,
    }


async def _land_pages(work: Work, request: PagedApi) -> Run:
    """One page per line is what is kept."""

    async def blocks() -> Blocks:
        async for page in request.pages(work.amazon, work.asking()):
            yield _line(page.body), _line(without_persons(page.body, work.report.personal))

    with tallied() as calls:
        keeping = await _keep(work, blocks())
    counted = work.run.but(remarks={**work.run.remarks, CALLS: dict(calls)})
    return await _landed(work.on(counted), keeping, {**_NOTHING, "content_type": _PAGES})


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
    landed = work.run.but(
        state=RunState.LANDED.value, attempts=0, next_at=None, error=None, error_kind=None
    )
    return await _stored(work, landed, keeping, found)


async def _stored(work: Work, run: Run, keeping: Keeping, found: Mapping[str, Any]) -> Run:
    """The document's last chunk, its description, and the run that has it."""
    last = await asyncio.to_thread(keeping.finish)
    source, kept = keeping.digests()
    run = run.but(document_id=run.id)
    described = {
        "account_id": run.account_id,
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
    async with work.bench.database.connection(run.account_id) as connection:
        await documents.store_chunks(connection, run.account_id, run.id, last)
        await documents.store(connection, described)
        await runs.save(connection, run)
    return run
