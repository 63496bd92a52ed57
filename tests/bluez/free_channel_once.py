"""Repair Linux 6.1.192, which frees a connection's L2CAP channel twice: `... KERNEL_SOURCE`.

An adapter that refuses a connection would end the machine.
"""

import sys
from pathlib import Path

_FREE = "hci_chan_del(conn->hchan);"
_DETACH = "\thcon->l2cap_data = NULL;"


def main(kernel: Path) -> None:
    """Free the channel where the connection is deleted, and later only if that did not happen."""
    path = kernel / "net/bluetooth/l2cap_core.c"
    code = path.read_text()
    last = code.rindex(_FREE)
    code = f"{code[:last]}if (conn->hchan)\n\t\t{code[last:]}"
    if code.count(_DETACH) != 1:
        sys.exit(f"{path} is of another version: check whether it still frees the channel twice")
    path.write_text(code.replace(_DETACH, f"\t{_FREE}\n\tconn->hchan = NULL;\n\n{_DETACH}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
