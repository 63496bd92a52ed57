"""HTTP connections of the console, which refuse requests that no browser or program sends.

uvicorn limits neither the length of headers, nor that of bodies, nor the number of requests that
wait on a connection, so anyone could fill the memory or keep the event loop busy.
"""

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LONGEST_HEAD = 65_536  # bytes of the request line and all headers
_MOST_HEADERS = 100
_LONGEST_BODY = 1_000_000
_MOST_WAITING = 4  # requests behind one that is not answered yet


class HttpProtocol(HttpToolsProtocol):
    """A connection that is closed, with one sentence, when a request is beyond the limits."""

    _refusal = ""
    _in_head = False
    _head = _body = _headers = 0

    def data_received(self, data: bytes) -> None:
        """Parse data; refuse a head that does not end."""
        super().data_received(data)
        self._head = self._head + len(data) if self._in_head else 0
        if self._head > _LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The headers are too long.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head, self._body, self._headers = True, 0, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header."""
        super().on_header(name, value)
        self._headers += 1
        if self._headers > _MOST_HEADERS:
            self._refuse("There are too many headers.")

    def on_headers_complete(self) -> None:
        """Start a request, unless too many wait already."""
        self._in_head = False
        super().on_headers_complete()
        if len(self.pipeline) > _MOST_WAITING:
            self._refuse("Too many requests wait on this connection.")

    def on_body(self, body: bytes) -> None:
        """Add a part of the body."""
        self._body += len(body)
        if self._body > _LONGEST_BODY:
            self._refuse("The body is too long.")
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Close the connection with a reason."""
        super().send_400_response(self._refusal or msg)

    def _refuse(self, sentence: str) -> None:
        """Make the parser stop, and uvicorn call `send_400_response`."""
        self._refusal = sentence
        raise HttpParserError(sentence)
