/** The closed sets of the schema, each value with its meaning. Values are the core's own. */
import { registerEnumType } from 'type-graphql';
import { CELL_TYPES } from '../core/layer/formula.js';
import { ALIAS_MOVE_CAUSES, MODEL_ORDER_FIELDS, VERSION_ORDER_FIELDS } from '../core/catalog.js';
import type { AliasMoveCause, Direction, ModelOrderField, VersionOrderField } from '../core/catalog.js';
import { DECLARED_AGREEMENTS, type DeclaredAgreement } from '../core/declared.js';
import { ERROR_KINDS, type ErrorCode } from '../core/errors.js';
import { BIAS_CONVENTIONS, RECURRENT_OP_TYPES, VERDICTS, WEIGHT_SOURCES } from '../core/inspection.js';
import type {
  BiasConvention,
  DecomposedCell,
  DecomposedTensor,
  RecurrentOpType,
  Verdict,
  WeightRole,
  WeightSource,
} from '../core/inspection.js';
import { SCOPES, type Scope } from '../core/principal.js';
import { CLASS_REASON_WORDS, CLASS_REASONS, ELEMENT_CLASSES, type ElementClass } from '../core/stored-tensors.js';
import {
  EVENT_ACTIONS,
  EVENT_ORDER_FIELDS,
  TRAIL_FAULTS,
  type EventAction,
  type EventOrderField,
  type TrailFault,
} from '../core/trail.js';

/** `meanings` must name every value, so that none goes undescribed. */
export function closedSet<Value extends string>(
  name: string,
  description: string,
  values: readonly Value[],
  meanings: Record<Value, string>,
): Record<Value, Value> {
  const set = Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>;
  const valuesConfig = Object.fromEntries(values.map((value) => [value, { description: meanings[value] }]));
  registerEnumType(set, { name, description, valuesConfig: valuesConfig as Record<Value, { description: string }> });
  return set;
}

export const RecurrentOpTypeEnum = closedSet<RecurrentOpType>(
  'RecurrentOpType',
  'An ONNX operator with recurrent weights, by its own name.',
  RECURRENT_OP_TYPES,
  {
    LSTM: 'ai.onnx LSTM: 4 gates (i o f c).',
    GRU: 'ai.onnx GRU: 3 gates (z r h).',
    RNN: 'ai.onnx RNN: 1 gate.',
    DynamicQuantizeLSTM: 'com.microsoft DynamicQuantizeLSTM: an LSTM with 8-bit weights, W is [D, m, 4n].',
    AttnLSTM: 'com.microsoft AttnLSTM: an LSTM with attention matrices, which are stored but not in the formula.',
  },
);

export const ElementClassEnum = closedSet<ElementClass>(
  'ElementClass',
  'What a stored tensor is for. A tensor has the first class that applies: unused, quantization, integer, scalar, state, buffer, weight.',
  ELEMENT_CLASSES,
  {
    weight: 'Learned parameters.',
    state: 'All zero, and only starts a recurrent state.',
    buffer: 'Running means and variances, and what is named a buffer.',
    quantization: 'Scales and zero points.',
    integer: 'Shapes, indices, flags, strings.',
    scalar: 'Floating, of rank 0.',
    unused: 'No node takes it and no output gives it.',
  },
);

export const ClassReasonEnum = closedSet(
  'ClassReason',
  'The evidence on which a stored tensor has its class.',
  CLASS_REASONS,
  CLASS_REASON_WORDS,
);

const CELLS: Record<(typeof CELL_TYPES)[number], string> = {
  LSTM: 'Long short-term memory: G = 4 gates.',
  GRU: 'Gated recurrent unit: G = 3 gates.',
  RNN: 'Simple recurrent layer: G = 1.',
};
export const CellTypeEnum = closedSet('CellType', 'A kind of recurrent layer, for the formula.', CELL_TYPES, CELLS);

export const BiasEnum = closedSet('Bias', 'How many bias vectors a layer has per gate.', ['NONE', 'SINGLE', 'DOUBLE'], {
  NONE: 'No bias: D·G(nm+n²).',
  SINGLE: 'One bias vector per gate, as Keras counts an LSTM: D·G(nm+n²+n).',
  DOUBLE: 'Two bias vectors per gate, as PyTorch, cuDNN and the B of ONNX have: D·G(nm+n²+2n).',
});

export const BiasConventionEnum = closedSet<BiasConvention>(
  'BiasConvention',
  'What the values of B say about the bias of a node, over all its directions. A half that is all zero is evidence of the exporter’s convention, not proof.',
  BIAS_CONVENTIONS,
  {
    NONE: 'The node has no B.',
    NONE_EFFECTIVE: 'B is there and all zero.',
    SINGLE_INPUT: 'The recurrent half Rb is all zero: one bias, as Keras exports it.',
    SINGLE_RECURRENT: 'The input half Wb is all zero.',
    DOUBLE: 'Both halves have values.',
    UNKNOWN: 'The values of B cannot be read: a graph input, external data, a loop’s state.',
  },
);

export const DeclaredAgreementEnum = closedSet<DeclaredAgreement>(
  'DeclaredAgreement',
  'Which counted figure the declared number of parameters agrees with: the first of these that does.',
  DECLARED_AGREEMENTS,
  {
    EQUAL: 'inspection.modelParams: the learned parameters in the file.',
    EFFECTIVE:
      'inspection.modelParams or recurrent.distinct without the bias halves that are all zero, as Keras counts an LSTM.',
    DISTINCT: 'inspection.recurrent.distinct: the recurrent weights alone.',
    STORED: 'inspection.storedElements: every stored element, shapes, states and other constants too.',
    DIFFERENT: 'None of these. Figures of recurrent nodes that are lower bounds are not looked at.',
    NOT_DECLARED: 'Nothing was declared.',
  },
);

export const VerdictEnum = closedSet<Verdict>(
  'Verdict',
  'Whether the weights of a node have the sizes that the formula gives.',
  VERDICTS,
  {
    MATCH: 'Stored and expected parameters agree, and so do all dims.',
    MISMATCH: 'They disagree; the reason names roles and dims.',
    UNVERIFIABLE: 'A size cannot be known from the file; the reason names what is in the way.',
  },
);

export const WeightRoleEnum = closedSet<WeightRole>(
  'WeightRole',
  'What a tensor is to a recurrent node: an input of the ONNX operator.',
  ['W', 'R', 'B', 'P', 'QW', 'MW', 'V', 'AW'],
  {
    W: 'Weights from the input, [D, G·n, m].',
    R: 'Weights from the previous step, [D, G·n, n].',
    B: 'Bias, [D, 2·G·n]: the input half Wb, then the recurrent half Rb.',
    P: 'Peepholes of an LSTM, [D, 3n].',
    QW: 'AttnLSTM: query weights.',
    MW: 'AttnLSTM: memory weights.',
    V: 'AttnLSTM: attention vector.',
    AW: 'AttnLSTM: attention layer weights.',
  },
);

export const DecomposedKindEnum = closedSet(
  'DecomposedKind',
  'What a recurrent cell is that no recurrent operator computes.',
  ['DECOMPOSED'],
  { DECOMPOSED: 'Written out in small operators.' },
);

export const DecomposedRoleEnum = closedSet<DecomposedTensor['role']>(
  'DecomposedRole',
  'What a tensor is to a cell that is written out in small operators. G is 4 for an LSTM, 3 for a GRU.',
  ['W', 'R', 'WR', 'B', 'P'],
  {
    W: 'Weights from the input, G·n·m elements over all gates.',
    R: 'Weights from the state of the step before, G·n² elements over all gates.',
    WR: 'One matrix over input and state together, G·n·(m+n) elements over all gates.',
    B: 'Bias.',
    P: 'Peepholes of an LSTM.',
  },
);

export const ConfidenceEnum = closedSet<DecomposedCell['confidence']>(
  'Confidence',
  'Whether the structure of a cell leaves any doubt.',
  ['CERTAIN', 'LIKELY'],
  {
    CERTAIN: 'Gates, matrices and sizes fit a cell.',
    LIKELY: 'The gates are those of a cell; the reason says what does not fit or cannot be told.',
  },
);

export const WeightSourceEnum = closedSet<WeightSource>(
  'WeightSource',
  'Where the tensor of a role comes from, in the scope where its name is found.',
  WEIGHT_SOURCES,
  {
    INITIALIZER: 'An initializer of a graph.',
    SPARSE_INITIALIZER: 'A sparse initializer of a graph.',
    CONSTANT: 'The output of a Constant node.',
    GRAPH_INPUT: 'An input of the model: nothing is stored in the file.',
    SUBGRAPH_INPUT: 'An input of a subgraph, such as the state of a loop.',
    COMPUTED: 'The output of any other node.',
    UNDEFINED: 'No scope knows the name.',
    ABSENT: 'The node does not use this role.',
  },
);

const SCOPE_MEANINGS: Record<Scope, string> = {
  read: 'Read models, versions and artifacts; every token may.',
  publish: 'Publish versions, set aliases, withdraw versions, edit models.',
  approve: 'Set budgets, approve what a check refused, protect aliases.',
  admin: 'Everything, tokens and deletion included.',
};
/** The schema writes its values in upper case, the core in lower case. */
export const ScopeEnum = Object.fromEntries(SCOPES.map((scope) => [scope.toUpperCase(), scope]));
registerEnumType(ScopeEnum, {
  name: 'TokenScope',
  description: 'What a token may do, within the models that it holds for.',
  valuesConfig: Object.fromEntries(
    SCOPES.map((scope) => [scope.toUpperCase(), { description: SCOPE_MEANINGS[scope] }]),
  ),
});

export const DirectionEnum = closedSet<Direction>(
  'OrderDirection',
  'Which end of an order comes first.',
  ['ASC', 'DESC'],
  {
    ASC: 'Smallest, earliest or first in the alphabet first.',
    DESC: 'Largest, latest or last in the alphabet first.',
  },
);

export const VersionOrderFieldEnum = closedSet<VersionOrderField>(
  'VersionOrderField',
  'What versions are sorted by; ties are broken by the time of publishing.',
  VERSION_ORDER_FIELDS,
  {
    NUMBER: 'Version number.',
    CREATED_AT: 'Time of publishing.',
    MODEL_NAME: 'Name of the model.',
    RECURRENT_PER_USE: 'Recurrent params per use.',
    RECURRENT_DISTINCT: 'Distinct recurrent params.',
    RECURRENT_EFFECTIVE: 'Effective recurrent params per use.',
    MODEL_PARAMS: 'Learned parameters of the whole model.',
    STORED_ELEMENTS: 'Stored elements of the whole file.',
    BYTE_SIZE: 'Bytes of the model file.',
    NODE_COUNT: 'Nodes over all graphs.',
  },
);

export const ModelOrderFieldEnum = closedSet<ModelOrderField>(
  'ModelOrderField',
  'What models are sorted by; ties are broken by the time of their making.',
  MODEL_ORDER_FIELDS,
  {
    NAME: 'Name.',
    CREATED_AT: 'Time of making.',
    UPDATED_AT: 'Time of the last change: a version, an alias, an edit.',
    VERSION_COUNT: 'Number of versions, withdrawn ones left out.',
  },
);

export const AliasMoveCauseEnum = closedSet<AliasMoveCause>(
  'AliasMoveCause',
  'What moved an alias.',
  ALIAS_MOVE_CAUSES,
  {
    SET: 'It was set by name.',
    PUBLISHED: 'A version was published with it.',
    DELETED: 'It was deleted.',
    WITHDRAWN: 'Its version was withdrawn.',
    MODEL_DELETED: 'Its model was deleted.',
    CARRIED_OVER: 'It stood there when the registry began to keep moves; what was before is not known.',
  },
);

export const EventActionEnum = closedSet<EventAction>('EventAction', 'What was done.', EVENT_ACTIONS, {
  MODEL_CREATED: 'A model was made, by itself or with its first version.',
  MODEL_UPDATED: 'Description or tags of a model were changed.',
  MODEL_DELETED: 'A model was deleted with its versions and aliases.',
  VERSION_PUBLISHED: 'A version was published.',
  VERSION_CHECKED: 'The budgets of a version were evaluated on request.',
  VERSION_WITHDRAWN: 'A version was withdrawn.',
  ALIAS_SET: 'An alias was made or moved.',
  ALIAS_HELD: 'A version was published with a protected alias, which stayed where it was: the check failed.',
  ALIAS_DELETED: 'An alias went: deleted, or with its version or model.',
  ALIAS_PROTECTED: 'An alias was put under protection.',
  ALIAS_UNPROTECTED: 'An alias was taken out of protection.',
  BUDGET_SET: 'A budget was made or changed.',
  BUDGET_DELETED: 'A budget was deleted.',
  CHECK_APPROVED: 'What a check refused was approved.',
  APPROVAL_REVOKED: 'An approval was taken back.',
  TOKEN_CREATED: 'A token was made.',
  TOKEN_REVOKED: 'A token was revoked.',
});

export const EventOrderFieldEnum = closedSet<EventOrderField>(
  'EventOrderField',
  'What events are sorted by; those of one instant keep their order within a model.',
  EVENT_ORDER_FIELDS,
  { AT: 'Time.' },
);

export const TrailFaultEnum = closedSet<TrailFault>(
  'TrailFault',
  'In what way a place of the trail is not as it was written.',
  TRAIL_FAULTS,
  {
    EDITED: 'The hash does not fit: this event, or the hash of the one before it, was changed or swapped.',
    MISSING: 'An event is not there.',
    ADDED: 'An event that the registry did not write: it lies beyond the noted end of its chain.',
    CUT_OFF: 'The last event of a chain, by its noted end, is not there.',
    REWRITTEN: 'The last event is not the one that was noted as the end of its chain.',
  },
);

const ERROR_CODES = Object.keys(ERROR_KINDS) as ErrorCode[];
const ERROR_MEANINGS = Object.fromEntries(ERROR_CODES.map((code) => [code, ERROR_KINDS[code].meaning]));
export const ErrorCodeEnum = closedSet<ErrorCode>(
  'ErrorCode',
  'What went wrong; the same codes stand in docs/errors.md.',
  ERROR_CODES,
  ERROR_MEANINGS as Record<ErrorCode, string>,
);
