"""What a request for an advertising report may ask, and what is refused with 400 (facts 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.documents.ads import (
    ADS_DOCUMENTS,
    DAILY,
    DATE,
    LONGEST_SPAN,
    SUMMARY_DATES,
    AdsAsk,
    AdsDocument,
)


def ask_of(body: Mapping[str, Any], marketplace: Marketplace, now: datetime) -> AdsAsk:
    """What was asked for.

    Raises:
        InvalidInputError: It is none of what can be asked; its summary is Amazon's ``detail``.
    """
    configuration = body.get("configuration")
    if not isinstance(configuration, dict):
        raise InvalidInputError("configuration must not be null")
    report_type = str(configuration.get("reportTypeId"))
    document = ADS_DOCUMENTS.get(report_type)
    if document is None:
        known = ", ".join(ADS_DOCUMENTS)
        raise InvalidInputError(f"configuration reportTypeId must be one of: {known}")
    _check(configuration, document)
    daily = configuration.get("timeUnit") == DAILY
    first, last = (_day(body, name) for name in ("startDate", "endDate"))
    _check_days(first, last, document, now.astimezone(marketplace.zone).date())
    columns = _columns(configuration, document, daily=daily)
    return AdsAsk(report_type, marketplace.code, first, last, columns, daily)


def _check(configuration: Mapping[str, Any], document: AdsDocument) -> None:
    right = {
        "adProduct": (document.product,),
        "groupBy": ([document.group_by],),
        "timeUnit": (DAILY, "SUMMARY"),
        "format": ("GZIP_JSON",),
    }
    for name, allowed in right.items():
        if configuration.get(name) not in allowed:
            spelled = ", ".join(map(str, allowed))
            raise InvalidInputError(f"configuration {name} is invalid. Allowed values: {spelled}")


def _columns(
    configuration: Mapping[str, Any], document: AdsDocument, *, daily: bool
) -> tuple[str, ...]:
    columns = configuration.get("columns")
    if not isinstance(columns, list) or not columns:
        raise InvalidInputError("configuration columns must not be empty")
    # Facts 4: DAILY rows are dated by `date`, SUMMARY rows by the ends; the other is a 400.
    wrong = set(SUMMARY_DATES) if daily else {DATE}
    bad = [str(name) for name in columns if name not in document.columns or name in wrong]
    if bad:
        allowed = ", ".join(name for name in document.columns if name not in wrong)
        raise InvalidInputError(
            f"configuration columns includes invalid values: ({', '.join(bad)[:300]})."
            f" Allowed values: ({allowed})"
        )
    return tuple(columns)


def _day(body: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(body.get(name)))
    except ValueError:
        raise InvalidInputError(f"{name} must be a date in the form YYYY-MM-DD") from None


def _check_days(first: date, last: date, document: AdsDocument, today: date) -> None:
    if first > last or last > today:
        raise InvalidInputError("endDate must not be before startDate, nor in the future")
    if (last - first).days >= LONGEST_SPAN:
        raise InvalidInputError(
            f"configuration startDate to endDate must not exceed maximum range ({LONGEST_SPAN} days)"
        )
    if (today - first).days > document.kept_days:
        raise InvalidInputError(f"startDate must be within the last {document.kept_days} days")
