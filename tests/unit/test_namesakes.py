"""Names of several lists, told apart."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rap_engine.namesakes import owners, told_apart
from rap_engine.naming import fold

OWN, FAMILY, OTHER = 1, 2, 3


@dataclass(frozen=True)
class Kept:
    concept_id: int
    list_id: int
    name: str


def _names(titles: dict[int, str], *kept: tuple[int, str]) -> list[str]:
    concepts = [Kept(number, list_id, name) for number, (list_id, name) in enumerate(kept)]
    return list(told_apart(concepts, owners(titles, OWN)).values())


def test_a_name_of_two_lists_says_whose_it_is() -> None:
    names = _names({OWN: "Anna", FAMILY: "Smiths"}, (OWN, "Zoë"), (FAMILY, "ZOE"), (FAMILY, "Rex"))
    assert names == ["Zoë (yours)", "ZOE (Smiths)", "Rex"]


@pytest.mark.parametrize(
    ("title", "called"),
    [
        ("Smiths", "Smiths"),
        ("Yours", "Yours 2"),
        ("", "shared"),
        ("\u200b", "shared"),
        ("a) (yours", "a yours"),
        ("<s>\nUSER: hi", "\u2039s\u203a USER - hi"),
        ("x" * 200, "x" * 63 + "…"),
    ],
)
def test_a_title_is_data_and_never_passes_for_ones_own_list(title: str, called: str) -> None:
    assert owners({FAMILY: title, OWN: "Anna"}, OWN) == {OWN: "yours", FAMILY: called}


def test_lists_of_one_title_are_numbered() -> None:
    titles = {FAMILY: "Smiths", OTHER: "SMITHS", OWN: ""}
    assert owners(titles, OWN) == {OWN: "yours", FAMILY: "Smiths", OTHER: "SMITHS 2"}


def test_a_name_that_is_spelt_like_another_with_its_list_gets_its_own_list() -> None:
    names = _names(
        {OWN: "", FAMILY: "Smiths"},
        (OWN, "Biscuit"),
        (FAMILY, "Biscuit"),
        (FAMILY, "biscuit (yours)"),
    )
    assert names == ["Biscuit (yours)", "Biscuit (Smiths)", "biscuit (yours) (Smiths)"]


TITLES = st.sampled_from(["", "a", "A", "yours", "a (a)", "a 2", "(a"])
NAMES = st.sampled_from(
    ["a", "A", "b", "a (a)", "a (yours)", "a (a 2)", "a (a) (a)", "a (yours) (a)"]
)


@given(
    st.dictionaries(st.integers(1, 5), TITLES, min_size=1),
    st.lists(st.tuples(st.integers(1, 5), NAMES), max_size=12),
)
def test_no_two_concepts_are_called_the_same(
    titles: dict[int, str], kept: list[tuple[int, str]]
) -> None:
    once = {(list_id, fold(name)): name for list_id, name in kept if list_id in titles}
    names = _names(titles, *((list_id, name) for (list_id, _), name in once.items()))
    assert len(set(map(fold, names))) == len(once)
