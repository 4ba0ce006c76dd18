"""A run in the tests: what is done with it, and what is said of it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from tests.integration.admin.scene import Scene
from tests.integration.bot.chats import Friend
from workers.runs.tables import TrainingRun


def says(who: Friend, words: str) -> str:
    who.says(words)
    return who.is_told()[-1]


def set_run(scene: Scene, **values: Any) -> None:
    with scene.front.database.transaction() as session:
        session.execute(
            update(TrainingRun).where(TrainingRun.id == scene.ids["run"]).values(**values)
        )


def all_runs(scene: Scene) -> list[TrainingRun]:
    with scene.front.database.transaction() as session:
        return list(session.scalars(select(TrainingRun).order_by(TrainingRun.id)))


def train(scene: Scene, **more: Any) -> None:
    set_run(
        scene,
        state="running",
        stage="training",
        step=450,
        steps=1200,
        loss=0.5,
        seconds_left=4000.0,
        leased_until=func.now() + timedelta(minutes=1),
        **more,
    )


def finish(scene: Scene, state: str = "done", **more: Any) -> None:
    set_run(scene, state=state, finished_at=func.now(), leased_until=None, **more)
