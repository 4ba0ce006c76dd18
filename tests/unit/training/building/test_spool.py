"""Scenes on disk and back."""

from pathlib import Path

from rap_engine.training.building.spool import Spool
from rap_engine.training.scene import Instance, Scene
from rap_engine.types import Box

SCENES = [
    Scene("1", Path("/photos/\u00e9.jpg"), ()),
    Scene(
        "2",
        Path("b.jpg"),
        (
            Instance(Box(0.1, 0.2, 0.3, 0.4), "dog", "rex", "Rex", "told\nof", ("a", "b")),
            Instance(Box.whole(), "cat"),
        ),
        ("A dog.",),
        is_introduction=True,
    ),
]


def test_scenes_come_back_as_they_were_as_often_as_asked(tmp_path: Path) -> None:
    with Spool(tmp_path / "scenes") as spool:
        for each in SCENES:
            spool.add(each)
        assert list(spool.scenes()) == SCENES
        assert list(spool.scenes()) == SCENES
        assert spool.count == 2


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with Spool(tmp_path / "scenes") as spool:
        spool.add(SCENES[0])
    assert not list(tmp_path.iterdir())
