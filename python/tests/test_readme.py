"""The examples of the README, run as they stand. Neither PyTorch nor TensorFlow is here: what they would export is a file of the fixtures."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import LSTM

EXAMPLES = re.findall(r"^```python\n(.*?)^```$", (Path(__file__).parents[1] / "README.md").read_text(), re.M | re.S)

TORCH = f"""
import shutil, types
nn = types.SimpleNamespace(LSTM=lambda inputs, hidden: None)
zeros = lambda *dims: None
onnx = types.SimpleNamespace(export=lambda model, args, file: shutil.copy({str(LSTM)!r}, file))
"""
TENSORFLOW = """
import types
keras = types.SimpleNamespace(Sequential=list, Input=repr, layers=types.SimpleNamespace(LSTM=int))
"""
TF2ONNX = f"""
import pathlib, types
model = types.SimpleNamespace(SerializeToString=pathlib.Path({str(LSTM)!r}).read_bytes)
convert = types.SimpleNamespace(from_keras=lambda model: (model and globals()["model"], None))
"""


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_readme_runs(folder, example):
    for name, text in {"torch": TORCH, "tensorflow": TENSORFLOW, "tf2onnx": TF2ONNX}.items():
        Path(f"{name}.py").write_text(text)
    for name in ("old.onnx", "new.onnx"):
        Path(name).write_bytes(LSTM.read_bytes())
    Path("example.py").write_text(example)
    done = subprocess.run([sys.executable, "example.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_there_is_one_for_pytorch_and_one_for_tensorflow():
    assert [example.split("\n")[0] for example in EXAMPLES][:2] == [
        "import torch, weighbridge",
        "import tf2onnx, weighbridge",
    ]
    assert len([line for line in EXAMPLES[0].splitlines() if line]) <= 5
