/** How a question describes a stack of recurrent layers, but for its hidden size. */
import { Field, InputType, Int } from 'type-graphql';
import { GraphQLSafeInt } from 'graphql-scalars';
import { FORMULA_WORDS, GATE_COUNTS_WORDS, PART_WORDS, type Bias, type CellType } from '../../core/layer/formula.js';
import { closedSet } from '../closed-set.js';
import { CellTypeEnum } from '../inspection/recurrent-enums.js';

export const BiasEnum = closedSet('Bias', 'How many bias vectors a layer has per gate.', ['NONE', 'SINGLE', 'DOUBLE'], {
  NONE: `No bias: ${FORMULA_WORDS.none}.`,
  SINGLE: `One bias vector per gate, as Keras counts an LSTM: ${FORMULA_WORDS.single}.`,
  DOUBLE: `Two bias vectors per gate, as PyTorch, cuDNN and the B of ONNX have: ${FORMULA_WORDS.double}.`,
});

@InputType()
export abstract class StackInput {
  @Field(() => CellTypeEnum, {
    description: `Kind of layer, by which G, the number of gates, is ${GATE_COUNTS_WORDS}.`,
    defaultValue: 'LSTM',
  })
  opType!: CellType;

  @Field(() => GraphQLSafeInt, { description: 'Features of the input, m, 1 or more.' })
  inputSize!: number;

  @Field(() => Int, { description: 'Layers, 1 to 10,000. Layer k ≥ 2 has m = D·n, or D·p.', defaultValue: 1 })
  layers!: number;

  @Field(() => Boolean, { description: 'Two directions: D = 2.', defaultValue: false })
  bidirectional!: boolean;

  @Field(() => BiasEnum, { description: 'Bias vectors per gate.', defaultValue: 'DOUBLE' })
  bias!: Bias;

  @Field(() => Boolean, { description: `Peepholes, LSTM only: + ${PART_WORDS.peephole}.`, defaultValue: false })
  peepholes!: boolean;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: `Projection size p, LSTM only, smaller than n: ${FORMULA_WORDS.projected} plus the bias. PyTorch’s proj_size.`,
  })
  projection?: number | null;
}
