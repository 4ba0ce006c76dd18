"""The small English that questions are understood with: stems, cues and idle words."""

import re
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_STEM_MIN: Final = 3
_SUFFIX: Final = re.compile(rf"(?<=\S{{{_STEM_MIN}}})(?:'s|ies|ied|ing|ed|es|s|y|e)$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IDLE: Final = _words(
    """
    a an the this that these those it its he his him she her hers they them their theirs i me my
    mine we us our ours you your yours one ones some any anyone anybody anything someone somebody
    something everyone everybody all both each other another there here who whom whose what which
    where when why how is are am was were be been being isn't aren't wasn't do does did don't
    doesn't didn't has have had having got get can can't could will would shall should may might
    must and or but if then so than as of in on at to for with by from about into onto near next
    out up down over not no yes please hi hello hey ok okay just really actually exactly also too
    now today ever again still true maybe think believe know knows remember recognise recognize
    recognised recognized identify see seen sees show shows shown tell say said told look looks
    photo photos picture pictures image images pic pics shot photograph snapshot visible present
    part kind sort type breed species animal pet thing name named called let much many more most
    very only lot i'm you're describe describes description caption captions give contain contains
    """
)
_SCENE_PLACES: Final = _words(
    """
    left right top bottom middle centre center upper lower corner side standing sitting lying
    """
)

# Words that ask for the same thing. The first stands for all of them.
_ALIKE: Final = (
    ("afraid", "fear", "scare", "frighten", "terrify", "phobia"),
    ("like", "love", "enjoy", "adore", "favourite", "favorite", "fond"),
    ("hate", "dislike", "detest"),
    ("eat", "food", "diet", "feed", "meal"),
    ("live", "reside", "home"),
    ("own", "owner", "belong"),
    ("doctor", "vet"),
)


def _bare(word: str) -> str:
    stem = word
    while not stem.endswith("ss") and (shorter := _SUFFIX.sub("", stem)) != stem:
        stem = shorter
    is_doubled = len(stem) > _STEM_MIN and stem[-1] == stem[-2] and stem[-1] not in "sl"
    return stem[:-1] if is_doubled else stem


_CANONICAL: Final = {_bare(word): group[0] for group in _ALIKE for word in group}

# Too common to answer anything alone: "does Pip love cats?" is not about the beach.
WEAK: Final = frozenset({"like"})


def words_of(folded: str) -> list[str]:
    """Return the words of a folded text."""
    return _WORD.findall(folded)


def stem(word: str) -> str:
    """Return what the forms of a word, and the words that ask for the same, have in common."""
    bare = _bare(word)
    return _CANONICAL.get(bare, bare)


def stems_of(folded: str) -> frozenset[str]:
    """Return the stems of a folded text's words, idle words included."""
    return frozenset(stem(word) for word in words_of(folded))


def content_words(folded: str) -> list[str]:
    """Return the words of a question that say what it is about."""
    return [word for word in words_of(folded) if word not in _IDLE]


def is_place_word(word: str) -> bool:
    """Whether the word asks for a place within the photo."""
    return word in _SCENE_PLACES


@dataclass(frozen=True, slots=True)
class Cue:
    """A type of question, told by its words, and what a sentence that answers it looks like.

    `spent` are the words of the question that the cue stands for.
    """

    asks: re.Pattern[str]
    answers: re.Pattern[str]
    spent: frozenset[str]


def _cue(asks: str, answers: str, spent: str) -> Cue:
    return Cue(re.compile(rf"(?<!\w)(?:{asks})(?!\w)"), re.compile(answers), _words(spent))


_NUMBER = (
    r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)"
)
_UNIT = r"(?:years?|months?|weeks?|days?|yrs?)"
_YEAR = r"\b(?:1[5-9]|20)\d\d\b"
_AGE = (
    rf"\b{_NUMBER}(?: and a half)?[ -]{_UNIT}[ -](?:old|of age|young)\b|\b\d+ ?yo\b"
    rf"|\b(?:is|are|turned|turns|aged?)(?: \w+)? {_NUMBER}(?: {_UNIT})?(?=[.,;!]|$| and\b| now\b)"
    rf"|\bborn\b|\bbirthday\b|{_YEAR}|\bcentury\b|\b(?:very|quite|rather|so) (?:old|young)\b"
)
_WHEN = (
    rf"{_YEAR}|\b(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn"
    r"|winter|christmas|easter|morning|noon|evening|night|midnight|ago|since|yesterday|daily"
    r"|weekly|yearly|when|before|after|during|\d{1,2}(?::\d\d)? ?(?:am|pm)|\d{1,2}:\d\d)\b"
)
_COLOURS = (
    r"\b(?:black|white|gr[ea]y|brown|red|orange|yellow|green|blue|purple|violet|pink|lilac|mint"
    r"|golden?|silver|ginger|beige|cream|tan|turquoise|teal|cyan|magenta|maroon|navy|ivory|khaki"
    r"|copper|bronze|colou?r(?:s|ed|ful)?|brindle|tabby|tricolou?r|spotted|striped)(?:ish|y)?\b"
)
_SIZES = (
    r"\b(?:small|smallish|little|tiny|mini|big|large|huge|giant|tall|short|long|heavy|light|thin"
    r"|fat|slim|wide|\d+(?:[.,]\d+)? ?(?:kg|kilos?|g|grams?|pounds?|lbs?|cm|mm|m|metres?|meters?"
    r"|inch(?:es)?|feet|ft|litres?|liters?|ml|l))\b"
)
_ORIGINS = (
    r"\b(?:from|born|found|adopted|bought|rescued?|shelter|gift|present|inherited|came|comes|bred"
    r"|made in|belonged)\b"
)
_WHEREABOUTS = r"\b(?:in|at|on|under|near|by|behind|inside|from|outside|beside|next to|with)\b"
_HOMES = r"\b(?:lives?|living|stays?|home|kept|sits|stands|hangs|belongs)\b"

CUES: Final = (
    _cue(
        "how old|what age|age of|birthday|how long ago|when (?:was|were|is) \ufffc born"
        "|when (?:was|were) (?:he|she|it|they) born|how many years|year of birth|age",
        _AGE,
        "old age aged birthday born long ago year years birth",
    ),
    _cue("colou?rs?|coloured", _COLOURS, "color colour colors colours coloured"),
    _cue(
        "how (?:big|large|heavy|tall|long|small)|what size|weigh|weighs|weight|size of",
        _SIZES,
        "big large heavy tall long small size weigh weighs weight",
    ),
    _cue(
        r"where (?:\S+ ){1,6}(?:from|born|come from|found|bought|adopted)"
        "|where did (?:you|we|i) (?:get|find|buy)",
        _ORIGINS,
        "from born come comes came found find bought buy adopted",
    ),
    _cue("when|what year|what date|what time|which year", _WHEN, "year date time"),
    _cue("where (?:is|are) (?:\ufffc|he|she|it|they)$", _HOMES, ""),
    _cue("where", _WHEREABOUTS, ""),
    _cue("how many", rf"\b{_NUMBER}\b", ""),
)


def cue_in(plain: str) -> Cue | None:
    """Return the type of a question whose names are blanked out, None for no type of its own."""
    return next((cue for cue in CUES if cue.asks.search(plain)), None)
