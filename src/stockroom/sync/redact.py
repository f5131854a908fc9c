"""What buyers are, leaves before anything is stored: whole columns, by name.

The names are those under which Amazon's documents carry a person: buyer,
recipient, address, phone, e-mail, tax number. The country stays: stock belongs
to countries. It works on bytes, before anyone knows the charset: tab, quote and
line end are the same in all that Amazon uses.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from stockroom.spec.format import Format, normalized
from stockroom.sync.charset import printable
from stockroom.sync.records import Cutter, header_and_body

_WHOM = ("ship", "shipping", "shipto", "bill", "billing", "billto", "delivery")
_WHERE = (
    *("address", "address1", "address2", "address3", "addressline1", "addressline2"),
    *("addressline3", "city", "county", "district", "email", "name", "phone", "phonenumber"),
    *("postalcode", "state", "stateorregion", "zip", "zipcode"),
)
_PERSONAL = {
    *(whom + where for whom in _WHOM for where in _WHERE),
    # Bare "name" and "state" are left alone: products and processes have them too.
    *(where for where in _WHERE if where not in {"name", "state"}),
    *("cpf", "cnpj", "emailaddress", "giftmessage", "giftmessagetext"),
    *("purchaseordernumber", "vatnumber"),
}
_MARK = "\ufffd\ufffd\ufffd"
"""A byte-order mark, read as ASCII."""
_PERSONS = ("buyer", "recipient")


def is_personal(header: str, also: Iterable[str] = ()) -> bool:
    """Whether a column (or a JSON key) of that name carries a person."""
    name = normalized(header)
    return (
        name.startswith(_PERSONS)
        or name in _PERSONAL
        or any(name == normalized(other) for other in also)
    )


def without_persons(value: Any, also: Iterable[str] = ()) -> Any:
    """A JSON value without the keys that carry a person, at any depth."""
    if isinstance(value, Mapping):
        return {
            key: without_persons(item, also)
            for key, item in value.items()
            if not is_personal(key, also)
        }
    if isinstance(value, list):
        return [without_persons(item, also) for item in value]
    return value


class Redactor:
    """Removes the personal columns of one tab-separated document.

    Args:
        form: Quoted or not.
        also: Names to remove beyond the usual ones.
        only: The names that may stay, normalised; None: all others.

    Attributes:
        headers: The kept column names, as Amazon wrote them.
        dropped: Rows not kept: a cell too many, so that nobody can tell which are personal.
    """

    def __init__(
        self, form: Format, also: Sequence[str] = (), only: Collection[str] | None = None
    ) -> None:
        self._quoted = form is Format.QUOTED_TSV
        self._also = tuple(also)
        self._only = only
        self._cutter = Cutter(quoted=self._quoted)
        self._keep: list[int] = []
        self._width = 0
        self.headers: list[str] = []
        self.dropped = 0

    def feed(self, block: bytes) -> bytes:
        """The records that are whole by now, redacted."""
        return self._redacted(self._cutter.feed(block))

    def finish(self) -> bytes:
        """The last record, redacted."""
        return self._redacted(self._cutter.finish())

    def _redacted(self, records: bytes) -> bytes:
        if self._width:
            return records if self._untouched else self._rows(records)
        head, body = header_and_body(records)
        if not head:
            return b""
        names = self._cells(head)
        self._width = len(names)
        self._keep = [at for at, name in enumerate(names) if not self._personal(name)]
        self.headers = [_name(names[at]) for at in self._keep]
        return records if self._untouched else self._joined([names]) + self._rows(body)

    @property
    def _untouched(self) -> bool:
        return len(self._keep) == self._width

    def _personal(self, name: bytes) -> bool:
        text = _name(name).removeprefix(_MARK)
        strange = self._only is not None and normalized(text) not in self._only
        return strange or is_personal(text, self._also)

    def _rows(self, records: bytes) -> bytes:
        if self._quoted:
            return self._joined(self._quoted_cells(records))
        return self._joined(line.rstrip(b"\r").split(b"\t") for line in _lines(records))

    def _joined(self, rows: Iterable[list[bytes]]) -> bytes:
        """The kept cells of each row. A row too wide is dropped: its cells have moved."""
        kept: list[bytes] = []
        for row in rows:
            if len(row) > self._width:
                self.dropped += 1
                continue
            kept.append(b"\t".join([row[at] for at in self._keep if at < len(row)]))
        return b"".join(line + b"\n" for line in kept)

    def _cells(self, head: bytes) -> list[bytes]:
        if self._quoted:
            return next(iter(self._quoted_cells(head)))
        return head.rstrip(b"\r").split(b"\t")

    @staticmethod
    def _quoted_cells(records: bytes) -> Iterable[list[bytes]]:
        text = io.StringIO(records.decode("latin-1"), newline="")
        for row in csv.reader(text, delimiter="\t"):
            yield [_quoted(cell).encode("latin-1") for cell in row]


def _name(cell: bytes) -> str:
    """A column's name; a wrong charset's NULs would hide it, and Postgres keeps none."""
    return printable(cell.decode("ascii", "replace")).strip('"\r ')


def _lines(records: bytes) -> list[bytes]:
    """Only a line feed ends a line: other breaks may stand inside a cell."""
    return records.removesuffix(b"\n").split(b"\n") if records else []


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
