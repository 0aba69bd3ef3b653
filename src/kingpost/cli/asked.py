"""What an app offers, as commands name it: operations with their addresses, and what is said behind an option.

Takes an app, gives names and words. Stands on the contract and the REST surface.
"""

import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout

import click
from click.shell_completion import CompletionItem

from kingpost.app import App
from kingpost.cli.load import load
from kingpost.contract.expr import some, words
from kingpost.contract.model import RULE_OF, Contract, Operation
from kingpost.surface.rest.routes import Routes


def address(app: App, operation: Operation) -> tuple[str, str]:
    """Give the method and the path at which an operation is asked for; dashes for what only code may ask."""
    for route in Routes(app.contract, app.base).all():
        for method, name in route.methods.items():
            if name == operation.name and not route.parent and not route.batch:
                return method, route.template
    return ("-", "-") if operation.verb is not None else (operation.method, f"{app.base}{operation.path}")


def who(contract: Contract, operation: Operation) -> str:
    """Say who may ask for an operation."""
    grants = operation.access
    if operation.verb is not None:
        grants = contract.resource[operation.resource].access[RULE_OF[operation.verb]]
    whole = [grant.rule for grant in grants if grant.fields is None]
    parts = [f"{words(grant.rule)} ({', '.join(grant.fields)})" for grant in grants if grant.fields is not None]
    return " or ".join([*parts, *([words(some(*whole))] if whole else [])])


def parameters(sort: str, filters: tuple[str, ...], include: str, fields: str) -> Mapping[str, str]:
    """Give what options ask for as the parameters of a request; one filter without a value asks for any."""
    named = dict(each.partition("=")[::2] for each in filters)
    return named | {name: text for name, text in (("sort", sort), ("include", include), ("fields", fields)) if text}


def complete(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of an operation or a resource; an app that can not be loaded completes nothing."""
    path = context.params.get("path") or "app.py"
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):  # noqa: PTH123  # os.devnull is no file
            app = load(path)
    except Exception:
        return []
    names = [*app.contract.resource, *(operation.name for operation in app.contract.operations)]
    return [CompletionItem(name) for name in names if name.startswith(begun)]
