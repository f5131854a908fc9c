"""Bringing a document by hand: the way of every other document, without Amazon.

Redacted, landed, judged, filled, derived. What it covers is what it has rows of;
nobody knows when it was exported, only that its last day had begun. Every dataset
that is read from such a document has a run of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import day_end
from stockroom.core.errors import BadDocumentError, InvalidInputError
from stockroom.core.ids import uuid7
from stockroom.core.marketplaces import marketplace as marketplace_of
from stockroom.spec.account import AccountFacts
from stockroom.spec.load import Replaces
from stockroom.spec.report import MARKETPLACE, ListedReport, Report, SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.sync import documents
from stockroom.sync.calendar import today, zones_of
from stockroom.sync.exported import Exported, unusable
from stockroom.sync.glance import glance
from stockroom.sync.land import land_file
from stockroom.sync.layout import DriftError
from stockroom.sync.quarantine import IMPORT, RELEASED, withhold
from stockroom.sync.sharing import siblings
from stockroom.sync.work import Bench, Work

_WINDOWS = {"JP": "cp932"}
"""What Windows writes there where it does not write Unicode; elsewhere it is Windows Latin."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a person brings.

    Args:
        report_type: Amazon's name of the report.
        path: The file.
        marketplace: Country code it was exported for.
        accept: Load it even if the guard does not believe it.
    """

    report_type: str
    path: Path
    marketplace: str
    accept: bool = False


async def bring(
    bench: Bench, account: AccountFacts, amazon: SellingPartner, brought: Brought
) -> list[Run]:
    """Land a file; returns its runs, ready to be filled (or withheld: nobody could read it).

    Raises:
        InvalidInputError: The report is not supported, the marketplace is not the account's, or
            the file is no export of a report.
    """
    report = _report(bench.reports, brought.report_type)
    code = _place(account, report, brought.marketplace)
    windows = _WINDOWS.get(marketplace_of(brought.marketplace).code, "cp1252")
    file = await asyncio.to_thread(Exported.open, brought.path, report.format, windows)
    run = _run(bench, account, report, code, brought)
    landed = await _landed(Work(bench, account, report, run, amazon), file)
    result = [await _ready(landed, accept=brought.accept)]
    for other in siblings(bench.reports, report):
        run = _run(bench, account, other, code, brought)
        run = run.but(state=RunState.LANDED.value, document_id=landed.run.document_id)
        result.append(await _ready(Work(bench, account, other, run, amazon), accept=brought.accept))
    return result


async def _landed(work: Work, file: Exported) -> Work:
    try:
        return work.on(await land_file(work, file))
    except (BadDocumentError, InvalidInputError) as error:
        async with work.bench.database.connection(work.account.id) as connection:
            await documents.forget(connection, work.run.id)
        if isinstance(error, InvalidInputError):
            raise
        why = "is not laid out as the report is"
        raise unusable(file.path, why, work.report.format) from None


async def _ready(work: Work, *, accept: bool) -> Run:
    try:
        seen = await glance(work)
    except DriftError as error:
        return await withhold(work, work.run, error)
    run = _dated(work, seen.days)
    if seen.is_foreign and not accept:
        region = work.account.region
        wrong = f"{seen.elsewhere} of {seen.rows} rows are of other regions than {region}."
        return await withhold(work, run.but(rows=seen.rows), DriftError(wrong))
    return await work.saved(run)


def _report(reports: Mapping[str, Report], report_type: str) -> Report:
    known = {
        report.request.report_type: report
        for report in reports.values()
        if isinstance(report.request, SpApiReport | ListedReport)
    }
    found = known.get(report_type.strip().upper())
    if found is None:
        raise InvalidInputError(
            f"Reports of type '{report_type}' are not supported.",
            field="report_type",
            next_step=f"Supported: {', '.join(sorted(known))}.",
        )
    return found


def _place(account: AccountFacts, report: Report, code: str) -> str:
    place = marketplace_of(code)
    if place.code not in account.marketplaces:
        raise InvalidInputError(
            f"{account.slug} does not sell in {place.code}.",
            field="marketplace",
            next_step=f"Use one of: {', '.join(account.marketplaces)}.",
        )
    if not report.applies_to(place):
        raise InvalidInputError(f"Amazon has no such report for {place.code}.", field="marketplace")
    return place.code if report.scope is MARKETPLACE else ""


def _run(bench: Bench, account: AccountFacts, report: Report, code: str, brought: Brought) -> Run:
    now = bench.clock.now()
    day = today(now, zones_of(account, code))
    return Run(
        account_id=account.id,
        id=uuid7(now),
        dataset=report.name,
        marketplace=code,
        first_day=day,
        last_day=day,
        reason=IMPORT,
        state=RunState.READY.value,
        dirty_days=[],
        remarks={RELEASED: "a person, unseen"} if brought.accept else {},
        attempts=0,
        requested_at=now,
        created_at=now,
    )


def _dated(work: Work, days: tuple[date, date] | None) -> Run:
    """The run with the days its document is about."""
    if days is None or work.report.load.replaces is Replaces.SNAPSHOT:
        return work.run
    first, last = days
    over = max(day_end(last, zone) for zone in zones_of(work.account, work.run.marketplace))
    return work.run.but(first_day=first, last_day=last, requested_at=min(work.now, over))
