// Parts of the server without HTTP: the programs that print "NAME VALUE" lines.
import { join } from 'node:path';
import { forServers, outputOf, samplesOf } from '../program.mjs';

const onServer = { processors: forServers };

// Signatures and verifications per second: the last two columns of `openssl speed`.
async function opensslTurn() {
  const output = await outputOf('openssl', ['speed', '-seconds', '1', 'rsa2048', 'ecdsap256'], onServer);
  const rates = (line) => line.exec(output).slice(1).map(Number);
  const [signRs256, verifyRs256] = rates(/^rsa 2048 .* ([\d.]+) +([\d.]+)$/m);
  const [signEs256, verifyEs256] = rates(/ecdsa \(nistp256\).* ([\d.]+) +([\d.]+)$/m);
  return { signRs256, verifyRs256, signEs256, verifyEs256 };
}

async function tokensTurn({ tools }) {
  const samples = await samplesOf(join(tools, 'bench_tokens'), [], onServer);
  return Object.fromEntries(Object.entries(samples).map(([name, [value]]) => [name, value]));
}

export async function tokens(bench) {
  const group = 'Tokens';
  const rounds = await bench.rounds('tokens', 5, { ours: () => tokensTurn(bench), openssl: opensslTurn });
  const rows = [
    ['issued by client credentials, ES256', 'issued_es256', 'signEs256'],
    ['issued by client credentials, RS256', 'issued_rs256', 'signRs256'],
    ['verified for the first time, ES256', 'verified_es256', 'verifyEs256'],
    ['verified for the first time, RS256', 'verified_rs256', 'verifyRs256'],
  ];
  for (const [what, name, bare] of rows)
    bench.compare({
      group,
      what,
      unit: 'per second',
      over: 'openssl speed',
      rounds,
      of: ({ ours }) => ours[name],
      than: ({ openssl }) => openssl[bare],
    });
  const samples = rounds.map(({ ours }) => ours.remembered_many);
  bench.measure({ group, what: 'verified again, of 1,000 callers', unit: 'ns', samples, target: { atMost: 150 } });
}

// A tool's figures, one row each.
const rowsOf = (bench, group, samples, rows) => {
  for (const [what, unit, name, target] of rows) bench.measure({ group, what, unit, samples: samples[name], target });
};

export async function history(bench) {
  const people = 1_000_000;
  bench.progress('the past of a million users');
  const samples = await samplesOf(
    join(bench.tools, 'bench_history'),
    [join(bench.work, 'history'), people, 10 * people],
    onServer
  );
  rowsOf(bench, 'The past', samples, [
    ['indexing', 'events/s', 'events_per_second'],
    ['size on disk of an event', 'bytes', 'bytes_per_event'],
    ['one user from the disk, median', 'µs', 'cold_p50'],
    ['one user from the disk, 99th percentile', 'µs', 'cold_p99', { atMost: 5000 }],
    ['one user, median', 'µs', 'warm_p50', { atMost: 100 }],
    ['650 users, median', 'µs', 'bulk_p50'],
  ]);
}

export async function subscriptions(bench) {
  bench.progress('a million subscriptions');
  const samples = await samplesOf(
    join(bench.tools, 'bench_notifications'),
    [join(bench.work, 'subscriptions'), 1_000_000],
    onServer
  );
  rowsOf(bench, 'Subscriptions', samples, [
    ['memory of one', 'bytes', 'bytes_per_subscription'],
    ['loading a million', 's', 'start_seconds'],
    ['notifying all of one user, without the network', 'items/s', 'items_per_second'],
  ]);
}

export async function follow(bench) {
  bench.progress('the batches of other nodes');
  const samples = await samplesOf(join(bench.tools, 'bench_follow'), [1_000_000, 1_000_000], onServer);
  rowsOf(bench, 'Following', samples, [
    ['decoding an event', 'ns', 'decode_ns', { atMost: 250 }],
    ['applying to a view of a million users', 'events/s', 'applied_per_second', { atLeast: 1_000_000 }],
  ]);
}
