// Reads over TLS and HTTP/2, beside nginx and h2o, with h2load as the load.
import { existsSync } from 'node:fs';
import { captureAnswer, h2loadTurn } from '../load.mjs';
import { idsOf, signedIn } from '../data.mjs';
import { serveOthers, servePorchlight } from '../servers.mjs';
import { stopAll } from './reads.mjs';

const pathsCount = 1000;
const protocols = [
  { what: 'TLS 1.3, HTTP/1.1', scheme: 'https', http1: true, targets: { nginx: { atMost: 0.85 } } },
  { what: 'TLS 1.3, HTTP/2, 32 streams', scheme: 'https', streams: 32, targets: { h2o: { atMost: 1.1 } } },
  { what: 'cleartext, HTTP/2, 32 streams', scheme: 'http', streams: 32, targets: {} },
];

export async function protocolReads(bench) {
  if (!existsSync('/usr/bin/h2load')) return bench.leaveOut('reads over TLS and HTTP/2', 'h2load is not installed');
  const folder = await signedIn(bench, bench.people);
  const porchlight = await servePorchlight(bench, folder);
  await porchlight.program.becomesIdle();
  const answer = await captureAnswer(bench, porchlight, 'read');
  const servers = [porchlight, ...(await serveOthers(bench, ['nginx', 'h2o'], answer, folder))];
  const paths = (await idsOf(bench, pathsCount)).map((id) => `/v1.0/users/${id}/presence`);
  for (const protocol of protocols) {
    const turns = servers.map((server) => [server.name, () => h2loadTurn(bench, server, paths, protocol)]);
    const rounds = await bench.rounds(protocol.what, 5, Object.fromEntries(turns));
    for (const { name } of servers.slice(1))
      bench.compare({
        group: 'Reads over TLS and HTTP/2',
        what: `${protocol.what}, beside ${name}`,
        unit: 'µs of CPU',
        over: name,
        rounds,
        of: (round) => round.Porchlight.cpuUs,
        than: (round) => round[name].cpuUs,
        target: protocol.targets[name],
      });
  }
  await stopAll(servers);
}
