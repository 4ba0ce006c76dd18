"""How long each waits for what it ends, in seconds: who stands outside waits longer."""

from typing import Final

RANKS_S: Final = 14.0
"""A run's process, for the processes of several GPUs to keep a last checkpoint."""
RUN_S: Final = 20.0
"""A trainer, for its run's process; less than the trainer itself gets from who ends it."""
ORPHAN_S: Final = 60.0
"""What nobody listens to any longer, for its own last checkpoint: nobody waits for its end."""
NEXT_ATTEMPT_S: Final = 90.0
"""The next attempt, for what an earlier one left behind."""
