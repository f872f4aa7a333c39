"""A late rule that several tests share."""

from __future__ import annotations

from datetime import UTC, datetime

from autograder.gradebook.due import LatePolicy

DUE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATE = LatePolicy(DUE.timestamp(), 10.0, "%", "day", 900.0)
