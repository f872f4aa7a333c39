"""What each test is about: the sentence that its author wrote for those who fail it."""

from __future__ import annotations

import ast

from autograder.model import GradingPackage


def ideas(package: GradingPackage) -> dict[tuple[str, str], str]:
    """Exercise and test name to the idea behind the test, for the tests that have one.

    The test files are read, not run.
    """
    return {
        (exercise, name): idea
        for exercise, text in package.tests.items()
        for name, idea in _ideas(text)
    }


def _ideas(text: str) -> list[tuple[str, str]]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [
        (function.name, str(keyword.value.value))
        for function in functions
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
        if keyword.arg == "failure_message" and isinstance(keyword.value, ast.Constant)
    ]
