/** What the layer is: operator, sizes, bias convention and the rest. */
import { CELL_TYPES, GATES } from '../../core/layer/formula.js';
import { CheckField, ChoiceField, NumberField } from './fields.js';
import type { Change, Values } from './inputs.js';

const GATE_COUNTS = CELL_TYPES.map((cell): [string, string] => {
  const gates = GATES[cell].length;
  return [cell, `${cell}, ${gates === 1 ? '1 gate' : `${gates} gates`}`];
});

const BIASES: [string, string][] = [
  ['double', 'two a gate: PyTorch, ONNX'],
  ['single', 'one a gate: Keras, TensorFlow'],
  ['none', 'none'],
];

interface LayerFormProps {
  values: Values;
  change: Change;
  /** By the field of the formula at fault. */
  faults: Readonly<Record<string, string>>;
}

export function LayerForm({ values, change, faults }: LayerFormProps) {
  const shared = { values, change };
  const isLstm = values.op === 'LSTM';
  return (
    <form className="card calculator-form" aria-label="The layer" onSubmit={(event) => event.preventDefault()}>
      <ChoiceField {...shared} field="op" label="Operator" options={GATE_COUNTS} />
      <div className="field-pair">
        <NumberField {...shared} field="input" label="Input size, m" fault={faults['inputSize']} />
        <NumberField {...shared} field="hidden" label="Hidden size, n" fault={faults['hiddenSize']} />
      </div>
      <div className="field-pair">
        <NumberField {...shared} field="layers" label="Layers" fault={faults['layers']} />
        <ChoiceField
          {...shared}
          field="directions"
          label="Directions, D"
          options={[
            ['1', '1'],
            ['2', '2, both'],
          ]}
        />
      </div>
      <ChoiceField {...shared} field="bias" label="Bias vectors" options={BIASES} />
      <NumberField
        {...shared}
        field="projection"
        label="Projection, p"
        placeholder={isLstm ? 'none' : 'LSTM only'}
        disabled={!isLstm}
        fault={faults['projection']}
      />
      <CheckField
        {...shared}
        field="peepholes"
        label={isLstm ? 'Peepholes' : 'Peepholes (LSTM only)'}
        disabled={!isLstm}
      />
    </form>
  );
}
