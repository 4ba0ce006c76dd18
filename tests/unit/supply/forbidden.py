"""What no file of the program may do: run what it reads."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

# Their formats are programs.
_MODULES = frozenset(
    {"_pickle", "cPickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle"}
    | {"shelve", "torch.package"}
)
_FUNCTIONS = frozenset(
    {
        "asyncio.create_subprocess_shell",
        "builtins.compile",
        "builtins.eval",
        "builtins.exec",
        "os.popen",
        "os.system",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "torch.hub.load",
        "torch.hub.load_state_dict_from_url",
        "torch.jit.load",
        "torch.load",
        "yaml.full_load",
        "yaml.full_load_all",
        "yaml.load",
        "yaml.load_all",
        "yaml.unsafe_load",
        "yaml.unsafe_load_all",
    }
)
_METHODS = frozenset({"read_pickle", "to_pickle"})
_BUILTINS = frozenset({"compile", "eval", "exec", "__import__"})
# Keywords that may say one thing alone, and say it outright.
_MUST_BE = {
    "allow_pickle": False,
    "shell": False,
    "trust_remote_code": False,
    "use_safetensors": True,
    "weights_only": True,
}
# Of celery, kombu and ruamel.yaml.
_SERIALIZERS = frozenset({"pickle", "yaml", "application/x-python-serialize", "unsafe"})
_CHOOSES_SERIALIZER = ("serializer", "accept_content", "typ")


def offences_below(folder: Path) -> list[str]:
    """Return what is forbidden in the Python files of a folder: `path:line: what`."""
    return [
        f"{file.relative_to(folder)}:{line}: {what}"
        for file in sorted(folder.rglob("*.py"))
        for line, what in offences(file.read_text(encoding="utf-8"))
    ]


def offences(source: str) -> list[tuple[int, str]]:
    """Return the lines of a source that do what is forbidden, and what that is."""
    tree = ast.parse(source)
    names = _imported(tree)
    found = {
        (node.lineno, what)
        for node in ast.walk(tree)
        for rule in _RULES
        for what in rule(node, names)
        if isinstance(node, ast.expr | ast.stmt)
    }
    return sorted(found)


def _imported(tree: ast.AST) -> dict[str, str]:
    """Return what the names that a file imports stand for, wherever it imports them."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _dotted(node: ast.AST, names: dict[str, str]) -> str | None:
    """Return the full name of what an expression refers to, if a file imports it."""
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, names)
        return None if owner is None else f"{owner}.{node.attr}"
    return names.get(node.id) if isinstance(node, ast.Name) else None


def _is_in(name: str, modules: frozenset[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _imports(node: ast.AST, _: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        imported = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        imported = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return
    yield from (f"imports {name}" for name in imported if _is_in(name, _MODULES | _FUNCTIONS))


def _imports_by_name(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    if not isinstance(node, ast.Call) or _dotted(node.func, names) != "importlib.import_module":
        return
    for argument in node.args[:1]:
        if isinstance(argument, ast.Constant) and _is_in(str(argument.value), _MODULES):
            yield f"imports {argument.value}"


def _refers(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and node.attr in _METHODS:
        yield f"uses {node.attr}"
    if isinstance(node, ast.Name) and node.id in _BUILTINS - names.keys():
        yield f"uses {node.id}"
    name = _dotted(node, names)
    if name is not None and _is_in(name, _FUNCTIONS | _MODULES):
        yield f"uses {name}"


def _says(node: ast.AST, _: dict[str, str]) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    for keyword in node.keywords:
        name, value = keyword.arg or "", keyword.value
        if name in _MUST_BE and not (
            isinstance(value, ast.Constant) and value.value is _MUST_BE[name]
        ):
            yield f"says {name}={ast.unparse(value)}"
        chosen = {part.value for part in ast.walk(value) if isinstance(part, ast.Constant)}
        if name.endswith(_CHOOSES_SERIALIZER) and _SERIALIZERS & chosen:
            yield f"says {name}={ast.unparse(value)}"


def _loads_a_model(node: ast.AST, _: dict[str, str]) -> Iterator[str]:
    """Find models that transformers could read from a `.bin`."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "from_pretrained"
        and "Model" in ast.unparse(node.func.value)
        and "use_safetensors" not in {keyword.arg for keyword in node.keywords}
    ):
        yield "loads a model without use_safetensors=True"


_Rule = Callable[[ast.AST, dict[str, str]], Iterator[str]]
_RULES: tuple[_Rule, ...] = (_imports, _imports_by_name, _refers, _says, _loads_a_model)
