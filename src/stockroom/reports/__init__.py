"""One file is one Amazon dataset is one table."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from stockroom.spec.report import Report


@cache
def all_reports() -> tuple[Report, ...]:
    """Every dataset there is, by name."""
    modules = (
        import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
        if not found.ispkg
    )
    reports: list[Report] = [module.REPORT for module in modules]
    return tuple(sorted(reports, key=lambda report: report.name))
