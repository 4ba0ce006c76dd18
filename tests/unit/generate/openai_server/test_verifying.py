"""Log odds that two pictures show the same individual."""

import math
from collections.abc import Mapping

import pytest

from rap_engine.errors import ServerAway, ServerRefused
from rap_engine.generate import Pair
from rap_engine.generate.openai_server import OpenAiGenerator
from tests.models.openai_server import Call, ChatServer, Says, Sends, Silence, colours
from tests.unit.generate.openai_server.asking import BISCUIT, LUNA, Connect, picture

PAIR = Pair(picture("red"), BISCUIT)


def _odds(
    generator: OpenAiGenerator, server: ChatServer, top: Mapping[str, float] | None, said: str = "?"
) -> float:
    server.answers(Says((said,), finish="length", top=top))
    [odds] = generator.same([PAIR])
    return odds


def _likely(**probabilities: float) -> dict[str, float]:
    return {token: math.log(value) for token, value in probabilities.items()}


def test_each_pair_is_one_question_with_its_two_pictures(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    generator.same([PAIR])
    assert colours(server.last.pictures) == ["red", "green"]
    assert "Biscuit" in server.last.outline[-1]
    assert "yes or no" in server.last.outline[-1]
    body = server.last.body
    assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, 20)


def test_the_odds_are_those_of_the_two_words_in_any_spelling(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    top = _likely(Yes=0.4, yes=0.2, **{" No": 0.1, "\u0120no": 0.1, "\u2581Maybe": 0.1})
    assert _odds(generator, server, top) == pytest.approx(math.log(0.6 / 0.2))


def test_a_word_that_is_not_listed_is_no_likelier_than_the_last_one(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    assert _odds(generator, server, _likely(no=0.7, Maybe=0.05)) == pytest.approx(
        math.log(0.05 / 0.7)
    )


def test_a_word_that_is_not_listed_has_at_most_what_is_left(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    assert _odds(generator, server, _likely(yes=0.9)) == pytest.approx(math.log(0.9 / 0.1))


def test_nobody_is_surer_than_the_bound(generator: OpenAiGenerator, server: ChatServer) -> None:
    assert _odds(generator, server, {"yes": 0.0}) == 10.0
    assert _odds(generator, server, {"no": 0.0}) == -10.0
    assert _odds(generator, server, {"yes": -9999.0, "no": 0.0}) == -10.0


def test_neither_word_says_nothing(generator: OpenAiGenerator, server: ChatServer) -> None:
    assert _odds(generator, server, _likely(Maybe=0.9, Hm=0.1)) == 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf, 1000.0, 0.5])
@pytest.mark.parametrize("said", ["yes", "Maybe"])
def test_numbers_that_are_no_log_probabilities_say_nothing(
    said: str, value: float, generator: OpenAiGenerator, server: ChatServer
) -> None:
    assert _odds(generator, server, {"no": -0.01, said: value}) == 0.0


def test_an_impossible_word_is_a_log_probability(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    assert _odds(generator, server, {"yes": -math.inf, "no": 0.0}) == -10.0
    assert _odds(generator, server, {"yes": -math.inf, "no": -math.inf}) == 0.0


@pytest.mark.parametrize(
    ("said", "odds"), [("Yes", 2.0), (" no.", -2.0), ("Maybe", 0.0), ("", 0.0), ("Not", 0.0)]
)
def test_a_server_without_probabilities_counts_by_its_word(
    said: str, odds: float, generator: OpenAiGenerator, server: ChatServer
) -> None:
    assert _odds(generator, server, None, said) == odds


def test_a_server_that_refuses_probabilities_is_asked_for_the_word(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    refusal = Sends.error(400, "logprobs are not supported with this model", param="logprobs")
    server.answers(refusal, Says(("Yes",)))
    assert generator.same([PAIR]) == [2.0]
    assert not {"logprobs", "top_logprobs"} & set(server.last.body)


def test_the_odds_come_in_the_order_of_the_pairs(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    shares = {("red", "green"): 0.5, ("red", "blue"): 0.4, ("blue", "green"): 0.3}
    shares |= {("blue", "blue"): 0.2, ("green", "green"): 0.1, ("green", "blue"): 0.05}

    def by_pictures(call: Call) -> Says:
        crop, view = colours(call.pictures)
        return Says(("Yes",), top=_likely(yes=shares[crop, view], no=0.5))

    server.answers(by_pictures)
    crops = [picture(colour) for colour in ("red", "blue", "lime")]
    odds = generator.same([Pair(crop, view) for crop in crops for view in (BISCUIT, LUNA)])
    assert odds == pytest.approx([math.log(share / 0.5) for share in shares.values()])


def test_no_pairs_are_no_question(generator: OpenAiGenerator, server: ChatServer) -> None:
    assert generator.same([]) == []
    assert not server.calls


def test_a_pair_that_the_server_refuses_is_an_error(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(400, "vision is not a multimodal model"))
    with pytest.raises(ServerRefused, match="takes no images"):
        generator.same([PAIR, PAIR])


def test_all_pairs_share_one_time(connect: Connect, server: ChatServer) -> None:
    server.answers(Silence())
    with pytest.raises(ServerAway, match="in time"):
        connect(verify_s=0.2).same([PAIR] * 6)
    assert len(server.calls) <= 4
