// Change notifications of one user to many URLs, beside a bare libcurl loop that posts the same bytes to the same receiver.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderOf, idsOf } from '../data.mjs';
import { figuresOf, forLoad, outputOf, Program } from '../program.mjs';
import { servePorchlight } from '../servers.mjs';

const urls = 1000;
const hosts = 50;
const postsAtOnce = 4; // of each host
const people = 2 * urls + 2;

// A receiver that counts posts, on hosts of loopback.
class Receiver {
  static async start({ tools, work }) {
    const receiver = new Receiver();
    receiver.folder = join(work, 'receiver');
    receiver.program = new Program(join(tools, 'bench_receiver'), [receiver.folder, hosts], { processors: forLoad });
    const [, query, port] = await receiver.program.says(/:(\d+)\n(\d+)\n/);
    return Object.assign(receiver, { query, port });
  }

  get caFile() {
    return join(this.folder, 'ca.pem');
  }

  url(n) {
    return `https://127.0.0.${1 + (n % hosts)}:${this.port}/presence/${n}`;
  }

  async ask(path) {
    return (await fetch(`http://127.0.0.1:${this.query}${path}`)).text();
  }

  async items() {
    return Number((await this.ask('/taken')).split(' ')[1]);
  }

  async receives(items) {
    for (let n = 0; n < 6000; ++n) {
      if ((await this.items()) >= items) return;
      await sleep(10);
    }
    throw new Error('notifications do not arrive');
  }
}

// A certificate with a 2048-bit key, as base64 of its DER.
function certificate(work) {
  const file = join(work, 'sealed.pem');
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', join(work, 'sealed.key')];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', file, '-days', '2', '-subj', '/CN=receiver'], {
    stdio: 'ignore',
  });
  return execFileSync('openssl', ['x509', '-in', file, '-outform', 'DER']).toString('base64');
}

// A client of the server, as one application.
class Client {
  constructor({ port }, token) {
    this.base = `http://127.0.0.1:${port}/v1.0`;
    this.headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  }

  async post(path, body, status) {
    const response = await fetch(this.base + path, { method: 'POST', headers: this.headers, body: JSON.stringify(body) });
    if (response.status !== status) throw new Error(`${path}: ${await response.text()}`);
    await response.arrayBuffer();
  }

  // A subscription to some users; encrypted if there is a certificate.
  subscribe(notificationUrl, ids, sealing) {
    const sealed = { includeResourceData: true, encryptionCertificateId: 'a', encryptionCertificate: sealing };
    const body = {
      changeType: 'updated',
      clientState: 'of the bench',
      notificationUrl,
      expirationDateTime: new Date(Date.now() + 59 * 60_000).toISOString(),
      resource: `communications/presences?$filter=id in (${ids.map((id) => `'${id}'`).join(',')})`,
      ...(sealing ? sealed : {}),
    };
    return this.post('/subscriptions', body, 201);
  }

  set(id, busy) {
    const [availability, activity] = busy ? ['Busy', 'InAMeeting'] : ['Available', 'Available'];
    const body = { sessionId: '22553876-f5ab-4529-bffb-cfe50aa89f87', availability, activity };
    return this.post(`/users/${id}/presence/setPresence`, body, 200);
  }
}

async function start(bench) {
  const receiver = await Receiver.start(bench);
  const folder = await folderOf(bench, 'subscribed', people);
  const tokens = {};
  for (const app of ['plain', 'sealed']) {
    await outputOf(bench.porchlight, ['app', 'add', '--data', folder.data, '--name', app, '--role', 'Presence.Read.All']);
    const token = await outputOf(bench.porchlight, ['token', '--data', folder.data, '--app', app, '--expires', '24h']);
    tokens[app] = token.trim();
  }
  const config = `[subscriptions]\napplication_permission = true\nper_owner = 1000\n[webhooks]
allow_ranges = ["127.0.0.0/8"]\nports = [${receiver.port}]\nca_file = "${receiver.caFile}"\n`;
  return { receiver, server: await servePorchlight(bench, folder, { config }), tokens };
}

// CPU of the server for each post, of a change of the user.
async function changeTurn({ receiver, server }, writer, id, state) {
  const items = await receiver.items();
  const before = server.program.cpuUs();
  await writer.set(id, (state.busy = !state.busy));
  await receiver.receives(items + urls);
  await server.program.becomesIdle();
  return (server.program.cpuUs() - before) / urls;
}

// The same for a bare loop that posts the last body.
async function bareTurn({ tools, work }, receiver) {
  const body = join(work, 'body');
  writeFileSync(body, await receiver.ask('/last'));
  const args = [receiver.caFile, receiver.port, hosts, hosts * postsAtOnce, body, 5 * urls];
  return (await figuresOf(join(tools, 'bench_post_floor'), args)).cpu_us_per_post;
}

export async function webhooks(bench) {
  const all = await start(bench);
  const { receiver, server, tokens } = all;
  const ids = await idsOf(bench, people);
  const writer = new Client(server, server.token);
  const kinds = [
    { kind: 'plain', target: { atMost: 1.3 } },
    { kind: 'sealed', sealing: certificate(bench.work), target: { atMost: 2 } },
  ];
  for (const [n, { kind, sealing, target }] of kinds.entries()) {
    bench.progress(`webhooks: ${urls} subscriptions, ${kind}`);
    const watched = ids[n];
    const client = new Client(server, tokens[kind]);
    // Each together with another user: an application has one subscription for the same users.
    for (let url = 0; url < urls; ++url)
      await client.subscribe(receiver.url(n * urls + url), [watched, ids[2 + n * urls + url]], sealing);
    const state = { busy: false };
    await changeTurn(all, writer, watched, state);
    const rounds = await bench.rounds(`webhooks, ${kind}`, 5, {
      ours: () => changeTurn(all, writer, watched, state),
      bare: () => bareTurn(bench, receiver),
    });
    bench.compare({
      group: 'Webhooks',
      what: `one POST of a change to ${urls.toLocaleString('en-US')} URLs, ${kind === 'plain' ? kind : 'encrypted'}`,
      unit: 'µs of CPU',
      over: 'libcurl loop',
      rounds,
      of: ({ ours }) => ours,
      than: ({ bare }) => bare,
      target,
    });
  }
  for (const { program } of [server, receiver]) await program.stop('SIGKILL');
}
