/**
 * The two sides, as people write them, or as files that are dropped. What is entered counts when it is sent, so that a half name is never
 * asked for; files count at once.
 */
import { useId, useState, type FormEvent } from 'react';
import { VersionNames } from '../generated/operations.js';
import { Failure } from '../parts/frame/state.js';
import { TextField } from '../parts/forms/text-field.js';
import { useSettled } from '../parts/hooks/use-settled.js';
import { refusalOf, useSession } from '../session.js';
import { FileButton } from '../upload/file-button.js';
import { Sending } from '../upload/sending.js';
import { useDrop } from '../upload/use-drop.js';
import { useTransfer, type Outcome } from '../upload/use-transfer.js';
import { useOperation } from '../use-operation.js';
import { sidesFor, storeSides, type Side, type SideFiles, type StoredFile } from './dropped-files.js';
import type { Sides } from './use-comparison.js';

const SIDES: Record<Side, string> = { base: 'Base', compare: 'Compare' };

const WRITTEN_AS = 'model, model@3, model@production, or sha256:…';

type Stored = Partial<Record<Side, StoredFile>>;

export function SidesForm({ sides, choose }: { sides: Sides; choose: (sides: Sides) => void }) {
  const [entered, setEntered] = useState(sides);
  const [known, setKnown] = useState(sides);
  const [isIncomplete, setIncomplete] = useState(false);
  const [fault, setFault] = useState<Exclude<Outcome<never>, { name: 'done' }> | string | null>(null);
  const { transfer, run, cancel } = useTransfer();
  const session = useSession();
  // Once there is an answer below, what explains the form would only push it down.
  const isAsked = sides.base !== '' && sides.compare !== '';
  const refusal = session === undefined ? null : refusalOf(session, 'publish');
  if (known.base !== sides.base || known.compare !== sides.compare) {
    // The address changed by itself: a link, or the back button.
    setKnown(sides);
    setEntered(sides);
  }
  const send = (next: Sides): void => {
    setEntered(next);
    if (next.base !== '' && next.compare !== '') choose(next);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const trimmed = { ...entered, base: entered.base.trim(), compare: entered.compare.trim() };
    setFault(null);
    setIncomplete(trimmed.base === '' || trimmed.compare === '');
    send(trimmed);
  };
  const store = (files: SideFiles | string): void => {
    setFault(typeof files === 'string' ? files : null);
    if (typeof files === 'string') return;
    run(
      (watch) => storeSides(files, watch),
      (outcome) => (outcome.name === 'done' ? send(withFiles(entered, outcome.value)) : setFault(outcome)),
    );
  };
  const isOver = useDrop((files) =>
    store(refusal ?? sidesFor(files, { base: entered.base.trim() !== '', compare: entered.compare.trim() !== '' })),
  );
  return (
    <>
      {transfer === null ? null : <Sending transfer={transfer} cancel={cancel} />}
      <div hidden={transfer !== null}>
        <form className={isOver ? 'card sides over' : 'card sides'} onSubmit={submit}>
          {(['base', 'compare'] as const).map((side) => (
            <div key={side}>
              <SideField
                label={SIDES[side]}
                value={entered[side]}
                hint={
                  entered[`${side}File`] === ''
                    ? isAsked
                      ? undefined
                      : WRITTEN_AS
                    : `The file ${entered[`${side}File`]}`
                }
                fault={isIncomplete && entered[side].trim() === '' ? 'Name a version first.' : undefined}
                onChange={(text) => setEntered({ ...entered, [side]: text, [`${side}File`]: '' })}
              />
              {refusal === null ? (
                <FileButton
                  label="Choose a file"
                  about={`for ${side}`}
                  take={([file]) => file && store({ [side]: file })}
                />
              ) : null}
            </div>
          ))}
          <div className="actions">
            <button type="submit" className="primary">
              Compare
            </button>
            <button
              type="button"
              onClick={() =>
                setEntered({
                  base: entered.compare,
                  baseFile: entered.compareFile,
                  compare: entered.base,
                  compareFile: entered.baseFile,
                })
              }
            >
              Swap
            </button>
          </div>
          {isAsked ? null : (
            <p className="fine sides-note">
              {refusal === null
                ? 'Or drop two ONNX files, base first. They are kept under their digest and make no version; the link works for you, and for who may read a model that has the same bytes.'
                : `Two files can be compared too. ${refusal}`}
            </p>
          )}
        </form>
      </div>
      <Fault fault={fault} />
    </>
  );
}

function withFiles(sides: Sides, { base, compare }: Stored): Sides {
  return {
    ...sides,
    ...(base && { base: base.digest, baseFile: base.name }),
    ...(compare && { compare: compare.digest, compareFile: compare.name }),
  };
}

function Fault({ fault }: { fault: Exclude<Outcome<never>, { name: 'done' }> | string | null }) {
  if (fault === null) return null;
  if (typeof fault === 'string') {
    return (
      <p className="notice warn" role="alert">
        {fault}
      </p>
    );
  }
  if (fault.name === 'failed') return <Failure error={fault.error} />;
  return (
    <p className="notice warn" role="status">
      Cancelled. Nothing is compared.
    </p>
  );
}

interface SideFieldProps {
  label: string;
  value: string;
  hint: string | undefined;
  fault: string | undefined;
  onChange: (value: string) => void;
}

function SideField({ label, value, hint, fault, onChange }: SideFieldProps) {
  const list = useId();
  const settled = useSettled(value.trim());
  const model = settled.split('@')[0]?.toLowerCase() ?? '';
  const { data } = useOperation(VersionNames, { search: model, model }, { enabled: !settled.startsWith('sha256:') });
  const versions = data?.model?.versions.nodes ?? [];
  return (
    <>
      <TextField
        label={label}
        value={value}
        fault={fault}
        list={list}
        placeholder="model@3"
        hint={hint}
        onChange={onChange}
      />
      <datalist id={list}>
        {versions.map(({ id, number, aliases }) => (
          <option key={id} value={`${model}@${number}`}>
            {aliases.nodes.map(({ name }) => name).join(', ')}
          </option>
        ))}
        {data?.models.nodes.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
    </>
  );
}
