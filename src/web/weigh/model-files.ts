/** Which of the dropped files are models, and which lie beside them. Pure; reads none of them. */
import type { WeighRequest } from '../../core/weigh/messages.js';
import { pathOf } from '../publish/chosen-files.js';

export interface ModelFiles {
  /** With its path in the folder, if one was chosen. */
  name: string;
  model: File;
  besides: WeighRequest['besides'];
}

/** In the order of the files; each has all that lies in its folder beside it. One file alone is a model whatever it is called. */
export function modelsAmong(files: readonly File[]): ModelFiles[] {
  const [only] = files;
  const models = only !== undefined && files.length === 1 ? [only] : files.filter(({ name }) => MODEL.test(name));
  return models.map((model) => {
    const folder = pathOf(model).slice(0, -model.name.length);
    const besides = files
      .filter((file) => file !== model && !models.includes(file) && pathOf(file).startsWith(folder))
      .map((file) => ({ location: pathOf(file).slice(folder.length), file }));
    return { name: pathOf(model), model, besides };
  });
}

const MODEL = /\.(onnx|pb|ort)$/i;
