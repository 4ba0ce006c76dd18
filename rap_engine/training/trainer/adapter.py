"""LoRA round a base's language model, with a projector that learns beside it; and its files.

The vision tower is never touched (paper, section 4.1).
"""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from peft import (
    LoraConfig,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from config.logs import get_logger
from rap_engine.checkpoints.adapter_folder import CONFIG_FILE, WEIGHTS_FILE
from rap_engine.training.errors import BadPlan
from rap_engine.training.plan import LoraPlan, TrainerPlan

_PREFIX: Final = "base_model.model."
_SAME_LORA: Final = ("r", "lora_alpha", "use_rslora", "use_dora", "modules_to_save")
"""What must be alike where a run goes on from an adapter; its weights say the rest."""
_PROJECTORS: Final = ("multi_modal_projector", "connector", "merger")
"""What architectures call the layers between vision tower and language model."""
_FUSED: Final = {
    "qkv_proj": {"q_proj", "k_proj", "v_proj"},
    "gate_up_proj": {"gate_proj", "up_proj"},
}
"""Layers that some architectures (Phi-3) make one of."""
_log = get_logger(__name__)


def put_round(base: Any, plan: TrainerPlan, seed: int) -> Any:
    """Return the base with an adapter that learns; what learns is float32, whatever the base is.

    Args:
        base: a loaded model, all of it frozen.
        plan: rank, layers, and whether the projector learns.
        seed: of the first weights.

    Raises:
        BadPlan: the base has none of the layers, or no projector that is known; or the adapter to
            go on from is none, or of another form.
    """
    # One that was started is part of the adapter even if it learns nothing: the base has another.
    has_projector = plan.projector_learning_rate > 0 or plan.projector_start != "as_is"
    if plan.start_from is not None:
        has_projector |= bool(_config_of(plan.start_from).get("modules_to_save"))
    projector = [_projector_of(base)] if has_projector else None
    config = LoraConfig(
        r=plan.lora.rank,
        lora_alpha=plan.lora.alpha,
        lora_dropout=plan.lora.dropout,
        target_modules=_layers_of(base, plan.lora),
        modules_to_save=projector,
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(), warnings.catch_warnings():
        # PEFT asks for it by the old name, and transformers says so each time.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        torch.manual_seed(seed)
        model = get_peft_model(base, config)
    for weight in learning(model).values():
        weight.data = weight.data.float()
    if plan.start_from is not None:
        _go_on_from(plan.start_from, model)
    return model


def learning(model: Any) -> dict[str, torch.nn.Parameter]:
    """Return what learns, by name, in a fixed order."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def groups(model: Any, plan: TrainerPlan) -> list[dict[str, Any]]:
    """Return the optimiser's groups: LoRA and projector learn at rates of their own."""
    rates = {False: plan.learning_rate, True: plan.projector_learning_rate}
    parted: dict[bool, list[torch.nn.Parameter]] = {False: [], True: []}
    for name, weight in learning(model).items():
        parted["modules_to_save" in name].append(weight)
    return [
        {"params": weights, "lr": rates[is_projector], "weight_decay": plan.weight_decay}
        for is_projector, weights in parted.items()
        if weights
    ]


def in_training(model: Any) -> None:
    """Set the language model and what was put round it to learn, and nothing else.

    A tower with batch normalisation would change even if its weights are frozen.
    """
    model.eval()
    model.get_base_model().get_decoder().train()


def write_adapter(folder: Path, model: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """Write an adapter's folder as the generator loads it, whole or not at all.

    Args:
        folder: where to; what is there is replaced.
        model: what `put_round` returned.
        weights: as `weights_of` returned them, now or earlier.
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    save_file({name: each.contiguous() for name, each in weights.items()}, part / WEIGHTS_FILE)
    config = model.peft_config["default"]
    config.save_pretrained(part)
    said = json.loads((part / CONFIG_FILE).read_text("utf-8"))
    # The folder's path on the machine that trained it means nothing on others.
    said |= {"base_model_name_or_path": None, "inference_mode": True}
    (part / CONFIG_FILE).write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)


def weights_of(model: Any) -> dict[str, torch.Tensor]:
    """Return an adapter's weights on the CPU, by the names that its file has."""
    state = get_peft_model_state_dict(model)
    return {name: weight.detach().cpu() for name, weight in state.items()}


def _config_of(folder: Path) -> dict[str, Any]:
    """Return what an adapter to go on from says of itself."""
    try:
        said = json.loads((folder / CONFIG_FILE).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadPlan(f"start_from: {folder} has no adapter that can be read: {error}.") from error
    if not isinstance(said, dict):
        raise BadPlan(f"start_from: {folder / CONFIG_FILE} is no adapter's.")
    return said


def _go_on_from(folder: Path, model: Any) -> None:
    wanted, said = model.peft_config["default"].to_dict(), _config_of(folder)
    differ = [name for name in _SAME_LORA if said.get(name) != wanted[name]]
    if differ:
        raise BadPlan(f"start_from: the adapter in {folder} has another {', '.join(differ)}.")
    try:
        weights = load_file(folder / WEIGHTS_FILE)
    except (OSError, SafetensorError) as error:
        raise BadPlan(f"start_from: {folder} has no adapter that can be read: {error}.") from error
    shapes = {name: weight.shape for name, weight in get_peft_model_state_dict(model).items()}
    if {name: weight.shape for name, weight in weights.items()} != shapes:
        raise BadPlan(f"start_from: the adapter in {folder} is of another base or other layers.")
    set_peft_model_state_dict(model, weights)


def _layers_of(base: Any, plan: LoraPlan) -> list[str]:
    """Return the full names of the language model's linear layers that the plan names."""
    linear = list(_linear_layers(base))
    wanted = set(plan.layers)
    wanted |= {fused for fused, parts in _FUSED.items() if parts & wanted}
    found = [name for name in linear if name.rpartition(".")[2] in wanted]
    there = sorted({name.rpartition(".")[2] for name in linear})
    if not found:
        raise BadPlan(f"lora.layers: the language model has none of them; it has {there}.")
    _log.info("lora", layers=len(found), of=len(linear))
    return found


def _linear_layers(base: Any) -> Iterator[str]:
    decoder = base.get_decoder()
    prefix = next(name for name, module in base.named_modules() if module is decoder)
    for name, module in decoder.named_modules(prefix=prefix):
        if isinstance(module, torch.nn.Linear):
            yield name


def _projector_of(base: Any) -> str:
    names: Sequence[str] = [name.rpartition(".")[2] for name, _ in base.named_modules()]
    for projector in _PROJECTORS:
        if projector in names:
            return projector
    raise BadPlan(
        "The base has no projector that is known. Set projector_learning_rate = 0 to train none."
    )
