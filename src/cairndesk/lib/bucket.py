"""A bucket of tokens in the memory of one process: how much may still be asked."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """What one key may still ask: it fills by `rate` a second, up to `most` in all (0: up to `rate`)."""

    rate: float
    left: float
    at: float = field(default_factory=time.monotonic)
    most: float = 0.0

    def take(self, many: int = 1) -> float:
        """The seconds to wait before `many` are there; 0 means that they were taken. More than the bucket holds never needs more than all."""
        now = time.monotonic()
        most = self.most or self.rate
        self.left, self.at = min(most, self.left + (now - self.at) * self.rate), now
        wanted = min(many, most)
        if self.left < wanted:
            return max(0.001, (wanted - self.left) / self.rate)
        self.left -= many
        return 0.0
