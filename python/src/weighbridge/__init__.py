"""Weighs ONNX models: finds their recurrent layers, counts their weights, says what grew, and checks them against budgets.

The functions run the command line that the package brings along, and answer with what it prints as JSON, as objects with types.
"""

from importlib.metadata import version as _version

from ._commands import check, compare, inspect, pull, push
from .answers import CheckReport, Comparison, Inspection, Published, Pulled
from .errors import WeighbridgeError, WeighbridgeTimeout
from .sources import ModelSource

__version__ = _version("weighbridge")

__all__ = [
    "CheckReport",
    "Comparison",
    "Inspection",
    "ModelSource",
    "Published",
    "Pulled",
    "WeighbridgeError",
    "WeighbridgeTimeout",
    "check",
    "compare",
    "inspect",
    "pull",
    "push",
]
