"""Commands as processes of their own, forked from one that has loaded the program already.

To start Python and load its libraries anew takes a second, many times what most commands take themselves.
"""

import gc
import json
import os
import runpy
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn, Self


class Forge:
    """Runs `python -m digest.cli …`. Use as a context manager."""

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory()
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()
        self._folder.cleanup()

    def run(self, words: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        out, err = (Path(self._folder.name) / name for name in ("out", "err"))
        asked = {"words": words, "cwd": str(cwd), "env": dict(env), "out": str(out), "err": str(err)}
        assert self._server.stdin
        assert self._server.stdout
        print(json.dumps(asked), file=self._server.stdin, flush=True)
        code = int(self._server.stdout.readline())
        return subprocess.CompletedProcess(list(words), code, out.read_text(), err.read_text())


def _serve() -> dict[str, Any] | None:
    """Fork for every line that asks for a command, and answer with its exit code. Only the children return one."""
    import digest.wiring

    assert digest.wiring
    gc.freeze()  # else each child copies what its garbage collector only looks at
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asked: dict[str, Any] = json.loads(line)
            return asked
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    return None


def _become(words: Sequence[str], cwd: str, env: Mapping[str, str], out: str, err: str) -> NoReturn:
    """Be the process that was asked for, to its end."""
    for descriptor, (path, flags) in enumerate(
        ((os.devnull, os.O_RDONLY), *((path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for path in (out, err)))
    ):
        opened = os.open(path, flags)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv[1:] = words
    try:
        runpy.run_module("digest.cli", run_name="__main__", alter_sys=True)
        code: object = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Python's own end takes down every module one by one, a quarter of a second.
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    asked = _serve()
    if asked is not None:
        _become(**asked)
