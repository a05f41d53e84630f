/** What was dropped: the model, and beside it the files of its external data. Pure. */

export interface ChosenFiles {
  model: File;
  external: File[];
}

/** Their names and digests go into the address of the upload; exporters that write a file a tensor are for `weighbridge push`. */
const MAX_EXTERNAL_FILES = 50;

/** The files, or what is wrong with them. */
export function sortFiles(files: readonly File[]): ChosenFiles | string {
  const [only] = files;
  if (only !== undefined && files.length === 1) return { model: only, external: [] };
  const models = files.filter(({ name }) => /\.(onnx|pb|ort)$/i.test(name));
  const [model] = models;
  if (model === undefined) return 'Which of these files is the model? One of them must end with .onnx.';
  if (models.length > 1) return 'These are several models. Publish them one after the other.';
  const external = files.filter((file) => file !== model);
  if (external.length > MAX_EXTERNAL_FILES) {
    return `These are more than ${MAX_EXTERNAL_FILES} files of external data. Use “weighbridge push”, which takes any number.`;
  }
  return { model, external };
}

/** A name for a new model, after its file. */
export function nameAfter({ name }: File): string {
  return name
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 128);
}
