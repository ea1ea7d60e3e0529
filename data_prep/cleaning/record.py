"""What an operation of cleaning says about its work."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Record:
    """Counts of what was changed, and clips left out with reasons; both are written into the corpus."""

    counts: Counter = field(default_factory=Counter)
    drops: list[dict[str, str]] = field(default_factory=list)

    def drop(self, clip_id: str, reason: str) -> None:
        """A clip is left out."""
        self.drops.append({"id": clip_id, "reason": reason})
        self.counts["dropped"] += 1
