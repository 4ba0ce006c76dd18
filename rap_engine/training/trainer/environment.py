"""What a run was made with: code, packages, device."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import torch

_PACKAGES: Final = ("rapbot", "torch", "transformers", "peft", "accelerate", "safetensors", "numpy")
_ROOT: Final = Path(__file__).resolve().parents[3]


def environment(device: torch.device, seed: int, ranks: int) -> dict[str, Any]:
    """Return what a run is made with, as JSON can hold it."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor()
    return {
        "code": _code_version(),
        "packages": {package: _version_of(package) for package in _PACKAGES},
        "python": platform.python_version(),
        "device": str(device),
        "device_name": name or platform.machine(),
        "ranks": ranks,
        "seed": seed,
    }


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _code_version() -> str | None:
    """Return the commit that is checked out, with a mark if files differ; else the version."""
    commit = _git("rev-parse", "HEAD") if (_ROOT / ".git").exists() else None
    if commit is None:
        return _version_of("rapbot")
    return f"{commit}-changed" if _git("status", "--porcelain", "--untracked-files=no") else commit


def _git(*arguments: str) -> str | None:
    try:
        said = subprocess.run(  # noqa: S603  no words of others
            ["git", "-C", str(_ROOT), *arguments],  # noqa: S607  whichever git is installed
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()
