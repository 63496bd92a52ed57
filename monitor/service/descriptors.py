"""File descriptors of this process."""

import resource

_ENOUGH = 65_536


def raise_descriptor_limit() -> None:
    """Let this process open as many files and connections as the system permits, up to 65,536.

    Login shells and systemd start programs with 1,024, for the sake of those that use `select`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
