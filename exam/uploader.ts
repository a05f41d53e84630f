/**
 * A thread that uploads large models, several at once, and posts the status of each. Clients are on other machines: here it takes what the
 * server and whoever asks it leave of the processors, and whoever asks does not wait for this thread's work.
 */
import http from 'node:http';
import os from 'node:os';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { largeModel } from './cases/models.js';

export interface Uploads {
  url: string;
  token: string;
  atOnce: number;
  /** How many each of them sends, one after the other. */
  rounds: number;
  mebibytes: number;
}

const { url, token, atOnce, rounds, mebibytes } = workerData as Uploads;
os.setPriority(os.constants.priority.PRIORITY_LOW); // of this thread, on Linux

async function upload(model: string, seed: number): Promise<number> {
  const { byteSize, body } = largeModel(mebibytes, seed);
  const request = http.request(`${url}/models/${model}/versions`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-length': byteSize },
  });
  const answered = new Promise<number>((resolve, reject) => {
    request.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject);
  });
  await pipeline(body(), request).catch(() => undefined); // the answer says why
  return answered;
}

const statuses = await Promise.all(
  Array.from({ length: atOnce }, async (_, index) => {
    const own: number[] = [];
    for (let round = 0; round < rounds; round += 1)
      own.push(await upload(`large-${index}`, 1 + index + atOnce * round));
    return own;
  }),
);
parentPort?.postMessage(statuses.flat());
