"""`physiomon replay --to console`: a recording on the console page."""

import asyncio
import sys
from pathlib import Path

from dashboards.console.server import serve
from dashboards.texts import Language, load
from monitor.service.shutdown import stopped_by_signals
from monitor.sessions.recording import read_recording
from monitor.sessions.recording_player import RecordingPlayer
from monitor.sessions.replay_backend import ReplayBackend
from monitor.storage.journal import Journal


def replay_on_page(path: Path, speed: float, port: int, language: Language) -> None:
    """Serve a recording on this machine until it is stopped.

    Raises:
        PhysiomonError: the journal cannot be used, or the port is taken.
    """
    with Journal.read(path) as journal:
        asyncio.run(_serve(RecordingPlayer(read_recording(journal), speed), port, language))


async def _serve(player: RecordingPlayer, port: int, language: Language) -> None:
    async with (
        stopped_by_signals() as stop,
        serve(ReplayBackend([player]), port=port, catalogue=load(language)) as url,
    ):
        sys.stdout.write(
            f"physiomon replay: {url}\nThis is a recording. Press Ctrl-C to stop.\n"
            "Not a medical device.\n"
        )
        sys.stdout.flush()
        async with asyncio.TaskGroup() as tasks:
            playing = tasks.create_task(player.run(), name="player")
            await stop.wait()
            playing.cancel()
