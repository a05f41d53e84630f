"""The functions of the package, one a command: what is asked, as arguments, and what came of it, as an answer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

from ._program import Printed, logger, run
from .answers import CheckReport, Comparison, Inspection, Published, Pulled, read
from .errors import WeighbridgeError
from .sources import ModelSource, Sources

#: What estimates may be asked for, as the options of the command line.
ESTIMATES = ("dtype", "optimizer", "examples", "time_steps", "epochs", "batch", "flops")

Path = Union[str, "os.PathLike[str]"]
#: The path of a ``weighbridge.json``, its content, or its list of budgets.
Budgets = Union[Path, Mapping[str, Any], Iterable[Mapping[str, Any]]]


def inspect(
    source: ModelSource,
    *,
    external_data: Optional[Path] = None,
    tensors: bool = False,
    estimates: Union[bool, Mapping[str, object]] = False,
    whole: bool = False,
    timeout: Optional[float] = None,
) -> Inspection:
    """What is in a model: its recurrent nodes with their verdicts, its parameters, elements, bytes and warnings.

    ``external_data`` is the folder of its data files, which are not looked for without it. ``estimates`` are asked for with True, or with
    what they are for: ``{"dtype": "fp16", "batch": 64}``. ``whole`` reads all of a file on the web.
    """
    options = [*_flag("--tensors", tensors), *_flag("--whole", whole), *_estimates(estimates)]
    if external_data is not None:
        options.append(f"--external-data={os.fspath(external_data)}")
    with Sources() as sources:
        arguments = ["inspect", "--json", *options, "--", sources.argument(source, "model")]
        printed = _named(sources, run(arguments, timeout=timeout))
    entry = printed.answer[0] if printed.answer else None
    if entry is None:
        printed.fail("ENDED")
    if "error" in entry:
        raise WeighbridgeError(entry["error"]["code"], entry["error"]["message"])
    return read(Inspection, entry)


def compare(
    base: ModelSource,
    candidate: ModelSource,
    *,
    unchanged: bool = False,
    url: Optional[str] = None,
    token: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Comparison:
    """What grew from one model to another, where and why. Text may also be a version of a registry (``model@3``) or ``git:REF``."""
    with Sources() as sources:
        sides = [sources.argument(base, "base"), sources.argument(candidate, "candidate")]
        arguments = ["diff", "--output=json", *_flag("--all", unchanged), "--", *sides]
        printed = _named(sources, run(arguments, url=url, token=token, timeout=timeout))
    return read(Comparison, _answered(printed))


def check(
    candidate: ModelSource,
    *,
    base: Optional[ModelSource] = None,
    budgets: Optional[Budgets] = None,
    model: Optional[str] = None,
    new: bool = False,
    without_external_data: bool = False,
    url: Optional[str] = None,
    token: Optional[str] = None,
    timeout: Optional[float] = None,
) -> CheckReport:
    """Whether a model keeps to budgets; nothing is published.

    The budgets are those given, else those of the ``model`` in a registry, else those of ``weighbridge.json`` in this folder. ``base`` is
    what growth is measured from: a model, a version of a registry (``model@production``) or ``git:REF``. A model that breaks a budget is
    an answer: see ``passed`` and ``line``. Where no limit could be judged, or external data is not whole, WeighbridgeError has the
    ``report``.
    """
    options = [*_flag("--new", new), *_flag("--without-external-data", without_external_data)]
    with Sources() as sources:
        if base is not None:
            options.append(f"--base={sources.argument(base, 'base')}")
        if budgets is not None:
            options.append(f"--budgets={_budgets_file(sources, budgets)}")
        subject = [*([] if model is None else [model]), sources.argument(candidate, "candidate")]
        arguments = ["check", "--output=json", "--changes", *options, "--", *subject]
        printed = _named(sources, run(arguments, url=url, token=token, timeout=timeout))
    if printed.answer is None:
        printed.fail("ENDED")
    if "models" in printed.answer:
        raise WeighbridgeError("INPUT_INVALID", f"{candidate!r}: a pattern means several models; check each with a call of its own")
    report = read(CheckReport, printed.answer)
    if printed.code == 2:
        code = "EXTERNAL_DATA_MISSING" if report.incomplete else "CHECK_SKIPPED"
        raise WeighbridgeError(code, report.line, report)
    _log(line for line in printed.lines if line != report.line)
    return report


def push(
    model: str,
    source: ModelSource,
    *,
    aliases: Iterable[str] = (),
    labels: Iterable[str] = (),
    note: Optional[str] = None,
    declared_params: Optional[int] = None,
    commit: Optional[str] = None,
    repository: Optional[str] = None,
    run_url: Optional[str] = None,
    check: bool = False,
    new: bool = False,
    force: bool = False,
    without_external_data: bool = False,
    url: Optional[str] = None,
    token: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Published:
    """Publishes a model as the next version of ``model`` in a registry. An alias that budgets hold back is in ``held_aliases``.

    ``check`` publishes only what keeps to the budgets; what does not raises CHECK_FAILED, and CHECK_SKIPPED where none could be judged.
    """
    options = [f"--alias={alias}" for alias in _texts("aliases", aliases)]
    options += [f"--label={label}" for label in _texts("labels", labels)]
    given = {
        "--note": note,
        "--declared-params": declared_params,
        "--commit": commit,
        "--repository": repository,
        "--run-url": run_url,
    }
    options += [f"{option}={value}" for option, value in given.items() if value is not None]
    options += _flag("--check", check) + _flag("--new", new) + _flag("--force", force)
    options += _flag("--without-external-data", without_external_data)
    with Sources() as sources:
        arguments = ["push", "--json", *options, "--", model, sources.argument(source, "model")]
        printed = _named(sources, run(arguments, url=url, token=token, timeout=timeout))
    if printed.answer is None:
        printed.fail("CHECK_SKIPPED" if printed.code == 2 else "CHECK_FAILED")
    return read(Published, _answered(printed))


def pull(
    version: str,
    output: Optional[Path] = None,
    *,
    force: bool = False,
    url: Optional[str] = None,
    token: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Pulled:
    """Downloads a version (``model``, ``model@3``, ``model@production``) with its external data, verified by their digests.

    ``output`` is the file to write, ``MODEL.onnx`` in this folder if it is not given. What is there is overwritten only with ``force``.
    """
    options = _flag("--force", force)
    if output is not None:
        target = os.fspath(output)
        options.append(f"--output={os.path.join(os.curdir, target) if target == '-' else target}")
    printed = run(["pull", "--json", *options, "--", version], url=url, token=token, timeout=timeout)
    return read(Pulled, _answered(printed))


def _answered(printed: Printed) -> Any:
    if printed.answer is None or printed.code == 2:
        printed.fail("ENDED")
    _log(printed.lines)
    return printed.answer


def _log(lines: Iterable[str]) -> None:
    """What it says besides, such as data files that are not there."""
    for line in lines:
        logger.warning("%s", line)


def _named(sources: Sources, printed: Printed) -> Printed:
    return printed._replace(answer=sources.named(printed.answer), lines=sources.named(printed.lines))


def _budgets_file(sources: Sources, budgets: Budgets) -> str:
    if isinstance(budgets, (str, os.PathLike)):
        return os.fspath(budgets)
    content = dict(budgets) if isinstance(budgets, Mapping) else {"budgets": [dict(budget) for budget in budgets]}
    return sources.file(json.dumps(content), "budgets")


def _estimates(asked: Union[bool, Mapping[str, object]]) -> list[str]:
    if isinstance(asked, bool):
        return _flag("--estimates", asked)
    unknown = sorted(set(asked) - set(ESTIMATES))
    if unknown:
        raise TypeError(f"estimates take {', '.join(ESTIMATES)}, not {', '.join(unknown)}")
    return ["--estimates", *(f"--{name.replace('_', '-')}={value}" for name, value in asked.items())]


def _texts(name: str, texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise TypeError(f"{name} is a list of texts, not a text")
    return list(texts)


def _flag(option: str, wanted: bool) -> list[str]:
    return [option] if wanted else []
