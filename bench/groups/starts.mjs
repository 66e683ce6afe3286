// Imports, starts and memory with the most users of the run.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { captureAnswer, turnOf } from '../load.mjs';
import { outputOf } from '../program.mjs';
import { emptyFolder, signedIn } from '../data.mjs';
import { servePorchlight } from '../servers.mjs';

const group = 'Memory and starts';

// A server, and the seconds from its start to its first answer.
async function start(bench, folder) {
  const begin = performance.now();
  const server = await servePorchlight(bench, folder, { processors: 'all' });
  await captureAnswer(bench, server, 'read');
  return { server, begin, seconds: (performance.now() - begin) / 1000 };
}

async function startAndStop(bench, folder) {
  const { server, seconds } = await start(bench, folder);
  const bytes = server.program.residentBytes();
  const begin = performance.now();
  await server.program.stop();
  return { seconds, bytes, stopSeconds: (performance.now() - begin) / 1000 };
}

// A start after writes and kill -9.
async function startAfterKill(bench, folder) {
  const killed = await servePorchlight(bench, folder);
  await turnOf(bench, killed, { kind: 'set' });
  await killed.program.stop('SIGKILL');
  return startAndStop(bench, folder);
}

export async function starts(bench) {
  const most = bench.sizes.at(-1);
  const folder = await signedIn(bench, most);
  const counted = most.toLocaleString('en-US');
  const empty = await emptyFolder(bench, 'empty');
  const idle = await servePorchlight(bench, empty);
  const emptyBytes = idle.program.residentBytes();
  await idle.program.stop();
  const rounds = await bench.rounds('starts', 3, {
    clean: () => startAndStop(bench, folder),
    killed: () => startAfterKill(bench, folder),
  });
  const limit = { atMost: most > 1_000_000 ? 5 : 1 };
  const rows = [
    ['memory of a user with one session', 'bytes', ({ clean }) => (clean.bytes - emptyBytes) / most, { atMost: 190 }],
    ['first answer after a clean stop', 's', ({ clean }) => clean.seconds],
    ['first answer after kill -9', 's', ({ killed }) => killed.seconds, limit],
    ['stop', 's', ({ clean }) => clean.stopSeconds, { atMost: 1 }],
  ];
  for (const [what, unit, of, target] of rows)
    bench.measure({ group, what: `${what}, ${counted} users`, unit, samples: rounds.map(of), target });
  const rate = most / folder.importSeconds;
  bench.measure({
    group,
    what: `import of ${counted} users`,
    unit: 'per second',
    samples: [rate],
    target: { atLeast: 200_000 },
  });
}

// Until subscriptions are loaded, requests for them get 503.
async function subscriptionsLoaded({ port, token }) {
  const url = `http://127.0.0.1:${port}/v1.0/subscriptions`;
  while ((await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).status === 503) await sleep(10);
}

// The same with a subscription for each of a million users.
export async function subscribedStarts(bench) {
  const count = 1_000_000;
  const folder = await signedIn(bench, count);
  const store = join(folder.data, 'subscriptions');
  rmSync(store, { recursive: true, force: true });
  await outputOf(join(bench.tools, 'bench_notifications'), [store, count, 'fill']);
  const turn = async () => {
    const { server, begin, seconds } = await start(bench, folder);
    await subscriptionsLoaded(server);
    const loadedSeconds = (performance.now() - begin) / 1000;
    const stopping = performance.now();
    await server.program.stop();
    return { seconds, loadedSeconds, stopSeconds: (performance.now() - stopping) / 1000 };
  };
  const rounds = await bench.rounds('starts with subscriptions', 3, { turn });
  const rows = [
    ['first answer', 'seconds', { atMost: 1 }],
    ['all loaded', 'loadedSeconds', { atMost: 8 }],
    ['stop', 'stopSeconds', { atMost: 1 }],
  ];
  for (const [what, field, target] of rows)
    bench.measure({
      group,
      what: `${what}, 1,000,000 subscriptions`,
      unit: 's',
      samples: rounds.map((round) => round.turn[field]),
      target,
    });
  rmSync(store, { recursive: true, force: true });
}
