"""The ways to measure a generator: the rows of an ablation (paper, section 4.4)."""

from enum import StrEnum


class Variant(StrEnum):
    """How the measuring differs from the paper's own way, which is `full`.

    skip_retrieval: captions and questions get the right concepts, and no others.
    without_info: references have a picture and a name alone.
    shuffled: the generator sees another photo than the one that was asked about and searched. One
        that looks at pixels falls to chance, one that follows the evidence does not.
    with_cutoff: captions and questions get the recognised concepts alone, as in an answer.
    """

    FULL = "full"
    SKIP_RETRIEVAL = "skip_retrieval"
    WITHOUT_INFO = "without_info"
    SHUFFLED = "shuffled"
    WITH_CUTOFF = "with_cutoff"

    @property
    def for_recognition(self) -> "Variant":
        """The variant that asks the same whether somebody is there, where nothing is retrieved."""
        same = {Variant.SKIP_RETRIEVAL, Variant.WITH_CUTOFF}
        return Variant.FULL if self in same else self
