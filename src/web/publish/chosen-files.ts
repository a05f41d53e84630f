/** What was dropped or chosen: the model, and with it the files of its external data, by their place in its folder. Pure. */

export interface DataFile {
  /** From the folder of the model, as the model names it. */
  location: string;
  file: File;
}

export interface ChosenFiles {
  model: File;
  external: DataFile[];
  /** Whether the files are all that is in a folder, so that some need not belong to the model. */
  isFolder: boolean;
}

/** Their names and digests go into the address of the upload; exporters that write a file a tensor are for `weighbridge push`. */
export const MAX_EXTERNAL_FILES = 50;
export const TOO_MANY = `These are more than ${MAX_EXTERNAL_FILES} files of external data. Use “weighbridge push”, which takes any number.`;

/** Within a folder that was chosen, its path from there. */
export function pathOf({ name, webkitRelativePath }: File): string {
  return webkitRelativePath === '' ? name : webkitRelativePath;
}

/** The files, or what is wrong with them. */
export function sortFiles(files: readonly File[]): ChosenFiles | string {
  const isFolder = files.some(({ webkitRelativePath }) => webkitRelativePath !== '');
  const [only] = files;
  if (only !== undefined && files.length === 1) return { model: only, external: [], isFolder };
  const models = files.filter(({ name }) => /\.(onnx|pb|ort)$/i.test(name));
  const [model] = models;
  if (model === undefined) return 'Which of these files is the model? One of them must end with .onnx.';
  if (models.length > 1) return 'These are several models. Publish them one after the other.';
  const folder = pathOf(model).slice(0, -model.name.length);
  const external = files
    .filter((file) => file !== model && pathOf(file).startsWith(folder))
    .map((file) => ({ location: pathOf(file).slice(folder.length), file }));
  return !isFolder && external.length > MAX_EXTERNAL_FILES ? TOO_MANY : { model, external, isFolder };
}

/** A name for a new model, after its file. */
export function nameAfter({ name }: File): string {
  return name
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 128);
}
