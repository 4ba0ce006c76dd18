"""Imported before all else of this package: what its libraries need to be imported at all."""

from rap_engine.torch_runtime import import_torchvision

import_torchvision()
