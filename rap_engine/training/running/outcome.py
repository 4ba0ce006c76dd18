"""How a run's process says what came of it, to whoever started it."""

from typing import Final

RESULT_FILE: Final = "result.json"
"""What each stage came to, by its name."""
FAILURE_FILE: Final = "failure.json"
"""`code` and `message` of what went wrong."""
STOPPED: Final = 3
"""Exit status of a process that was told to end and kept what it had."""
