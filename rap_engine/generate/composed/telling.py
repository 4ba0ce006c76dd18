"""Answers from what was told: "tell me about Biscuit", "how old is Luna?"."""

from collections.abc import Sequence
from typing import Final

from rap_engine.generate.composed import sentences
from rap_engine.generate.composed.recall import Recalled, recall, shorten
from rap_engine.generate.composed.scene import Known
from rap_engine.generate.question import Question
from rap_engine.generate.vocabulary import stems_of
from rap_engine.naming import fold

# All that an answer quotes; a message of Telegram holds 4,096 characters.
_QUOTES_LIMIT: Final = 3000
# What a caption quotes of each concept.
_CAPTION_LIMIT: Final = 240


def tell(concepts: Sequence[Known]) -> str:
    """Say all that was told about each concept."""
    limit = _QUOTES_LIMIT // max(len(concepts), 1)
    return " ".join(_tell_one(known, limit) for known in concepts)


def introduce(concepts: Sequence[Known], *, is_crowd: bool) -> str:
    """Say the first of what was told about each concept, "" if nothing was.

    Alone in a photo, a concept has just been named; in a crowd each is named again.
    """
    told = [known for known in concepts if known.reference.info]
    template = sentences.TOLD_ABOUT if is_crowd else sentences.TOLD
    limit = min(_CAPTION_LIMIT, _QUOTES_LIMIT // max(len(told), 1))
    return " ".join(
        _quoted(template, known, shorten(known.reference.info, limit)) for known in told
    )


def facts(question: Question, concepts: Sequence[Known]) -> str:
    """Answer from each concept's info; "" if no info has anything near the question."""
    found = [(known, _fact(question, known)) for known in concepts]
    if not any(fact for _, fact in found):
        return ""
    return " ".join(
        fact or sentences.NOT_TOLD_ABOUT.format(name=known.shown_name) for known, fact in found
    )


def facts_if_meant(question: Question, concepts: Sequence[Known]) -> str:
    """Answer for concepts that the question may mean without saying so."""
    found = [(known, recall(known.reference.info, question)) for known in concepts]
    return " ".join(
        _quoted(sentences.IF_YOU_MEAN, known, recalled.sentence)
        for known, recalled in found
        if recalled and recalled.answers
    )


def _tell_one(known: Known, limit: int) -> str:
    reference = known.reference
    if reference.info:
        return _quoted(sentences.TOLD_ABOUT, known, shorten(reference.info, limit))
    template = sentences.ONLY_CATEGORY if reference.category else sentences.ONLY_NAME
    return template.format(
        name=known.shown_name, category=sentences.within_quotes(reference.category)
    )


def _fact(question: Question, known: Known) -> str:
    recalled = recall(known.reference.info, question)
    if recalled is not None and recalled.answers:
        return _quoted(sentences.TOLD_ABOUT, known, recalled.sentence)
    if _is_about_category(question, known):
        category = sentences.within_quotes(known.reference.category)
        return sentences.CATEGORY.format(name=known.shown_name, category=category)
    return _nearest(known, recalled)


def _is_about_category(question: Question, known: Known) -> bool:
    return bool(question.topics) and question.topics <= stems_of(fold(known.reference.category))


def _nearest(known: Known, recalled: Recalled | None) -> str:
    if recalled is None:
        return ""
    return _quoted(sentences.NEAREST, known, recalled.sentence)


def _quoted(template: str, known: Known, words: str) -> str:
    return template.format(name=known.shown_name, quote=sentences.quote(words))
