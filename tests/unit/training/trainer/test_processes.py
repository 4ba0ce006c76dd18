"""Runs in processes of their own: one that is killed, and two that share the work."""

import json
import multiprocessing
import signal
import socket
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from rap_engine.training.trainer import checkpoints
from rap_engine.training.trainer.metrics import read_metrics
from tests.unit.training.trainer import processes
from tests.unit.training.trainer.subjects import plan

_PATIENCE_S = 120


@pytest.fixture(scope="module")
def server() -> ForkServerContext:
    """Forks processes from one that has imported everything, and computed nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([processes.__name__])
    return context


def _settings(**changes: Any) -> dict[str, Any]:
    return plan(**changes).model_dump(mode="json")


def _losses(folder: Path) -> list[float | None]:
    return [each.loss for each in read_metrics(folder / "metrics.jsonl")]


def _free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def _ranks(count: int) -> list[dict[str, str]]:
    shared = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": _free_port(),
        "WORLD_SIZE": str(count),
        "GLOO_SOCKET_IFNAME": "lo",
    }
    return [shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]


def test_a_run_that_is_killed_goes_on_as_if_it_had_not_been(
    server: ForkServerContext, llava: Path, photos: Path, tmp_path: Path
) -> None:
    settings = _settings(most_steps=5)
    for folder, kills in (("whole", [None]), ("killed", [3, None])):
        for killed_at in kills:
            given = (llava, photos, tmp_path / folder, settings, {}, killed_at)
            process = server.Process(target=processes.run, args=given)
            process.start()
            process.join(_PATIENCE_S)
            assert process.exitcode == (0 if killed_at is None else -signal.SIGKILL)
    assert len(_losses(tmp_path / "whole")) == 5
    assert _losses(tmp_path / "killed") == _losses(tmp_path / "whole")


def test_two_ranks_come_to_what_one_comes_to(
    server: ForkServerContext, llava: Path, photos: Path, tmp_path: Path
) -> None:
    settings = _settings(
        lora={"rank": 4, "dropout": 0.0},
        held_out=0.2,
        keep_vision_features=True,
        batch=5,
        most_steps=4,
    )
    for count in (1, 2):
        environments = [{}] if count == 1 else _ranks(count)
        started = [
            server.Process(
                target=processes.run,
                args=(llava, photos, tmp_path / str(count), settings, environment),
            )
            for environment in environments
        ]
        for process in started:
            process.start()
        for process in started:
            process.join(_PATIENCE_S)
        assert [process.exitcode for process in started] == [0] * count
    one, two = _losses(tmp_path / "1"), _losses(tmp_path / "2")
    assert len(one) == 4 + 2
    for alone, shared in zip(one, two, strict=True):
        assert shared == pytest.approx(alone, rel=1e-4) if alone is not None else shared is None
    measured = [
        [each.held_out_loss for each in read_metrics(tmp_path / name / "metrics.jsonl")]
        for name in ("1", "2")
    ]
    assert [each for each in measured[1] if each] == pytest.approx(
        [each for each in measured[0] if each], rel=1e-4
    )
    adapters = [
        load_file(tmp_path / name / "adapter" / "adapter_model.safetensors") for name in "12"
    ]
    assert adapters[0].keys() == adapters[1].keys()
    newest = checkpoints.newest(tmp_path / "2" / "checkpoints")
    assert newest is not None
    assert json.loads((tmp_path / "2" / "environment.json").read_text())["ranks"] == 2
    assert newest.name == "checkpoint-4"
    assert not list(tmp_path.rglob("*.part"))
