// Ends the throw-away cluster of global-setup.mjs, which removes its own files.
export default async function teardown() {
  await globalThis.stopTestCluster?.();
}
