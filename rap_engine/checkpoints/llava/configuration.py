"""The configuration, the processor and the model's names in transformers' layout."""

from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.files import read_json
from rap_engine.checkpoints.llava.library import transformers
from rap_engine.checkpoints.llava.names import expected_name
from rap_engine.checkpoints.llava.original import Original
from rap_engine.checkpoints.llava.tokens import IMAGE, end_ids

# OpenAI's CLIP, for a vision tower whose folder does not say.
_MEAN = [0.48145466, 0.4578275, 0.40821073]
_STD = [0.26862954, 0.26130258, 0.27577711]
# Read by the configuration classes, though not fields of theirs.
_OLD_FIELDS = ("rope_theta", "rope_scaling")
_NOT_THE_MODEL = ("architectures", "dtype", "model_type", "transformers_version")


def build_config(
    original: Original, tower: Path, tokenizer: Any, rows: int, dtype: torch.dtype
) -> Any:
    """Return the `LlavaConfig`: the original's own fields, and the vision tower's.

    Args:
        rows: of the embeddings, `<image>` included.

    Raises:
        ConversionFailed: a configuration has values that no model has.
    """
    library = transformers()
    is_llama = original.family.text_model == "llama"
    text_class = library.LlamaConfig if is_llama else library.Phi3Config
    tokens = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    try:
        text = text_class(
            **{**tokens, **_fields(text_class, original.fields), "vocab_size": rows, "dtype": dtype}
            | {"pad_token_id": tokenizer.pad_token_id}
        )
        vision = library.CLIPVisionConfig(
            **_fields(library.CLIPVisionConfig, _vision_fields(tower))
        )
        return library.LlavaConfig(
            vision_config=vision,
            text_config=text,
            image_token_index=tokenizer.convert_tokens_to_ids(IMAGE),
            image_seq_length=(vision.image_size // vision.patch_size) ** 2,
            vision_feature_layer=original.feature_layer,
            vision_feature_select_strategy=_strategy(original),
            projector_hidden_act="gelu",
            dtype=dtype,
            architectures=["LlavaForConditionalGeneration"],
        )
    except (StrictDataclassError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ConversionFailed(f"The configuration cannot be read: {error}") from error


def expected_shapes(config: Any) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor of the model, by its stored name; no memory is used."""
    with torch.device("meta"):
        model = transformers().LlavaForConditionalGeneration(config)
    return {expected_name(name): tuple(t.shape) for name, t in model.state_dict().items()}


def save_processor(
    folder: Path, original: Original, tower: Path, tokenizer: Any, config: Any
) -> None:
    """Write tokenizer, image processor and chat template, and how generation ends."""
    library = transformers()
    vision = config.vision_config
    images = read_json(tower / "preprocessor_config.json") or {}
    side = vision.image_size
    processor = library.LlavaProcessor(
        image_processor=library.LlavaImageProcessorPil(
            do_pad=original.pads,
            size={"shortest_edge": side},
            crop_size={"height": side, "width": side},
            image_mean=images.get("image_mean", _MEAN),
            image_std=images.get("image_std", _STD),
        ),
        tokenizer=tokenizer,
        patch_size=vision.patch_size,
        vision_feature_select_strategy=_strategy(original),
        num_additional_image_tokens=1,
        chat_template=original.family.chat_template,
    )
    processor.save_pretrained(folder)
    ends = end_ids(tokenizer, original)
    library.GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=ends[0] if len(ends) == 1 else ends,
        pad_token_id=tokenizer.pad_token_id,
    ).save_pretrained(folder)


def _strategy(original: Original) -> str:
    return "full" if original.keeps_class_feature else "default"


def _vision_fields(tower: Path) -> dict[str, Any]:
    path = tower / "config.json"
    fields = read_json(path)
    if not isinstance(fields, dict):
        raise ConversionFailed(f"{path} is missing or not a configuration.")
    vision = fields.get("vision_config", fields)
    if not isinstance(vision, dict) or "clip" not in str(fields.get("model_type")):
        raise ConversionFailed(f"{path} is not the configuration of a CLIP model.")
    return vision


def _fields(config_class: Any, given: Any) -> dict[str, Any]:
    known = {*config_class().to_dict(), *_OLD_FIELDS} - {*_NOT_THE_MODEL}
    return {name: value for name, value in given.items() if name in known}
