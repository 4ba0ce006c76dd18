"""From a recipe to models at work: real architectures, small, with random weights."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from config import Settings
from rap_engine.detect.vocabulary import GENERAL_WORDS
from rap_engine.errors import WeightsMissing
from rap_engine.generate.openai_server import OpenAiGenerator
from rap_engine.profiles import Loader, Profile, load_profile, read_recipe
from rap_engine.retrieve import Retriever
from rap_engine.stopwatch import Stopwatch
from tests.models.clip import WIDTH
from tests.models.stores import SMALL_RECIPE, write_profile_store
from tests.services import bare_settings

DINO_RECIPE = SMALL_RECIPE.replace('kind = "open-clip"', 'kind = "dinov2"')


def _settings(data_dir: Path, recipe: str) -> Settings:
    (data_dir / "profiles").mkdir()
    (data_dir / "profiles" / "small.toml").write_text(recipe)
    return bare_settings(data_dir, profile="small", device="cpu")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a profile whose weights are there."""
    settings = _settings(tmp_path_factory.mktemp("data"), SMALL_RECIPE)
    write_profile_store(settings.weights_dir, read_recipe("small", settings.data_dir))
    return settings


@pytest.fixture(scope="module")
def profile(settings: Settings) -> Profile:
    return load_profile(settings)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(noise).resize((400, 300))


def test_a_profile_is_loaded_from_its_store(profile: Profile) -> None:
    assert (profile.name, profile.detector.name) == ("small", "yolov8n-worldv2")
    assert (profile.encoder.name, profile.encoder.width) == ("open-clip-small", WIDTH)


def test_a_cutoff_that_nobody_measured_is_the_recipes(profile: Profile) -> None:
    assert profile.calibration.cutoff == 0.9
    assert "not measured" in profile.calibration.source


def test_a_photo_is_perceived(profile: Profile, photo: Image.Image) -> None:
    retriever = Retriever(profile.detector, profile.encoder, profile.calibration)
    perception = retriever.perceive(photo, ["garden gnome"], Stopwatch())
    assert perception.regions[0].is_whole
    labels = {region.label for region in perception.regions if region.is_detection}
    assert labels
    assert labels <= {"garden gnome", *GENERAL_WORDS}
    assert set(perception.owners) == set(range(len(perception.regions)))
    assert perception.embeddings.shape == (len(perception.owners), WIDTH)
    np.testing.assert_allclose(np.linalg.norm(perception.embeddings, axis=1), 1.0, rtol=1e-5)


def test_a_view_is_studied(profile: Profile, photo: Image.Image) -> None:
    retriever = Retriever(profile.detector, profile.encoder, profile.calibration)
    view = retriever.study(photo, "garden gnome", "our garden gnome, painted red")
    assert view.keys.shape == (2, WIDTH)


def test_the_same_photo_is_perceived_in_the_same_way(
    settings: Settings, photo: Image.Image
) -> None:
    first, second = (
        Retriever(each.detector, each.encoder, each.calibration).perceive(photo, [], Stopwatch())
        for each in (load_profile(settings), load_profile(settings))
    )
    assert first.regions == second.regions
    np.testing.assert_array_equal(first.embeddings, second.embeddings)


def test_an_encoder_of_another_kind_is_loaded(tmp_path: Path) -> None:
    settings = _settings(tmp_path, DINO_RECIPE)
    write_profile_store(settings.weights_dir, read_recipe("small", settings.data_dir))
    assert Loader.of(settings).encoder().name == "dinov2-small"


@pytest.mark.parametrize(
    "missing", ["yolov8n-worldv2-*", "tests--small-text-tower", "tests--small-clip"]
)
def test_missing_weights_say_what_to_run(settings: Settings, tmp_path: Path, missing: str) -> None:
    shutil.copytree(settings.data_dir, tmp_path, dirs_exist_ok=True)
    here = bare_settings(tmp_path, profile="small", device="cpu")
    (folder,) = here.weights_dir.glob(f"*/{missing}")
    shutil.rmtree(folder)
    with pytest.raises(WeightsMissing, match=r"`rapbot weights fetch small`"):
        load_profile(here)


def test_an_unfinished_folder_is_missing(settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(settings.data_dir, tmp_path, dirs_exist_ok=True)
    here = bare_settings(tmp_path, profile="small", device="cpu")
    (here.weights_dir / "downloaded" / "tests--small-clip" / "fetched.json").unlink()
    with pytest.raises(WeightsMissing, match=r"tests--small-clip"):
        load_profile(here)


def test_a_recipes_way_of_asking_reaches_the_generator(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: dict[str, object] = {}

    def connect(**parts: object) -> None:
        given.update(parts)

    monkeypatch.setattr(OpenAiGenerator, "connect", connect)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.toml").write_text(
        'title = "mine"\n[detector]\nkind = "ssd"\n[encoder]\nkind = "lite0"\n'
        '[generator]\nkind = "openai"\nprompt = "rap"\nboxes = "padded"\nmax_references = 3\n'
    )
    Loader.of(Settings(_env_file=None, data_dir=tmp_path, profile="mine")).generator()
    assert given["is_rap"] is True
    assert given["boxes_are_padded"] is True
    assert given["max_references"] == 3


@pytest.mark.parametrize("part", ["detector", "encoder"])
def test_a_part_whose_package_is_missing_says_what_to_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    for module in ("rap_engine.detect.yolo_world", "rap_engine.encode.open_clip"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(WeightsMissing, match="`RAPBOT_PROFILE=small make run`"):
        getattr(Loader.of(settings), part)()
