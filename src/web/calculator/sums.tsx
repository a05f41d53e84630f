/** The same sum three times: by part, by gate, by layer. */
import type { ReactNode } from 'react';
import type { PartParams } from '../../core/layer/formula.js';
import type { ParamsBreakdown } from '../../core/layer/stack.js';
import { Count, share } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';
import { ShareBar } from '../parts/figures/share-bar.js';
import { Swatch, type Colour } from '../parts/figures/swatch.js';

const PARTS: [keyof PartParams, string, Colour][] = [
  ['input', 'W, input', 'W'],
  ['recurrent', 'R, recurrent', 'R'],
  ['bias', 'B, biases', 'B'],
  ['peephole', 'P, peepholes', 'P'],
  ['projection', 'Projection', 5],
];

export function Sums({ breakdown }: { breakdown: ParamsBreakdown }) {
  const { params, byPart, byGate } = breakdown;
  const parts = PARTS.filter(([part]) => byPart[part] > 0);
  return (
    <Section title="Breakdown" note="The same total by part, by gate and by layer.">
      <ShareBar parts={parts.map(([part, name, colour]) => ({ name, value: byPart[part], colour }))} />
      <div className="groups">
        <SumTable heading="By part" total={params}>
          {parts.map(([part, name, colour]) => (
            <SumRow
              key={part}
              value={byPart[part]}
              total={params}
              name={
                <>
                  <Swatch colour={colour} /> {name}
                </>
              }
            />
          ))}
        </SumTable>
        <SumTable heading="By gate" total={params}>
          {byGate.map(({ gate, params: value }) => (
            <SumRow key={gate} name={<span className="mono">{gate}</span>} value={value} total={params} />
          ))}
          {byPart.projection > 0 ? (
            <SumRow name="no gate: projection" value={byPart.projection} total={params} />
          ) : null}
        </SumTable>
        <SumTable heading="By layer" total={params}>
          <Layers breakdown={breakdown} />
        </SumTable>
      </div>
    </Section>
  );
}

/** Layers from the second on are alike: one row says them all. */
function Layers({ breakdown: { byLayer, params } }: { breakdown: ParamsBreakdown }) {
  const [first, second] = byLayer;
  if (first === undefined) return null;
  const more = byLayer.length - 1;
  return (
    <>
      <SumRow name={`1, from m = ${first.inputSize}`} value={first.params} total={params} />
      {second === undefined ? null : (
        <SumRow
          name={
            <>
              {more === 1 ? '2' : `2 to ${byLayer.length}`}, from m = {second.inputSize}
              {more === 1 ? null : (
                <span className="fine">
                  {' '}
                  <Count value={second.params} /> each
                </span>
              )}
            </>
          }
          value={params - first.params}
          total={params}
        />
      )}
    </>
  );
}

function SumTable({ heading, total, children }: { heading: string; total: number; children: ReactNode }) {
  return (
    <table className="list compact">
      <caption>{heading}</caption>
      <tbody>{children}</tbody>
      <tfoot>
        <tr>
          <th scope="row">Together</th>
          <td className="right">
            <Count value={total} />
          </td>
          <td />
        </tr>
      </tfoot>
    </table>
  );
}

function SumRow({ name, value, total }: { name: ReactNode; value: number; total: number }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="right">
        <Count value={value} />
      </td>
      <td className="right fine">{share(value, total)}</td>
    </tr>
  );
}
