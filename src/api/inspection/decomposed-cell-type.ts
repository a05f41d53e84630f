/** A recurrent cell that is written out in small operators, and its tensors. */
import { Field, ObjectType } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import type { DecomposedCell, DecomposedTensor, DecomposedTotals } from '../../core/inspection.js';
import { GATE_COUNTS_WORDS, MATRIX_WORDS } from '../../core/layer/formula.js';
import { closedSet } from '../closed-set.js';
import { connectionOf } from '../connection.js';
import type { Relation } from '../relation.js';
import { MacsPerStepType } from './recurrent-node-type.js';
import { CellTypeEnum } from './recurrent-enums.js';

const DecomposedRoleEnum = closedSet<DecomposedTensor['role']>(
  'DecomposedRole',
  `Role of a tensor in a cell written out in small operators. G is ${GATE_COUNTS_WORDS}, one less with coupled gates.`,
  ['W', 'R', 'WR', 'B', 'P', 'PROJECTION'],
  {
    W: `Weights from the input, ${MATRIX_WORDS.W} elements over all gates.`,
    R: `Weights from the state of the previous step, ${MATRIX_WORDS.R} elements over all gates.`,
    WR: `One matrix over input and state together, ${MATRIX_WORDS.WR} elements over all gates.`,
    B: 'Bias.',
    P: 'Peepholes of an LSTM.',
    PROJECTION: `Makes the state of the next step smaller, ${MATRIX_WORDS.projection} elements: R then has ${MATRIX_WORDS.projectedR}.`,
  },
);

const ConfidenceEnum = closedSet<DecomposedCell['confidence']>(
  'Confidence',
  'How certain the structure of a cell is.',
  ['CERTAIN', 'LIKELY'],
  {
    CERTAIN: 'Gates, matrices and sizes fit a cell.',
    LIKELY: 'The gates are those of a cell; the reason says what does not fit or cannot be determined.',
  },
);

@ObjectType('DecomposedTotals', {
  simpleResolvers: true,
  description: 'Sums over recurrent cells that are written out in small operators.',
})
export class DecomposedTotalsType implements DecomposedTotals {
  @Field(() => GraphQLSafeInt, { description: 'Number of cells; each counts once, however often it is unrolled.' })
  cells!: number;

  @Field(() => GraphQLSafeInt, { description: 'Σ params over cells, params.' })
  params!: number;

  @Field(() => Boolean, {
    description:
      'False if there is more: a cell whose sizes are not clear (CELL_UNCLEAR), or places that were not looked at (CELLS_UNSEEN). Metrics over cells are then unknown.',
  })
  isWhole!: boolean;
}

@ObjectType('DecomposedTensor', {
  simpleResolvers: true,
  description: 'A stored tensor behind a cell that is written out, as the cell receives it.',
})
class DecomposedTensorType implements DecomposedTensor {
  @Field(() => DecomposedRoleEnum, { description: 'Its role in the cell.' })
  role!: DecomposedTensor['role'];

  @Field(() => String, {
    description: 'Name of the stored tensor; where a weight combines several, the name that the graph uses.',
  })
  tensor!: string;

  @Field(() => [GraphQLSafeInt], { description: 'Dims as the graph receives them.' })
  dims!: number[];

  @Field(() => GraphQLSafeInt, { description: 'Product of dims, elements.' })
  elements!: number;
}

@ObjectType('DecomposedCell', {
  simpleResolvers: true,
  description:
    'An LSTM, GRU or plain recurrent cell written out in small operators (MatMul, Split, Sigmoid, Tanh and the like), found by its structure, never by names. Uses of the same weights are one cell.',
})
class DecomposedCellType implements Omit<DecomposedCell, 'kind'> {
  @Field(() => CellTypeEnum, { description: 'What kind of cell it is.' })
  cell!: DecomposedCell['cell'];

  @Field(() => String, { description: 'Graph path of the node that computes the state, at the first use.' })
  path!: string;

  @Field(() => GraphQLSafeInt, { description: 'Features of the input, m.' })
  inputSize!: number;

  @Field(() => GraphQLSafeInt, { description: 'Features of the hidden state, n.' })
  hiddenSize!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Features of the state that R takes, p, if a projection makes it smaller; null without one.',
  })
  projectionSize!: number | null;

  @Field(() => Boolean, {
    description:
      'Whether one gate does the work of two: input and forget gate of an LSTM (CIFG), update and reset gate of a GRU (minimal gated unit).',
  })
  coupledGates!: boolean;

  @Field(() => GraphQLSafeInt, { description: 'Σ elements of its tensors, params.' })
  params!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'Uses of the same weights: the steps of an unrolled loop, the calls of one function.',
  })
  repetitions!: number;

  @Field(() => ConfidenceEnum, { description: 'Whether the whole structure fits a cell.' })
  confidence!: DecomposedCell['confidence'];

  @Field(() => String, { nullable: true, description: 'What does not fit, in words; null when CERTAIN.' })
  reason!: string | null;

  @Field(() => [DecomposedTensorType], { description: 'W, R, biases, peepholes and projection.' })
  tensors!: DecomposedTensor[];

  @Field(() => MacsPerStepType, {
    nullable: true,
    description: 'Multiply–accumulates of one step of one sequence; null when over 2^53−1.',
  })
  macsPerStep!: Relation<MacsPerStepType> | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'State that one sequence carries from step to step, in 32 bits, bytes; null when over 2^53−1.',
  })
  stateBytes!: number | null;
}

export const DecomposedCellConnection = connectionOf('DecomposedCell', 'written-out cells', () => DecomposedCellType);
