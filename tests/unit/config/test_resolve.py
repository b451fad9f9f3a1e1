from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import Field

from mlops_cloud.config.home import home
from mlops_cloud.config.resolution import known_profiles, resolve
from mlops_cloud.config.validation import validated
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.specs.base import Spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULTS = {"near": "here", "far": "cloud"}


class CloudConfig(Spec):
    region: str = Field(description="Where it runs.")
    retries: int = Field(default=3, ge=0, description="New attempts (count).")
    secrets: dict[str, str] = Field(default={}, description="Sources.")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "My Churn!" / "deep"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def ask(project: Path, tmp_path: Path) -> Callable[..., Any]:
    user = tmp_path / "user.toml"
    user.touch()

    def asked(profile: str | None = None, environ: dict[str, str] | None = None, **overrides: object) -> Any:
        places = {"MLOPS_CLOUD_CONFIG": str(user), **(environ or {})}
        return resolve(profile, folder=project, overrides=overrides, environ=places, defaults=DEFAULTS)

    return asked


def write(folder: Path, text: str) -> Path:
    path = folder / "mlops-cloud.toml"
    path.write_text(text)
    return path


def test_without_configuration_the_first_default_profile_is_taken(ask: Callable[..., Any], project: Path) -> None:
    profile = ask()
    assert (profile.name, profile.provider, profile.project, profile.prefix) == ("near", "here", "deep", "")
    assert profile.value("project") == ("deep", f"default: the name of {project}")
    assert ask("far").provider == "cloud"


def test_the_project_is_named_after_the_folder_of_its_file(ask: Callable[..., Any], project: Path) -> None:
    write(project.parent, "")
    assert ask().project == "my-churn"


def test_flag_over_environment_over_project_file_over_user_file(
    ask: Callable[..., Any], project: Path, tmp_path: Path
) -> None:
    path = write(project.parent, '[profiles.far]\nregion = "file"\nrole = "file"\nbucket = "file"\n')
    (tmp_path / "user.toml").write_text(
        '[profiles.far]\nregion = "user"\nzone = "user"\n[profiles.far.tags]\nteam = "crm"\n'
    )
    profile = ask("far", {"MLOPS_CLOUD_REGION": "environment", "MLOPS_CLOUD_ROLE": "environment"}, region="flag")
    assert profile.fields == {"region": "flag", "role": "environment", "bucket": "file", "zone": "user"}
    assert profile.tags == {"team": "crm"}
    origins = {name: value.origin for name, value in profile.values()}
    assert origins["region"] == "flag region"
    assert origins["role"] == "environment variable MLOPS_CLOUD_ROLE"
    assert origins["bucket"] == f"{path}: profiles.far.bucket"
    assert origins["tags.team"] == f"{tmp_path / 'user.toml'}: profiles.far.tags.team"
    assert origins["provider"] == "default"


def test_a_users_profile_of_another_provider_is_not_mixed_in(
    ask: Callable[..., Any], project: Path, tmp_path: Path
) -> None:
    write(project, '[profiles.far]\nprovider = "cloud"\nregion = "x"\n')
    (tmp_path / "user.toml").write_text('[profiles.far]\nprovider = "other"\nrole = "theirs"\n')
    assert ask("far").fields == {"region": "x"}


def test_the_profile_may_come_from_environment_or_file(ask: Callable[..., Any], project: Path) -> None:
    write(project, 'profile = "far"\n')
    assert ask().value("profile") == ("far", f"{project / 'mlops-cloud.toml'}: profile")
    assert ask(environ={"MLOPS_CLOUD_PROFILE": "near"}).name == "near"
    assert ask("far", {"MLOPS_CLOUD_PROFILE": "near"}).name == "far"


def test_known_profiles_lists_configured_ones_first(project: Path, tmp_path: Path) -> None:
    write(project, '[profiles.mine]\nprovider = "cloud"\n')
    environ = {"MLOPS_CLOUD_CONFIG": str(write(tmp_path, ""))}
    assert known_profiles(project, environ, DEFAULTS) == ["mine", "near", "far"]


def test_an_unknown_profile_is_answered_with_the_nearest_and_all(ask: Callable[..., Any], project: Path) -> None:
    write(project, '[profiles.production]\nprovider = "cloud"\n')
    with pytest.raises(InvalidSpecError) as caught:
        ask("prodution")
    assert "'prodution'" in caught.value.what
    assert caught.value.fix == "did you mean 'production'? known: production, near, far"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("project = \n", "mlops-cloud.toml:1:11: Invalid value"),
        ("a = 1\na = 2\n", "mlops-cloud.toml:2:6: Cannot overwrite a value"),
        ("projct = 'x'\n", "unknown field 'projct'\n  fix: did you mean 'project'?"),
        ("project = 3\n", "project must be text"),
        ("project = 'Über/../x'\n", "mlops-cloud.toml: project: 'Über/../x' cannot name a project"),
        ("profiles = 3\n", "profiles must be a table"),
        ("[profiles]\nnear = 3\n", "profiles.near must be a table"),
        ("requires = '>=9'\n", "it requires mlops-cloud >=9 and this is "),
        ("requires = 'nine'\n", "'nine' is not a version requirement"),
        ("[profiles.near]\nprefix = 'A b'\n", "profiles.near.prefix: 'A b' cannot begin names"),
        ("[profiles.near]\nprovider = 3\n", "profiles.near.provider: must be the name of a provider"),
        ("[profiles.near]\ntags = 3\n", "profiles.near.tags: must be a table"),
        ("[profiles.near.tags]\nteam = 3\n", "profiles.near.tags.team: a tag must be text"),
        ("[profiles.near.secrets]\n'A-B' = 'env:X'\n", "'A-B' cannot name a secret"),
        ("[profiles.near]\nx = " + "[" * 5000 + "]" * 5000 + "\n", "nested too deeply"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(ask: Callable[..., Any], project: Path, text: str, said: str) -> None:
    write(project, text)
    with pytest.raises(InvalidSpecError) as caught:
        ask()
    assert said in str(caught.value)


def test_a_file_that_is_not_utf8_is_refused(ask: Callable[..., Any], project: Path) -> None:
    (project / "mlops-cloud.toml").write_bytes(b"project = '\xff'\n")
    with pytest.raises(InvalidSpecError, match="byte 11 is not UTF-8"):
        ask()


def test_secret_sources_are_kept_and_a_secret_itself_is_never_shown(ask: Callable[..., Any], project: Path) -> None:
    write(project, "[profiles.near.secrets]\nA = 'env:A'\nB = 'file:/run/b'\nC = 'store-sm://prod/c'\n")
    assert ask().secrets == {"A": "env:A", "B": "file:/run/b", "C": "store-sm://prod/c"}
    write(project, "[profiles.near.secrets]\nA = 'hunter2'\n")
    with pytest.raises(InvalidSpecError) as caught:
        ask()
    assert "secrets.A: this does not say where the secret is" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_profile_without_provider_or_default_is_refused(ask: Callable[..., Any], project: Path) -> None:
    write(project, "[profiles.mine]\nregion = 'x'\n")
    with pytest.raises(InvalidSpecError, match=r"profiles\.mine names no provider"):
        ask("mine")


def test_a_named_configuration_that_is_not_there_is_refused(ask: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidSpecError, match="there is no file"):
        ask(environ={"MLOPS_CLOUD_CONFIG": str(tmp_path / "missing.toml")})


def test_validated_reads_the_fields_by_the_providers_model(ask: Callable[..., Any], project: Path) -> None:
    write(project, "[profiles.far]\nregion = 'x'\nretries = 5\n[profiles.far.secrets]\nA = 'env:A'\n")
    config = validated(ask("far", {"MLOPS_CLOUD_OF_ANOTHER_TOOL": "1"}), CloudConfig)
    assert config == CloudConfig(region="x", retries=5, secrets={"A": "env:A"})


def test_validated_names_the_origin_of_each_bad_value(ask: Callable[..., Any], project: Path) -> None:
    path = write(project, "[profiles.far]\nregoin = 'x'\nretries = 5\n")
    with pytest.raises(InvalidSpecError) as caught:
        validated(ask("far", {"MLOPS_CLOUD_RETRIES": "-1"}), CloudConfig)
    assert caught.value.what.splitlines() == [
        "profile far: region is required: Where it runs.",
        "environment variable MLOPS_CLOUD_RETRIES: retries: should be greater than or equal to 0",
        f"{path}: profiles.far.regoin: unknown field 'regoin'; did you mean 'region'?",
    ]


def test_home_is_the_named_folder_or_the_users_data_folder(tmp_path: Path) -> None:
    assert home({"MLOPS_CLOUD_HOME": str(tmp_path)}) == tmp_path
    assert home({}).name == "mlops-cloud"
    assert home({}).is_absolute()
