"""Keeps the imports where they can be seen: at the top of a file, for everyone, and of declared libraries only."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

from tests.repo.source import PACKAGE, Source, in_functions, package_sources, project

MAY_LOAD_LATE = ("app.py", "cli/")  # the one loader; and commands, so that --help does not wait for the server
EXTRAS = {
    "telemetry.py": ("otel", "opentelemetry"),
    "store/postgres": ("postgres", "asyncpg"),
}  # what only an extra brings, and only the loader imports: file or folder, extra, library
MAY_LOAD_BY_NAME = ("__init__.py", "app.py", "cli/")  # the public names, when asked for; and somebody names their file as text


def late_imports(source: Source) -> Iterator[str]:
    for node in in_functions(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield f"{source.path}:{node.lineno}"


def imports_by_name(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id="__import__")) | ast.Attribute(attr="import_module"):
                yield f"{source.path}:{node.lineno}"
            case ast.Attribute(attr="spec_from_file_location") | ast.ImportFrom(module="importlib"):
                yield f"{source.path}:{node.lineno}"
            case _:
                pass


LOADED = [sys.executable, "-c", "import sys, kingpost.cli.main, kingpost.testing; print(*sys.modules, sep='\\n')"]


def imported_libraries(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def test_no_import_hides_in_a_function() -> None:
    sources = [source for source in package_sources() if not source.stands_in(*MAY_LOAD_LATE)]
    assert [found for source in sources for found in late_imports(source)] == []


def test_no_module_is_loaded_by_its_name_where_the_floors_would_not_see_it() -> None:
    sources = [source for source in package_sources() if not source.stands_in(*MAY_LOAD_BY_NAME)]
    assert [found for source in sources for found in imports_by_name(source)] == []


def test_nothing_is_imported_for_types_only() -> None:
    assert [source.path for source in package_sources() if re.search(r"\bTYPE_CHECKING\b", source.text)] == []


def test_every_imported_library_is_a_declared_dependency() -> None:
    declared = {re.split(r"[^A-Za-z0-9_-]", text)[0].replace("-", "_") for text in project()["project"]["dependencies"]}
    import_names = {"argon2_cffi": "argon2", "pyjwt": "jwt"}
    allowed = {import_names.get(name, name) for name in declared} | sys.stdlib_module_names | {"kingpost"}
    imported = {(source.path, name) for source in package_sources() for name in imported_libraries(source)}
    extra = {
        (source.path, library)
        for source in package_sources()
        for path, (_, library) in EXTRAS.items()
        if source.stands_in(path if path.endswith(".py") else f"{path}/")
    }
    assert sorted((path, name) for path, name in imported - extra if name not in allowed) == []


def test_what_needs_an_extra_is_loaded_late_and_tested_with_it() -> None:
    optional = project()["project"]["optional-dependencies"]
    loaded = subprocess.run(LOADED, capture_output=True, text=True, check=True).stdout.split()
    for path, (extra, library) in EXTRAS.items():
        assert all(text.startswith(library) for text in optional[extra])
        assert set(optional[extra]) <= set(project()["dependency-groups"]["dev"])
        assert (PACKAGE / path).exists()
        assert "kingpost.app" in loaded
        assert not {library, f"kingpost.{path.removesuffix('.py').replace('/', '.')}"} & set(loaded)


def test_a_late_import_and_an_import_by_name_are_noticed() -> None:
    late = Source("a.py", "async def f():\n    if x:\n        from a import b\n")
    assert list(late_imports(late)) == ["a.py:3"]
    by_name = Source("a.py", "import importlib\nimportlib.import_module('a')\n__import__('b')\n")
    assert sorted(imports_by_name(by_name)) == ["a.py:2", "a.py:3"]
