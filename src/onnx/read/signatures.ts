/** Says what a file looks like that is no ONNX model, from its first bytes: the wrong file is the commonest upload fault. */
import { latin1 } from './platform.js';

/** How much of the file is read. */
export const HEAD_BYTES = 512;

const SIGNATURES: [string, (head: Uint8Array, text: string) => boolean][] = [
  ['a PNG image', (head) => starts(head, 0x89, 0x50, 0x4e, 0x47)],
  ['a JPEG image', (head) => starts(head, 0xff, 0xd8, 0xff)],
  ['a PDF document', (_, text) => text.startsWith('%PDF')],
  ['a gzip archive: unpack it first', (head) => starts(head, 0x1f, 0x8b)],
  ['a Zstandard archive: unpack it first', (head) => starts(head, 0x28, 0xb5, 0x2f, 0xfd)],
  [
    'an HDF5 file, as Keras writes (.h5): export it to ONNX, for example with tf2onnx',
    (head) => starts(head, 0x89, 0x48, 0x44, 0x46),
  ],
  ['a GGUF model', (_, text) => text.startsWith('GGUF')],
  ['a TensorFlow Lite model (.tflite)', (_, text) => text.slice(4, 8) === 'TFL3'],
  [
    'an ONNX Runtime model (.ort): upload the .onnx file that it was made from',
    (_, text) => text.slice(4, 8) === 'ORTM',
  ],
  [
    'a ZIP archive, as PyTorch checkpoints (.pt) and Keras models (.keras) are: export the model to ONNX, or unpack the archive',
    (head) => starts(head, 0x50, 0x4b),
  ],
  ['a safetensors file: it holds weights without a graph', (_, text) => /^[^]{6}\0\0\{\s*"/.test(text)],
  [
    'a Python pickle, as old PyTorch checkpoints are: export the model with torch.onnx.export',
    (head) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
  ],
  [
    'a git-LFS pointer, not the file itself: run `git lfs pull`',
    (_, text) => text.startsWith('version https://git-lfs'),
  ],
  [
    'text behind a UTF-8 byte-order mark: the file was treated as text on its way',
    (head) => starts(head, 0xef, 0xbb, 0xbf),
  ],
  [
    'an HTML page, perhaps a login page that a download returned',
    (_, text) => /^\s*<(!doctype html|html|head|body)/i.test(text),
  ],
  ['an XML file', (_, text) => /^\s*<\?xml/.test(text)],
  ['JSON text', (_, text) => /^\s*[{[]\s*["{[\d\]}]/.test(text) && isText(text)],
  [
    'an ONNX model in protobuf text format: convert it to binary first',
    (_, text) => isText(text) && /(^|\n)\s*(ir_version|graph|producer_name|opset_import)\s*[:{]/.test(text),
  ],
  ['base64 text: decode it first', (_, text) => /^[A-Za-z0-9+/\r\n]{64,}=*\s*$/.test(text)],
  ['a text file', (_, text) => text.trim() !== '' && isText(text)],
  [
    'a single tensor (TensorProto, .pb), as the test data of a model is: send the model itself, an .onnx file',
    (head) => isTensor(head),
  ],
  ['an empty file', (head) => head.length === 0],
  ['a file of zero bytes, perhaps a download that was never filled in', (head) => head.every((byte) => byte === 0)],
];

/** For example `a PNG image`; null when nothing is recognised. */
export function looksLike(head: Uint8Array): string | null {
  const text = latin1(head);
  return SIGNATURES.find(([, matches]) => matches(head, text))?.[0] ?? null;
}

/** What is said of bytes that are like nothing known, and do not begin as writers of models begin. */
export const SIDE_FILE_HINT = 'if this is the data file of a model (.onnx.data), send the .onnx file beside it';

/** Every writer begins with the IR version, field 1 of a model. */
export function beginsAsModel(head: Uint8Array): boolean {
  return head[0] === 0x08;
}

/** Dims (field 1, one by one or packed), and then a number as field 2, where a model has a text. */
function isTensor(head: Uint8Array): boolean {
  let at = 0;
  const skipVarint = () => {
    while (head[at]! >= 0x80) at += 1;
    at += 1;
  };
  while (head[at] === 0x08 || head[at] === 0x0a) {
    const isPacked = head[at] === 0x0a;
    at += 1;
    if (isPacked) at += head[at] ?? 0;
    skipVarint();
  }
  const [tag, dataType = 0, next] = head.subarray(at);
  return tag === 0x10 && dataType > 0 && dataType < MAX_DATA_TYPE && (next === undefined || TENSOR_FIELDS.has(next));
}

/** Larger than any data type so far. */
const MAX_DATA_TYPE = 64;
/** Tags of what follows the data type in a TensorProto: a segment, values of some type, name, raw data, doc string. */
const TENSOR_FIELDS = new Set([0x1a, 0x22, 0x2a, 0x32, 0x3a, 0x42, 0x4a, 0x52, 0x5a, 0x62, 0x6a, 0x70, 0x82]);

function starts(head: Uint8Array, ...bytes: number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte);
}

function isText(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32) || (code >= 0x7f && code < 0xa0)) return false;
  }
  return true;
}
