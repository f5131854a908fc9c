"""The mess of real documents: charsets, line ends, ragged rows, drift, locale."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from tests.reports.conftest import Read
from tests.reports.lines import LEDGER, quoted, tsv

from stockroom.core.errors import BadDocumentError
from stockroom.reports import ledger_summary, orders
from stockroom.spec import parse
from stockroom.sync.charset import declared
from stockroom.sync.layout import DriftError


@pytest.mark.parametrize("block", [1, 7, 100, 1 << 20])
def test_blocks_may_end_anywhere(read: Read, block: int) -> None:
    document = tsv({"sku": "Ä-1"}, {"sku": "B-2"}, end="\r\n")
    frame, tally = read(orders.REPORT, document, block=block)
    assert frame["sku"].to_list() == ["Ä-1", "B-2"]
    assert tally.rows == 2


@pytest.mark.parametrize(
    ("content_type", "codec", "text"),
    [
        ("text/plain;charset=Cp1252", "cp1252", "É “x”"),
        ("text/plain; charset=ISO-8859-1", "latin-1", "É"),
        ("text/plain; charset=windows-31j", "cp932", "表ソ"),
        ("text/tab-separated-values", "utf-8", "É “x”"),
        ("text/plain; charset=no-such-thing", "cp1252", "É “x”"),
    ],
)
def test_text_is_read_in_its_charset(read: Read, content_type: str, codec: str, text: str) -> None:
    document = tsv({"sku": text}).encode(codec)
    frame, tally = read(orders.REPORT, document, content_type=content_type)
    assert frame["sku"].to_list() == [text]
    assert tally.replaced == 0


def test_bytes_that_mean_nothing_are_replaced_and_counted(read: Read) -> None:
    document = tsv({"sku": "A?"}).encode().replace(b"A?", b"A\x81")
    frame, tally = read(orders.REPORT, document, content_type="text/plain; charset=Cp1252")
    assert frame["sku"].to_list() == ["A\ufffd"]
    assert tally.replaced == 1


def test_a_byte_order_mark_is_not_part_of_the_first_header(read: Read) -> None:
    frame, _ = read(orders.REPORT, b"\xef\xbb\xbf" + tsv({}).encode())
    assert frame.height == 1


def test_control_characters_do_not_reach_the_table(read: Read) -> None:
    frame, _ = read(orders.REPORT, tsv({"sku": "A\x00B\x1bC"}))
    assert frame["sku"].to_list() == ["ABC"]


def test_blank_lines_are_not_rows(read: Read) -> None:
    frame, tally = read(orders.REPORT, tsv({}).replace("\n", "\n\n"))
    assert frame.height == 1
    assert not tally.rejected


def test_a_document_without_its_last_line_end_is_whole(read: Read) -> None:
    frame, _ = read(orders.REPORT, tsv({}, {}).rstrip("\n"))
    assert frame.height == 2


def test_a_short_row_is_filled_up(read: Read) -> None:
    lines = tsv({}, {"sku": "SHORT"}).splitlines()
    lines[2] = lines[2].rpartition("\t")[0]
    frame, tally = read(orders.REPORT, "\n".join(lines))
    assert frame["sku"].to_list() == ["LAMP-1", "SHORT"]
    assert not tally.rejected


def test_a_row_with_a_cell_too_many_costs_only_itself(read: Read) -> None:
    document = tsv({}, {"product-name": "tab\there"}, {"sku": "LAST"})
    frame, tally = read(orders.REPORT, document)
    assert frame["sku"].to_list() == ["LAMP-1", "LAST"]
    assert tally.rejected == {"row: too many cells": 1}


def test_a_value_that_cannot_be_read_is_counted_by_reason_and_never_shown(read: Read) -> None:
    document = tsv({"purchase-date": "Jane Doe, 1 Elm St"}, {"quantity": "3000000000"}, {})
    frame, tally = read(orders.REPORT, document)
    assert frame.height == 1
    assert tally.rejected == {"purchase-date: unreadable": 1, "quantity: unreadable": 1}
    assert [line for line, _ in tally.samples] == [1, 2]
    assert "Jane" not in str(tally.remarks())


def test_a_day_nobody_can_believe_is_rejected(read: Read) -> None:
    frame, tally = read(orders.REPORT, tsv({"purchase-date": "2199-01-01T00:00:00Z"}))
    assert frame.is_empty()
    assert tally.rejected == {"day: out of range": 1}


def test_headers_match_whatever_their_spelling_and_order(read: Read) -> None:
    columns = {name.replace(" ", "").upper(): value for name, value in reversed(LEDGER.items())}
    frame, tally = read(ledger_summary.REPORT, quoted({}, columns=columns))
    assert frame["ending_units"].to_list() == [13]
    assert tally.unknown == ("TITLE",)


def test_unknown_columns_are_noted_and_tolerated(read: Read) -> None:
    frame, tally = read(ledger_summary.REPORT, quoted({}, columns=LEDGER | {"Store": "x"}))
    assert frame.height == 1
    assert set(tally.unknown) == {"Title", "Store"}


def test_a_missing_column_is_drift_that_names_itself(read: Read) -> None:
    columns = {name: value for name, value in LEDGER.items() if name != "Disposition"}
    with pytest.raises(DriftError, match=r"The column 'Disposition' is missing\. Found: Date, "):
        read(ledger_summary.REPORT, quoted({}, columns=columns))


def test_an_html_page_is_not_a_document(read: Read) -> None:
    with pytest.raises(BadDocumentError, match="amazon-order-id"):
        read(orders.REPORT, "<html><body>503 Service Unavailable</body></html>")


def test_an_empty_document_has_no_rows(read: Read) -> None:
    frame, tally = read(orders.REPORT, b"")
    assert frame.is_empty()
    assert tally.rows == 0


def test_a_line_that_never_ends_is_refused(read: Read) -> None:
    with pytest.raises(BadDocumentError, match="longer than 8 MB"):
        read(orders.REPORT, tsv({}).encode() + b"x" * (9 << 20))


# --- quoted ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [3, 1 << 20])
def test_a_quoted_field_may_span_lines(read: Read, block: int) -> None:
    document = quoted({"Title": 'He said "hi"\nand\tleft'}, {"MSKU": "B"})
    frame, tally = read(ledger_summary.REPORT, document, block=block)
    assert frame["sku"].to_list() == ["LAMP-1", "B"]
    assert not tally.rejected


def test_a_stray_quote_costs_at_most_its_own_row(read: Read) -> None:
    lines = quoted({}, {"MSKU": "HURT"}, {"MSKU": "C"}, {"MSKU": "D"}).splitlines()
    lines[2] = lines[2].replace('"Desk lamp"', '"Desk "lamp"')
    frame, tally = read(ledger_summary.REPORT, "\n".join(lines) + "\n")
    assert {"LAMP-1", "C", "D"} <= set(frame["sku"])
    assert frame.height + tally.rejected.total() >= 4


# --- locale ---------------------------------------------------------------------------------------


def parsed(parser: parse.Parser, *cells: str) -> list[object]:
    return pl.DataFrame({"cell": cells}).select(parser(pl.col("cell"))).to_series().to_list()


def test_dates_are_read_as_declared_and_never_guessed() -> None:
    assert parsed(parse.us_date, "03/04/2026", "2026-03-04", "31/12/2026") == [
        date(2026, 3, 4),
        date(2026, 3, 4),
        None,
    ]
    assert parsed(parse.eu_date, "03/04/2026", "03.04.2026", "12/31/2026") == [
        date(2026, 4, 3),
        date(2026, 4, 3),
        None,
    ]


def test_numbers_are_read_as_declared_and_never_guessed() -> None:
    units = parsed(parse.integer, "1,234", "-3", "+4", "12.0", "1,23", "1e3", "12.5", "", "1 000")
    assert units == [1234, -3, 4, 12, None, None, None, None, None]
    points = parsed(parse.decimal, "1,234.56", ".5", "1.234,56", "-0.10")
    assert [str(value) for value in points] == ["1234.5600", "0.5000", "None", "-0.1000"]
    commas = parsed(parse.decimal_comma, "1.234,56", "95,00", "1,234.56")
    assert [str(value) for value in commas] == ["1234.5600", "95.0000", "None"]


def test_truth_has_several_words() -> None:
    assert parsed(parse.truth, "Yes", "n", "TRUE", "maybe") == [True, False, True, None]


def test_a_content_type_names_its_codec() -> None:
    assert declared('text/plain; charset="Cp1252"') == "cp1252"
    assert declared("text/plain") is None
