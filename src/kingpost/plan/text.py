"""Prints a plan for a person: what is read or written, under which rule, and what of it the answer shows to whom.

Takes a plan, gives text; pure. Stands on the queries and the ground.
"""

from collections.abc import Iterator, Sequence

from kingpost.contract.codec import Output
from kingpost.contract.expr import ALWAYS, NEVER, Expression, words
from kingpost.contract.model import Key
from kingpost.plan.query import (
    Among,
    Branch,
    Cascade,
    Delete,
    Find,
    Holds,
    Insert,
    Item,
    Linked,
    Page,
    Plan,
    Reachable,
    Table,
    Tally,
    Through,
    Total,
    Update,
    Value,
    Write,
)

STEP = "  "
PARENT = Value("the parent's id")


def text(plan: Plan) -> str:
    """Print a plan.

    Args:
        plan: What to print.

    Returns:
        Indented lines; a value that comes with the call stands with a colon before its name, such as `:key`.
    """
    return "\n".join([plan.operation, *indented(body(plan))]) + "\n"


def indented(lines: Iterator[str]) -> Iterator[str]:
    """Move lines one step to the right."""
    return (STEP + line for line in lines)


def body(plan: Plan) -> Iterator[str]:
    """Say everything but the name of the operation."""
    if plan.refused:
        yield "refused: the rule that is left lets no one through, whatever the row"
        return
    table: Table | None = None
    if isinstance(plan.root, Find):
        table = plan.root.table
        yield f"finds the one of {table.resource} with {words(plan.root.where)}"
        yield from indented(joins(table))
        if plan.root.vouched:
            yield f"tells what the caller is in {plan.root.vouched} at that moment"
    elif isinstance(plan.root, Among):
        table = plan.root.table
        yield f"finds those of {table.resource} that :keys name{provided(plan.root.where)}"
        yield from indented(joins(table))
    elif isinstance(plan.root, Page):
        table = plan.root.table
        for at, step in enumerate((plan.root, *plan.rest)):
            yield from page(step, "goes on, if there is room, with" if at else "lists")
        if plan.total is not None:
            yield from total(plan.total)
    elif plan.write is not None:
        table = None if isinstance(plan.write.change, Delete) else plan.write.change.answer
        yield from write(plan.write)
    for number, linked in enumerate(plan.linked, 1):
        yield from further(number, linked)
    if table is not None and plan.output is not None:
        yield "answers"
        yield from indented(shown(plan.output, across(table), plan.linked))


# What is read


def joins(table: Table) -> Iterator[str]:
    """Say which rows come along."""
    for join in table.joins:
        yield f"along with its one of {join.table.resource} by {join.field}{provided(join.rule)}"
        yield from indented(joins(join.table))


def provided(rule: Expression) -> str:
    """Say a condition, where there is one."""
    return "" if rule == ALWAYS else f" if {words(rule)}"


def ordered(keys: Sequence[Key]) -> str:
    """Say an order."""
    return ", ".join(f"{key.field} {'falling' if key.descending else 'rising'}" for key in keys)


def page(page: Page, verb: str) -> Iterator[str]:
    """Say what a list reads, or a further stretch of it."""
    yield f"{verb} {page.table.resource}: {ordered(page.order)}"
    for number, part in enumerate(page.branches, 1):
        yield from indented(branch(f"branch {number} of {len(page.branches)}", part))
    yield from indented(joins(page.table))


def branch(name: str, branch: Branch) -> Iterator[str]:
    """Say one branch of a list."""
    if branch.where == NEVER:
        yield f"{name}: no rows"
        return
    order = paired(branch.through) if branch.through else said(branch.index)
    yield f"{name}: {found(branch) if branch.search else f'in the order of {order}'}"
    if branch.where != ALWAYS:
        yield f"{STEP}those with {words(branch.where)}"
    if branch.beyond is not None:
        marks = ", ".join(f":mark_{branch.beyond.first + at}" for at in range(len(branch.beyond.keys)))
        yield f"{STEP}after the mark ({marks}) in {ordered(branch.beyond.keys)}"


def found(branch: Branch) -> str:
    """Say what a search looks for."""
    under = f" among {paired(branch.through)}" if branch.through else ""
    return f"what holds :words in {', '.join(branch.search)}{under}"


def total(total: Total) -> Iterator[str]:
    """Say what is counted."""
    yield f"counts {total.table.resource}, up to {total.most:,}"
    for number, part in enumerate(total.branches, 1):
        yield from indented(branch(f"branch {number} of {len(total.branches)}", part))


def said(index: str) -> str:
    """Say what a branch is read by."""
    return f"index {index}" if index else "the primary key"


def paired(through: Through) -> str:
    """Say which pairs lead to the rows."""
    return f"the pairs in {through.name} ({through.here} to {through.there})"


def further(number: int, linked: Linked) -> Iterator[str]:
    """Say the statement that brings the rows of a to-many link, for all parents at once."""
    above = "the rows" if linked.parent < 0 else f"the rows of statement {linked.parent + 2}"
    way = linked.link if isinstance(linked.link, str) else linked.link.name
    yield f"statement {number + 1}: for all {above} at once, {linked.table.resource} by {way}, at most {linked.most} each"
    yield f"{STEP}{ordered(linked.order)}"
    for at, part in enumerate(linked.branches, 1):
        yield from indented(branch(f"branch {at} of {len(linked.branches)}", part))
    yield from indented(joins(linked.table))


# What is shown


def across(table: Table) -> tuple[Item, ...]:
    """Give the values of a row in order: the table's own, then those of each joined one, depth first."""
    return (*table.items, *(item for join in table.joins for item in across(join.table)))


def shown(output: Output, items: Sequence[Item], linked: Sequence[Linked]) -> Iterator[str]:
    """Say what an answer shows: fields that go by one guard stand on one line."""
    plain: dict[int, list[str]] = {}
    for column in output.columns:
        plain.setdefault(column.guard, []).append(column.name)
    for guard, names in plain.items():
        yield f"{', '.join(names)}{guarded(guard, items)}"
    for column in output.columns:
        item = items[column.at]
        if isinstance(item, Tally):
            verb = "says whether there are any" if item.any else "counts"
            yield f"{STEP}{column.name} {verb} {item.resource} by {item.field}{provided(item.where)}"
    for one in output.ones:
        yield f"{one.name}: one row or null{guarded(one.guard, items)}"
        yield from indented(shown(one.output, items, linked))
    for many in output.manys:
        yield f"{many.name}: the rows of statement {many.slot + 2}"
        yield from indented(shown(many.output, (PARENT, *across(linked[many.slot].table)), linked))


def guarded(at: int, items: Sequence[Item]) -> str:
    """Say under which condition something is shown."""
    item = items[at] if at >= 0 else None
    return provided(item.rule) if isinstance(item, Holds) else ""


# What is written


def write(write: Write) -> Iterator[str]:
    """Say what a write does, in its order."""
    change = write.change
    if write.before is not None:
        yield f"first reads the one of {change.resource} with {words(write.before.where)}"
        asked = ("not there for who may not read it", "refused to who may not remove it")[: 1 + isinstance(change, Delete)]
        rules = [item.rule for item in write.before.table.items if isinstance(item, Holds)]
        for meaning, rule in zip(asked, rules, strict=False):
            if rule != ALWAYS:
                yield f"{STEP}{meaning}: {words(rule)}"
        yield f"{STEP}its version: {', '.join(column.name for column in write.version)}"
    yield from fallen(write.cascades)
    yield from changed(change)
    for name, unpair, pair in write.pairs:
        yield f"then pairs by {name}: takes away all in {unpair.through.name} by {unpair.through.here}"
        yield f"{STEP}and pairs it with those of {pair.resource} that are named{provided(pair.rule)}"
    for tallied in write.tallies:
        kept = f"{tallied.add.resource}.{tallied.add.field}"
        yield f"keeps {kept}: {tallied.resource} by {tallied.field}{provided(tallied.where)}"
    if write.explain is not None:
        yield f"if nothing was written, asks which link it was: {', '.join(link.field for link in write.explain.links)}"


def changed(change: Insert | Update | Delete) -> Iterator[str]:
    """Say the change itself, with the rules that stand inside it."""
    match change:
        case Insert(resource, fields, rule, links):
            yield f"adds one of {resource}: {', '.join(fields)}"
            yield f"{STEP}new row: {words(rule)}"
            yield from indented(reachable(links))
        case Update(resource, fields, old, new, links):
            yield f"changes it in {resource}: {', '.join(fields) or 'nothing'}"
            yield f"{STEP}old row: {words(old)}"
            yield f"{STEP}new row: {words(new)}"
            yield from indented(reachable(links))
        case Delete(resource, rule):
            yield f"removes it out of {resource}"
            yield f"{STEP}old row: {words(rule)}"


def reachable(links: Sequence[Reachable]) -> Iterator[str]:
    """Say where links may point."""
    for link in links:
        empty = ", or be empty" if link.optional else ""
        yield f"{link.field} must lead to one of {link.resource}{provided(link.rule)}{empty}"


def fallen(cascades: Sequence[Cascade]) -> Iterator[str]:
    """Say what becomes of the rows that lead to a removed one."""
    for cascade in cascades:
        fates = [f"refused if any of {holding.resource} leads to it by {holding.field}" for holding in cascade.restrict]
        fates += [f"{pointing.table.resource} let go of it: {clear.field} becomes null" for pointing, clear in cascade.clear]
        fates += [f"{pointing.table.resource} that lead to it by {pointing.field} go first" for pointing in cascade.delete]
        if fates:
            yield f"before one of {cascade.resource} goes"
            yield from indented(iter(fates))
