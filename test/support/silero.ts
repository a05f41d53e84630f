/** Silero VAD, the recurrent ONNX model that is used most, as its npm package has it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { TestServer } from './server.js';

const FOLDER = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@ricky0123/vad-web/package.json')),
  'dist',
);

export const SILERO_VERSIONS = ['legacy', 'v5', 'v6'] as const;

export function sileroFile(version: (typeof SILERO_VERSIONS)[number]): string {
  return path.join(FOLDER, `silero_vad_${version}.onnx`);
}

/** Over HTTP, in order, so that they are versions 1, 2 and 3 of `silero-vad`. */
export async function publishSilero(server: TestServer): Promise<void> {
  for (const version of SILERO_VERSIONS) {
    const route = `/models/silero-vad/versions?label=${version}&alias=${version === 'v6' ? 'production' : version}`;
    const response = await server.fetch(route, { method: 'PUT', body: readFileSync(sileroFile(version)) });
    if (response.status !== 201) throw new Error(`${version} was not published: ${await response.text()}`);
  }
}
