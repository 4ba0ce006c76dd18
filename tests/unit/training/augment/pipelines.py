"""Tiny Stable Diffusion pipelines with random weights, in diffusers' own layout."""

from pathlib import Path
from typing import Any

import torch

from rap_engine.torch_runtime import import_torchvision

SIDE_PX = 32
"""On which they work; two pixels make one of the latent."""
_WIDTH = 32
_LETTERS = "abcdefghijklmnopqrstuvwxyz,"
_START, _END = "<|startoftext|>", "<|endoftext|>"


def write_stable_diffusion(folder: Path) -> None:
    """Write one of Stable Diffusion 1's architecture: one text encoder."""
    diffusers, transformers = _libraries()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        pipeline = diffusers.StableDiffusionPipeline(
            vae=_autoencoder(diffusers),
            text_encoder=transformers.CLIPTextModel(_words(transformers)),
            tokenizer=_tokenizer(transformers),
            unet=_unet(diffusers, cross_attention_dim=_WIDTH),
            scheduler=_scheduler(diffusers),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    pipeline.save_pretrained(folder)


def write_stable_diffusion_xl(folder: Path) -> None:
    """Write one of Stable Diffusion XL's architecture: two text encoders, and sizes as words."""
    diffusers, transformers = _libraries()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        pipeline = diffusers.StableDiffusionXLPipeline(
            vae=_autoencoder(diffusers),
            text_encoder=transformers.CLIPTextModel(_words(transformers)),
            text_encoder_2=transformers.CLIPTextModelWithProjection(_words(transformers)),
            tokenizer=_tokenizer(transformers),
            tokenizer_2=_tokenizer(transformers),
            unet=_unet(
                diffusers,
                cross_attention_dim=2 * _WIDTH,
                addition_embed_type="text_time",
                addition_time_embed_dim=8,
                # Five sizes at 8 each (six without the refiner's), and the pooled words.
                projection_class_embeddings_input_dim=6 * 8 + _WIDTH,
            ),
            scheduler=_scheduler(diffusers),
        )
    pipeline.save_pretrained(folder)


def _libraries() -> tuple[Any, Any]:
    import_torchvision()
    import diffusers  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    return diffusers, transformers


def _unet(diffusers: Any, **kind: Any) -> Any:
    return diffusers.UNet2DConditionModel(
        sample_size=SIDE_PX // 2,
        in_channels=4,
        out_channels=4,
        block_out_channels=(_WIDTH, 2 * _WIDTH),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        attention_head_dim=4,
        **kind,
    )


def _autoencoder(diffusers: Any) -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(_WIDTH, 2 * _WIDTH),
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
        latent_channels=4,
        sample_size=SIDE_PX,
    )


def _words(transformers: Any) -> Any:
    return transformers.CLIPTextConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=_WIDTH,
        projection_dim=_WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        bos_token_id=_vocabulary()[_START],
        eos_token_id=_vocabulary()[_END],
        pad_token_id=_vocabulary()[_END],
    )


def _tokenizer(transformers: Any) -> Any:
    return transformers.CLIPTokenizer(vocab=_vocabulary(), merges=[], model_max_length=77)


def _vocabulary() -> dict[str, int]:
    words = [*_LETTERS, *(f"{letter}</w>" for letter in _LETTERS), _START, _END]
    return {word: number for number, word in enumerate(words)}


def _scheduler(diffusers: Any) -> Any:
    return diffusers.DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
