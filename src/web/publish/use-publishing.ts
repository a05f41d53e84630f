/** Publishing as the page goes through it: choosing, sending, and how it ended. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTransfer, type Outcome, type Transfer } from '../upload/use-transfer.js';
import type { DryCheckAnswer, PublishedAnswer } from '../../core/route-answers.js';
import { checkFiles, publishFiles, type PublishRequest } from './publish-files.js';

type Stage =
  | { name: 'choosing' }
  | { name: 'sending'; transfer: Transfer }
  | { name: 'published'; published: PublishedAnswer }
  | { name: 'checked'; check: DryCheckAnswer }
  | Exclude<Outcome<never>, { name: 'done' }>;

export interface Publishing {
  stage: Stage;
  publish: (request: PublishRequest) => void;
  /** A dry run. */
  check: (request: PublishRequest) => void;
  cancel: () => void;
  again: () => void;
}

export function usePublishing(): Publishing {
  const [ended, setEnded] = useState<Exclude<Stage, { name: 'sending' }>>({ name: 'choosing' });
  const { transfer, run, cancel } = useTransfer();
  const queries = useQueryClient();
  return {
    stage: transfer === null ? ended : { name: 'sending', transfer },
    publish: (request) =>
      run(
        (watch) => publishFiles(request, watch),
        (outcome) => {
          if (outcome.name !== 'done') return setEnded(outcome);
          void queries.invalidateQueries();
          return setEnded({ name: 'published', published: outcome.value });
        },
      ),
    check: (request) =>
      run(
        (watch) => checkFiles(request, watch),
        (outcome) => setEnded(outcome.name === 'done' ? { name: 'checked', check: outcome.value } : outcome),
      ),
    cancel,
    again: () => setEnded({ name: 'choosing' }),
  };
}
