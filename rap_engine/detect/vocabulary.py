"""What a detector with an open vocabulary looks for."""

from collections.abc import Iterable

from rap_engine.naming import fold

MOST_OWN_WORDS = 100
"""Categories of a person's lists that are looked for: each costs time and memory."""

GENERAL_WORDS = (
    # those who are remembered
    "person", "child", "baby", "face", "dog", "puppy", "cat", "kitten", "rabbit", "hamster",
    "guinea pig", "mouse", "ferret", "hedgehog", "bird", "parrot", "chicken", "duck", "fish",
    "turtle", "tortoise", "lizard", "snake", "frog", "horse", "pony", "donkey", "cow", "sheep",
    "goat", "pig",
    # what is dear to somebody
    "stuffed animal", "teddy bear", "doll", "toy", "action figure", "toy car", "robot", "figurine",
    "statue", "backpack", "handbag", "suitcase", "wallet", "hat", "cap", "shoe", "sneaker", "boot",
    "jacket", "dress", "shirt", "glasses", "sunglasses", "watch", "ring", "necklace",
    # what stands in a home
    "cup", "mug", "teapot", "bottle", "bowl", "plate", "vase", "potted plant", "flower", "tree",
    "candle", "lamp", "clock", "picture frame", "painting", "book", "pillow", "blanket", "chair",
    "couch", "table", "bed", "can", "box", "basket", "cake",
    # what is used
    "cell phone", "laptop", "camera", "headphones", "game controller", "guitar", "piano", "violin",
    "ball", "racket", "skateboard", "umbrella", "stroller", "bicycle", "motorcycle", "scooter",
    "car", "truck", "boat", "tent",
)  # fmt: skip


def vocabulary_of(categories: Iterable[str]) -> tuple[str, ...]:
    """Return what to look for: a person's categories, then what people photograph anyhow.

    Each word once, as `naming.fold` writes it; at most `MOST_OWN_WORDS` are the person's.
    """
    own = dict.fromkeys(word for category in categories if (word := fold(category)))
    return tuple(dict.fromkeys([*list(own)[:MOST_OWN_WORDS], *GENERAL_WORDS]))
