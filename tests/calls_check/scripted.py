"""Faulty servers: silent, slow, full, refusing, or with a wrong certificate."""

import contextlib
import json
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO

Answer = Callable[[socket.socket, IO[bytes]], None]


class Arrivals:
    """Titles of the messages that a server has taken, by recipient, with their times (UTC, ns)."""

    def __init__(self) -> None:
        self._taken: list[tuple[str, int, str]] = []

    def add(self, recipient: str, title: str) -> None:
        self._taken.append((recipient, time.time_ns(), title))

    def of(self, recipient: str) -> list[tuple[int, str]]:
        return [(at_ns, title) for name, at_ns, title in self._taken if name == recipient]


class Listener:
    """A server with a thread for each connection.

    Args:
        answer: talks to a client, with the lines that it sends.
        tls: of its connections.
        port: to listen on, on all addresses.
    """

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._answer = answer
        self._tls = tls
        self._socket = socket.create_server(("", port), backlog=100)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as around:
            secure = around.enter_context(
                self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            )
            self._answer(secure, around.enter_context(secure.makefile("rb")))


def silent(connection: socket.socket, _lines: IO[bytes]) -> None:
    """Read everything and never answer."""
    while connection.recv(4096):
        pass


def drip(connection: socket.socket, _lines: IO[bytes]) -> None:
    """Answer with a header every two seconds, without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Wait: yes\r\n")
        time.sleep(2)


def http(
    arrivals: Arrivals,
    status: str = "200 OK",
    headers: str = "",
    after_s: float = 0.0,
) -> Answer:
    """Return the behaviour of a webhook; the recipient is the last part of the path."""

    def answer(connection: socket.socket, lines: IO[bytes]) -> None:
        path, length = lines.readline().decode().split()[1], 0
        while (line := lines.readline()).strip():
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        title = json.loads(lines.read(length))["title"]
        arrivals.add(path.rpartition("/")[2], title)
        time.sleep(after_s)
        connection.sendall(f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n".encode())

    return answer


def smtp(
    arrivals: Arrivals,
    replies: Mapping[str, str] | None = None,
    line_s: float = 0.0,
    end_s: float = 0.0,
) -> Answer:
    """Return the behaviour of a mail server.

    Args:
        arrivals: where it notes the mails that it takes, by the name before the address's ``@``.
        replies: by command; the others are answered well.
        line_s: time before each reply.
        end_s: time before the reply to a whole mail.
    """
    scripted = {"EHLO": "250 here", "DATA": "354 continue", "QUIT": "221 bye", **(replies or {})}

    def answer(connection: socket.socket, lines: IO[bytes]) -> None:
        def say(reply: str) -> None:
            time.sleep(line_s)
            connection.sendall(f"{reply}\r\n".encode())

        say(scripted.get("connect", "220 ready"))
        recipient = ""
        for line in lines:
            command = line.decode().strip()
            verb = command.partition(" ")[0].upper()
            if verb == "RCPT":
                recipient = command.partition("<")[2].partition("@")[0]
            say(scripted.get(verb, "250 ok"))
            if verb == "QUIT":
                return
            if verb == "DATA":
                mail = list(iter(lines.readline, b".\r\n"))
                title = next(each for each in mail if each.lower().startswith(b"subject:"))
                arrivals.add(recipient, title.decode().partition(":")[2].strip())
                time.sleep(end_s)
                say("250 taken")

    return answer


def full_backlog() -> int:
    """Return a port that takes no further connection: its queue is full."""
    listener = socket.create_server(("", 0), backlog=0)
    port: int = listener.getsockname()[1]
    _KEPT.append(listener)
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", port))
        _KEPT.append(waiting)
    return port


_KEPT: list[socket.socket] = []  # a socket that nobody holds is closed


def refusing() -> int:
    """Return a port without a listener."""
    with socket.create_server(("", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def delayed(port: int, way_s: float) -> Answer:
    """Return the behaviour of a proxy to a port of this machine, which delays each direction."""

    def answer(connection: socket.socket, _lines: IO[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            back = threading.Thread(target=_carry, args=(server, connection, way_s), daemon=True)
            back.start()
            _carry(connection, server, way_s)
            back.join()

    return answer


def _carry(source: socket.socket, target: socket.socket, way_s: float) -> None:
    flying: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

    def land() -> None:
        while True:
            due_s, data = flying.get()
            time.sleep(max(0.0, due_s - time.monotonic()))
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)

    threading.Thread(target=_quietly, args=(land,), daemon=True).start()
    data = b"begin"
    while data:
        try:
            data = source.recv(4096)
        except OSError:
            data = b""
        flying.put((time.monotonic() + way_s, data))


def _quietly(act: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):
        act()
