"""The command physiomon on a machine with one processor, whose name server never answers."""

import os
import socket
import threading
from typing import Any

from monitor.cli import main

_resolve = socket.getaddrinfo


def resolve(host: Any, *rest: Any, **options: Any) -> Any:
    """Resolve addresses and names of this machine; print other names, and wait for ever."""
    if str(host).endswith(".invalid"):
        os.write(1, f"waits for {host}\n".encode())
        threading.Event().wait()
    return _resolve(host, *rest, **options)


socket.getaddrinfo = resolve
os.cpu_count = lambda: 1
main()
