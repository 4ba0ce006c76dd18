"""What a question asks for."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from rap_engine.generate.protocol import GenerationRequest
from rap_engine.generate.vocabulary import (
    Cue,
    content_words,
    cue_in,
    is_place_word,
    stem,
    words_of,
)
from rap_engine.naming import find_mentions, fold

# Stands for a name in a question whose names are blanked out, so that no name is a word.
NAME: Final = "\ufffc"

_CONTRACTED: Final = re.compile(r"\b(who|what|where|how|that|it|he|she|there|when)(?:'s|s)\b")
_LOOKS_LIKE: Final = re.compile(r"\blooks? like\b")
_LOOKS_CLOSER: Final = re.compile(
    r"\b(?:doing|wearing|holding|carrying|happening|going on)\b"
    r"|^what\b.*\b(?:near|behind|beside|under|above|below|around|on|with|to|in front of) \ufffc"
    r"|^(?:is|are|was|were)\b.*\b(?!(?:thing|something|anything|nothing|everything|during|morning"
    r"|evening|king|ring|string|spring|sibling|darling|wing|being|standing|sitting|lying)\b)"
    r"[^\W\d_]{2,}ing\b"
)
_OPENS_QUESTION: Final = re.compile(
    r"^(?:who|whose|whom|what|which|where|when|why|how|is|are|was|were|am|do|does|did|can|could|has"
    r"|have|will|would|should|tell|show|find|locate|point|name|describe|caption|give|isn't|aren't"
    r"|doesn't|don't|didn't|wasn't)\b"
)
_GREETING: Final = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|and|please|well|now)\s+"
    r"|(?:(?:can|could|would) you )?(?:please )?tell me (?=who|what|where|when|how|if|whether|is)"
    r"|do you know (?=who|what|where|when|how|if|whether)|(?:if|whether)\s+)+"
)
_TELLS: Final = frozenset({"tell", "describe", "about", "know"})
_SEARCHES: Final = frozenset({"find", "locate", "point", "show"})
_IDENTIFIES: Final = re.compile(
    r"^what (?:is|are) (?:this|that|it|these|those)\b|\bnames?\b|\b(?:recogni[sz]e|identify|know)\b"
)


_HELLO: Final = re.compile(
    r"(?:hi|hiya|hello|hey|good (?:morning|day|afternoon|evening))(?: (?:there|bot|again|you))*"
)
_THANKS: Final = re.compile(
    r"(?:ok(?:ay)? |cool |great )?(?:thanks|thank you|thx)(?: (?:you|a lot|very much|so much|bot))*"
)


class Asks(Enum):
    """The kinds of questions that have answers of their own."""

    HELLO = auto()
    THANKS = auto()
    CAPTION = auto()
    WHO = auto()
    PRESENCE = auto()
    PLACE = auto()
    TELL = auto()
    CLOSER_LOOK = auto()
    FACT = auto()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood.

    Attributes:
        asks: The kind of answer that it wants.
        named: The concepts that it names, in order.
        kinds: Detector labels and categories that it says: "the dog".
        topics: Stems of the words that say what a fact is about.
        cue: The type of fact that it asks for, if it is one of a known type.
        chooses: Whether it offers a choice of names, which yes or no does not answer.
    """

    asks: Asks
    named: tuple[int, ...]
    kinds: frozenset[str]
    topics: frozenset[str]
    cue: Cue | None
    chooses: bool


def understand(request: GenerationRequest) -> Question:
    """Read the question of a request, in the light of the names and kinds around it."""
    folded = fold(request.question).replace(NAME, " ")
    names = {one.concept_id: one.name for one in request.references}
    mentions = find_mentions(folded, names)
    blanked = folded
    for mention in reversed(mentions):
        blanked = f"{blanked[: mention.start]} {NAME} {blanked[mention.end :]}"
    plain = _plain(blanked)
    kinds, contents = _split_kinds(content_words(plain), _kinds_around(request))
    cue = cue_in(plain)
    spent = cue.spent if cue else frozenset()
    topics = frozenset(stem(word) for word in contents if word not in spent)
    has_photo = request.photo is not None
    said = None if has_photo else _small_talk(blanked)
    return Question(
        asks=said or _kind_of(plain, "?" in folded, contents, cue, has_photo=has_photo),
        named=tuple(dict.fromkeys(found for one in mentions for found in one.concept_ids)),
        kinds=frozenset(kinds),
        topics=topics,
        cue=cue,
        chooses=" or " in plain[plain.find(NAME) : plain.rfind(NAME) + 1],
    )


def _plain(blanked: str) -> str:
    """Return the words alone, contractions written out, what is only polite left away."""
    words = " ".join(re.findall(rf"{NAME}|[^\W_]+(?:'[^\W_]+)?", blanked))
    return _GREETING.sub("", _LOOKS_LIKE.sub("", _CONTRACTED.sub(r"\1 is", words))).strip()


def _kinds_around(request: GenerationRequest) -> frozenset[str]:
    labels = {fold(region.label) for region in request.regions if region.label}
    return frozenset(labels | {fold(one.category) for one in request.references})


def _split_kinds(contents: list[str], around: Collection[str]) -> tuple[frozenset[str], list[str]]:
    """Part the words that name a kind of thing ("teddy bears") from all others."""
    stems = {kind: [stem(word) for word in words_of(kind)] for kind in around}
    asked = [stem(word) for word in contents]
    said = {kind for kind, words in stems.items() if words and set(words) <= set(asked)}
    spent = {word for kind in said for word in stems[kind]}
    return frozenset(said), [word for word in contents if stem(word) not in spent]


def _small_talk(blanked: str) -> Asks | None:
    words = " ".join(words_of(blanked))
    if _HELLO.fullmatch(words):
        return Asks.HELLO
    return Asks.THANKS if _THANKS.fullmatch(words) else None


def _kind_of(
    plain: str,
    has_mark: bool,
    contents: list[str],
    cue: Cue | None,
    *,
    has_photo: bool,
) -> Asks:
    is_question = has_mark or _OPENS_QUESTION.search(plain) is not None
    names_someone = NAME in plain
    if has_photo and not is_question and plain.replace(NAME, "").strip():
        return Asks.CAPTION
    if has_photo and _LOOKS_CLOSER.search(plain):
        return Asks.CLOSER_LOOK
    topics = [word for word in contents if not is_place_word(word) and word not in _SEARCHES]
    if topics and has_photo and re.match(r"(?:is|are) there\b", plain):
        return Asks.CLOSER_LOOK
    if topics or (cue is not None and (cue.spent or " from" in plain)):
        return Asks.FACT
    if _asks_place(plain, contents):
        return Asks.PLACE
    return _named_kind(plain, has_photo) if names_someone else _nameless_kind(plain, has_photo)


def _asks_place(plain: str, contents: list[str]) -> bool:
    if re.search(r"\bwho\b", plain):
        return False
    says_place = any(is_place_word(word) for word in contents)
    return says_place or re.search(r"\bwhere\b|^(?:find|locate|point|show)\b", plain) is not None


def _named_kind(plain: str, has_photo: bool) -> Asks:
    words = set(words_of(plain))
    if words & _TELLS or re.match(rf"(?:who|what|which)\b(?:.* )?(?:is|are) {NAME}", plain):
        return Asks.TELL
    if re.search(r"\bwho\b", plain):
        return Asks.WHO
    if re.match(r"(?:what|which|why|how|when)\b", plain):
        return Asks.TELL
    if has_photo or words & {"see", "photo", "picture", "image", "here"}:
        return Asks.PRESENCE
    return Asks.TELL


def _nameless_kind(plain: str, has_photo: bool) -> Asks:
    if re.search(r"\b(?:who|whom|which|any(?:one|body)|some(?:one|body))\b", plain):
        return Asks.WHO
    if _IDENTIFIES.search(plain) and "describe" not in plain:
        return Asks.WHO
    if re.match(r"(?:is|are|do|does|can|could)\b", plain):
        return Asks.PRESENCE
    return Asks.CAPTION if has_photo else Asks.TELL
