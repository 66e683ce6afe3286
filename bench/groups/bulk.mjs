// Many presences per request: a read of 650 users, and a $batch of 20 reads.
import { captureAnswer, turnOf } from '../load.mjs';
import { signedIn } from '../data.mjs';
import { serveFloor, servePorchlight } from '../servers.mjs';

const group = 'Many presences in one request';
const ids = 650;
const steps = 20;

export async function bulkReads(bench) {
  const folder = await signedIn(bench, bench.people);
  const server = await servePorchlight(bench, folder);
  await server.program.becomesIdle();
  const floor = { ...folder, ...(await serveFloor(bench, await captureAnswer(bench, server, 'bulk'))) };
  const turn =
    (of, kind, depth = 1) =>
    () =>
      turnOf(bench, of, { kind, depth, connections: 8 });
  const rounds = await bench.rounds('650 presences, $batch', 5, {
    bulk: turn(server, 'bulk'),
    floor: turn(floor, 'bulk'),
    gzip: turn(server, 'bulk_gzip'),
    select: turn(server, 'bulk_select'),
    batch: turn(server, 'batch'),
    pipelined: turn(server, 'read', steps),
  });
  const rows = [
    { what: 'read of 650 users', over: 'bare loop', of: 'bulk', than: 'floor' },
    { what: 'the same with gzip', over: 'plain', of: 'gzip', than: 'bulk', target: { atMost: 2 } },
    { what: 'the same with $select of three properties', over: 'all properties', of: 'select', than: 'bulk' },
  ];
  for (const { of, than, ...row } of rows)
    bench.compare({
      group,
      unit: 'µs of CPU',
      rounds,
      ...row,
      of: (round) => round[of].cpuUs,
      than: (round) => round[than].cpuUs,
    });
  bench.measure({
    group,
    what: 'presences for each second of CPU, by 650',
    unit: 'million',
    samples: rounds.map((round) => ids / round.bulk.cpuUs),
    target: { atLeast: 5 },
  });
  bench.compare({
    group,
    what: `$batch of ${steps} reads`,
    unit: 'µs of CPU',
    over: `${steps} pipelined`,
    rounds,
    of: (round) => round.batch.cpuUs,
    than: (round) => steps * round.pipelined.cpuUs,
    target: { atMost: 1.1 },
  });
  for (const { program } of [server, floor]) await program.stop('SIGKILL');
}
