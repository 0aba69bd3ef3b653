"""A page costs what it returns, wherever in a list of 100,000 rows it is; the database's own steps say so exactly."""

from tests.store.crowd import SHAPES, Crowd
from tests.store.pages import lists, steps

MORE = 1.2
"""How much more the last page may cost than the first."""


def test_the_last_page_of_every_list_costs_as_much_as_the_first() -> None:
    crowd = Crowd(SHAPES["half are one writer's, and every one is published"])
    costs = {each.name: [steps(crowd, page) for page in (each.first, each.second, each.last)] for each in lists(crowd)}
    crowd.connection.close()
    assert len(costs) == 10
    for name, (first, second, last) in costs.items():
        assert max(second, last) <= MORE * first, (name, first, second, last)
