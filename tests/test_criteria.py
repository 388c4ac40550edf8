"""The table of criteria: the page is whole, and what is wrong with it or the tests is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.criteria import (
    PAGE,
    ROOT,
    Results,
    criteria,
    done,
    ids,
    mistakes,
    names,
    result,
    shown_by,
    table,
)

HEAD = "Done are the issues up to **4**.\n"


def row(name: str, due: str = "") -> str:
    return f"| {name} | A rule, with a \\| in it. | S/D | {due} |\n"


def test_the_page_holds_every_rule_once() -> None:
    found = criteria(PAGE.read_text("utf-8"))
    wanted = {
        *(f"U{n}" for n in range(1, 7)),
        *(f"M{n}" for n in range(1, 40)),
        *(f"E{n}" for n in range(1, 106)),
        "E61a",
        *(f"C{n}" for n in range(1, 46)),
        *(f"W{n}" for n in range(1, 13)),
    }
    assert set(found) == wanted and len(wanted) == 196 + 12
    assert done(PAGE.read_text("utf-8")) >= 4
    assert found["M16"].rule.startswith("`balance-timer` subtracts on finish the minutes actually")


def test_every_rule_is_shown_or_owed_and_every_id_is_a_rule() -> None:
    assert mistakes(PAGE.read_text("utf-8"), shown_by(names(ROOT / "tests"))) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("test_E12_a_type_without_a_rule_is_named", ["E12"]),
        ("test_E31_E33_the_minimum", ["E31", "E33"]),
        ("test_E61a_both_accounts", ["E61a"]),
        ("test_U2_N04_documents", ["U2"]),
        ("test_U2", []),
        ("test_a_rule_E12_in_the_middle", []),
        ("test_E012_is_no_id", []),
        ("test_X1_is_no_id", []),
    ],
)
def test_the_ids_stand_at_the_beginning_of_a_name(name: str, found: list[str]) -> None:
    assert ids(name) == found


def test_what_is_wrong_is_named() -> None:
    page = HEAD + row("E1") + row("E2") + row("E3", "4") + row("E4", "6, 7") + row("E61a")
    assert mistakes(page, {"E1": ["t::a"], "E61a": ["t::a"], "E9": ["t::b"]}) == [
        "E9: there is no such rule (t::b)",
        "E2: no test shows it",
        "E3: overdue, issue 4 is done",
    ]
    assert mistakes(HEAD + row("E1", "5"), {}) == []


@pytest.mark.parametrize(
    "wrong", [row("E1") + row("E1"), row("E1", "soon"), row("E1", "5 6"), "| E1 | A rule. |\n"]
)
def test_a_row_that_is_none_is_not_passed_over(wrong: str) -> None:
    with pytest.raises(AssertionError, match="a row is no row"):
        criteria(HEAD + wrong)


def test_a_rule_holds_when_no_test_failed_and_one_passed() -> None:
    gave = {"t::a": {"passed"}, "t::b": {"passed", "failed"}, "t::c": {"skipped"}}
    assert [result([f"t::{n}"], gave) for n in "abcd"] == ["passed", "failed", "skipped", "not run"]
    assert result(["t::a", "t::b"], gave) == "failed"
    assert result(["t::a", "t::c", "t::d"], gave) == "passed"
    page = HEAD + row("E1") + row("E2") + row("E3", "6, 7")
    told = list(table(page, {"E1": ["t::a"], "E3": ["t::b"]}, {"E1": "passed", "E3": "failed"}))
    assert told == [
        "E1     passed   t::a",
        "E2     -",
        "E3     failed   t::b, due: issue 6, due: issue 7",
    ]


def test_tests_are_found_by_name_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_E1_E2_both(n): assert n < 2\n"
        "class TestMore:\n    def test_E3_inside(self): pass\n"
        "def test_no_rule(): assert False\n"
        "@pytest.fixture\ndef broken(): raise OSError\n"
        "def test_E4_cannot_begin(broken): pass\n"
    )
    monkeypatch.setattr("tests.criteria.ROOT", tmp_path)
    both = "test_some.py::test_E1_E2_both"
    found = shown_by(names(tmp_path))
    assert found["E1"] == found["E2"] == [both] and set(found) == {"E1", "E2", "E3", "E4"}
    results = Results()
    code = pytest.main(
        ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(file)], plugins=[results]
    )
    assert code == 1
    assert results.outcomes == {
        found["E1"][0]: {"passed", "failed"},
        found["E3"][0]: {"passed"},
        found["E4"][0]: {"failed"},
    }
