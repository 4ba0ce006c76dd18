"""Which concepts a question names."""

# ruff: noqa: RUF001 -- look-alike letters are what these tests are about

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rap_engine.retrieve.names import fold, named_in

NAMES = {
    1: "Luna",
    2: "Luna Park",
    3: "Zoë",
    4: "O'Malley",
    5: "Mr. Whiskers",
    6: "R2-D2",
    7: "小白",
    8: "🐶",
    9: "Tom & Jerry",
    10: "X",
    11: "ปุย",
    12: "루나",
    13: "James",
    14: "Łukasz",
    15: "whale can",
}


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("how old is LUNA?", [1]),
        ("Luna", [1]),
        ("luna's bed", [1]),
        ("Luna’s bed", [1]),
        ("the Lunas' bed", [1]),
        ("James' bed", [13]),
        ("where is zoe?", [3]),
        ("where is ZOË?", [3]),
        ("where is Zoe\u0308?", [3]),
        ("is that lukasz", [14]),
        ("o’malley!", [4]),
        ("(mr. whiskers)", [5]),
        ("mr.  whiskers", [5]),
        ("r2-d2", [6]),
        ("tom & jerry", [9]),
        ("is <luna> here", [1]),
        ("a <whale can>", [15]),
        ("小白在哪里?", [7]),
        ("这是小白吗", [7]),
        ("ปุยอยู่ที่ไหน", [11]),
        ("루나는 어디?", [12]),
        ("Lunaは元気?", [1]),
        ("is 🐶 here?", [8]),
        ("🐶🐶", [8]),
        ("X marks the spot", [10]),
        ("ＬＵＮＡ", [1]),
    ],
)
def test_a_name_is_found(question: str, named: list[int]) -> None:
    assert named_in(question, NAMES) == named


@pytest.mark.parametrize(
    "question",
    [
        "what a lunatic",
        "luna2",
        "my_luna",
        "lunas",
        "an x-ray of the box",
        "malley",
        "r2-d22",
        "",
        "🐕",
        "🐶\u200d❄",
        "小 白",
    ],
)
def test_a_part_of_another_word_is_no_name(question: str) -> None:
    assert named_in(question, NAMES) == []


def test_a_thai_vowel_makes_another_name() -> None:
    assert named_in("ปูย", {1: "ปุย"}) == []


def test_the_longest_name_wins_its_place() -> None:
    assert named_in("is Luna in Luna Park?", NAMES) == [1, 2]
    assert named_in("Luna Park", NAMES) == [2]


def test_the_longest_name_wins_over_an_earlier_one() -> None:
    assert named_in("new luna park", {1: "New Luna", 2: "Luna Park"}) == [2]


def test_names_come_in_the_order_of_the_question() -> None:
    assert named_in("Zoë, Luna, X and Luna again", NAMES) == [3, 1, 10]


def test_namesakes_are_all_named() -> None:
    assert named_in("luna", {5: "LUNA", 3: "Luna"}) == [5, 3]


def test_a_name_that_folds_to_nothing_is_never_named() -> None:
    assert named_in("a \u0301 b", {1: "\u0301"}) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müsli", "MUSLI"),
        ("  Mr.   Whiskers ", "mr. whiskers"),
        ("O’Malley", "o'malley"),
        ("İzmir", "izmir"),
        ("Straße", "STRASSE"),
        ("❤️", "❤"),
        ("Lu\u00adna", "luna"),
    ],
)
def test_names_that_read_the_same_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("ปุย", "ปูย"), ("Luna", "Lune")])
def test_names_that_read_differently_differ(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.from_regex(r"\A\w[\w' .&-]{0,20}\w\Z"), st.sampled_from(["{}", "is {}?", "{}'s", "<{}>"]))
def test_a_name_standing_alone_is_always_found(name: str, frame: str) -> None:
    assume(fold(name))
    assert named_in(frame.format(name), {1: name}) == [1]


@given(st.from_regex(r"\A[a-z]{1,8}\Z"), st.from_regex(r"\A[a-rt-z]{1,4}\Z"))
def test_a_name_inside_a_longer_word_is_never_found(name: str, rest: str) -> None:
    assume(name not in rest)
    assert named_in(f"{rest}{name}{rest}", {1: name}) == []


@given(st.text(), st.dictionaries(st.integers(), st.text(), max_size=6))
def test_any_text_can_be_searched_and_names_each_id_once(text: str, names: dict[int, str]) -> None:
    found = named_in(text, names)
    assert len(set(found)) == len(found)
    assert set(found) <= set(names)
