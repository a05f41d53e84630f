"""What the functions answer: the JSON of the command line as dataclasses, with its names in Python's spelling.

Counts are exact; what is unknown is None, never 0. Fields that this package does not know are left out; ``raw`` has all, as it was printed.
What is keyed by a metric has the name that budgets give it, such as ``MODEL_PARAMS``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def _raw() -> Any:
    """All of the JSON object."""
    return field(repr=False, compare=False, metadata={"raw": True})


def _by_metric() -> Any:
    """What of a JSON object no other field takes, by the name of the metric."""
    return field(metadata={"by_metric": True})


# ---- inspect


@dataclass(frozen=True)
class Opset:
    domain: str
    version: Optional[int]


@dataclass(frozen=True)
class ClaimedElements:
    tensors: int
    elements: int


@dataclass(frozen=True)
class TensorSum:
    tensors: int
    elements: int
    byte_size: int


@dataclass(frozen=True)
class TensorTotals:
    tensors: int
    elements: int
    byte_size: int
    left_out: TensorSum


@dataclass(frozen=True)
class NamedTensor:
    name: str
    path: str


@dataclass(frozen=True)
class DuplicateGroup:
    content_hash: str
    dtype: Optional[str]
    dims: list[int]
    elements: int
    copies: int
    saved_bytes: int
    tensors: list[NamedTensor]


@dataclass(frozen=True)
class QuantizedWeights:
    logical: Optional[int]
    stored_bytes: int
    bits_per_param: Optional[float]


@dataclass(frozen=True)
class ByteAccount:
    """Bytes of the file by what they hold."""

    weights: int
    constants: int
    graph: int
    metadata: int
    padding: int


@dataclass(frozen=True)
class ExternalData:
    location: str
    claimed_bytes: int
    byte_size: Optional[int]
    unclaimed_bytes: Optional[int]
    #: Where a folder was given: why it is not what the model needs, and whether it is there at all.
    problem: Optional[str]
    present: Optional[bool]


@dataclass(frozen=True)
class RecurrentTotals:
    """Lower bounds while ``unverifiable_nodes`` is over 0."""

    nodes: int
    unverifiable_nodes: int
    per_use: int
    distinct: int
    effective: int
    effective_distinct: int


@dataclass(frozen=True)
class FormulaValues:
    none: int
    single: int
    double: int
    peepholes: int


@dataclass(frozen=True)
class MacsPerStep:
    input: int
    recurrent: int
    bias: int
    pointwise: int


@dataclass(frozen=True)
class Weight:
    role: str
    source: str
    tensor: Optional[str]
    dims: Optional[list[int]]
    dtype: Optional[str]
    elements: Optional[int]
    byte_size: Optional[int]
    content_hash: Optional[str]
    hops: int
    chain: list[str]


@dataclass(frozen=True)
class RecurrentNode:
    path: str
    name: str
    op_type: str
    domain: str
    direction: str
    num_directions: Optional[int]
    input_size: Optional[int]
    hidden_size: Optional[int]
    layout: int
    bias_convention: str
    peepholes: bool
    stored: Optional[int]
    expected: Optional[int]
    effective: Optional[int]
    #: MATCH, MISMATCH or UNVERIFIABLE.
    verdict: str
    reason: Optional[str]
    formula: Optional[FormulaValues]
    weights: list[Weight]
    macs_per_step: Optional[MacsPerStep]
    state_bytes: Optional[int]


@dataclass(frozen=True)
class StackLayer:
    input_size: int
    hidden_size: int
    num_directions: int
    params: int
    nodes: list[str]


@dataclass(frozen=True)
class RecurrentStack:
    path: str
    op_type: str
    layers: list[StackLayer]
    params: int
    expected: int
    uniform: bool
    verdict: str


@dataclass(frozen=True)
class DecomposedTotals:
    cells: int
    params: int
    is_whole: bool


@dataclass(frozen=True)
class DecomposedTensor:
    role: str
    tensor: str
    dims: list[int]
    elements: int


@dataclass(frozen=True)
class DecomposedCell:
    kind: str
    cell: str
    path: str
    input_size: int
    hidden_size: int
    projection_size: Optional[int]
    coupled_gates: bool
    params: int
    repetitions: int
    confidence: str
    reason: Optional[str]
    tensors: list[DecomposedTensor]
    macs_per_step: Optional[MacsPerStep]
    state_bytes: Optional[int]


@dataclass(frozen=True)
class ModelWarning:
    code: str
    message: str
    path: Optional[str]


@dataclass(frozen=True)
class Fetched:
    """How much of a file on the web was read."""

    bytes: int
    requests: int


@dataclass(frozen=True)
class TensorUse:
    path: str
    op_type: Optional[str]
    input: int


@dataclass(frozen=True)
class StoredTensor:
    name: str
    path: str
    class_: str
    reason: str
    dims: list[int]
    dtype: Optional[str]
    elements: int
    params: Optional[int]
    byte_size: int
    external: bool
    content_hash: Optional[str]
    bits_per_element: Optional[float]
    used_by: list[TensorUse]
    used_by_count: int


@dataclass(frozen=True)
class EstimateQuestion:
    dtype: str
    optimizer: str
    examples: int
    time_steps: int
    epochs: int
    batch: int
    flops_per_second: Optional[float]


@dataclass(frozen=True)
class EstimateInput:
    name: str
    value: Optional[float]


@dataclass(frozen=True)
class Estimate:
    value: Optional[float]
    rule: str
    inputs: list[EstimateInput]
    assumption: str


@dataclass(frozen=True)
class SizeEstimate:
    dtype: str
    estimate: Estimate


@dataclass(frozen=True)
class ExampleRule:
    name: str
    source: str
    estimate: Estimate


@dataclass(frozen=True)
class ExampleBound:
    unit: str
    least: Optional[float]
    most: Optional[float]
    rules: list[ExampleRule]
    warning: str


@dataclass(frozen=True)
class Estimates:
    question: EstimateQuestion
    sizes: list[SizeEstimate]
    training_memory: Estimate
    training_memory_with_activations: Estimate
    training_examples: ExampleBound
    macs_per_step: Estimate
    state_bytes: Estimate
    training_compute: Estimate
    training_seconds: Estimate
    nodes: int
    nodes_left_out: int


@dataclass(frozen=True)
class Inspection:
    """What one model was found to hold."""

    #: As it was given; None of what was pushed.
    file: Optional[str]
    #: None where a file on the web was read in part.
    digest: Optional[str]
    byte_size: int
    inspection_version: int
    ir_version: Optional[int]
    opsets: list[Opset]
    producer_name: str
    producer_version: str
    graph_name: str
    node_count: int
    stored_elements: int
    claimed: ClaimedElements
    #: Learned parameters; a lower bound while ``unverifiable_weights`` is over 0.
    model_params: int
    model_params_effective: Optional[int]
    unverifiable_weights: int
    duplicate_elements: int
    duplicate_bytes: int
    duplicates: list[DuplicateGroup]
    quantized_weights: QuantizedWeights
    tensor_totals: TensorTotals
    #: Stored elements by class.
    classes: dict[str, int]
    bytes: ByteAccount
    external_data: list[ExternalData]
    recurrent: RecurrentTotals
    recurrent_nodes: list[RecurrentNode]
    recurrent_stacks: list[RecurrentStack]
    decomposed: DecomposedTotals
    decomposed_cells: list[DecomposedCell]
    warnings: list[ModelWarning]
    #: Of a file on the web.
    fetched: Optional[Fetched]
    #: Where they were asked for, as the next.
    tensors: Optional[list[StoredTensor]]
    estimates: Optional[Estimates]
    raw: dict[str, Any] = _raw()


# ---- compare


@dataclass(frozen=True)
class ComparedSide:
    label: Optional[str]
    digest: Optional[str]
    byte_size: int
    total_byte_size: Optional[int]
    inspection_version: int
    producer_name: str
    producer_version: str
    node_count: int
    recurrent_nodes: int
    unverifiable_nodes: int
    unverifiable_weights: int


@dataclass(frozen=True)
class CauseDelta:
    cause: str
    delta: int


@dataclass(frozen=True)
class CausesByMetric:
    classes: dict[str, list[CauseDelta]]
    by_metric: dict[str, list[CauseDelta]] = _by_metric()


@dataclass(frozen=True)
class ComparedTotal:
    base: Optional[int]
    compare: Optional[int]
    delta: Optional[int]
    ratio: Optional[float]


@dataclass(frozen=True)
class ComparedTotals:
    classes: dict[str, ComparedTotal]
    by_metric: dict[str, ComparedTotal] = _by_metric()


@dataclass(frozen=True)
class ChangeSide:
    path: Optional[str]
    name: Optional[str]
    op_type: Optional[str]
    input_size: Optional[int]
    hidden_size: Optional[int]
    direction: Optional[str]
    num_directions: Optional[int]
    bias_convention: Optional[str]
    peepholes: Optional[bool]
    dtype: Optional[str]
    dims: Optional[list[int]]
    params: Optional[int]
    elements: int
    byte_size: int
    producer: Optional[str]


@dataclass(frozen=True)
class ChangeParts:
    input: int
    recurrent: int
    bias: int
    peephole: int
    other: int


@dataclass(frozen=True)
class ChangeDeltas:
    classes: dict[str, int]
    bytes: ByteAccount
    by_metric: dict[str, int] = _by_metric()


@dataclass(frozen=True)
class Change:
    """One cause at one node, or at one part of the file."""

    subject: str
    status: str
    cause: str
    path: Optional[str]
    base_path: Optional[str]
    op_type: Optional[str]
    delta: int
    parts: Optional[ChangeParts]
    deltas: ChangeDeltas
    base: Optional[ChangeSide]
    compare: Optional[ChangeSide]
    confidence: str


@dataclass(frozen=True)
class Comparison:
    """What grew between two models; deltas are candidate − base."""

    base: ComparedSide
    compare: ComparedSide
    summary: str
    by_cause: CausesByMetric
    totals: ComparedTotals
    changes: list[Change]
    unchanged: int
    same_inspection_version: bool
    raw: dict[str, Any] = _raw()


# ---- check


@dataclass(frozen=True)
class BudgetOf:
    """The budget of a finding."""

    id: str
    name: str
    level: str
    reason: Optional[str]
    owner: Optional[str]


@dataclass(frozen=True)
class FindingBase:
    number: Optional[int]
    digest: Optional[str]
    kind: str
    fallback: bool
    why: str


@dataclass(frozen=True)
class Contributor:
    path: Optional[str]
    op_type: Optional[str]
    cause: Optional[str]
    delta: int
    share: Optional[float]


@dataclass(frozen=True)
class VersionContribution:
    number: Optional[int]
    delta: int
    share: Optional[float]


@dataclass(frozen=True)
class Followed:
    base_path: str
    path: str
    confidence: str


@dataclass(frozen=True)
class FindingSelection:
    op_type: Optional[str]
    path: Optional[str]
    parts: int
    base_parts: Optional[int]
    followed: list[Followed]
    missing: list[str]


@dataclass(frozen=True)
class Finding:
    """What one limit of one budget says."""

    budget: BudgetOf
    metric: str
    dtype: Optional[str]
    selection: Optional[FindingSelection]
    limit_kind: str
    #: PASS, WARN, FAIL or SKIPPED.
    outcome: str
    why: str
    value: Optional[int]
    exact: bool
    limit: Optional[int]
    base: FindingBase
    base_value: Optional[int]
    delta: Optional[int]
    percent: Optional[float]
    introduced: Optional[int]
    inherited: Optional[int]
    contributors: list[Contributor]
    versions: list[VersionContribution]
    message: str


@dataclass(frozen=True)
class CheckReport:
    """What budgets say of a model."""

    subject: str
    digest: Optional[str]
    base: Optional[str]
    outcome: str
    #: The outcome, and whether a failure is APPROVED.
    conclusion: str
    #: All of it in one line: of a failure the excess, the node and the cause.
    line: str
    #: The worst first.
    findings: list[Finding]
    comparison: Optional[Comparison]
    incomplete: list[str]
    raw: dict[str, Any] = _raw()

    @property
    def passed(self) -> bool:
        """Whether at least one limit was judged and none fails that nobody approved."""
        return self.conclusion in ("PASS", "WARN", "APPROVED") and not self.incomplete


# ---- push and pull


@dataclass(frozen=True)
class Verdict:
    outcome: str
    conclusion: str
    line: str


@dataclass(frozen=True)
class HeldAlias:
    name: str
    line: str
    is_protected: bool


@dataclass(frozen=True)
class PublishedData:
    location: str
    digest: str
    byte_size: int


@dataclass(frozen=True)
class Published:
    """A version, new or as it was."""

    line: str
    model: str
    number: int
    #: Of its page.
    url: str
    unchanged: bool
    #: Whether the name was new.
    model_created: bool
    #: None without budgets.
    check: Optional[Verdict]
    #: Aliases that were given and did not move.
    held_aliases: list[HeldAlias]
    external_data: list[PublishedData]
    inspection: Inspection
    raw: dict[str, Any] = _raw()


@dataclass(frozen=True)
class PulledFile:
    path: Path
    byte_size: int
    digest: str


@dataclass(frozen=True)
class Pulled:
    """A version that was downloaded, and where it is."""

    model: str
    number: int
    path: Path
    byte_size: int
    digest: str
    external_data: list[PulledFile]
    raw: dict[str, Any] = _raw()


# ---- from JSON


def read(kind: type[T], data: dict[str, Any]) -> T:
    """The object of this class. A field that is not there, as of an older registry, is None."""
    reader = _readers.get(kind)
    if reader is None:
        reader = _readers[kind] = _reader(kind)
    return kind(**{name: value(data) for name, value in reader})


_readers: dict[type, list[tuple[str, Callable[[dict[str, Any]], Any]]]] = {}


def _reader(kind: type) -> list[tuple[str, Callable[[dict[str, Any]], Any]]]:
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)
    keys = {one.name: _key(one.name) for one in fields}
    taken = {keys[one.name] for one in fields if not one.metadata}

    def of(one: dataclasses.Field[Any]) -> Callable[[dict[str, Any]], Any]:
        if "raw" in one.metadata:
            return lambda data: data
        if "by_metric" in one.metadata:
            convert = _converter(get_args(hints[one.name])[1])
            return lambda data: {_metric(key): convert(value) for key, value in data.items() if key not in taken}
        convert, key = _converter(hints[one.name]), keys[one.name]
        return lambda data: convert(data.get(key))

    return [(one.name, of(one)) for one in fields]


def _converter(hint: Any) -> Callable[[Any], Any]:
    """What makes a value of the type out of its JSON. None stays None."""
    if get_origin(hint) is Union:
        return _converter(get_args(hint)[0])
    if get_origin(hint) is list:
        each = _converter(get_args(hint)[0])
        return lambda value: None if value is None else [each(one) for one in value]
    if get_origin(hint) is dict:
        of_key = _converter(get_args(hint)[1])
        return lambda value: None if value is None else {key: of_key(one) for key, one in value.items()}
    if dataclasses.is_dataclass(hint):
        return lambda value: None if value is None else read(hint, value)
    if hint is Path:
        return lambda value: None if value is None else Path(value)
    return lambda value: value


def _key(name: str) -> str:
    """``model_params`` is ``modelParams``; ``class_`` is ``class``."""
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name).rstrip("_")


def _metric(key: str) -> str:
    """``modelParams`` is ``MODEL_PARAMS``."""
    return re.sub(r"(?=[A-Z])", "_", key).upper()
