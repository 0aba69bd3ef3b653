"""The server under the app: connections, deadlines, sizes, overload and workers.

Takes bytes from sockets, gives the ASGI app whole and well-formed requests, no more than it can answer. Stands on uvicorn,
and on the one error envelope of `surface/rest/encode.py`.
"""
