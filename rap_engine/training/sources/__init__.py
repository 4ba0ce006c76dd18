"""Data sets on disk, each read in the layout of its publishers."""

import re

from rap_engine.training.plan import SourcePlan
from rap_engine.training.scene import SceneSource
from rap_engine.training.sources.celeba import CelebA
from rap_engine.training.sources.concepts import Concepts
from rap_engine.training.sources.custom_concept_101 import CustomConcept101
from rap_engine.training.sources.detecting import Detecting
from rap_engine.training.sources.imagenet_vid import ImagenetVid
from rap_engine.training.sources.llava_instruct import LlavaInstruct
from rap_engine.training.sources.objects365 import Objects365
from rap_engine.training.sources.own import OwnViews
from rap_engine.training.sources.rap_260k import Rap260K
from rap_engine.training.sources.refcoco import RefCoco
from rap_engine.training.sources.shards import OwnShards
from rap_engine.training.sources.source import RecordSource
from rap_engine.training.sources.tao import Tao

__all__ = ["Detecting", "OwnViews", "RecordSource", "open_source"]


def open_source(plan: SourcePlan) -> SceneSource | RecordSource:  # noqa: PLR0911 - one a layout
    """Open a plan's source.

    Raises:
        BadSource: its folder is not of that layout; the message says what lacks.
    """
    name, folder, split = _name(plan), plan.folder, plan.split
    match plan.layout:
        case "concepts":
            return Concepts(name, folder)
        case "refcoco":
            return RefCoco(name, folder, split)
        case "objects365":
            return Objects365(name, folder, split)
        case "tao":
            return Tao(name, folder, split)
        case "imagenet-vid":
            return ImagenetVid(name, folder, split)
        case "custom-concept-101":
            return CustomConcept101(name, folder)
        case "celeba":
            return CelebA(name, folder, split)
        case "llava-instruct":
            return LlavaInstruct(name, folder)
        case "rap-260k":
            return Rap260K(name, folder, split)
        case "records":
            return OwnShards(name, folder)


def _name(plan: SourcePlan) -> str:
    """Name a source: two of one layout, as RefCOCO and RefCOCO+, must not share their ids."""
    said = (plan.layout, plan.folder.absolute().name, plan.split.removeprefix("train"))
    parts = (re.sub(r"[^a-z0-9+]+", "-", part.lower()).strip("-") for part in said)
    return "-".join(dict.fromkeys(part for part in parts if part))
