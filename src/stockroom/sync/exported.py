"""A file that a person exported: whatever their tools made of it, back to what Amazon writes.

Seen: UTF-8 with and without byte-order mark, Windows Latin (in Japan Shift JIS),
UTF-16 from Excel's "Unicode text"; commas or semicolons instead of tabs, and a first
line that says so; and Excel's quotes around every cell that holds one. What comes out
is UTF-8 in the report's own format, so that everything behind it needs to know of none
of this. A report that is one JSON object is no table: only its encoding is seen to.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stockroom.core.errors import InvalidInputError
from stockroom.spec.format import Format
from stockroom.sync.charset import printable

CONTENT_TYPE = "text/plain; charset=utf-8"

_BLOCK = 1 << 20
_HEAD_LINES = 500
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = {
    b"PK\x03\x04": "is a workbook",
    b"\xd0\xcf\x11\xe0": "is a workbook",
    b"\x1f\x8b": "is compressed",
    b"%PDF": "is a PDF",
}
_NO_TABLE = ("<", "{", "[")
"""How a web page and JSON begin."""
_WRAPPED = re.compile(r'"(?:[^"]|"")*"')
_TOLD = re.compile(r'"?sep=[\t;,]"?\s*', re.IGNORECASE)
_SEPARATORS = ("\t", ";", ",")
_LINE_BREAKS = re.compile(r"[\t\r\n]+")


@dataclass(frozen=True, slots=True)
class Exported:
    """A readable file.

    Args:
        path: Where it lies.
        codec: Python's name of its encoding.
        separator: What stands between its cells.
        quoted: Whether quotes in it are marks around cells, not characters.
        told: Whether its first line only says what the separator is.
    """

    path: Path
    codec: str
    separator: str
    quoted: bool
    told: bool

    @classmethod
    def open(cls, path: Path, form: Format, windows: str = "cp1252") -> Exported:
        """Look at a file.

        Args:
            path: Where it lies.
            form: How Amazon writes this report.
            windows: What Windows writes in that country where it does not write Unicode.

        Raises:
            InvalidInputError: It cannot be read, or holds no table.
        """
        try:
            with path.open("rb") as file:
                start = file.read(_BLOCK)
            codec = _codec(path, start, windows)
            with path.open(encoding=codec, errors="replace", newline="") as file:
                head = [line for _, line in zip(range(_HEAD_LINES), file, strict=False)]
        except (OSError, UnicodeError) as error:
            raise unusable(path, f"cannot be read ({type(error).__name__})") from None
        told = bool(head) and _TOLD.fullmatch(head[0]) is not None
        named = next((line for line in head[told:] if line.strip()), "")
        if form is Format.JSON_DOCUMENT:
            if not named.lstrip().startswith("{"):
                raise unusable(path, "holds no JSON object", form)
            return cls(path, codec, "", quoted=False, told=False)
        separator = max(_SEPARATORS, key=named.count)
        if separator not in named or named.lstrip().startswith(_NO_TABLE):
            raise unusable(path, "holds no table of several columns")
        quoted = form is Format.QUOTED_TSV or separator != "\t" or _wrapped_by_excel(head)
        return cls(path, codec, separator, quoted, told)

    def sources(self) -> Iterator[bytes]:
        """The bytes as they lie there."""
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block

    def records(self, form: Format) -> Iterator[bytes]:
        """Its rows as Amazon would have written them, in blocks.

        Raises:
            InvalidInputError: A row cannot be told from the next.
        """
        gathered: list[str] = []
        size = 0
        for line in self._lines(form):
            gathered.append(line)
            size += len(line)
            if size >= _BLOCK:
                yield _written(gathered)
                gathered, size = [], 0
        yield _written(gathered)

    def _lines(self, form: Format) -> Iterator[str]:
        with self.path.open(encoding=self.codec, errors="replace", newline="") as file:
            if form is Format.JSON_DOCUMENT:  # often all on one line
                yield from iter(lambda: file.read(_BLOCK), "")
                return
            if self.told:
                next(file)
            if not self.quoted:
                for line in file:
                    yield line.rstrip("\r\n") + "\n"
                return
            try:
                for row in csv.reader(file, delimiter=self.separator):
                    yield _quoted(row) if form is Format.QUOTED_TSV else _plain(row)
            except csv.Error as error:
                raise unusable(self.path, f"cannot be taken apart into cells ({error})") from None


def unusable(path: Path, why: str, form: Format = Format.TSV) -> InvalidInputError:
    """That a file is no export of a report."""
    step = "Export the report as tab-separated text and pass that file unchanged."
    if form is Format.JSON_DOCUMENT:
        step = "Pass the report as Amazon's API gave it: one JSON object, unchanged."
    return InvalidInputError(f"{path.name} {why}.", field="file", next_step=step)


def _codec(path: Path, start: bytes, windows: str) -> str:
    if not start.strip():
        raise unusable(path, "is empty")
    for magic, what in _NOT_TEXT.items():
        if start.startswith(magic):
            raise unusable(path, what)
    for mark, codec in _MARKS:
        if start.startswith(mark):
            return codec
    if b"\0" in start:
        raise unusable(path, "is no text")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return windows
    return "utf-8"


def _wrapped_by_excel(head: Iterable[str]) -> bool:
    """Excel wraps every cell that holds a quote; Amazon wraps none, and titles hold quotes."""
    cells = [cell for line in head for cell in line.rstrip("\r\n").split("\t") if '"' in cell]
    return bool(cells) and all(_WRAPPED.fullmatch(cell) for cell in cells)


def _written(lines: Iterable[str]) -> bytes:
    return printable("".join(lines)).encode("utf-8")


def _plain(row: Sequence[str]) -> str:
    return "\t".join(_LINE_BREAKS.sub(" ", cell) for cell in row) + "\n"


def _quoted(row: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(row)
    return out.getvalue()
