"""What a generator does with what was retrieved: recognition, captions and questions.

The measures are the paper's (section 4). Photos are looked at once; after that generators, adapters
and variants are measured on the same regions and keys.
"""

import time
from pathlib import Path
from typing import Self

from rap_engine.errors import BadAdapter
from rap_engine.evaluation.asker import Asker, Check, most_references, nothing
from rap_engine.evaluation.captions import count_names, measure_captions
from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.gallery import Progress, look
from rap_engine.evaluation.questions import measure_questions
from rap_engine.evaluation.recognition import (
    RecognitionFigures,
    measure_recognition,
    trials_of,
)
from rap_engine.evaluation.report import GenerationReport
from rap_engine.evaluation.variants import Variant
from rap_engine.generate import Adaptable, Generator
from rap_engine.profiles import Loader, Profile, load_profile


class Exam:
    """An evaluation set that was looked at by a profile, whose generator answers.

    What variants have in common is asked once for each adapter.
    """

    def __init__(
        self,
        profile: Profile,
        evaluation_set: EvaluationSet,
        *,
        most: int,
        progress: Progress,
        seed: int = 0,
        check: Check = nothing,
    ) -> None:
        """Look at all photos of a set.

        Args:
            profile: who looks and answers.
            evaluation_set: what is asked.
            most: how many references the generator is given.
            progress: told what was done.
            seed: draws wrong concepts, and the order of shuffled photos.
            check: called before each question; what it raises ends the measuring.

        Raises:
            BadDataset: a photo cannot be read.
        """
        dataset = evaluation_set.dataset
        self._profile = profile
        self._set = evaluation_set
        self._gallery = look(profile, dataset, evaluation_set.photos, progress)
        self._most = most
        self._seed = seed
        self._progress = progress
        self._check = check
        self._trials = trials_of(self._gallery, dataset, seed)
        self._recognised: dict[tuple[Path | None, Variant], RecognitionFigures] = {}

    @classmethod
    def load(
        cls,
        loader: Loader,
        evaluation_set: EvaluationSet,
        *,
        progress: Progress,
        seed: int = 0,
        check: Check = nothing,
    ) -> Self:
        """Load a profile, and look at all photos of a set.

        Raises:
            WeightsError: the profile cannot be loaded.
            BadDataset: a photo cannot be read.
        """
        profile = load_profile(loader.settings, loader.name)
        most = most_references(loader.recipe)
        return cls(profile, evaluation_set, most=most, progress=progress, seed=seed, check=check)

    def measure(
        self, variant: Variant = Variant.FULL, adapter: Path | None = None
    ) -> GenerationReport:
        """Measure the generator with the adapter of a folder; None: the base alone.

        Raises:
            BadAdapter: it is no adapter of this base, or the generator takes none.
            OutOfMemory: the device has no room for one question.
        """
        generator = self._adapted(adapter)
        asker = self._asker(variant)
        dataset = self._set.dataset
        begun = time.perf_counter()
        recognition = self._recognition(generator, variant, adapter)
        photos = {**dataset.queries, **dict.fromkeys(dataset.strangers, ())}
        captions = measure_captions(generator, asker, photos)
        self._progress(f"asked for {len(captions)} captions")
        questions = measure_questions(
            generator, asker, self._set.questions, is_derived=self._set.is_derived
        )
        self._progress(f"asked {len(self._set.questions)} questions")
        return GenerationReport(
            variant=variant,
            recognition=recognition,
            captions=count_names(captions),
            captions_of_known=count_names(captions[: len(dataset.queries)]),
            questions=questions,
            profile=self._profile.name,
            generator=generator.name,
            adapter=generator.adapter if isinstance(generator, Adaptable) else None,
            detector=self._gallery.detector,
            encoder=self._gallery.encoder,
            cutoff=self._gallery.cutoff,
            most_references=self._most,
            seed=self._seed,
            evaluation_set=self._set.sha256,
            n={
                "concepts": len(dataset.concepts),
                "queries": len(dataset.queries),
                "strangers": len(dataset.strangers),
                "questions": len(self._set.questions),
            },
            seconds=time.perf_counter() - begun,
        )

    def _asker(self, variant: Variant) -> Asker:
        return Asker(self._gallery, variant, self._most, self._seed, self._check)

    def _adapted(self, adapter: Path | None) -> Generator:
        generator = self._profile.generator
        if isinstance(generator, Adaptable):
            generator.use_adapter(adapter)
        elif adapter is not None:
            raise BadAdapter(f"The generator of the profile {self._profile.name} takes no adapter.")
        return generator

    def _recognition(
        self, generator: Generator, variant: Variant, adapter: Path | None
    ) -> RecognitionFigures:
        asked = adapter, variant.for_recognition
        if asked not in self._recognised:
            asker = self._asker(variant.for_recognition)
            self._recognised[asked] = measure_recognition(generator, asker, self._trials)
            self._progress(f"asked {len(self._trials)} times who is there")
        return self._recognised[asked]
