"""REST over ASGI 3."""
