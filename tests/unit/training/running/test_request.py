"""What a run is asked to do, as it lies in its folder."""

import errno
from pathlib import Path

import pytest

from rap_engine.checkpoints.errors import DiskFull
from rap_engine.training.errors import BadPlan
from rap_engine.training.plan import Plan
from rap_engine.training.running.request import Request
from tests.unit.training.running.subjects import REQUEST


def test_a_full_disk_is_told_and_what_was_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    REQUEST.write(tmp_path, Plan())
    monkeypatch.setattr("rap_engine.checkpoints.files.os.fsync", full)
    with pytest.raises(DiskFull, match="Free some room"):
        Request(run="another", profile="small").write(tmp_path, Plan(name="another"))
    assert Request.read(tmp_path) == (Plan(), REQUEST)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[trainer]\nbatch = 0", "`trainer.batch`: Input should be greater than or equal to 1."),
        ("nam = 'rap'", "`nam`: Extra inputs are not permitted."),
        ("name = ", "is no TOML: Invalid value"),
    ],
)
def test_of_a_broken_plan_the_key_and_what_is_wrong_are_told(
    tmp_path: Path, words: str, said: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(words)
    with pytest.raises(BadPlan) as broken:
        Plan.read(file)
    assert said in str(broken.value)
    assert "http" not in str(broken.value)
    assert "\n" not in str(broken.value)
