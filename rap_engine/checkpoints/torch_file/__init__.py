"""Reading what ``torch.save`` wrote, without PyTorch and without unpickling it.

A pickle is a program, so none of it is handed to ``pickle``: ``pickletools`` only lists the
opcodes, and a small interpreter (`machine`) follows those that plain data and modules need. No name
in a file is ever imported, and nothing in it is called.
"""

from rap_engine.checkpoints.torch_file.arrays import read_checkpoint
from rap_engine.checkpoints.torch_file.opening import open_modules, open_state
from rap_engine.checkpoints.torch_file.values import CheckpointUnreadable

__all__ = ["CheckpointUnreadable", "open_modules", "open_state", "read_checkpoint"]
