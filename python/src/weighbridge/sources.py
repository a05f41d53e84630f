"""What a model may be given as, and how the command line is given it: by a path, or from a temporary file that is gone afterwards.

Must never change what it is given, nor leave a file behind.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from contextlib import ExitStack
from typing import Any, BinaryIO, Optional, Protocol, Union

COPIED_AT_ONCE = 1024 * 1024


class Serializable(Protocol):
    """An ``onnx.ModelProto``, or anything that is written like one."""

    def SerializeToString(self) -> bytes:
        ...  # noqa: N802


class ExportedProgram(Protocol):
    """What ``torch.onnx.export`` gives with ``dynamo=True``."""

    @property
    def model_proto(self) -> Serializable:
        ...


#: A path or an address as text, a path, the bytes of a model, a file opened for reading bytes, or a model in memory.
ModelSource = Union[
    str, "os.PathLike[str]", "os.PathLike[bytes]", bytes, bytearray, memoryview, BinaryIO, Serializable, ExportedProgram
]


class Sources:
    """The sources of one call. A context: at its end, the temporary files are removed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder: Optional[str] = None
        self._names: dict[str, str] = {}

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *fault: object) -> None:
        self._stack.close()

    def argument(self, source: ModelSource, name: str) -> str:
        """The argument that means this source, and never an option. A model in memory is called ``name`` in answers."""
        if isinstance(source, str):
            return self._of_path(f".{os.sep}{source}" if source.startswith(("-", "!")) else source, source)
        if isinstance(source, os.PathLike):
            path = os.fsdecode(source)
            return self._of_path(path if _is_plainly_a_file(path) else os.path.join(os.curdir, path), path)
        return self._of_memory(source, name)

    def file(self, text: str, name: str) -> str:
        """A temporary file with this text, called ``name`` in answers."""
        path = self._new(name)
        self._names[path] = name
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
        return path

    def named(self, answer: Any) -> Any:
        """The same answer, with the names of what was given in place of those of temporary files."""
        if not self._names:
            return answer
        if isinstance(answer, str):
            for path, name in self._names.items():
                answer = answer.replace(path, name)
            return answer
        if isinstance(answer, list):
            return [self.named(one) for one in answer]
        if isinstance(answer, dict):
            return {key: self.named(value) for key, value in answer.items()}
        return answer

    def _of_path(self, path: str, name: str) -> str:
        if _can_be_argument(path):
            return path
        # Node would read the name as another; of a link beside nothing, external data is missed, and said to be missing.
        link = self._new("model.onnx")
        os.symlink(os.path.abspath(path), link)
        self._names[link] = name
        return link

    def _of_memory(self, source: Any, name: str) -> str:
        if not isinstance(source, (bytes, bytearray, memoryview)) and not hasattr(source, "read"):
            source = _serialized(source)
        path = self._new(f"{name}.onnx")
        self._names[path] = name
        with open(path, "xb") as file:
            if not hasattr(source, "read"):
                file.write(source)
            elif isinstance(source.read(0), str):
                raise TypeError("the file is opened as text: open it with mode 'rb'")
            else:
                shutil.copyfileobj(source, file, COPIED_AT_ONCE)
        return path

    def _new(self, name: str) -> str:
        if self._folder is None:
            self._folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="weighbridge-"))
        folder = tempfile.mkdtemp(dir=self._folder)
        return os.path.join(folder, name)


def _serialized(source: Any) -> bytes:
    model = source if hasattr(source, "SerializeToString") else getattr(source, "model_proto", None)
    if not hasattr(model, "SerializeToString"):
        raise TypeError(
            f"a model is a path, an address, bytes, a binary file or a ModelProto, not {type(source).__name__}"
        )
    data: bytes = model.SerializeToString()
    return data


def _is_plainly_a_file(path: str) -> bool:
    """Whether the command line takes the text for a file: neither for an option, an exclusion, an address or a commit, nor for a model."""
    return os.path.isabs(path) or (path.endswith(".onnx") and re.match(r"[-!]|\w+:", path) is None)


def _can_be_argument(path: str) -> bool:
    if sys.platform == "win32":
        return True
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
