"""How much a submission may use. Every number can be set; the defaults suit one laptop core."""

from __future__ import annotations

import msgspec

MIB = 2**20


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Deadlines, sizes and counts, for the student's process and for judging what it answers."""

    cell_seconds: float = 30.0
    """One cell."""
    call_seconds: float = 10.0
    """One call of a student's function by a test."""
    judge_seconds: float = 60.0
    """One test, calls included."""
    section_seconds: float = 90.0
    """One exercise: cells, tests, fresh starts and the run after the earlier sections."""
    probe_seconds: float = 6.0
    """All probes of one exercise, asked after its tests where points were lost."""
    submission_seconds: float = 300.0
    """One notebook."""
    template_seconds: float = 120.0
    """The released set-up and given cells, run once per worker."""
    memory_bytes: int = 2048 * MIB
    """Address space beyond what the fork server already maps."""
    disk_bytes: int = 64 * MIB
    """The private /tmp (tier A), and the largest file."""
    frame_bytes: int = 64 * MIB
    """One message, either way."""
    answer_bytes: int = 512 * MIB
    """All messages from a student's process during one test."""
    output_bytes: int = MIB
    """Printed text of one exercise; more is dropped."""
    open_files: int = 64
    threads: int = 32
    fresh_starts: int = 12
    """Children one exercise may use up before its remaining tests fail."""
    cells: int = 500
    """Cells of one exercise that are run."""
