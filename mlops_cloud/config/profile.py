"""A profile: one provider with its settings, each with the place it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Value(NamedTuple):
    """A setting and where it was set."""

    value: object
    origin: str
    """`mlops-cloud.toml: profiles.team.region`, `environment variable MLOPS_CLOUD_REGION`, `flag region`, `default`."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Which provider, and everything that is set for it."""

    name: str
    provider: str
    project: str
    """The namespace of everything created: a legal name."""
    prefix: str
    """Goes before every name; empty without one."""
    tags: dict[str, str]
    secrets: dict[str, str]
    """Name -> where its value is: `env:NAME`, `file:PATH`, `scheme://…`."""
    fields: dict[str, Any]
    """The provider's own settings, not validated yet."""
    origins: dict[str, str] = field(repr=False)
    """Setting -> where it was set; those of tags and secrets as `tags.team`, `secrets.DB_URL`."""

    def value(self, name: str) -> Value:
        """One setting with its origin; KeyError when it is not set."""
        return dict(self.values())[name]

    def values(self) -> Iterator[tuple[str, Value]]:
        """Every setting by name, as `config show --origin` lists them."""
        own = {"profile": self.name, "provider": self.provider, "project": self.project, "prefix": self.prefix}
        parts = {f"tags.{name}": value for name, value in self.tags.items()}
        parts |= {f"secrets.{name}": value for name, value in self.secrets.items()}
        for name, value in (own | self.fields | parts).items():
            yield name, Value(value, self.origins[name])
