"""How long and how much: everything that a client may take of the server.

Takes nothing, gives `Bounds`. Stands on nothing.
"""

import msgspec


class Bounds(msgspec.Struct, frozen=True):
    """The bounds of a server; times are in seconds, sizes in bytes.

    A request's head is whole `head` seconds after its first byte, its body `body` seconds after that, and after `grace` seconds
    it comes at `pace` bytes a second at least. A connection without a request is kept for `idle` seconds, one whose answer is
    not read for `unread`, one that is being closed for `linger`, so that the client has time to read why, and when the server
    stops, one without a request for `leave`, as a request may be on its way. They are looked at every `sweep` seconds.

    At most `requests` are under way, `uploads` more whose bodies are longer than `held`, and `doors` more where people sign in,
    who find a place however much else there is. Before the server looks at its connections again, as many are begun as a `turn`
    has time for, by how long the last one took, and `together` at most: what they ask of the database goes there together.
    `pipelined` wait behind another on the same connection. There are at most `connections`, `per_address` of them from one
    address, and together they hold at most `unsent` bytes that no one reads.
    """

    head: float = 5
    body: float = 30
    grace: float = 5
    pace: int = 1_024
    idle: float = 15
    unread: float = 30
    linger: float = 2
    leave: float = 0.5
    sweep: float = 0.25
    url: int = 8_192
    headers: int = 100
    header_bytes: int = 16_384
    held: int = 65_536
    requests: int = 96
    uploads: int = 64
    doors: int = 16
    together: int = 16
    turn: float = 0.003
    pipelined: int = 16
    connections: int = 10_000
    per_address: int = 2_000
    unsent: int = 67_108_864
