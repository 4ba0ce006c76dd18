"""A LLaVA in the original layout gives the same logits after its conversion."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jinja2 import TemplateError
from PIL import Image
from transformers import AutoProcessor, LlamaTokenizer, LlavaForConditionalGeneration

from rap_engine.checkpoints.errors import ConversionFailed, TensorsDiffer
from rap_engine.checkpoints.llava import convert_llava
from tests.models.original_llava import (
    IMAGE,
    PATCH_PX,
    SIDE_PX,
    Family,
    Format,
    OriginalLlava,
    OriginalTokenizer,
    build_original,
    save_original,
    save_tower,
    save_weights,
    special_tokens,
    vocabulary_size,
)

IMAGE_TOKENS = (SIDE_PX // PATCH_PX) ** 2
FAMILIES: tuple[Family, ...] = ("llama", "phi3")
RAP_PROMPT = (
    "<image>\n[1.<image>\n Name: <bo>, Info: our corgi\n2.<image>\n Name: <x>\n]Give a caption of"
    " the image."
)


@pytest.fixture(scope="module", params=FAMILIES)
def original(request: pytest.FixtureRequest) -> OriginalLlava:
    return build_original(request.param)


@pytest.fixture(scope="module")
def converted(original: OriginalLlava, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(original.family)
    tower = save_tower(original, folder / "clip")
    convert_llava(save_original(original, folder / "original"), folder / "converted", tower)
    return folder / "converted"


@pytest.fixture(scope="module")
def processor(converted: Path) -> Any:
    return AutoProcessor.from_pretrained(converted, backend="pil", local_files_only=True)


def _load(folder: Path) -> Any:
    model, loading = LlavaForConditionalGeneration.from_pretrained(
        folder, output_loading_info=True, local_files_only=True
    )
    assert not any(loading.values()), loading
    return model.eval()


def _logits(folder: Path, ids: list[int], pixels: torch.Tensor) -> torch.Tensor:
    model = _load(folder)
    image = model.config.image_token_index
    expanded = [t for i in ids for t in ([image] * IMAGE_TOKENS if i == IMAGE else [i])]
    with torch.inference_mode():
        return model(input_ids=torch.tensor([expanded]), pixel_values=pixels).logits


@pytest.mark.parametrize("form", ["bin", "safetensors"])
@pytest.mark.parametrize("with_tower", [True, False], ids=["with tower", "tower apart"])
def test_logits_are_those_of_the_original(
    original: OriginalLlava, form: Format, with_tower: bool, tmp_path: Path
) -> None:
    source = save_original(original, tmp_path / "o", form=form, with_tower=with_tower)
    convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"), shard_bytes=20_000)

    ids = OriginalTokenizer(original.family).ids("USER: " + RAP_PROMPT)
    pixels = torch.randn(3, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(1))
    expected = original.logits(ids, pixels)
    found = _logits(tmp_path / "c", ids, pixels)[..., : expected.shape[-1]]

    assert expected.std() > 0.01
    assert torch.allclose(found, expected, atol=1e-5)
    assert len(list((tmp_path / "c").glob("*.safetensors"))) > 1


def test_a_prompt_has_the_tokens_that_the_original_made_of_it(
    original: OriginalLlava, processor: Any
) -> None:
    messages = [
        _user(RAP_PROMPT),
        {"role": "assistant", "content": [{"type": "text", "text": "A corgi."}]},
        _user("Where?"),
    ]
    prompt = _original_prompt(original.family, [RAP_PROMPT, "A corgi.", "Where?"])
    text = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    images = [Image.new("RGB", (9, 5))] * 3
    given = processor.apply_chat_template(
        [{"role": m["role"], "content": _with(m["content"], images)} for m in messages],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        processor_kwargs={"return_tensors": "pt"},
    )

    assert text == prompt
    mark = processor.tokenizer.convert_tokens_to_ids("<image>")
    expected = OriginalTokenizer(original.family).ids(prompt)
    tokens = [t for i in expected for t in ([mark] * IMAGE_TOKENS if i == IMAGE else [i])]
    assert given["input_ids"][0].tolist() == tokens
    assert given["pixel_values"].shape == (3, 3, SIDE_PX, SIDE_PX)


@pytest.mark.parametrize("prompt", ["no image", "<image>", "a<image>", "<image> b\n<image>c", "é "])
def test_odd_prompts_have_the_original_tokens_too(
    original: OriginalLlava, processor: Any, prompt: str
) -> None:
    mark = processor.tokenizer.convert_tokens_to_ids("<image>")
    expected = OriginalTokenizer(original.family).ids(prompt)
    assert processor.tokenizer(prompt).input_ids == [mark if i == IMAGE else i for i in expected]


def test_a_tokenizer_that_is_one_json_file_gives_the_same_tokens(
    original: OriginalLlava, tmp_path: Path
) -> None:
    source = save_original(original, tmp_path / "o")
    LlamaTokenizer.from_pretrained(source, legacy=False).backend_tokenizer.save(
        str(source / "tokenizer.json")
    )
    (source / "tokenizer.model").unlink()
    convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"))

    processor = AutoProcessor.from_pretrained(tmp_path / "c", local_files_only=True)
    mark = processor.tokenizer.convert_tokens_to_ids("<image>")
    prompt = _original_prompt(original.family, [RAP_PROMPT])
    expected = OriginalTokenizer(original.family).ids(prompt)
    assert processor.tokenizer(prompt).input_ids == [mark if i == IMAGE else i for i in expected]


def test_an_old_tokenizer_puts_its_space_before_every_part(tmp_path: Path) -> None:
    original = build_original("llama")
    source = save_original(original, tmp_path / "o")
    settings = json.loads((source / "tokenizer_config.json").read_text())
    del settings["legacy"]
    (source / "tokenizer_config.json").write_text(json.dumps(settings))
    convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"))

    processor = AutoProcessor.from_pretrained(tmp_path / "c", local_files_only=True)
    pieces = processor.tokenizer.tokenize("USER: <image>\nWhat?</s>USER: A")
    assert pieces[pieces.index("<image>") + 1] == "▁"
    assert pieces[pieces.index("</s>") + 1].startswith("▁")


def test_a_role_or_content_of_another_kind_is_refused_by_the_template(processor: Any) -> None:
    for message in (
        {"role": "tool", "content": "x"},
        {"role": "user", "content": [{"type": "video"}]},
    ):
        with pytest.raises(TemplateError, match=r"tool|video"):
            processor.apply_chat_template([message], tokenize=False)


@pytest.mark.parametrize("size", [(40, 17), (17, 41), (30, 30), (5, 64)])
def test_a_photo_is_padded_with_the_mean_colour_as_the_original_did(
    processor: Any, size: tuple[int, int]
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), np.uint8)
    photo = Image.fromarray(noise)
    pixels = processor.image_processor(photo, return_tensors="pt")["pixel_values"][0]
    assert torch.allclose(pixels, _original_pixels(photo), atol=1e-5)


def test_the_faster_image_backend_is_less_than_two_levels_away(converted: Path) -> None:
    processor = AutoProcessor.from_pretrained(converted, local_files_only=True)
    noise = np.random.default_rng(4).integers(0, 256, (17, 40, 3), np.uint8)
    pixels = processor.image_processor(Image.fromarray(noise), return_tensors="pt")["pixel_values"]
    away = (pixels[0] - _original_pixels(Image.fromarray(noise))).abs()
    assert away.max() < 2 / 255 / 0.26


def test_generation_ends_where_an_answer_of_the_family_ends(
    original: OriginalLlava, converted: Path, processor: Any
) -> None:
    generation = _load(converted).generation_config
    ids = special_tokens(original.family)
    if original.family == "llama":
        assert generation.eos_token_id == ids["</s>"]
        assert generation.pad_token_id == ids["<unk>"]
    else:
        assert generation.eos_token_id == [ids["<|end|>"], ids["<|endoftext|>"]]
        assert generation.pad_token_id == ids["<|endoftext|>"]
    assert processor.tokenizer.pad_token_id == generation.pad_token_id
    assert processor.tokenizer.padding_side == "left"


def test_an_added_row_is_the_mean_and_so_never_the_answer(tmp_path: Path) -> None:
    original = build_original("llama")
    source = save_original(original, tmp_path / "o", dtype=torch.bfloat16)
    convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"))

    model = _load(tmp_path / "c")
    for rows, before in (
        (model.get_input_embeddings().weight, original.language.get_input_embeddings().weight),
        (model.get_output_embeddings().weight, original.language.lm_head.weight),
    ):
        kept = before.to(torch.bfloat16)
        assert rows.dtype == torch.bfloat16
        assert rows.shape[0] == vocabulary_size("llama") + 1
        assert torch.equal(rows[:-1], kept)
        assert torch.equal(rows[-1], kept.double().mean(dim=0).to(torch.bfloat16))


def test_spare_rows_of_the_original_are_used_before_any_is_added(tmp_path: Path) -> None:
    original = build_original("phi3")
    source = save_original(original, tmp_path / "o")
    convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"))

    model = _load(tmp_path / "c")
    assert model.config.image_token_index == vocabulary_size("phi3")
    assert torch.equal(
        model.get_input_embeddings().weight, original.language.get_input_embeddings().weight
    )


def test_tensors_that_are_missing_extra_or_misshapen_are_named(
    original: OriginalLlava, tmp_path: Path
) -> None:
    source = save_original(original, tmp_path / "o")
    tensors = original.tensors(with_tower=False)
    del tensors["model.norm.weight"]
    tensors["model.image_newline"] = torch.zeros(3)
    tensors["model.mm_projector.0.bias"] = torch.zeros(5)
    save_weights(source, tensors, "bin")

    with pytest.raises(TensorsDiffer) as caught:
        convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"))

    assert caught.value.missing == ["language_model.model.norm.weight"]
    assert caught.value.left_over == ["model.image_newline"]
    assert caught.value.misshapen == ["multi_modal_projector.linear_1.bias [5], not [32]"]
    assert "language_model.model.norm.weight" in str(caught.value)
    assert not [path for path in tmp_path.iterdir() if "c" in path.name]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"mm_projector_type": "linear"}, "mm_projector_type 'linear'"),
        ({"image_aspect_ratio": "anyres"}, "image_aspect_ratio 'anyres'"),
        ({"mm_use_im_start_end": True}, "mm_use_im_start_end True"),
        ({"model_type": "llava_mistral"}, "model_type 'llava_mistral'"),
        ({"text_config": {}}, "nothing to convert"),
        ({"hidden_size": "wide"}, "cannot be read"),
    ],
)
def test_other_layouts_are_refused_with_the_reason(
    fields: dict[str, Any], why: str, tmp_path: Path
) -> None:
    original = build_original("llama")
    source = save_original(original, tmp_path / "o", **fields)
    with pytest.raises(ConversionFailed, match=why):
        convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"))


def test_without_its_vision_tower_the_one_that_it_names_is_asked_for(tmp_path: Path) -> None:
    source = save_original(build_original("llama"), tmp_path / "o")
    with pytest.raises(
        ConversionFailed, match=r"openai/clip-vit-large-patch14-336.*--vision-tower"
    ):
        convert_llava(source, tmp_path / "c")


def test_a_photo_is_not_padded_where_the_original_cut_its_middle_out(tmp_path: Path) -> None:
    original = build_original("llama")
    source = save_original(original, tmp_path / "o", image_aspect_ratio=None)
    convert_llava(source, tmp_path / "c", save_tower(original, tmp_path / "t"))

    processor = AutoProcessor.from_pretrained(tmp_path / "c", backend="pil", local_files_only=True)
    sides = Image.new("RGB", (60, 20), "black")
    sides.paste("white", (20, 0, 40, 20))
    pixels = processor.image_processor(sides, return_tensors="pt")["pixel_values"]
    assert pixels.min() > 0


def test_what_an_interrupted_conversion_left_is_not_in_the_way(tmp_path: Path) -> None:
    original = build_original("llama")
    source, tower = save_original(original, tmp_path / "o"), save_tower(original, tmp_path / "t")
    stale = tmp_path / ".c.unfinished"
    stale.mkdir()
    (stale / "model-00001-of-00009.safetensors").write_bytes(b"half")

    convert_llava(source, tmp_path / "c", tower)

    assert not stale.exists()
    assert [p.name for p in (tmp_path / "c").glob("*.safetensors")] == ["model.safetensors"]


def _user(prompt: str) -> dict[str, Any]:
    """Return a message whose `<image>`s are items of their own."""
    content: list[dict[str, str]] = []
    for number, part in enumerate(prompt.split("<image>")):
        content += [{"type": "image"}] * (number > 0)
        content += [{"type": "text", "text": part}] if part else []
    return {"role": "user", "content": content}


def _with(content: list[dict[str, Any]], images: list[Image.Image]) -> list[dict[str, Any]]:
    rest = iter(images)
    return [
        {"type": "image", "image": next(rest)} if item["type"] == "image" else item
        for item in content
    ]


def _original_prompt(family: Family, turns: list[str]) -> str:
    """Render a conversation as the original's separator styles TWO and MPT do."""
    if family == "llama":
        prompt = (
            "A chat between a curious user and an artificial intelligence assistant. The assistant"
            " gives helpful, detailed, and polite answers to the user's questions. "
        )
        for number, turn in enumerate(turns):
            prompt += f"ASSISTANT: {turn}</s>" if number % 2 else f"USER: {turn} "
        return prompt + "ASSISTANT:"
    prompt = "<|system|>\nYou are a helpful AI assistant.<|end|>"
    for number, turn in enumerate(turns):
        prompt += f"\n<|{'assistant' if number % 2 else 'user'}|>\n{turn}<|end|>"
    return prompt + "\n<|assistant|>\n"


def _original_pixels(photo: Image.Image) -> torch.Tensor:
    """Pad to a square with the mean colour, then CLIP's own preparation."""
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    side = max(photo.size)
    square = Image.new("RGB", (side, side), tuple(int(m * 255) for m in mean))
    square.paste(photo, ((side - photo.width) // 2, (side - photo.height) // 2))
    small = square.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    pixels = torch.from_numpy(np.array(small)).float().permute(2, 0, 1) / 255
    return (pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
