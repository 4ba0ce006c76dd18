"""The adapter that ships is of the model that it is merged into."""

import pytest

from rap_engine.checkpoints import PackageSource
from rap_engine.checkpoints.shipped import sha256_of_shipped, shipped_adapter
from rap_engine.generate.language_model.adapter_files import read_adapter
from rap_engine.profiles import read_recipe

import torch  # isort: skip
from rap_engine.checkpoints.small_llava.tower import Lite0TowerConfig  # isort: skip
from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration  # isort: skip


@pytest.fixture
def base() -> LlavaForConditionalGeneration:
    """SmolLM2-135M behind the tower, without any numbers."""
    words = LlamaConfig(
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        vocab_size=49_153,
        tie_word_embeddings=True,
    )
    tower = Lite0TowerConfig(grid=1, has_middle=True)
    with torch.device("meta"):
        return LlavaForConditionalGeneration(
            LlavaConfig(vision_config=tower, text_config=words, vision_feature_layer=-1)
        )


def test_it_fits_the_model_and_changes_all_of_its_attention(
    base: LlavaForConditionalGeneration,
) -> None:
    adapter = read_adapter(shipped_adapter("rap-mini"), base)
    kinds = {name.rpartition(".")[2] for name in adapter.config.target_modules or ()}
    assert kinds == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert len(adapter.config.target_modules or ()) == 4 * 30
    assert adapter.config.modules_to_save == ["multi_modal_projector"]
    assert all(weight.isfinite().all() for weight in adapter.weights.values())
    # An adapter that learned nothing has zeros here.
    assert all(weight.any() for name, weight in adapter.weights.items() if "lora_B" in name)


def test_what_is_made_with_it_has_a_folder_of_its_own() -> None:
    sources = [read_recipe(name).generator.source for name in ("rap-mini", "rap-mini-untrained")]  # type: ignore[union-attr]
    trained, untrained = sources
    assert isinstance(trained, PackageSource)
    assert isinstance(untrained, PackageSource)
    assert trained.model_copy(update={"merged": None}) == untrained
    assert trained.slug == f"{untrained.slug}-{sha256_of_shipped('rap-mini')[:8]}"
