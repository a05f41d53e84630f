/** Where the files of a version are dropped or chosen. */
import { Bytes } from '../parts/figures/number.js';
import { FileButton } from '../upload/file-button.js';
import { useDrop } from '../upload/use-drop.js';

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
          {files.map((file) => (
            <li key={file.name}>
              <bdi className="mono">{file.name}</bdi> <Bytes value={file.size} />
            </li>
          ))}
        </ul>
      )}
      <p className="fine">With the files of its external data, if it has any. All together, at once.</p>
      <FileButton label={files.length === 0 ? 'Choose files' : 'Choose others'} multiple take={choose} />
    </div>
  );
}
