"""Tell a gateway that was restarted from a second one that has the same id. Pure.

An id is configuration, and configuration is copied: with a card image, with a spare device that is
switched on while the first one runs. Each run of a gateway has a name of its own, its epoch, and
says which run its spool held before. So a restart is known by its ancestor; whatever else comes
while another run is heard is a second gateway. Its packets are of somebody else's sensors: of two
gateways the one that came first is taken, and the other refused, until the first has been silent.
"""

from dataclasses import dataclass, field

# A gateway sends each 5 s: what has been silent for longer has been restarted.
_RESTARTED_NS = 7 * 10**9
# Two that share a name at the broker take the connection from each other, and wait 30 s at most.
_REPLACED_NS = 45 * 10**9
_REPLACED_BESIDE_NS = 300 * 10**9  # where two were heard; somebody may just be searching
_ALONE_NS = 60 * 10**9  # the second one was not heard any more: it was switched off


@dataclass(slots=True)
class _Run:
    """A run that is refused: when it was first and last heard, and what it sent last."""

    sent_ns: int
    first_ns: int | None = None
    last_ns: int = 0


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
    _others: dict[str, _Run] = field(default_factory=dict)

    def takes(self, now_ns: int, epoch: str, previous: str | None, sent_ns: int) -> bool:
        """Take that a run was heard; return whether its packets are this gateway's.

        Args:
            now_ns: by the clock here.
            epoch: of the run.
            previous: the run before it in the same spool, or None.
            sent_ns: by its own clock; a message that comes twice has the same.
        """
        if self.epoch is None or epoch == self.epoch:
            self.epoch, self.heard_ns = epoch, now_ns
            self._others.pop(epoch, None)
            self.duplicate = self.duplicate or any(
                run.first_ns is not None and run.first_ns <= now_ns for run in self._others.values()
            )
            return True
        run = self._others.setdefault(epoch, _Run(sent_ns))
        silent_ns = now_ns - self.heard_ns
        patience_ns = _REPLACED_BESIDE_NS if self.duplicate else _REPLACED_NS
        if silent_ns >= (_RESTARTED_NS if previous == self.epoch else patience_ns):
            del self._others[epoch]
            self.epoch, self.heard_ns = epoch, now_ns
            return True
        if sent_ns > run.sent_ns or (run.first_ns is None and previous is not None):
            pass
        return False
