"""Two networks in namespaces: the clinic, and its servers behind two cables that can be cut.

All of it is inside the private network and mount namespaces of this process, and ends with it.
"""

import os
import socket
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path

CLINIC = "clinic"
HOST, FAR_HOST = "world.test", "far.test"  # the second one is behind the cable that is cut
ADDRESSES = {HOST: "10.77.0.2", FAR_HOST: "10.77.1.2"}
_DEVICES = {HOST: "world0", FAR_HOST: "world1"}
SILENT, UNKNOWN = "silent.example", "unknown.example"  # names that the resolver does not resolve


def build(folder: Path) -> None:
    """Build the networks, with names that only they have."""
    Path("/run/netns").mkdir(exist_ok=True)
    _run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "netns", "add", CLINIC)
    _run("ip", "-n", CLINIC, "link", "set", "lo", "up")
    for name, address in ADDRESSES.items():
        device, inside = _DEVICES[name], _DEVICES[name].replace("world", CLINIC)
        clinic_address = f"{address.removesuffix('2')}1/24"
        _run("ip", "link", "add", device, "type", "veth", "peer", "name", inside, "netns", CLINIC)
        _run("ip", "addr", "add", f"{address}/24", "dev", device)
        _run("ip", "-n", CLINIC, "addr", "add", clinic_address, "dev", inside)
        _run("ip", "link", "set", device, "up")
        _run("ip", "-n", CLINIC, "link", "set", inside, "up")
    hosts = "".join(f"{address} {name}\n" for name, address in ADDRESSES.items())
    for name, text in {
        "hosts": f"127.0.0.1 localhost\n{hosts}",  # the resolver knows no name of the computer
        "resolv.conf": f"nameserver {ADDRESSES[HOST]}\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
    }.items():
        (folder / name).write_text(text)
        _run("mount", "--bind", str(folder / name), os.path.realpath(f"/etc/{name}"))
    threading.Thread(target=_resolve, daemon=True).start()


def plug(host: str, *, on: bool) -> None:
    """Plug or unplug the cable to a host, at its far end."""
    _run("ip", "link", "set", _DEVICES[host], "up" if on else "down")


def drop(ports: Iterable[int]) -> None:
    """Drop all packets to some ports of the servers."""
    numbers = ", ".join(map(str, ports))
    rules = (
        "add table inet faults\n"
        "add chain inet faults input { type filter hook input priority 0; }\n"
        f"add rule inet faults input tcp dport {{ {numbers} }} drop\n"
    )
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def in_clinic(*command: str) -> list[str]:
    """Return the command that runs another one in the clinic."""
    return ["ip", "netns", "exec", CLINIC, *command]


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _resolve() -> None:
    """Answer that one name does not exist (RFC 1035); ignore all others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((ADDRESSES[HOST], 53))
        while True:
            query, sender = listener.recvfrom(512)
            labels, end = [], 12
            while query[end]:
                labels.append(query[end + 1 : end + 1 + query[end]].decode())
                end += 1 + query[end]
            if ".".join(labels) == UNKNOWN:
                question = query[12 : end + 5]
                header = query[:2] + bytes.fromhex("8183 0001 0000 0000 0000")
                listener.sendto(header + question, sender)
