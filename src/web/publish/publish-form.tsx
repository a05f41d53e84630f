/** The model's name and what is said with the version. Checks names as the server does, before bytes travel. */
import { useState, type FormEvent } from 'react';
import { WeighbridgeError } from '../../core/errors.js';
import { requireAliasName, requireLabel, requireModelName } from '../../core/names.js';
import { enteredNumber } from '../parts/forms/entered-number.js';
import { TextField } from '../parts/forms/text-field.js';
import { refusalOf, type Session } from '../session.js';
import { nameAfter, sortFiles } from './chosen-files.js';
import { DropZone } from './drop-zone.js';
import type { PublishRequest } from './publish-files.js';

interface PublishFormProps {
  session: Session | undefined;
  /** From the page of a model. */
  model: string;
  publish: (request: PublishRequest) => void;
  dryRun: (request: PublishRequest) => void;
}

export function PublishForm({ session, model: given, publish, dryRun }: PublishFormProps) {
  const [files, setFiles] = useState<File[]>([]);
  const [entered, setEntered] = useState({ model: given, aliases: '', labels: '', notes: '', declaredParams: '' });
  const [force, setForce] = useState(false);
  const [withoutExternalData, setWithout] = useState(false);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const enter = (field: keyof typeof entered) => (text: string) => setEntered((old) => ({ ...old, [field]: text }));
  const field = (name: keyof typeof entered) => ({ value: entered[name], onChange: enter(name), fault: faults[name] });

  const choose = (chosen: File[]): void => {
    setFiles(chosen);
    setFaults({});
    const sorted = sortFiles(chosen);
    if (typeof sorted !== 'string' && entered.model === '') enter('model')(nameAfter(sorted.model));
  };
  const send = (as: (request: PublishRequest) => void): void => {
    const checked = check(files, entered);
    setFaults('faults' in checked ? checked.faults : {});
    if (!('faults' in checked)) as({ ...checked, force, withoutExternalData });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send(publish);
  };
  const refusal = session === undefined ? null : refusalOf(session, 'publish', entered.model || undefined);
  return (
    <form className="card publish-form" onSubmit={submit} aria-label="The version">
      <DropZone files={files} choose={choose} />
      {faults['files'] === undefined ? null : (
        <p className="field-fault" role="alert">
          {faults['files']}
        </p>
      )}
      <TextField label="Model" {...field('model')} name="model" hint="A new name creates the model." />
      <details>
        <summary>More about the version</summary>
        <div className="filter-grid">
          <TextField
            label="Aliases"
            {...field('aliases')}
            hint="Separated by spaces; they will point to this version."
          />
          <TextField label="Labels" {...field('labels')} hint="Separated by spaces." />
          <TextField
            label="Declared params"
            {...field('declaredParams')}
            numeric
            hint="Your own count, compared with ours."
          />
        </div>
        <TextField label="Notes" {...field('notes')} lines={3} />
        <label className="check-field">
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
          <span>Publish even if unchanged</span>
        </label>
        <label className="check-field">
          <input type="checkbox" checked={withoutExternalData} onChange={(event) => setWithout(event.target.checked)} />
          <span>Publish without external data; the size is then unknown</span>
        </label>
      </details>
      {refusal === null ? (
        <div className="actions">
          <button type="submit" className="primary" disabled={session === undefined}>
            Publish
          </button>
          <button type="button" disabled={session === undefined} onClick={() => send(dryRun)}>
            Dry run
          </button>
        </div>
      ) : (
        <p className="notice warn">{refusal}</p>
      )}
    </form>
  );
}

type Entered = Record<'model' | 'aliases' | 'labels' | 'notes' | 'declaredParams', string>;

function check(
  files: File[],
  entered: Entered,
): Omit<PublishRequest, 'force' | 'withoutExternalData'> | { faults: Record<string, string> } {
  const sorted = files.length === 0 ? 'Choose a file first.' : sortFiles(files);
  const [aliases, labels] = [words(entered.aliases), words(entered.labels)];
  const isDeclared = entered.declaredParams.trim() !== '';
  const declared = enteredNumber(entered.declaredParams);
  const faults = Object.fromEntries(
    [
      ['files', typeof sorted === 'string' ? sorted : null],
      ['model', faultOf(() => requireModelName(entered.model))],
      ['aliases', faultOf(() => aliases.forEach((alias) => requireAliasName(alias)))],
      ['labels', faultOf(() => labels.forEach((label) => requireLabel(label, ['label'])))],
      [
        'declaredParams',
        !isDeclared || (Number.isSafeInteger(declared) && declared >= 0) ? null : 'A whole number, or nothing.',
      ],
    ].filter((entry): entry is [string, string] => entry[1] !== null),
  );
  if (typeof sorted === 'string' || Object.keys(faults).length > 0) return { faults };
  const declaredParams = isDeclared ? String(declared) : '';
  return { files: sorted, model: entered.model, aliases, labels, notes: entered.notes, declaredParams };
}

function faultOf(rule: () => unknown): string | null {
  try {
    rule();
    return null;
  } catch (error) {
    if (error instanceof WeighbridgeError) return error.message;
    throw error;
  }
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');
