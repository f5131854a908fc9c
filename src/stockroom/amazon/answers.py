"""Amazon's JSON, read into the words of our ports.

A field that must be there and is not, or is of another type, is an answer that
cannot be used; a field that we do not know is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stockroom.amazon.documents import Address
from stockroom.amazon.failures import plain
from stockroom.amazon.ports import AmazonAnswer, Participation, ReportState, ReportStatus
from stockroom.core.errors import AmazonUnavailableError, BadDocumentError
from stockroom.core.log import logger
from stockroom.core.marketplaces import BY_ID

log = logger("amazon.answers")


def report_id(answer: AmazonAnswer) -> str:
    """The id of a report that was just asked for."""
    return text(answer, answer.body, "reportId")


def report_status(answer: AmazonAnswer) -> ReportStatus:
    """The one report an answer describes."""
    return _report(answer, answer.body)


def report_statuses(answer: AmazonAnswer) -> list[ReportStatus]:
    """The reports of one page."""
    return [_report(answer, mapping(answer, item)) for item in rows(answer, "reports")]


def document_address(answer: AmazonAnswer) -> Address:
    """Where a document lies.

    Raises:
        BadDocumentError: It is compressed in a way that we do not know.
    """
    compression = str(answer.body.get("compressionAlgorithm") or "").lower()
    if compression not in {"", "gzip"}:
        raise BadDocumentError(
            f"The document is compressed with “{plain(compression, 20)}”, which we do not know.",
            request_id=answer.request_id,
        )
    return Address(text(answer, answer.body, "url"), compression)


def schema_address(answer: AmazonAnswer) -> Address:
    """Where the schema of a product type lies."""
    link = mapping(answer, mapping(answer, answer.body.get("schema")).get("link"))
    return Address(text(answer, link, "resource"), "")


def participations(answer: AmazonAnswer) -> list[Participation]:
    """Marketplaces of the grant; those that are no store (Amazon has some) are left out."""
    found = []
    for item in rows(answer, "payload"):
        row = mapping(answer, item)
        place = text(answer, mapping(answer, row.get("marketplace")), "id")
        part = mapping(answer, row.get("participation"))
        if place not in BY_ID:
            log.info("not a store of ours", marketplace_id=plain(place, 40))
            continue
        found.append(
            Participation(
                marketplace=BY_ID[place],
                store_name=plain(row.get("storeName"), 200),
                participating=part.get("isParticipating") is True,
                suspended=part.get("hasSuspendedListings") is True,
            )
        )
    return found


def next_token(answer: AmazonAnswer) -> str | None:
    """The token of the following page: beside the rows, inside ``pagination`` or ``payload``, or v0's way."""
    body = answer.body
    places = (
        (body.get("pagination"), "nextToken"),
        (body, "nextToken"),
        (body.get("payload"), "NextToken"),
        (body.get("payload"), "nextToken"),
    )
    found = (place.get(name) for place, name in places if isinstance(place, Mapping))
    token = next(filter(None, found), None)
    if token and not isinstance(token, str):
        raise unusable(answer, "nextToken")
    return token or None


def rows(answer: AmazonAnswer, *path: str) -> list[Any]:
    """The list at ``path`` of an answer's body."""
    value: Any = answer.body
    for name in path:
        value = mapping(answer, value).get(name)
    if not isinstance(value, list):
        raise unusable(answer, path[-1])
    return value


def objects(answer: AmazonAnswer, *path: str) -> list[Mapping[str, Any]]:
    """The objects in the list at ``path`` of an answer's body."""
    return [mapping(answer, row) for row in rows(answer, *path)]


def mapping(answer: AmazonAnswer, value: Any) -> Mapping[str, Any]:
    """A value that must be an object."""
    if not isinstance(value, Mapping):
        raise unusable(answer, "an object")
    return value


def text(answer: AmazonAnswer, row: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise unusable(answer, name)
    return value


def listed(answer: AmazonAnswer, row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list inside an object; none where it has no such list."""
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise unusable(answer, name)
    return [mapping(answer, one) for one in value]


def whole_number(answer: AmazonAnswer, row: Mapping[str, Any], name: str) -> int:
    """A whole number that must be there."""
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise unusable(answer, name)
    return value


def instant(answer: AmazonAnswer, row: Mapping[str, Any], name: str) -> datetime:
    """A moment that must be there, in UTC."""
    moment = _instant(answer, row, name)
    if moment is None:
        raise unusable(answer, name)
    return moment


def unusable(answer: AmazonAnswer, name: str) -> AmazonUnavailableError:
    """The error of an answer whose field ``name`` is missing or of another type."""
    return AmazonUnavailableError(
        f"Amazon's answer cannot be used: {name} is missing or malformed.",
        status=200,
        request_id=answer.request_id,
        next_step="Try again later.",
    )


def _report(answer: AmazonAnswer, body: Mapping[str, Any]) -> ReportStatus:
    state = text(answer, body, "processingStatus")
    if state not in set(ReportState):
        raise unusable(answer, "processingStatus")
    places, options = body.get("marketplaceIds"), body.get("reportOptions")
    return ReportStatus(
        report_id=text(answer, body, "reportId"),
        report_type=text(answer, body, "reportType"),
        state=ReportState(state),
        document_id=text(answer, body, "reportDocumentId")
        if body.get("reportDocumentId")
        else None,
        created_at=instant(answer, body, "createdTime"),
        data_start=_instant(answer, body, "dataStartTime"),
        data_end=_instant(answer, body, "dataEndTime"),
        marketplace_ids=tuple(str(place) for place in places or ()),
        options={str(name): str(value) for name, value in (options or {}).items()},
        started=body.get("processingStartTime") is not None,
        ended_at=_instant(answer, body, "processingEndTime"),
    )


def _instant(answer: AmazonAnswer, body: Mapping[str, Any], name: str) -> datetime | None:
    """A moment in UTC; Amazon writes both ``Z`` and ``+00:00``."""
    value = body.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise unusable(answer, name) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
