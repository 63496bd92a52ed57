"""Commands over MQTT: authorization, execution and journaling.

The broker authenticates the user (its ACL lets each user publish only under its name, the last
level of the topic); the configuration authorizes the user's commands. An invalid command changes
nothing. Every command is journaled with its outcome and reason.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from dashboards.console.formatting import count
from monitor.config.mqtt import MqttUser
from monitor.errors import ActError
from monitor.mqtt.messages import AnswerMessage, CommandMessage
from monitor.sessions.session import Session

OLDEST_NS = 30 * 10**9  # the situation may have changed since an older command
_AHEAD_NS = 5 * 10**9  # clocks synchronised by NTP differ by far less
_LARGEST = 4096
# Of a user per minute: a broken or hostile sender must not fill journal and log, or hide others.
_MOST_ACCEPTED = 40
_MOST_REFUSED = 10
_MINUTE_NS = 60 * 10**9


@dataclass(frozen=True, slots=True)
class Refusal(Exception):  # noqa: N818 - an outcome, caught where it is raised
    """Refusal of a command, with its reason."""

    reason: str


class CommandHandler:
    """Handler of the commands for one session.

    Attributes:
        unjournaled: number of refusals beyond the limit, which are not journaled.
    """

    def __init__(self, session: Session, users: Sequence[MqttUser]) -> None:
        self.unjournaled = 0
        self._session = session
        self._users: Mapping[str, MqttUser] = {user.name: user for user in users}
        self._accepted_ns: defaultdict[str, list[int]] = defaultdict(list)  # by user
        self._refused_ns: defaultdict[str, list[int]] = defaultdict(list)

    def take(self, user: str, payload: bytes, *, retained: bool) -> AnswerMessage:
        """Execute or refuse a command, journal it, and return the answer.

        Args:
            user: the last level of the topic.
            payload: as received.
            retained: it is a retained message, not a present request.
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
            raise Refusal("retained commands are not accepted; send it without retain")
        if user not in self._users:
            raise Refusal("this user may not send commands; add it to [[mqtt.commands]]")
        return self._users[user]

    def _check(self, user: MqttUser, command: CommandMessage) -> None:
        if command.kind not in user.may:
            raise Refusal(f"this user may not {command.kind}; allowed: {', '.join(user.may)}")
        if not command.by.isprintable() or {*command.by} & {*"()"}:
            # It is shown before user and role in parentheses, which it must not imitate.
            raise Refusal("'by' has characters that are not printable, or parentheses")
        age_ns = (
            self._session.wall_ns() - command.sent_ns
        )  # senders do not know the session's clock
        if age_ns > OLDEST_NS:
            raise Refusal(
                f"the command is {age_ns / 1e9:.0f} s old; check the situation, then repeat it"
            )
        if age_ns < -_AHEAD_NS:
            raise Refusal("the command is from the future; set the sender's clock")
        if (user.name, command.id) in self._session.engine.commands:
            raise Refusal("a command with this id was received before; use a new id")
        if not self._take(self._accepted_ns[user.name], _MOST_ACCEPTED):
            raise Refusal(f"more than {_MOST_ACCEPTED} commands of this user in a minute; wait")

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
                    # A command cannot answer questions; what is missing is journaled with it.
                    reason="marked over MQTT",
                    confirmed=True,
                )
            case "pause":
                session.actions.pause_audio(by)

    def _journal(
        self, user: str, command: CommandMessage | None, outcome: str, reason: str
    ) -> AnswerMessage:
        identifier = command.id if command is not None else None
        if outcome == "accepted" or self._within_limit(user):
            self._session.command(
                user[:64],
                {
                    "id": identifier or "",
                    "command": command.kind if command is not None else "",
                    "by": command.by if command is not None else "",
                    "outcome": outcome,
                    "reason": reason,
                },
            )
        return AnswerMessage.model_validate(
            {"id": identifier, "outcome": outcome, "reason": reason}
        )

    def _within_limit(self, user: str) -> bool:
        if self._take(self._refused_ns[user], _MOST_REFUSED):
            return True
        self.unjournaled += 1
        self._session.notice(
            "commands",
            f"{count(self.unjournaled, 'refused command')} not journaled: too many per minute",
        )
        return False

    def _take(self, times_ns: list[int], most: int) -> bool:
        """Count one more, unless there were too many within a minute."""
        now_ns = self._session.now_ns()
        times_ns[:] = [at for at in times_ns if at > now_ns - _MINUTE_NS]
        if len(times_ns) >= most:
            return False
        times_ns.append(now_ns)
        return True


def _read(payload: bytes) -> CommandMessage:
    if len(payload) > _LARGEST:
        raise Refusal(f"the command is longer than {_LARGEST} bytes")
    try:
        return CommandMessage.model_validate_json(payload)
    except ValidationError as error:
        # Do not quote the command: others may read the answer.
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
