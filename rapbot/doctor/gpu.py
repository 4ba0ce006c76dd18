"""Whether the profile's models fit on this machine, looked at before anything is loaded."""

import os
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from config import Settings
from config.settings import Quantization
from rap_engine.errors import RapError
from rap_engine.profiles import Loader
from rap_engine.profiles.footprint import BYTES_A_PARAMETER, GIB, Footprint, footprint_of
from rapbot.doctor.finding import Finding
from rapbot.services.lock import running_system

_NAME = "GPU"
_PRECISIONS: dict[Quantization, str] = {"none": "half precision", "8bit": "8 bit", "4bit": "4 bit"}


def models_fit(settings: Settings) -> Finding:
    """Compare what the profile wants with the memory of the GPU, or of the machine without one."""
    try:
        loader = Loader.of(settings)
        footprint = footprint_of(loader.recipe, loader.store)
    except RapError:
        return Finding.fine(_NAME, "not looked at, since the profile does not load")
    if footprint is None:
        return Finding.fine(_NAME, f"{settings.profile} needs none")
    card = _card(settings.device)
    if card is None:
        return _on_cpu(settings, footprint)
    if version("torch").endswith("+cpu"):
        return Finding.problem(
            _NAME, f"{card.name}, which this torch cannot use", "Run `scripts/setup models`."
        )
    # What a running worker of ours holds is not free, and is what it needs.
    is_running = running_system(settings.data_dir) is not None
    room = card.total if is_running else card.free
    wanted = footprint.on_gpu(settings.quantization)
    fitting = [each for each in BYTES_A_PARAMETER if footprint.on_gpu(each) <= room]
    says = (
        f"{card.name}, {room / GIB:.1f} GiB {'in all' if is_running else 'free'};"
        f" {settings.profile} wants about {wanted / GIB:.1f} GiB"
        f" in {_PRECISIONS[settings.quantization]}"
    )
    if wanted <= room:
        return Finding.fine(_NAME, f"{says}: fits")
    return Finding.problem(_NAME, says, _mend(fitting))


def _mend(fitting: list[Quantization]) -> str:
    if fitting:
        return f"Set RAPBOT_QUANTIZATION={fitting[0]}: that fits."
    return "Choose a smaller profile (RAPBOT_PROFILE), or `openai` with a model server elsewhere."


def _on_cpu(settings: Settings, footprint: Footprint) -> Finding:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    wanted = footprint.on_cpu()
    says = (
        f"no NVIDIA GPU in use; {settings.profile} would run on the CPU and wants about"
        f" {wanted / GIB:.1f} of {total / GIB:.1f} GiB of memory"
    )
    if wanted > total:
        return Finding.problem(_NAME, says, "Use a machine with a GPU, or a smaller profile.")
    return Finding.fine(_NAME, says)


@dataclass(frozen=True, slots=True)
class _Card:
    """A GPU as its driver describes it. Memory in bytes."""

    name: str
    free: int
    total: int


def _card(device: str) -> _Card | None:
    """Return the GPU in question; the driver tells, so that CUDA need not be started."""
    if device == "cpu" or find_spec("pynvml") is None:
        return None
    import pynvml  # noqa: PLC0415  only beside the packages of profiles with models

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        handle = _handle(int(device.partition(":")[2] or 0))
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        return _Card(pynvml.nvmlDeviceGetName(handle), memory.free, memory.total)
    finally:
        pynvml.nvmlShutdown()


def _handle(number: int) -> Any:
    """Return the driver's handle of the GPU that CUDA counts as this number."""
    import pynvml  # noqa: PLC0415

    visible = [each for each in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if each]
    if number >= len(visible):
        return pynvml.nvmlDeviceGetHandleByIndex(number)
    if visible[number].isdecimal():
        return pynvml.nvmlDeviceGetHandleByIndex(int(visible[number]))
    return pynvml.nvmlDeviceGetHandleByUUID(visible[number])
