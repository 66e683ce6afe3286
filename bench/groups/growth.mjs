// Reads with few and many connections, and with few and many users.
import { turnOf } from '../load.mjs';
import { signedIn } from '../data.mjs';
import { servePorchlight } from '../servers.mjs';
import { startAll, stopAll } from './reads.mjs';

const group = 'Growth';
const figures = [
  ['CPU', 'µs', 'cpuUs'],
  ['99th percentile', 'µs', 'p99Us'],
];
const counted = (number) => number.toLocaleString('en-US');

export async function connections(bench) {
  const servers = await startAll(bench, ['nginx', 'h2o']);
  const counts = bench.full ? [1, 8, 64, 1000, 10_000] : [1, 8, 64, 1000];
  const key = (name, count) => `${name} on ${count}`;
  const turns = counts.flatMap((count) =>
    servers.map((server) => [key(server.name, count), () => turnOf(bench, server, { connections: count })])
  );
  const rounds = await bench.rounds('reads on few and many connections', 3, Object.fromEntries(turns));
  for (const count of counts)
    for (const { name } of servers)
      bench.point(
        'connections',
        name,
        count,
        rounds.map((round) => round[key(name, count)])
      );
  for (const [what, unit, field] of figures)
    for (const count of counts)
      bench.compare({
        group,
        what: `one read on ${counted(count)} connection${count === 1 ? '' : 's'}, ${what}`,
        unit,
        over: 'bare loop',
        rounds,
        of: (round) => round[key('Porchlight', count)][field],
        than: (round) => round[key('bare loop', count)][field],
      });
  await stopAll(servers);
}

export async function users(bench) {
  const servers = [];
  for (const people of bench.sizes) servers.push(await servePorchlight(bench, await signedIn(bench, people)));
  for (const { program } of servers) await program.becomesIdle();
  const turns = servers.map((server) => [server.people, () => turnOf(bench, server, {})]);
  const rounds = await bench.rounds('reads with few and many users', 5, Object.fromEntries(turns));
  const [fewest, ...more] = bench.sizes;
  for (const people of bench.sizes)
    bench.point(
      'users',
      'Porchlight',
      people,
      rounds.map((round) => round[people])
    );
  for (const [what, unit, field] of figures)
    for (const people of more)
      bench.compare({
        group,
        what: `one read of a random user of ${counted(people)}, ${what}`,
        unit,
        over: `of ${counted(fewest)}`,
        rounds,
        of: (round) => round[people][field],
        than: (round) => round[fewest][field],
      });
  await stopAll(servers);
}
