"""A tiny tokenizer for models of random weights."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

_CORPUS = (
    "A chat between a curious human and an artificial intelligence assistant.",
    "The assistant gives helpful, detailed, and polite answers to the human's questions.",
    "You are a helpful AI assistant. USER: ASSISTANT: User: Assistant: Name: Info:",
    "Give a caption of the image. Give the bounding box of Biscuit in the image.",
    "Is this Biscuit in this image? Answer with yes or no. Yes yes No no. Yes. No.",
    "yes/no Yes/No yes/no Yes/No",
    "Biscuit is our corgi, afraid of vacuum cleaners. Luna is a grey cat. [0.12, 0.34, 0.56]",
)
_VOCABULARY = 480


def tiny_tokenizer(
    special: Sequence[str], *, bos: str | None, eos: str, pad: str, unknown: str
) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer with these special tokens; `bos` opens every text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        list(_CORPUS) * 4,
        trainers.BpeTrainer(
            vocab_size=_VOCABULARY,
            special_tokens=list(special),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    if bos is not None:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=bos,
        eos_token=eos,
        pad_token=pad,
        unk_token=unknown,
        padding_side="left",
    )


def finish(folder: Path) -> None:
    """Write what says that the folder is complete."""
    (folder / "fetched.json").write_text("{}")
