/** The ways to bytes: by digest, by version, and the external data of a version by the name that its tensors use. */
import type { Request, Response } from 'express';
import type { AnswerHeaders, ByteRange } from '../blobs/blob-store.js';
import type { VersionRef } from '../core/catalog.js';
import { WeighbridgeError } from '../core/errors.js';
import { plainLocation } from '../core/external-location.js';
import { fileNameOf, requireDigest } from '../core/names.js';
import type { Principal } from '../core/principal.js';
import { artifactNotFound, findSound } from '../registry/artifacts/artifacts.js';
import { findArtifact } from '../registry/artifacts/artifact-reads.js';
import { openChecked } from '../registry/artifacts/checked-bytes.js';
import { freed } from '../registry/artifacts/stored-bytes.js';
import { holderText, loadHolders } from '../registry/artifacts/holders.js';
import { loadExternalData } from '../registry/artifacts/artifact-reads.js';
import { findForBackup } from '../registry/backup/backup.js';
import { findModel } from '../registry/catalog/model-reads.js';
import { findVersion } from '../registry/catalog/version-reads.js';
import type { Needs } from '../registry/needs.js';
import { sendBytes } from './downloads.js';
import { exchangeOf, principalOf } from './exchange.js';
import type { HttpLimits } from './limits.js';
import { modelNamed, parameter, pathParameter } from './model-address.js';
import { readQuery } from './query.js';
import type { Receive } from './receiving.js';

type Handler = (request: Request, response: Response) => Promise<void>;

/** Whether bytes go through this process, which checks them, or their readers are sent to the store, where it has addresses. */
export type Downloads = 'stream' | 'redirect';

export interface ArtifactHandlers {
  known: Handler;
  byDigest: Handler;
  ofVersion: Handler;
  externalData: Handler;
  forBackup: Handler;
}

export function createArtifactHandlers(
  needs: Needs,
  receive: Receive,
  limits: HttpLimits,
  downloads: Downloads,
): ArtifactHandlers {
  async function send(
    request: Request,
    response: Response,
    digest: string,
    fileName: string,
    { find = findArtifact, isChecked = false }: { find?: typeof findForBackup; isChecked?: boolean } = {},
  ): Promise<void> {
    const artifact = await find(needs, principalOf(request), digest);
    if (artifact === null) throw artifactNotFound(digest);
    if (artifact.freedAt !== null) throw freed(digest);
    const open = (range?: ByteRange) => openChecked(needs, artifact, range);
    const { blobs } = needs;
    const locate = (headers: AnswerHeaders) => blobs.locate?.(digest, headers) ?? Promise.resolve(null);
    const elsewhere = downloads === 'redirect' && !isChecked ? { locate } : {};
    try {
      await sendBytes(request, response, { artifact, fileName, open, ...elsewhere }, limits);
    } catch (error) {
      if (error instanceof WeighbridgeError && error.code === 'ARTIFACT_CORRUPT') await logDamage(request, digest);
      throw error;
    }
  }

  /** The asker learns no more than that the bytes are damaged; who runs the registry, which versions it has hit. */
  async function logDamage(request: Request, digest: string): Promise<void> {
    const { log } = exchangeOf(request);
    try {
      const { count, first } = (await loadHolders(needs, [digest])).get(digest) ?? { count: 0, first: [] };
      log.error({ digest, holders: count, heldBy: first.map(holderText) }, 'stored bytes are damaged or missing');
    } catch (error) {
      log.error({ digest, err: error }, 'stored bytes are damaged or missing; which versions hold them cannot be read');
    }
  }

  return {
    async known(request, response) {
      const query = readQuery(request, ['model', 'inspected']);
      const asked = {
        digest: parameter(request, 'digest'),
        model: query.one('model'),
        inspected: query.flag('inspected') ?? false,
      };
      // With a place among the uploads: it may read as much as one.
      const { byteSize } = await receive(request, response, ({ signal }) =>
        findSound(needs, principalOf(request), asked, signal),
      );
      response.setHeader('Content-Length', byteSize);
      response.status(200).end();
    },

    async byDigest(request, response) {
      readQuery(request, []);
      const digest = requireDigest(parameter(request, 'digest'));
      // Without a model to say so, nothing is known of the kind of file.
      await send(request, response, digest, `${digest.replace(':', '-')}.bin`);
    },

    async forBackup(request, response) {
      readQuery(request, []);
      const digest = requireDigest(parameter(request, 'digest'));
      await send(request, response, digest, `${digest.replace(':', '-')}.bin`, {
        find: findForBackup,
        isChecked: true, // what is damaged must be told as that
      });
    },

    async ofVersion(request, response) {
      readQuery(request, []);
      const version = await requireVersion(needs, principalOf(request), request);
      await send(request, response, version.artifactDigest, `${fileNameOf(version.modelName)}-v${version.number}.onnx`);
    },

    async externalData(request, response) {
      readQuery(request, []);
      const version = await requireVersion(needs, principalOf(request), request);
      const location = plainLocation(pathParameter(request, 'location'));
      const files = (await loadExternalData(needs, [version.id])).get(version.id) ?? [];
      const digest = files.find((file) => file.location === location)?.digest;
      if (digest === undefined || digest === null) {
        throw new WeighbridgeError('ARTIFACT_NOT_FOUND', 'no file of this name was published with the version');
      }
      await send(request, response, digest, location.split(/[/\\]/).at(-1) ?? location);
    },
  };
}

async function requireVersion(needs: Needs, principal: Principal, request: Request) {
  const name = modelNamed(request);
  const ref = parameter(request, 'ref');
  const version = await findVersion(needs, principal, name, readRef(ref));
  if (version !== null) return version;
  const model = await findModel(needs, principal, name);
  if (model === null)
    throw new WeighbridgeError('MODEL_NOT_FOUND', `there is no model ${name}, or this token may not see it`);
  throw new WeighbridgeError('VERSION_NOT_FOUND', `model ${name} has no version of this number or alias`);
}

/** An alias is never all digits. */
function readRef(ref: string): VersionRef {
  if (!/^[0-9]+$/.test(ref)) return { alias: ref };
  const number = Number(ref);
  if (Number.isSafeInteger(number)) return { number };
  throw new WeighbridgeError('VERSION_NOT_FOUND', 'there is no version with such a high number');
}
