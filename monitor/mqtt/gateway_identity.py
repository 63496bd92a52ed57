"""Identity of a gateway: distinguishes a restart from a second gateway with the same id. Pure.

An id is configuration, and configuration is copied: with a card image, or with a spare device that
is switched on while the first one is running. Each run of a gateway has a unique name, its epoch,
and lists the previous runs in its spool, by which a restart is recognized. Any other run that sends
while the current one is active is a second gateway, whose sensors another person wears. Of two
gateways the first one is accepted, and the other refused until the first has been silent for long
enough.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

# A gateway sends each 5 s: one that has been silent for longer has been restarted.
_RESTARTED_NS = 7 * 10**9
# Two clients with one identifier displace each other at the broker, for up to 30 s.
_REPLACED_NS = 45 * 10**9
_REPLACED_BESIDE_NS = 300 * 10**9  # after a duplicate was seen
_ALONE_NS = 60 * 10**9  # after this silence the second one counts as switched off


@dataclass(slots=True)
class _Refused:
    """A refused run.

    Attributes:
        sent_ns: time of its last message by its clock; a duplicated message has the same.
        heard_ns: when that message arrived.
        lives: it has sent several messages; a single one may have been delayed for long.
    """

    sent_ns: int
    heard_ns: int
    lives: bool = False


@dataclass(slots=True)
class GatewayIdentity:
    """Runs that send with the id of one gateway.

    Attributes:
        epoch: of the accepted run, or None before the first.
        heard_ns: when its last message arrived.
        duplicate: a second gateway is sending.
    """

    epoch: str | None
    heard_ns: int
    duplicate: bool = False
    _refused: dict[str, _Refused] = field(default_factory=dict)

    def accepts(self, now_ns: int, epoch: str, before: Collection[str], sent_ns: int) -> bool:
        """Register a message; return whether its run is accepted.

        Args:
            now_ns: time of arrival.
            epoch: of the run.
            before: previous runs in the same spool.
            sent_ns: time of the message by the run's clock.
        """
        if epoch == self.epoch or self._succeeds(now_ns, before):
            self.epoch, self.heard_ns = epoch, now_ns
            self._refused.pop(epoch, None)
            # Both runs are sending.
            self.duplicate = self.duplicate or any(run.lives for run in self._refused.values())
            return True
        run = self._refused.setdefault(epoch, _Refused(sent_ns, now_ns))
        if sent_ns > run.sent_ns:
            run.sent_ns, run.heard_ns, run.lives = sent_ns, now_ns, True
        return False

    def expire(self, now_ns: int) -> None:
        """Forget refused runs that no longer send."""
        for epoch, run in [*self._refused.items()]:
            if now_ns - run.heard_ns >= _ALONE_NS:
                del self._refused[epoch]
        self.duplicate = self.duplicate and bool(self._refused)

    def _succeeds(self, now_ns: int, before: Collection[str]) -> bool:
        if self.epoch is None:
            return True
        patience_ns = _REPLACED_NS
        if self.duplicate:
            patience_ns = _REPLACED_BESIDE_NS
        elif self.epoch in before:
            patience_ns = _RESTARTED_NS
        return now_ns - self.heard_ns >= patience_ns
