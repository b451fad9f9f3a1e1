"""Whatever a script does, a warm start shows in nothing but the time."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WORLD = """
import __main__, gc, os, sys
print(sys.argv, sys.orig_argv, sys.executable, sys.prefix, sys.flags, sys.warnoptions)
print(sys.path)
print(__name__, __file__, __spec__, __doc__, __package__, type(__loader__).__name__, __cached__, type(__builtins__))
print(list(globals()))
print(__main__.__dict__ is globals(), sys.modules['__main__'] is __main__)
print(sys.stdin, sys.stdout, sys.stderr, sys.stdout.line_buffering, sys.stdout.write_through)
print(sys.getfilesystemencoding(), sys.stdin.read(), os.getcwd(), gc.isenabled(), gc.get_threshold())
print([name for name in sys.modules if name.split('.')[0] in ('mlops_cloud', 'mlops_runtime')])
print(sys.meta_path, sys.path_hooks, sys.excepthook, sys.displayhook, sys.getswitchinterval())
"""
SYSTEM = """
import os, resource, signal, subprocess, sys, time
from pathlib import Path
print(sorted(os.environ.items()))
print(list(os.environ))
print(subprocess.run(['env'], capture_output=True, text=True).stdout)
print([(n, str(signal.getsignal(n))) for n in sorted(signal.valid_signals())], signal.pthread_sigmask(0, ()))
print(oct(os.umask(0)),)
print([resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith('RLIMIT_')])
print(os.sched_getaffinity(0), os.nice(0), time.tzname, time.localtime(0)[:6])
print(os.getpgid(0) == os.getpid(), os.getsid(0) == os.getppid(), os.getpgid(os.getppid()) == os.getppid())
print(sorted(os.readlink(f'/proc/self/fd/{n}').split(':')[0] for n in os.listdir('/proc/self/fd') if n in '012'))
print(len(os.listdir('/proc/self/fd')), Path('/proc/self/oom_score_adj').read_text())
print([l for l in open('/proc/self/status') if l.startswith(('SigBlk', 'SigIgn', 'SigCgt', 'Threads', 'Umask'))])
"""
ENDS = {
    "well": "print('hello')",
    "by a number": "import sys\nsys.exit(3)",
    "by a number of more than a byte": "import sys\nsys.exit(259)",
    "by a negative number": "import sys\nsys.exit(-1)",
    "by None": "raise SystemExit",
    "by True": "raise SystemExit(True)",
    "by a text": "import sys\nsys.exit('the data is empty')",
    "by a list": "import sys\nsys.exit(['a', 1])",
    "by an exception": "def f(x):\n    return 1 / x\n\n\nf(0)",
    "by a chain": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('no a\\nat all') from e",
    "by a group": "raise ExceptionGroup('several', [ValueError(1), TypeError('x')])",
    "with a note": "e = ValueError('x')\ne.add_note('look there')\nraise e",
    "by depth": "def f():\n    f()\n\n\nf()",
    "by an interrupt": "raise KeyboardInterrupt",
    "by a signal of its own": "import os, signal\nprint('x')\nos.kill(os.getpid(), signal.SIGTERM)",
    "by SIGKILL": "import os\nos.kill(os.getpid(), 9)",
    "by os._exit": "import os, sys\nsys.stdout.write('unseen')\nos._exit(4)",
    "by SIGPIPE": "import signal, os\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nos.kill(os.getpid(), 13)",
    "by a hook": "import sys\nsys.excepthook = lambda t, v, tb: print('hook', t.__name__, v, tb.tb_lineno)\n1 / 0",
    "by a failing hook": "import sys\ndef hook(*a):\n    raise RuntimeError('hook')\nsys.excepthook = hook\n1 / 0",
    "by input()": "input()",
    "by a missing import": "import not_there_at_all",
}
FINISHING = {
    "a file that is not closed": "f = open('../output_dir/x', 'w')\nf.write('last words')",
    "one in an object": "class A: pass\na = A()\na.f = open('../output_dir/x', 'w')\na.a = a\na.f.write('last words')",
    "one of a module": "import other",
    "an archive that is not closed": (
        "import zipfile\nz = zipfile.ZipFile('../output_dir/x', 'w')\nz.writestr(zipfile.ZipInfo('a'), 'b')"
    ),
    "finalizers": (
        "import weakref, sys\nclass A:\n    def __del__(self):\n        print('del', sys is not None, f())\n"
        "def f():\n    return 5\na = A()\nb = A()\nb.me = b\nc = A()\nweakref.finalize(c, print, 'gone')"
    ),
    "exit functions": (
        "import atexit, sys\nfor n in range(3):\n    atexit.register(print, n, file=sys.stderr)\n"
        "atexit.register(lambda: 1 / 0)"
    ),
    "a thread": (
        "import threading, time\ndef f():\n    time.sleep(0.05)\n    print(1)\nthreading.Thread(target=f).start()"
    ),
    "a daemon": (
        "import threading, time\nx = 1\ndef f():\n    while x:\n        time.sleep(0.001)\n"
        "threading.Thread(target=f, daemon=True).start()"
    ),
    "a failing thread": "import threading\nthreading.Thread(target=lambda: 1 / 0, name='T').start()",
    "another stdout": (
        "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-16')\nprint('x', flush=True)"
    ),
    "a closed stdout": "import sys\nsys.stdout.close()",
    "no stdout": "import os\nos.close(1)\nprint('x')",
    "a warning": "import warnings\nwarnings.warn('careful')\nwarnings.warn('old', DeprecationWarning)",
    "a log": "import logging\nlogging.info('no')\nlogging.warning(logging.root.handlers)",
}
TREES = """
import multiprocessing, os, subprocess, sys


class Thing:
    def __init__(self, n):
        self.n = n


def work(n):
    return Thing(n * 2)


if __name__ == "__main__":
    context = multiprocessing.get_context(os.environ["METHOD"])
    with context.Pool(2) as pool:
        print([thing.n for thing in pool.map(work, range(5))])
    print(subprocess.run([sys.executable, "-c", "import sys; print(sys.path[1:])"], capture_output=True, text=True))
    print(subprocess.run("cat", capture_output=True, stdin=subprocess.DEVNULL).returncode, os.system("exit 3"))
    if os.fork() == 0:
        sys.exit(0)
    os.wait()
    print(multiprocessing.active_children())
"""
STATE = """
import logging, multiprocessing.process, os, random, tempfile, time, uuid
print(random.random(), uuid.uuid4(), multiprocessing.current_process().authkey, os.urandom(3))
print(time.time() - getattr(logging, '_startTime') / (1e9 if logging._startTime > 1e12 else 1) < 0.5)
print(time.process_time() < 0.5, tempfile.gettempdir() == os.environ['TMPDIR'])
print(multiprocessing.process.ORIGINAL_DIR == os.getcwd())
"""


def test_a_script_sees_the_same_world(bench: Any) -> None:
    bench.both(WORLD, MODE="; $(x)\n")


def test_a_module_sees_the_same_world(bench: Any) -> None:
    bench.entry = ("module", "package.work")
    bench.files = {"package/__init__.py": "", "package/work.py": WORLD + "import package\nprint(package.__path__)\n"}
    bench.fields = {"arguments": ["--depth", "3", "-m"]}
    assert "package/work.py', '--depth', '3', '-m']" in bench.both("").log


@pytest.mark.parametrize("name", ["sub/deep.py", "-odd.py"])
def test_a_script_anywhere_sees_the_same_world(bench: Any, name: str) -> None:
    bench.entry = ("script", name)
    bench.files = {name: WORLD, "sub/near.py": ""}
    bench.both("")


def test_a_packages_failure_is_told_alike(bench: Any) -> None:
    bench.entry = ("module", "package")
    bench.files = {"package/__init__.py": "", "package/__main__.py": "import package.a\n", "package/a.py": "1 / 0\n"}
    assert bench.both("").failure["error_type"] == "ZeroDivisionError"


@pytest.mark.parametrize("zone", ["", "Asia/Kathmandu"])
def test_the_system_is_the_same(bench: Any, zone: str) -> None:
    bench.both(SYSTEM, **({"TZ": zone} if zone else {}))


def test_without_a_locale_the_interpreter_chooses_the_same(bench: Any) -> None:
    del bench.environment["LANG"]
    assert "'LC_CTYPE'" in bench.both("import locale, os\nprint(sorted(os.environ), locale.getlocale())").log


def test_what_c_code_sees_is_the_same(bench: Any) -> None:
    script = "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.getenv.restype = ctypes.c_char_p\n"
    asked = "MODE", "MLOPS_JOB_FILE", "PYTHONPATH", "MLOPS_CLOUD_NOT_THERE"
    bench.both(script + f"print([libc.getenv(name.encode()) for name in {asked}])", MODE="fast")


@pytest.mark.parametrize("end", list(ENDS))
def test_a_script_ends_alike(bench: Any, end: str) -> None:
    bench.both(ENDS[end])


@pytest.mark.parametrize("end", list(FINISHING))
def test_what_a_script_leaves_is_finished_alike(bench: Any, end: str) -> None:
    bench.files = {"other.py": "f = open('../output_dir/x', 'w')\nf.write('last words')"}
    bench.both(FINISHING[end])


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_processes_of_its_own_work_alike(bench: Any, method: str) -> None:
    assert "[0, 2, 4, 6, 8]" in bench.both(TREES, METHOD=method, TMPDIR="/tmp").log


def test_metrics_and_outputs_are_the_same(bench: Any) -> None:
    script = (
        "from mlops_cloud.runtime import log_metric\nimport mlops_runtime, os\nfrom pathlib import Path\n"
        "log_metric('auc', 1 / 3, step=2)\nprint('[metric] loss=0.25')\nprint(mlops_runtime.__file__)\n"
        "Path(os.environ['MLOPS_MODEL_DIR'], 'm').write_text('model')\n"
    )
    ran = bench.both(script)
    assert ran.metrics == [("auc", 1 / 3), ("loss", 0.25)]
    assert "JOB/job.zip/mlops_runtime" in ran.log
    assert ran.digests


def test_state_that_was_made_at_an_import_is_each_jobs_own(own_bench: Any, interpreter: Path, packages: Path) -> None:
    own_bench.python, own_bench.preload = str(interpreter), ("library",)
    own_bench.fields = {"python": str(interpreter)}
    (packages / "library.py").write_text("import multiprocessing.process, tempfile\ntempfile.gettempdir()\n")
    own_bench.run(STATE)
    time.sleep(0.6)  # logging counts its records' time from its import
    first, second = (own_bench.run(STATE) for _ in range(2))
    assert (first.start, second.start) == ("warm", "warm")
    assert first.log.splitlines()[1:] == second.log.splitlines()[1:] == ["True", "True True", "True"]
    assert not set(first.log.splitlines()[0].split()) & set(second.log.splitlines()[0].split())


def test_what_cannot_be_written_at_the_end_is_told(bench: Any) -> None:
    assert bench.both("import os\nprint('x')\nos.close(1)", PYTHONUNBUFFERED="").failure["exit_code"] == 120


def test_hashes_are_those_that_were_asked_for(bench: Any) -> None:
    bench.both("print(hash('text'))", PYTHONHASHSEED="7")


def test_a_job_is_found_by_its_token(bench: Any, tmp_path: Path) -> None:
    script = "from pathlib import Path\nimport os\nprint(Path('/proc/self/environ').read_text().count(token))\n"
    token = "token = os.environ['MLOPS_CLOUD_JOB_TOKEN']\n"
    fork = "if os.fork() == 0:\n    print(Path('/proc/self/environ').read_text().count(token))\nelse:\n    os.wait()\n"
    lines = bench.run("import os\n" + token + script + fork).log
    assert re.sub(r"\s", "", lines) == "11"
