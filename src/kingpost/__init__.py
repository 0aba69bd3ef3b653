"""Kingpost: a backend you declare.

The names that an app is written with.
"""

from kingpost.app import App
from kingpost.declare.fields import (
    actor,
    back,
    count,
    created,
    decimal,
    email,
    index,
    json,
    key,
    many,
    number,
    ref,
    serial,
    text,
    texts,
    updated,
    value,
)  # fmt: skip
from kingpost.declare.resource import Access, Account, Lists, PasswordPolicy, Resource, Unique
from kingpost.declare.rules import (
    Rule,
    above,
    admin,
    anyone,
    at_least,
    at_most,
    below,
    is_null,
    is_set,
    not_equal,
    one_of,
    owner,
    signed_in,
    via,
    where,
)  # fmt: skip
from kingpost.declare.source import Mistake, Mistakes

__version__ = "0.1.0"

__all__ = [
    "Access", "Account", "App", "Lists", "Mistake", "Mistakes", "PasswordPolicy", "Resource", "Rule", "Unique",
    "above", "actor", "admin", "anyone", "at_least", "at_most", "back", "below", "count", "created", "decimal", "email",
    "index", "is_null", "is_set", "json", "key", "many", "not_equal", "number", "one_of", "owner", "ref", "serial", "signed_in", "text",
    "texts", "updated", "value", "via", "where",
]  # fmt: skip
