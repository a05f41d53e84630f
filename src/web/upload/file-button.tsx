/** Opens the browser's choice of files, by pointer and by keyboard. */
interface FileButtonProps {
  label: string;
  /** What it is for, where the place on the page tells it to who sees. */
  about?: string;
  multiple?: boolean;
  /** Takes a folder, with all that is in it. */
  folder?: boolean;
  take: (files: File[]) => void;
}

export function FileButton({ label, about, multiple = false, folder = false, take }: FileButtonProps) {
  return (
    <label className="button">
      {label}
      {about === undefined ? null : <span className="unseen"> {about}</span>}
      <input
        type="file"
        multiple={multiple}
        {...(folder && { webkitdirectory: '' })}
        className="unseen"
        onChange={(event) => {
          take([...(event.target.files ?? [])]);
          event.target.value = ''; // the same file may be chosen again
        }}
      />
    </label>
  );
}
