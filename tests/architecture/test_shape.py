"""The shape of the code, held by reading it: sizes, fences and habits that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "stockroom"
FILES = sorted(SOURCE.rglob("*.py"))
DECLARATIONS = [
    path
    for room in ("reports", "metrics", "tools/read", "tools/write")
    for path in sorted((SOURCE / room).glob("*.py"))
    if path.name != "__init__.py"
]

LONGEST_FILE = 300
LONGEST_DECLARATION = 150
LONGEST_FUNCTION = 40
LONGEST_MEDIAN = 13


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code, without signature and docstring: a long explanation is no fault."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_file_is_longer_than_a_reader_can_hold(path: Path) -> None:
    limit = LONGEST_DECLARATION if path in DECLARATIONS else LONGEST_FILE

    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_function_is_longer_than_a_screen(path: Path) -> None:
    long = {
        f"{function.name} ({_body_lines(function)} lines)"
        for function in _functions(ast.parse(path.read_text(encoding="utf-8")))
        if _body_lines(function) > LONGEST_FUNCTION
    }

    assert long == set()


def test_the_median_function_is_short() -> None:
    lengths = sorted(
        _body_lines(function)
        for path in FILES
        for function in _functions(ast.parse(path.read_text(encoding="utf-8")))
    )

    assert lengths[len(lengths) // 2] <= LONGEST_MEDIAN


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "path", [path for path in FILES if "entrypoints" not in path.parts], ids=_name
)
def test_nothing_but_an_entrypoint_catches_everything(path: Path) -> None:
    broad = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]

    assert broad == []


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_sql_is_formatted_together(path: Path) -> None:
    formatted = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"text", "execute", "exec_driver_sql"}
        and node.args
        and isinstance(node.args[0], ast.JoinedStr)
    ]

    assert formatted == []


@pytest.mark.parametrize("path", DECLARATIONS, ids=_name)
def test_a_declaration_file_declares_the_thing_it_is_named_after(path: Path) -> None:
    room = path.parent.name
    wanted = {"reports": "REPORT", "metrics": "METRIC", "write": "TOOL", "read": path.stem}[room]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}

    assert wanted in assigned | defined
