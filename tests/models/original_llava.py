"""LLaVA of random weights in the layout of the original code, and that code's way to run it.

Written from what the original does, with the language model and the CLIP of transformers: image
features of one layer without the class feature go through two layers with a GELU between them, and
take the place of `<image>` among the embeddings. Prompts are cut at their images, and each part is
tokenized alone.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from rap_engine import torch_runtime

torch_runtime.import_torchvision()

import sentencepiece  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from sentencepiece import sentencepiece_model_pb2  # noqa: E402
from transformers import (  # noqa: E402
    CLIPVisionConfig,
    CLIPVisionModel,
    LlamaConfig,
    LlamaForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
)

Family = Literal["llama", "phi3"]
Format = Literal["bin", "safetensors"]

SIDE_PX: Final = 28
PATCH_PX: Final = 14
IMAGE: Final = -200
"""The original code's mark of an image among token ids."""
PHI3_TOKENS: Final = (
    "<|endoftext|>", "<|assistant|>", "<|placeholder1|>", "<|system|>", "<|end|>", "<|user|>"
)  # fmt: skip
_STRIP_AFTER: Final = ("<|assistant|>", "<|system|>", "<|end|>", "<|user|>")
_WIDTH: Final = 32
_SPARE_ROWS: Final = 8  # the real Phi-3 has more rows than tokens, too
_VISION: Final = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": SIDE_PX,
    "patch_size": PATCH_PX,
    "projection_dim": 8,
}
_CORPUS: Final = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives"
    " helpful, detailed, and polite answers to the user's questions. USER: ASSISTANT: You are a"
    " helpful AI assistant.",
    "Give a caption of the image. 1. Name: <bo>, Info: our corgi, afraid of vacuum cleaners.",
)


@dataclass(frozen=True)
class OriginalLlava:
    """A small model, run as the original code runs it."""

    family: Family
    language: torch.nn.Module
    tower: CLIPVisionModel
    projector: torch.nn.Sequential

    @torch.inference_mode()
    def logits(self, ids: list[int], pixels: torch.Tensor) -> torch.Tensor:
        """Return logits (1, length, vocabulary); `IMAGE` among the ids stands for an image.

        Args:
            pixels: (images, 3, side, side).
        """
        hidden = self.tower(pixels, output_hidden_states=True).hidden_states[-2]
        features = iter(self.projector(hidden[:, 1:]))
        embed = self.language.get_input_embeddings()
        parts = [next(features) if i == IMAGE else embed(torch.tensor([i])) for i in ids]
        return self.language(inputs_embeds=torch.cat(parts)[None]).logits

    def tensors(self, *, with_tower: bool) -> dict[str, torch.Tensor]:
        """Return all tensors by the names of the original code."""
        found = dict(self.language.state_dict())
        found |= {f"model.mm_projector.{n}": t for n, t in self.projector.state_dict().items()}
        if with_tower:
            found |= {f"model.vision_tower.vision_tower.{n}": t for n, t in self._tower().items()}
        # As old checkpoints have it: computed, not learnt.
        found["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
        return {name: tensor.contiguous() for name, tensor in found.items()}

    def clip_tensors(self) -> dict[str, torch.Tensor]:
        """Return tensors of the whole CLIP that the tower is part of."""
        return {
            **self._tower(),
            "text_model.final_layer_norm.weight": torch.ones(4),
            "logit_scale": torch.tensor(2.6),
        }

    def _tower(self) -> dict[str, torch.Tensor]:
        learnt = {f"vision_model.{n}": t for n, t in self.tower.state_dict().items()}
        positions = torch.arange((SIDE_PX // PATCH_PX) ** 2 + 1)[None]
        return {**learnt, "vision_model.embeddings.position_ids": positions}


class OriginalTokenizer:
    """The slow tokenizer of the original code (not `legacy`), on sentencepiece alone."""

    def __init__(self, family: Family) -> None:
        proto = sentencepiece_model_pb2.ModelProto.FromString(_sentencepiece())
        proto.normalizer_spec.add_dummy_prefix = False
        self._model = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
        self._special = special_tokens(family)

    def ids(self, prompt: str) -> list[int]:
        """Return the token ids of a prompt, `IMAGE` for each `<image>`."""
        ids = [self._special["<s>"]]
        for number, part in enumerate(prompt.split("<image>")):
            ids += [IMAGE] * (number > 0) + (self._part("▁" + part) if part else [])
        return ids

    def _part(self, text: str) -> list[int]:
        cut = re.split(f"({'|'.join(re.escape(token) for token in self._special)})", text)
        ids: list[int] = []
        before = ""
        for piece in cut:
            kept = piece.lstrip() if before in _STRIP_AFTER else piece
            if piece in self._special:
                ids.append(self._special[piece])
            elif kept and not (kept == "▁" and len(cut) > 1):
                ids += self._model.encode(kept)
            before = piece
        return ids


def special_tokens(family: Family) -> dict[str, int]:
    """Return the ids of the special tokens."""
    plain = {"<unk>": 0, "<s>": 1, "</s>": 2}
    if family == "llama":
        return plain
    return plain | {token: vocabulary_size("llama") + n for n, token in enumerate(PHI3_TOKENS)}


def vocabulary_size(family: Family) -> int:
    """Return how many tokens the original tokenizer has."""
    size = sentencepiece.SentencePieceProcessor(model_proto=_sentencepiece()).get_piece_size()
    return size + (len(PHI3_TOKENS) if family == "phi3" else 0)


def build_original(family: Family, seed: int = 0) -> OriginalLlava:
    """Return a small model of random weights."""
    torch.manual_seed(seed)
    language = _language_model(family).eval()
    projector = torch.nn.Sequential(
        torch.nn.Linear(_VISION["hidden_size"], _WIDTH),
        torch.nn.GELU(),
        torch.nn.Linear(_WIDTH, _WIDTH),
    )
    tower = CLIPVisionModel(CLIPVisionConfig(**_VISION)).eval()
    return OriginalLlava(family, language, tower, projector)


def save_original(
    model: OriginalLlava,
    folder: Path,
    *,
    form: Format = "bin",
    with_tower: bool = False,
    dtype: torch.dtype = torch.float32,
    **fields: Any,
) -> Path:
    """Write a checkpoint of two files in the original code's layout; `fields` go to its config."""
    folder.mkdir(parents=True)
    _write_json(folder / "config.json", {**_config(model), **fields})
    _save_tokenizer(model.family, folder)
    tensors = {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor
        for name, tensor in model.tensors(with_tower=with_tower).items()
    }
    save_weights(folder, tensors, form)
    return folder


def save_tower(model: OriginalLlava, folder: Path) -> Path:
    """Write the CLIP repository that the checkpoint names."""
    folder.mkdir(parents=True)
    _write_json(folder / "config.json", {"model_type": "clip", "vision_config": _VISION})
    _write_json(
        folder / "preprocessor_config.json",
        {
            "crop_size": SIDE_PX,
            "size": SIDE_PX,
            "feature_extractor_type": "CLIPFeatureExtractor",
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        },
    )
    torch.save(model.clip_tensors(), folder / "pytorch_model.bin")
    return folder


def save_weights(folder: Path, tensors: Mapping[str, torch.Tensor], form: Format) -> None:
    """Write tensors in two files with an index, as `.bin` or safetensors."""
    names = list(tensors)
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    places: dict[str, str] = {}
    for number, half in enumerate(halves, 1):
        part = {name: tensors[name] for name in half}
        if form == "bin":
            file = f"pytorch_model-{number:05}-of-00002.bin"
            torch.save(part, folder / file)
        else:
            file = f"model-{number:05}-of-00002.safetensors"
            save_file(part, folder / file)
        places |= dict.fromkeys(half, file)
    index = "pytorch_model.bin" if form == "bin" else "model.safetensors"
    _write_json(folder / f"{index}.index.json", {"metadata": {}, "weight_map": places})


def _language_model(family: Family) -> torch.nn.Module:
    sizes = {
        "hidden_size": _WIDTH,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "rms_norm_eps": 2e-5,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    if family == "llama":
        return LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary_size("llama"), **sizes))
    rows = vocabulary_size("phi3") + _SPARE_ROWS
    return Phi3ForCausalLM(Phi3Config(vocab_size=rows, rope_theta=9000.0, **sizes))


def _config(model: OriginalLlava) -> dict[str, Any]:
    llama = model.family == "llama"
    fields = model.language.config.to_dict()
    rope = fields.pop("rope_parameters")
    for name in ("dtype", "transformers_version", "_name_or_path"):
        fields.pop(name, None)
    return {
        **fields,
        "rope_theta": rope["rope_theta"],
        "rope_scaling": None,
        "torch_dtype": "float16",
        "model_type": "llava_llama" if llama else "llava_phi",
        "architectures": ["LlavaLlamaForCausalLM" if llama else "LlavaPhiForCausalLM"],
        "freeze_mm_mlp_adapter": False,
        "image_aspect_ratio": "pad",
        "mm_hidden_size": _VISION["hidden_size"],
        "mm_patch_merge_type": "flat",
        "mm_projector_type": "mlp2x_gelu",
        "mm_use_im_patch_token": False,
        "mm_use_im_start_end": False,
        "mm_vision_select_feature": "patch",
        "mm_vision_select_layer": -2,
        "mm_vision_tower": "openai/clip-vit-large-patch14-336",
        "tokenizer_padding_side": "right",
        "use_mm_proj": True,
    }


def _save_tokenizer(family: Family, folder: Path) -> None:
    (folder / "tokenizer.model").write_bytes(_sentencepiece())
    end = "</s>" if family == "llama" else "<|endoftext|>"
    settings = {
        "tokenizer_class": "LlamaTokenizer",
        "legacy": False,
        "add_bos_token": True,
        "add_eos_token": False,
        "bos_token": "<s>",
        "eos_token": end,
        "unk_token": "<unk>",
        "pad_token": "<unk>" if family == "llama" else end,
        "padding_side": "right",
        "model_max_length": 512,
        "added_tokens_decoder": {
            str(number): {
                "content": token,
                "lstrip": False,
                "normalized": False,
                "rstrip": token in _STRIP_AFTER,
                "single_word": False,
                "special": True,
            }
            for token, number in special_tokens(family).items()
        },
    }
    _write_json(folder / "tokenizer_config.json", settings)


@cache
def _sentencepiece() -> bytes:
    """Return a trained model with the settings of LLaMA's."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(_CORPUS * 10),
        model_writer=model,
        model_type="bpe",
        vocab_size=400,
        hard_vocab_limit=False,
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        minloglevel=2,
    )
    return model.getvalue()


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2), "utf-8")
