"""English. `{name}` and its like are filled with data; nothing in the data is read as text."""

from bot.texts.en import (
    admin,
    asking,
    concepts,
    families,
    faults,
    groups,
    limits,
    privacy,
    surfaces,
    training,
)

MESSAGES: dict[str, str] = {
    **admin.MESSAGES,
    **asking.MESSAGES,
    **concepts.MESSAGES,
    **families.MESSAGES,
    **faults.MESSAGES,
    **groups.MESSAGES,
    **limits.MESSAGES,
    **privacy.MESSAGES,
    **surfaces.MESSAGES,
    **training.MESSAGES,
}
