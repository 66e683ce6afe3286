// Turns of load on a server.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf, forLoad, outputOf } from './program.mjs';

// The answer of a server to one request of a kind (bench/requests.cc), in a file, and the size of the request: what
// bench_floor needs to give the same answer.
export async function captureAnswer({ tools, work }, server, kind) {
  const file = join(work, `answer_${kind}`);
  const args = [kind, server.port, server.people, 'answer', file];
  const { request_bytes: requestBytes } = await figuresOf(join(tools, 'bench_load'), args, { input: server.token });
  return { file, requestBytes };
}

// A turn of bench_load: CPU of the server for each request, requests per second, percentiles of latency.
export async function turnOf(
  { tools, seconds },
  server,
  { kind = 'read', connections = 64, depth = 1, rate = 0, share = 1 }
) {
  const { port, people, token, program } = server;
  const args = [kind, port, people, program.pid, connections, depth, rate, seconds * share];
  const figures = await figuresOf(join(tools, 'bench_load'), args, { input: token, processors: forLoad });
  return { cpuUs: figures.cpu_us, perSecond: figures.per_second, p10Us: figures.p10_us, p99Us: figures.p99_us };
}

const clients = 16; // few, because their handshakes are in the figures

// A turn of h2load: {scheme, http1, streams}. It has no way to pass the token but as an argument; the token is of a server
// that ends with the benchmark.
export async function h2loadTurn({ work, requests }, server, paths, { scheme, http1, streams = 1 }) {
  const file = join(work, 'paths');
  const port = scheme === 'https' ? server.tlsPort : http1 ? server.port : server.http2Port;
  writeFileSync(file, `${scheme}://127.0.0.1:${port}${paths.join('\n')}\n`);
  const args = ['-n', requests, '-c', clients, '-m', streams, '-i', file, '-H', `authorization: Bearer ${server.token}`];
  if (http1) args.push('--h1');
  if (scheme === 'https') args.push('--tls13-ciphers=TLS_AES_128_GCM_SHA256');
  const before = server.program.cpuUs();
  const output = await outputOf('h2load', args, { processors: forLoad });
  const cpuUs = (server.program.cpuUs() - before) / requests;
  const [, good] = /(\d+) succeeded/.exec(output) ?? [];
  const [, others] = /\d+ 2xx, (.*)/.exec(output) ?? [];
  if (Number(good) !== requests || /[1-9]/.test(others.replace(/\dxx/g, '')))
    throw new Error(`${server.name} did not answer all requests of h2load with 200`);
  return { cpuUs, perSecond: Number(/([\d.]+) req\/s/.exec(output)[1]) };
}
