"""Retrieve by words: the concepts whose names a question says."""

from collections.abc import Mapping

from rap_engine.naming import find_mentions, fold

__all__ = ["fold", "named_in"]


def named_in(question: str, names: Mapping[int, str]) -> list[int]:
    """Return the ids of the concepts that the question names, in order of appearance.

    Args:
        question: What the person wrote.
        names: The name of each concept that the person may see, by concept id.

    Returns:
        Each id once. Concepts of the same name in two lists are all returned.
    """
    mentions = find_mentions(fold(question), names)
    return list(dict.fromkeys(found for mention in mentions for found in mention.concept_ids))
