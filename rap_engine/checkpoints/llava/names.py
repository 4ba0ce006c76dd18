"""Tensors' names: the original code's, those that are stored, and those of the model in memory.

Stored are the names of the public conversions (`llava-hf`), which transformers and model servers
alike read.
"""

from collections.abc import Iterable

_TOWER = "vision_tower.vision_model."
_FROM_ORIGINAL = (
    ("model.vision_tower.vision_tower.vision_model.", _TOWER),
    ("model.mm_projector.0.", "multi_modal_projector.linear_1."),
    ("model.mm_projector.2.", "multi_modal_projector.linear_2."),
    ("model.embed_tokens.", "language_model.model.embed_tokens."),
    ("model.layers.", "language_model.model.layers."),
    ("model.norm.", "language_model.model.norm."),
    ("lm_head.", "language_model.lm_head."),
)
_FROM_TOWER = (("vision_model.", _TOWER),)
_FROM_MEMORY = (
    ("model.language_model.", "language_model.model."),
    ("model.vision_tower.", _TOWER),
    ("model.multi_modal_projector.", "multi_modal_projector."),
    ("lm_head.", "language_model.lm_head."),
)
# Computed from the configuration when a model is made; old versions stored them too.
_COMPUTED = (".rotary_emb.inv_freq", ".embeddings.position_ids")
# What a whole CLIP model has beside its vision tower.
_NOT_VISION = ("text_model.", "text_projection.", "visual_projection.", "logit_scale")
EMBEDDINGS = ("language_model.model.embed_tokens.weight", "language_model.lm_head.weight")


def stored_names(originals: Iterable[str]) -> dict[str, str]:
    """Return the stored name of each of a checkpoint's tensors; an unknown name stays as it is."""
    return {name: _renamed(name, _FROM_ORIGINAL) for name in originals if not _is_computed(name)}


def tower_names(tensors: Iterable[str]) -> dict[str, str]:
    """Return the stored name of each tensor of a CLIP model's vision tower."""
    return {
        name: _renamed(name, _FROM_TOWER)
        for name in tensors
        if not name.startswith(_NOT_VISION) and not _is_computed(name)
    }


def expected_name(in_memory: str) -> str:
    """Return the stored name of a tensor of `LlavaForConditionalGeneration`."""
    return _renamed(in_memory, _FROM_MEMORY)


def has_tower(stored: Iterable[str]) -> bool:
    """Whether a checkpoint brings its vision tower."""
    return any(name.startswith(_TOWER) for name in stored)


def _is_computed(name: str) -> bool:
    return name.endswith(_COMPUTED)


def _renamed(name: str, rules: Iterable[tuple[str, str]]) -> str:
    for old, new in rules:
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name
