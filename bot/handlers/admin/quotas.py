"""Quotas of one person or one list, in place of those of the settings."""

from bot.administration.accounts import set_quotas_of_list, set_quotas_of_person
from bot.administration.person import PersonId
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context
from rap_engine.memory.people import find_user
from rap_engine.memory.usage import MB

_DEFAULT = "default"
_MOST = 1_000_000_000
_OF_A_PERSON = {"jobs": ("jobs_a_day", 1)}
_OF_A_LIST = {
    "jobs": ("jobs_a_day", 1),
    "concepts": ("most_concepts", 1),
    "mb": ("most_bytes", MB),
}
"""What an admin writes -> the column, and how many of its units that is."""
Units = dict[str, tuple[str, int]]


def of_person(context: Context, words: str) -> None:
    """Set the quotas of a person: `NUMBER jobs=50`."""
    name, *pairs = words.split() or [""]
    person, quotas = PersonId.read(name), _read(pairs, _OF_A_PERSON)
    if person is None or quotas is None:
        context.say("admin_quota_how")
        return
    user_id = find_user(context.session, person.channel, person.external_id)
    if user_id is None:
        context.say("admin_user_unknown", person=str(person))
    else:
        set_quotas_of_person(context.session, admin_of(context), user_id, quotas)
        context.say("admin_quota_set", of=str(person), quotas=" ".join(pairs))


def of_list(context: Context, words: str) -> None:
    """Set the quotas of a list: `ID concepts=1000 mb=2000 jobs=600`."""
    number, *pairs = words.split() or [""]
    list_id, quotas = _number(number), _read(pairs, _OF_A_LIST)
    if list_id is None or quotas is None:
        context.say("admin_quota_how")
    elif set_quotas_of_list(context.session, admin_of(context), list_id, quotas):
        context.say("admin_quota_set", of=f"list {list_id}", quotas=" ".join(pairs))
    else:
        context.say("admin_list_unknown", list=str(list_id))


def _read(pairs: list[str], units: Units) -> dict[str, int | None] | None:
    """Return column -> value, None being the settings' again; None if a pair is not one."""
    quotas: dict[str, int | None] = {}
    for pair in pairs:
        name, _, value = pair.lower().partition("=")
        number = _number(value)
        if name not in units or (number is None and value != _DEFAULT):
            return None
        column, size = units[name]
        quotas[column] = None if number is None else number * size
    return quotas or None


def _number(text: str) -> int | None:
    # By length first: Python refuses to read digits by the thousand.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MOST))):
        return None
    return min(int(text), _MOST)


TOPIC = Topic(acts={"quota": of_person, "quota list": of_list})
