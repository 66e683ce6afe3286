// Memory of idle keep-alive connections.
import net from 'node:net';
import { captureAnswer } from '../load.mjs';
import { idsOf, signedIn } from '../data.mjs';
import { serveOthers, servePorchlight } from '../servers.mjs';

const count = 5000;

// Opens a connection, and sends a read on it. Resolves to its socket when the answer begins.
function openAndRead({ port, token }, path) {
  const head = [`GET ${path} HTTP/1.1`, 'Host: presence.example', `Authorization: Bearer ${token}`, '', ''];
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(head.join('\r\n')));
    socket.once('data', () => resolve(socket.pause())).once('error', reject);
  });
}

// Bytes of resident memory for each connection.
async function bytesOf(server, path) {
  const sockets = [await openAndRead(server, path)];
  const before = server.program.residentBytes();
  while (sockets.length <= count) sockets.push(await openAndRead(server, path));
  const grown = server.program.residentBytes() - before;
  for (const socket of sockets) socket.destroy();
  await server.program.stop('SIGKILL');
  return grown / count;
}

export async function idleConnections(bench) {
  const folder = await signedIn(bench, bench.sizes[0]);
  const serve = async () => {
    const server = await servePorchlight(bench, folder);
    await server.program.becomesIdle();
    return server;
  };
  const first = await serve();
  const answer = await captureAnswer(bench, first, 'read');
  await first.program.stop('SIGKILL');
  const [id] = await idsOf(bench, 1);
  const path = `/v1.0/users/${id}/presence`;
  const fresh = async (name) => (await serveOthers(bench, [name], answer, folder))[0];
  const [sample] = await serveOthers(bench, ['nginx'], answer, folder);
  await sample?.program.stop('SIGKILL');
  const turns = { porchlight: async () => bytesOf(await serve(), path) };
  if (sample) turns.nginx = async () => bytesOf(await fresh('nginx'), path);
  const rounds = await bench.rounds('idle connections', 3, turns);
  const row = { group: 'Threads and connections', unit: 'bytes' };
  const samples = rounds.map(({ porchlight }) => porchlight);
  bench.measure({
    ...row,
    what: `memory of an idle connection, of ${count.toLocaleString('en-US')}`,
    samples,
    target: { atMost: 4096 },
  });
  if (!sample) return;
  const of = ({ porchlight }) => porchlight;
  bench.compare({ ...row, what: 'the same beside nginx', over: 'nginx', rounds, of, than: ({ nginx }) => nginx });
}
