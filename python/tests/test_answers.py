"""Answers have what the command line prints: every field, none more, and none that a newer one adds."""

import dataclasses
import typing

import pytest

import weighbridge
from conftest import FIXTURES, LSTM, needs_registry
from weighbridge import answers

BUDGETS = [
    {"name": "lstm", "metric": "RECURRENT_PER_USE", "path": "*", "maxIncreasePercent": 10},
    {"name": "size", "metric": "MODEL_PARAMS", "max": 5},
]


def differences(answer, data, at=""):
    """Fields that one has and the other lacks; what may be absent is known here."""
    if isinstance(data, list):
        return [fault for one, part in zip(answer, data) for fault in differences(one, part, at)]
    if not dataclasses.is_dataclass(answer):
        if not isinstance(answer, dict):
            return []
        return [fault for key, one in answer.items() for fault in differences(one, data[key], f"{at}.{key}")]
    fields = [one for one in dataclasses.fields(answer) if "raw" not in one.metadata]
    keys = {answers._key(one.name): one.name for one in fields if "by_metric" not in one.metadata}
    rest = set(data) - set(keys)
    by_metric = next((getattr(answer, one.name) for one in fields if "by_metric" in one.metadata), None)
    if by_metric is not None:
        rest = {key for key in rest if answers._metric(key) not in by_metric}
    absent = {key for key in set(keys) - set(data) if getattr(answer, keys[key]) is not None}
    faults = [f"{at}: {type(answer).__name__} {key}" for key in rest | absent]
    return faults + [
        fault
        for key in set(keys) & set(data)
        for fault in differences(getattr(answer, keys[key]), data[key], f"{at}.{key}")
    ]


def unseen(answer):
    """Fields that the JSON does not have."""
    return {one.name for one in dataclasses.fields(answer) if answers._key(one.name) not in answer.raw} - {"raw"}


@pytest.mark.parametrize(
    "file",
    ["external-data", "written-out-cell", "stack-of-two", "weights-of-4-bits", "weights-repeated", "mismatch-rank-2"],
)
def test_an_inspection_has_every_field_that_is_printed(file):
    path = FIXTURES / f"{file}.onnx"
    found = weighbridge.inspect(path, tensors=True, estimates=True, external_data=FIXTURES)
    assert differences(found, found.raw) == []
    assert unseen(found) == {"fetched"}
    assert found.warnings or found.recurrent_nodes or found.decomposed_cells or found.tensors


def test_a_comparison_has_every_field_that_is_printed():
    compared = weighbridge.compare(FIXTURES / "gru.onnx", LSTM, unchanged=True)
    assert differences(compared, compared.raw) == []
    assert unseen(compared) == set()
    assert compared.changes and compared.changes[0].compare is not None
    total = compared.totals.by_metric["MODEL_PARAMS"]
    assert (
        total.delta
        == total.compare - total.base
        == sum(one.delta for one in compared.by_cause.by_metric["MODEL_PARAMS"])
    )


def test_a_report_has_every_field_that_is_printed():
    report = weighbridge.check(LSTM, base=FIXTURES / "bias-double.onnx", budgets=BUDGETS)
    assert differences(report, report.raw) == []
    assert unseen(report) == set()
    assert [finding.outcome for finding in report.findings] == ["FAIL", "FAIL"]
    assert report.findings[0].contributors and report.comparison.changes


@needs_registry
def test_what_is_published_and_pulled_has_every_field_that_is_printed(folder):
    published = weighbridge.push("python/fields", "model.onnx", aliases=["edge"])
    assert differences(published, published.raw) == []
    assert unseen(published) == set()
    pulled = weighbridge.pull("python/fields@edge", "again.onnx")
    assert differences(pulled, pulled.raw) == []
    assert unseen(pulled) == set()


def test_fields_of_a_newer_version_are_passed_over_and_those_of_an_older_one_are_none():
    data = {
        "line": "published",
        "model": "vad",
        "number": 3,
        "check": {"outcome": "PASS", "mood": "good"},
        "colour": "blue",
    }
    published = answers.read(answers.Published, data)
    assert (published.number, published.check.outcome, published.check.line) == (3, "PASS", None)
    assert (published.held_aliases, published.inspection) == (None, None)
    assert published.raw["colour"] == "blue"


def test_every_answer_is_frozen_and_its_types_can_be_read():
    kinds = [kind for kind in vars(answers).values() if dataclasses.is_dataclass(kind)]
    assert len(kinds) > 40
    for kind in kinds:
        assert kind.__dataclass_params__.frozen
        assert typing.get_type_hints(kind)
