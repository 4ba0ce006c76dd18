"""English. `{name}` and its like are filled with data; nothing in the data is read as text."""

from bot.texts.en import asking, concepts, faults, surfaces

MESSAGES: dict[str, str] = {
    **asking.MESSAGES,
    **concepts.MESSAGES,
    **faults.MESSAGES,
    **surfaces.MESSAGES,
}
