// How long reads of a tenant take, measured on a thread of their own, so that the load that another tenant makes in
// this process delays only the server.
import net from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const count = 700; // two such series are within the budget of reads
const pauseMs = 1;

// Resolves to the 99th percentile of the times of `count` reads of a presence, one after the other, in milliseconds.
export async function percentile99(tenant) {
  const { path, token } = tenant.presence(tenant.users[0]);
  const { port, address } = tenant.client;
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { port, address, path, token } });
  const [times] = await once(worker, 'message');
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
}

async function measure({ port, address, path, token }) {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: address }).setNoDelay();
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const times = [];
  for (let n = 0; n < count; ++n) {
    const began = performance.now();
    socket.write(request);
    const [response] = await once(socket, 'data'); // of one segment
    times.push(performance.now() - began);
    if (!response.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error('a read failed');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  socket.destroy();
  return times;
}

if (!isMainThread) parentPort.postMessage(await measure(workerData));
