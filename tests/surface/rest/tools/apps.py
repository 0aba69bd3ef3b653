"""The apps as they are served to be judged: with a budget that no judge uses up."""

from examples.blog.app import Post, User
from kingpost import App, Budget
from tests.surface.rest.desk import DRESS
from tests.surface.rest.desk import desk as plain
from tests.surface.rest.scene import Member, Painting, Style

ENOUGH = Budget(1_000_000_000)

blog = App(User, Post, title="Blog", budget=ENOUGH)
desk = plain(budget=ENOUGH)
dressed = plain(DRESS, ENOUGH)
gallery = App(Member, Style, Painting, title="Gallery", description="Who painted what.", budget=ENOUGH)
