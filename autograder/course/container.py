"""Turn otter's autograder zip into one that grades with our engine inside a container.

One zip serves every place. Gradescope runs its ``setup.sh`` and ``run_autograder``; `otter run`
and `otter grade` read the parts that otter itself put there, which stay as they are.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import zipfile
from collections.abc import Mapping

import msgspec

from autograder.course.assign import frozen_zip
from autograder.course.handin import FILE_NAME, FOLDER, HandIn, Visibility
from autograder.course.lessons import PACKAGE_DIR, Lesson, solutions_dir
from autograder.errors import InvalidInput
from autograder.model import GradingPackage

DISTRIBUTION = "scaling-autograder"
WHEEL_PACKAGES = (PACKAGE_DIR, PACKAGE_DIR.parent / "reference")
LEFT_OUT = {"__pycache__", "_course"}
"""Caches, and the course's sources: a container needs no solution and no sample answer."""
TEMPLATES = PACKAGE_DIR / "gradescope" / "templates"


def hand_in(lesson: Lesson, package: GradingPackage) -> HandIn:
    """Return what a lesson's container has to know.

    Raises:
        ValueError: ``hidden_tests`` in the lesson's front matter is not one of Gradescope's words.
    """
    return HandIn(package, _hidden_tests(lesson))


def _hidden_tests(lesson: Lesson) -> Visibility:
    try:
        word: Visibility = msgspec.convert(lesson.hidden_tests, type=Visibility)
    except msgspec.ValidationError as error:
        path = solutions_dir() / lesson.slug / "lesson.md"
        raise InvalidInput(f"{path}: hidden_tests: {error}") from None
    return word


def engine_members(lesson: Lesson, package: GradingPackage) -> dict[str, bytes]:
    """Return the members that this course adds to otter's zip, or puts in place of otter's."""
    members = {path.name: path.read_bytes() for path in sorted(TEMPLATES.iterdir())}
    members[f"{FOLDER}/{wheel_name()}"] = wheel_bytes()
    content = msgspec.json.encode(hand_in(lesson, package), order="sorted")
    members[f"{FOLDER}/{FILE_NAME}"] = content
    return members


def container_zip(stock: bytes, members: Mapping[str, bytes]) -> bytes:
    """Return otter's zip with our members in it, the same bytes for the same content."""
    with zipfile.ZipFile(io.BytesIO(stock)) as opened:
        content = {name: opened.read(name) for name in opened.namelist()}
    return frozen_zip({**content, **members})


def wheel_name() -> str:
    """Return the file name of this package's wheel."""
    version = importlib.metadata.version(DISTRIBUTION)
    return f"{DISTRIBUTION.replace('-', '_')}-{version}-py3-none-any.whl"


def wheel_bytes() -> bytes:
    """Return a wheel of this package as it is installed here, without the course's sources.

    Made from the files themselves: a build needs no build backend, works from an installed wheel
    too, and gives the same bytes every time. It names no requirements; the container pins them.
    """
    members = {
        str(path.relative_to(package.parent)): path.read_bytes()
        for package in WHEEL_PACKAGES
        for path in sorted(package.rglob("*"))
        if path.is_file() and not LEFT_OUT & set(path.parts)
    }
    version = importlib.metadata.version(DISTRIBUTION)
    info = f"{DISTRIBUTION.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: {version}\n"
    tags = "Wheel-Version: 1.0\nGenerator: autograder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members[f"{info}/METADATA"] = metadata.encode()
    members[f"{info}/WHEEL"] = tags.encode()
    rows = [_record_row(name, content) for name, content in members.items()]
    members[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    return frozen_zip(members)


def _record_row(name: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"


def members_digest(members: Mapping[str, bytes]) -> str:
    """Hash members, so that a zip is made again only when something in it changed."""
    digest = hashlib.sha256()
    for name in sorted(members):
        digest.update(f"{name}\0{len(members[name])}\0".encode() + members[name])
    return digest.hexdigest()
