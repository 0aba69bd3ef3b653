"""Spells a whole document as a style wants its names.

Takes parts of an OpenAPI document in the declared names, gives them in the others. Stands on the naming of this surface.
"""

from typing import Any

from kingpost.surface.rest.document.schemas import Document
from kingpost.surface.rest.naming import LISTS, Naming

TEXTS = ("description", "summary", "x-access")
LINES = ("application/x-ndjson", "text/csv")


def respelled(node: Any, naming: Naming, suffix: str = "") -> Any:
    """Spell a part of a document.

    Args:
        node: The part.
        naming: The other spelling.
        suffix: What the names of schemas end with, where those in the declared spelling are there as well.

    Returns:
        The same in the other spelling; what an app's data hold is left as it is.
    """
    if isinstance(node, list):
        return [respelled(each, naming, suffix) for each in node]
    if not isinstance(node, dict):
        return node
    named = node.get("in") in ("query", "path")
    found: Document = {}
    for key, value in node.items():
        if key == "properties" and isinstance(value, dict):
            found[key] = {naming.name(name): respelled(each, naming, suffix) for name, each in value.items()}
        elif key == "required" and isinstance(value, list):
            found[key] = [naming.name(name) for name in value]
        elif key == "$ref" and suffix and value.startswith("#/components/schemas/"):
            found[key] = f"{value}{suffix}"
        elif key == "example":
            found[key] = naming.words(value) if named and node["name"] in LISTS else keys(value, naming)
        elif key == "name" and named:
            found[key] = naming.words(value)
        elif key == "schema" and named and node["name"] in LISTS:
            found[key] = {name: words(each, naming) for name, each in value.items()}
        elif key in TEXTS and isinstance(value, str):
            found[key] = naming.words(value)
        elif key in LINES:
            found[key] = respelled(value, naming, suffix) | {"example": naming.words(value["example"])}
        else:
            found[key] = respelled(value, naming, suffix)
    return found


def keys(value: object, naming: Naming) -> object:
    """Spell the names in an example."""
    if isinstance(value, list):
        return [keys(each, naming) for each in value]
    return {naming.name(name): keys(each, naming) for name, each in value.items()} if isinstance(value, dict) else value


def words(value: object, naming: Naming) -> object:
    """Spell the names that a parameter may say."""
    if isinstance(value, list):
        return [words(each, naming) for each in value]
    return naming.words(value) if isinstance(value, str) else value
