// A disk for the threads that write large blobs, by its address: `?room=BYTES&fault=ENOSPC` fails the first write beyond so many bytes, and each
// after it; `fault=exit` ends the thread there.
const { searchParams } = new URL(import.meta.url);
const fault = searchParams.get('fault');
let room = Number(searchParams.get('room'));

export function replace(files) {
  return {
    ...files,
    async open(...place) {
      const file = await files.open(...place);
      const { writev } = file;
      file.writev = (chunks) => {
        room -= chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
        if (room >= 0) return writev(chunks);
        if (fault === 'exit') process.exit(1);
        return Promise.reject(Object.assign(new Error(`${fault}: write`), { code: fault }));
      };
      return file;
    },
  };
}
