/** The budgets that hold for a model: its own, of its tags, of the registry. Who may changes them here. */
import { useState } from 'react';
import { DeleteBudget, ModelBudgets } from '../generated/operations.js';
import { baselineWords } from '../parts/forms/baseline.js';
import { Confirm } from '../parts/forms/confirm.js';
import { FLAG_WORDS } from '../audit/flags.js';
import { MetricValue, labelOf } from '../parts/figures/metric.js';
import { Section } from '../parts/frame/page.js';
import { Failure, Loading } from '../parts/frame/state.js';
import { SteadyButton } from '../parts/forms/steady-button.js';
import { refusalOf, useSession } from '../session.js';
import { useChange, useOperation } from '../use-operation.js';
import type { ShownBudget } from './budget-draft.js';
import { BudgetForm, type BudgetWarning, type ScopeOption } from './budget-form.js';

/** The form is closed, makes a new budget, or changes one. */
type Editing = null | 'new' | ShownBudget;

export function Budgets({ model, tags }: { model: string; tags: readonly string[] }) {
  const session = useSession();
  const { data, error, refetch } = useOperation(ModelBudgets, { model });
  const [editing, setEditing] = useState<Editing>(null);
  const [warnings, setWarnings] = useState<readonly BudgetWarning[]>([]);
  const refusal = refusalOf(session, 'approve', model);
  const budgets = data?.model?.budgets.nodes;
  // Budgets of tags and of the registry hold for models that a narrower token does not see.
  const hasAllModels = session?.models === '*';
  const mayChange = ({ scope }: ShownBudget) => refusal === null && (scope === 'MODEL' || hasAllModels);
  return (
    <Section
      title="Budgets"
      note="What a version may weigh. It is checked when it is published; a failure holds back the aliases that are given with it, and protected ones."
      actions={
        refusal === null ? (
          <button
            type="button"
            className="small"
            aria-expanded={editing === 'new'}
            onClick={() => setEditing(editing === 'new' ? null : 'new')}
          >
            Set a budget
          </button>
        ) : undefined
      }
    >
      {editing === null ? null : (
        <BudgetForm
          key={editing === 'new' ? 'new' : editing.id}
          scopes={hasAllModels ? [scopeOfModel(model), ...widerScopes(tags)] : [scopeOfModel(model)]}
          budget={editing === 'new' ? null : editing}
          close={(found) => {
            setEditing(null);
            setWarnings(found);
          }}
        />
      )}
      {warnings.map(({ code, message }) => (
        <p key={code} className="note" role="status">
          Set, but <bdi>{message}</bdi>.
        </p>
      ))}
      {error !== null ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : budgets === undefined ? (
        <Loading rows={2} />
      ) : budgets.length === 0 ? (
        <p className="note">No budget holds for this model: versions of any size pass.</p>
      ) : (
        <BudgetTable budgets={budgets} mayChange={mayChange} change={setEditing} />
      )}
      {refusal === null || session === undefined ? null : <p className="note spaced">{refusal}</p>}
    </Section>
  );
}

const scopeOfModel = (model: string): ScopeOption => ({
  value: 'model',
  label: 'this model',
  variables: { scope: 'MODEL', model },
});

const widerScopes = (tags: readonly string[]): ScopeOption[] => [
  ...tags.map((tag) => ({
    value: `tag:${tag}`,
    label: `every model with the tag ${tag}`,
    variables: { scope: 'TAG' as const, tag },
  })),
  { value: 'registry', label: 'every model of the registry', variables: { scope: 'REGISTRY' } },
];

interface BudgetTableProps {
  budgets: readonly ShownBudget[];
  mayChange: (budget: ShownBudget) => boolean;
  change: (budget: ShownBudget) => void;
}

function BudgetTable({ budgets, mayChange, change }: BudgetTableProps) {
  const remove = useChange(DeleteBudget);
  const [asked, setAsked] = useState<ShownBudget | null>(null);
  return (
    <>
      {remove.error === null ? null : <Failure error={remove.error} />}
      {asked === null ? null : (
        <Confirm
          question="Delete this budget?"
          action="Delete it"
          confirm={() => remove.mutate({ id: asked.id, revision: asked.revision })}
          close={() => setAsked(null)}
        >
          <p>
            {labelOf(asked.metric)}, of <bdi>{holderOf(asked)}</bdi>. Later checks are made without it; what was found
            before stays.
          </p>
        </Confirm>
      )}
      <div className="scroll">
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Budget</th>
              <th scope="col" className="right">
                At most
              </th>
              <th scope="col" className="right">
                Growth at most
              </th>
              <th scope="col">If exceeded</th>
              <th scope="col">Scope</th>
              <th scope="col">
                <span className="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {budgets.map((budget) => (
              <tr key={budget.id}>
                <th scope="row">
                  {labelOf(budget.metric)}
                  {budget.dtype === null ? '' : `, ${budget.dtype}`}
                  <Remarks budget={budget} />
                </th>
                <td className="right" data-label="At most">
                  <MetricValue metric={budget.metric} value={budget.max} />
                </td>
                <td className="right whole" data-label="Growth at most">
                  <Growth budget={budget} />
                </td>
                <td data-label="If exceeded">
                  <Standing budget={budget} />
                </td>
                <td data-label="Scope">
                  <bdi>{holderOf(budget)}</bdi>
                </td>
                <td className="right">
                  {mayChange(budget) ? (
                    <span className="row-actions">
                      <button type="button" className="small" onClick={() => change(budget)}>
                        Change
                      </button>
                      <SteadyButton className="small danger" isOff={remove.isPending} onClick={() => setAsked(budget)}>
                        Delete
                      </SteadyButton>
                    </span>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const holderOf = ({ scope, tag }: ShownBudget): string =>
  ({ MODEL: 'this model', TAG: `tag ${tag ?? ''}`, REGISTRY: 'the registry' })[scope];

function Growth({ budget: { maxIncreasePercent, baseline } }: { budget: ShownBudget }) {
  if (maxIncreasePercent === null) return <span className="unknown">–</span>;
  return (
    <span>
      <span className="number">{maxIncreasePercent}%</span>{' '}
      <bdi className="fine">over the {baselineWords(baseline)}</bdi>
    </span>
  );
}

function Standing({ budget: { level, inForce, isIdle, expiresAt } }: { budget: ShownBudget }) {
  if (level === 'OFF') return <span className="tag">off</span>;
  if (!inForce) return <span className="badge warn">expired</span>;
  if (isIdle) {
    return (
      <span className="badge warn" title={FLAG_WORDS.BUDGET_IDLE.says}>
        selects nothing
      </span>
    );
  }
  return (
    <span>
      {level === 'FAIL' ? 'fails' : 'warns'}
      {expiresAt === null ? null : (
        <span className="fine">
          {' '}
          until <time dateTime={expiresAt}>{new Date(expiresAt).toLocaleDateString()}</time>
        </span>
      )}
    </span>
  );
}

function Remarks({ budget: { opType, path, owner, reason } }: { budget: ShownBudget }) {
  const remarks = [
    opType === null ? null : `only ${opType}`,
    path === null ? null : `only at ${path}`,
    reason,
    owner === null ? null : `ask ${owner}`,
  ].filter((remark) => remark !== null);
  return remarks.length === 0 ? null : <bdi className="fine path">{remarks.join('; ')}</bdi>;
}
