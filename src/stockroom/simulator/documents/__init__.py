"""Report documents: one file per report type, each a view of the world's one event stream.

Nothing lists them: a module that offers a ``VIEW`` is a report type that can be asked for.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from stockroom.simulator.documents.view import DocumentView

_MODULES = [
    import_module(f"{__name__}.{found.name}")
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name)
]
DOCUMENTS: dict[str, DocumentView] = {
    module.VIEW.report_type: module.VIEW for module in _MODULES if hasattr(module, "VIEW")
}
"""Report type → what it shows."""
