"""Where the moods meet the wire: the points at which it asks what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from random import Random

from starlette.requests import Request
from starlette.responses import Response

from stockroom.core.clock import Clock
from stockroom.simulator.documents.view import Edit, Table
from stockroom.simulator.moods import chances
from stockroom.simulator.moods.board import MoodBoard
from stockroom.simulator.moods.catalogue import MOODS
from stockroom.simulator.moods.mood import Deed, Mood, Occasion, Submission
from stockroom.simulator.moods.setting import Setting
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.wire.rates import PLANS, Rate

Turn = tuple[Mood, Random]
"""A mood at one occasion, and its luck there."""


class Influence:
    """What the moods that are on do.

    Args:
        board: Says which are on.
        clock: Answers are late on it.
    """

    def __init__(self, board: MoodBoard, clock: Clock) -> None:
        self._board = board
        self._clock = clock

    @property
    def is_any(self) -> bool:
        """Whether a mood is on at all."""
        return bool(self._board.settings)

    async def around(
        self, request: Request, at: Occasion, answer: Callable[[], Awaitable[Response]]
    ) -> Response:
        """A request's answer, unless a mood prevents it; late, lost or cut if a mood will."""
        turns = [
            (one.mood, self._board.next_luck(one, at.account, at.operation))
            for one in self._board.at(at)
        ]
        await self._wait(request, turns)
        for mood, luck in turns:
            if mood.refusal and (deed := mood.refusal(at, luck)):
                return _told(request, mood, deed)
        response = await answer()
        for mood, luck in turns:
            if mood.spoiled and (deed := mood.spoiled(response, luck)):
                return _told(request, mood, deed)
        return response

    def rate(self, at: Occasion) -> Rate:
        """The usage plan of an operation as it is now."""
        rate = PLANS[at.operation]
        for one in self._board.at(at):
            rate = rate.shared(one.mood.quota_share)
        return rate

    def generation_factor(self, at: Occasion) -> float:
        """How many times longer a report takes that is asked for now."""
        return max((one.mood.generation_factor for one in self._board.at(at)), default=1.0)

    def poisons(self, at: Occasion) -> tuple[str, ...]:
        """The moods that will have had their way with the document of a report asked for now."""
        return tuple(
            dict.fromkeys(one.mood.name for one in self._board.at(at) if self._hits(one, at))
        )

    def edit(self, poisons: Iterable[str], report_type: str, report_id: str) -> Edit:
        """What those moods make of a document's table: the same however often it is rendered."""

        def edited(table: Table) -> Table:
            for name in poisons:
                poison = MOODS[name].poison
                if poison and poison.edit:
                    place = report_type if poison.alike else report_id
                    table = poison.edit(table, self._board.luck(name, "document", place))
            return table

        return edited

    def submission(self, request: Request, account: str) -> Submission | None:
        """What becomes of a listing patch that is sent now; None: what it says."""
        for one in self._board.at(Occasion(account, "patchListingsItem", submits=True)):
            if one.mood.submission:
                note(request, one.mood.name)
                return one.mood.submission
        return None

    def address_age(self, at: Occasion, lifetime: timedelta) -> timedelta:
        """How old a document's address is when it is handed out."""
        for one in self._board.at(at):
            luck = self._board.next_luck(one, at.account, "address")
            if luck.random() < one.mood.expired_addresses:
                return lifetime + chances.PAST_ITS_TIME
        return timedelta()

    def _hits(self, setting: Setting, at: Occasion) -> bool:
        poison = setting.mood.poison
        if poison is None:
            return False
        if setting.subject:
            return True
        meant = poison.types is None or at.report_type in poison.types
        luck = self._board.next_luck(setting, at.account, at.report_type)
        return meant and luck.random() < poison.chance

    async def _wait(self, request: Request, turns: Iterable[Turn]) -> None:
        for mood, luck in turns:
            if mood.delay_s:
                seconds = mood.delay_s(luck)
                note(request, mood.name, f"{seconds:.1f} s")
                await self._clock.sleep(seconds)


def charset(poisons: Iterable[str], usual: str) -> str:
    """The character set of a document that those moods had their way with."""
    for name in poisons:
        poison = MOODS[name].poison
        if poison and poison.charset:
            return poison.charset
    return usual


def note(request: Request, mood: str, what: str = "") -> None:
    """Write into the request log what a mood did to this request."""
    entry = request.scope[ENTRY]
    deed = f"{mood}: {what}" if what else mood
    entry.mood = f"{entry.mood}, {deed}" if entry.mood else deed


def _told(request: Request, mood: Mood, deed: Deed) -> Response:
    note(request, mood.name, deed.what)
    return deed.response
