"""The container's pins, and students' requirements, on every Python that the package claims."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from autograder.course.assign import REQUIREMENTS
from autograder.course.container import TEMPLATES
from autograder.gradescope.pins import PROJECT, PYTHONS, prove, read_pins, resolve

DECLARED = tomllib.loads(PROJECT.read_text())["project"]
STUDENTS = ("x86_64-manylinux_2_28", "aarch64-apple-darwin", "x86_64-pc-windows-msvc")


def test_the_pythons_tried_are_all_that_the_package_claims() -> None:
    claim = SpecifierSet(DECLARED["requires-python"])
    assert all(python in claim for python in PYTHONS)
    assert "3.10.99" not in claim, "the package claims an older Python than the pins were tried on"
    setup = (TEMPLATES / "setup.sh").read_text()
    accepted = {f"{name}.0" for name in re.findall(r"python(3\.\d+)", setup)}
    assert accepted == set(PYTHONS)


@pytest.mark.parametrize("python", PYTHONS)
def test_each_pin_asks_for_a_python_that_is_there(python: str) -> None:
    refused = [f"{pin}: {pin.python}" for pin in read_pins() if python not in pin.python]
    assert refused == []


def test_what_is_recorded_of_a_pin_is_what_its_metadata_says() -> None:
    compared = 0
    for pin in read_pins():
        try:
            metadata = importlib.metadata.metadata(pin.name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if metadata["Version"] == pin.version:
            # A backport of this module, once imported by anybody, raises for a missing line.
            (claim,) = metadata.get_all("Requires-Python") or [""]
            assert pin.python == SpecifierSet(claim), pin
            compared += 1
    assert compared


@pytest.mark.parametrize("line", ["soupsieve==2.10", "soupsieve>=2  # >=3.9", "soupsieve"])
def test_a_line_without_its_record_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"# the pins\n{line}\n")
    with pytest.raises(ValueError, match=r"requirements\.txt, line 2: .* run `make pins`"):
        read_pins(path)


def test_a_pin_may_be_for_any_python(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("pure-eval==0.2.4  # any Python\n")
    (pin,) = read_pins(path)
    assert str(pin) == "pure-eval==0.2.4"
    assert "3.11.0" in pin.python


def test_one_version_of_torch_everywhere() -> None:
    (declared,) = [one for one in DECLARED["dependencies"] if one.startswith("torch")]
    assert declared in REQUIREMENTS.splitlines()
    assert f'TORCH="{declared}"' in (TEMPLATES / "setup.sh").read_text()


@pytest.mark.long
@pytest.mark.parametrize("python", PYTHONS)
def test_a_resolver_installs_the_pins_and_misses_none(python: str) -> None:
    prove([str(pin) for pin in read_pins()], [python])


@pytest.mark.long
def test_a_pin_too_new_for_the_first_release_is_refused() -> None:
    """The pin that failed on Debian 12: it asks for Python 3.11.5."""
    pins = [str(pin) for pin in read_pins() if pin.name != "soupsieve"]
    with pytest.raises(ValueError, match=r"(?s)Python 3\.11\.0 on .*soupsieve"):
        prove([*pins, "soupsieve==4.1.3"], ["3.11.0"])
    prove([*pins, "soupsieve==4.1.3"], ["3.12.0"])


@pytest.mark.long
def test_a_pin_that_is_missing_is_named() -> None:
    pins = [str(pin) for pin in read_pins() if pin.name != "soupsieve"]
    with pytest.raises(ValueError, match=r"Python 3\.11\.0 differs in soupsieve==\S+$"):
        prove(pins, ["3.11.0"])


@pytest.mark.long
@pytest.mark.parametrize("platform", STUDENTS)
@pytest.mark.parametrize("python", PYTHONS)
def test_a_resolver_installs_what_students_are_told_to(
    python: str, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MACOSX_DEPLOYMENT_TARGET", "14.0")  # the oldest that torch is built for
    pins = resolve(REQUIREMENTS.splitlines(), python, platform)
    assert "torch==2.13.0" in [pin.partition("+")[0] for pin in pins]
