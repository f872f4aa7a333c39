"""The command line. Heavy imports stay inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import os

import click

from autograder.cli import course, desk, doctor, grading, marks, people

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="scaling-autograder")
def main() -> None:
    """Build and grade the notebooks of Module 5.3, Scaling Architecture.

    \b
    Instructors start here:
        autograder build
        autograder grade submissions/ --out marks/
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")


COMMANDS = (
    course.build,
    course.check,
    course.new,
    course.bank,
    grading.watch,
    grading.grade,
    grading.regrade,
    marks.adjust,
    marks.marks,
    people.people,
    marks.report,
    marks.export,
    desk.desk,
    doctor.doctor,
)
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
