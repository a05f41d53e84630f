/**
 * The doors for bytes: `PUT|POST /models/{model}/versions`, `POST /models/{model}/check` and `PUT /blobs/{digest}`. They turn a request into the words of the
 * registry and its answer into JSON; what a version is, and what may be published, is decided in `registry/`.
 */
import type { Request, Response } from 'express';
import { artifactAddress } from '../core/addresses.js';
import { WeighbridgeError } from '../core/errors.js';
import { requireDigest } from '../core/names.js';
import { isVersionNumber } from '../core/version-name.js';
import { requireScope } from '../core/principal.js';
import { storeArtifact } from '../registry/artifacts/artifacts.js';
import { type CheckBase, type CheckRequest, checkUpload } from '../registry/publish/dry-checks.js';
import type { DryCheckAnswer } from '../core/route-answers.js';
import type { Needs } from '../registry/needs.js';
import { publishUpload, type PublishDetails } from '../registry/publish/publish.js';
import { sendJson } from './answer.js';
import { describeCheck } from './checked.js';
import { declaredDigest } from './declared-digest.js';
import { principalOf } from './exchange.js';
import type { IncomingBody } from './incoming-body.js';
import { modelNamed, parameter } from './model-address.js';
import { describePublished } from './published.js';
import { readQuery, type Query } from './query.js';
import type { Receive } from './receiving.js';

type Handler = (request: Request, response: Response) => Promise<void>;

const PUBLISH_PARAMETERS = [
  'alias',
  'label',
  'notes',
  'declaredParams',
  'externalData',
  'digest',
  'repositoryUrl',
  'commit',
  'runUrl',
  'force',
  'requirePass',
] as const;

export interface UploadHandlers {
  publish: Handler;
  check: Handler;
  store: Handler;
}

export function createUploadHandlers(needs: Needs, receive: Receive, publicPath: string): UploadHandlers {
  return {
    async publish(request, response) {
      const principal = principalOf(request);
      const model = modelNamed(request);
      requireScope(principal, 'publish', model);
      const query = readQuery(request, PUBLISH_PARAMETERS);
      const digest = declaredDigest(request, query.many('digest'));
      const details = readDetails(request, query);
      const published = await receive(request, response, (body) =>
        publishUpload(needs, principal, {
          model,
          ...bytesOf(body),
          declaredDigest: digest,
          ...details,
        }),
      );
      const answer = await describePublished(needs, published, publicPath);
      response.setHeader('Location', answer.url);
      sendJson(response, published.unchanged ? 200 : 201, answer);
    },

    async check(request, response) {
      const principal = principalOf(request);
      const model = modelNamed(request);
      requireScope(principal, 'publish', model);
      const query = readQuery(request, ['digest', 'externalData', 'base', 'baseSize', 'baseExternalData']);
      const digest = declaredDigest(request, query.many('digest'));
      const externalSizes = query.many('externalData').map(readExternalSize);
      const dry = await receive(request, response, (body) =>
        checkUpload(needs, principal, {
          model,
          externalSizes,
          base: readBase(query),
          sentBase: readSentBase(query),
          ...bytesOf(body),
          declaredDigest: digest,
        }),
      );
      const { modelName, digest: found, isNewModel } = dry;
      const answer: DryCheckAnswer = { model: modelName, digest: found, isNewModel, ...describeCheck(dry) };
      sendJson(response, 200, answer);
    },

    async store(request, response) {
      const principal = principalOf(request);
      requireScope(principal, 'publish');
      const digest = requireDigest(parameter(request, 'digest'));
      const model = readQuery(request, ['model']).one('model');
      declaredDigest(request, [digest]);
      const stored = await receive(request, response, (body) =>
        storeArtifact(needs, principal, {
          digest,
          model,
          ...bytesOf(body),
        }),
      );
      const url = publicPath + artifactAddress(stored.artifact.digest);
      response.setHeader('Location', url);
      sendJson(response, stored.created ? 201 : 200, {
        digest: stored.artifact.digest,
        byteSize: stored.artifact.byteSize,
        url,
        created: stored.created,
        refusal: stored.refusal,
      });
    },
  };
}

/** Each chunk was read for this body alone. */
const bytesOf = ({ chunks, declaredBytes, signal }: IncomingBody) => ({
  body: chunks,
  givesChunks: true,
  expectedSize: declaredBytes,
  signal,
});

function readDetails(request: Request, query: Query): PublishDetails {
  const keys = request.headersDistinct['idempotency-key'] ?? [];
  if (keys.length > 1) throw new WeighbridgeError('REQUEST_INVALID', 'the header Idempotency-Key may be given once');
  return {
    aliases: query.many('alias'),
    labels: query.many('label'),
    notes: query.one('notes'),
    declaredParams: query.count('declaredParams'),
    source: { repositoryUrl: query.one('repositoryUrl'), commit: query.one('commit'), runUrl: query.one('runUrl') },
    externalData: query.many('externalData').map(readExternalData),
    force: query.flag('force'),
    requirePass: query.flag('requirePass'),
    idempotencyKey: keys[0],
  };
}

/** A number, an alias, or a digest of stored bytes: whether a version has them makes no difference to its figures without data files. */
function readBase(query: Query): CheckBase | undefined {
  const text = query.one('base');
  if (text === undefined) return undefined;
  if (text.startsWith('sha256:')) return { bytes: text };
  return isVersionNumber(text) ? { number: Number(text) } : { alias: text };
}

/** The body begins with the base: nothing of it is kept either. */
function readSentBase(query: Query): CheckRequest['sentBase'] {
  const byteSize = query.count('baseSize');
  if (byteSize === undefined) return undefined;
  return { byteSize, externalSizes: query.many('baseExternalData').map(readExternalSize) };
}

/** `weights.bin=sha256:…`; the name may hold an equals sign, the digest cannot. */
function readExternalData(text: string): { location: string; digest: string } {
  const [location, digest] = parted(text);
  if (location !== '') return { location, digest };
  throw new WeighbridgeError('REQUEST_INVALID', 'the parameter externalData must be location=sha256:…');
}

/** `weights.bin=406397`: nothing of the file is sent to be checked. */
function readExternalSize(text: string): { location: string; byteSize: number } {
  const [location, size] = parted(text);
  if (location !== '' && /^[0-9]{1,15}$/.test(size)) return { location, byteSize: Number(size) };
  throw new WeighbridgeError('REQUEST_INVALID', 'the parameter externalData of a check must be location=bytes');
}

function parted(text: string): [string, string] {
  const end = text.lastIndexOf('=');
  return end < 0 ? ['', text] : [text.slice(0, end), text.slice(end + 1)];
}
