"""REST over ASGI 3.

Takes requests, gives calls to its door and responses back. Stands on the ground.
"""
