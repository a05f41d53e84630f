/** Weighs a file in the browser: nothing of it leaves the machine, and nobody needs to sign in. */
import { useState } from 'react';
import type { Verdict } from '../../core/inspection.js';
import type { WeighedFile } from '../../core/weigh/messages.js';
import { RequestFailed } from '../ask.js';
import { bytesText, Count, share } from '../parts/figures/number.js';
import { VerdictBadge } from '../parts/figures/verdict.js';
import { CopyButton } from '../parts/forms/copy.js';
import { Page } from '../parts/frame/page.js';
import { Failure } from '../parts/frame/state.js';
import { FileButton } from '../upload/file-button.js';
import { useDrop } from '../upload/use-drop.js';
import { answerText } from '../weigh/answer-text.js';
import { type Finding, findingOf } from '../weigh/finding.js';
import { type ModelFiles, modelsAmong } from '../weigh/model-files.js';
import { useWeighing, type Weighing } from '../weigh/use-weighing.js';
import { WeighedModel } from '../weigh/weighed-model.js';

export function WeighPage() {
  const { weighing, weigh, stop } = useWeighing();
  const [isMissing, setMissing] = useState(false);
  const [choice, setChoice] = useState<ModelFiles[]>([]);
  const take = (files: File[]): void => {
    const models = modelsAmong(files);
    const [first] = models;
    setMissing(first === undefined);
    setChoice(models.length > 1 ? models : []);
    if (first !== undefined && models.length === 1) weigh(first);
    else stop();
  };
  const choose = (model: ModelFiles): void => {
    setChoice([]);
    weigh(model);
  };
  const isOver = useDrop(take);
  if (weighing.state === 'weighed') {
    const { files, weighed } = weighing;
    const { look, sentence } = findingOf(weighed);
    return (
      <Page
        key={weighed.digest}
        title={sentence}
        above={
          <>
            Weigh / <bdi className="mono">{files.name}</bdi> · read in this browser, nothing was sent
          </>
        }
        lead={<Lead weighed={weighed} look={look} />}
        actions={
          <>
            <FileButton label="Weigh another" multiple take={take} />
            <CopyButton text={answerText(files.name, weighed)} label="Copy JSON" />
          </>
        }
      >
        <WeighedModel weighed={weighed} />
      </Page>
    );
  }
  return (
    <Page title="Weigh" lead="Drop an ONNX model: it is read in this browser, and nothing leaves your machine.">
      {weighing.state === 'reading' ? <Reading weighing={weighing} stop={stop} /> : null}
      {isMissing ? <Failure error={NO_MODEL} /> : null}
      {choice.length > 0 ? <Choice models={choice} choose={choose} /> : null}
      {weighing.state === 'refused' ? (
        <>
          <p>
            <bdi className="mono">{weighing.files.name}</bdi>
          </p>
          <Failure error={weighing.error} />
        </>
      ) : null}
      <div className={isOver ? 'drop-zone over' : 'drop-zone'}>
        <p className="empty-title">Drop an ONNX file here</p>
        <p className="fine">
          With its external data files, if it has any: all at once, or choose the folder of the model.
        </p>
        <div className="actions">
          <FileButton label="Choose files" multiple take={take} />
          <FileButton label="Choose a folder" folder take={take} />
        </div>
      </div>
    </Page>
  );
}

/** More are not listed. */
const CHOICE_MAX = 100;

function Choice({ models, choose }: { models: readonly ModelFiles[]; choose: (model: ModelFiles) => void }) {
  const left = models.length - CHOICE_MAX;
  return (
    <section role="status">
      <p>These are {models.length} models, and one is weighed at a time. Which?</p>
      <ul className="plain-list">
        {models.slice(0, CHOICE_MAX).map((model) => (
          <li key={model.name}>
            <button type="button" onClick={() => choose(model)}>
              <bdi className="mono">{model.name}</bdi>
            </button>
          </li>
        ))}
      </ul>
      {left > 0 ? <p className="fine">{left} more are not listed: drop fewer.</p> : null}
    </section>
  );
}

const NO_MODEL = new RequestFailed('INPUT_INVALID', 'none of these files is a model: its name ends with .onnx');

const VERDICTS: Record<Exclude<Finding['look'], 'plain'>, Verdict> = {
  good: 'MATCH',
  bad: 'MISMATCH',
  warn: 'UNVERIFIABLE',
};

function Lead({ weighed, look }: { weighed: WeighedFile; look: Finding['look'] }) {
  const { recurrent, modelParams, unverifiableWeights } = weighed;
  const isKnown = recurrent.unverifiableNodes === 0 && unverifiableWeights === 0;
  return (
    <>
      {look === 'plain' ? null : <VerdictBadge verdict={VERDICTS[look]} />}{' '}
      {recurrent.nodes === 0 ? (
        <>
          {unverifiableWeights > 0 ? 'at least ' : ''}
          <Count value={modelParams} unit="learned params" />
        </>
      ) : (
        <>
          {recurrent.unverifiableNodes > 0 ? 'at least ' : ''}
          <Count value={recurrent.distinct} unit="recurrent params, each tensor once" />
          {isKnown && modelParams > 0 ? `: ${share(recurrent.distinct, modelParams)} of the learned params` : ''}
        </>
      )}
    </>
  );
}

function Reading({ weighing, stop }: { weighing: Extract<Weighing, { state: 'reading' }>; stop: () => void }) {
  const { files, readBytes } = weighing;
  const { size } = files.model;
  return (
    <section className="card sending" aria-label="Reading">
      <h2 role="status">
        {readBytes < size ? 'Reading ' : 'Weighing '}
        <bdi className="mono">{files.name}</bdi>
      </h2>
      <progress value={readBytes} max={Math.max(size, 1)} aria-label="Bytes read" />
      <p className="sending-line number">
        <span>
          {bytesText(readBytes)} of {bytesText(size)}
        </span>
      </p>
      <button type="button" onClick={stop}>
        Cancel
      </button>
    </section>
  );
}
