"""The engine with a generator that looks at photos: it verifies, points, and makes do with less."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rap_engine.engine import Engine
from rap_engine.exchange import Answer, Introduction, Question
from rap_engine.generate import Generated, GenerationRequest, LocatedName, Pair
from rap_engine.memory import Database
from rap_engine.memory.conversations import ChatId
from rap_engine.profiles.recipe import VerificationRecipe
from rap_engine.types import Box
from tests.integration.conftest import Person
from tests.integration.engine.colours import colour_profile, photo

LEFT, RIGHT = Box(0.0, 0.0, 0.5, 1.0), Box(0.5, 0.0, 1.0, 1.0)


class Looking:
    """A generator and verifier whose opinions are the test's."""

    name = "looking"

    def __init__(self) -> None:
        self.requests: list[GenerationRequest] = []
        self.log_odds: dict[str, float] = {}
        self.points_at: Box | None = None

    def generate(self, request: GenerationRequest) -> Generated:
        self.requests.append(request)
        if self.points_at is None:
            return Generated("Rex sleeps.")
        place = LocatedName(
            "Rex", self.points_at, request.references[0].concept_id, is_pointed=True
        )
        return Generated("over there", (place,))

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        return [self.log_odds[pair.reference.name] for pair in pairs]


@pytest.fixture
def looking() -> Looking:
    return Looking()


def _engine(
    database: Database, looking: Looking, verification: VerificationRecipe | None = None
) -> Engine:
    return Engine(database, replace(colour_profile(), generator=looking, verification=verification))


def _remember(database: Database, engine: Engine, person: Person, name: str, colour: str) -> None:
    introduction = Introduction(name=name, info="", category="", photo=photo(colour))
    with database.transaction() as session:
        engine.remember(session, person.actor, introduction)


def _ask(engine: Engine, person: Person, text: str, content: bytes) -> Answer:
    chat = ChatId(person.user_id, "console", person.user_id)
    return engine.answer(Question(chat, text, content))


def test_a_match_that_the_model_denies_is_not_named(
    database: Database, anna: Person, looking: Looking
) -> None:
    engine = _engine(database, looking, VerificationRecipe())
    _remember(database, engine, anna, "Rex", "red")
    _remember(database, engine, anna, "Luna", "blue")
    looking.log_odds = {"Rex": -50.0, "Luna": 5.0}
    given = _ask(engine, anna, "", photo("blue", "red"))
    assert [seen.name for seen in given.seen] == ["Luna"]
    assert [each.name for each in looking.requests[-1].references] == ["Luna"]
    assert "verify" in given.timings_ms


def test_a_match_just_below_the_cutoff_is_lifted_by_a_clear_yes(
    database: Database, anna: Person, looking: Looking
) -> None:
    near_red = "#ff5050"  # its cosine with red is .87, the cutoff .9
    without = _engine(database, looking)
    _remember(database, without, anna, "Rex", "red")
    assert _ask(without, anna, "", photo(near_red)).seen == ()
    looking.log_odds = {"Rex": 3.0}
    lifted = _ask(_engine(database, looking, VerificationRecipe()), anna, "", photo(near_red))
    assert [seen.name for seen in lifted.seen] == ["Rex"]


@pytest.mark.parametrize(
    ("colours", "pointed"), [(("red", "blue"), LEFT), (("blue", "red"), RIGHT)]
)
def test_where_somebody_is_draws_the_better_supported_box(
    database: Database, anna: Person, looking: Looking, colours: tuple[str, str], pointed: Box
) -> None:
    engine = _engine(database, looking)
    _remember(database, engine, anna, "Rex", "red")
    looking.points_at = LEFT
    given = _ask(engine, anna, "where is Rex?", photo(*colours))
    # Rex is where the picture is red, whatever the model points at.
    side = "left" if pointed == LEFT else "right"
    assert given.text.startswith(f"Rex is on the {side}.")
    assert ("matches better" in given.text) == (pointed == RIGHT)
    assert given.picture is not None


def test_a_frugal_engine_asks_with_a_smaller_photo_and_says_so(
    database: Database, anna: Person, looking: Looking
) -> None:
    engine = _engine(database, looking).frugal()
    _ask(engine, anna, "who is this?", photo("red", side=1000))
    request = looking.requests[-1]
    assert request.is_small
    assert request.photo is not None
    assert request.photo.size == (640, 640)
