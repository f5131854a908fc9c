"""Resources: what the columns, the datasets and the metrics mean, from the declarations themselves."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable

from mcp_types import Resource, ResourceTemplate, TextResourceContents

from stockroom.entrypoints.answers import Wire
from stockroom.entrypoints.mcp_catalogue import Catalogue, Entry
from stockroom.entrypoints.wiring import all_metrics
from stockroom.reports import all_reports
from stockroom.spec.metric import Metric
from stockroom.spec.report import Report
from stockroom.tenancy.principal import Principal

_JSON = "application/json"
_COLUMNS = "stockroom://columns/"

TEMPLATES = [
    ResourceTemplate(
        uri_template=_COLUMNS + "{tool}",
        name="columns",
        title="Columns of a tool",
        description="Meaning and unit of every column a tool returns.",
        mime_type=_JSON,
    )
]


class Library:
    """The pages a principal may read.

    Args:
        catalogue: The tools there are.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._pages: dict[str, tuple[Resource, Callable[[], Wire]]] = {
            "stockroom://datasets": (
                _page("datasets", "What is loaded from Amazon, how often, and how far back."),
                lambda: {"datasets": [_dataset(report) for report in all_reports()]},
            ),
            "stockroom://metrics": (
                _page("metrics", "What is computed from it, and how."),
                lambda: {"metrics": [_metric(metric) for metric in all_metrics()]},
            ),
        }

    def listed(self, principal: Principal) -> list[Resource]:
        """What ``resources/list`` shows."""
        columns = [
            Resource(
                uri=_COLUMNS + entry.name,
                name=f"columns-{entry.name}",
                title=f"Columns of {entry.name}",
                mime_type=_JSON,
            )
            for entry in self._documented(principal)
        ]
        return [*(resource for resource, _ in self._pages.values()), *columns]

    def read(self, uri: str, principal: Principal) -> TextResourceContents | None:
        """A page; None when there is none by that address within reach."""
        if uri in self._pages:
            return _contents(uri, self._pages[uri][1]())
        for entry in self._documented(principal):
            if _COLUMNS + entry.name == uri:
                return _contents(uri, _columns(entry))
        return None

    def _documented(self, principal: Principal) -> list[Entry]:
        return [entry for entry in self._catalogue.visible(principal) if entry.columns]


def _page(name: str, description: str) -> Resource:
    return Resource(
        uri=f"stockroom://{name}",
        name=name,
        title=name.title(),
        description=description,
        mime_type=_JSON,
    )


def _contents(uri: str, page: Wire) -> TextResourceContents:
    text = json.dumps(page, ensure_ascii=False)
    return TextResourceContents(uri=uri, mime_type=_JSON, text=text)


def _columns(entry: Entry) -> Wire:
    return {
        "tool": entry.name,
        "columns": [
            {"name": column.name, "unit": column.unit, "meaning": column.meaning}
            | ({"detail": "full"} if column.full else {})
            for column in entry.columns
        ],
    }


def _dataset(report: Report) -> Wire:
    return {
        "name": report.name,
        "meaning": _meaning(report.fills),
        "asked_per": report.scope.value,
        "every_hours": round(report.every.total_seconds() / 3600, 2),
        "history_days": report.history,
    }


def _metric(metric: Metric) -> Wire:
    return {"name": metric.name, "meaning": _meaning(inspect.getmodule(metric.derive))}


def _meaning(described: object) -> str:
    return " ".join((inspect.getdoc(described) or "").split())
