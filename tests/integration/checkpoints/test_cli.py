"""`rapbot weights` as a person types it, against a hub on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.integration.checkpoints.fake_hub import FakeHub
from tests.models.original_llava import build_original, save_original, save_tower

Rapbot = Callable[..., "subprocess.CompletedProcess[str]"]
REPO = "owner/clip"
RECIPE = f"""
title = "A profile of a test"
[detector]
kind = "ssd"
[encoder]
kind = "open-clip"
name = "tiny"
source = {{ repo = "{REPO}" }}
provisional_cutoff = 0.5
[generator]
kind = "composed"
"""

OWN_GENERATOR = """
kind = "transformers"
name = "ours"
source = { repo = "me/ours", layout = "llava" }
context = 100
max_new_tokens = 20
"""


@pytest.fixture
def rapbot(hub: FakeHub, tmp_path: Path) -> Rapbot:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(RECIPE)
    offline = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    environment = {name: value for name, value in os.environ.items() if name not in offline}
    environment |= {"HF_ENDPOINT": hub.address, "RAPBOT_DATA_DIR": str(tmp_path)}

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "rapbot", "weights", *arguments],
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    return run


def test_a_profile_is_fetched_once_and_listed(hub: FakeHub, rapbot: Rapbot) -> None:
    hub.add(REPO, {"config.json": b"{}", "model.safetensors": b"w" * 5000})
    before = rapbot("list").stdout.splitlines()

    first = rapbot("fetch", "own")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == [
        f"owner--clip: fetched 0.00 GB, commit {'a' * 40}",
        "The profile own is ready.",
    ]
    hub.asked.clear()
    second = rapbot("fetch", "own")
    assert second.stdout == "All weights of the profile own are there: nothing was fetched.\n"
    assert hub.asked == []

    (after,) = json.loads(rapbot("list", "own", "--json").stdout)
    assert (after["source"], after["state"]) == ("owner--clip", "ready")
    assert (after["commit"], after["bytes"] > 5000) == ("a" * 40, True)
    own = before.index("own: A profile of a test")
    assert before[own + 1].split()[:2] == ["owner--clip", "missing"]
    assert "rap-llava: The published system: YOLO-World, CLIP ViT-L/14-336, RAP-LLaVA-13b" in before
    assert ["Hoar012--RAP-LLaVA-13b", "missing"] in [line.split()[:2] for line in before]
    starter = next(number for number, line in enumerate(before) if line.startswith("starter: Any"))
    assert before[starter + 1] == "  nothing to fetch"


def test_a_fetch_without_a_name_is_of_the_profile_that_is_set(hub: FakeHub, rapbot: Rapbot) -> None:
    hub.add(REPO, {"model.safetensors": b"w" * 5000})
    done = rapbot("fetch", RAPBOT_PROFILE="own")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "The profile own is ready."


def test_the_starter_needs_nothing(rapbot: Rapbot) -> None:
    done = rapbot("fetch", RAPBOT_PROFILE="starter")
    assert (done.returncode, done.stderr) == (0, "")
    assert "needs nothing" in done.stdout


def test_what_goes_wrong_is_one_sentence(rapbot: Rapbot) -> None:
    done = rapbot("fetch", "own")
    assert done.returncode == 1
    assert done.stderr.startswith("The hub has no repository owner/clip, or keeps it private.")
    assert len(done.stderr.splitlines()) == 1


def test_a_checkpoint_on_disk_is_converted(rapbot: Rapbot, tmp_path: Path) -> None:
    original = build_original("phi3")
    source, tower = save_original(original, tmp_path / "o"), save_tower(original, tmp_path / "t")
    target = tmp_path / "converted"

    done = rapbot("convert", str(source), str(target), "--vision-tower", str(tower))
    again = rapbot("convert", str(source), str(target), "--vision-tower", str(tower))

    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == f"Converted to {target}."
    assert f"move it to {tmp_path / 'weights' / 'converted' / 'SOURCE'}" in said[1]
    assert {"config.json", "model.safetensors", "tokenizer.json", "fetched.json"} <= {
        path.name for path in target.iterdir()
    }
    assert again.returncode == 2
    assert "already" in again.stderr


def test_a_checkpoint_that_was_converted_to_its_place_is_ready(
    rapbot: Rapbot, tmp_path: Path
) -> None:
    (tmp_path / "profiles" / "own.toml").write_text(
        RECIPE.replace('kind = "composed"', OWN_GENERATOR)
    )
    model = torch.nn.Module()
    model.model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))
    torch.save({"model": model}, tmp_path / "tiny.pt")
    target = tmp_path / "weights" / "converted" / "me--ours"

    done = rapbot("convert", str(tmp_path / "tiny.pt"), str(target))

    assert done.returncode == 0, done.stderr
    assert "It is for profiles with a source that" in done.stdout
    assert "me--ours" in done.stdout.splitlines()[1]
    states = {row["source"]: row["state"] for row in json.loads(rapbot("list", "--json").stdout)}
    assert (states["me--ours"], states["owner--clip"]) == ("ready", "missing")


def test_one_broken_recipe_hides_no_other(rapbot: Rapbot, tmp_path: Path) -> None:
    (tmp_path / "profiles" / "broken.toml").write_text("title = 1")
    listed = rapbot("list")
    assert listed.returncode == 0
    assert "broken.toml: title:" in listed.stderr
    assert "own: A profile of a test" in listed.stdout
    assert rapbot("list", "broken").returncode == 1
