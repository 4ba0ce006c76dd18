"""The tokenizer of a converted checkpoint: the original's own, with `<image>`."""

from pathlib import Path
from typing import Any

from tokenizers import Regex, normalizers

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.files import read_json
from rap_engine.checkpoints.llava.library import transformers
from rap_engine.checkpoints.llava.original import Original

IMAGE = "<image>"
_FILES = ("tokenizer.model", "tokenizer.json")
# The original code cuts a prompt at its images and tokenizes each part alone, so every part begins
# with the space that sentencepiece puts before a text. `\z` is the end of the text.
_SPACE_AFTER_IMAGES = normalizers.Replace(Regex(rf"{IMAGE}(?!{IMAGE}|\z)"), f"{IMAGE} ")


def build_tokenizer(folder: Path, original: Original) -> Any:
    """Return a tokenizer that turns a prompt into the tokens that the original code made of it.

    It pads on the left, as generation in batches needs it, with the original's padding token or
    else `<unk>`, as the original code trained.

    Raises:
        ConversionFailed: the folder has no tokenizer, or one without the tokens that end an answer.
    """
    library = transformers()
    if not any((folder / name).is_file() for name in _FILES):
        raise ConversionFailed(f"{folder} has no tokenizer: no {' or '.join(_FILES)}.")
    is_legacy = _is_legacy(folder)
    loaded = library.LlamaTokenizer.from_pretrained(folder, legacy=is_legacy, local_files_only=True)
    backend = loaded.backend_tokenizer
    if not is_legacy:
        backend.normalizer = _SPACE_AFTER_IMAGES
    tokenizer = library.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=loaded.bos_token,
        eos_token=loaded.eos_token,
        unk_token=loaded.unk_token,
        pad_token=loaded.pad_token or loaded.unk_token or loaded.eos_token,
        padding_side="left",
        model_max_length=loaded.model_max_length,
        clean_up_tokenization_spaces=False,
    )
    # Matched in the normalised text, where the space has been put after it.
    image = library.AddedToken(IMAGE, normalized=not is_legacy, special=True)
    tokenizer.add_tokens([image], special_tokens=True)
    if not end_ids(tokenizer, original):
        raise ConversionFailed(f"The tokenizer of {folder} has no {original.family.ends[0]}.")
    return tokenizer


def end_ids(tokenizer: Any, original: Original) -> list[int]:
    """Return the ids of the tokens that end an answer; those that the vocabulary has."""
    known = tokenizer.get_vocab()
    return [known[token] for token in original.family.ends if token in known]


def _is_legacy(folder: Path) -> bool:
    """Whether a space goes before each part between special tokens, not before the text alone.

    Without the field the libraries that the checkpoints were made with took it for true.
    """
    settings = read_json(folder / "tokenizer_config.json")
    return not isinstance(settings, dict) or settings.get("legacy") is not False
