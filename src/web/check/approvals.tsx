/** Who accepted what a check failed for, why and until when; and the form to do so, for those who may. */
import { useId, useState, type FormEvent } from 'react';
import { ApproveCheck, RevokeApproval } from '../generated/operations.js';
import { endOfDay } from '../parts/text/day.js';
import { Section } from '../parts/frame/page.js';
import { Failure } from '../parts/frame/state.js';
import { SteadyButton } from '../parts/forms/steady-button.js';
import { TextField } from '../parts/forms/text-field.js';
import { When } from '../parts/text/when.js';
import type { ShownApproval, ShownCheck } from './shown-check.js';
import { refusalOf, useSession } from '../session.js';
import { useChange } from '../use-operation.js';

/** Beside the conclusion: who approved it, and the button to do so. The form opens when it is wanted, so that findings stay in sight. */
export function Approvals({ check }: { check: ShownCheck }) {
  const session = useSession();
  // With how many approvals the form was opened: one more closes it.
  const [openedAt, setOpenedAt] = useState<number | null>(null);
  const [isLeft, setLeft] = useState(false);
  if (check.outcome !== 'FAIL') return null;
  const refusal = refusalOf(session, 'approve', check.modelName);
  const mayApprove = check.conclusion === 'FAIL' && session !== undefined;
  const isOpen = openedAt === check.approvals.length;
  const isListed = check.approvals.length > 0;
  const open = (): void => {
    setOpenedAt(check.approvals.length);
    setLeft(false);
  };
  const close = (): void => {
    setOpenedAt(null);
    setLeft(true); // the button is there again, and has the focus again
  };
  return (
    <>
      {isListed || (isOpen && mayApprove) ? (
        <Section title={isListed ? 'Approvals' : 'Approve'} note={COVERS}>
          <ApprovalList approvals={check.approvals} mayRevoke={refusal === null} />
          {isOpen && mayApprove ? <ApproveForm id={check.id} close={close} /> : null}
        </Section>
      ) : null}
      {!mayApprove || isOpen ? null : refusal === null ? (
        <p className="actions">
          <button type="button" onClick={open} autoFocus={isLeft}>
            Approve
          </button>
        </p>
      ) : (
        <p className="note">{refusal}</p>
      )}
    </>
  );
}

const COVERS =
  'It covers all that this check failed for, and the same change published again; a larger one fails anew.';

export function ApprovalList({ approvals, mayRevoke }: { approvals: readonly ShownApproval[]; mayRevoke: boolean }) {
  const revoke = useChange(RevokeApproval);
  if (approvals.length === 0) return null;
  return (
    <>
      {revoke.error === null ? null : <Failure error={revoke.error} />}
      <ul className="approvals">
        {approvals.map((approval) => (
          <li key={approval.id} className={approval.inForce ? undefined : 'ended'}>
            <div>
              <p>
                <bdi>{approval.reason}</bdi>
              </p>
              <p className="fine">
                <bdi>{approval.approvedBy}</bdi>, <When at={approval.createdAt} />
                {', '}
                <Standing approval={approval} />
              </p>
            </div>
            {approval.inForce && mayRevoke ? (
              <SteadyButton
                className="small"
                isOff={revoke.isPending}
                onClick={() => revoke.mutate({ id: approval.id })}
              >
                Revoke
              </SteadyButton>
            ) : null}
          </li>
        ))}
      </ul>
    </>
  );
}

function Standing({ approval: { expiresAt, revokedAt, revokedBy, inForce } }: { approval: ShownApproval }) {
  if (revokedAt !== null) {
    return (
      <>
        revoked <When at={revokedAt} /> by <bdi>{revokedBy}</bdi>
      </>
    );
  }
  if (expiresAt === null) return 'for good';
  return (
    <>
      {inForce ? 'until' : 'expired'} <time dateTime={expiresAt}>{new Date(expiresAt).toLocaleDateString()}</time>
    </>
  );
}

function ApproveForm({ id, close }: { id: string; close: () => void }) {
  const approve = useChange(ApproveCheck);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [isTried, setTried] = useState(false);
  const hint = useId();
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (reason.trim() === '') return;
    const expiresAt = until === '' ? null : endOfDay(until);
    approve.mutate({ id, reason: reason.trim(), expiresAt });
  };
  return (
    <form className="approve-form spaced" onSubmit={send}>
      <TextField
        label="Why it is accepted"
        value={reason}
        onChange={setReason}
        lines={2}
        autoFocus
        fault={isTried && reason.trim() === '' ? 'Say why: whoever reads the check later has nothing else.' : undefined}
      />
      <label className="field">
        <span>Expires</span>
        <input type="date" value={until} onChange={(event) => setUntil(event.target.value)} aria-describedby={hint} />
        <span id={hint}>Empty: for good.</span>
      </label>
      {approve.error === null ? null : <Failure error={approve.error} />}
      <div className="actions">
        <SteadyButton type="submit" className="primary" isOff={approve.isPending}>
          Approve
        </SteadyButton>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </form>
  );
}
