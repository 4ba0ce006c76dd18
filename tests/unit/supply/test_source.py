"""The program has no pickle, and runs nothing that it reads."""

from pathlib import Path

import pytest

from tests.unit.supply.forbidden import offences_below

ROOT = Path(__file__).resolve().parents[3]
PARTS = (
    *("alembic", "benchmarks", "bot", "config", "rap_engine"),
    *("rapbot", "scripts", "workers"),
)


@pytest.mark.parametrize("part", PARTS)
def test_nothing_forbidden_is_in_the_program(part: str) -> None:
    assert any((ROOT / part).rglob("*.py"))
    assert offences_below(ROOT / part) == []


def test_no_folder_with_code_is_overlooked() -> None:
    tracked = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and any(path.glob("**/*.py"))
    }
    # A build's folders, and the tests, which make the very things that the program must refuse.
    assert tracked - set(PARTS) <= {"build", "data", "dist", "tests"}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "import pickle as p; p.loads(b'')",
        "from pickle import loads",
        "import _pickle",
        "import cPickle",
        "import dill",
        "import cloudpickle",
        "import joblib",
        "from joblib import load",
        "import shelve",
        "import marshal",
        "def f():\n    import pickle",
        "import importlib; importlib.import_module('pickle')",
        "from importlib import import_module; import_module('dill')",
        "__import__('pickle')",
        "import torch; torch.load('a.pt')",
        "import torch; torch.load('a.pt', weights_only=False)",
        "import torch as t; load = t.load",
        "from torch import load",
        "from torch import load as read; read('a.pt')",
        "import torch; torch.hub.load('a/b', 'c')",
        "import torch.jit; torch.jit.load('a.pt')",
        "import yaml; yaml.load('a')",
        "import yaml; yaml.load('a', Loader=yaml.Loader)",
        "import yaml; yaml.unsafe_load('a')",
        "from ruamel.yaml import YAML; YAML(typ='unsafe')",
        "import numpy as np; np.load('a.npy', allow_pickle=True)",
        "import numpy as np; np.load('a.npy', allow_pickle=chosen)",
        "import pandas; pandas.read_pickle('a')",
        "eval('1')",
        "exec('1')",
        "run = eval",
        "compile('1', 'a', 'exec')",
        "import builtins; builtins.exec('1')",
        "import os; os.system('true')",
        "from os import popen",
        "import subprocess; subprocess.run('true', shell=True)",
        "from subprocess import run; run('true', shell=chosen)",
        "import subprocess; subprocess.getoutput('true')",
        "import asyncio; asyncio.create_subprocess_shell('true')",
        "AutoProcessor.from_pretrained('a', trust_remote_code=True)",
        "library.AutoModel.from_pretrained('a')",
        "AutoModel.from_pretrained('a', use_safetensors=False)",
        "app.conf.update(task_serializer='pickle')",
        "app.conf.update(accept_content=['json', 'pickle'])",
        "app.conf.update(result_accept_content=['application/x-python-serialize'])",
    ],
)
def test_what_is_forbidden_is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bad.py").write_text(f'"""A module."""\n{line}\n')
    found = offences_below(tmp_path)
    assert found
    assert all(offence.startswith("deep/bad.py:") for offence in found)


@pytest.mark.parametrize(
    "line",
    [
        "import pickletools; pickletools.genops(b'')",
        "import re; re.compile('a')",
        "model.eval()",
        "import torch; torch.loads",
        "import json; json.load(file)",
        "from json import load; load(file)",
        "from safetensors.torch import load_file; load_file('a')",
        "import numpy as np; np.load('a.npy', allow_pickle=False)",
        "import yaml; yaml.safe_load('a')",
        "import subprocess; subprocess.run(['true'], shell=False)",
        "AutoModel.from_pretrained('a', use_safetensors=True, trust_remote_code=False)",
        "app.conf.update(accept_content=['json'], task_serializer='json')",
        "name = 'pickle'",
    ],
)
def test_what_only_resembles_it_is_let_pass(line: str, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(f'"""A module about pickle.load."""\n{line}\n')
    assert offences_below(tmp_path) == []
