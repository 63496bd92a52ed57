"""`physiomon replay --to mqtt`: a recorded session over MQTT, as if live."""

import asyncio
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from monitor.commands.output import print_facts, print_json
from monitor.commands.replay_pace import play
from monitor.config.file import load_config
from monitor.delivery.replay_points import moved_ns, replay_name
from monitor.errors import ConfigError
from monitor.mqtt.broker import (
    MqttConfig,
    Publication,
    connected,
    mqtt_config,
    publish,
    publish_all,
)
from monitor.mqtt.replay_messages import ReplayMessages
from monitor.sessions.recording import Recording, read_recording
from monitor.storage.journal import Journal


def replay_to_mqtt(path: Path, config: Path, speed: float | None, *, as_json: bool) -> None:
    """Publish a recording at `speed`; without one, at once and so that it ends now.

    Raises:
        PhysiomonError: the journal or the configuration cannot be used, or the broker refuses.
    """
    mqtt = load_config(config).mqtt
    if mqtt is None:
        raise ConfigError(f"{config} has no [mqtt] section; add host, user and password_file")
    broker = mqtt_config(mqtt, config.parent)
    with Journal.read(path) as journal:
        session = read_recording(journal)
        now_ns = time.time_ns()
        lasted_ns = session.ended_ns - session.began_ns
        plays_ns = now_ns - lasted_ns if speed is None else now_ns

        def at_ns(recorded_ns: int) -> int:
            return moved_ns(session.began_ns, plays_ns, speed or 1.0, recorded_ns)

        name = replay_name(session.spec.id, now_ns)
        messages = ReplayMessages(session.spec, name, at_ns)
        facts: dict[str, object] = {"session": name, "topic": messages.topics.base}
        if not as_json:
            print_facts(str(path), facts)
        sent = asyncio.run(_publish(session, messages, broker, at_ns, paced=speed is not None))
    facts["messages"] = sent
    print_json(facts) if as_json else print_facts(str(path), {"messages": sent})


async def _publish(
    session: Recording,
    messages: ReplayMessages,
    config: MqttConfig,
    plays_ns: Callable[[int], int],
    *,
    paced: bool,
) -> int:
    topics, run = messages.topics, secrets.token_hex(8)
    async with connected(config, "", topics.status("offline", run)) as client:

        async def send(publications: list[Publication]) -> None:
            await publish_all(client, publications)

        await publish(client, topics.status("online", run))
        sent = await play(session, plays_ns, messages.messages, send, paced=paced)
        await publish_all(client, [*messages.over(), topics.status("ended", run)])
    return sent
