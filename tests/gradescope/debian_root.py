"""A fresh Debian or Ubuntu root in which a zip is installed and run as Gradescope does it.

What a container adds to a root is made here with the kernel's own means: mounts and processes of
its own, which end with the command, and the rights that Docker leaves by default. Nothing in the
zip knows that it is a test: ``setup.sh`` installs from the network, except that torch comes from
this machine where pip already finds a CPU build.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from autograder.course.assign import REQUIREMENTS
from tests.gradescope.container import LAUNCHER

AS_A_CONTAINER = """
set -eu
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs -o size=64m shm "$ROOT/dev/shm"
exec "$PYTHON" -c "$LAUNCHER" B /usr/sbin/chroot "$ROOT" /usr/bin/env -i "$@"
"""
UBUNTU_KEYRING = "ubuntu-archive-keyring.gpg"
UBUNTU_KEYRING_SHA256 = "1a4dd63e5c76728960a2edddae22e2e0fc53df8e8b87806deb971030ac704eb0"
"""Holds the Ubuntu archive's key of 2018, F6ECB3762474EDA9D21B7022871920D1991BC93C."""
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL")


class Suite(msgspec.Struct, frozen=True):
    """A release of a distribution."""

    name: str
    mirror: str
    components: str
    pockets: tuple[str, ...]
    keyring: str = ""
    """Path of the keyring's package below the mirror, where Debian has none of it."""


SUITES = {
    "bookworm": Suite("bookworm", "http://deb.debian.org/debian", "main", ("", "-updates")),
    # Gradescope's default image.
    "jammy": Suite(
        "jammy",
        "http://archive.ubuntu.com/ubuntu",
        "main,universe",
        ("", "-updates"),
        "pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb",
    ),
}


def bootstrap(suite: Suite, root: Path) -> None:
    """Make the smallest root of a suite, with its signatures checked."""
    keyring = [f"--keyring={ubuntu_keyring(suite, root.parent)}"] if suite.keyring else []
    options = ["--variant=minbase", f"--components={suite.components}", *keyring]
    subprocess.run(
        ["debootstrap", *options, suite.name, str(root), suite.mirror],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=1200,
    )
    components = suite.components.replace(",", " ")
    lines = [f"deb {suite.mirror} {suite.name}{pocket} {components}\n" for pocket in suite.pockets]
    (root / "etc/apt/sources.list").write_text("".join(lines))


def ubuntu_keyring(suite: Suite, folder: Path) -> Path:
    """Fetch Ubuntu's keyring, known by its digest."""
    package = folder / "keyring.deb"
    with urllib.request.urlopen(f"{suite.mirror}/{suite.keyring}", timeout=60) as answer:
        package.write_bytes(answer.read())
    subprocess.run(["dpkg-deb", "-x", str(package), str(folder / "keyring")], check=True)
    path = folder / "keyring/usr/share/keyrings" / UBUNTU_KEYRING
    assert hashlib.sha256(path.read_bytes()).hexdigest() == UBUNTU_KEYRING_SHA256
    return path


class Image:
    """A root prepared by the zip's own ``setup.sh``, as Gradescope builds its image."""

    def __init__(self, root: Path, archive: bytes) -> None:
        self.root = root
        self.folder = root / "autograder"
        source = self.folder / "source"
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            opened.extractall(source)
        shutil.copy(source / "run_autograder", self.folder)
        (self.folder / "run_autograder").chmod(0o755)
        index = torch_index(root)
        variables = {"AUTOGRADER_TORCH_INDEX": index} if index else {}
        self.log = self.run(
            "/bin/bash", "/autograder/source/setup.sh", **variables, **network(root)
        )

    def run(self, *command: str, **variables: str) -> str:
        """Run a command in the root with a default container's rights; what it printed."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **variables}
        settings = [f"{name}={value}" for name, value in environment.items()]
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        script = ["/bin/bash", "-c", AS_A_CONTAINER, "as-a-container"]
        outside = {"ROOT": str(self.root), "PYTHON": sys.executable, "LAUNCHER": LAUNCHER}
        done = subprocess.run(
            [*namespaces, *script, *settings, *command],
            env={"PATH": os.environ["PATH"], **outside},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    def grade(
        self, files: dict[str, bytes], metadata: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """Hand files in; ``results.json`` and the log, which Gradescope shows to instructors."""
        for name in ("submission", "results"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
        for name, content in files.items():
            (self.folder / "submission" / name).write_bytes(content)
        (self.folder / "submission_metadata.json").write_text(json.dumps(metadata))
        log = self.run("/autograder/run_autograder")
        return json.loads((self.folder / "results" / "results.json").read_text()), log


def torch_index(root: Path) -> str:
    """Serve a CPU build of torch that pip finds here as an index of the root; its address.

    Empty where pip finds none: the root then asks torch's own index, like everybody.
    """
    (torch,) = [line for line in REQUIREMENTS.splitlines() if line.startswith("torch==")]
    folder = root / "srv/index/torch"
    folder.mkdir(parents=True)
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", "3.11"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder)]
    if subprocess.run([*command, f"{torch}+cpu"], check=False, capture_output=True).returncode:
        return ""
    links = [f'<a href="{path.name}">{path.name}</a>' for path in folder.iterdir()]
    (folder / "index.html").write_text("<!DOCTYPE html>\n" + "\n".join(links))
    return "file:///srv/index"


def network(root: Path) -> dict[str, str]:
    """What this machine needs in order to reach the registries, for a command in the root."""
    certificates = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    found = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    if certificates:
        shutil.copy(certificates, root / "srv/certificates.crt")
        found["PIP_CERT"] = "/srv/certificates.crt"
    return found
