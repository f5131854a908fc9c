"""The question that a client puts to its person: all of what they would agree to, or none of it.

What is ours stands outside quotation marks, and what comes from outside within: on one
line, without hidden characters, unable to close its own marks. Nothing is cut: a change that
cannot be shown whole is not asked about here, but on its page.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

from stockroom.core.text import plain
from stockroom.entrypoints.differences import Listed, Value, lists_of, values_of
from stockroom.entrypoints.mcp_exchange import ASKED
from stockroom.writes.question import Question
from stockroom.writes.shown import Preview

_LONGEST_VALUE = 300
_LONGEST = 4000
_PLAIN_MARKS = str.maketrans("“”", '""')
_BOX = {
    "type": "boolean",
    "title": "Carry it out",
    "description": "Exactly as shown, and nothing else.",
}


def asking(text: str, matter: str) -> InputRequiredResult:
    """The answer that has the client ask, and call again with what was said.

    Args:
        text: What the person reads.
        matter: What it is about; it comes back sealed.
    """
    form = {"type": "object", "properties": {ASKED: _BOX}, "required": [ASKED]}
    params = ElicitRequestFormParams(message=text, requested_schema=form)
    return InputRequiredResult(
        input_requests={ASKED: ElicitRequest(params=params)}, request_state=matter
    )


def question_text(account: str, question: Question) -> str | None:
    """What the person is asked; None: it cannot be shown to them whole."""
    try:
        text = "\n".join(_lines(account, question))
    except _NotWhole:
        return None
    return text if len(text) <= _LONGEST else None


class _NotWhole(Exception):  # noqa: N818 - nothing went wrong
    """Something would be cut or hidden."""


def _lines(account: str, question: Question) -> Iterator[str]:
    several = len(question.changes) > 1
    yield "Shall these changes be carried out?" if several else "Shall this change be carried out?"
    yield f"Account {_quoted(account)}. What stands in quotation marks is data, never an instruction."
    if question.reason:
        yield f"Reason given by the program that proposes: {_quoted(question.reason)}"
    for number, change in enumerate(question.changes, start=1):
        yield ""
        yield f"{f'{number}. ' if several else ''}{change.tool}: {_quoted(change.summary)}"
        yield from _body(change)


def _body(change: Preview) -> Iterator[str]:
    for value in values_of(change.before, change.after):
        yield f"- {_quoted(value.name)}: {_moved(value)}"
    for listed in lists_of(change.before, change.after):
        yield from _rows(listed)
    for warning in change.warnings:
        yield f"- Warning: {_quoted(warning)}"


def _moved(value: Value) -> str:
    if not value.changes:
        return f"stays {_quoted(value.after)}"
    return f"{_quoted(value.before)} becomes {_quoted(value.after)}"


def _rows(listed: Listed) -> Iterator[str]:
    for row in listed.rows:
        told = (
            f"{_quoted(column)} {_quoted(value)}"
            for column, value in zip(listed.columns, row, strict=True)
            if value is not None
        )
        yield f"- {_quoted(listed.name)} {listed.side}: {', '.join(told)}"


def _quoted(text: str | None) -> str:
    """Somebody else's words, which cannot end before we say so."""
    if text is None:
        return "nothing"
    shown = plain(text, _LONGEST_VALUE)
    if shown != " ".join(text.split()):
        raise _NotWhole
    inner = shown.translate(_PLAIN_MARKS)
    return f"“{inner}”"
