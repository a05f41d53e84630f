/** What was found in a file that has just been published: the verdict first, then the totals and the first recurrent nodes. */
import { Link } from 'wouter';
import { VERDICTS } from '../../core/inspection.js';
import { GraphPath } from '../parts/text/graph-path.js';
import { Bytes, Count } from '../parts/figures/number.js';
import { shownText } from '../parts/text/shown-text.js';
import { VerdictBadge } from '../parts/figures/verdict.js';
import { versionAddress } from '../../core/addresses.js';
import { Warnings } from '../version/warnings.js';
import { CheckResult } from './check-result.js';
import type { PublishedAnswer } from '../../core/route-answers.js';

export function PublishedCard({ published, again }: { published: PublishedAnswer; again: () => void }) {
  const { model, number, unchanged, totals, byteSize, totalByteSize, warnings, check, heldAliases } = published;
  return (
    <>
      <section className="card" aria-label="Result">
        <h2 role="status">
          {heldAliases.length > 0 ? <>Not moved: {heldAliases.map(({ name }) => name).join(', ')}. </> : null}
          {unchanged ? (
            <>
              Unchanged: these are the bytes of <bdi>{model}</bdi> v{number}
            </>
          ) : (
            <>
              Published <bdi>{model}</bdi> v{number}
            </>
          )}
        </h2>
        <Verdicts published={published} />
        {check === null ? null : <CheckResult check={check} />}
        {heldAliases.map(({ name, line }) => (
          <p key={name}>
            The alias <bdi>{name}</bdi> was not moved: <bdi>{shownText(line)}</bdi>.
          </p>
        ))}
        <dl className="tiles spaced">
          <div>
            <dt>Learned params</dt>
            <dd>
              <Count value={totals.modelParams} />
            </dd>
          </div>
          <div>
            <dt>Recurrent params</dt>
            <dd>
              <Count value={totals.recurrent.distinct} />
            </dd>
          </div>
          <div>
            <dt>Stored elements</dt>
            <dd>
              <Count value={totals.storedElements} />
            </dd>
          </div>
          <div>
            <dt>Size</dt>
            <dd>
              <Bytes value={totalByteSize} />
              {totalByteSize === byteSize ? null : (
                <div className="fine">
                  {totalByteSize === null ? 'external data is missing; ' : ''}
                  <Bytes value={byteSize} /> without external data
                </div>
              )}
            </dd>
          </div>
        </dl>
        <Nodes published={published} />
        <p className="actions spaced">
          <Link href={versionAddress(model, number)} className="button primary">
            Open the version
          </Link>
          <button type="button" onClick={again}>
            Publish another
          </button>
        </p>
      </section>
      <Warnings warnings={warnings} />
    </>
  );
}

function Verdicts({ published: { verdicts, totals } }: { published: PublishedAnswer }) {
  if (totals.recurrent.nodes === 0) return <p className="note">It has no LSTM, GRU or RNN node.</p>;
  return (
    <p className="verdicts">
      {VERDICTS.filter((verdict) => verdicts[verdict] > 0).map((verdict) => (
        <span key={verdict}>
          <Count value={verdicts[verdict]} /> <VerdictBadge verdict={verdict} />
        </span>
      ))}
    </p>
  );
}

function Nodes({ published: { recurrentNodes, totals } }: { published: PublishedAnswer }) {
  if (recurrentNodes.length === 0) return null;
  return (
    <div className="scroll spaced">
      <table className="list">
        <thead>
          <tr>
            <th scope="col">Recurrent node</th>
            <th scope="col" className="right">
              m → n
            </th>
            <th scope="col" className="right">
              Stored
            </th>
            <th scope="col" className="right">
              Expected
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {recurrentNodes.map((node) => (
            <tr key={node.path}>
              <th scope="row">
                {node.opType} <GraphPath path={node.path} />
              </th>
              <td className="right number" data-label="m → n">
                {node.inputSize ?? '?'} → {node.hiddenSize ?? '?'}
              </td>
              <td className="right" data-label="Stored">
                <Count value={node.stored} />
              </td>
              <td className="right" data-label="Expected">
                <Count value={node.expected} />
              </td>
              <td data-label="Verdict">
                <VerdictBadge verdict={node.verdict} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {totals.recurrent.nodes > recurrentNodes.length ? (
        <p className="more fine">and {totals.recurrent.nodes - recurrentNodes.length} more</p>
      ) : null}
    </div>
  );
}
