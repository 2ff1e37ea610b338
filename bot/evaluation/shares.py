"""A share with its interval: how every figure about quality is reported."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["Share", "wilson"]

# Two-sided 95 % point of the normal distribution, for the Wilson score interval.
_Z_95 = 1.959964


@dataclass(frozen=True)
class Share:
    """A number of cases out of others."""

    count: int
    total: int

    @classmethod
    def of(cls, hits: Collection[bool]) -> Share:
        """Count hits."""
        return cls(sum(hits), len(hits))

    @property
    def value(self) -> float:
        """The share, 0 if there are no cases."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return wilson(self.count, self.total)

    def __str__(self) -> str:
        """Return it with count and interval, never a bare percentage."""
        low, high = self.interval
        return f"{self.value:6.1%}  {self.count} of {self.total}  (95 % {low:.1%} to {high:.1%})"


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share; all of 0 to 1 if there are no cases."""
    if total == 0:
        return (0.0, 1.0)
    share, square = count / total, _Z_95**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = _Z_95 * math.sqrt(share * (1 - share) / total + square / (4 * total**2)) / (1 + square / total)
    return (max(0.0, middle - half), min(1.0, middle + half))
