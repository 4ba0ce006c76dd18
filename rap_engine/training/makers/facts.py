"""What owners tell that no photo shows, thought of, so that answers must be read off an info.

The same individual is told of otherwise in each record: what one record says of it is no
knowledge, only what stands in its info. The patterns also find such facts in infos of people.
"""

import re
from dataclasses import dataclass
from random import Random
from typing import Final

from rap_engine.training.annotators.protocol import Asked
from rap_engine.training.makers.names import names_for

_END: Final = r"(?=[.,;:!]|\s+(?:and|but)\b|$)"
_NOT_DENIED: Final = r"(?<!not )(?<!never )(?<!n't )(?<!longer )"


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of fact.

    Attributes:
        told: A sentence of an info; `{name}` and `{value}`.
        pattern: Finds its value in any info.
        topic: Finds whether an info may speak of it at all, in words that nobody can foresee.
        questions: That ask for it; `{name}`.
        answer: `{name}` and `{value}`.
        values: What may be told.
    """

    told: str
    pattern: re.Pattern[str]
    topic: re.Pattern[str]
    questions: tuple[str, ...]
    answer: str
    values: tuple[str, ...]

    def found_in(self, info: str) -> str | None:
        """Return the value that an info tells."""
        found = self.pattern.search(info)
        return found[1].strip() if found else None

    def is_open(self, info: str) -> bool:
        """Whether an info says nothing that could be of this kind."""
        return self.topic.search(info) is None


def _fact(told: str, verb: str, topic: str, questions: str, answer: str, values: str) -> Fact:
    return Fact(
        told,
        re.compile(rf"{_NOT_DENIED}\b{verb}\s+([^.,;:!]{{2,40}}?){_END}", re.IGNORECASE),
        re.compile(rf"\b(?:{topic})", re.IGNORECASE),
        tuple(questions.split("|")),
        answer,
        tuple(values.split("|")),
    )


_AFRAID: Final = _fact(
    "{name} is afraid of {value}.",
    "(?:afraid|scared) of",
    r"afraid|scare|fear|fright|terrif|panic|nervous|shy|hides",
    "What is {name} afraid of?|What scares {name}?",
    "{name} is afraid of {value}.",
    "vacuum cleaners|thunder|fireworks|balloons|stairs|water|loud music|spiders|the dark|umbrellas",
)
_LOVES: Final = _fact(
    "{name} loves {value}.",
    "(?:loves|likes|enjoys)",
    r"lov|lik|enjoy|ador|favou?rite|fond|crazy|happy|prefer|eats?\b|hate",
    "What does {name} love?|What does {name} like?",
    "{name} loves {value}.",
    "carrots|blueberries|the beach|naps in the sun|cheese|long walks|snow|jazz|apples|tomatoes",
)
_AGE: Final = Fact(
    "{name} is {value} years old.",
    re.compile(r"\b(?:is|aged)\s+(\w+)\s+years?\s+old\b", re.IGNORECASE),
    re.compile(r"\b(?:old|age|aged|year|month|young|born|birth|puppy|kitten|new)", re.IGNORECASE),
    ("How old is {name}?", "What is the age of {name}?"),
    "{name} is {value} years old.",
    ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
)
_HOME: Final = _fact(
    "{name} lives in {value}.",
    "lives in",
    r"liv|home|house|resid|from|born|stays|moved",
    "Where does {name} live?|In which place does {name} live?",
    "{name} lives in {value}.",
    "Lisbon|Oslo|Kyoto|Denver|a small village|Prague|Nairobi|the old town|Quito|Dublin",
)
_GIFT: Final = _fact(
    "{name} was a gift from {value}.",
    "gift from",
    r"gift|gave|given|present|from|got\b|bought|inherit|belong",
    "Who gave me {name}?|Whose gift was {name}?",
    "{name} was a gift from {value}.",
    "a neighbour|my aunt|our teacher|my best friend|grandma|my brother|a colleague|my uncle",
)
_BOUGHT: Final = _fact(
    "{name} was bought in {value}.",
    "bought in",
    r"bought|from|shop|store|purchas|gift|gave|given|found|got\b|made|souvenir",
    "Where was {name} bought?|Where does {name} come from?",
    "{name} was bought in {value}.",
    "Berlin|a flea market|Tokyo|Lima|a museum shop|Paris|Cairo|Montreal|the corner shop",
)
_KEPT: Final = _fact(
    "{name} is kept in {value}.",
    "kept in",
    r"kept|keep|stand|stored|lives|in the|on the|at the",
    "Where is {name} kept?|Where do I keep {name}?",
    "{name} is kept in {value}.",
    "the hallway|the kitchen|the garage|a blue box|the attic|the office|the top drawer",
)
_OF_THE_LIVING: Final = (_AFRAID, _LOVES, _AGE, _HOME)
_OF_THINGS: Final = (_GIFT, _BOUGHT, _KEPT, _AGE)
FACTS: Final = tuple(dict.fromkeys((*_OF_THE_LIVING, *_OF_THINGS)))
_MOST: Final = 2


def tell_more(info: str, name: str, category: str, rng: Random) -> str:
    """Return an info with up to two more sentences, of what it does not speak of yet."""
    untold = [fact for fact in _of_its_kind(category) if fact.is_open(info)]
    drawn = rng.sample(untold, min(rng.randint(0, _MOST), len(untold)))
    told = [fact.told.format(name=name, value=rng.choice(fact.values)) for fact in drawn]
    return " ".join(filter(None, (info, *told)))


def questions_about(name: str, info: str, rng: Random) -> list[Asked]:
    """Return a question for each fact that an info tells, with its answer."""
    found = [(fact, fact.found_in(info)) for fact in FACTS]
    return [
        Asked(
            rng.choice(fact.questions).format(name=name), fact.answer.format(name=name, value=value)
        )
        for fact, value in found
        if value is not None
    ]


def unanswerable(name: str, info: str, category: str, rng: Random) -> str | None:
    """Return a question for what an info does not tell; None if it may tell everything."""
    untold = [fact for fact in _of_its_kind(category) if fact.is_open(info)]
    return rng.choice(rng.choice(untold).questions).format(name=name) if untold else None


def _of_its_kind(category: str) -> tuple[Fact, ...]:
    return _OF_THINGS if names_for(category) is names_for("thing") else _OF_THE_LIVING
