"""Recipes: what ships, and what an operator writes."""

from pathlib import Path

import pytest

from rap_engine.profiles import BadRecipe, UnknownProfile, profile_names, read_recipe

OWN = """
title = "mine"
[detector]
kind = "ssd"
[encoder]
kind = "lite0"
[generator]
kind = "openai"
"""


def _own(data_dir: Path, name: str, text: str) -> None:
    (data_dir / "profiles").mkdir(exist_ok=True)
    (data_dir / "profiles" / f"{name}.toml").write_text(text)


@pytest.mark.parametrize(
    "name",
    [
        "llava-1.5-13b",
        "openai",
        "rap-llava",
        "rap-mini",
        "rap-mini-untrained",
        "rap-phi3-v",
        "starter",
    ],
)
def test_every_shipped_recipe_can_be_read(name: str) -> None:
    assert read_recipe(name).title
    assert name in profile_names()


def test_the_papers_profile_is_the_papers() -> None:
    recipe = read_recipe("rap-llava")
    assert recipe.detector.kind == "yolo-world"
    assert recipe.detector.model == "yolov8x-worldv2"
    assert recipe.encoder.kind == "open-clip"
    assert recipe.encoder.source.repo == "timm/vit_large_patch14_clip_336.openai"
    assert recipe.generator.kind == "transformers"
    assert recipe.generator.source.repo == "Hoar012/RAP-LLaVA-13b"
    assert recipe.generator.context == 2048


@pytest.mark.parametrize(("name", "most"), [("rap-llava", 2), ("rap-phi3-v", 3)])
def test_as_many_references_as_in_the_paper_fit_the_context(name: str, most: int) -> None:
    generator = read_recipe(name).generator
    assert generator.kind == "transformers"
    assert generator.max_references == most
    pictures = (1 + most) * 576
    kept_free = generator.max_new_tokens + generator.history_tokens
    assert pictures + kept_free < generator.context < pictures + 576 + kept_free


def test_an_operators_recipe_stands_beside_those_that_ship(tmp_path: Path) -> None:
    _own(tmp_path, "mine", OWN)
    assert read_recipe("mine", tmp_path).title == "mine"
    assert profile_names(tmp_path) == sorted([*profile_names(), "mine"])


def test_an_operators_recipe_goes_before_one_that_ships(tmp_path: Path) -> None:
    _own(tmp_path, "openai", OWN)
    assert read_recipe("openai", tmp_path).title == "mine"


@pytest.mark.parametrize("name", ["nobody", "../starter", "shipped/starter", ""])
def test_an_unknown_profile_names_those_that_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UnknownProfile, match="rap-llava, rap-mini, rap-mini-untrained, rap-phi3-v, starter"
    ):
        read_recipe(name, tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = ", "Invalid value"),
        (OWN.replace('"ssd"', '"rcnn"'), "rcnn"),
        (OWN + "colour = 1\n", "colour"),
        (OWN.replace('"openai"', '"composed"') + "[verification]\n", "composed"),
        (
            OWN.replace('kind = "openai"', 'kind = "transformers"\nname = "x"\ncontext = 10')
            + 'source = { repo = "../../etc/passwd" }\n',
            "repo",
        ),
    ],
)
def test_a_broken_recipe_says_where_and_why(tmp_path: Path, text: str, says: str) -> None:
    _own(tmp_path, "broken", text)
    with pytest.raises(BadRecipe, match=rf"(?s)broken\.toml.*{says}"):
        read_recipe("broken", tmp_path)


FULL = """
title = "mine"
[detector]
kind = "yolo-world"
model = "yolov8n-worldv2"
source = { url = "https://weights.invalid/ours.pt", layout = "yolo-world" }
text_source = { repo = "me/words" }
[encoder]
kind = "open-clip"
name = "ours.v1_b-32"
source = { repo = "me/clip" }
provisional_cutoff = 0.5
[generator]
kind = "transformers"
name = "ours"
source = { repo = "me/llava" }
context = 1001
max_new_tokens = 600
history_tokens = 400
temperature = 0.5
parameters = 7.0
[verification]
weight = 1.0
scale = 0.05
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        *[
            ("provisional_cutoff = 0.5", f"provisional_cutoff = {value}")
            for value in ("nan", "inf", "75", "-3", "1", "-1")
        ],
        *[
            (f"{name} = {value}", f"{name} = {wrong}")
            for name, value in (
                ("temperature", "0.5"),
                ("parameters", "7.0"),
                ("weight", "1.0"),
                ("scale", "0.05"),
            )
            for wrong in ("inf", "nan")
        ],
        ("context = 1001", "context = 1000"),
        ("max_new_tokens = 600", "max_new_tokens = 601"),
        ("history_tokens = 400", "history_tokens = 1000"),
        *[
            (f'name = "{name}"', f'name = "{wrong}"')
            for name in ("ours.v1_b-32", "ours")
            for wrong in ("", "a b", "a/b", "a\\n", "\\u001b[31m", "\u00e9")
        ],
        ('model = "yolov8n-worldv2"', 'model = "../yolov8n"'),
        ("/ours.pt", "/ours.pt/"),
        ("/ours.pt", "/?file=/ours.pt"),
    ],
)
def test_values_that_cannot_work_are_refused(tmp_path: Path, right: str, wrong: str) -> None:
    _own(tmp_path, "right", FULL)
    assert read_recipe("right", tmp_path).title == "mine"
    assert FULL.count(right) == 1
    _own(tmp_path, "wrong", FULL.replace(right, wrong))
    said = right.partition(" = ")[0].replace("/ours.pt", "url")
    with pytest.raises(BadRecipe, match=rf"(?s)wrong\.toml.*{said}"):
        read_recipe("wrong", tmp_path)


def test_a_dinov2s_values_are_held_to_the_same(tmp_path: Path) -> None:
    own = FULL.replace('"open-clip"', '"dinov2"')
    _own(tmp_path, "mine", own)
    assert read_recipe("mine", tmp_path).encoder.kind == "dinov2"
    _own(tmp_path, "mine", own.replace("cutoff = 0.5", "cutoff = 75"))
    with pytest.raises(BadRecipe, match="provisional_cutoff"):
        read_recipe("mine", tmp_path)
