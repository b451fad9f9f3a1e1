"""What follows the archive on its command line: `--mlops-…` for the shim, `--name value` for a trial's parameters."""

from __future__ import annotations

from mlops_runtime.context import BadContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterator, List, Sequence, Tuple

_NAMED = ("input", "output", "secret")
_SINGLE = ("model-dir", "output-dir", "checkpoint-dir", "parameters", "work-dir", "wheels")


class Arguments:
    """The command line, taken apart; `parameters` are still texts."""

    def __init__(self) -> None:
        self.named: Dict[str, Dict[str, str]] = {kind: {} for kind in _NAMED}
        self.single: Dict[str, str] = {}
        self.packages: List[str] = []
        self.parameters: Dict[str, str] = {}


def parse(argv: Sequence[str]) -> Arguments:
    """The arguments by meaning; one without a value, or without a name, is a broken contract."""
    found = Arguments()
    for name, value in _pairs(argv):
        if name.startswith("mlops-"):
            _reserved(found, name[len("mlops-") :], value)
        else:
            found.parameters[name] = value
    return found


def _pairs(argv: Sequence[str]) -> Iterator[Tuple[str, str]]:
    waiting = iter(argv)
    for item in waiting:
        name, joined, value = item[2:].partition("=")
        if not item.startswith("--") or not name:
            raise BadContractError("unexpected argument %r: parameters come as --name value" % item)
        if not joined:
            following = next(waiting, None)
            if following is None:
                raise BadContractError("argument --%s has no value" % name)
            value = following
        yield name, value


def _reserved(found: Arguments, name: str, value: str) -> None:
    if name in _SINGLE:
        found.single[name] = value
    elif name == "package":
        found.packages.append(value)
    elif name in _NAMED:
        key, equals, target = value.partition("=")
        if not key or not equals:
            raise BadContractError("--mlops-%s wants name=value, got %r" % (name, value))
        found.named[name][key] = target
    else:
        raise BadContractError("unknown argument --mlops-%s" % name)
