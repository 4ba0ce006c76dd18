"""Whether two photos show the same individual: yes against no."""

from pathlib import Path

import pytest
import torch

from rap_engine.errors import WeightsError
from rap_engine.generate import Pair
from rap_engine.generate.language_model import Budget, LanguageModelGenerator
from rap_engine.generate.language_model.yes_no import YesNo
from tests.models.words import tiny_tokenizer
from tests.unit.generate.language_model.generators import around, checkpoint_of, load
from tests.unit.generate.language_model.pictures import noise, pictured

PAIRS = (
    Pair(noise(0), pictured("Biscuit")),
    Pair(noise(1, (30, 90)), pictured("Luna", info="a grey cat")),
    Pair(noise(2, (90, 30)), pictured("Biscuit", info="")),
)


@pytest.mark.parametrize("model", ["llava", "phi", "smolvlm", "onevision", "qwen"])
def test_several_pairs_are_judged_as_one_by_one(model: str, request: pytest.FixtureRequest) -> None:
    is_rap = model in ("llava", "phi")
    folder = request.getfixturevalue(model) if is_rap else request.getfixturevalue("others")[model]
    generator = load(folder, is_rap=is_rap)
    together = generator.same(PAIRS)
    alone = [odds for pair in PAIRS for odds in generator.same([pair])]
    assert together == pytest.approx(alone, abs=1e-3)
    assert len({round(odds, 2) for odds in together}) == len(PAIRS)


def test_nine_pairs_are_read_in_three_batches(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generator = around(checkpoint)
    pairs = [
        Pair(noise(seed), pictured(name))
        for seed in range(3)
        for name in ("Biscuit", "Luna", "Rex")
    ]
    alone = [odds for pair in pairs for odds in generator.same([pair])]
    rows: list[int] = []
    note = checkpoint.model.lm_head.register_forward_pre_hook(
        lambda _, given: rows.append(len(given[0]))
    )
    together = generator.same(pairs)
    note.remove()
    assert rows == [4, 4, 1]
    assert together == pytest.approx(alone, abs=1e-3)


def test_no_pairs_have_no_odds(shared: LanguageModelGenerator) -> None:
    assert shared.same([]) == []


def test_yes_and_no_swapped_in_the_model_swap_the_sign(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generator = around(checkpoint)
    before = generator.same(PAIRS)
    tokens = YesNo.of(checkpoint.processor.tokenizer)
    rows = checkpoint.model.lm_head.weight
    assert len(tokens.yes) == len(tokens.no)
    with torch.no_grad():
        rows[[*tokens.yes, *tokens.no]] = rows[[*tokens.no, *tokens.yes]]
    assert generator.same(PAIRS) == pytest.approx([-odds for odds in before], abs=1e-4)


def test_odds_are_of_all_ways_to_say_it() -> None:
    odds = YesNo(yes=(0, 1), no=(2,)).log_odds(torch.tensor([[1.0, 2.0, 0.5, 9.0]]))
    expected = torch.logsumexp(torch.tensor([1.0, 2.0]), 0) - 0.5
    assert odds == pytest.approx([float(expected)])


def test_logits_that_are_no_numbers_are_no_odds() -> None:
    nan, inf = float("nan"), float("inf")
    logits = torch.tensor([[nan, 1.0], [1.0, nan], [inf, 1.0], [1.0, inf], [inf, inf], [3.0, 1.0]])
    assert YesNo(yes=(0,), no=(1,)).log_odds(logits) == [0.0, 0.0, 0.0, 0.0, 0.0, 2.0]


def test_yes_and_no_are_found_with_and_without_a_space(llava: Path) -> None:
    tokenizer = checkpoint_of(llava).processor.tokenizer
    tokens = YesNo.of(tokenizer)
    said = {tokenizer.decode([token]) for token in tokens.yes}
    assert {"Yes", " Yes"} <= said <= {"Yes", "yes", " Yes", " yes"}


def test_a_vocabulary_that_cannot_tell_them_apart_is_refused() -> None:
    tokenizer = tiny_tokenizer(["<unk>"], bos=None, eos="<unk>", pad="<unk>", unknown="<unk>")

    class Prefixed:
        def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
            return [7, *tokenizer.encode(text, add_special_tokens=add_special_tokens)]

    with pytest.raises(WeightsError, match="yes from no"):
        YesNo.of(Prefixed())


def test_a_long_info_is_shortened_to_what_fits(llava: Path) -> None:
    budget = Budget(context=160, max_references=3, max_new_tokens=16)
    long = Pair(noise(0), pictured("Biscuit", info="Biscuit is our corgi. " * 200))
    assert len(load(llava, budget=budget).same([long])) == 1
