// What operators do beside the service: backups and scrapes, with the most users of the run.
import { rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../compare.mjs';
import { signedIn } from '../data.mjs';
import { turnOf } from '../load.mjs';
import { outputOf } from '../program.mjs';
import { servePorchlight } from '../servers.mjs';

const group = 'Operations';
const pageAgeMs = 1100; // a page of metrics is made at most once a second

// Resolves to the ms until the whole page of metrics has come from the admin socket.
function scrape({ data }) {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    get({ socketPath: join(data, 'admin.sock'), path: '/metrics' }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`/metrics answered ${response.statusCode}`));
      response.resume().on('end', () => resolve(performance.now() - begin));
    }).on('error', reject);
  });
}

async function backup(bench, { data }) {
  const to = join(bench.work, 'backup');
  const begin = performance.now();
  await outputOf(bench.porchlight, ['backup', '--data', data, '--to', to]);
  const seconds = (performance.now() - begin) / 1000;
  rmSync(to, { recursive: true });
  return seconds;
}

// Turns of reads until a backup is complete: the median of their 99th percentiles, and the seconds of the backup.
async function readDuringBackup(bench, folder, read) {
  let isComplete = false;
  const seconds = backup(bench, folder).finally(() => (isComplete = true));
  const p99s = [];
  while (!isComplete) p99s.push((await read()).p99Us);
  return { p99Us: median(p99s), seconds: await seconds };
}

export async function backups(bench) {
  const most = bench.people;
  const counted = most.toLocaleString('en-US');
  const folder = await signedIn(bench, most);
  const server = await servePorchlight(bench, folder, { threads: 2, processors: 'all' });
  await server.program.becomesIdle();
  const read = () => turnOf(bench, server, { connections: 8, rate: 2000 });
  const rounds = await bench.rounds('reads during backups', 5, {
    alone: read,
    during: () => readDuringBackup(bench, folder, read),
  });
  bench.compare({
    group,
    what: '99th percentile of 2,000 reads/s during a backup',
    unit: 'µs',
    over: 'without backup',
    rounds,
    of: ({ during }) => during.p99Us,
    than: ({ alone }) => alone.p99Us,
    target: { atMost: 2 },
  });
  bench.measure({
    group,
    what: `backup of ${counted} users, with reads`,
    unit: 's',
    samples: rounds.map(({ during }) => during.seconds),
    target: { atMost: 5 },
  });
  await server.program.stop('SIGKILL');
}

export async function scrapes(bench) {
  const folder = await signedIn(bench, bench.people);
  const server = await servePorchlight(bench, folder, { processors: 'all' });
  const samples = [];
  bench.progress('scrapes');
  for (let n = 0; n < 7; ++n) {
    samples.push(await scrape(folder));
    await sleep(pageAgeMs);
  }
  bench.measure({
    group,
    what: `scrape with ${bench.people.toLocaleString('en-US')} users`,
    unit: 'ms',
    samples,
    target: { atMost: 50 },
  });
  await server.program.stop('SIGKILL');
}
