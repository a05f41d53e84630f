/** What budgets said of a version last, and checking it again by the budgets of now. */
import { Link, useLocation } from 'wouter';
import { ConclusionBadge } from '../check/conclusion.js';
import { CheckSentence } from '../check/finding-sentence.js';
import { CheckVersion, VersionCheck as VersionCheckOperation } from '../generated/operations.js';
import type { ShownVersion } from './shown-version.js';
import { Section } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { SteadyButton } from '../parts/forms/steady-button.js';
import { When } from '../parts/text/when.js';
import { checkAddress, modelAddress } from '../../core/addresses.js';
import { refusalOf, useSession } from '../session.js';
import { useChange, useOperation } from '../use-operation.js';

export function VersionCheck({ version }: { version: ShownVersion }) {
  const { number, model, withdrawn } = version;
  const [, go] = useLocation();
  const { data, error, refetch } = useOperation(VersionCheckOperation, { model: model.name, ref: { number } });
  const check = useChange(CheckVersion);
  const mayCheck = refusalOf(useSession(), 'publish', model.name) === null && withdrawn === null;
  const latest = data?.version?.latestCheck;
  const start = (): void =>
    check.mutate(
      { model: model.name, ref: { number } },
      { onSuccess: ({ checkVersion }) => checkVersion.check && go(checkAddress(checkVersion.check.id)) },
    );
  return (
    <Section
      title="Check"
      actions={
        mayCheck ? (
          <SteadyButton className="small" onClick={start} isOff={check.isPending}>
            Check now
          </SteadyButton>
        ) : undefined
      }
    >
      {check.error === null ? null : <Failure error={check.error} />}
      {error !== null ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading rows={1} />
      ) : latest ? (
        <p className="check-line">
          <ConclusionBadge conclusion={latest.conclusion} /> <CheckSentence findings={latest.findings} />{' '}
          <Link href={checkAddress(latest.id)}>See the check</Link>{' '}
          <span className="fine">
            made <When at={latest.createdAt} />
          </span>
        </p>
      ) : (
        <p className="note">
          Not checked: no budget held when it was published. <Link href={modelAddress(model.name)}>Set a budget</Link>{' '}
          on the page of the model.
        </p>
      )}
    </Section>
  );
}
