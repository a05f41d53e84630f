// `weighbridge inspect` of addresses, from servers of this test.
import { stackOfLstms } from '../../../bench/large-models.mjs';
import type { Weighed } from '../../../src/library/library.js';
import { runCli } from '../../support/cli.js';
import { byRanges, type FileHost, startFileHost } from '../../support/file-host.js';

const stack = stackOfLstms({ layers: 2, hiddenSize: 512 });

let host: FileHost;
beforeAll(async () => {
  host = await startFileHost({ '/stack.onnx': byRanges(stack) });
});
afterAll(() => host.close());

/** Without a token of whoever runs the tests. */
const inspect = (...args: string[]) =>
  runCli(['inspect', ...args], { env: { HF_TOKEN: '', HF_TOKEN_PATH: '/nonexistent' } });

it('weighs an address by its parts, and says what was not read', async () => {
  const { code, stdout } = await inspect(host.url('/stack.onnx'));
  expect(code).toBe(0);
  expect(stdout).toContain('digest unknown');
  expect(stdout).toMatch(/[0-9,]+ of 16,810,\d+ bytes read, in [1-7] requests; large values were passed over/);
  expect(stdout).toContain('2 recurrent nodes');
  const json = await inspect('--json', host.url('/stack.onnx'));
  const [entry] = JSON.parse(json.stdout) as (Weighed & { file: string })[];
  expect(entry).toMatchObject({ file: host.url('/stack.onnx'), digest: null, recurrent: { nodes: 2 } });
  expect(entry!.fetched!.bytes).toBeLessThan(0.02 * stack.byteSize);
});
