import { parseAddress, regionalAddress, withoutSecrets } from '../../src/remote/address.js';
import { refusalOf } from '../../src/remote/refusal.js';

const urlOf = (text: string) => parseAddress(text).url.href;

it.each([
  ['https://example.org/a/model.onnx?X-Amz-Signature=1', 'https://example.org/a/model.onnx?X-Amz-Signature=1'],
  ['hf://org/name/onnx/model.onnx', 'https://huggingface.co/org/name/resolve/main/onnx/model.onnx'],
  ['hf://models/org/name@v1.0/m.onnx', 'https://huggingface.co/org/name/resolve/v1.0/m.onnx'],
  ['hf://org/name@feature%2Fx/m.onnx', 'https://huggingface.co/org/name/resolve/feature%2Fx/m.onnx'],
  ['hf://org/name@refs/pr/7/m.onnx', 'https://huggingface.co/org/name/resolve/refs%2Fpr%2F7/m.onnx'],
  ['hf://spaces/org/name/a b#1.onnx', 'https://huggingface.co/spaces/org/name/resolve/main/a%20b%231.onnx'],
  ['https://huggingface.co/org/name/blob/main/m.onnx', 'https://huggingface.co/org/name/resolve/main/m.onnx'],
  ['https://github.com/org/name/blob/main/a/m.onnx', 'https://github.com/org/name/raw/main/a/m.onnx'],
  ['https://git.example.org/group/name/-/blob/main/m.onnx', 'https://git.example.org/group/name/-/raw/main/m.onnx'],
  ['https://example.org/a/b/blob/main/m.onnx', 'https://example.org/a/b/blob/main/m.onnx'],
  ['s3://models/speech/v 1.onnx', 'https://models.s3.amazonaws.com/speech/v%201.onnx'],
  ['s3://my.models/v1.onnx', 'https://s3.amazonaws.com/my.models/v1.onnx'],
])('%s is %s', (text, url) => {
  expect(urlOf(text)).toBe(url);
});

it.each([
  'https://example.org/',
  'https://example.org/models/',
  'https://',
  'hf://org/name',
  'hf://org/name@main',
  'hf://model.onnx',
  'hf://org/name/../secret.onnx',
  's3://bucket',
  's3://bucket/',
  's3://UPPER_case/m.onnx',
])('%s names no file', (text) => {
  expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }) as Error);
});

it('shows an address without its password and its signature', () => {
  expect(parseAddress('https://ann:s3cret@example.org/m.onnx?X-Amz-Signature=abc#x').label).toBe(
    'https://example.org/m.onnx',
  );
  expect(() => parseAddress('https://ann:s3cret@example.org/?sig=abc')).toThrow(
    /^https:\/\/example\.org\/: names no file/,
  );
});

it('finds a bucket in the region that the host names, and says how to read one that is not public', () => {
  const address = parseAddress('s3://models/v1.onnx');
  const region = (name: string) => regionalAddress(address, new Headers({ 'x-amz-bucket-region': name }));
  expect(region('eu-west-1')).toBe('https://models.s3.eu-west-1.amazonaws.com/v1.onnx');
  expect(region('evil.example.org/')).toBeNull();
  expect(refusalOf(address, 403, new Headers())).toEqual({
    code: 'ADDRESS_FORBIDDEN',
    message: expect.stringContaining('run "aws s3 presign s3://models/v1.onnx"') as string,
  });
});

it.each([
  ['https://ann:s3/cr3t@example.org/m.onnx', 'https://example.org/m.onnx'],
  ['https://ann:s3@cr3t@exam ple.org/m.onnx?cr3t', 'https://exam ple.org/m.onnx'],
  ['https://ann:s3#cr3t@example.org/m.onnx', 'https://…'],
  ['https://ann:s3?cr3t@example.org/m.onnx', 'https://…'],
  ['https://exam ple.org/m.onnx?X-Amz-Signature=s3@cr3t', 'https://…'],
])('shows nothing of a password in what is no address, and says how to write one: %j', (text, label) => {
  expect(withoutSecrets(text)).toBe(label);
  const how = 'in a name or password, / # ? @ are written %2F %23 %3F %40';
  expect(() => parseAddress(text)).toThrow(new Error(`${label}: is no address; ${how}`));
});

it.each([
  ['https://ann:s3@cr3t@example.org/m.onnx', 'https://example.org/m.onnx'],
  ['https:///ann:s3cr3t@example.org/m.onnx', 'https://example.org/m.onnx'],
  ['https:\\\\ann:s3cr3t@example.org\\m.onnx', 'https://example.org/m.onnx'],
  ['https://example.org/npm/models@1.0/m.onnx', 'https://example.org/npm/models@1.0/m.onnx'],
  ['s3://KEY:s3/cr3t@bucket/m.onnx', 's3://bucket/m.onnx'],
  ['s3://KEY:s3cr3t@bucket/m.onnx', 's3://bucket/m.onnx'],
  ['hf://hf_s3cr3t@org/name/m.onnx', 'hf://org/name/m.onnx'],
  ['hf://org/name@v1/m.onnx', 'hf://org/name@v1/m.onnx'],
  ['models/m@1.onnx', 'models/m@1.onnx'],
  ['C:\\models\\m@1.onnx', 'C:\\models\\m@1.onnx'],
  ['models/m.onnx?X-Amz-Signature=s3cr3t', 'models/m.onnx'],
  ['//ann:s3cr3t@example.org/m.onnx', '//example.org/m.onnx'],
])('is shown without its secrets: %s', (text, label) => {
  expect(withoutSecrets(text)).toBe(label);
});

it.each(['nonsense', 'http://', 'http://a b', 'ftp://hub.example.org', 'https://ann:s3cr3t@hub.example.org'])(
  'refuses an endpoint of the hub that is none, without showing it: %s',
  (endpoint) => {
    for (const text of ['hf://org/name/m.onnx', 'https://example.org/m.onnx'])
      expect(() => parseAddress(text, { endpoint })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: expect.stringMatching(/^HF_ENDPOINT \(in programs, hub\.endpoint\) must be an http/) as string,
        }) as Error,
      );
  },
);

it.each([
  ['hf://org/name/m.onnx?download=true', /^hf:\/\/org\/name\/m\.onnx: .*leave out what is behind \?$/],
  ['s3://models/v1.onnx?X-Amz-Signature=s3cr3t', /^s3:\/\/models\/v1\.onnx: .*give the https address that was signed$/],
])('takes no query for a part of a name: %s', (text, message) => {
  expect(() => parseAddress(text)).toThrow(message);
});
