"""Names for the records' concepts: another one each time, so that no record teaches a name.

An adapter answers everybody. If it learnt that one dog is Mochi, it would say so of others' dogs,
and a family's names would be in its weights.
"""

import re
from collections.abc import Collection
from functools import cache
from random import Random
from typing import Final

from rap_engine.naming import fold


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(separator))


_PEOPLE: Final = _words(
    """
    Ada Adam Aisha Alan Alba Alice Amir Ana Andre Anna Arjun Astrid Ben Bianca Boris Carla
    Carlos Chen Chloe Clara Daniel David Diego Dina Elena Eli Ella Emil Emma Erik Eva Farid
    Felix Fiona Frank Freya Gina Grace Hana Hassan Helen Henry Hugo Ida Igor Ines Iris Ivan
    Jack Jana Joao Jonas Julia Kai Karim Kate Kenji Klara Lars Laura Lena Leo Lin Liam Lucia
    Lukas Maja Marco Maria Mateo Mei Mia Mila Mina Nadia Nina Noah Nora Olga Oliver Omar Oscar
    Paula Pedro Petra Priya Rafael Ravi Rosa Ruth Sam Sara Selma Sofia Sven Tariq Tess Theo
    Tom Vera Viktor Wei Yara Yuki Zara Zoe
    """
)
_PETS: Final = _words(
    """
    Apollo Archie Bailey Bandit Banjo Basil Bean Bella Biscuit Blue Bo Bonnie Bruno Buster
    Button Charlie Chewie Chip Cinder Clover Coco Cookie Cosmo Daisy Dexter Domino Dusty Echo
    Fern Fig Finn Flint Ginger Gizmo Goose Gus Hazel Honey Jasper Jazz Juno Kiki Kiwi Lola
    Loki Lucky Luna Maple Marble Max Milo Misty Mochi Moose Murphy Nacho Nala Noodle Nutmeg
    Olive Oreo Otis Otto Patch Peanut Pepper Pickle Pip Pixel Pluto Poppy Pretzel Pumpkin
    Quincy Rex Ripley Rolo Rosie Rusty Sage Scout Shadow Simba Smokey Socks Sparky Storm Sushi
    Taco Teddy Tiger Toby Tofu Truffle Waffles Whiskers Willow Winnie Yoshi Ziggy Zorro
    """
)
_THINGS: Final = _words(
    """
    Anchor, Atlas, Big Red, Bolt, Bumble, Captain, Champ, Comet, Copper, Dot, Duchess, Dune,
    Ember, Fizz, Flash, Galaxy, Gem, Goldie, Grumps, Happy, Indigo, Ivory, Jade, Jolly, Joy,
    Karma, Lucky Seven, Major, Mango, Merry, Midnight, Mint, Moon, Moss, Nimbus, Nova, Oak,
    Old Faithful, Onyx, Opal, Orbit, Pal, Pearl, Pebble, Plum, Pogo, Puff, Puzzle, Quest,
    Rocket, Ruby, Sir Hugs, Sky, Snug, Speedy, Spot, Sprout, Star, Sunny, Thunder, Tiny,
    Topaz, Trusty, Turbo, Twig, Velvet, Violet, Wanderer, Wizard, Zephyr, bo, dax, fep, gla,
    hib, kez, lup, mov, nir, pav, rin, sks, tob, vem, wug, zib
    """,
    ",",
)
_PERSON_KINDS: Final = frozenset(
    _words(
        """
        person people human man woman men women boy girl child kid baby face lady guy player
        """
    )
)
_ANIMALS: Final = frozenset(
    _words(
        """
        animal antelope bear bird bull bunny calf camel cat cattle chicken cow crab crocodile
        deer dog dolphin donkey duck elephant ferret fish fox frog gecko giraffe goat goldfish
        goose guinea hamster hedgehog hen horse jellyfish kitten koala lamb lion lizard monkey
        mouse otter owl panda parrot penguin pet pig pony puppy rabbit rat seal shark sheep
        snake spider squirrel swan tiger tortoise turtle whale wolf zebra
        """
    )
)
# "A bear toy" is no animal, nor is a "mouse pad".
_NO_ANIMALS: Final = frozenset(
    _words(
        """
        toy plush plushie stuffed teddy doll robot figurine statue model pad sculpture
        """
    )
)

_SHORTEST_STEM: Final = 3
"""Letters; endings of many languages take the place of a name's last letter."""


def names_for(category: str) -> tuple[str, ...]:
    """Return the names that fit a category: a person's, a pet's or a thing's."""
    words = set(category.lower().split())
    if words & _NO_ANIMALS:
        return _THINGS
    if words & _PERSON_KINDS:
        return _PEOPLE
    return _PETS if words & _ANIMALS else _THINGS


def draw_name(category: str, told: str, taken: Collection[str], rng: Random) -> str:
    """Return a name for one record.

    Args:
        category: of who gets it.
        told: words that go along with it; a name that stands in them is somebody else's.
        taken: names of the others in the record, and whose place it takes.
        rng: decides.
    """
    folded = {fold(name) for name in taken}
    told = fold(told)
    names = names_for(category)
    free = [name for name in names if _folded(name) not in folded and _folded(name) not in told]
    return rng.choice(free or names)


@cache
def _folded(name: str) -> str:
    return fold(name)


def renamed(text: str, old: str, new: str) -> str:
    """Return a text with another name in it wherever the old one stands as a word."""
    if not old:
        return text
    return re.sub(rf"<?(?<!\w){re.escape(old)}(?!\w)>?", lambda _: new, text, flags=re.IGNORECASE)


def can_be_renamed(text: str, name: str) -> bool:
    """Whether `renamed` leaves nothing of a name in a text, as far as can be told.

    It leaves what is inflected ("Marta" in "Marty"), written as one word with another, or a part of
    a name alone. Words that only look so count too: rather a text too few than a name too many.
    """
    left = fold(renamed(text, name, " "))
    return not any(_may_stand(word, left) for word in fold(name).split())


def _may_stand(word: str, text: str) -> bool:
    stem = word[:-1] if len(word) > _SHORTEST_STEM else word
    return word in text or re.search(rf"(?<!\w){re.escape(stem)}", text) is not None
