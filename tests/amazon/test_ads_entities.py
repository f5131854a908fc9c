"""Entities of the advertising: one asked for, one updated once, and every answer read for what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from tests.amazon.conftest import Hostile
from tests.amazon.test_ads import CA, US, ads, profile, refused

from stockroom.amazon.ads import AdsApi
from stockroom.amazon.ads_ports import AdsEntity
from stockroom.core.errors import (
    AmazonRefusedError,
    AmazonUnavailableError,
    RoleMissingError,
    ThrottledError,
)

__all__ = ["ads"]

KEYWORDS = "/sp/keywords"
BID = {"keywordId": "7", "bid": 0.75}


def told(**kinds: list[dict[str, Any]]) -> JSONResponse:
    return JSONResponse({"keywords": {"success": [], "error": [], **kinds}}, 207)


async def test_one_entity_is_asked_for_by_id_in_every_state_under_its_media_type(
    ads: AdsApi, hostile: Hostile
) -> None:
    rows = [{"keywordId": "17"}, "no object", {"keywordId": "7", "bid": 0.5}]
    hostile.answers(f"{KEYWORDS}/list", JSONResponse({"keywords": rows}))
    found = await ads.entity(US, AdsEntity.KEYWORD, "7")

    assert found == {"keywordId": "7", "bid": 0.5}
    (asked,) = hostile.calls(f"{KEYWORDS}/list")
    assert json.loads(asked.body) == {
        "keywordIdFilter": {"include": ["7"]},
        "stateFilter": {"include": ["ENABLED", "PAUSED", "ARCHIVED"]},
    }
    for header in ("content-type", "accept"):
        assert asked.headers[header] == "application/vnd.spKeyword.v3+json"
    assert asked.headers["amazon-advertising-api-scope"] == "7"


async def test_what_is_not_there_is_none_and_what_is_no_list_is_no_answer(
    ads: AdsApi, hostile: Hostile
) -> None:
    hostile.answers(f"{KEYWORDS}/list", JSONResponse({"keywords": []}), JSONResponse({}))
    assert await ads.entity(US, AdsEntity.KEYWORD, "7") is None
    with pytest.raises(AmazonUnavailableError):
        await ads.entity(US, AdsEntity.KEYWORD, "7")
    with pytest.raises(RoleMissingError):
        await ads.entity(CA, AdsEntity.KEYWORD, "7")


async def test_an_update_is_what_is_said_of_its_entity(ads: AdsApi, hostile: Hostile) -> None:
    error = {"rangeError": {"message": "Bid is too low", "reason": "TOO_LOW"}}
    wrong = {"index": 0, "errors": [{"errorType": "rangeError", "errorValue": error}]}
    hostile.answers(KEYWORDS, told(success=[{"index": 0, "keywordId": "7"}]), told(error=[wrong]))
    taken = await ads.update_entity(US, AdsEntity.KEYWORD, BID)
    turned_down = await ads.update_entity(US, AdsEntity.KEYWORD, BID)

    assert (taken.accepted, taken.problems) == (True, ())
    assert (turned_down.accepted, turned_down.problems) == (False, ("rangeError: Bid is too low",))
    sent = hostile.calls(KEYWORDS)
    assert {call.method for call in sent} == {"PUT"}
    assert [json.loads(call.body) for call in sent] == [{"keywords": [BID]}] * 2


@pytest.mark.parametrize(
    "answer",
    [
        told(),
        told(success=[{"index": 1, "keywordId": "8"}]),
        JSONResponse({"keywords": []}, 207),
        JSONResponse({}),
        Response(b"<html>", 207),
        Response(b"<html>", 503),
    ],
)
async def test_an_answer_that_does_not_say_leaves_it_open_and_is_not_asked_again(
    ads: AdsApi, hostile: Hostile, answer: Response
) -> None:
    hostile.answers(KEYWORDS, answer)
    with pytest.raises(AmazonUnavailableError):
        await ads.update_entity(US, AdsEntity.KEYWORD, BID)
    assert len(hostile.calls(KEYWORDS)) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(refused(429, "slow down"), ThrottledError), (refused(400, "no such"), AmazonRefusedError)],
)
async def test_a_refused_update_is_sent_once(
    ads: AdsApi, hostile: Hostile, answer: Response, kind: type[Exception]
) -> None:
    hostile.answers("/v2/profiles", JSONResponse([profile(7)]))
    hostile.answers(KEYWORDS, answer)
    with pytest.raises(kind):
        await ads.update_entity(US, AdsEntity.KEYWORD, BID)
    assert len(hostile.calls(KEYWORDS)) == 1
