"""The page on security names a test for each threat; each of them is there."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs/security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)))


def _tests_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_named_test_is_there(file: str, test: str) -> None:
    assert test in _tests_of(TESTS / file)


def test_each_threat_has_a_control_and_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 4]
    threats = [row for row in rows if not row.startswith(("| threat", "| who", "| **what"))]
    bare = [row for row in threats if "::test_" not in row and row not in _trust()]
    assert bare == []


def _trust() -> set[str]:
    """Return the rows of the table that says who is trusted."""
    section = PAGE.partition("## Who is trusted with what")[2].partition("\n## ")[0]
    return set(section.splitlines())
