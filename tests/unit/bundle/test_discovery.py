"""Which files a step's code is made of, found without running any of them."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.bundle.code import FileDigests
from mlops_cloud.bundle.discovery import code_folder, discover, discover_files, discover_module
from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_imports_are_followed_wherever_they_stand(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "train.py": "import os, numpy, a.b.c\nfrom pkg import sub, VALUE\nraise SystemExit('never run')\n"
            "def f():\n    import in_function\n    try:\n        import in_try\n    except ImportError:\n"
            "        import in_except\nclass K:\n    import in_class\nif 1:\n    pass\nelse:\n    import in_else\n"
            "match 1:\n    case 1:\n        import in_case\nwith f():\n    import in_with\n"
            "async def g():\n    import in_async\n"
            "import importlib\nimportlib.import_module('by_name')\n",
            "a/__init__.py": "",
            "a/b/c.py": "from . import d\nfrom ..x import y\n",
            "a/b/d.py": "",
            "a/x.py": "y = 1\n",
            "a/unused.py": "",
            "pkg/__init__.py": "from .inner import VALUE\n",
            "pkg/inner.py": "VALUE = 1\n",
            "pkg/sub.py": "import train\n",
            "unused.py": "",
            "data.csv": "x\n",
        },
    )
    spots = ("function", "try", "except", "class", "else", "case", "with", "async")
    tree(tmp_path, {f"in_{spot}.py": "" for spot in spots} | {"by_name.py": ""})
    code = discover("train.py", tmp_path)
    assert code.entry == "train.py"
    assert code.files == tuple(
        sorted(
            [
                "train.py",
                "a/__init__.py",
                "a/b/c.py",
                "a/b/d.py",
                "a/x.py",
                "pkg/__init__.py",
                "pkg/inner.py",
                "pkg/sub.py",
            ]
            + [f"in_{spot}.py" for spot in spots]
            + ["by_name.py"]
        )
    )


def test_a_script_in_a_subfolder_sees_its_own_folder_first(tmp_path: Path) -> None:
    tree(tmp_path, {"src/train.py": "import near, far", "src/near.py": "", "near.py": "", "far.py": "import src.late"})
    tree(tmp_path, {"src/late.py": ""})
    assert discover("src/train.py", tmp_path).files == ("far.py", "src/late.py", "src/near.py", "src/train.py")


def test_a_module_and_a_package_with_main(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"trainer/__init__.py": "", "trainer/__main__.py": "from . import task", "trainer/task.py": "import lib"},
    )
    tree(tmp_path, {"lib.py": ""})
    assert discover_module("trainer.task", tmp_path).files == ("lib.py", "trainer/__init__.py", "trainer/task.py")
    assert "trainer/__main__.py" in discover_module("trainer", tmp_path).files
    with pytest.raises(InvalidSpecError, match=r"trainer\.tsk does not exist"):
        discover_module("trainer.tsk", tmp_path)


def test_patterns_add_files_and_folders(tmp_path: Path) -> None:
    files = ["train.py", "conf/a.yaml", "conf/deep/b.yaml", "words.txt", ".env", "conf/.hidden", "__init__.py"]
    tree(tmp_path, dict.fromkeys([*files, "__pycache__/x.pyc", "conf/__pycache__/y.txt"], ""))
    assert discover("train.py", tmp_path, ["conf", "*.txt"]).files == (
        "conf/a.yaml", "conf/deep/b.yaml", "train.py", "words.txt",
    )  # fmt: skip
    assert discover_files(tmp_path, ["**/*.yaml", ".env"]).files == (".env", "conf/a.yaml", "conf/deep/b.yaml")
    # The folder's own __init__.py would hide the standard library's `code` in the archive.
    assert discover_files(tmp_path, ["*.py"]).files == ("train.py",)


@pytest.mark.parametrize("pattern", ["../x", "/etc/*", "conf/../../x", "", "nothing*"])
def test_patterns_that_lead_nowhere_or_out_are_refused(tmp_path: Path, pattern: str) -> None:
    tree(tmp_path, {"train.py": ""})
    with pytest.raises(InvalidSpecError, match="code: "):
        discover("train.py", tmp_path, [pattern])


def test_a_missing_script_is_named_with_the_nearest(tmp_path: Path) -> None:
    tree(tmp_path, {"train.py": ""})
    with pytest.raises(InvalidSpecError) as caught:
        discover("trian.py", tmp_path)
    assert caught.value.what == "the script trian.py does not exist"
    assert caught.value.fix == "did you mean train.py?"


def test_what_lies_outside_is_refused(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"train.py": "import linked\n", "ok.py": ""})
    tree(tmp_path, {"outside.py": ""})
    for script in ("../outside.py", str(tmp_path / "outside.py")):
        with pytest.raises(InvalidSpecError, match="outside the recipe's folder"):
            discover(script, root)
    (root / "linked.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(InvalidSpecError, match=r"linked\.py lies outside"):
        discover("train.py", root)
    with pytest.raises(InvalidSpecError, match="lies outside"):
        discover_files(root, ["linked.py"])
    (root / "inside.py").symlink_to(root / "ok.py")
    assert discover("inside.py", root).files == ("inside.py",)


def test_a_folder_linked_to_the_root_is_the_root(tmp_path: Path) -> None:
    tree(tmp_path / "real", {"train.py": "import lib", "lib.py": ""})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert discover("train.py", tmp_path / "link") == discover("train.py", tmp_path / "real")


def test_too_much_code_is_refused_with_the_largest(tmp_path: Path) -> None:
    tree(tmp_path, {"train.py": ""})
    for name, size in {"a.bin": 6_000_000, "b.bin": 5_000_000}.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    assert "a.bin" in discover("train.py", tmp_path, ["a.bin"]).files
    with pytest.raises(InvalidSpecError, match=r"11\.0 MB, more than 10 MB") as caught:
        discover("train.py", tmp_path, ["*.bin"])
    assert caught.value.why == "largest: a.bin (6.0 MB), b.bin (5.0 MB), train.py (0.0 MB)"


@pytest.mark.parametrize("text", ["def f(:\n", "x = '\n", "a\0b", "(" * 500])
def test_source_that_is_no_python_is_refused(tmp_path: Path, text: str) -> None:
    tree(tmp_path, {"train.py": text})
    with pytest.raises(InvalidSpecError, match=r"train\.py.*not valid Python"):
        discover("train.py", tmp_path)


def test_the_digest_does_not_know_line_endings_places_or_times(tmp_path: Path) -> None:
    files = {"train.py": "import lib\n", "lib.py": "x = '''a\nb'''\n", "conf/c.yaml": "a: 1\n"}
    one = discover("train.py", tree(tmp_path / "one", files), ["conf"])
    for name, text in files.items():
        path = tmp_path / "two" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.replace("\n", "\r\n").encode())
        os.utime(path, (1, 1))
    two = discover("train.py", tmp_path / "two", ["conf"])
    assert one.digest == two.digest
    assert one.files == two.files


def test_the_digest_knows_every_byte_of_data(tmp_path: Path) -> None:
    tree(tmp_path, {"train.py": "pass\n"})
    seen = set()
    for data in (b"a\r\nb", b"a\nb", b"a\r\nb\0"):
        (tmp_path / "d.csv").write_bytes(data)
        seen.add(discover("train.py", tmp_path, ["d.csv"]).digest)
    (tmp_path / "d.csv").rename(tmp_path / "e.csv")
    seen.add(discover("train.py", tmp_path, ["e.csv"]).digest)
    assert len(seen) == 4


def test_a_shared_memory_reads_each_file_once(tmp_path: Path) -> None:
    tree(tmp_path, {"a.py": "import lib\n", "b.py": "import lib\n", "lib.py": "x = 1\n"})
    digests = FileDigests()
    read: list[str] = []

    def size(path: Path) -> int:
        read.append(path.name)
        return len(path.read_bytes())

    settled = time.monotonic() + 0.1  # a file as young as this is read again, whatever its stat says
    while time.monotonic() < settled:
        time.sleep(0.01)
    for _ in range(3):
        assert [digests.ask(size, tmp_path / name) for name in ("a.py", "lib.py")] == [11, 6]
    assert read == ["a.py", "lib.py"]
    (tmp_path / "lib.py").write_text("x = 22\n")
    assert digests.ask(size, tmp_path / "lib.py") == 7


def test_a_changed_file_is_seen_by_a_shared_memory(tmp_path: Path) -> None:
    tree(tmp_path, {"train.py": "x = 1\n"})
    digests = FileDigests()
    seen = set()
    for number in range(5):
        (tmp_path / "train.py").write_text(f"x = {number}\n")
        seen.add(discover("train.py", tmp_path, digests=digests).digest)
    assert len(seen) == 5


def test_a_command_names_the_libraries_of_its_files_and_takes_any_python(tmp_path: Path) -> None:
    tree(tmp_path, {"src/main.py": "import mlflow, helper, json\n", "src/helper.py": "", "src/old.py": "print 'two'\n"})
    code = discover_files(tmp_path, ["src"])
    assert code.files == ("src/helper.py", "src/main.py", "src/old.py")
    assert code.libraries == ("mlflow",)


def test_a_shell_script_names_the_libraries_of_what_travels_with_it(tmp_path: Path) -> None:
    tree(tmp_path, {"run.sh": "python fit.py\n", "fit.py": "import xgboost\n"})
    assert discover("run.sh", tmp_path, ["fit.py"]).libraries == ("xgboost",)


def test_one_folder_of_code(tmp_path: Path) -> None:
    tree(tmp_path, {"src/a.py": "", "file.py": ""})
    (tmp_path / "out").symlink_to("/etc")
    for name in ("src", "./src", "src/", "./src/"):
        assert code_folder(tmp_path, name) == tmp_path / "src"
    assert code_folder(tmp_path, ".") == tmp_path
    for name in ("gone", "file.py", "../x", "/etc", "out", "src/../.."):
        with pytest.raises(InvalidSpecError):
            code_folder(tmp_path, name)


def test_a_notebooks_cells_are_followed(tmp_path: Path) -> None:
    cells = [
        "%matplotlib inline\nimport numpy as np\n!pip install x\nfiles = !ls\nhelp?\n",
        "%%time\nfrom features import build\n",
        "%%bash\nimport nothing\n",
        "this is no Python\nimport lost\n",
        "if True:\n    %time build()\n    import beside\n",
    ]
    tree(tmp_path, {"nb/features.py": "import helper\n", "helper.py": "", "nb/beside.py": "", "nothing.py": ""})
    notebook(tmp_path / "nb/train.ipynb", cells)
    code = discover("nb/train.ipynb", tmp_path)
    assert code.files == ("helper.py", "nb/beside.py", "nb/features.py", "nb/train.ipynb")
    assert code.libraries == ("numpy",)


def test_a_notebook_that_was_only_run_is_the_same_code(tmp_path: Path) -> None:
    path = tmp_path / "train.ipynb"
    notebook(path, ["x = 1\n"])
    first = discover("train.ipynb", tmp_path).digest
    output = {"output_type": "stream", "name": "stdout", "text": ["1"]}
    notebook(path, ["x = 1\n"], outputs=[output], execution_count=7, kernel="venv-churn", metadata={"collapsed": True})
    assert discover("train.ipynb", tmp_path).digest == first
    notebook(path, ["x = 1\n"], metadata={"tags": ["parameters"]})
    assert discover("train.ipynb", tmp_path).digest != first
    path.write_text("[1, 2")
    assert discover("train.ipynb", tmp_path).files == ("train.ipynb",)


def notebook(path: Path, sources: list[str], kernel: str = "python3", **fields: object) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, **fields}
    cells = [{**cell, "source": source.splitlines(keepends=True)} for source in sources]
    metadata = {"kernelspec": {"name": kernel, "language": "python"}}
    path.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
