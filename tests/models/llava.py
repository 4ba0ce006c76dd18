"""LLaVA of random weights, in the layout that the conversion of RAP's checkpoints writes."""

from pathlib import Path
from typing import Final, Literal

from rap_engine import torch_runtime

torch_runtime.import_torchvision()

import torch  # noqa: E402
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import (  # noqa: E402
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaImageProcessor,
    LlavaProcessor,
    Phi3Config,
)

from rap_engine.checkpoints.llava.templates import PHI3, VICUNA  # noqa: E402
from tests.models.words import finish, tiny_tokenizer  # noqa: E402

SIDE_PX: Final = 56
PATCH_PX: Final = 14
IMAGE_TOKENS: Final = (SIDE_PX // PATCH_PX) ** 2
WIDTH: Final = 32
CONTEXT: Final = 1024
SYSTEM: Final = {
    "llama": (
        "A chat between a curious user and an artificial intelligence assistant. The assistant"
        " gives helpful, detailed, and polite answers to the user's questions."
    ),
    "phi3": "<|system|>\nYou are a helpful AI assistant.",
}
TEMPLATES: Final = {"llama": VICUNA, "phi3": PHI3}
_SPECIAL: Final = {
    "llama": ("<unk>", "<s>", "</s>", "<image>", "<pad>"),
    "phi3": (
        "<unk>",
        "<s>",
        "</s>",
        "<image>",
        "<|endoftext|>",
        "<|end|>",
        "<|system|>",
        "<|user|>",
        "<|assistant|>",
    ),
}
_EOS: Final = {"llama": "</s>", "phi3": "<|endoftext|>"}
_PAD: Final = {"llama": "<pad>", "phi3": "<|endoftext|>"}

TextModel = Literal["llama", "phi3"]


def write_llava(folder: Path, seed: int = 0, text: TextModel = "llama") -> None:
    """Write a tiny model with its processor; the same seed gives the same weights."""
    processor = _processor(text)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(_config(text, processor))
    # Far from uniform, so that what a model reads changes what it says.
    with torch.no_grad():
        model.lm_head.weight.mul_(8)
    model.generation_config = GenerationConfig(
        bos_token_id=processor.tokenizer.bos_token_id,
        eos_token_id=processor.tokenizer.eos_token_id,
        pad_token_id=processor.tokenizer.pad_token_id,
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    finish(folder)


def write_lora(
    folder: Path, base_folder: Path, seed: int, *, rank: int = 4, with_projector: bool = False
) -> None:
    """Write an adapter of random weights for a base that `write_llava` wrote.

    Args:
        folder: where to; made if it is not there.
        base_folder: the base's.
        seed: of the weights.
        rank: of the LoRA.
        with_projector: whether the adapter brings a projector of its own, as RAP's training does.
    """
    base = LlavaForConditionalGeneration.from_pretrained(base_folder, local_files_only=True)
    projector = "multi_modal_projector"
    config = LoraConfig(
        r=rank,
        lora_alpha=rank,
        target_modules=r".*language_model.*\.(o_proj|down_proj)",
        modules_to_save=[projector] if with_projector else None,
    )
    weights = dict(base.model.multi_modal_projector.state_dict()) if with_projector else {}
    inject_adapter_in_model(config, base)
    kept = {f"model.{projector}.{name}": weight for name, weight in weights.items()}
    random = torch.Generator().manual_seed(seed)
    written = {
        f"base_model.model.{name}": torch.randn(weight.shape, generator=random) * 0.3
        for name, weight in (get_peft_model_state_dict(base) | kept).items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(written, folder / "adapter_model.safetensors")
    config.save_pretrained(folder)


def _processor(text: TextModel) -> LlavaProcessor:
    tokenizer = tiny_tokenizer(
        _SPECIAL[text], bos="<s>", eos=_EOS[text], pad=_PAD[text], unknown="<unk>"
    )
    images = LlavaImageProcessor(
        do_pad=True,
        size={"shortest_edge": SIDE_PX},
        crop_size={"height": SIDE_PX, "width": SIDE_PX},
    )
    return LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token="<image>",
        chat_template=TEMPLATES[text],
    )


def _config(text: TextModel, processor: LlavaProcessor) -> LlavaConfig:
    tokenizer = processor.tokenizer
    sizes = {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": CONTEXT,
        "initializer_range": 0.2,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = CLIPVisionConfig(
        image_size=SIDE_PX,
        patch_size=PATCH_PX,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        initializer_range=0.2,
    )
    return LlavaConfig(
        vision_config=vision,
        text_config=LlamaConfig(**sizes) if text == "llama" else Phi3Config(**sizes),
        image_token_id=processor.image_token_id,
        image_seq_length=IMAGE_TOKENS,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
        initializer_range=0.2,
    )
