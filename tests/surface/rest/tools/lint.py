"""Prints what httplint finds wrong with responses: reads them as JSON, writes one line for each note of level bad.

Runs in a process of its own, as what httplint brings may not stand beside our tests.
"""

import json
import sys

sys.path.append(sys.argv[1])

from httplint import HttpRequestLinter, HttpResponseLinter  # type: ignore[import-not-found]  # it is on no other path

for method, target, status, headers, body in json.load(sys.stdin):
    request = HttpRequestLinter()
    request.process_request_topline(method.encode(), target.encode(), b"HTTP/1.1")
    request.process_headers([(b"Host", b"example.com")])
    request.finish_content(True)
    response = HttpResponseLinter(_related=request, no_content=method == "HEAD")
    response.process_response_topline(b"HTTP/1.1", str(status).encode(), b"")
    response.process_headers([(name.encode(), text.encode("latin-1")) for name, text in headers])
    response.feed_content(body.encode())
    response.finish_content(True)
    for note in response.notes:
        print(f"{note.level.name} {method} {target} {status}: {note.summary} [{note.subject}]")
