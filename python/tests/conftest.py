"""What several tests use. They run against the installed package, and a registry where WEIGHBRIDGE_URL names one."""

import os
import shutil
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"
#: An LSTM (25, 100) as Keras exports it: 50,800 stored, 50,400 of them effective.
LSTM = FIXTURES / "seed-25-100-keras-half.onnx"

needs_registry = pytest.mark.skipif("WEIGHBRIDGE_URL" not in os.environ, reason="no registry is running")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with model.onnx in it; temporary files are made beside it, where nothing may be left."""
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    shutil.copy(LSTM, work / "model.onnx")
    monkeypatch.chdir(work)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield work
    assert list(temporary.iterdir()) == []
