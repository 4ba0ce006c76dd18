"""A run's pulse goes on, whatever it cannot write."""

import pytest

from rap_engine.training.progress import Progress
from tests.integration.training.conftest import Yard, soon
from workers.runs.holding import claim
from workers.runs.pulse import Pulse

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("poison", [Progress("\ud800"), Progress("training", step=2**70)])
def test_what_cannot_be_written_is_dropped_and_the_lease_is_kept(
    yard: Yard, poison: Progress, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = yard.ask()
    with yard.database.transaction() as session:
        lease = claim(session, run_id, 60.0)
    assert lease is not None
    with Pulse(yard.database, lease, 0.2) as pulse:
        pulse.tell(poison)
        soon(lambda: pulse._progress is None)
        pulse.tell(Progress("training", step=5, steps=9))
        soon(lambda: yard.row(run_id).step == 5)
    assert pulse.wish is None
    assert "run_beat_failed" in capsys.readouterr().out
