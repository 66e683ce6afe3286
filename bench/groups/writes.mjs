// Durable setPresence, beside the storage engine alone on the same disk.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { percentile } from '../compare.mjs';
import { captureAnswer, turnOf } from '../load.mjs';
import { forServers, outputOf } from '../program.mjs';
import { signedIn } from '../data.mjs';
import { serveFloor, servePorchlight } from '../servers.mjs';

const group = 'Durable writes';
const writers = 64;
const single = 0.4; // share of a turn, for one write at a time

// Batches of one value for each writer, each durable before the next.
async function engineTurn({ tools, work, seconds }) {
  const folder = join(work, 'engine');
  rmSync(folder, { recursive: true, force: true });
  const output = await outputOf(join(tools, 'bench_engine'), [folder, writers, seconds], { processors: forServers });
  const [writes, elapsed, cpuNs] = output.split(' ').map(Number);
  return { cpuUs: cpuNs / 1000 / writes, perSecond: writes / elapsed };
}

// The time of one small write into an allocated file that is then synced, as the engine writes its log: the 10th
// percentile, in µs.
async function syncTurn({ work, seconds }) {
  const path = join(work, 'synced');
  const file = openSync(path, 'w');
  const bytes = Buffer.alloc(250);
  writeSync(file, Buffer.alloc(1 << 20));
  fdatasyncSync(file);
  const us = [];
  for (const end = performance.now() + 1000 * seconds * single; performance.now() < end; ) {
    const begin = performance.now();
    writeSync(file, bytes, 0, bytes.length, bytes.length * us.length);
    fdatasyncSync(file);
    us.push(1000 * (performance.now() - begin));
  }
  closeSync(file);
  rmSync(path);
  return { p10Us: percentile(us, 10) };
}

export async function writes(bench) {
  const folder = await signedIn(bench, bench.people);
  const server = await servePorchlight(bench, folder);
  const floor = { ...folder, ...(await serveFloor(bench, await captureAnswer(bench, server, 'set'))) };
  const rounds = await bench.rounds('durable writes', 5, {
    porchlight: () => turnOf(bench, server, { kind: 'set', connections: writers }),
    engine: () => engineTurn(bench),
    floor: () => turnOf(bench, floor, { kind: 'set', connections: writers }),
  });
  // On a busy machine most syncs wait for a processor afterwards, by milliseconds: the 10th percentile is of those that do
  // not.
  const singles = await bench.rounds('single durable writes', 15, {
    lonely: () => turnOf(bench, server, { kind: 'set', connections: 1, share: single }),
    sync: () => syncTurn(bench),
  });
  bench.compare({
    group,
    what: `one write of ${writers} writers`,
    unit: 'µs of CPU',
    over: 'bare loop + engine',
    rounds,
    of: ({ porchlight }) => porchlight.cpuUs,
    than: (round) => round.floor.cpuUs + round.engine.cpuUs,
    target: { atMost: 1.5 },
  });
  bench.compare({
    group,
    what: `writes of ${writers} writers`,
    unit: 'per second',
    over: 'engine',
    rounds,
    of: ({ porchlight }) => porchlight.perSecond,
    than: ({ engine }) => engine.perSecond,
    target: { atLeast: 0.6 },
  });
  bench.compare({
    group,
    what: 'a single write, no other at the same time, 10th percentile',
    unit: 'µs',
    over: 'write + fdatasync',
    rounds: singles,
    of: ({ lonely }) => lonely.p10Us,
    than: ({ sync }) => sync.p10Us,
    target: { atMost: 1.2 },
  });
  for (const { program } of [server, floor]) await program.stop('SIGKILL');
}

// The latency of reads at a fixed rate, alone and during writes at a fixed rate.
export async function readsDuringWrites(bench) {
  const server = await servePorchlight(bench, await signedIn(bench, bench.people), { threads: 2, processors: 'all' });
  await server.program.becomesIdle();
  const read = () => turnOf(bench, server, { connections: 8, rate: 2000 });
  const write = () => turnOf(bench, server, { kind: 'set', connections: 256, rate: 20_000 });
  const rounds = await bench.rounds('reads during writes', 5, {
    alone: read,
    during: async () => {
      const [reading, writing] = await Promise.all([read(), write()]);
      return { ...reading, written: writing.perSecond };
    },
  });
  bench.compare({
    group,
    what: '99th percentile of 2,000 reads/s during 20,000 writes/s',
    unit: 'µs',
    over: 'without writes',
    rounds,
    of: ({ during }) => during.p99Us,
    than: ({ alone }) => alone.p99Us,
    target: { atMost: 2 },
  });
  bench.measure({
    group,
    what: 'writes meanwhile',
    unit: 'per second',
    samples: rounds.map(({ during }) => during.written),
  });
  await server.program.stop('SIGKILL');
}
