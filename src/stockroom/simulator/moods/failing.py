"""``failing``: whatever would change something meets a server error, and nothing is changed.

Nobody outside can tell this 500 from one that comes after Amazon acted.
"""

from __future__ import annotations

from random import Random

from starlette.responses import JSONResponse

from stockroom.simulator.moods.mood import Deed, Mood, Occasion

_ERROR = {"code": "InternalFailure", "message": "We encountered an internal error.", "details": ""}


def _failed(_: Occasion, __: Random) -> Deed:
    return Deed("500", JSONResponse({"errors": [_ERROR]}, status_code=500))


MOOD = Mood(
    name="failing",
    takes_operation=True,
    unless_named="patchListingsItem",
    only_submits=True,
    refusal=_failed,
)
