"""How many views are taken at once, and what encoders are called before they are loaded."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from rap_engine import reembedding
from rap_engine.encode import Encoder
from rap_engine.errors import OutOfMemory, WeightsMissing
from rap_engine.memory import Database
from rap_engine.profiles import UnknownProfile
from rap_engine.reembedding import Pace, encoder_name, load_encoder
from tests.models.clip import write_open_clip
from tests.models.dinov2 import write_dinov2
from tests.services import bare_settings

_DATABASE, _ENCODER = cast(Database, None), cast(Encoder, None)
_RECIPE = """
title = "one of ours"
detector = {{ kind = "ssd" }}
generator = {{ kind = "composed" }}
[encoder]
kind = "{kind}"
name = "tiny"
source = {{ repo = "ours/tiny" }}
provisional_cutoff = 0.5
"""


class Machine:
    """Embeds at a speed, and as many views at once as there is room for."""

    def __init__(self, seconds_a_view: float, room: int, left: int = 10_000) -> None:
        self.seconds_a_view = seconds_a_view
        self.room = room
        self.left = left
        self.now = 0.0
        self.sizes: list[int] = []

    def embed_some(self, _database: Database, _encoder: Encoder, limit: int) -> int:
        if limit > self.room:
            raise OutOfMemory("no room")
        self.sizes.append(limit)
        taken = min(limit, self.left)
        self.left -= taken
        self.now += taken * self.seconds_a_view
        return taken


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Machine, int], list[int]]:
    def run(machine: Machine, rounds: int) -> list[int]:
        monkeypatch.setattr(reembedding, "embed_some", machine.embed_some)
        pace = Pace(clock=lambda: machine.now)
        for _ in range(rounds):
            pace.embed(_DATABASE, _ENCODER)
        return machine.sizes

    return run


Run = Callable[[Machine, int], list[int]]


def test_a_fast_machine_takes_more_at_once_up_to_a_bound(run: Run) -> None:
    assert run(Machine(0.001, room=1000), 6) == [4, 8, 16, 32, 64, 64]


def test_a_slow_machine_keeps_nobody_waiting_longer_than_one_view_takes(run: Run) -> None:
    assert run(Machine(1.5, room=1000), 3) == [4, 1, 1]


def test_the_pace_settles_at_about_a_second(run: Run) -> None:
    assert run(Machine(0.1, room=1000), 5)[-2:] == [10, 10]


def test_where_there_is_no_room_fewer_are_taken_from_then_on(run: Run) -> None:
    assert run(Machine(0.001, room=13), 6) == [4, 8, 8, 8, 8, 8]


def test_a_device_without_room_for_one_view_is_an_error(run: Run) -> None:
    with pytest.raises(OutOfMemory):
        run(Machine(0.001, room=0), 1)


def test_a_last_chunk_that_is_not_full_teaches_nothing(run: Run) -> None:
    assert run(Machine(0.1, room=1000, left=5), 4) == [4, 8, 8, 8]


@pytest.mark.parametrize(
    ("kind", "write"), [("open-clip", write_open_clip), ("dinov2", write_dinov2)]
)
def test_an_encoder_is_called_alike_before_and_after_it_is_loaded(
    tmp_path: Path, kind: str, write: Callable[[Path], None]
) -> None:
    settings = bare_settings(tmp_path, device="cpu")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "ours.toml").write_text(_RECIPE.format(kind=kind))
    with pytest.raises(WeightsMissing, match="rapbot weights fetch ours"):
        encoder_name(settings, "ours")
    write(settings.weights_dir / "downloaded" / "ours--tiny")
    assert load_encoder(settings, "ours").name == encoder_name(settings, "ours") == f"{kind}-tiny"


def test_the_packaged_encoder_is_called_alike_too(tmp_path: Path) -> None:
    settings = bare_settings(tmp_path)
    assert load_encoder(settings, "starter").name == encoder_name(settings, "starter")


def test_a_profile_that_nobody_wrote_has_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(UnknownProfile):
        encoder_name(bare_settings(tmp_path), "nobodys")
