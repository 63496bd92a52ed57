"""A server that forks itself for each command: ``python -m tests.servers.fork_server DESCRIPTOR``.

What it has imported, its children need not import. The pytest process forks it when all tests are
collected, because it has by then imported the program.
"""

import contextlib
import faulthandler
import gc
import importlib
import json
import multiprocessing
import os
import pkgutil
import runpy
import signal
import socket
import struct
import sys
import warnings
from multiprocessing import connection
from multiprocessing.context import ForkProcess

import monitor.commands

LENGTH = struct.Struct("=I")  # of the JSON that follows: module, arguments, folder, environment
NUMBER = struct.Struct("=i")  # the process id when a child was forked, its exit status when it ends
_CONTEXT = multiprocessing.get_context("fork")
# What commands load only when they need it, as many of those that are tested do.
_PROGRAM = ["monitor.cli", "dashboards.console.server", "monitor.calls.setup"]
_PROGRAM += ["monitor.mqtt.service", "monitor.service.grafana_live", "monitor.service.outboxes"]
_PROGRAM += ["rich.table"]
_PROGRAM += [
    each.name for each in pkgutil.iter_modules(monitor.commands.__path__, "monitor.commands.")
]


def fork() -> tuple[socket.socket, int]:
    """Fork a server from this process; return the socket to it and its process id.

    Only the main thread may do so, while no loop runs and no other thread holds a lock.
    """
    ours, theirs = socket.socketpair()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # xdist reads in a thread
        forked = os.fork()
    if forked:
        theirs.close()
        return ours, forked
    try:
        os.dup2(theirs.fileno(), 3)
        os.closerange(4, 1 << 20)  # the pipes of xdist, files of the capture
        faulthandler.disable()
        coverage = sys.modules.get("coverage")
        if coverage is not None and (measured := coverage.Coverage.current()) is not None:
            measured.stop()
        serve(socket.socket(fileno=3))
    finally:
        os._exit(0)


def serve(channel: socket.socket) -> None:
    """Fork a child for each request until the socket is closed; then kill what still runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal ends the tests first
    wake, waker = socket.socketpair()
    waker.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    running: list[tuple[ForkProcess, int]] = []
    while True:
        ready = connection.wait([channel, wake])
        if wake in ready:
            wake.recv(4096)
            for each in running[:]:
                process, report = each
                if process.exitcode is not None:
                    running.remove(each)
                    _report(report, process.exitcode)
                    os.close(report)
        if channel in ready:
            header, passed, _, _ = socket.recv_fds(channel, LENGTH.size, 4)
            if not header:
                for process, _ in running:
                    process.kill()
                    process.join()
                return
            *streams, report = passed
            (length,) = LENGTH.unpack(header)
            request = json.loads(channel.recv(length, socket.MSG_WAITALL))
            _import_program()
            process = _CONTEXT.Process(target=_run, args=(streams, *request))
            process.start()
            running.append((process, report))
            _report(report, process.pid or 0)
            for number in streams:
                os.close(number)


def _report(descriptor: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(descriptor, NUMBER.pack(number))


def _import_program() -> None:
    for each in _PROGRAM:
        importlib.import_module(each)


def _run(
    streams: list[int],
    module: str | None,
    arguments: list[str],
    folder: str,
    environment: dict[str, str],
) -> None:
    """Run a module, or the command physiomon, in the child."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.freeze()  # what the parent has imported is not collected, nor copied
    for number, each in enumerate(streams):
        os.dup2(each, number)
    os.closerange(3, 1 << 20)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = arguments
    if module is None:
        from monitor.cli import main  # noqa: PLC0415 - as the script does

        main()
    else:
        sys.modules.pop(module, None)  # as a test may have imported it
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
