"""A JSON document, cut into pages while it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stockroom.core.errors import BadDocumentError
from stockroom.sync.pieces import JsonPieces

DOCUMENT = {
    "asked": {"day": "2026-11-20", "buyerName": "A Person"},
    "days": [{"n": 1, "shippingAddress": "1 Road"}],
    "rows": [{"n": at, "text": 'a "quoted" [brace] }, ünïcode'} for at in range(1203)],
    "nothing": [],
    "count": 12,
}


def cut(body: bytes, block: int) -> list[Any]:
    pieces = JsonPieces(also=("count",))
    kept = b"".join(pieces.feed(body[at : at + block]) for at in range(0, len(body), block))
    return [json.loads(line) for line in (kept + pieces.finish()).splitlines()]


@pytest.mark.parametrize("block", [1, 7, 4096, 1 << 20])
@pytest.mark.parametrize("indent", [None, 2])
def test_lists_come_in_pieces_beside_what_was_said_before_them(
    block: int, indent: int | None
) -> None:
    pages = cut(json.dumps(DOCUMENT, ensure_ascii=False, indent=indent).encode(), block)
    asked = {"day": "2026-11-20"}
    assert pages[0] == {"asked": asked, "days": [{"n": 1}]}
    rows = [page["rows"] for page in pages if "rows" in page]
    assert [len(part) for part in rows] == [500, 500, 203]
    assert [row for part in rows for row in part] == DOCUMENT["rows"]
    assert pages[-1] == {"asked": asked, "nothing": []}


def test_a_document_without_a_list_is_one_page() -> None:
    assert cut(b'\xef\xbb\xbf{"message": 1.5}\n', 3) == [{"message": 1.5}]


def test_an_empty_document_is_no_page() -> None:
    assert cut(b" \n", 1) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"rows": [{"n": 1}',
        b'{"rows": [1, 2]',
        b'{"rows": [1]} more',
        b"[1, 2]",
        b"<html></html>",
        b"{",
        b'{"a": nonsense}',
    ],
)
def test_what_is_no_whole_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocumentError):
        cut(body, 4)


def test_one_endless_value_is_refused_and_not_gathered() -> None:
    with pytest.raises(BadDocumentError, match="not laid out"):
        cut(b'{"text": "' + b"x" * 9_000_000, 1_000_000)


def test_a_value_nested_beyond_reading_is_no_document() -> None:
    with pytest.raises(BadDocumentError, match="whole JSON object"):
        cut(b'{"a": {"b": ' + b"[" * 100_000, 1 << 20)
