"""/privacy: what is kept, for how long, who sees it, and the buttons that go with it."""

from bot.handlers.context import Context
from bot.handlers.privacy import actions
from rap_engine.errors import RapError
from rap_engine.memory.consent import agreed_to_training_at
from rap_engine.memory.in_service import read_serving
from rap_engine.profiles.recipe import OpenAiRecipe
from rap_engine.profiles.shelf import read_recipe
from workers.jobs.retention import KEEP_UPLOADS, UNDO_FORGET
from workers.jobs.values import Content


def privacy(context: Context) -> None:
    """Say it in plain words, with this system's own numbers."""
    agreed_at = agreed_to_training_at(context.session, context.user_id)
    parts = [context.texts.say("privacy_kept"), _seen(context)]
    if agreed_at is None:
        parts.append(context.texts.say("privacy_training_off"))
    else:
        day = agreed_at.date().isoformat()
        parts.append(context.texts.say("privacy_training_on", day=day))
    parts.append(_rights(context))
    training = actions.TRAINING_AGREE if agreed_at is None else actions.TRAINING_WITHDRAW
    shown = (actions.TIMES, actions.EXPORT, training, actions.ERASE_ASK)
    buttons = tuple(actions.button(context, action) for action in shown)
    context.say_below(Content(text="\n\n".join(parts), buttons=buttons))


def times(context: Context) -> None:
    """Say for how long it is kept."""
    settings = context.settings
    told = context.texts.say(
        "privacy_times",
        uploads=_days(context, KEEP_UPLOADS.total_seconds() / 86_400),
        forgotten=_days(context, UNDO_FORGET.total_seconds() / 86_400),
        conversations=_days(context, settings.keep_conversations_days),
        replies=_days(context, settings.keep_replies_days),
        inbox=_days(context, settings.keep_inbox_days),
        history=_days(context, settings.keep_history_days),
    )
    if context.address.channel == "console":
        told = f"{told}\n{context.texts.say('privacy_kept_console')}"
    context.say_below(Content(text=told))


def _seen(context: Context) -> str:
    seen = context.texts.say("privacy_seen")
    if not _asks_a_server(context):
        return seen
    return f"{seen}\n{context.texts.say('privacy_seen_server')}"


def _rights(context: Context) -> str:
    rights, contact = context.texts.say("privacy_rights"), context.settings.contact
    if contact is None:
        return rights
    return f"{rights}\n{context.texts.say('privacy_contact', contact=contact)}"


def _asks_a_server(context: Context) -> bool:
    """Say whether the profile that answers asks a server; one that cannot be read might."""
    serving = read_serving(context.session)
    profile = context.settings.profile if serving is None else serving.profile
    try:
        recipe = read_recipe(profile, context.settings.data_dir)
    except RapError:
        return True
    return isinstance(recipe.generator, OpenAiRecipe)


def _days(context: Context, days: float) -> str:
    if days == 1:
        return context.texts.say("privacy_day")
    return context.texts.say("privacy_days", days=f"{days:g}")
