/** Every part that pages are made of, in each of its states. Asks no server for anything. */
import { useState } from 'react';
import { ConclusionBadge } from '../check/conclusion.js';
import { Waterfall } from '../compare/waterfall.js';
import { Bytes, Change, Count } from '../parts/figures/number.js';
import { ShareBar } from '../parts/figures/share-bar.js';
import { Sparkline } from '../parts/figures/sparkline.js';
import { Swatch, type Colour } from '../parts/figures/swatch.js';
import { Treemap } from '../parts/figures/treemap.js';
import { VerdictBadge } from '../parts/figures/verdict.js';
import { Confirm } from '../parts/forms/confirm.js';
import { TextField } from '../parts/forms/text-field.js';
import { Page, Section } from '../parts/frame/page.js';
import { Empty, Loading } from '../parts/frame/state.js';
import { GATES } from '../../core/layer/formula.js';
import { GateMatrices } from '../parts/layer/gate-matrices.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { Tags } from '../parts/text/tags.js';

const LONG_PATH =
  'graph/If_0.else_branch/If_0_else_branch__Inline_0__/decoder/If_1.then_branch/If_0_else_branch__Inline_0__/decoder/rnn/LSTM';
const COLOURS: Colour[] = [1, 2, 3, 4, 5, 6, 7, 'W', 'R', 'B', 'P', 'used', 'before', 'over', 'up', 'down'];
const ROWS = [
  { name: 'keyword-spotting-de', sizes: [12_040, 12_040, 19_206], conclusion: 'FAIL' },
  { name: 'meter', sizes: [115_506, 117_876], conclusion: 'WARN' },
  {
    name: 'a-name-that-is-too-long-for-its-column-because-somebody-wrote-a-sentence',
    sizes: [5_040],
    conclusion: 'PASS',
  },
] as const;

export function DesignPage() {
  return (
    <Page title="Design" lead="Everything that pages are made of. Theme and height of rows are chosen in the bar.">
      <Figures />
      <Marks />
      <Controls />
      <Rows />
      <Pictures />
      <States />
    </Page>
  );
}

function Figures() {
  return (
    <Section title="Figures" note="One of them is the figure.">
      <dl className="tiles">
        <div className="main">
          <dt>Learned params</dt>
          <dd>
            <Count value={462_594} />
          </dd>
          <dd className="tile-note">trainable weights in the file</dd>
        </div>
        <div>
          <dt>Size</dt>
          <dd>
            <Bytes value={2_327_524} />
          </dd>
        </div>
        <div>
          <dt>Change</dt>
          <dd>
            <Change value={-2_048} base={266_240} />
          </dd>
        </div>
        <div>
          <dt>Not known</dt>
          <dd>
            <Count value={null} />
          </dd>
        </div>
      </dl>
    </Section>
  );
}

function Marks() {
  return (
    <Section title="Marks" note="A shape and a word.">
      <p className="filter-row">
        {(['PASS', 'APPROVED', 'WARN', 'FAIL', 'SKIPPED'] as const).map((one) => (
          <ConclusionBadge key={one} conclusion={one} />
        ))}
        {(['MATCH', 'MISMATCH', 'UNVERIFIABLE'] as const).map((one) => (
          <VerdictBadge key={one} verdict={one} />
        ))}
        <span className="badge warn">withdrawn</span>
      </p>
      <p className="filter-row">
        <Tags names={['edge', 'speech']} />
        <Tags isAlias names={['production']} />
      </p>
    </Section>
  );
}

function Controls() {
  const [text, setText] = useState('10%');
  const [isAsking, setAsking] = useState(false);
  return (
    <Section title="Controls">
      <p className="actions">
        <button type="button" className="primary">
          Publish
        </button>
        <button type="button">Compare</button>
        <button type="button" className="small">
          Change
        </button>
        <button type="button" disabled>
          Previous
        </button>
        <span className="toggle" role="group" aria-label="What areas show">
          <button type="button" aria-pressed>
            elements
          </button>
          <button type="button" aria-pressed={false}>
            bytes
          </button>
        </span>
        <button type="button" className="danger" onClick={() => setAsking(true)}>
          Delete…
        </button>
      </p>
      {isAsking ? (
        <Confirm question="Delete this?" action="Delete it" confirm={() => setText('')} close={() => setAsking(false)}>
          <p>It cannot be taken back.</p>
        </Confirm>
      ) : null}
      <div className="filter-grid">
        <TextField label="Growth at most" value={text} onChange={setText} hint="Takes 10, 10% or 0.1" />
        <TextField label="Size at most" value="64 Kib" onChange={setText} fault="Write it as 64 KiB or 65536." />
        <label className="field">
          <span>If exceeded</span>
          <select>
            <option>fails</option>
            <option>warns</option>
          </select>
        </label>
        <label className="check-field">
          <input type="checkbox" defaultChecked /> Peepholes
        </label>
      </div>
    </Section>
  );
}

function Rows() {
  return (
    <Section title="Rows" note="One row, one line.">
      <div className="scroll">
        <table className="list lines">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" className="right">
                Params
              </th>
              <th scope="col">Trend</th>
              <th scope="col">Check</th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map(({ name, sizes, conclusion }) => (
              <tr key={name}>
                <th scope="row">
                  <a href="#rows" title={name}>
                    {name}
                  </a>
                </th>
                <td className="right" data-label="Params">
                  <Count value={sizes.at(-1)} />
                  <div className="fine">lower bound</div>
                </td>
                <td data-label="Trend">
                  <Sparkline values={sizes} unit="params" />
                </td>
                <td data-label="Check">
                  <ConclusionBadge conclusion={conclusion} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="note spaced">
        <GraphPath path={LONG_PATH} />
      </p>
    </Section>
  );
}

function Pictures() {
  return (
    <Section title="Pictures">
      <ul className="legend">
        {COLOURS.map((colour) => (
          <li key={colour}>
            <Swatch colour={colour} />
            {colour}
          </li>
        ))}
      </ul>
      <div className="spaced">
        <Treemap
          unit="elements"
          height={200}
          root={{
            name: 'file',
            children: COLOURS.slice(0, 7).map((colour, index) => ({
              name: `kind ${colour}`,
              colour: Number(colour),
              value: 70_000 - index * 8_000,
            })),
          }}
        />
      </div>
      <div className="spaced">
        <ShareBar
          parts={[
            { name: 'within the limit', value: 344_124, colour: 'used' },
            { name: 'before', value: 40_000, colour: 'before' },
            { name: 'new', value: 118_470, colour: 'over' },
          ]}
        />
      </div>
      <Waterfall
        base={{ label: 'meter@1', value: 312_840 }}
        compare={{ label: 'meter@2', value: 378_376 }}
        causes={[
          { cause: 'HIDDEN_SIZE', delta: 82_432 },
          { cause: 'LAYER_REMOVED', delta: -16_896 },
        ]}
        unit="params"
      />
      <GateMatrices gates={GATES.LSTM} m={64} n={128} D={1} biases={2} peepholes />
    </Section>
  );
}

function States() {
  return (
    <Section title="States">
      <Empty title="No model yet">
        <p>The first step is to publish one.</p>
      </Empty>
      <p className="notice warn spaced">A lower bound: one node is unverifiable.</p>
      <p className="notice bad spaced">This is not an ONNX model.</p>
      <div className="spaced">
        <Loading rows={2} />
      </div>
    </Section>
  );
}
