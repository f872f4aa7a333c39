"""Renew the container's pins: ``make pins``, or ``python -m autograder.gradescope.pins``.

A container installs ``templates/requirements.txt`` as it stands (``pip install --no-deps``), on
whichever Python its image has. So one list has to be complete and installable on every Python that
the package claims, down to the first patch release: Ubuntu 22.04 has 3.11.0, Debian 12 has 3.11.2.
uv resolves for a Python that need not be here. pip then reports what each pin asks of Python, which
is recorded beside the pin, so that a test can compare it with the claim without a network.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from autograder.errors import InvalidInput
from autograder.files import write_whole

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
PINS = Path(__file__).parent / "templates" / "requirements.txt"
PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")
"""The first release of each Python that setup.sh accepts; a later patch release admits more."""
CONTAINER = "x86_64-manylinux_2_28"
ROOTS = frozenset(
    {
        "ipykernel",
        "ipython",
        "matplotlib",
        "msgspec",
        "nbformat",
        "numpy",
        "otter-grader",
        "pyseccomp",
        "pyyaml",
        "torch",
    }
)
"""What grading imports, of the requirements in pyproject.toml; the rest is for the command line."""
LEFT_OUT = re.compile(r"(torch|triton|playwright|pyee|greenlet|(cuda|nvidia)-.*)==")
"""torch comes from its index of CPU builds, which need no CUDA; otter's browser prints PDFs."""
HEADER = """\
# Written by `make pins`: everything that grading in a container needs, and after each pin the
# Python that it asks for. torch comes from an index of its own, and the browser that otter can
# print PDFs with is left out (both: setup.sh).
"""
LINE = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>\S+)  # (?P<python>any Python|[<>=!~].*)")


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the container's requirements."""

    name: str
    version: str
    python: SpecifierSet
    """The pin's ``Requires-Python``, as its metadata had it when the list was written."""

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


def roots(project: Path = PROJECT) -> list[str]:
    """Return the requirements of pyproject.toml that grading in a container needs."""
    declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [one for one in declared if canonicalize_name(Requirement(one).name) in ROOTS]


def read_pins(path: Path = PINS) -> list[Pin]:
    """Return the pins of a file that this module wrote.

    Raises:
        ValueError: a line is not a pin with the Python that it asks for.
    """
    pins = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise InvalidInput(
                f"{path.name}, line {number}: {line!r} is not a pin with the Python that it asks "
                "for; run `make pins` instead of editing the list"
            )
        python = match["python"].removeprefix("any Python")
        pins.append(Pin(name=match["name"], version=match["version"], python=SpecifierSet(python)))
    return pins


def resolve(requirements: Iterable[str], python: str, platform: str = CONTAINER) -> list[str]:
    """Return what pip would install, from wheels alone, on a Python that need not be here.

    Args:
        requirements: lines of a requirements file.
        python: a full version such as ``3.11.0``.
        platform: one of uv's names of a platform.

    Raises:
        ValueError: no set of versions fits; the message is the resolver's reason.
    """
    options = ["--quiet", "--no-config", "--no-header", "--no-annotate", "--only-binary", ":all:"]
    target = ["--python-version", python, "--python-platform", platform]
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", *options, *target]
    done = subprocess.run(
        command, input="\n".join(requirements), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InvalidInput(f"Python {python} on {platform}: {done.stderr.strip()}")
    return done.stdout.splitlines()


def resolve_container(python: str, pins: Iterable[str] = ()) -> list[str]:
    """Return the container's pins for one Python, where ``pins`` are given with exactly those."""
    resolved = resolve([*roots(), *pins], python)
    return [pin for pin in resolved if not LEFT_OUT.match(pin)]


def prove(pins: list[str], pythons: Iterable[str] = PYTHONS) -> None:
    """Check with the resolver that a list can be installed on every Python and lacks nothing.

    Raises:
        ValueError: the list cannot be installed, or a Python needs another list; names both.
    """
    for python in pythons:
        wanted = resolve_container(python, pins)
        difference = sorted({*wanted} ^ {*pins})
        if difference:
            raise InvalidInput(f"Python {python} differs in {', '.join(difference)}")


def asked_of_python(pins: Iterable[str]) -> Mapping[str, str]:
    """Return the ``Requires-Python`` of each pin's own metadata, by name.

    Raises:
        ValueError: pip cannot install the pins or read what they ask for.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed, report = Path(folder, "pins.txt"), Path(folder, "report.json")
        listed.write_text("\n".join(pins))
        options = ["-qq", "--dry-run", "--ignore-installed", "--no-deps"]
        target = ["--python-version", PYTHONS[0], "--only-binary", ":all:", "--target", folder]
        command = [sys.executable, "-m", "pip", "install", *options, *target]
        arguments = ["--report", str(report), "-r", str(listed)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise InvalidInput(f"pip cannot tell what the pins ask for: {done.stderr.strip()}")
        found = [one["metadata"] for one in json.loads(report.read_text())["install"]]
    return {canonicalize_name(one["name"]): one.get("requires_python", "") for one in found}


def renew(path: Path = PINS) -> None:
    """Write the newest pins that can be installed on every Python.

    Raises:
        ValueError: the newest versions for the oldest Python do not fit a newer one, or the
            registry cannot be asked; the file stays as it was.
    """
    pins = resolve_container(PYTHONS[0])
    prove(pins)
    asked = asked_of_python(pins)
    lines = [f"{pin}  # {asked[pin.partition('==')[0]] or 'any Python'}\n" for pin in pins]
    write_whole(path, "".join([HEADER, *lines]).encode())


if __name__ == "__main__":
    try:
        renew()
    except InvalidInput as problem:
        sys.exit(f"The pins stay as they are. {problem}")
