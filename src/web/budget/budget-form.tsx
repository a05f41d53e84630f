/** Sets a budget of a model, or changes one. What is seldom needed stands below a fold. */
import { useRef, useState, type FormEvent } from 'react';
import { BUDGET_LEVELS, UNVERIFIABLE_RULES } from '../../core/budget.js';
import { STORAGE_TYPES } from '../../core/layer/estimate.js';
import { RECURRENT_OP_TYPES } from '../../core/inspection.js';
import { METRIC_FACTS, type Metric } from '../../core/metrics.js';
import {
  CreateBudget,
  UpdateBudget,
  type CreateBudgetMutation,
  type CreateBudgetMutationVariables,
  type UpdateBudgetMutation,
} from '../generated/operations.js';
import { BaselineFields } from '../parts/forms/baseline.js';
import { Choice } from '../parts/forms/filter-fields.js';
import { METRIC_OPTIONS, unitOf } from '../parts/figures/metric.js';
import { Failure } from '../parts/frame/state.js';
import { SteadyButton } from '../parts/forms/steady-button.js';
import { TextField } from '../parts/forms/text-field.js';
import { useFocusInside } from '../parts/hooks/use-focus-inside.js';
import { useChange } from '../use-operation.js';
import { draftOf, variablesOf, type BudgetDraft, type ShownBudget } from './budget-draft.js';

interface BudgetFormProps {
  /** What a new one may hold for; this model alone where there is no choice. */
  scopes: readonly ScopeOption[];
  /** The one to change; null makes a new one. */
  budget: ShownBudget | null;
  /** With what to know of the budget that was set; nothing where none was. */
  close: (warnings: readonly BudgetWarning[]) => void;
}

export type BudgetWarning = NonNullable<CreateBudgetMutation['createBudget']['warnings']>[number];

/** In a form, and what of the mutation it stands for. */
export interface ScopeOption {
  value: string;
  label: string;
  variables: Pick<CreateBudgetMutationVariables, 'scope' | 'model' | 'tag'>;
}

export function BudgetForm({ scopes, budget, close }: BudgetFormProps) {
  const [draft, setDraft] = useState(() => draftOf(budget));
  const [scopeName, setScopeName] = useState(scopes[0]?.value ?? '');
  const [faults, setFaults] = useState<Partial<BudgetDraft>>({});
  const [make, change] = [useChange(CreateBudget), useChange(UpdateBudget)];
  const error = make.error ?? change.error;
  const set = (name: keyof BudgetDraft) => (value: string) => setDraft((old) => ({ ...old, [name]: value }));
  const field = (name: keyof BudgetDraft) => ({ value: draft[name], onChange: set(name), fault: faults[name] });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const checked = variablesOf(draft);
    setFaults('faults' in checked ? checked.faults : {});
    if ('faults' in checked) return;
    const { variables } = checked;
    const scope = scopes.find(({ value }) => value === scopeName);
    if (budget === null && scope !== undefined) {
      const onSuccess = ({ createBudget }: CreateBudgetMutation) => close(createBudget.warnings ?? []);
      make.mutate({ ...scope.variables, ...variables }, { onSuccess });
    }
    if (budget !== null) {
      const onSuccess = ({ updateBudget }: UpdateBudgetMutation) => close(updateBudget.warnings ?? []);
      change.mutate({ id: budget.id, revision: budget.revision, ...variables }, { onSuccess });
    }
  };
  const metric = draft.metric as Metric;
  const form = useRef<HTMLFormElement>(null);
  useFocusInside(form);
  return (
    <form
      ref={form}
      className="budget-form"
      aria-label={budget === null ? 'A new budget' : 'Change the budget'}
      onSubmit={send}
    >
      <div className="filter-grid">
        {budget !== null || scopes.length < 2 ? null : (
          <Choice label="Holds for" value={scopeName} options={scopes} onChange={setScopeName} />
        )}
        <Choice label="Metric of the budget" value={draft.metric} options={METRIC_OPTIONS} onChange={set('metric')} />
        {metric === 'MEMORY' ? (
          <Choice label="Data type" value={draft.dtype} options={Object.keys(STORAGE_TYPES)} onChange={set('dtype')} />
        ) : null}
        <TextField label={`At most, ${unitOf(metric)}`} {...field('max')} numeric />
        <TextField label="Max growth (%)" {...field('maxIncreasePercent')} numeric />
        <BaselineFields value={draft.baseline} onChange={set('baseline')} />
        <Choice label="If exceeded" value={draft.level} options={LEVEL_OPTIONS} onChange={set('level')} />
        <TextField label="Owner" {...field('owner')} />
        <TextField label="Reason" {...field('reason')} />
      </div>
      {faults.baseline === undefined ? null : (
        <p className="field-fault" role="alert">
          {faults.baseline}
        </p>
      )}
      <p className="fine">{METRIC_FACTS[metric].description}</p>
      <details>
        <summary>More</summary>
        <div className="filter-grid">
          <TextField label={`Ignore growth below (${unitOf(metric)})`} {...field('minDelta')} numeric />
          <Choice
            label="If unverifiable"
            value={draft.onUnverifiable}
            options={UNVERIFIABLE_OPTIONS}
            onChange={set('onUnverifiable')}
          />
          <Choice
            label="Only nodes of operator"
            value={draft.opType}
            options={RECURRENT_OP_TYPES}
            none="the whole model"
            onChange={set('opType')}
          />
          <TextField label="Node path filter" {...field('path')} placeholder="graph/*" />
          <label className="field">
            <span>Expires</span>
            <input type="date" value={draft.until} onChange={(event) => set('until')(event.target.value)} />
          </label>
        </div>
      </details>
      {error === null ? null : <Failure error={error} />}
      <div className="actions">
        <SteadyButton type="submit" className="primary" isOff={make.isPending || change.isPending}>
          {budget === null ? 'Set the budget' : 'Change the budget'}
        </SteadyButton>
        <button type="button" onClick={() => close([])}>
          Close
        </button>
      </div>
    </form>
  );
}

const LEVEL_WORDS = { FAIL: 'the check fails', WARN: 'the check warns', OFF: 'nothing: it is off' };
const LEVEL_OPTIONS = [...BUDGET_LEVELS].reverse().map((value) => ({ value, label: LEVEL_WORDS[value] }));

const UNVERIFIABLE_WORDS = { FAIL: 'as if broken', WARN: 'warn', SKIP: 'skip' };
const UNVERIFIABLE_OPTIONS = UNVERIFIABLE_RULES.map((value) => ({ value, label: UNVERIFIABLE_WORDS[value] }));
