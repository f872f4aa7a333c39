"""What a cluster that goes away does to a run: an end and a sentence, never a wait for ever."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import SimpleNamespace

import msgspec
import pytest

from autograder.errors import PoolError
from autograder.grading.cluster import Cluster, _result
from autograder.grading.pool import Settings
from autograder.grading.worker import Failed, Job
from tests import fakes

SETTINGS = Settings(engine=fakes.ENGINE, packages=fakes.PACKAGES)


class Future:
    """A Dask future that is done at once, or never."""

    def __init__(self, key: str, status: str) -> None:
        self.key = key
        self.status = status

    def add_done_callback(self, call: Callable[[Future], None]) -> None:
        if self.status != "pending":
            call(self)

    def result(self) -> bytes:
        return msgspec.msgpack.encode(Failed("as good as any", 0.1))


class Client:
    """A Dask client whose futures all end in one way, and whose workers may be gone."""

    def __init__(self, status: str, workers: list[dict[str, int]]) -> None:
        self.status = status
        self.workers = workers
        self.scheduler = SimpleNamespace(ncores=None)
        self.submitted = 0

    def sync(self, *_: object, **__: object) -> dict[str, int]:
        return self.workers.pop(0) if len(self.workers) > 1 else self.workers[0]

    def submit(self, *_: object, **__: object) -> Future:
        if self.status == "closed":
            raise RuntimeError("Client is closed. Can't send update-graph message.")
        self.submitted += 1
        return Future(str(self.submitted), self.status)

    def close(self) -> None:
        pass


def run(client: Client, monkeypatch: pytest.MonkeyPatch, jobs: int = 9) -> list[int]:
    monkeypatch.setattr("autograder.grading.cluster._connect", lambda address: client)
    monkeypatch.setattr("autograder.grading.cluster.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("autograder.grading.cluster.WORKER_SECONDS", 0.05)
    with Cluster(SETTINGS, "tcp://there:8786") as cluster:
        work = (Job("lesson-one", fakes.notebook(f"pass # {n}")) for n in range(jobs))
        return [index for index, _ in cluster.run(work)]


def test_every_job_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(run(Client("finished", [{"w": 1}]), monkeypatch)) == list(range(9))


@pytest.mark.parametrize(
    ("status", "workers", "sentence"),
    [
        ("closed", [{"w": 1}], "is gone"),
        ("cancelled", [{"w": 1}], "is gone"),
        ("lost", [{"w": 1}], "is gone"),
        ("pending", [{"w": 1}, {}], "has no workers any more"),
    ],
)
def test_a_cluster_that_goes_away_ends_the_run(
    status: str, workers: list[dict[str, int]], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PoolError, match=f"tcp://there:8786 {sentence}. Everything graded so far"):
        run(Client(status, workers), monkeypatch)


class Answers:
    """A future with an answer, or an error, of somebody's choice."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer

    def result(self) -> bytes:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        ValueError("pages\n\x1b[2J of " + "x" * 9_000),
        pickle.dumps(Failed("x", 1.0)),
        msgspec.msgpack.encode({"type": "Graded", "outcome": {}, "seconds": 1}),
        msgspec.msgpack.encode([1, [2]]),
        b"",
    ],
)
def test_any_answer_of_a_cluster_is_a_result_or_one_printable_sentence(
    answer: bytes | Exception,
) -> None:
    result = _result(Answers(answer))
    assert isinstance(result, Failed)
    assert result.sentence.startswith("The cluster could not grade this: ")
    assert result.sentence.isprintable()
    assert len(result.sentence) <= 500
