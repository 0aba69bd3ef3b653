"""Laws are about answers, not about how busy the machine is: no case has a deadline of its own."""

from hypothesis import settings

settings.register_profile("laws", deadline=None)
settings.load_profile("laws")
