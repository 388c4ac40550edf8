"""`make criteria`: which test shows which rule of docs/criteria.md, and whether it holds.

python -m tests.criteria [--names]

Runs the tests whose names begin with ids (`test_E31_E33_…`), whole journeys aside (`make e2e`), and
prints a line a rule: its id, its result, its tests. The exit code is 1 when a rule has neither a
test nor an issue that owes it, when a test fails, when something owed is overdue, or when a test
names a rule that is not there. With --names nothing is run: the page is compared with the names.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "criteria.md"

_ID = r"(?:U|M|E|C|W)[1-9]\d*a?"
_ROW = re.compile(rf"^\| ({_ID}) \| (.+) \| [SXDG/]+ \| ((?:\d+, )*\d+|) ?\|$", re.M)
_DONE = re.compile(r"^.*Done are the issues up to \*\*(\d+)\*\*", re.M)
_NAME = re.compile(rf"^test_((?:{_ID}_)+)")


@dataclass(frozen=True)
class Criterion:
    """One rule of the page; `due` are the issues that still owe a test, of it or of its looks."""

    id: str
    rule: str
    due: tuple[int, ...] = ()


def criteria(page: str) -> dict[str, Criterion]:
    """The rules of the page, in its order; each id stands there once."""
    rows = [
        Criterion(name, rule, tuple(int(number) for number in re.findall(r"\d+", due)))
        for name, rule, due in _ROW.findall(page)
    ]
    found = {row.id: row for row in rows}
    lines = re.findall(rf"^\| {_ID} \|", page, re.M)
    assert len(lines) == len(rows) == len(found), "a row is no row, or an id stands there twice"
    return found


def done(page: str) -> int:
    """The last issue that is done."""
    (number,) = _DONE.findall(page)
    return int(number)


def ids(name: str) -> list[str]:
    """The ids at the beginning of a test's name."""
    begins = _NAME.match(name)
    return begins[1].strip("_").split("_") if begins else []


def names(folder: Path) -> Iterator[tuple[str, str]]:
    """Every test of a folder, as its file (from here) and its name; nothing is imported."""
    for file in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield str(file.relative_to(ROOT)), node.name


def shown_by(tests: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The tests of each id."""
    found: dict[str, list[str]] = {}
    for file, name in tests:
        for id_ in ids(name):
            found.setdefault(id_, []).append(f"{file}::{name}")
    return found


def mistakes(page: str, tests: Mapping[str, Sequence[str]]) -> list[str]:
    """What the names alone tell: who has no test, what is overdue, what is not on the page."""
    rules, last = criteria(page), done(page)
    told = [f"{i}: there is no such rule ({', '.join(tests[i])})" for i in tests if i not in rules]
    for rule in rules.values():
        if rule.due and min(rule.due) <= last:
            told.append(f"{rule.id}: overdue, issue {min(rule.due)} is done")
        elif rule.id not in tests and not rule.due:
            told.append(f"{rule.id}: no test shows it")
    return told


class Results:
    """A plugin of pytest that leaves only the tests which name rules, and keeps their results."""

    def __init__(self) -> None:
        self.outcomes: dict[str, set[str]] = {}

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        others = [item for item in items if not ids(_function(item.nodeid))]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if ids(_function(item.nodeid))]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # A test is what its call gave; setting up and tearing down only tell when they go wrong.
        if report.when == "call" or not report.passed:
            test = f"{report.nodeid.partition('::')[0]}::{_function(report.nodeid)}"
            self.outcomes.setdefault(test, set()).add(report.outcome)


def _function(node: str) -> str:
    return node.partition("[")[0].rpartition("::")[2]


def result(tests: Sequence[str], outcomes: Mapping[str, set[str]]) -> str:
    """What the tests of one rule gave: failed, passed, or not run."""
    gave = set().union(*(outcomes.get(test, set()) for test in tests)) if tests else set()
    return next((word for word in ("failed", "passed", "skipped") if word in gave), "not run")


def table(page: str, tests: Mapping[str, Sequence[str]], gave: Mapping[str, str]) -> Iterator[str]:
    """A line a rule: its id, its result, its tests, and who owes what is left."""
    for rule in criteria(page).values():
        owed = [f"due: issue {number}" for number in rule.due]
        told = gave[rule.id] if rule.id in tests else "-"
        yield "  ".join(
            [f"{rule.id:5}", f"{told:7}", ", ".join([*tests.get(rule.id, ()), *owed])]
        ).rstrip()


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.criteria", description=__doc__)
    parser.add_argument("--names", action="store_true", help="compare the names, run nothing")
    given = parser.parse_args(words)
    page = PAGE.read_text("utf-8")
    tests = shown_by(names(ROOT / "tests"))
    wrong = mistakes(page, tests)
    if not given.names:
        results = Results()
        files = sorted({test.partition("::")[0] for t in tests.values() for test in t})
        code = pytest.main(["-q", "-m", "not e2e", *files], plugins=[results])
        gave = {name: result(t, results.outcomes) for name, t in tests.items()}
        print("\n".join(table(page, tests, gave)))
        wrong += [f"{i}: {told}" for i, told in gave.items() if told != "passed"]
        if code:
            wrong.append(f"the run of the tests ended with code {int(code)}")
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    rules = criteria(page).values()
    owed = sum(1 for rule in rules if rule.due)
    print(f"criteria: {len(rules)}, {owed} with something due, {len(wrong)} mistakes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
