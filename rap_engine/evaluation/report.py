"""What measuring one generator comes to, with all that its figures depend on."""

from dataclasses import dataclass
from typing import Any

from rap_engine.evaluation.captions import CaptionFigures
from rap_engine.evaluation.questions import QuestionFigures
from rap_engine.evaluation.recognition import RecognitionFigures
from rap_engine.evaluation.variants import Variant


@dataclass(frozen=True, slots=True)
class GenerationReport:
    """What one generator did in one variant, and all that its figures depend on.

    Attributes:
        captions: Names in all captions, strangers' among them.
        captions_of_known: Names in the captions of photos of remembered concepts alone.
        adapter: Name of the adapter in use; None for the base alone.
        cutoff: What matches had to reach; references come along without it in most variants.
        most_references: How many the generator was given at most.
        evaluation_set: SHA-256 of the set, hex.
        n: How many of each kind there were.
        seconds: How long the answers took, without loading and looking.
    """

    variant: Variant
    recognition: RecognitionFigures
    captions: CaptionFigures
    captions_of_known: CaptionFigures
    questions: QuestionFigures
    profile: str
    generator: str
    adapter: str | None
    detector: str
    encoder: str
    cutoff: float
    most_references: int
    seed: int
    evaluation_set: str
    n: dict[str, int]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the report's JSON."""
        return {
            "variant": self.variant.value,
            "recognition": self.recognition.to_json(),
            "captions": self.captions.to_json(),
            "captions_of_known": self.captions_of_known.to_json(),
            "questions": self.questions.to_json(),
            "profile": self.profile,
            "generator": self.generator,
            "adapter": self.adapter,
            "detector": self.detector,
            "encoder": self.encoder,
            "cutoff": self.cutoff,
            "most_references": self.most_references,
            "seed": self.seed,
            "evaluation_set": self.evaluation_set,
            "n": self.n,
            "seconds": round(self.seconds, 2),
        }
