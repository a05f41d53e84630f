// Run by inspect.mjs in a process of its own: what onnx-proto alone does, which is to decode the whole file. Argument: file.
import { readFileSync } from 'node:fs';
import onnxProto from 'onnx-proto';

const { graph } = onnxProto.onnx.ModelProto.decode(readFileSync(process.argv[2]));
if (graph.initializer.length === 0) throw new Error('the model holds no weights');
