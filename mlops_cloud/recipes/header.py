"""The top of a recipe and its targets: which fields there are, and their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.config.requires import requirement_fault
from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.recipes.layers import DocumentLayer
from mlops_cloud.recipes.vocabulary import DEFAULTS_FIELDS, TARGET_FIELDS, TOP_FIELDS
from mlops_cloud.safety.names import check_name, shown

if TYPE_CHECKING:
    from mlops_cloud.recipes.problems import Path, Problems
    from mlops_cloud.safety.yaml import Document


class Header:
    """Reads what stands around the steps; `target` is the overlay that was asked for, or None."""

    def __init__(self, document: Document, target: str | None, problems: Problems) -> None:
        self._problems = problems
        self._document = document
        self._whole = DocumentLayer(document, (), self._mapping(document.data, ()))
        self._check_fields(self._whole.data, (), TOP_FIELDS)
        self.says_no_steps = self._whole.data.get("steps") in (None, {})
        self.name = self._name()
        self.description = self._text("description")
        self.requires = self._requires()
        self._target = self._chosen(target)
        self.profile = self._profile()

    def layer(self, *path: str) -> DocumentLayer:
        """The mapping at a path of the recipe itself."""
        return self._layer((), path)

    def target_layer(self, *path: str) -> DocumentLayer:
        """The mapping at a path of the chosen target; empty without one."""
        return self._layer(self._target, path) if self._target else DocumentLayer(self._document, ("targets",), {})

    def _layer(self, root: Path, path: Path) -> DocumentLayer:
        data: Any = self._whole.data
        for part in (*root, *path):
            data = data.get(part) if isinstance(data, dict) else None
        return DocumentLayer(self._document, (*root, *path), data if isinstance(data, dict) else {})

    def _add(self, path: Path, message: str, *, key: bool = False) -> None:
        self._problems.add(self._whole.problem(path, message, key=key))

    def _mapping(self, value: Any, path: Path) -> dict[str, Any]:  # noqa: ANN401 - any YAML value
        if isinstance(value, dict):
            return value
        if value is not None or not path:
            layer = DocumentLayer(self._document, (), {})
            empty = "the recipe is empty" if value is None else "a recipe is a mapping"
            message = "must be a mapping" if path else f"{empty}: begin with `recipe: NAME`"
            self._problems.add(layer.problem(path, message, key=False))
            if not path:
                self._problems.raise_if_any()
        return {}

    def _check_fields(self, data: dict[str, Any], path: Path, known: tuple[str, ...]) -> None:
        for field in data:
            if field not in known:
                self._add((*path, field), f"unknown field; {did_you_mean(field, known)}", key=True)
        for field in ("vars", "targets", "steps", "defaults"):
            if field in known:
                inner = self._mapping(data.get(field), (*path, field))
                if field == "defaults":
                    self._check_fields(inner, (*path, field), DEFAULTS_FIELDS)

    def _name(self) -> str:
        if "recipe" not in self._whole.data:
            self._add((), "the recipe's own name is missing: begin with `recipe: NAME`")
            return "unnamed"
        name = self._whole.data["recipe"]
        try:
            return check_name(name, "recipe")
        except InvalidSpecError as exc:
            self._add(("recipe",), f"{exc.what}: {exc.why}; {exc.fix}")
            return "unnamed"

    def _text(self, field: str) -> str:
        value = self._whole.data.get(field)
        if value is not None and not isinstance(value, str):
            self._add((field,), f"must be text, not {shown(value)}")
        return value if isinstance(value, str) else ""

    def _requires(self) -> str:
        requires = self._whole.data.get("requires")
        if requires is None:
            return ""
        if fault := requirement_fault(requires):
            self._add(("requires",), fault)
        return str(requires)

    def _chosen(self, target: str | None) -> Path:
        targets = self._layer((), ("targets",)).data
        for name, overlay in targets.items():
            self._check_fields(self._mapping(overlay, ("targets", name)), ("targets", name), TARGET_FIELDS)
        if target is None:
            return ()
        if target not in targets:
            self._add(("targets",), f"there is no target {shown(target)}; {did_you_mean(target, targets)}", key=True)
            return ()
        return ("targets", target)

    def _profile(self) -> str:
        profile = self.target_layer().data.get("profile")
        if profile is not None and not isinstance(profile, str):
            self._add((*self._target, "profile"), "must be the name of a profile")
        return profile if isinstance(profile, str) else ""
