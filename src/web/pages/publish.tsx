/** Publishing by dropping a file: what is said with it, how far it is, and the verdict as soon as it is known. */
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { Page } from '../parts/frame/page.js';
import { Failure } from '../parts/frame/state.js';
import { CheckResult } from '../publish/check-result.js';
import { PublishForm } from '../publish/publish-form.js';
import { PublishedCard } from '../publish/published.js';
import { usePublishing } from '../publish/use-publishing.js';
import { modelAddress } from '../../core/addresses.js';
import { useSession } from '../session.js';
import { Sending } from '../upload/sending.js';

export function PublishPage() {
  const session = useSession();
  const [search] = useSearchParams();
  const { stage, publish, check, cancel, again } = usePublishing();
  const [model, setModel] = useState(search.get('model') ?? '');
  return (
    <Page
      title="Publish"
      lead="A version of a model, from a file. It is weighed while it arrives; a file that cannot be read is not kept."
    >
      {stage.name === 'sending' ? <Sending transfer={stage.transfer} cancel={cancel} /> : null}
      {stage.name === 'published' ? <PublishedCard published={stage.published} again={again} /> : null}
      {stage.name === 'checked' ? (
        <section className="card" aria-label="Dry run">
          <h2 role="status">Dry run: nothing was kept</h2>
          <CheckResult check={stage.check} />
        </section>
      ) : null}
      {stage.name === 'failed' ? <Failure error={stage.error} /> : null}
      {stage.name === 'cancelled' ? (
        <p className="notice warn" role="status">
          {stage.whole ? (
            <>
              Cancelled after the last byte: the version may have been made. Look at{' '}
              <Link href={modelAddress(model)}>{model}</Link>.
            </>
          ) : (
            'Cancelled. No version was made.'
          )}
        </p>
      ) : null}
      {stage.name === 'published' ? null : (
        // Only hidden while a file is sent, so that nothing that was entered is lost when it fails.
        <div hidden={stage.name === 'sending'}>
          <PublishForm
            session={session}
            model={model}
            publish={(request) => {
              setModel(request.model);
              publish(request);
            }}
            dryRun={check}
          />
        </div>
      )}
    </Page>
  );
}
