/** Liveness and readiness when a part is gone. */
import { fakeDisk } from '../support/fake-disk.js';
import { chainOfNodes, manyInitializers } from '../onnx/hostile/large.js';
import { startTestServer } from '../support/server.js';

describe('health', () => {
  it('needs no token', async () => {
    const server = await startTestServer();
    try {
      expect(await (await fetch(`${server.url}/health/live`)).json()).toEqual({ status: 'live' });
      const ready = await fetch(`${server.url}/health/ready`);
      expect(ready.status).toBe(200);
      expect(await ready.json()).toEqual({ status: 'ready' });
      expect(await server.blobFiles()).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('is alive while four large models are read and analysed at once', async () => {
    const server = await startTestServer({ limits: { uploadsPerToken: 4 } });
    try {
      const [nodes, tensors] = [chainOfNodes(150_000), manyInitializers(80_000)];
      let [left, answers] = [4, 0];
      const uploads = [nodes, tensors, nodes, tensors].map(async (body, index) => {
        const { status } = await server.fetch(`/models/m${index}/versions`, { method: 'PUT', body });
        left -= 1;
        return status;
      });
      while (left > 0) {
        const { status } = await fetch(`${server.url}/health/live`);
        expect(status).toBe(200);
        if (left > 0) answers += 1;
      }
      expect(await Promise.all(uploads)).toEqual([201, 201, 201, 201]);
      // One at a time: it was asked again only when it had answered.
      expect(answers).toBeGreaterThan(10);
    } finally {
      await server.close();
    }
  });

  it('is alive and not ready when the database is gone, and says so (O02)', async () => {
    const server = await startTestServer();
    try {
      await server.database.close();
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
      const ready = await fetch(`${server.url}/health/ready`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({
        status: 'unready',
        code: 'DATABASE_UNAVAILABLE',
        reasons: [{ code: 'DATABASE_UNAVAILABLE' }],
      });
      const other = await server.fetch('/schema.graphql');
      expect(other.status).toBe(503);
      expect(await other.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    } finally {
      await server.close();
    }
  });

  it('is alive, readable and not ready when the disk is below its mark (O02)', async () => {
    const disk = fakeDisk();
    const server = await startTestServer({ files: disk.files, limits: { readinessCacheMs: 0 } });
    try {
      disk.runLow();
      const ready = await fetch(`${server.url}/health/ready`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ code: 'STORAGE_FULL' });
      const readable = await server.fetch('/schema.graphql');
      expect(readable.status).toBe(200);
      await readable.text(); // unread, it would keep its connection, and with it the process, after the server is closed
      const upload = await server.fetch('/models/m/versions', { method: 'PUT', body: 'x' });
      expect(upload.status).toBe(507);
      disk.empty();
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});
