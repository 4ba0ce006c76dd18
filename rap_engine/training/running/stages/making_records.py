"""The stage `records`: the plan's sources, and what people who agreed told, become records."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rap_engine.detect import Detector
from rap_engine.encode import Encoder
from rap_engine.profiles import Loader
from rap_engine.profiles.recipe import TransformersRecipe
from rap_engine.training.annotators import Annotator, CachedAnnotator, TemplateAnnotator
from rap_engine.training.augment.augmenter import Augmenter, ViewMaker
from rap_engine.training.building import Supply, build_records
from rap_engine.training.errors import BadPlan
from rap_engine.training.makers.renaming import Renaming
from rap_engine.training.running.outcome import RecordsResult
from rap_engine.training.running.pace import Pace
from rap_engine.training.running.stages.stage import Results, Run, Stage
from rap_engine.training.scene import SceneSource
from rap_engine.training.skips import Skips
from rap_engine.training.sources import Detecting, OwnViews, open_source

FOLDER: Final = "records"
_ANSWERS: Final = "annotations.sqlite"
_BACKDROPS_A_SOURCE: Final = 100


def recipe_of(run: Run) -> TransformersRecipe:
    """Return how the generator that is trained is asked.

    Raises:
        BadPlan: it is none that can be trained.
    """
    generator = Loader.of(run.settings, run.request.profile).recipe.generator
    if not isinstance(generator, TransformersRecipe):
        raise BadPlan(f"The profile {run.request.profile} has no language model to train.")
    return generator


def _asked(run: Run) -> Any:
    recipe = recipe_of(run)
    detector = Loader.of(run.settings, run.request.profile).recipe.detector
    detects = any(each.detect for each in run.plan.records.sources)
    return {
        "plan": run.plan.records.model_dump(mode="json"),
        "seed": run.plan.trainer.seed,
        "profile": run.request.profile,
        "form": [recipe.max_references, recipe.boxes],
        "consented": run.request.consented is not None,
        "detector": detector.model_dump(mode="json") if detects else None,
    }


def _make(run: Run, _before: Results) -> dict[str, Any]:
    plan, recipe = run.plan.records, recipe_of(run)
    supplies = [Supply(open_source(each), each.most) for each in plan.sources]
    backdrops = list(_backdrops(supplies))
    supplies = list(_with_boxes(run, supplies))
    if run.request.consented is not None:
        own = OwnViews("own", run.request.consented, Renaming(run.plan.trainer.seed))
        supplies.append(Supply(own, plan.consented_most))
    pace = Pace("records", run.tell)
    with ExitStack() as opened:
        manifest = build_records(
            plan,
            run.folder / FOLDER,
            sources=supplies,
            annotator=_annotator(run, opened),
            augment=Augmenter.of(plan.augmentation, backdrops, _novel_views(run)),
            encoder=_encoder(run),
            progress=pace.tell,
            should_stop=run.should_stop,
            seed=run.plan.trainer.seed,
            most_references=recipe.max_references,
            boxes_are_padded=recipe.boxes == "padded",
        )
    return RecordsResult.from_json(manifest.to_json()).to_json()


def _with_boxes(run: Run, supplies: Sequence[Supply]) -> Iterator[Supply]:
    """Yield the plan's sources; before those that lack boxes, a detector, where one is wanted."""
    detector: Detector | None = None
    for plan, supply in zip(run.plan.records.sources, supplies, strict=True):
        source = supply.source
        if plan.detect and isinstance(source, SceneSource):
            detector = detector or Loader.of(run.settings, run.request.profile).detector()
            yield replace(supply, source=Detecting(source, detector), detector=detector.name)
        else:
            yield supply


def _annotator(run: Run, opened: ExitStack) -> Annotator:
    """Return the plan's annotator; what a model said is kept for the next run.

    Not so what it said of photos of people who agreed: that goes with the run's folder. They were
    not asked whether a server may see them.
    """
    uses_consented = run.request.consented is not None
    match run.plan.records.annotator:
        case "templates":
            return TemplateAnnotator()
        case "openai":
            if uses_consented:
                raise BadPlan(
                    'annotator = "openai" would show a server what people agreed to have trained'
                    ' on. Take "templates" or "generator", or leave `consented` out.'
                )
            from rap_engine.training.annotators.openai import OpenAiAnnotator  # noqa: PLC0415

            said = run.settings
            server = OpenAiAnnotator.connect(
                base_url=said.openai_base_url, api_key=said.openai_api_key, model=said.openai_model
            )
            opened.callback(server.close)
            annotator: Annotator = server
        case "generator":
            from rap_engine.training.annotators.generated import GeneratorAnnotator  # noqa: PLC0415

            annotator = GeneratorAnnotator(Loader.of(run.settings, run.request.profile).generator())
    place = run.folder if uses_consented else run.settings.training_dir
    kept = CachedAnnotator(annotator, place / _ANSWERS)
    opened.callback(kept.close)
    return kept


def _encoder(run: Run) -> Encoder | None:
    """Return what finds hard negatives, where the plan wants such."""
    wanted = run.plan.records.negatives
    if not wanted.hard or not (wanted.references or wanted.questions):
        return None
    return Loader.of(run.settings, run.request.profile).encoder()


def _novel_views(run: Run) -> ViewMaker | None:
    """Return what makes novel views, where the plan has a model for them."""
    model = run.plan.records.augmentation.novel_views_model
    if model is None:
        return None
    from rap_engine.training.augment.novel_views import NovelViews  # noqa: PLC0415  loads torch

    return NovelViews(model, device=run.settings.device)


def _backdrops(supplies: list[Supply]) -> Iterator[Path]:
    """Yield some photos of the plan's own sources, to paste what is cut out onto."""
    for supply in supplies:
        if isinstance(supply.source, SceneSource):
            scenes = supply.source.scenes(Skips())
            yield from (scene.photo for scene in islice(scenes, _BACKDROPS_A_SOURCE))


RECORDS: Final = Stage("records", _asked, _make)
