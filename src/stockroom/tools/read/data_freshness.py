"""``data_freshness``: how old each dataset is, how far back it reaches, and whether to trust it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field as Described

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace as marketplace_of
from stockroom.core.scope import Scope
from stockroom.db.reach import Reach
from stockroom.db.session import ReadSession
from stockroom.reports import all_reports
from stockroom.spec.answer import Answer, Column
from stockroom.spec.report import Report
from stockroom.spec.tool import MarketplaceFilter, read_tool
from stockroom.tools.accounts import SETTINGS, SOLD_IN
from stockroom.tools.backlog import backlogs
from stockroom.tools.expected import expected, held, reached
from stockroom.tools.freshness import (
    COVERAGE,
    ENDED,
    OPEN,
    Coverage,
    Ended,
    OpenRuns,
    not_applicable,
    row_of,
    telling,
)

_REMEMBERED = timedelta(days=7)

COLUMNS = (
    Column("dataset", "What is loaded."),
    Column("marketplace", "Country code; null: loaded at once for the whole region."),
    Column(
        "state",
        "fresh, late, backfilling (older days are on their way), quarantined (the newest document "
        "was not believed; the last good one is served), failing, never, or not_applicable (Amazon "
        "has no such data there, or its grant is missing).",
    ),
    Column("as_of", "Last complete day that is in.", "date"),
    Column("last_good_load", "When Amazon was last asked with success.", "instant"),
    Column("first_day", "First day that is in.", "date"),
    Column("history_from", "Since then no day is missing.", "date"),
    Column("next_due", "When the next load is due.", "instant"),
    Column(
        "backfill",
        "While history is on its way: days_in, days_of, percent, requests_left to ask of Amazon.",
        "object",
    ),
    Column("backfilled_at", "When all of it is expected to be in.", "instant"),
    Column("error_kind", "Of the last load that ended badly, within 7 days."),
    Column("reasons", "Why the newest document was withheld, or nothing is asked.", "list"),
    Column("withheld", "What it holds: rows, units, SKUs.", "object"),
    Column("last_good", "What the last good one holds, to compare.", "object"),
)
QUERIES = (COVERAGE, OPEN, ENDED, SOLD_IN, SETTINGS)


@read_tool(scope=Scope.STOCK_READ, title="Data freshness", columns=COLUMNS)
async def data_freshness(
    db: ReadSession,
    clock: Clock,
    *,
    dataset: Annotated[
        str | None, Described(description="One dataset, e.g. orders.", max_length=40)
    ] = None,
    marketplace: MarketplaceFilter = None,
) -> Answer:
    """How old each dataset is, how far back it reaches, and whether its last load went well.

    Use it first, or when an answer looks thin. It is about our copy of Amazon's data; for what is
    in the data use the other tools.
    """
    now, code = clock.now(), marketplace_of(marketplace).code if marketplace else None
    reports = _chosen(dataset)
    coverage, open_runs, ended, sold_in, settings = await db.many(
        *((COVERAGE, {}), (OPEN, {}), (ENDED, {"since": now - _REMEMBERED})),
        *((SOLD_IN, {}), (SETTINGS, {})),
    )
    loaded = {one[:2]: one for one in (Coverage(*row) for row in coverage)}
    coming = {one[:2]: one for one in (OpenRuns(*row) for row in open_runs)}
    bad = [Ended(*row) for row in ended]
    rows = []
    places, advertised = sold_in[0] if sold_in else ([], [])
    behind = backlogs(held(places, advertised, loaded), settings[0][0] if settings else {}, now)
    for report, place in expected(reports, places, code):
        key = (report.name, place)
        last = telling(report, (one for one in bad if one[:2] == key), now - _REMEMBERED)
        row = row_of(
            *(report, place, loaded.get(key), coming.get(key)),
            bad=last,
            backlog=behind.get(key),
            now=now,
        )
        if not report.exists_in([place] if place else places):
            row = not_applicable(row)
        elif not reached(report, place, advertised):
            row = not_applicable(row, f"Amazon Ads is not connected for {place}.")
        rows.append(_within(row, place, db.reach))
    return Answer(
        columns=[column.name for column in COLUMNS],
        rows=rows,
        as_of={row[0]: None for row in rows} | _oldest(rows),
        notes=() if rows else (f"This account does not sell in {code}.",),
        total=len(rows),
    )


def _within(row: tuple[Any, ...], place: str, reach: Reach) -> tuple[Any, ...]:
    """The row, without what a document of the whole region holds where only a part is reached."""
    return row if place or not reach.withholds else (*row[:-3], None, None, None)


def _chosen(dataset: str | None) -> list[Report]:
    found = [report for report in all_reports() if dataset in {None, report.name}]
    if not found:
        raise InvalidInputError(
            "There is no such dataset.",
            field="dataset",
            next_step=f"Use one of {', '.join(report.name for report in all_reports())}.",
        )
    return found


def _oldest(rows: list[tuple[Any, ...]]) -> dict[str, str | None]:
    known = sorted((row for row in rows if row[3]), key=lambda row: row[3], reverse=True)
    return {row[0]: row[3] for row in known}
