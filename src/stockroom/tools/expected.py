"""What there is to load for an account: each dataset in each of its places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from stockroom.reports import all_reports
from stockroom.spec.report import REGION, AdsReport, Report
from stockroom.tools.backlog import Held
from stockroom.tools.freshness import Coverage


def expected(
    reports: Sequence[Report], sold_in: Sequence[str], code: str | None
) -> Iterator[tuple[Report, str]]:
    """The datasets in each of their places: country codes, or an empty one for the region."""
    for report in reports:
        for place in [""] if report.scope is REGION else sold_in:
            if code in {None, place} or (place == "" and code in sold_in):
                yield report, place


def reached(report: Report, place: str, advertised: list[str]) -> bool:
    """Whether the account's grants open it there: advertising has one of its own."""
    return not isinstance(report.request, AdsReport) or place in advertised


def held(
    sold_in: list[str], advertised: list[str], loaded: Mapping[tuple[str, str], Coverage]
) -> list[Held]:
    """What is in of everything that is asked: also of what this answer is not about."""
    found = []
    for report, place in expected(all_reports(), sold_in, None):
        asked = reached(report, place, advertised)
        if asked and report.exists_in([place] if place else sold_in):
            known = loaded.get((report.name, place))
            days = (known.first, known.last, known.days) if known else (None, None, 0)
            found.append(Held(report, place, *days))
    return found
