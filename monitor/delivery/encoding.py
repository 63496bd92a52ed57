"""Encoding of facts, in which one that cannot be encoded stops no other. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from monitor.delivery.bisection import Line, Refused
from monitor.storage.fact_rows import FactRow

Encode = Callable[[FactRow], bytes | None]


@dataclass(slots=True)
class EncodedFacts:
    """Lines of facts, and the facts that cannot be encoded, with reasons."""

    lines: list[Line] = field(default_factory=list)
    unencodable: list[Refused] = field(default_factory=list)

    def add(self, encode: Encode, rows: Iterable[FactRow]) -> None:
        """Encode the next facts; `encode` returns None for one to skip."""
        for row in rows:
            try:
                line = encode(row)
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                # Only the type: the message may quote the fact.
                reason = f"it cannot be encoded ({type(error).__name__})"
                self.unencodable.append((row.id, reason))
            else:
                if line is not None:
                    self.lines.append((row.id, line))
