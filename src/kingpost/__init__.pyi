"""Kingpost: a backend you declare.

The names that an app is written with.
"""

from kingpost.app import App
from kingpost.call import Detail, Failure, Refused
from kingpost.declare.data import Data
from kingpost.declare.fields import (
    actor,
    back,
    count,
    created,
    decimal,
    email,
    exists,
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
    upload,
    value,
)
from kingpost.declare.operation import Style, before, operation
from kingpost.declare.resource import Access, Account, Budget, Lists, PasswordPolicy, Resource, Unique
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
)
from kingpost.declare.source import Mistake, Mistakes
from kingpost.engine.context import Context
from kingpost.values import Cookie, Html, Page, Reply, Upload, html

__version__: str

__all__ = [
    "Access",
    "Account",
    "App",
    "Budget",
    "Context",
    "Cookie",
    "Data",
    "Detail",
    "Failure",
    "Html",
    "Lists",
    "Mistake",
    "Mistakes",
    "Page",
    "PasswordPolicy",
    "Refused",
    "Reply",
    "Resource",
    "Rule",
    "Style",
    "Unique",
    "Upload",
    "above",
    "actor",
    "admin",
    "anyone",
    "at_least",
    "at_most",
    "back",
    "before",
    "below",
    "count",
    "created",
    "decimal",
    "email",
    "exists",
    "html",
    "index",
    "is_null",
    "is_set",
    "json",
    "key",
    "many",
    "not_equal",
    "number",
    "one_of",
    "operation",
    "owner",
    "ref",
    "serial",
    "signed_in",
    "text",
    "texts",
    "updated",
    "upload",
    "value",
    "via",
    "where",
]
