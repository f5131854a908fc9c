"""What can be said and asked while one call lasts.

A client that gave a progress token, over a way that can carry more than the answer, is
told how far a call has come. A client that says it can ask its person is handed a
question instead of an answer, and calls again with what they said (2026-07-28; clients of
before would have to be called back, and no replica of ours can be).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from mcp.server.context import ServerRequestContext
from mcp_types import CallToolRequestParams, ElicitResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

STREAMED = "stockroom.streamed"
"""Set in a request's scope when its answer can carry notifications."""
ASKED = "agree"
"""What the one question of a call is called."""

Report = Callable[[float, float | None, str | None], Awaitable[None]]
"""Tells the client: so far, of so much, in a sentence."""
Said = Literal["accept", "decline", "cancel"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """The client's side of one call.

    Args:
        report: Tells how far the call has come; None: nobody listens.
        can_ask: The client can ask its person, and hand the answer in.
        bound_to: What the question was about that it hands an answer to; None: to none. The
            server sealed it, so it is our own word.
        answer: What the person said; None: nothing was asked.
        began: When the call did, on the loop's clock.
    """

    report: Report | None = None
    can_ask: bool = False
    bound_to: str | None = None
    answer: ElicitResult | None = None
    began: float = 0.0

    @classmethod
    def of(cls, ctx: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> Exchange:
        """The exchange of one request."""
        wanted = ctx.meta is not None and ctx.meta.get("progress_token") is not None
        carried = ctx.request is None or ctx.request.scope.get(STREAMED, False)
        answer = (params.input_responses or {}).get(ASKED)
        return cls(
            report=ctx.session.report_progress if wanted and carried else None,
            can_ask=_can_ask(ctx),
            bound_to=params.request_state,
            answer=answer if isinstance(answer, ElicitResult) else None,
            began=asyncio.get_running_loop().time(),
        )

    def said_about(self, matter: str) -> Said | None:
        """What the person said to the question about that; None: they were not asked it.

        Agreeing is ticking the box and sending it; sending it unticked says nothing.
        """
        if self.bound_to != matter or self.answer is None:
            return None
        if self.answer.action != "accept":
            return self.answer.action
        return "accept" if (self.answer.content or {}).get(ASKED) is True else "cancel"


SILENT = Exchange()
"""Nothing can be said or asked."""


def _can_ask(ctx: ServerRequestContext[Any, Any]) -> bool:
    known = ctx.session.client_capabilities
    asks = None if known is None else known.elicitation
    if asks is None or ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return False
    return (
        asks.form is not None or asks.url is None
    )  # naming neither form is the older word for one
