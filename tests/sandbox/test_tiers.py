"""The ladder: each tier grades honest work alike, and holds what it promises."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

import reference
from autograder.errors import EngineError, ServerGone
from autograder.sandbox import Limits, SandboxEngine, client, probe
from autograder.sandbox import engine as engines
from autograder.sandbox.cores import cores_of
from autograder.sandbox.tiers import MEANING, Layer, TierReport, _tier
from tests.processes import descendants, gone, group_of, settled
from tests.sandbox.handmade import F_IS_PLUS_ONE, SETUP, grade, notebook, otter_file, package

QUICK = Limits(cell_seconds=4.0, call_seconds=2.0)
F = "def f(x): return x + 1\n"
WAYS: dict[str, dict[str, Any]] = {
    "A": {"tier": "A"},
    "A, one uid": {"tier": "A", "without": ("own uid",)},
    "B": {"tier": "B"},
    "C": {"tier": "C"},
    "C, no namespaces": {"tier": "C", "without": ("namespaces",), "secrets": ()},
}
"""``A, one uid`` is what an ordinary user gets: a user namespace that maps only himself."""


SECRET = "secret-8842"


@pytest.fixture(scope="module", params=WAYS)
def sandbox(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_SECRET", SECRET)
        with SandboxEngine(QUICK, **WAYS[request.param]) as engine:
            yield engine


def said(outcome):
    """The message of the exception that the answer cell raised."""
    (event,) = outcome.events
    return event.sentence


def test_honest_work_is_graded(sandbox):
    assert grade(sandbox, F).points == 1


READS = {
    "reference": str(Path(reference.__file__).parent / "checks.py"),
    "grader": str(Path(engines.__file__)),
    "tests": __file__,
}


@pytest.mark.parametrize("sandbox", list(WAYS)[:-1], indirect=True, scope="module")
@pytest.mark.parametrize("what", READS)
def test_the_grader_its_tests_and_the_reference_cannot_be_read(what, sandbox):
    """All but tier C without namespaces, which relies on file permissions (tested below)."""
    outcome = grade(sandbox, F + f"open({READS[what]!r}).read()")
    assert "raised FileNotFoundError" in said(outcome) or "raised PermissionError" in said(outcome)


def try_each(sandbox, head, tries):
    """Let one child try everything, each thing in a cell of its own, and say what came of it."""
    cells = [
        (f"a-{number}", "a", "answer", source)
        for number, source in enumerate((head + F, *tries.values()))
    ]
    packed = package({"a": otter_file("a", F_IS_PLUS_ONE)}, SETUP, *cells)
    outcome = sandbox.grade_notebook(packed, notebook(SETUP, *cells)).sections[0]
    sentences = [event.sentence for event in outcome.events]
    said_of = {}
    for number, what in enumerate(tries, 3):
        said_of[what] = " ".join(one for one in sentences if f"Cell {number} " in one)
    return outcome, said_of


UNBLOCK = (
    "import sys\nfor name in [n for n, m in sys.modules.items() if m is None]:\n"
    "    del sys.modules[name]\n"
)


def test_nor_imported(sandbox):
    names = ["reference", "autograder", "autograder.sandbox", "tests"]
    _, said_of = try_each(sandbox, UNBLOCK, {name: f"import {name}" for name in names})
    for name, sentence in said_of.items():
        assert "raised ModuleNotFoundError" in sentence, (name, sentence)


REFUSED = {
    "fork": "os.fork()",
    "exec": "os.execv('/bin/true', ['true'])",
    "tcp": "import socket\nsocket.socket()",
    "unix socket": "import socket\nsocket.socketpair()",
    "kill parent": "os.kill(os.getppid(), 9)",
    "kill all": "os.kill(-1, 9)",
    "kill group": "os.killpg(os.getpgid(0), 9)",
    "signal others": "os.kill(2, 15)",
    "root": "os.setuid(0)",
    "chroot": "os.chroot('/tmp')",
    "write a library": "open(os.__file__, 'w')",
    "write elsewhere": "open('/var/tmp/attack-was-here', 'w')",
    "write the checkout": f"open({str(Path(__file__).parent / 'x')!r}, 'w')",
    "another processor": "os.sched_setaffinity(0, range(os.cpu_count()))",
    "raise limits": "import resource\nresource.setrlimit(resource.RLIMIT_NPROC, (999, 999))",
    "ptrace": "assert libc.ptrace(0, 0, 0, 0) == 0, OSError(libc_error())",
    "mount": "assert libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0) == 0, OSError(libc_error())",
    "unshare": "assert libc.unshare(0x10000000) == 0, OSError(libc_error())",
    "memfd": "os.memfd_create('x')",
    "dumpable": "assert libc.prctl(4, 1, 0, 0, 0) == 0, OSError(libc_error())",
    "shared memory": "assert libc.shmget(1, 4096, 0o1666) >= 0, OSError(libc_error())",
    "grader's memory": f"open('/proc/{os.getpid()}/mem', 'rb').read(1)",
    "grader's environment": f"open('/proc/{os.getpid()}/environ', 'rb').read(1)",
}
HEAD = (
    "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc_error = ctypes.get_errno\n"
)


def test_the_kernel_refuses(sandbox):
    outcome, said_of = try_each(sandbox, HEAD, REFUSED)
    errors = ("PermissionError", "AssertionError", "FileNotFoundError", "OSError", "ValueError")
    for what, sentence in said_of.items():
        assert any(f"raised {error}" in sentence for error in errors), (what, sentence)
    assert outcome.points == 1
    assert not Path("/var/tmp/attack-was-here").exists()


WRITES = {
    "mapping": (
        "fd = os.open(path, os.O_RDWR)\nimport mmap\nmmap.mmap(fd, 0)[:5] = b'PWNED'"
    ),
    "write": "os.write(os.open(path, os.O_WRONLY), b'PWNED')",
    "append": "open(path, 'ab').write(b'PWNED')",
    "reopened": (
        "fd = os.open(path, os.O_RDONLY)\n"
        "os.write(os.open(f'/proc/self/fd/{fd}', os.O_RDWR), b'PWNED')"
    ),
    "nameless file": "os.open(os.path.dirname(path), os.O_TMPFILE | os.O_RDWR)",
    "fifo": "os.write(os.open(path + '.fifo', os.O_RDWR | os.O_NONBLOCK), b'PWNED')",
    "device": "os.open('/dev/ptmx', os.O_RDWR)",
    "made writable": "os.chmod(path, 0o777)\nos.truncate(path, 0)",
}  # fmt: skip


@pytest.fixture
def writable_by_all():
    """A file and a FIFO that every user of the machine may write."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o777)
        path = os.path.join(folder, "file")
        Path(path).write_bytes(b"ours!")
        os.mkfifo(path + ".fifo")
        os.chmod(path, 0o666)
        os.chmod(path + ".fifo", 0o666)
        yield Path(path)


def test_not_even_what_every_user_may_write_is_written(sandbox, writable_by_all):
    _, said_of = try_each(sandbox, f"import os\npath = {str(writable_by_all)!r}\n", WRITES)
    for way, sentence in said_of.items():
        hindered = "raised PermissionError" in sentence or "raised FileNotFoundError" in sentence
        assert hindered, (way, sentence)
    assert writable_by_all.read_bytes() == b"ours!"


@pytest.mark.parametrize("sandbox", ["B"], indirect=True, scope="module")
def test_a_private_folder_alone_is_searched_for_modules(sandbox):
    """Without a private disk the working directory is the machine's /tmp, for all to write in."""
    assert grade(sandbox, F + "import sys\nassert '' not in sys.path").events == ()


def test_the_environment_says_nothing(sandbox):
    outcome = grade(sandbox, F + "import os\nraise ValueError(repr(dict(os.environ)))")
    assert SECRET not in said(outcome)
    assert "PATH" in said(outcome)


def test_child_has_a_uid_of_its_own_and_no_rights(sandbox):
    code = "import os\nraise ValueError(f'{os.getuid()} {os.getgroups()}')"
    sentence = said(grade(sandbox, F + code))
    if sandbox._settings.uid is not None:
        assert f"ValueError: {sandbox._settings.uid} []" in sentence


ORDINARY = """
import os
from autograder.sandbox import SandboxEngine, probe
from tests.sandbox.handmade import grade
assert os.getuid() == 65534
print(probe().tier, [layer.name for layer in probe().missing])
with SandboxEngine() as engine:
    print(grade(engine, "import os\\ndef f(x): return x + 1").points)
    print(grade(engine, "import os\\ndef f(x): return x + 1\\nos.fork()").events[0].sentence)
"""


def open_to_all(folder):
    """Shell lines that make a folder reachable for every user, in a private mount namespace."""
    top = "/" + Path(folder).parts[1]
    if os.stat(top).st_mode & 0o1:
        return ""
    return (
        f"mkdir -p $STAGE{folder} && mount --bind {folder} $STAGE{folder}\n"
        f"mount -t tmpfs -o mode=755 cover {top}\n"
        f"mkdir -p {folder} && mount --bind $STAGE{folder} {folder}\n"
    )


def test_an_ordinary_user_gets_all_layers_but_a_uid_of_his_own(tmp_path):
    """Run as nobody; a Python under /root is shown to him by a bind mount."""
    tmp_path.chmod(0o777)
    lines = f"set -e\nSTAGE={tmp_path}/stage\n{open_to_all(sys.base_prefix)}cd {tmp_path}\n"
    run = "exec setpriv --reuid=65534 --regid=65534 --clear-groups"
    result = subprocess.run(
        ["unshare", "-m", "bash", "-c", f'{lines}{run} {sys.executable} -B -c "$CODE"'],
        env={
            "PATH": os.environ["PATH"],
            "CODE": ORDINARY,
            "HOME": str(tmp_path),
            "TMPDIR": "/tmp",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.splitlines() == [
        "A ['own uid']",
        "1.0",
        "Cell 2 raised PermissionError: [Errno 1] Operation not permitted",
    ], result.stderr[-2000:]


def test_tier_c_without_namespaces_refuses_readable_secrets(tmp_path):
    tmp_path.chmod(0o755)
    secret = tmp_path / "secret"
    secret.mkdir(mode=0o755)
    options: dict[str, Any] = {"tier": "C", "without": ("namespaces",), "secrets": ("/usr/lib",)}
    with SandboxEngine(QUICK, **options) as engine, pytest.raises(EngineError, match="chmod"):
        grade(engine, F)
    secret.chmod(0o700)
    options["secrets"] = (str(secret),)
    with SandboxEngine(QUICK, **options) as engine:
        assert grade(engine, F).points == 1


def test_tier_d_grades_and_stops_endless_loops():
    limits = Limits(cell_seconds=2.0, call_seconds=1.0)
    with SandboxEngine(limits, "D") as engine:
        outcome = grade(
            engine, F + "def g(x):\n    while True: pass", F_IS_PLUS_ONE, "def test_g(g):\n    g(1)"
        )
    assert [test.passed for test in outcome.tests] == [True, False]
    assert [event.kind for event in outcome.events] == ["timeout"]
    assert "not a sandbox" in MEANING["D"]


LEAVES_A_PROCESS = """
import os, time
if os.fork() == 0:
    time.sleep(600)
os._exit(0)
"""


def test_tier_d_ends_what_a_student_started(monkeypatch):
    children: list[Any] = []
    alone = client.alone

    def noted(settings: Any) -> Any:
        children.append(alone(settings))
        return children[-1]

    monkeypatch.setattr(client, "alone", noted)
    # At this tier each child imports everything anew; one that leaves a process is enough.
    with SandboxEngine(msgspec.structs.replace(QUICK, fresh_starts=1), "D") as engine:
        grade(engine, F + LEAVES_A_PROCESS)
    assert children
    assert all(gone(group_of(child.pid)) for child in children)


WHERE = "import os\nraise ValueError(f'cores {sorted(os.sched_getaffinity(0))}')"


JUDGE_KEEPS_TO = """
def test_it(f):
    import os
    assert os.sched_getaffinity(0) == {f()}, os.sched_getaffinity(0)
"""


def test_outside_a_pool_a_student_may_use_every_processor(sandbox):
    assert f"cores {sorted(os.sched_getaffinity(0))}" in said(grade(sandbox, F + WHERE))


@pytest.mark.parametrize("tier", ["A", pytest.param("B", marks=pytest.mark.long)])
@pytest.mark.parametrize("workers", [1, 2])
def test_in_a_pool_a_student_keeps_to_one_processor(workers, tier, monkeypatch):
    cores = sorted(os.sched_getaffinity(0))
    for slot in range(workers):
        monkeypatch.setenv("AUTOGRADER_SLOT", f"{slot}/{workers}")
        judge, child = cores_of(slot + os.getppid(), workers, cores)
        with SandboxEngine(QUICK, tier) as engine:
            assert f"cores [{child}]" in said(grade(engine, F + WHERE))
            assert grade(engine, f"def f(): return {judge}", JUDGE_KEEPS_TO).points == 1
    assert sorted(os.sched_getaffinity(0)) == cores


def test_judge_and_child_have_a_processor_each_where_there_are_two_for_each_worker():
    assert {cores_of(place, 2, [0, 1, 4, 5]) for place in range(9)} == {(0, 1), (4, 5)}
    assert {cores_of(place, 1, [3, 7]) for place in range(9)} == {(3, 7)}
    # The third stays with whoever needs it.
    assert {cores_of(place, 1, [3, 7, 8]) for place in range(9)} == {(3, 7)}


def test_where_there_are_fewer_judge_and_child_share_one_and_sleep_at_once():
    shared = [cores_of(place, 2, [0, 1, 2]) for place in range(3)]
    assert shared == [(0, 0), (1, 1), (2, 2)]
    assert {cores.request().patience for cores in shared} == {0}
    assert cores_of(0, 1, [6]) == (6, 6)


EARLY = """
import sys
from autograder.sandbox import engine
def begin(settings):
    print("torch" in sys.modules)
    sys.exit()
engine.spawning.begin = begin
engine.SandboxEngine()
"""


def test_the_fork_server_starts_before_this_side_imports_torch():
    done = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, text=True)
    assert done.stdout == "False\n"


def oom_scores(pids: set[int]) -> set[str]:
    """Who goes first where memory runs out; a process that has just ended has no say."""
    found = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.add(Path(f"/proc/{pid}/oom_score_adj").read_text())
    return found


def test_where_memory_runs_out_a_students_process_goes_first():
    before = settled()
    with SandboxEngine(QUICK) as engine:
        engine.start_child(())
        # Between its fork and its first line a process still has its parent's number.
        end = time.monotonic() + 5
        while (found := oom_scores(descendants() - before)) != {"1000\n"}:
            assert time.monotonic() < end, found
            time.sleep(0.05)


def test_probe_reports_each_layer():
    report = probe()
    names = {layer.name for layer in report.layers}
    assert {"namespaces", "own uid", "rlimits", "no_new_privs", "landlock", "seccomp"} <= names
    assert report.tier in "ABCD"
    assert report.meaning
    assert all(layer.note for layer in report.missing)


@pytest.mark.parametrize(
    ("missing", "tier"),
    [
        (set(), "A"),
        ({"own uid"}, "A"),
        ({"namespaces"}, "B"),
        ({"namespaces", "own uid"}, "B"),
        ({"landlock"}, "C"),
        ({"landlock", "namespaces"}, "C"),
        ({"landlock", "namespaces", "own uid"}, "D"),
        ({"seccomp"}, "D"),
        ({"fork"}, "D"),
    ],
)
def test_the_tier_follows_from_the_layers(missing, tier):
    layers = {"fork", "namespaces", "own uid", "rlimits", "no_new_privs", "landlock", "seccomp"}
    assert _tier(layers - missing) == tier


def test_a_layer_that_is_missing_is_fatal(monkeypatch):
    poor = TierReport("D", (Layer(name="seccomp", available=False, note="the kernel has none"),))
    monkeypatch.setattr(engines, "probe", lambda: poor)
    with pytest.raises(EngineError, match=r"Tier A needs seccomp: the kernel has none\."):
        SandboxEngine(tier="A")
    assert SandboxEngine().tier == "D"
    with pytest.raises(EngineError, match="no tier Z"):
        SandboxEngine(tier="Z")


@pytest.mark.parametrize("tier", ["A", "B"])
def test_nothing_is_left_behind(tier):
    before = settled()
    mounts = Path("/proc/self/mountinfo").read_text()
    with SandboxEngine(Limits(cell_seconds=1.0), tier) as engine:
        grade(engine, F)
        grade(engine, F + "while True: pass")
        assert descendants() > before
    assert descendants() == before
    assert Path("/proc/self/mountinfo").read_text() == mounts


@pytest.mark.parametrize("tier", ["A", "B"])
def test_a_killed_grader_takes_everything_with_it(tier):
    """The fork server hears the socket close, and its children die with it."""
    code = (
        "import os, sys, time\n"
        "from autograder.sandbox import SandboxEngine\n"
        f"engine = SandboxEngine(tier={tier!r})\n"
        "child, _ = engine.start_child(())\n"
        "child.channel.send([1, 'cell', [], ['while True: pass']])\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as grader:
        assert grader.stdout
        ready, _, _ = select.select([grader.stdout], [], [], 60)
        assert ready
        assert grader.stdout.readline() == b"ready\n"
        below = descendants(grader.pid)
        assert len(below) >= 2
        grader.kill()
    assert gone(below)


def test_a_server_that_ends_with_a_request_unread_isgone():
    ours, theirs = socket.socketpair()
    control = client.Control(ours)
    ours.sendall(b"a request")
    theirs.close()
    with pytest.raises(ServerGone):
        control.wait_until_ready(1.0)
    control.close()


def test_a_killed_clean_server_is_replaced(engine):
    assert grade(engine, F).points == 1
    engine._fork_server._process.kill()
    engine._fork_server._process.wait(10)
    assert grade(engine, F).points == 1
