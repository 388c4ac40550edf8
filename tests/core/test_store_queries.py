"""A search answers the same whether SQL filters first or Python alone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import Query, where
from tinydb.queries import QueryInstance

from kiosk.core.store import Store, TableSpec
from kiosk.core.store_queries import EVERY, Condition, condition

KEYS = ("a", "b", "c-1")
PATHS = [("a",), ("b",), ("a", "b"), ("b", "c-1"), ("b", "a", "a")]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
numbers = (
    st.integers(-3, 3)
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0.0, -0.0, 1.0, 0.1, 0.30000000000000004, 1e22, 0.9999999999999999])
)
scalars = st.none() | st.booleans() | numbers | texts | st.sampled_from(["[1]", '{"a":1}', "1"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=6,
)
documents = st.lists(st.dictionaries(st.sampled_from(KEYS), values), max_size=8)


def at(path: tuple[str, ...]) -> Query:
    query = Query()
    for key in path:
        query = query[key]
    return query


def compared(path: tuple[str, ...], operator: str, value: object) -> QueryInstance:
    query = at(path)
    found: QueryInstance = getattr(query, operator)(value)
    return found


def leaves() -> st.SearchStrategy[QueryInstance]:
    paths = st.sampled_from(PATHS)
    return st.one_of(
        st.builds(compared, paths, st.sampled_from(["__eq__", "__ne__"]), values),
        st.builds(
            compared,
            paths,
            st.sampled_from(["__lt__", "__le__", "__gt__", "__ge__"]),
            numbers | texts,
        ),
        st.builds(lambda path: at(path).exists(), paths),
        st.builds(lambda path, items: at(path).one_of(items), paths, st.lists(values, max_size=3)),
        st.builds(
            lambda path, text: at(path).matches(text), paths, st.sampled_from(["", "a", "."])
        ),
        st.just(Query().noop()),
    )


queries = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.builds(lambda one, two: one & two, inner, inner),
        st.builds(lambda one, two: one | two, inner, inner),
        st.builds(lambda one: ~one, inner),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("queries") / "store.db"
    made = Store.create(path, facts={}, tables=(TableSpec("docs", ("a", "b", "a.b", "b.c-1")),))
    made.rows("PRAGMA synchronous = OFF")  # thousands of commits, and none of them is the point
    yield made
    made.close()


def in_python(
    query: Callable[[Any], bool], docs: list[dict[str, Any]]
) -> list[dict[str, Any]] | None:
    """What stock TinyDB answers, or None where it raises on a text compared with a number."""
    try:
        return [doc for doc in docs if query(doc)]
    except TypeError:
        return None


@settings(max_examples=300, deadline=None)
@given(documents, queries)
def test_what_sql_filters_python_would_have_filtered(
    store: Store, docs: list[dict[str, Any]], query: QueryInstance
) -> None:
    table = store.table("docs")
    with store.transaction():
        table.truncate()
        table.insert_multiple(docs)
    expected = in_python(query, docs)
    if expected is None:
        return
    assert table.search(query) == expected
    assert table.count(query) == len(expected)
    assert table.count(query, 2) == min(2, len(expected))
    assert table.get(query) == (expected[0] if expected else None)
    told = condition(query)
    by_sql_alone = [doc for _, doc in store.documents("docs", told)]
    if told.exact:
        assert by_sql_alone == expected, f"said to be exact: {told}"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.text("ab", max_size=1)), max_size=12), st.data())
def test_a_page_is_a_part_of_what_matches_in_order(
    store: Store, docs: list[tuple[int, str]], data: st.DataObject
) -> None:
    table = store.table("docs")
    with store.transaction():
        table.truncate()
        table.insert_multiple({"a": number, "b": text} for number, text in docs)
    least, skip, limit = (data.draw(st.integers(0, 9)) for _ in range(3))
    query = (where("a") >= least) & (where("b") != "a")
    matching = [(doc["a"], doc.doc_id) for doc in table.search(query)]
    for descending in (False, True):
        page = table.page(query, "a", limit, skip, descending=descending)
        expected = sorted(matching, reverse=descending)[skip : skip + limit]
        assert [(doc["a"], doc.doc_id) for doc in page] == expected


def test_a_page_of_what_python_must_look_at_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="SQL alone"):
        store.table("docs").page(where("a").matches("x"), "a", 10)


@settings(max_examples=150, deadline=None)
@given(documents, queries)
def test_a_change_strikes_what_the_search_finds(
    store: Store, docs: list[dict[str, Any]], query: QueryInstance
) -> None:
    table = store.table("docs")
    with store.transaction():
        table.truncate()
        doc_ids = table.insert_multiple(docs)
    expected = in_python(query, docs)
    if expected is None:
        return
    struck = [doc_id for doc_id, doc in zip(doc_ids, docs, strict=True) if query(doc)]
    assert table.update({"mark": 1}, query) == struck
    assert [doc.doc_id for doc in table.search(where("mark") == 1)] == struck
    assert table.remove(where("mark") == 1) == struck
    assert len(table) == len(docs) - len(struck)


@pytest.mark.parametrize(
    "query",
    [
        where("a") == 5,
        where("a") == "ж",
        where("a") != None,  # noqa: E711
        where("a") < 5,
        where("a")["b"] >= "x",
        where("a").one_of([1, "x", None]),
        where("a").exists(),
        ~(where("a") == 5),
        (where("a") == 5) & ~((where("b") > 1) | (where("b") == None)),  # noqa: E711
        Query().noop(),
    ],
)
def test_these_are_asked_of_sql_alone(query: QueryInstance) -> None:
    assert condition(query).exact


@pytest.mark.parametrize(
    "query",
    [
        where("a") == 0.1,
        where("a") == [1],
        where("a") == 2**63,
        where('a"b') == 5,
        where("a").matches("x"),
        where("a").fragment({"b": 1}),
        where("a").test(bool),
        where("a").map(str) == "5",
        where("a").one_of(list(range(501))),
        (where("a") == 5) | where("b").matches("x"),
        ~((where("a") == 5) & where("b").matches("x")),
        lambda document: True,
    ],
)
def test_these_are_left_to_python(query: object) -> None:
    assert condition(query) == EVERY


def test_half_of_an_and_is_asked_and_never_turned_round() -> None:
    half = condition((where("a") == 5) & where("b").matches("x"))
    assert half == Condition("(" + condition(where("a") == 5).sql + ")", (5,), exact=False)


def test_what_cannot_be_ordered_does_not_match(store: Store) -> None:
    table = store.table("docs")
    table.truncate()
    table.insert_multiple([{"a": "5"}, {"a": 5}, {"a": None}, {"a": [5]}, {"b": 5}])
    assert table.search(where("a") > 4) == [{"a": 5}]
    assert table.search(where("a") > "4") == [{"a": "5"}]


def test_a_list_is_not_the_text_of_its_json(store: Store) -> None:
    table = store.table("docs")
    table.truncate()
    table.insert_multiple([{"a": [5]}, {"a": "[5]"}])
    for query in (where("a") == "[5]", where("a").one_of(["[5]"])):
        assert table.search(query) == [{"a": "[5]"}]
        assert table.search(~query) == [{"a": [5]}]


def test_the_index_that_is_declared_first_finds_the_rows(tmp_path: Path) -> None:
    spec = TableSpec("notes", ("client", "state"))
    store = Store.create(tmp_path / "s.db", facts={}, tables=(spec,))
    client, state = where("client") == "c", where("state").one_of(["held", "due"])
    other = where("device") == "a"
    for query in (
        client & state,
        state & client,
        # SQLite alone would take the equality.
        where("client").one_of(["c", "d"]) & (where("state") == "held"),
        (state & other) & client,
        state & (client | state),
    ):
        told = condition(query, store.indexes("notes"))
        plan = store.rows(
            f"EXPLAIN QUERY PLAN SELECT doc FROM notes WHERE {told.sql} ORDER BY doc_id", told.args
        )
        searched = [text for *_, text in plan if "USING INDEX" in text]
        wanted = "notes:state" if query == state & (client | state) else "notes:client"
        assert [wanted in text for text in searched] == [True], plan
    store.close()
