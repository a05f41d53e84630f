/** The object store of the exam: one for all cases, in which each registry has a prefix of its own. What a case leaves there goes when it ends. */
import { randomUUID } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { runObjectStore, type RunningStore, textOf } from '../test/support/object-store.js';

/** Where one registry has its bytes. */
export interface Prefix {
  /** What its servers get. */
  env: Readonly<Record<string, string>>;
  read: (digest: string) => Promise<Buffer>;
  overwrite: (digest: string, bytes: Uint8Array) => Promise<void>;
  remove: (digest: string) => Promise<void>;
  copy: () => Promise<Prefix>;
}

export interface ObjectStore {
  newPrefix: () => Prefix;
  killGateway: () => Promise<void>;
  startGateway: () => Promise<void>;
  /** Removes what is under all prefixes that were given out. */
  clear: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Where there is none, the reason. */
export async function openObjectStore(): Promise<ObjectStore | string> {
  const store = await runObjectStore();
  if (store.reason !== undefined) return store.reason;
  const given: string[] = [];
  const give = () => {
    const prefix = `${randomUUID()}/`;
    given.push(prefix);
    return prefix;
  };
  const { killGateway, startGateway, stop } = store;
  return {
    newPrefix: () => prefixOf(store, give(), give),
    killGateway,
    startGateway,
    stop,
    async clear() {
      for (const prefix of given.splice(0)) {
        for await (const key of keysBelow(store, prefix))
          await store.client.send(new DeleteObjectCommand({ Bucket: store.bucket, Key: key }));
      }
    },
  };
}

function prefixOf(store: RunningStore, prefix: string, give: () => string): Prefix {
  const { bucket: Bucket, client, endpoint } = store;
  const object = (digest: string) => {
    const hex = digest.slice('sha256:'.length);
    return { Bucket, Key: `${prefix}${hex.slice(0, 2)}/${hex}` };
  };
  const address = textOf({ bucket: Bucket, prefix, endpoint, region: 'us-east-1' });
  return {
    env: { WEIGHBRIDGE_BLOBS: address, ...store.credentials },
    async read(digest) {
      const { Body } = await client.send(new GetObjectCommand(object(digest)));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async overwrite(digest, bytes) {
      await client.send(new PutObjectCommand({ ...object(digest), Body: bytes }));
    },
    async remove(digest) {
      await client.send(new DeleteObjectCommand(object(digest)));
    },
    async copy() {
      const to = give();
      for await (const key of keysBelow(store, prefix)) {
        const [Key, CopySource] = [`${to}${key.slice(prefix.length)}`, `${Bucket}/${key}`];
        await client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
      }
      return prefixOf(store, to, give);
    },
  };
}

async function* keysBelow({ bucket: Bucket, client }: RunningStore, Prefix: string): AsyncIterable<string> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix }))
    for (const { Key } of Contents) if (Key !== undefined) yield Key;
}
