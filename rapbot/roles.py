"""The processes of ours that `rapbot up` keeps alive, and how it sees that they are ready."""

from config import Settings
from rapbot.system import Role
from workers.app import TRAINER_NODE, make_app

_PING_TIMEOUT_S = 1.0


def worker_answers(settings: Settings) -> bool:
    """Tell whether a worker answers on the broker."""
    return _answers(settings, "celery@*")


def trainer_answers(settings: Settings) -> bool:
    """Tell whether a trainer answers on the broker."""
    return _answers(settings, f"{TRAINER_NODE}@*")


def _answers(settings: Settings, nodes: str) -> bool:
    with make_app(settings) as app:
        return bool(app.control.ping(timeout=_PING_TIMEOUT_S, pattern=nodes, matcher="glob"))


def worker_role() -> Role:
    """Return the worker, which is ready when it answers."""
    return Role("worker", worker_answers, _answering)


def _answering(settings: Settings) -> str:
    """Say what answers, which is another profile as long as views lack keys of the wanted one."""
    from rap_engine.memory import Database  # noqa: PLC0415
    from rap_engine.memory.in_service import read_serving  # noqa: PLC0415

    assert settings.database_url is not None  # noqa: S101  a started system has one
    database = Database(settings.database_url.get_secret_value(), pool_size=0)
    with database.transaction() as session:
        serving = read_serving(session)
    if serving is None or serving.profile == settings.profile:
        return f"ready (profile {settings.profile})"
    return f"ready ({serving.profile} serves until {settings.profile} has its keys)"


def trainer_role() -> Role:
    """Return the trainer, which gets time for a last checkpoint when it is to end."""
    # Five seconds more than it gives the process that trains.
    return Role("trainer", trainer_answers, lambda _settings: "ready", stop_timeout_s=25.0)


def can_train(settings: Settings) -> bool:
    """Tell whether the profile's generator can be trained: a language model in this process."""
    from rap_engine.profiles import read_recipe  # noqa: PLC0415
    from rap_engine.profiles.recipe import TransformersRecipe  # noqa: PLC0415

    recipe = read_recipe(settings.profile, settings.data_dir)
    return isinstance(recipe.generator, TransformersRecipe)


def bot_role() -> Role:
    """Return the bot, which is ready when Telegram knows its token."""
    return Role("bot", lambda _settings: True, _serving)


def _serving(settings: Settings) -> str:
    # Telegram's library is a sixth of a second that verbs without a bot need not wait for.
    from rapbot.token import TelegramUnreachable, bot_username  # noqa: PLC0415

    try:
        return f"serving @{bot_username(settings)}"
    except TelegramUnreachable as error:
        # It keeps trying by itself: a laptop may be offline for a while.
        return f"started, but: {error} It goes on trying"
