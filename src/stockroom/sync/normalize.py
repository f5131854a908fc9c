"""A kept document to typed rows: pure, block by block, in bounded memory.

One block at a time is decoded, split into cells and cast by polars. A block
that holds a ragged row is read again record by record, so that one bad line
costs itself and not its neighbours.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from stockroom.core.errors import BadDocumentError
from stockroom.spec.fact import Asking
from stockroom.spec.format import Format
from stockroom.spec.report import AdsReport, PagedApi, Report
from stockroom.sync.charset import Decoder
from stockroom.sync.layout import DriftError, Layout, layout, wanted
from stockroom.sync.pages import as_text, at, compiled, pages
from stockroom.sync.records import Cutter, cells, header_and_body, recovered
from stockroom.sync.values import Tally, Values

_LINE = "line"
_PAGE_ROWS = 2000


class Normalizer:
    """Reads one document.

    Args:
        report: The declaration of its dataset.
        asking: What was asked.
        content_type: The document's, as the server sent it.

    Attributes:
        tally: What was found so far.
    """

    def __init__(self, report: Report, asking: Asking, content_type: str) -> None:
        self._report = report
        self._values = Values(report, asking)
        self._wanted = wanted(report.fills)
        self._quoted = report.format is Format.QUOTED_TSV
        self._cutter = Cutter(quoted=self._quoted)
        self._decoder = Decoder(content_type)
        self._layout: Layout | None = None
        self._line = 1
        self._headless = False
        self._rowless: bool | None = None
        self.tally = Tally()

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns of every frame."""
        return self._values.columns

    def feed(self, block: bytes) -> Iterator[pl.DataFrame]:
        """Typed rows of the records that are whole by now.

        Raises:
            DriftError: A required column is missing.
            BadDocumentError: The bytes are not what the format says.
        """
        return self._frames(self._cutter.feed(block))

    def finish(self) -> Iterator[pl.DataFrame]:
        """Typed rows of what is left."""
        yield from self._frames(self._cutter.finish())
        self.tally.replaced = self._decoder.replaced
        if self._headless:
            raise DriftError("None of the columns is there: the document has no header we know.")
        if self._rowless:
            raise DriftError(
                "The list of rows is missing: the document is not laid out as we know."
            )

    def _frames(self, records: bytes) -> Iterator[pl.DataFrame]:
        raw = (
            self._pages(records)
            if self._report.format in {Format.JSON_PAGES, Format.JSON_DOCUMENT}
            else self._table(records)
        )
        for frame in raw:
            typed = self._values.typed(frame, self.tally)
            if typed.height:
                yield typed

    # --- JSON pages ---------------------------------------------------------------------------

    def _pages(self, records: bytes) -> Iterator[pl.DataFrame]:
        paths = {
            name: [compiled(path) for path in header.names] for name, header in self._wanted.items()
        }
        schema = dict.fromkeys(paths, pl.String())
        batch: list[list[str | None]] = []
        for row in self._rows(records):
            found = (
                next(filter(_there, (at(row, path) for path in ways)), None)
                for ways in paths.values()
            )
            batch.append([as_text(value) for value in found])
            if len(batch) == _PAGE_ROWS:
                yield self._numbered(pl.DataFrame(batch, schema=schema, orient="row"))
                batch = []
        if batch:
            yield self._numbered(pl.DataFrame(batch, schema=schema, orient="row"))

    def _rows(self, records: bytes) -> Iterator[Any]:
        """A page of a list has rows; of a document's pieces only some have those we want."""
        request = self._report.request
        where = request.rows if isinstance(request, PagedApi | AdsReport) else self._report.rows
        for rows in pages(records, where):
            if rows is None and self._report.format is Format.JSON_PAGES:
                raise BadDocumentError("A page of the answer has no list of rows.")
            self._rowless = self._rowless is not False and rows is None
            yield from rows or ()

    # --- tab-separated ---------------------------------------------------------------------------

    def _table(self, records: bytes) -> Iterator[pl.DataFrame]:
        if self._layout is None:
            self._headless = self._headless or bool(records)
            head, records = header_and_body(records)
            if not head:
                return
            self._headless = False
            headers = cells(self._decoder.decode(head), quoted=self._quoted)
            self._layout = layout(headers, self._wanted)
            self.tally.columns = tuple(sorted(self._layout.places))
            self.tally.unknown = self._layout.unknown
        text = self._decoder.decode(records)
        if text.strip():
            yield self._picked(text, self._layout)

    def _picked(self, text: str, place: Layout) -> pl.DataFrame:
        names = [f"cell_{at}" for at in range(place.width)]
        schema = dict.fromkeys(names, pl.String())
        try:
            frame = pl.read_csv(
                text.encode(),
                has_header=False,
                separator="\t",
                quote_char='"' if self._quoted else None,
                schema=schema,
            )
        except PolarsError:
            frame = self._recovered(text, schema)
        picked = {name: f"cell_{at}" for name, at in place.places.items()}
        numbered = self._numbered(frame)
        written = numbered.filter(pl.any_horizontal(pl.col(names).is_not_null()))
        return written.select(_LINE, **{name: pl.col(cell) for name, cell in picked.items()})

    def _recovered(self, text: str, schema: dict[str, pl.String]) -> pl.DataFrame:
        found: list[Sequence[str]] = []
        for offset, record in enumerate(recovered(text, len(schema), quoted=self._quoted)):
            if record is None:
                self.tally.reject(self._line + offset, "row: too many cells")
            else:
                found.append(record)
        return pl.DataFrame(found, schema=schema, orient="row")

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        numbered = frame.with_row_index(_LINE, offset=self._line)
        self._line += frame.height
        return numbered


def _there(value: object) -> bool:
    return value is not None


def as_csv(frame: pl.DataFrame) -> memoryview:
    """A frame as COPY takes it: null is an empty field, empty text a quoted one."""
    out = io.BytesIO()
    frame.write_csv(out, include_header=False)
    return out.getbuffer()
