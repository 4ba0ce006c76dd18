"""/rename and /describe: what is known of a concept changes."""

from bot.handlers.context import Context
from bot.handlers.families.choosing import find_the_one, read_pair
from bot.handlers.families.words import list_names
from bot.intake.incoming import Command
from rap_engine.concept_text import clean_info, clean_name
from rap_engine.errors import NameTaken
from rap_engine.memory import Concept, changing


def rename(context: Context, command: Command) -> None:
    """Give a concept another name: `OLD: NEW`."""
    said = read_pair(command.argument)
    if said is None or not said[1]:
        context.say("rename_how")
        return
    concept, name = find_the_one(context, said[0]), clean_name(said[1])
    if concept is None:
        return
    was = concept.name
    try:
        changing.rename(context.session, [concept.list_id], concept.id, name)
    except NameTaken as error:
        context.say("name_taken_there", name=error.name, title=_title(context, concept))
    else:
        _say(context, "renamed", concept, was=was)


def describe(context: Context, command: Command) -> None:
    """Say anew what is known of a concept: `NAME: INFO`."""
    said = read_pair(command.argument)
    if said is None:
        context.say("describe_how")
        return
    concept, info = find_the_one(context, said[0]), clean_info(said[1])
    if concept is None:
        return
    was = changing.describe(context.session, [concept.list_id], concept.id, info)
    before = context.texts.say("before", was=was or context.texts.say("nothing"))
    _say(context, "described" if info else "described_nothing", concept, below=before)


def _title(context: Context, concept: Concept) -> str:
    return list_names(context)[concept.list_id]


def _say(context: Context, notice: str, concept: Concept, below: str = "", **params: str) -> None:
    """Say what was done, and in which list where the person sees several."""
    titles = list_names(context)
    said = context.texts.say(notice, name=concept.name, **params)
    if len(titles) > 1:
        said = f"{said} {context.texts.say('this_was_in', title=titles[concept.list_id])}"
    context.say_text(f"{said}\n{below}" if below else said)
