// Reads of one user's presence, in CPU time of the server, beside a bare loop and other servers.
import { captureAnswer, turnOf } from '../load.mjs';
import { signedIn } from '../data.mjs';
import { serveFloor, serveOthers, servePorchlight } from '../servers.mjs';

const group = 'Reads over HTTP/1.1';
const targets = { 'bare loop': { atMost: 1.15 } };

// Porchlight, a bare loop and the named servers, all with the same answer to a read.
export async function startAll(bench, names) {
  const folder = await signedIn(bench, bench.people);
  const porchlight = await servePorchlight(bench, folder);
  await porchlight.program.becomesIdle();
  const answer = await captureAnswer(bench, porchlight, 'read');
  const floor = { ...folder, ...(await serveFloor(bench, answer)) };
  return [porchlight, floor, ...(await serveOthers(bench, names, answer, folder))];
}

export const stopAll = (servers) => Promise.all(servers.map(({ program }) => program.stop('SIGKILL')));

const turns = (bench, servers, load) =>
  Object.fromEntries(servers.map((server) => [server.name, () => turnOf(bench, server, load)]));

// Porchlight beside each of the others.
async function compareAll(bench, servers, what, load, targetOf) {
  const rounds = await bench.rounds(what, 5, turns(bench, servers, load));
  for (const { name } of servers.slice(1))
    bench.compare({
      group,
      what: `${what}, beside ${name}`,
      unit: 'µs of CPU',
      over: name,
      rounds,
      of: (round) => round.Porchlight.cpuUs,
      than: (round) => round[name].cpuUs,
      target: targetOf[name],
    });
  return rounds;
}

// One read at a time on 64 connections, and 16 sent together.
export async function reads(bench) {
  const servers = await startAll(bench, ['nginx', 'h2o', 'node', 'Prism']);
  await compareAll(bench, servers, 'one read', {}, targets);
  const fast = servers.filter(({ name }) => name !== 'Prism' && name !== 'node');
  const pipelined = await compareAll(bench, fast, 'one of 16 pipelined reads', { depth: 16 }, {});
  bench.measure({
    group,
    what: 'one of 16 pipelined reads',
    unit: 'µs of CPU',
    samples: pipelined.map((round) => round.Porchlight.cpuUs),
    target: { atMost: 1.3 },
  });
  await stopAll(servers);
}
