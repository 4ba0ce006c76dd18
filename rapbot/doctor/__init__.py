"""What is wrong with this machine, and how to mend it. A check is a function; `CHECKS` lists them.

To add one, write a function from settings to a `Finding` in the file of its topic and list it here.
"""

from collections.abc import Sequence

from config import Settings
from rapbot.doctor import combinations, data, gpu, keys, machine, profile, servers, telegram
from rapbot.doctor.finding import Check, Finding

__all__ = ["CHECKS", "Check", "Finding", "examine"]

CHECKS: tuple[Check, ...] = (
    machine.python_version,
    machine.platform_has_wheels,
    machine.memory,
    combinations.somebody_may_write,
    combinations.limits_fit_together,
    data.data_dir_is_usable,
    data.disk_space,
    data.sockets_work,
    data.can_leave_root,
    servers.postgres_runs,
    servers.valkey_runs,
    servers.database_has_pgvector,
    servers.broker_answers,
    profile.profile_loads,
    gpu.models_fit,
    keys.keys_are_made,
    telegram.token_is_known,
    telegram.webhook_works,
    data.system_runs,
)


def examine(settings: Settings, checks: Sequence[Check]) -> list[Finding]:
    """Run the checks. One that fails in a way nobody thought of is a problem, not an end."""
    return [_run(check, settings) for check in checks]


def _run(check: Check, settings: Settings) -> Finding:
    try:
        return check(settings)
    except Exception as error:  # noqa: BLE001  a doctor must reach the last patient
        name = check.__name__.replace("_", " ")
        # The type only: the text of a driver's error can hold a password.
        return Finding.problem(
            name,
            f"could not be checked ({type(error).__name__})",
            "Report this as a bug of rapbot.",
        )
