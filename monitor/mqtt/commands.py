"""Commands over MQTT: who may ask for what, and what became of it.

A command is as good as its sender. The broker proves the user (its ACL lets each user publish
under its own name alone, the last level of the topic); the configuration says what that user may
do. Whatever is not sound changes nothing. Everything is journaled, with its outcome and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from monitor.config.mqtt import MqttUser
from monitor.errors import ActError
from monitor.mqtt.messages import AnswerMessage, CommandMessage
from monitor.sessions.session import Session

OLDEST_NS = 30 * 10**9  # whoever asked earlier may have seen another situation
_AHEAD_NS = 5 * 10**9  # two clocks that are kept by NTP differ by far less
_LARGEST = 4096
_MOST_REFUSED = 60  # a minute; a broken or hostile sender must not fill the disk
_MINUTE_NS = 60 * 10**9


@dataclass(frozen=True, slots=True)
class Refusal(Exception):  # noqa: N818 - an outcome, caught where it is raised
    """Why a command is not taken."""

    reason: str


class CommandHandler:
    """Takes commands for one session.

    Attributes:
        unjournaled: refusals that were too many to journal.
    """

    def __init__(self, session: Session, users: Sequence[MqttUser]) -> None:
        self.unjournaled = 0
        self._session = session
        self._users: Mapping[str, MqttUser] = {user.name: user for user in users}
        self._refused_ns: list[int] = []

    def take(self, user: str, payload: bytes, *, retained: bool) -> AnswerMessage:
        """Do what a user asks for, or nothing; journal it; return what to answer.

        Args:
            user: the last level of the topic.
            payload: as received.
            retained: the broker had kept it: nobody asks for it now.
        """
        command: CommandMessage | None = None
        try:
            allowed = self._known(user, retained=retained)
            command = _read(payload)
            self._check(allowed, command)
            self._do(command, f"{command.by} ({user}, {allowed.role})")
        except (Refusal, ActError) as refusal:
            reason = refusal.reason if isinstance(refusal, Refusal) else str(refusal)
            return self._journal(user, command, "refused", reason)
        return self._journal(user, command, "accepted", "")

    def _known(self, user: str, *, retained: bool) -> MqttUser:
        if retained:
            raise Refusal("a retained command is nobody's; send it without retain")
        if user not in self._users:
            raise Refusal("this user may not command here; add it to [[mqtt.commands]]")
        return self._users[user]

    def _check(self, user: MqttUser, command: CommandMessage) -> None:
        if command.kind not in user.may:
            raise Refusal(f"this user may not {command.kind}; it may {', '.join(user.may)}")
        age_ns = self._session.wall_ns() - command.sent_ns  # the sender knows no session's clock
        if age_ns > OLDEST_NS:
            raise Refusal(f"the command is {age_ns / 1e9:.0f} s old; look again, then repeat it")
        if age_ns < -_AHEAD_NS:
            raise Refusal("the command is from the future; set the sender's clock")
        if (user.name, command.id) in self._session.engine.commands:
            raise Refusal("a command of this id was sent before; it is taken once")

    def _do(self, command: CommandMessage, by: str) -> None:
        session = self._session
        match command.kind:
            case "acknowledge":
                session.actions.acknowledge(_given(command.alarm, "alarm"), by)
            case "unacknowledge":
                session.actions.unacknowledge(_given(command.alarm, "alarm"), by, command.text)
            case "reset":
                session.actions.reset(_given(command.alarm, "alarm"), by)
            case "marker":
                session.actions.mark(
                    _given(command.marker, "marker"),
                    command.text,
                    by,
                    at_ns=command.at_ns,
                    amount=command.amount,
                    unit=command.unit,
                )
            case "pause":
                session.actions.pause_audio(by)

    def _journal(
        self, user: str, command: CommandMessage | None, outcome: str, reason: str
    ) -> AnswerMessage:
        told = command.id if command is not None else None
        if outcome == "accepted" or self._room():
            self._session.command(
                user[:64],
                {
                    "id": told or "",
                    "command": command.kind if command is not None else "",
                    "by": command.by if command is not None else "",
                    "outcome": outcome,
                    "reason": reason,
                },
            )
        return AnswerMessage.model_validate({"id": told, "outcome": outcome, "reason": reason})

    def _room(self) -> bool:
        now_ns = self._session.now_ns()
        self._refused_ns = [at for at in self._refused_ns if at > now_ns - _MINUTE_NS]
        if len(self._refused_ns) >= _MOST_REFUSED:
            self.unjournaled += 1
            self._session.notice(
                "commands", f"{self.unjournaled} refused MQTT commands too many to journal"
            )
            return False
        self._refused_ns.append(now_ns)
        return True


def _read(payload: bytes) -> CommandMessage:
    if len(payload) > _LARGEST:
        raise Refusal(f"the command is longer than {_LARGEST} bytes")
    try:
        return CommandMessage.model_validate_json(payload)
    except ValidationError as error:
        # What was sent is not quoted: an answer goes where others may read it.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refusal(
            f"the command is malformed{f' at {where}' if where else ''} ({first['type']}); see "
            "docs/mqtt.md"
        ) from None


def _given(value: str | None, what: str) -> str:
    if value is None:
        raise Refusal(f"'{what}' is missing")
    return value
