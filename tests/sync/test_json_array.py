"""A JSON array is read as its bytes arrive, and what is none is refused."""

from __future__ import annotations

import json

import pytest

from stockroom.core.errors import BadDocumentError
from stockroom.sync.json_array import JsonArray

ROWS = [
    {"date": "2026-11-01", "name": 'Größe ] \\ "x" }', "cost": 1.5, "more": [1, {"a": None}]}
] * 7


def read(body: bytes, block: int) -> list[dict[str, object]]:
    array = JsonArray()
    found = [row for at in range(0, len(body), block) for row in array.feed(body[at : at + block])]
    array.finish()
    return found


@pytest.mark.parametrize("block", [1, 7, 10_000])
@pytest.mark.parametrize("spaced", [None, 2])
def test_rows_are_the_same_however_the_bytes_are_cut(block: int, spaced: int | None) -> None:
    body = json.dumps(ROWS, ensure_ascii=False, indent=spaced).encode()
    assert read(b"\xef\xbb\xbf" + body, block) == ROWS


@pytest.mark.parametrize("body", [b"[]", b" [ ] \n"])
def test_an_empty_array_has_no_rows(body: bytes) -> None:
    assert read(body, 3) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'[{"a": 1}',
        b'[{"a": 1}, {"a"',
        b"[1]",
        b"null",
        b'[{"a": NaN}]',
        b"[] []",
        b"[x]",
    ],
)
def test_what_is_no_whole_array_of_rows_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocumentError):
        read(body, 4)
