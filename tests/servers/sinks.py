"""A mail server and a webhook on this machine, to be killed and started again."""

import asyncio
import contextlib
import json
import select
import socket
import ssl
import threading
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mail:
    """A real SMTP server that keeps received mails."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"mailto://127.0.0.1:{self.port}?from=monitor@clinic.test&to=anna@clinic.test"
        self.mails: list[EmailMessage] = []
        self._controller: Controller | None = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def texts(self) -> list[str]:
        return [mail.get_content().replace("\r\n", "\n") for mail in self.mails]


class Webhook:
    """A real HTTP server that keeps received posts; `status` and `retry_after` are its answer."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"json://127.0.0.1:{self.port}/hook"
        self.posts: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.retry_after = ""
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.posts.append(json.loads(body))
                hook.paths.append(self.path)
                hook.headers.append(dict(self.headers))
                self.send_response(hook.status)
                if hook.retry_after:
                    self.send_header("Retry-After", hook.retry_after)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def texts(self) -> list[str]:
        return [str(post["message"]) for post in self.posts]


def answer_mail(connection: socket.socket, lines: IO[bytes], replies: Mapping[str, str]) -> None:
    """Answer SMTP commands as scripted; `replies` is by a part of the command."""

    def say(reply: str) -> None:
        connection.sendall(f"{reply}\r\n".encode())

    say(replies.get("connect", "220 ready"))
    for line in lines:
        command = line.decode().strip().upper()
        answers = [reply for key, reply in replies.items() if key.upper() in command]
        verb = command.partition(" ")[0]
        usual = {"DATA": "354 continue", "QUIT": "221 bye"}.get(verb, "250 ok")
        say(answers[0] if answers else usual)
        if verb == "QUIT":
            return
        if verb == "DATA" and not answers:
            while lines.readline() != b".\r\n":
                pass
            say(replies.get("end of data", "250 taken"))


class _Scripted:
    """A server that answers one connection after the other."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class ScriptedMail(_Scripted):
    """An SMTP server that answers each command as scripted, without TLS."""

    def __init__(self, replies: Mapping[str, str]) -> None:
        """Begin to listen; `replies` has the answer to a command, or to an address after it."""
        self._replies = replies
        super().__init__()
        self.address = f"127.0.0.1:{self.port}"

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            answer_mail(connection, lines, self._replies)


class TlsSink(_Scripted):
    """A server with a certificate of an authority; it takes every message by mail or HTTP."""

    def __init__(self, authority: trustme.CA, *, mail: bool) -> None:
        """Begin to listen."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._mail = mail
        super().__init__()

    def _answer(self, connection: socket.socket) -> None:
        with (
            self._context.wrap_socket(connection, server_side=True) as secure,
            secure.makefile("rb") as lines,
        ):
            if self._mail:
                answer_mail(secure, lines, {})
            else:
                length = 0
                while (line := lines.readline()) != b"\r\n":
                    name, _, value = line.decode().partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                lines.read(length)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class ConnectProxy(_Scripted):
    """A proxy that opens connections to this machine for `CONNECT`, and keeps what was asked.

    Attributes:
        asked: request and login of each connection.
        status: its answer; it connects if this is 200.
    """

    def __init__(self) -> None:
        """Begin to listen."""
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        super().__init__()

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        request, *headers = head.decode().split("\r\n")
        login = [line for line in headers if line.lower().startswith("proxy-authorization:")]
        self.asked.append((request.rpartition(" ")[0], "".join(login)))
        connection.sendall(f"HTTP/1.1 {self.status} reason\r\n\r\n".encode())
        if self.status != HTTPStatus.OK:
            return
        with socket.create_connection(("127.0.0.1", int(request.split()[1].split(":")[1]))) as far:
            ends = {connection: far, far: connection}
            while True:
                for end in select.select([*ends], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].sendall(data)


class Tarpit:
    """A server that accepts connections and never answers."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"json://127.0.0.1:{self.port}/hook?rto=60&cto=60"
        self._taken: list[socket.socket] = []
        self.asked = threading.Event()
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._taken.append(connection)
            self.asked.set()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._taken:
            connection.close()


async def settled() -> None:
    """Run all ready callbacks."""
    for _ in range(5):
        await asyncio.sleep(0)
