"""Writes those parts of the pages that the code itself can say, whenever the site is built.

Takes the package, gives Markdown: a page holds `<!-- generated: names kingpost -->`, say, and gets every public name there.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click

import kingpost.testing
from kingpost import settings
from kingpost.call import Kind
from kingpost.cli.main import main as command_line
from kingpost.engine.rows import Rows
from kingpost.surface.rest.refusals import CODES

MARKER = re.compile(r"<!-- generated: ([\w. ]+) -->")
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):\n((?: {4}.*\n?|\n)*)", re.MULTILINE)
ITEM = re.compile(r"(?:^|\n)(\*{0,2}\w+): (.*(?:\n {4}.*)*)")
WIDE = 100
HANDED = (kingpost.Context, Rows)  # which no one makes
VALUES = {
    "actor": "Stands for the account that makes the call, as in `ref(default=actor)`.",
    "admin": "The rule that lets through admins, whom only `kingpost user promote` makes.",
    "anyone": "The rule that lets everyone through, signed in or not.",
    "is_null": "Matches rows where a field is empty, as in `where(closed_at=is_null)`.",
    "is_set": "Matches rows where a field is not empty, as in `where(published_at=is_set)`.",
    "signed_in": "The rule that lets through everyone who has signed in.",
}
SETTINGS = {
    "KINGPOST_ENV": "`dev` or `production`. `kingpost dev` and `serve` decide for themselves; `kingpost user` takes `dev`; "
    "another ASGI server that is given the app goes by this.",
    "DATABASE_REPLICA_URL": "A PostgreSQL server that follows the database's own, from which much may be "
    "[read](replicas.md). None unless set.",
    "DATABASE_URL": "Where the data is: the path of an SQLite file, or the address of a [PostgreSQL](postgresql.md) database.",
    "DB_HOST": "In place of `DATABASE_URL`, the parts of a PostgreSQL address: the host's name, its address, or the folder of "
    "its socket.",
    "DB_PORT": "The port; 5432 unless set.",
    "DB_USER": "The user; `postgres` unless set.",
    "DB_PASSWORD": "The password, as it is: nothing in it is escaped.",
    "DB_NAME": "The database.",
    "DATABASE_CONNECTIONS": "How many connections one process may open to PostgreSQL; 20 unless set.",
    "DATABASE_POOLER": "`transaction` where a pooler that lends a connection for one transaction at a time stands before "
    "PostgreSQL.",
    "SECRET_KEY": "At least 32 random bytes, from which every key is derived. In development one is made and kept beside the "
    "database. Another secret ends every session.",
    "ALLOWED_ORIGINS": "The web origins whose pages may ask with their visitors' rights, with commas between them. None unless "
    "set; in development `http://localhost:3000`.",
    "TRUSTED_PROXIES": "The networks of the proxies in front, with commas between them. Only they are believed about a "
    "client's address (`X-Forwarded-For`). None unless set.",
    "METRICS_TOKEN": "What a reader of `/metrics` shows as its bearer token. Unless set, anyone reads them in development, and "
    "in production only the same machine, through no proxy.",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "The collector that is told of every call. Needs `pip install kingpost[otel]`.",
}
EXAMPLES = {
    "KINGPOST_ENV": ("production", "test"),
    "DATABASE_REPLICA_URL": ("", "postgresql://replica/app"),
    "DATABASE_URL": ("sqlite:///data/app.db", "mysql://db/app"),
    "DB_HOST": ("db.example.com", "db.example.com"),
    "DB_PORT": ("5432", "5432"),
    "DB_USER": ("blog", "blog"),
    "DB_PASSWORD": ("", "secret"),
    "DB_NAME": ("blog", "blog"),
    "DATABASE_CONNECTIONS": ("20", "2"),
    "DATABASE_POOLER": ("transaction", "session"),
    "SECRET_KEY": ("", "short"),
    "ALLOWED_ORIGINS": ("https://app.example.com", "*"),
    "TRUSTED_PROXIES": ("10.0.0.0/8, 192.0.2.7", "0.0.0.0/0"),
    "METRICS_TOKEN": ("", "short"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("http://localhost:4318", "localhost"),
}


def on_page_markdown(markdown: str, **_: object) -> str:
    """Fill in a page, when the builder asks for it."""
    return filled(markdown)


def filled(markdown: str) -> str:
    """Put what the code says in the places of a page that ask for it."""
    return MARKER.sub(lambda found: written(*found[1].split()), markdown)


def written(what: str, *arguments: str) -> str:
    """Write one part.

    Args:
        what: Which: `names`, `kinds`, `settings` or `commands`.
        arguments: The module whose names to write.

    Returns:
        The part, as Markdown.
    """
    parts: dict[str, Callable[..., Iterator[str]]] = {
        "names": names,
        "settings": variables,
        "commands": commands,
        "kinds": kinds,
    }
    return "\n\n".join(parts[what](*arguments))


# ------------------------------------------------------------------------------------------------------ names in Python


def public(module: ModuleType) -> list[str]:
    """Give the names that a module offers: those it lists, or those it makes itself and does not hide."""
    listed: list[str] = list(getattr(module, "__all__", ()))
    own = (name for name, each in vars(module).items() if name[0] != "_" and getattr(each, "__module__", "") == module.__name__)
    return listed or [name for name in own if callable(getattr(module, name))]


def offered(module: ModuleType) -> dict[str, Any]:
    """Give what a module offers by name, and what comes with it although nobody imports it."""
    found = {name: getattr(module, name) for name in public(module)} | ({"Rows": Rows} if module is kingpost else {})
    return {name: found[name] for name in sorted(found, key=str.lower)}


def names(path: str) -> Iterator[str]:
    """Write every name of a module, with its signature and what its docstring says."""
    module = {"kingpost": kingpost, "kingpost.testing": kingpost.testing}[path]
    for name, thing in offered(module).items():
        yield f"### `{name}`"
        if inspect.isclass(thing):
            yield from of_class(name, thing)
        elif inspect.isroutine(thing):
            yield signature(name, thing)
            yield documented(thing)
        else:
            yield VALUES[name]


def of_class(name: str, thing: type) -> Iterator[str]:
    """Write a class: how to make one, and what it can do."""
    made = thing not in HANDED and not issubclass(thing, str)  # a kind of text is made as any text is
    if made:
        yield signature(name, thing)
    yield documented(thing)
    if made and "Args:" in (inspect.getdoc(vars(thing).get("__init__")) or ""):
        yield documented(vars(thing)["__init__"]).partition("\n\n")[2]
    for method, each in vars(thing).items():
        bare = each.__func__ if isinstance(each, staticmethod | classmethod) else each
        function = inspect.isroutine(bare) and callable(bare)  # what stands for a field is asked as a function is, and is none
        if method[0] == "_" or not (function or isinstance(bare, property)) or not inspect.getdoc(bare):
            continue
        yield f"#### `{name}.{method}`"
        if not isinstance(bare, property):
            yield signature(f"{'await ' * inspect.iscoroutinefunction(bare)}{name}.{method}", bare)
        yield documented(bare)


def signature(name: str, thing: Callable[..., Any]) -> str:
    """Write how something is called, on several lines where one would be too wide."""
    found = inspect.signature(thing)
    kept = [each.replace(annotation=quoted(each.annotation)) for each in found.parameters.values() if each.name != "self"]
    result = "" if found.return_annotation in (found.empty, None) else f" -> {said(found.return_annotation)}"
    whole = f"{name}{re.sub('Ellipsis|<factory>|<built-in [^>]*>', '...', str(inspect.Signature(kept)))}{result}"
    if len(whole) > WIDE:
        listed = ",\n    ".join(split(whole[len(name) + 1 : whole.rindex(")" + result)]))
        whole = f"{name}(\n    {listed},\n){result}"
    return f"```python\n{whole}\n```"


class Said(str):
    """An annotation, told without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Tell it as it is."""
        return str(self)


def quoted(annotation: object) -> Any:
    """Prepare an annotation for being told in a signature."""
    return annotation if annotation is inspect.Parameter.empty else Said(said(annotation))


def said(annotation: object) -> str:
    """Say an annotation as it was written, without the modules its names come from."""
    if annotation == Kind:
        return "Kind"
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"[~+]|\b(?:[a-z_]+\.)+(?=\w)", "", text)


def split(text: str) -> list[str]:
    """Split parameters at the commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def documented(thing: object) -> str:
    """Write a docstring: its sentences, then what it takes, gives and raises."""
    text = (inspect.getdoc(thing) or "") + "\n"
    parts = [textwrap.dedent(SECTION.sub("", text)).strip()]
    for title, indented in SECTION.findall(text):
        body = textwrap.dedent(indented).strip()
        items = [(name, " ".join(said.split())) for name, said in ITEM.findall(body)]
        if title == "Returns" or not items:
            parts.append(f"**{title}** {' '.join(body.split())}")
        else:
            parts.append(
                "\n".join([f"| {title.lower()} | |", "|---|---|", *(f"| `{name}` | {said} |" for name, said in items)])
            )
    return "\n\n".join(parts)


# -------------------------------------------------------------------------------------- kinds, settings and commands


def kinds() -> Iterator[str]:
    """Write how each kind of refusal is told."""
    rows = [f"| `{kind}` | {status} | `{code}` |" for kind, (status, code) in CODES.items()]
    yield "\n".join(["| kind | status | code |", "|---|--:|---|", *rows])


def read_settings() -> list[str]:
    """Give the names of the variables that the settings are read from, in the order in which they are read."""
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    asked = [ast.unparse(node.args[0]) for node in ast.walk(tree) if isinstance(node, ast.Call) and is_lookup(node.func)]
    return list(dict.fromkeys(str(ast.literal_eval(name)) for name in asked))


def is_lookup(function: ast.expr) -> bool:
    """Whether an expression is `environment.get`."""
    return ast.unparse(function) == "environment.get"


def variables() -> Iterator[str]:
    """Write every setting: what it means, an example, and what the server says to a bad one."""
    for name in sorted(read_settings(), key=list(SETTINGS).index):
        good, bad = EXAMPLES[name]
        yield f"### `{name}`"
        yield SETTINGS[name] + (f" Example: `{good}`." if good else "")
        yield f"Refused, such as `{bad}`:\n\n```text\n{textwrap.fill(refusal(name, bad), WIDE)}\n```"


def refusal(name: str, bad: str) -> str:
    """Give what the settings say to a bad value."""
    try:
        settings.read({"SECRET_KEY": "." * settings.LEAST_SECRET, name: bad})
    except settings.Unsafe as unsafe:
        return str(unsafe)
    raise AssertionError(f"{name}={bad} is not refused: give another example")


def commands() -> Iterator[str]:
    """Write every command of the command line, with what it takes."""
    yield from command(command_line, click.Context(command_line, info_name="kingpost", **command_line.context_settings))


def command(of: click.Command, context: click.Context) -> Iterator[str]:
    """Write one command, then those within it."""
    if not isinstance(of, click.Group):
        usage = " ".join([context.command_path, *of.collect_usage_pieces(context)])
        yield f"## `{context.command_path}`"
        yield f"```text\n{usage}\n```"
        yield inspect.cleandoc(of.help or "").replace("\b\n", "")
        records = [each.get_help_record(context) for each in of.params if isinstance(each, click.Option)]
        shown = [(name.replace("|", r"\|"), told) for name, told in filter(None, records)]
        if shown:
            yield "\n".join(["| option | |", "|---|---|", *(f"| `{name}` | {told} |" for name, told in shown)])
    for name, each in within(of, context).items():
        yield from command(each, click.Context(each, info_name=name, parent=context))


def within(of: click.Command, context: click.Context) -> dict[str, click.Command]:
    """Give the commands within one, by name, as it lists them; some are loaded when they are asked for."""
    if not isinstance(of, click.Group):
        return {}
    found = {name: of.get_command(context, name) for name in of.list_commands(context)}
    return {name: each for name, each in found.items() if each is not None and not each.hidden}
