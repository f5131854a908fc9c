"""Files as people's tools leave them: every one comes out as Amazon wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stockroom.core.errors import InvalidInputError
from stockroom.spec.format import QUOTED_TSV, TSV, Format
from stockroom.sync.exported import Exported

ROWS = (("sku", "title"), ("A-1", "Café “Größe” 1, blue"), ("B-2", "plain"))
TABBED = "".join("\t".join(row) + "\n" for row in ROWS)
QUOTED = "".join("\t".join(f'"{cell}"' for cell in row) + "\n" for row in ROWS)


def comes_out(path: Path, body: bytes, form: Format = TSV) -> str:
    path = path / "report.txt"
    path.write_bytes(body)
    found = Exported.open(path, form)
    assert b"".join(found.sources()) == body
    return b"".join(found.records(form)).decode()


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_encoding_is_read(tmp_path: Path, codec: str) -> None:
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(codec, "")
    assert comes_out(tmp_path, (mark + TABBED).encode(codec)) == TABBED


def test_without_a_mark_it_is_what_windows_writes_in_that_country(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes("sku\ttitle\nA-1\t机のランプ\n".encode("cp932"))
    found = Exported.open(path, TSV, "cp932")
    assert b"".join(found.records(TSV)).decode() == "sku\ttitle\nA-1\t机のランプ\n"


def test_what_no_table_can_keep_is_left_out(tmp_path: Path) -> None:
    assert comes_out(tmp_path, TABBED.replace("sku", "s\0ku").encode("utf-16")) == TABBED


def test_a_first_line_that_names_the_separator_is_none_of_the_table(tmp_path: Path) -> None:
    assert comes_out(tmp_path, b"sep=;\r\nsku;title\r\nA-1;one\r\n") == "sku\ttitle\nA-1\tone\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_line_end_is_read(tmp_path: Path, end: str) -> None:
    assert comes_out(tmp_path, TABBED.replace("\n", end).encode()) == TABBED


def test_excels_quotes_are_taken_away(tmp_path: Path) -> None:
    saved = 'sku\ttitle\nA-1\t"Sign ""Stop"", red"\nB-2\tplain\n'
    assert comes_out(tmp_path, saved.encode()) == 'sku\ttitle\nA-1\tSign "Stop", red\nB-2\tplain\n'


def test_amazons_own_quotes_stay_characters(tmp_path: Path) -> None:
    lone = 'sku\ttitle\nA-1\tShelf 24" oak\nB-2\t"Best" shelf\n'
    assert comes_out(tmp_path, lone.encode()) == lone


@pytest.mark.parametrize("separator", [",", ";"])
def test_tables_with_other_separators_are_read(tmp_path: Path, separator: str) -> None:
    saved = f'sku{separator}title\nA-1{separator}"one{separator} two"\n'
    assert comes_out(tmp_path, saved.encode()) == f"sku\ttitle\nA-1\tone{separator} two\n"


def test_a_quoted_report_that_lost_its_quotes_gets_them_back(tmp_path: Path) -> None:
    assert comes_out(tmp_path, TABBED.encode(), QUOTED_TSV) == QUOTED
    assert comes_out(tmp_path, QUOTED.encode(), QUOTED_TSV) == QUOTED


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest of a workbook", "is a workbook"),
        (b"\x1f\x8b\x08 zipped", "is compressed"),
        (b"a\tb\n\0\0\0", "is no text"),
        (b"<html><body>Sign in,\tplease</body></html>", "holds no table"),
        (b'{"rows": [], "next": null}', "holds no table"),
        (b"just one sentence", "holds no table"),
    ],
)
def test_what_is_no_export_says_what_it_is(tmp_path: Path, body: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(why)):
        comes_out(tmp_path, body)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        Exported.open(tmp_path / "nowhere.txt", TSV)
