/** Recurrent cells that are written out in small operators; they stand beside the recurrent nodes, never among them. */
import { sayCell } from '../../core/layer/formula.js';
import type { ShownInspection } from './shown-version.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { Count } from '../parts/figures/number.js';
import { Section } from '../parts/frame/page.js';

export function DecomposedCells({
  inspection,
}: {
  inspection: Pick<ShownInspection, 'decomposed' | 'decomposedCells'>;
}) {
  const { decomposed, decomposedCells } = inspection;
  if (decomposed.cells === 0) return null;
  return (
    <Section
      title="Cells written out in small operators"
      note={
        <>
          Found by structure: <Count value={decomposed.cells} unit="cells" />,{' '}
          <Count value={decomposed.params} unit="params" />. They are not in the recurrent totals.
        </>
      }
    >
      <div className="scroll">
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Cell</th>
              <th scope="col" className="right">
                m → n
              </th>
              <th scope="col" className="right">
                Params
              </th>
              <th scope="col" className="right">
                Uses
              </th>
              <th scope="col">Sure</th>
            </tr>
          </thead>
          <tbody>
            {decomposedCells.nodes.map((cell) => (
              <tr key={cell.path}>
                <th scope="row">
                  {sayCell(cell)} <GraphPath path={cell.path} />
                </th>
                <td className="right number" data-label="m → n">
                  {cell.inputSize} → {cell.hiddenSize}
                </td>
                <td className="right" data-label="Params">
                  <Count value={cell.params} />
                </td>
                <td className="right" data-label="Uses">
                  <Count value={cell.repetitions} />
                </td>
                <td data-label="Sure">
                  {cell.confidence === 'CERTAIN' ? 'certain' : 'likely'}
                  {cell.reason ? <div className="fine">{cell.reason}</div> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
