"""Folders of runs are cleared when nobody works in them, and no others."""

import pytest

from rap_engine.training.running.lifeline import alone_in
from tests.integration.training.conftest import Yard
from workers.tasks.housekeeping import FolderKeeper

pytestmark = pytest.mark.integration


def test_a_folder_is_cleared_once_what_works_in_it_has_ended(yard: Yard) -> None:
    """A run may have ended in the database while a process of it still writes."""
    folder = yard.folder(7)
    photo = folder.path / "records" / "photo.jpg"
    photo.parent.mkdir(parents=True)
    photo.touch()
    keeper = FolderKeeper(yard.database, yard.settings.training_dir)
    with alone_in(folder.path):
        keeper.look()
        assert photo.exists()
    keeper.look()
    assert not photo.exists()


@pytest.mark.parametrize("place", ["2024", "here/2024", "runs/own"])
def test_what_is_no_trainers_run_is_left_alone(yard: Yard, place: str) -> None:
    photo = yard.settings.training_dir / place / "records" / "photo.jpg"
    photo.parent.mkdir(parents=True)
    photo.touch()
    FolderKeeper(yard.database, yard.settings.training_dir).look()
    assert photo.exists()
