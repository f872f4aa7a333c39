"""How numbers spread: points and times of handing in, with the bars of their histograms."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

BINS = 10
WIDE_BINS = 20
"""For whole lessons, where there are enough different totals."""

SHORTEST_SECONDS = 3_600.0


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of a histogram."""

    low: float
    high: float
    count: int
    label: str
    """What the bar counts, such as "4 to 8 points"."""


class Histogram(msgspec.Struct, frozen=True):
    """Bars of equal width, and what stands below the left end, the middle and the right end."""

    bins: tuple[Bin, ...]
    ticks: tuple[str, str, str]

    @property
    def tallest(self) -> int:
        """The count of the highest bar."""
        return max((bar.count for bar in self.bins), default=0)


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """How points spread."""

    histogram: Histogram
    max_points: float
    count: int
    mean: float = 0.0
    deviation: float = 0.0
    """The standard deviation of these students, not an estimate for others."""
    minimum: float = 0.0
    quartiles: tuple[float, float, float] = (0.0, 0.0, 0.0)
    maximum: float = 0.0

    @property
    def median(self) -> float:
        """The middle one of the points."""
        return self.quartiles[1]


def distribution(points: Sequence[float], max_points: float, bins: int = BINS) -> Distribution:
    """Bars of equal width from 0 to the most there is; the last includes all points."""
    most = max_points or 1.0
    histogram = Histogram(
        tuple(
            Bin(low=low, high=high, count=count, label=f"{low:g} to {high:g} points")
            for low, high, count in _bars(points, 0.0, most, bins)
        ),
        ("0", f"{max_points / 2:g} points", f"{max_points:g}"),
    )
    if not points:
        return Distribution(histogram=histogram, max_points=max_points, count=0)
    low, middle, high = (
        statistics.quantiles(points, n=4, method="inclusive")
        if len(points) > 1
        else (points[0], points[0], points[0])
    )
    return Distribution(
        histogram=histogram,
        max_points=max_points,
        count=len(points),
        mean=statistics.fmean(points),
        deviation=statistics.pstdev(points),
        minimum=min(points),
        quartiles=(low, middle, high),
        maximum=max(points),
    )


def times(seconds: Sequence[float]) -> Histogram | None:
    """When a lesson was handed in; None where that was within an hour, as of copied files."""
    first, last = min(seconds, default=0.0), max(seconds, default=0.0)
    if last - first < SHORTEST_SECONDS:
        return None
    bars = _bars(seconds, first, last, WIDE_BINS)
    return Histogram(
        tuple(
            Bin(low=low, high=high, count=count, label=f"{moment(low)} to {moment(high)}")
            for low, high, count in bars
        ),
        (moment(first), moment((first + last) / 2), moment(last)),
    )


def moment(seconds: float) -> str:
    """A point in time as people write it, with its zone."""
    return f"{datetime.fromtimestamp(seconds, UTC):%d %b %Y %H:%M} UTC"


def _bars(
    numbers: Sequence[float], start: float, end: float, bins: int
) -> list[tuple[float, float, int]]:
    width = (end - start) / bins
    counts = Counter(min(max(int((one - start) / width), 0), bins - 1) for one in numbers)
    return [
        (start + index * width, start + (index + 1) * width, counts[index]) for index in range(bins)
    ]
