"""Questions to a seller's world, off the event loop and one at a time.

Generating and rendering take whole seconds of computing. A world is grown and
read by one thread at a time, and the server goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from stockroom.simulator.world import SellerWorld, World

Answer = TypeVar("Answer")


class Oracle:
    """Asks the worlds of all sellers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask(
        self, account: str, as_of: datetime, question: Callable[[SellerWorld], Answer]
    ) -> Answer:
        """The answer to ``question`` once the world reaches ``as_of``."""
        async with self._locks[account]:
            return await asyncio.to_thread(self._answer, account, as_of, question)

    def _answer(
        self, account: str, as_of: datetime, question: Callable[[SellerWorld], Answer]
    ) -> Answer:
        seller_world = self._world.seller(account)
        seller_world.extend(as_of)
        return question(seller_world)
