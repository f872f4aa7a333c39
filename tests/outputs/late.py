"""A late rule that several tests share."""

from __future__ import annotations

from datetime import UTC, datetime

from autograder.gradebook.late_rule import LatePolicy

DUE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATE = LatePolicy(due=DUE.timestamp(), cost=10.0, unit="%", period="day", grace_seconds=900.0)
