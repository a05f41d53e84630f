/** Where the files of a version are dropped or chosen. */
import { Bytes } from '../parts/figures/number.js';
import { FileButton } from '../upload/file-button.js';
import { useDrop } from '../upload/use-drop.js';
import { pathOf } from './chosen-files.js';

/** A folder may have thousands. */
const MAX_SHOWN = 20;

interface DropZoneProps {
  files: readonly File[];
  choose: (files: File[]) => void;
}

export function DropZone({ files, choose }: DropZoneProps) {
  const isOver = useDrop(choose);
  return (
    <div className={isOver ? 'drop-zone over' : 'drop-zone'}>
      {files.length === 0 ? (
        <p className="empty-title">Drop an ONNX file here</p>
      ) : (
        <ul className="plain-list">
          {files.slice(0, MAX_SHOWN).map((file) => (
            <li key={pathOf(file)}>
              <bdi className="mono">{pathOf(file)}</bdi> <Bytes value={file.size} />
            </li>
          ))}
          {files.length > MAX_SHOWN ? <li className="fine">and {files.length - MAX_SHOWN} more</li> : null}
        </ul>
      )}
      <p className="fine">
        With the files of its external data, if it has any, all at once. If some are in folders, choose the folder of
        the model.
      </p>
      <div className="actions">
        <FileButton label={files.length === 0 ? 'Choose files' : 'Choose others'} multiple take={choose} />
        <FileButton label="Choose a folder" folder take={choose} />
      </div>
    </div>
  );
}
