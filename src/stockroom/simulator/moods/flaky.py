"""``flaky``: server errors, a gateway's pages, empty refusals, broken connections.

Facts 2.2 and 5.1 (trap 1): gateway errors are HTML or empty, also the 429, and
libraries take them for success. Some failures come before Amazon acted and some
after: nobody outside can tell which, so nothing that writes may be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from starlette.responses import HTMLResponse, JSONResponse, Response

from stockroom.simulator.moods import chances
from stockroom.simulator.moods.mood import Deed, Mood, Occasion
from stockroom.simulator.wire.broken import CutShort, HungUp

PAGE = (
    "<html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>"
)


def _unseen(_: Occasion, luck: Random) -> Deed | None:
    match _drawn(luck, chances.FAILS_UNSEEN):
        case "500" as what:
            return Deed(what, _server_error())
        case "503" as what:
            return Deed(what, HTMLResponse(PAGE, status_code=503))
        case "empty 429" as what:
            return Deed(what, Response(status_code=429))
        case "dropped" as what:
            return Deed(what, HungUp())
    return None


def _done(response: Response, luck: Random) -> Deed | None:
    match _drawn(luck, chances.FAILS_DONE):
        case "lost 500" as what:
            return Deed(what, _server_error())
        case "lost" as what:
            return Deed(what, HungUp())
        case "truncated" as what:
            return Deed(what, CutShort(response))
    return None


def _drawn(luck: Random, kinds: Mapping[str, float]) -> str | None:
    roll = luck.random()
    for kind, chance in kinds.items():
        if roll < chance:
            return kind
        roll -= chance
    return None


def _server_error() -> Response:
    error = {
        "code": "InternalFailure",
        "message": "We encountered an internal error.",
        "details": "",
    }
    return JSONResponse({"errors": [error]}, status_code=500)


MOOD = Mood(
    name="flaky",
    takes_operation=True,
    takes_report_type=True,
    refusal=_unseen,
    spoiled=_done,
)
