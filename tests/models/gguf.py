"""A tiny Llama with ChatML's tokens in a GGUF file, as language models ship in packages."""

from pathlib import Path
from typing import Final

import numpy as np
from gguf import GGUFWriter, TokenType
from tokenizers import pre_tokenizers

WIDTH: Final = 32
LAYERS: Final = 2
HEADS: Final = 4
KEY_HEADS: Final = 2
_INSIDE: Final = 64
_CONTROL: Final = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def write_gguf(file: Path, *, seed: int = 0, control: tuple[str, ...] = _CONTROL) -> None:
    """Write a language model of random weights; the same seed gives the same ones."""
    random = np.random.default_rng(seed)
    tokens = [*control, *sorted(pre_tokenizers.ByteLevel.alphabet()), "ab"]
    writer = GGUFWriter(str(file), "llama")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(_INSIDE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [TokenType.CONTROL] * len(control) + [TokenType.NORMAL] * (len(tokens) - len(control))
    )
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    for name, shape in _shapes(len(tokens)).items():
        values = np.ones(shape) if name.endswith("norm.weight") else random.normal(0, 0.2, shape)
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _shapes(words: int) -> dict[str, tuple[int, ...]]:
    keys = WIDTH // HEADS * KEY_HEADS
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (words, WIDTH),
        "output_norm.weight": (WIDTH,),
    }
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        shapes |= {
            f"{block}.attn_norm.weight": (WIDTH,),
            f"{block}.ffn_norm.weight": (WIDTH,),
            f"{block}.attn_q.weight": (WIDTH, WIDTH),
            f"{block}.attn_k.weight": (keys, WIDTH),
            f"{block}.attn_v.weight": (keys, WIDTH),
            f"{block}.attn_output.weight": (WIDTH, WIDTH),
            f"{block}.ffn_gate.weight": (_INSIDE, WIDTH),
            f"{block}.ffn_up.weight": (_INSIDE, WIDTH),
            f"{block}.ffn_down.weight": (WIDTH, _INSIDE),
        }
    return shapes
