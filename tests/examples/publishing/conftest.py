"""Lets the stories say what they saw where they end badly, as tests do."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.examples.publishing.{name}" for name in ("client", "asking", "people", "reading", "writing"))
)
