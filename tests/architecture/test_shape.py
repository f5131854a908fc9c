"""The shape of the code, held by reading it: sizes, fences and habits that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "stockroom"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
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

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions() -> Iterator[tuple[Path, Function]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield path, node


def _body_lines(function: Function) -> int:
    """Lines of code, without signature and docstring: a long explanation is no fault."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def _name(path: Path, line: int | None = None) -> str:
    name = str(path.relative_to(SOURCE))
    return name if line is None else f"{name}:{line}"


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    limits = dict.fromkeys(FILES, LONGEST_FILE) | dict.fromkeys(DECLARATIONS, LONGEST_DECLARATION)

    assert {_name(path): n for path, n in lines.items() if n > limits[path]} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{_name(path)} {function.name} ({_body_lines(function)} lines)"
        for path, function in _functions()
        if _body_lines(function) > LONGEST_FUNCTION
    }

    assert long == set()


def test_the_median_function_is_short() -> None:
    lengths = sorted(_body_lines(function) for _, function in _functions())

    assert lengths[len(lengths) // 2] <= LONGEST_MEDIAN


def test_every_file_says_what_it_is() -> None:
    assert [_name(path) for path, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_nothing_but_an_entrypoint_catches_everything() -> None:
    broad = [
        _name(path, node.lineno)
        for path, tree in TREES.items()
        if "entrypoints" not in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]

    assert broad == []


def test_no_sql_is_formatted_together() -> None:
    formatted = [
        _name(path, node.lineno)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"text", "execute", "exec_driver_sql"}
        and node.args
        and isinstance(node.args[0], ast.JoinedStr)
    ]

    assert formatted == []


def test_a_declaration_file_declares_the_thing_it_is_named_after() -> None:
    assert [_name(path) for path in DECLARATIONS if _wanted(path) not in _declared(path)] == []


def _wanted(path: Path) -> str:
    room = path.parent.name
    return {"reports": "REPORT", "metrics": "METRIC", "write": "TOOL", "read": path.stem}[room]


def _declared(path: Path) -> set[str]:
    body = TREES[path].body
    assigned = {
        target.id
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return assigned | {node.name for node in body if isinstance(node, ast.AsyncFunctionDef)}
