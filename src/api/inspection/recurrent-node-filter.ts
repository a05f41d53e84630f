/** Which recurrent nodes: the filter of their list, and what versions are asked of theirs. */
import { Field, InputType } from 'type-graphql';
import type { RecurrentNodeFilter } from '../../core/catalog.js';
import {
  choiceComparator,
  IntComparator,
  optional,
  quantifier,
  SafeIntComparator,
  StringComparator,
} from '../comparators.js';
import { BiasConventionEnum, RecurrentOpTypeEnum, VerdictEnum } from './recurrent-enums.js';

const RecurrentOpTypeComparator = choiceComparator(
  'RecurrentOpTypeComparator',
  'an operator',
  () => RecurrentOpTypeEnum,
);

const BiasConventionComparator = choiceComparator(
  'BiasConventionComparator',
  'a bias convention',
  () => BiasConventionEnum,
);

const VerdictComparator = choiceComparator('VerdictComparator', 'a verdict', () => VerdictEnum);

@InputType('RecurrentNodeFilter', { description: 'Filter for recurrent nodes; all given fields must match.' })
export class RecurrentNodeFilterInput {
  @Field(() => StringComparator, optional('Graph path, such as graph/If_25.else_branch/LSTM_12.'))
  path?: RecurrentNodeFilter['path'];

  @Field(() => RecurrentOpTypeComparator, optional('Operator.'))
  opType?: RecurrentNodeFilter['opType'];

  @Field(() => SafeIntComparator, optional('Features of the input, m.'))
  inputSize?: RecurrentNodeFilter['inputSize'];

  @Field(() => SafeIntComparator, optional('Features of the hidden state, n.'))
  hiddenSize?: RecurrentNodeFilter['hiddenSize'];

  @Field(() => IntComparator, optional('D, 1 or 2.'))
  numDirections?: RecurrentNodeFilter['numDirections'];

  @Field(() => SafeIntComparator, optional('Stored params.'))
  stored?: RecurrentNodeFilter['stored'];

  @Field(() => SafeIntComparator, optional('Effective params: stored without the zero halves of B.'))
  effective?: RecurrentNodeFilter['effective'];

  @Field(() => BiasConventionComparator, optional('Bias convention.'))
  biasConvention?: RecurrentNodeFilter['biasConvention'];

  @Field(() => VerdictComparator, optional('Verdict.'))
  verdict?: RecurrentNodeFilter['verdict'];
}

export const RecurrentNodeQuantifier = quantifier(
  'RecurrentNodeQuantifier',
  'recurrent nodes',
  () => RecurrentNodeFilterInput,
);
