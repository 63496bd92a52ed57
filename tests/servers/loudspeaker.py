"""A silent sound card: without one, Firefox and WebKit never start a page's audio."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.process import program


@asynccontextmanager
async def loudspeaker() -> AsyncIterator[dict[str, str]]:
    """Run PulseAudio until the context ends; return the environment of programs that use it."""
    command = program("pulseaudio", "pulseaudio")
    with TemporaryDirectory(prefix="loudspeaker-") as folder:
        address = Path(folder, "socket")
        process = await asyncio.create_subprocess_exec(
            command, "-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm=yes",
            "--exit-idle-time=-1", "--load=module-null-sink",
            f"--load=module-native-protocol-unix auth-anonymous=1 socket={address}",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "HOME": folder, "XDG_RUNTIME_DIR": folder},
        )  # fmt: skip
        try:
            yield {"PULSE_SERVER": f"unix:{address}"}
        finally:
            process.kill()
            await process.wait()
