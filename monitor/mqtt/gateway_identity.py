"""Tell a gateway that was restarted from a second one that has the same id. Pure.

An id is configuration, and configuration is copied: with a card image, or with a spare device that
is switched on while the first one runs. Each run of a gateway has a name of its own, its epoch, and
says which runs its spool held before. So a restart is known by its ancestors; whatever else comes
while another run is heard is a second gateway, whose sensors somebody else wears. Of two gateways
the one that came first is taken, and the other refused until the first has been silent for long.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

# A gateway sends each 5 s: one that has been silent for longer has been restarted.
_RESTARTED_NS = 7 * 10**9
# Two that share a name at the broker take the connection from each other, for 30 s at most.
_REPLACED_NS = 45 * 10**9
_REPLACED_BESIDE_NS = 300 * 10**9  # where two were heard
_ALONE_NS = 60 * 10**9  # the second one was switched off


@dataclass(slots=True)
class _Refused:
    """A run that is refused.

    Attributes:
        sent_ns: when it sent its last message, by its own clock; one that comes twice has the same.
        heard_ns: when that came.
        lives: it has sent more than one; a single one may have waited somewhere since long ago.
    """

    sent_ns: int
    heard_ns: int
    lives: bool = False


@dataclass(slots=True)
class GatewayIdentity:
    """The runs that send under the id of one gateway.

    Attributes:
        epoch: of the run whose packets are taken, or None before the first.
        heard_ns: when it was heard last.
        duplicate: a second gateway is there.
    """

    epoch: str | None
    heard_ns: int
    duplicate: bool = False
    _refused: dict[str, _Refused] = field(default_factory=dict)

    def takes(self, now_ns: int, epoch: str, before: Collection[str], sent_ns: int) -> bool:
        """Hear a run; return whether its packets are this gateway's.

        Args:
            now_ns: by the clock here.
            epoch: of the run.
            before: the runs before it in the same spool.
            sent_ns: of the message, by the run's own clock.
        """
        if epoch == self.epoch or self._succeeds(now_ns, before):
            self.epoch, self.heard_ns = epoch, now_ns
            self._refused.pop(epoch, None)
            # The other one was heard, and this one after it.
            self.duplicate = self.duplicate or any(run.lives for run in self._refused.values())
            return True
        run = self._refused.setdefault(epoch, _Refused(sent_ns, now_ns))
        if sent_ns > run.sent_ns:
            run.sent_ns, run.heard_ns, run.lives = sent_ns, now_ns, True
        return False

    def look(self, now_ns: int) -> None:
        """Forget runs that are not heard any more."""
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
