"""A tracker of projects and tasks: what the blog leaves out of the language.

UUID keys, a choice, a decimal, a date, JSON, a list of text, links between many and many, a count for each viewer, a rule
that follows a link, a sort in mixed directions, a search, a partial unique, and links that hold on or let go.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from kingpost import (
    Access,
    Account,
    App,
    Lists,
    PasswordPolicy,
    Resource,
    Unique,
    actor,
    admin,
    anyone,
    back,
    count,
    created,
    decimal,
    json,
    key,
    many,
    owner,
    ref,
    signed_in,
    text,
    texts,
    value,
    via,
    where,
)

open_to_all = where(visibility="open")
not_done = where(state="open")


class Member(Account, table="members"):
    """Someone who works here."""

    id: UUID = key()
    name: str = text(min=1, max=50)
    tasks: "list[Task]" = back("assignee")

    password = PasswordPolicy(min=8)
    access = Access(create=anyone, read=signed_in.fields("id", "name") | owner() | admin, update=owner(), delete=admin)
    lists = Lists("name")


class Project(Resource, table="projects"):
    """Work that belongs together; a closed one is seen by its lead alone."""

    id: UUID = key()
    lead: Member = ref(on_delete="restrict", default=actor)
    name: str = text(min=1, max=100)
    visibility: Literal["open", "closed"] = value(default="open")
    settings: Any = json(default={})
    tasks: "list[Task]" = back("project")
    task_count: int = count("tasks", where=not_done)

    access = Access(
        create=signed_in & owner("lead"),
        read=open_to_all | owner("lead") | admin,
        update=owner("lead") | admin,
        delete=owner("lead") | admin,
    )
    lists = Lists("name", "lead_id name")
    unique = Unique("lead", "name", where=open_to_all)


class Task(Resource, table="tasks"):
    """Something to do, seen by whoever sees its project."""

    id: UUID = key()
    project: Project = ref(on_delete="cascade")
    assignee: Member | None = ref(on_delete="null")
    title: str = text(min=1, max=200)
    state: Literal["open", "done"] = value(default="open")
    priority: int = 0
    effort: Decimal | None = decimal(precision=6, scale=1)
    due: date | None = value()
    done_at: datetime | None = value()
    notes: list[str] = texts(default=[])
    created_at: datetime = created()
    tags: "list[Tag]" = many()

    access = Access(
        create=via("project", owner("lead")) | admin,
        read=via("project", open_to_all) | via("project", owner("lead")) | owner("assignee"),
        update=owner("assignee").fields("state", "notes", "done_at") | via("project", owner("lead")),
        delete=via("project", owner("lead")),
    )
    lists = Lists("-priority +due", "project_id -priority +due", "state -created_at", page=3, most=50, search=("title",))


class Tag(Resource, table="tags"):
    """A word on tasks; a hidden one is seen by admins alone."""

    id: UUID = key()
    word: str = text(min=1, max=30, unique=True)
    hidden: bool = value(default=False)
    tasks: "list[Task]" = many(of="tags")

    access = Access(create=admin, read=where(hidden=False) | admin, update=admin, delete=admin)
    lists = Lists("word")


app = App(Member, Project, Task, Tag, title="Tracker", base="/tracker")
