"""Entities of Sponsored Products, version 3: read one by one, updated one by one.

An update answers 207 whatever became of it: what was taken and what was not stands
under the entity's place in the request, which is always the first. An answer that says
neither leaves it open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from stockroom.amazon.ads_ports import AdsEntity, EntityOutcome
from stockroom.amazon.ads_transport import AdsRequest
from stockroom.amazon.exchange import Answer
from stockroom.amazon.failures import no_use, plain
from stockroom.amazon.ports import AmazonAnswer
from stockroom.amazon.rates import Operation
from stockroom.amazon.repeat import Repeat

LISTING: Final = {kind: Operation(f"listAds{kind.name.title()}", 1, 5) for kind in AdsEntity}
UPDATING: Final = {kind: Operation(f"updateAds{kind.name.title()}", 0.5, 3) for kind in AdsEntity}
"""Amazon publishes no limits for them: we are slow by ourselves."""
_EVERY_STATE: Final = ("ENABLED", "PAUSED", "ARCHIVED")
_MOST_PROBLEMS: Final = 5


def listing(kind: AdsEntity, profile: str, entity_id: str) -> AdsRequest:
    """The request for one entity."""
    words = kind.value
    body = {
        f"{words.id}Filter": {"include": [entity_id]},
        "stateFilter": {"include": [*_EVERY_STATE]},
    }
    return AdsRequest(
        LISTING[kind],
        "POST",
        f"{words.path}/list",
        profile,
        body,
        words.media_type,
        accept=words.media_type,
    )


def updating(kind: AdsEntity, profile: str, fields: Mapping[str, Any]) -> AdsRequest:
    """The request that updates one entity: sent once."""
    words = kind.value
    return AdsRequest(
        UPDATING[kind],
        "PUT",
        words.path,
        profile,
        {words.rows: [fields]},
        words.media_type,
        accept=words.media_type,
        repeat=Repeat.NEVER,
    )


def found(kind: AdsEntity, entity_id: str, answer: Answer) -> Mapping[str, Any] | None:
    """The entity in the answer to :func:`listing`, if it is there."""
    rows = (answer.json_object() or {}).get(kind.value.rows)
    if not isinstance(rows, list):
        raise no_use(LISTING[kind].name, answer)
    named = (row for row in rows if isinstance(row, dict))
    return next((row for row in named if str(row.get(kind.value.id)) == entity_id), None)


def outcome(kind: AdsEntity, answer: Answer) -> EntityOutcome:
    """What the answer to :func:`updating` says became of it."""
    body = answer.json_object() or {}
    told = body.get(kind.value.rows)
    if answer.status == HTTPStatus.MULTI_STATUS and isinstance(told, dict):
        whole = AmazonAnswer(body, answer.request_id)
        refused = list(_first(told.get("error")))
        if refused:
            return EntityOutcome(False, _problems(refused[0].get("errors")), whole)
        if any(_first(told.get("success"))):
            return EntityOutcome(True, (), whole)
    raise no_use(UPDATING[kind].name, answer)


def _first(listed: Any) -> Iterator[dict[str, Any]]:
    """What is said of the first entity of the request."""
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("index") == 0:
            yield one


def _problems(errors: Any) -> tuple[str, ...]:
    listed = errors if isinstance(errors, list) else []
    return tuple(_problem(one) for one in listed[:_MOST_PROBLEMS] if isinstance(one, dict))


def _problem(error: Mapping[str, Any]) -> str:
    """``rangeError: the bid is too low``; the message lies under the error's own name."""
    kind, value = plain(error.get("errorType"), 60), error.get("errorValue")
    inner = value.get(error.get("errorType")) if isinstance(value, dict) else None
    message = inner.get("message") if isinstance(inner, dict) else None
    return f"{kind}: {plain(message) or plain(json.dumps(value))}"
