"""What an agent gets: one object, as text and as structured content, with the same facts.

Some clients read only the text, some only the structure, so both carry
everything. The text is the object as compact JSON. An error has
the same two faces and says the next move; nothing internal is in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import pydantic_core
from pydantic import ValidationError

from stockroom.core.errors import InvalidInputError, StockroomError
from stockroom.core.log import logger
from stockroom.spec.answer import Answer

Wire = dict[str, Any]
"""A JSON object in the form it is sent."""

_log = logger("server")
_LONGEST_NAME = 60


def answer_object(answer: Answer, *, account: str | None, marketplace: str | None) -> Wire:
    """The shape of every read: whose, how old, the rows, what to know about them."""
    return {
        "account": account,
        "marketplace": marketplace,
        "as_of": answer.as_of,
        "columns": answer.columns,
        "rows": answer.rows,
        "notes": answer.notes,
        "total": answer.total,
        "truncated": answer.truncated,
        "next_cursor": answer.next_cursor,
    }


def tool_result(body: Mapping[str, Any], *, is_error: bool = False) -> Wire:
    """``body`` as the wire form of a tool's result."""
    return {
        "content": [{"type": "text", "text": pydantic_core.to_json(body).decode()}],
        # The SDK spells it by the same rules: days as ISO dates, decimals as strings.
        "structuredContent": body,
        "isError": is_error,
        "resultType": "complete",
    }


def error_object(error: StockroomError) -> Wire:
    """The shape of every refusal and failure."""
    body: Wire = {"error_kind": error.kind, "summary": error.summary}
    if error.field:
        body["field"] = error.field
    body["retryable"] = error.retryable
    if error.retry_after_s is not None:
        body["retry_after_s"] = round(error.retry_after_s, 1)
    body["next_step"] = error.next_step
    if error.amazon_says:
        body["amazon_says"] = list(error.amazon_says)
    return body


def input_error(error: ValidationError, tool: str) -> InvalidInputError:
    """The first thing wrong with the arguments, without repeating what was sent."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"])[:_LONGEST_NAME]
    match first["type"]:
        case "missing":
            return InvalidInputError(
                f"{name} is required.", field=name, next_step=f"Pass {name} to {tool}."
            )
        case "extra_forbidden":
            return InvalidInputError(
                f"{tool} has no argument of that name.",
                field=name,
                next_step="Pass only the arguments in the tool's input schema.",
            )
        case _:
            return InvalidInputError(
                f"{name} cannot be used: {first['msg']}.",
                field=name,
                next_step="Correct it as the tool's input schema says.",
            )


def unexpected(fault: Exception, doing: str) -> StockroomError:
    """A fault nobody foresaw: the log gets everything, the caller a reference to it."""
    reference = secrets.token_hex(4)
    _log.error("unexpected fault", doing=doing, reference=reference, exc_info=fault)
    return StockroomError(
        f"Something went wrong here (reference {reference}).",
        next_step="Try once more; if it persists, give the reference to whoever runs this server.",
    )
