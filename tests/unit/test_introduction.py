"""How people introduce a concept."""

# ruff: noqa: RUF001 -- look-alike letters are what these tests are about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rap_engine.introduction import Introduction, parse_introduction


@pytest.mark.parametrize(
    ("text", "name", "info"),
    [
        ("Biscuit: our corgi, afraid of vacuums", "Biscuit", "our corgi, afraid of vacuums"),
        ("Biscuit:our corgi", "Biscuit", "our corgi"),
        ("小白：我们的猫", "小白", "我们的猫"),
        ("Biscuit - our corgi", "Biscuit", "our corgi"),
        ("Biscuit – our corgi", "Biscuit", "our corgi"),
        ("R2-D2 - our robot", "R2-D2", "our robot"),
        ("Biscuit\nour corgi\nvery loud", "Biscuit", "our corgi\nvery loud"),
        ("Biscuit: our corgi\nvery loud", "Biscuit", "our corgi very loud"),
        ("Biscuit, our corgi", "Biscuit", "our corgi"),
        ("Biscuit, our corgi\nvery loud", "Biscuit", "our corgi very loud"),
        ("This is Biscuit, our corgi", "Biscuit", "our corgi"),
        ("Meet Biscuit", "Biscuit", ""),
        ("Biscuit is our corgi", "Biscuit", "Biscuit is our corgi"),
        ("Tom & Jerry are our cats", "Tom & Jerry", "Tom & Jerry are our cats"),
        ("  Biscuit ", "Biscuit", ""),
        ("Biscuit:", "Biscuit", ""),
        ("<biscuit>: our corgi", "<biscuit>", "our corgi"),
        ("Biscuit :) our corgi", "Biscuit :) our corgi", ""),
        ("Plum: tea at 10:30, see https://a.b", "Plum", "tea at 10:30, see https://a.b"),
        ("", None, ""),
        (" \n ", None, ""),
        (": our corgi", None, "our corgi"),
        ("x" * 65, None, "x" * 65),
        ("y" * 65 + ": our corgi", None, "y" * 65 + ": our corgi"),
    ],
)
def test_a_text_is_split_into_a_name_and_an_info(text: str, name: str | None, info: str) -> None:
    assert parse_introduction(text) == Introduction(name, info)


@given(st.text())
def test_any_text_has_an_introduction_with_a_name_that_fits(text: str) -> None:
    introduction = parse_introduction(text)
    assert introduction.name is None or 1 <= len(introduction.name) <= 64
