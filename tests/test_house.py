"""The house is kept in order: what CONTRIBUTING promises of records, names and functions, counted.

``DEBT`` is what still breaks a promise.  It may only shrink: a test fails where a count has grown, and also where it has
shrunk and the number here has not, so that nothing that was paid off can come back unseen.  The order of the rooms is
guarded by the contract in pyproject.toml (``./run lint``).
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

import grimp
import pytest

from symderiv.arrays.operator import OPERATORS
from tests.source import PACKAGE, Modules, package, reads_the_source

pytestmark = reads_the_source

# Records of operators and functions stand here; everywhere else a quoted name is a second place for what a record says.
# What stands in for NumPy speaks of NumPy's names, some of which are the same.
RECORDS = ("layers", "functions", "plain_arrays")
# It stands apart and may import nothing of ours, records neither: its axioms name what they are about.
APART = PurePath("checker.py")
MAX_LINES = 60
MAX_COMPLEXITY = 15

DEBT = {
    "imports inside functions": 15,
    "modules in circles of imports": 0,
    "names of operators quoted outside their records": 232,
    "class names used more than once": 0,
    "module names used more than once": 0,
    "functions of more than 60 lines": 0,
    "functions of a complexity over 15": 0,
}

def functions(modules: Modules) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for _, tree in modules for node in statements(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Every statement, those in classes, functions and branches too; no expression is walked."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(tree, name, ()):
            if isinstance(node, ast.stmt):
                yield node
            yield from statements(node)


def late_imports(modules: Modules) -> int:
    """Imports inside functions.  A door, the ``__getattr__`` of a package's face, is not counted."""
    inside = {id(node) for f in functions(modules) if f.name != "__getattr__" for node in statements(f)
              if isinstance(node, ast.Import | ast.ImportFrom)}
    return len(inside)


def quoted_names(modules: Modules) -> int:
    return sum(isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in OPERATORS
               for path, tree in modules if path.parts[0] not in RECORDS and path != APART for node in ast.walk(tree))


def doubled_classes(modules: Modules) -> int:
    found = defaultdict(set)
    for path, tree in modules:
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name].add(path)
    return sum(len(paths) > 1 for paths in found.values())


def doubled_modules(modules: Modules) -> int:
    count = Counter(path.name for path, _ in modules if not path.name.startswith("__"))
    return sum(number > 1 for number in count.values())


def long_functions(modules: Modules) -> int:
    return sum((f.end_lineno or f.lineno) - f.lineno >= MAX_LINES for f in functions(modules))


COUNTS = {
    "imports inside functions": late_imports,
    "names of operators quoted outside their records": quoted_names,
    "class names used more than once": doubled_classes,
    "module names used more than once": doubled_modules,
    "functions of more than 60 lines": long_functions,
}


def in_circles(imports: Mapping[str, set[str]]) -> set[str]:
    """Modules that import each other in a circle, or stand between two circles: what is left when ends are taken off."""
    left = set(imports)
    while True:
        imported = set().union(*(imports[m] for m in left))
        kept = {m for m in left if imports[m] & left and m in imported}
        if kept == left:
            return left
        left = kept


def test_no_more_modules_import_each_other() -> None:
    """Imports inside functions and under TYPE_CHECKING counted."""
    graph = grimp.build_graph("symderiv", cache_dir=None)
    found = in_circles({m: graph.find_modules_directly_imported_by(m) for m in graph.modules})
    assert len(found) == DEBT["modules in circles of imports"], sorted(found)
    assert in_circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {"b", "c"}


@pytest.mark.parametrize("promise", COUNTS)
def test_debt_only_shrinks(promise: str) -> None:
    assert COUNTS[promise](package()) == DEBT[promise], "smaller: write the new number into DEBT; larger: mend the cause"


def test_no_more_functions_are_tangled() -> None:
    found = subprocess.run([sys.executable, "-m", "ruff", "check", "--select", "C901", "--output-format", "concise",
                            "--config", f"lint.mccabe.max-complexity={MAX_COMPLEXITY}", str(PACKAGE)],
                           capture_output=True, text=True, check=False)
    assert found.returncode in (0, 1), found.stderr
    assert found.stdout.count(" C901 ") == DEBT["functions of a complexity over 15"], found.stdout


def test_every_count_sees_what_it_counts() -> None:
    long = "def g():\n" + "    pass\n" * MAX_LINES
    source = f"class A: ...\ndef f():\n    import os\n    return 'softmax'\n{long}"
    modules = [(PurePath(room, "a.py"), ast.parse(source)) for room in ("render", "layers")]
    assert {promise: count(modules) for promise, count in COUNTS.items()} == {
        "imports inside functions": 2,
        "names of operators quoted outside their records": 1,
        "class names used more than once": 1,
        "module names used more than once": 1,
        "functions of more than 60 lines": 2,
    }


def test_no_test_looks_at_a_clock() -> None:
    clocks = {"perf_counter", "process_time", "time"}
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.rglob("*.py"))}
    found = [f"{path.name}:{node.lineno}" for path, text in texts.items() if "import time" in text
             for node in ast.walk(ast.parse(text))
             if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time"
             and node.attr in clocks and "campaign" not in path.parts]
    assert not found, "count the work instead: tests/work.py"


def test_what_draws_its_cases_says_how_many() -> None:
    """By ``tests.drawn``, so that they are the same in every run."""
    drawing = {path: text for path in sorted(Path(__file__).parent.rglob("test_*.py"))
               if "@given" in (text := path.read_text(encoding="utf-8"))}
    found = [f"{path.name}:{f.lineno}" for path, text in drawing.items() for f in statements(ast.parse(text))
             if isinstance(f, ast.FunctionDef) and [ast.unparse(d).partition("(")[0] for d in f.decorator_list] == ["given"]]
    assert not found
