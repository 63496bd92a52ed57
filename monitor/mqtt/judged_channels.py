"""Judgement of channels for the broker: published on every change, and retained."""

from collections.abc import Hashable, Iterator

from monitor.core.judgement import Judgement
from monitor.mqtt.broker import Publication
from monitor.mqtt.topics import Topics, unencodable
from monitor.sessions.session import Session


class JudgedChannels:
    """Published judgements of the channels of one session."""

    def __init__(self, session: Session, topics: Topics) -> None:
        self._session = session
        self._topics = topics
        self._published: dict[str, Hashable] = {}

    def forget(self) -> None:
        """Publish everything again: the broker may have lost it."""
        self._published.clear()

    def changed(self) -> Iterator[Publication]:
        """Yield the judgements that changed since they were published."""
        engine, now_ns = self._session.engine, self._session.now_ns()
        for name, channel in engine.channels.items():
            if not channel.signal.trend:
                continue
            judgement = engine.judgement(channel, now_ns)
            if self._published.get(name) != (key := _key(judgement)):
                self._published[name] = key
                try:
                    message = self._topics.channel(name, now_ns, judgement)
                except ValueError as error:
                    self._session.notice(f"mqtt {name}", unencodable(name, error))
                    continue
                yield message

    def over(self) -> Iterator[Publication]:
        """Yield messages that delete all retained judgements, after the session's end."""
        for name, channel in self._session.engine.channels.items():
            if channel.signal.trend:
                topic = f"{self._topics.base}/channel/{name}"
                yield Publication(topic=topic, payload=b"", retain=True)


def _key(judgement: Judgement) -> Hashable:
    """Return what triggers a message; the received share is rounded to tenths."""
    share = judgement.heard_share
    return (
        judgement.state,
        judgement.since_ns,
        judgement.reason if share is None else round(10 * share),
        judgement.waits,
    )
