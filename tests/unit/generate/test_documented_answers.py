"""The examples in the documentation are what really comes out."""

from pathlib import Path

import pytest

from rap_engine.types import Reference, Region
from tests.unit.generate.evidence import BARELY, INFOS, LEFT, RIGHT, ask, concept, stranger

PAGE = Path(__file__).parents[3] / "docs" / "answers.md"
BISCUIT, LUNA = concept("Biscuit", LEFT), concept("Luna", RIGHT)
SHOWN: dict[str, tuple[Reference | Region, ...]] = {
    "Biscuit": (BISCUIT,),
    "Biscuit and an unknown dog": (BISCUIT, stranger("dog")),
    "an unknown dog": (stranger("dog"),),
    "Biscuit, hardly recognised": (concept("Biscuit", LEFT, score=BARELY),),
    "Biscuit and Luna": (BISCUIT, LUNA),
    "Luna": (LUNA,),
    "no photo": (),
}


def examples() -> list[tuple[str, str, str]]:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]
    return [(shown, question, answer) for shown, question, answer in cells]


@pytest.mark.parametrize(("shown", "question", "answer"), examples())
def test_a_documented_answer_is_given(shown: str, question: str, answer: str) -> None:
    seen = SHOWN[shown]
    shown_names = {one.name for one in seen if isinstance(one, Reference)}
    named = [concept(name) for name in INFOS if name in question and name not in shown_names]
    assert ask(question, *named, *seen, photo=shown != "no photo").text == answer
