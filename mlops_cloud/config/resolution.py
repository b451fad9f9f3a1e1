"""One profile out of flags, environment, files and defaults, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.config import checks
from mlops_cloud.config.files import ConfigFile, config_files, project_file
from mlops_cloud.config.profile import Profile, Value
from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import shown, slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VARIABLE = "MLOPS_CLOUD_"
# They are not settings of a profile.
_RESERVED = frozenset({"home", "config", "profile", "provider"})
_TABLES = ("tags", "secrets")


def resolve(
    profile: str | None,
    *,
    folder: Path,
    overrides: Mapping[str, object],
    environ: Mapping[str, str],
    defaults: Mapping[str, str],
) -> Profile:
    """The profile of that name, or the configured one, or the first default; InvalidSpecError.

    `overrides` are flags: setting -> value, `tags.team` for one tag. `defaults` are the profiles that exist without
    any configuration: name -> provider.
    """
    files = config_files(folder, environ)
    chosen = _chosen(profile, files, environ, defaults)
    name = str(chosen.value)
    settings = _settings(name, files, defaults)
    _overlay(settings, _from_environment(environ))
    _overlay(settings, {key: Value(value, f"flag {key}") for key, value in overrides.items()})
    settings.setdefault("project", _project(files, folder))
    settings.setdefault("prefix", Value("", "default"))
    return _profile(chosen, settings)


def known_profiles(folder: Path, environ: Mapping[str, str], defaults: Mapping[str, str]) -> list[str]:
    """Every profile that can be asked for: the configured ones, then the defaults."""
    return _known(config_files(folder, environ), defaults)


def _known(files: Sequence[ConfigFile], defaults: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys([*(name for file in files for name in file.profiles), *defaults]))


def _chosen(
    profile: str | None, files: Sequence[ConfigFile], environ: Mapping[str, str], defaults: Mapping[str, str]
) -> Value:
    candidates = [Value(profile, "flag profile"), Value(environ.get("MLOPS_CLOUD_PROFILE"), _variable("profile"))]
    candidates += [Value(file.data.get("profile"), file.origin("profile")) for file in files]
    candidates += [Value(next(iter(defaults), None), "default")]
    chosen = next((each for each in candidates if each.value), None)
    known = _known(files, defaults)
    if chosen is None:
        raise InvalidSpecError("no profile is chosen", fix=f"give one: {', '.join(known) or 'none is configured'}")
    if chosen.value not in known:
        name = str(chosen.value)
        raise InvalidSpecError(
            f"no profile is called {shown(name)}", why=f"asked for by {chosen.origin}", fix=_fix(name, known)
        )
    return chosen


def _fix(name: str, known: Sequence[str]) -> str:
    near = did_you_mean(name, known)
    return near if near.startswith("known") else f"{near} known: {', '.join(known)}"


def _settings(name: str, files: Sequence[ConfigFile], defaults: Mapping[str, str]) -> dict[str, Value]:
    """What the files say, the project's over the user's; a user's profile of another provider says nothing."""
    settings: dict[str, Value] = {}
    for file in files:
        own = {key: Value(value, file.origin("profiles", name, key)) for key, value in _flat(file, name).items()}
        if "provider" in settings and "provider" in own and settings["provider"].value != own["provider"].value:
            continue
        settings = own | settings
    if "provider" not in settings:
        settings["provider"] = Value(_default_provider(name, files, defaults), "default")
    return settings


def _default_provider(name: str, files: Sequence[ConfigFile], defaults: Mapping[str, str]) -> str:
    if name in defaults:
        return defaults[name]
    origin = next(file.origin("profiles", name) for file in files if name in file.profiles)
    raise InvalidSpecError(f"{origin} names no provider", fix='add provider = "…" to it')


def _flat(file: ConfigFile, name: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in file.profiles.get(name, {}).items():
        if key in _TABLES:
            table = checks.table(Value(value, file.origin("profiles", name, key)))
            flat |= {f"{key}.{inner}": each for inner, each in table.items()}
        else:
            flat[key] = value
    return flat


def _from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    found = {}
    for name, value in environ.items():
        key = name.removeprefix(VARIABLE).lower()
        if name.startswith(VARIABLE) and key not in _RESERVED:
            found[key] = Value(value, _variable(key))
    return found


def _variable(key: str) -> str:
    return f"environment variable {VARIABLE}{key.upper()}"


def _overlay(settings: dict[str, Value], stronger: Mapping[str, Value]) -> None:
    settings.update({key: each for key, each in stronger.items() if each.value is not None})


def _project(files: Sequence[ConfigFile], folder: Path) -> Value:
    for file in files:
        if "project" in file.data:
            return Value(file.data["project"], file.origin("project"))
    found = project_file(folder)
    root = found.parent if found else folder.absolute()
    return Value(slug(root.name), f"default: the name of {root}")


def _profile(chosen: Value, settings: Mapping[str, Value]) -> Profile:
    provider = settings["provider"]
    if not isinstance(provider.value, str) or not provider.value:
        raise InvalidSpecError(f"{provider.origin}: must be the name of a provider, not {shown(provider.value)}")
    tags = {key.removeprefix("tags."): each for key, each in settings.items() if key.startswith("tags.")}
    secrets = {key.removeprefix("secrets."): each for key, each in settings.items() if key.startswith("secrets.")}
    own = ("provider", "project", "prefix")
    return Profile(
        name=str(chosen.value),
        provider=provider.value,
        project=checks.project_name(settings["project"]),
        prefix=checks.name_prefix(settings["prefix"]),
        tags={name: checks.tag(name, each) for name, each in tags.items()},
        secrets={name: checks.secret_source(name, each) for name, each in secrets.items()},
        fields={key: each.value for key, each in settings.items() if key not in own and "." not in key},
        origins={"profile": chosen.origin, **{key: each.origin for key, each in settings.items()}},
    )
