"""Novel views from Stable Diffusion's architectures, tiny and with random weights."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import pytest
import torch
from safetensors.torch import load_file, save_file

from rap_engine.errors import OutOfMemory, WeightsCorrupt, WeightsMissing
from rap_engine.training.augment.augmenter import Augmenter
from rap_engine.training.augment.novel_views import NovelViews, ViewSettings
from rap_engine.training.plan import AugmentationPlan
from tests.unit.training.augment.photos import disc, noise, seeded
from tests.unit.training.augment.pipelines import (
    write_stable_diffusion,
    write_stable_diffusion_xl,
)

_FEW = ViewSettings(strength=0.5, steps=4)
_UNET = Path("unet/diffusion_pytorch_model.safetensors")
_TEXT = Path("text_encoder/model.safetensors")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stable-diffusion")
    write_stable_diffusion(folder)
    return folder


@pytest.fixture
def spoilt(folder: Path, tmp_path: Path) -> Path:
    """A copy of the pipeline's folder."""
    copytree(folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def views(folder: Path) -> NovelViews:
    return NovelViews(folder, device="cpu", settings=_FEW)


@pytest.mark.parametrize("size", [(60, 40), (33, 90), (200, 35)])
def test_a_view_has_the_size_of_its_crop(views: NovelViews, size: tuple[int, int]) -> None:
    crop = noise(*size)
    before = crop.tobytes()
    view = views(crop, seeded(0), "dog")
    assert (view.mode, view.size) == ("RGB", size)
    assert view.tobytes() != before == crop.tobytes()


def test_a_view_depends_on_the_seed_the_crop_and_the_words_alone(views: NovelViews) -> None:
    asked = [(1, disc(), "dog"), (2, disc(), "dog"), (1, noise(), "dog"), (1, disc(), "cup")]
    made = [views(crop, seeded(seed), category).tobytes() for seed, crop, category in asked]
    assert len(set(made)) == len(asked)
    assert views(disc(), seeded(1), "dog").tobytes() == made[0]


@pytest.mark.parametrize(("strength", "steps"), [(0.3, 3), (1.0, 10)])
def test_strength_is_the_share_of_the_steps_that_are_gone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, strength: float, steps: int
) -> None:
    from diffusers import DDIMScheduler  # noqa: PLC0415

    gone: list[int] = []
    step = DDIMScheduler.step

    def counted(
        scheduler: object, predicted: object, at: int, *rest: object, **also: object
    ) -> object:
        gone.append(int(at))
        return step(scheduler, predicted, at, *rest, **also)

    monkeypatch.setattr(DDIMScheduler, "step", counted)
    settings = ViewSettings(strength=strength, steps=10)
    NovelViews(folder, device="cpu", settings=settings)(disc(), seeded(0), "dog")
    assert len(gone) == steps
    assert gone == sorted(gone, reverse=True)


def test_a_photo_in_grey_has_views_too(views: NovelViews) -> None:
    assert views(noise().convert("L"), seeded(0), "").mode == "RGB"


def test_strength_without_a_single_step_is_refused() -> None:
    with pytest.raises(ValueError, match="step"):
        ViewSettings(strength=0.1, steps=5)
    with pytest.raises(ValueError, match="step"):
        ViewSettings(strength=1.5)


def test_the_larger_architecture_makes_views_as_well(tmp_path: Path) -> None:
    write_stable_diffusion_xl(tmp_path)
    views = NovelViews(tmp_path, device="cpu", settings=_FEW)
    one, again, other = (views(disc(), seeded(seed), "dog") for seed in (1, 1, 2))
    assert one.size == disc().size
    assert one.tobytes() == again.tobytes() != other.tobytes()


def test_an_augmenter_makes_views_with_it(views: NovelViews) -> None:
    chances = dict.fromkeys(
        ("flip", "colour", "rotation", "scale", "perspective", "background", "occlusion"), 0.0
    )
    augmenter = Augmenter.of(AugmentationPlan(novel_views=1, **chances), novel_views=views)
    rng = seeded(4)
    rng.random(), rng.random()  # as the augmenter draws for the background, and for the view
    assert augmenter(disc(), seeded(4), category="dog").tobytes() == (
        views(disc(), rng, "dog").tobytes()
    )


def test_too_little_memory_is_told_by_its_own_error(
    views: NovelViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import UNet2DConditionModel  # noqa: PLC0415

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(UNet2DConditionModel, "forward", full)
        with pytest.raises(OutOfMemory, match="no room"):
            views(disc(), seeded(0), "dog")
    assert views(disc(), seeded(0), "dog").size == disc().size


def test_what_the_pipelines_checker_holds_back_is_not_used(
    views: NovelViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import StableDiffusionImg2ImgPipeline  # noqa: PLC0415

    def held_back(_: object, image: torch.Tensor, *__: object) -> tuple[torch.Tensor, list[bool]]:
        return image * 0, [True]

    monkeypatch.setattr(StableDiffusionImg2ImgPipeline, "run_safety_checker", held_back)
    assert views(disc(), seeded(0), "dog").tobytes() == disc().tobytes()


@pytest.mark.parametrize("part", [".", "vae", "tokenizer", "scheduler", "text_encoder"])
def test_a_missing_part_says_what_to_do(spoilt: Path, part: str) -> None:
    rmtree(spoilt / part)
    with pytest.raises(WeightsMissing, match=r"(?i)copy .*novel_views to 0"):
        NovelViews(spoilt, device="cpu")


def test_a_missing_library_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(WeightsMissing, match="pip install diffusers"):
        NovelViews(folder, device="cpu")


def _without_a_tensor(file: Path) -> None:
    tensors = load_file(file)
    tensors.pop(sorted(tensors)[3])
    save_file(tensors, file)


def _of_another_shape(file: Path) -> None:
    tensors = load_file(file)
    tensors[sorted(tensors)[3]] = torch.zeros(3)
    save_file(tensors, file)


def _cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:1000])


def _pickled(file: Path) -> None:
    torch.save(load_file(file), file.parent / "pytorch_model.bin")
    torch.save(load_file(file), file.parent / "diffusion_pytorch_model.bin")
    file.unlink()


def _in_pickled_shards(file: Path) -> None:
    tensors = load_file(file)
    torch.save(tensors, file.parent / "shard.bin")
    index = {"metadata": {}, "weight_map": dict.fromkeys(tensors, "shard.bin")}
    file.with_name(f"{file.name}.index.json").write_text(json.dumps(index))
    file.unlink()


@pytest.mark.parametrize("file", [_UNET, _TEXT], ids=["unet", "text"])
@pytest.mark.parametrize(
    "spoil", [_without_a_tensor, _of_another_shape, _cut_off, _pickled, _in_pickled_shards]
)
def test_weights_that_are_not_whole_or_not_safetensors_are_refused(
    spoilt: Path, file: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(spoilt / file)
    with pytest.raises(WeightsCorrupt, match=str(spoilt)):
        NovelViews(spoilt, device="cpu")


@pytest.mark.parametrize(
    ("part", "made_of", "reason"),
    [
        ("_class_name", "StableVideoDiffusionPipeline", "not one of"),
        ("_class_name", ["mine", "Pipeline"], "not one of"),
        ("unet", ["mine", "Model"], "unet is of mine, not of"),
        ("unet", ["os", "system"], "unet is of os, not of"),
        ("unet", ["diffusers", "NoSuchModel"], "NoSuchModel"),
        ("unet", ["diffusers", "AutoencoderKL"], "cross_attention_dim"),
    ],
)
def test_another_pipeline_or_code_of_its_own_is_refused(
    spoilt: Path, part: str, made_of: object, reason: str
) -> None:
    (spoilt / "unet" / "mine.py").write_text("raise SystemExit('it was run')")
    index = json.loads((spoilt / "model_index.json").read_text())
    (spoilt / "model_index.json").write_text(json.dumps({**index, part: made_of}))
    with pytest.raises(WeightsCorrupt, match=reason):
        NovelViews(spoilt, device="cpu")
