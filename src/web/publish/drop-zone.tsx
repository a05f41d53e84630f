/** Where files are dropped or chosen. The whole window takes them, so that a near miss does not open the file instead of the page. */
import { useEffect, useEffectEvent, useState } from 'react';
import { Bytes } from '../parts/number.js';

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
      <label className="button">
        {files.length === 0 ? 'Choose files' : 'Choose others'}
        <input
          type="file"
          multiple
          className="unseen"
          onChange={(event) => {
            choose([...(event.target.files ?? [])]);
            event.target.value = ''; // the same file may be chosen again
          }}
        />
      </label>
    </div>
  );
}

function useDrop(choose: (files: File[]) => void): boolean {
  const [isOver, setOver] = useState(false);
  const take = useEffectEvent(choose);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      const dropped = [...(event.dataTransfer?.files ?? [])];
      if (dropped.length > 0) take(dropped);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return isOver;
}
