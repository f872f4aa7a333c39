"""The members of a zip archive, listed and read in memory, within limits on everything."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from autograder.errors import Unreadable
from autograder.intake.guard import MIB, Budget, foreign
from autograder.intake.items import Item, is_noise, limit_of
from autograder.intake.times import sane

MAX_STUDENT_MEMBERS = 2_000
MAX_CLASS_MEMBERS = 200_000
MAX_DEPTH = 60
"""Folders around a member: a name of 64 KiB can hold half as many."""
READ_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""bzip2 and LZMA unpack a few bytes into gigabytes at once, before any limit is seen."""
ENTRY = b"PK\x01\x02"
"""What each entry of an archive's table of contents begins with."""
UTF8_FLAG = 0x800
CHUNK = MIB


def archive_items(
    archive: bytes | Path, max_members: int = MAX_STUDENT_MEMBERS, budget: Budget | None = None
) -> list[Item]:
    """The members of a zip archive, each read in memory when asked for.

    Members that point outside the archive, and links, are left out: they can only be an attack.

    Args:
        archive: its bytes, or where it lies.
        max_members: how many members are too many.
        budget: counts what is unpacked; by default each archive has one of its own.

    Raises:
        Unreadable: when the archive is damaged, encrypted or far too large.
    """
    with foreign():
        _check_size(archive, max_members)
    try:
        opened = zipfile.ZipFile(BytesIO(archive) if isinstance(archive, bytes) else archive)
    except MemoryError:
        raise Unreadable("needs more memory to be read than there is") from None
    except Exception:
        raise Unreadable("is a damaged zip archive") from None
    with foreign():
        members = [info for info in opened.infolist() if _is_safe(info) and not info.is_dir()]
        if len(members) > max_members:
            raise Unreadable(
                f"is an archive of {len(members):,} files; the limit is {max_members:,}"
            )
        shared = budget or Budget(unpacked=2**62)
        items = [
            Item(path=_path(info), modified=_time(info), read=_reader(opened, info, shared))
            for info in members
        ]
        return sorted((one for one in items if not is_noise(one.path)), key=lambda one: one.path)


def _check_size(archive: bytes | Path, max_members: int) -> None:
    """Count entries before zipfile makes an object of each: its own count is only a claim."""
    most = 10 * max_members
    if isinstance(archive, bytes):
        entries = archive.count(ENTRY)
    else:
        with archive.open("rb") as file:
            entries = _count(file, most)
    if entries > most:
        raise Unreadable(f"is an archive of more than {most:,} files; the limit is {max_members:,}")


def _count(file: BinaryIO, most: int) -> int:
    entries, tail = 0, b""
    while entries <= most and (chunk := file.read(CHUNK)):
        entries += (tail + chunk).count(ENTRY)
        tail = chunk[1 - len(ENTRY) :]
    return entries


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(_name(info).replace("\\", "/"))


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; without the UTF-8 flag most programs write UTF-8 all the same."""
    if info.flag_bits & UTF8_FLAG:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _is_safe(info: zipfile.ZipInfo) -> bool:
    name = _name(info).replace("\\", "/")
    if not name or name.count("/") > MAX_DEPTH or stat.S_ISLNK(info.external_attr >> 16):
        return False
    path = _path(info)
    drive = name[1:2] == ":"
    return bool(path.parts) and not (path.is_absolute() or ".." in path.parts or drive)


def _time(info: zipfile.ZipInfo) -> float | None:
    try:
        # A zip names no zone: taken for our own.
        return sane(datetime(*info.date_time).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Callable[[], bytes]:
    limit = limit_of(info.filename)

    def read() -> bytes:
        if info.flag_bits & 1:
            raise Unreadable("is encrypted")
        if info.compress_type not in READ_KINDS:
            raise Unreadable("is packed in a way that is not read here; pack it as a plain zip")
        content = bytearray()
        try:
            # The size in the header is the archive's own claim: read up to the limit, no further.
            with archive.open(info) as member:
                while len(content) <= limit and (chunk := member.read(CHUNK)):
                    budget.unpack(len(chunk))
                    content += chunk
        except Unreadable:
            raise
        except MemoryError:
            raise Unreadable("needs more memory to be read than there is") from None
        except Exception:
            raise Unreadable("is damaged inside its archive") from None
        if len(content) > limit:
            raise Unreadable(f"unpacks to more than {limit // MIB} MiB")
        return bytes(content)

    return read
