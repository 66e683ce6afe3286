// Runs random commands against the built server and against rules.mjs, and compares every response.
// Usage: node run.mjs [--server PATH/TO/porchlight] [--commands N] [--seed N] [--people N]
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { scratchFolder, Template } from '../transcripts/server.mjs';
import {
  batchRequest,
  bulkExpected,
  bulkRequest,
  callers,
  expected,
  randomBatch,
  randomBulkRead,
  randomCommand,
  request,
} from './commands.mjs';
import { Random } from './random.mjs';
import { Person } from './rules.mjs';
import { HttpClient } from './http_client.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    server: { type: 'string', default: join(here, '../../build/release/porchlight') },
    commands: { type: 'string', default: '100000' },
    people: { type: 'string', default: '150' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const total = Number(values.commands);
const start = Date.parse('2030-01-07T09:00:00Z');
const minute = 60_000;
const day = 1440 * minute;
const deltaLife = 7 * day; // of a delta link; an older one may be refused with 410
const tenant = 'ffffffff-0000-4000-8000-000000000001';
const tenantZone = ['UTC', 'Europe/Berlin', 'America/St_Johns'][Number(values.seed) % 3];
const number = (prefix, n) => `${prefix}-bbbb-4ccc-8ddd-${String(n).padStart(12, '0')}`;
const apps = [...new Set(Object.values(callers).map(({ app }) => app))];
const appIds = Object.fromEntries([...apps, 'admin'].map((name, n) => [name, number('eeeeeeee', n)]));
// How an application is registered.
const kindOf = (name) => ({ client: name === 'teams', priority: name === 'pager' });
const template = new Template(values.server, scratchFolder('model'));

// A server with `count` users, and one more, `otherUser`, who only reads and writes presences of the others.
class TestServer {
  static async open(count, connections) {
    const testServer = new TestServer();
    testServer.now = start;
    testServer.server = await template.start({ clock: new Date(start).toISOString(), throttle: 'off', threads: 2 });
    testServer.connections = connections;
    testServer.http = new HttpClient(testServer.server.port, connections);
    await testServer.server.admin({ command: 'tenant.add', name: 'Contoso', id: tenant });
    await testServer.server.admin({ command: 'tenant.set', zone: tenantZone });
    for (const name of apps)
      await testServer.server.admin({ command: 'app.add', name, id: appIds[name], ...kindOf(name) });
    await testServer.server.admin({ command: 'app.add', name: 'admin', id: appIds.admin });
    testServer.people = Array.from({ length: count + 1 }, (_, n) => testServer.person(n));
    const rows = testServer.people.map(({ id, upn }, n) => [n + 1, id, upn, `Person ${n}`]);
    await testServer.server.admin({ command: 'user.import', rows });
    testServer.allUsers = [...testServer.people];
    testServer.otherUser = testServer.people.pop();
    testServer.tokens = new Map();
    testServer.picture = new Map(); // presences by id, as the deltas give them
    testServer.known = new Map(); // responses to reads: {tag, text}
    return testServer;
  }

  person(n) {
    const id = number('aaaaaaaa', n);
    return { n, id, upn: `p${n}@contoso.example`, model: new Person(id, tenantZone), history: [] };
  }

  token(caller, person) {
    const { app, user, may } = caller;
    const oid = { self: person?.id, other: this.otherUser.id }[user] ?? appIds[app];
    const key = `${app} ${oid} ${may}`;
    if (!this.tokens.has(key)) {
      const seconds = Math.floor(start / 1000);
      const rights = user ? { idtyp: 'user', ...(may.length > 0 && { scp: may.join(' ') }) } : { idtyp: 'app', roles: may };
      const claims = {
        aud: '00000003-0000-0000-c000-000000000000',
        iss: `https://porchlight.local/${tenant}/v2.0`,
        nbf: seconds,
        exp: seconds + (50 * 365 * day) / 1000,
        tid: tenant,
        oid,
        appid: appIds[app],
        ...rights,
      };
      this.tokens.set(key, template.minter.mint(claims));
    }
    return this.tokens.get(key);
  }

  async moveTo(now) {
    while (this.now < now) {
      const step = Math.min(now - this.now, 366 * day);
      const token = this.token({ app: 'admin', may: ['Porchlight.Admin'] });
      const body = `{"advance":"PT${step / 1000}S"}`;
      const answer = await this.http.send(0, { method: 'POST', path: '/porchlight/v1/clock', token, body });
      if (answer.status !== 200) throw new Error(`the clock answered ${answer.status}: ${answer.body}`);
      this.now += step;
    }
  }

  // Kills and restarts the server. No acknowledged change may be lost, and no sequence number may decrease (spec presence
  // §6.6 restart).
  async crash() {
    this.http.close();
    await this.server.crash(new Date(this.now).toISOString());
    this.http = new HttpClient(this.server.port, this.connections);
  }

  // Sends one command. Resolves to undefined, or to the difference from the expected response.
  async play(command, person) {
    const wanted = expected(command, person.model, this.now, this.server.host);
    const asked = { ...request(command, person), token: this.token(callers[command.caller], person) };
    if (command.verb !== 'read') return difference(wanted, await this.http.send(person.n, asked));
    // A read with the ETag of the previous response gets 304 if and only if the response is the same.
    const key = `${command.caller} ${person.id} ${asked.path}`;
    const known = command.validates ? this.known.get(key) : undefined;
    const text = JSON.stringify(wanted.body);
    const answer = await this.http.send(person.n, { ...asked, tag: known?.tag });
    if (wanted.status === 200) this.known.set(key, { tag: answer.tag, text });
    return difference(known && wanted.status === 200 && known.text === text ? { status: 304 } : wanted, answer);
  }

  // The same for a read of several users. The difference names the user whose item differs.
  async playBulk(bulk) {
    const wanted = bulkExpected(bulk, this.now, this.server.host);
    const token = this.token(callers.reader);
    const got = await this.http.send(bulk.chosen[0].n, { ...bulkRequest(bulk), token });
    if (got.status !== 200) return { wanted, got };
    if (got.body === JSON.stringify(wanted)) return undefined;
    const { value, ...rest } = JSON.parse(got.body);
    const same = rest['@odata.context'] === wanted['@odata.context'] && value.length === wanted.value.length;
    if (!same || Object.keys(rest).length > 1) return { wanted, got };
    for (const [n, item] of value.entries()) {
      const { id, availability, activity } = item;
      const part = bulk.chosen[n] ? item : { id, availability, activity };
      if (!isDeepStrictEqual(part, wanted.value[n])) return { person: bulk.chosen[n], wanted: wanted.value[n], got: item };
    }
    return undefined;
  }

  // The same for a $batch, whose commands take effect in their order (spec protocol §10).
  async playBatch(batch) {
    const wanted = batch.items.map(({ command, person }) => expected(command, person.model, this.now, this.server.host));
    for (const { command, person } of batch.items) person.history.push({ at: this.now, command });
    const got = await this.http.send(0, { ...batchRequest(batch), token: this.token(callers.desk) });
    if (got.status !== 200) return { person: batch.items[0].person, wanted, got };
    const answers = new Map(JSON.parse(got.body).responses.map((answer) => [answer.id, answer]));
    for (const [n, { person }] of batch.items.entries()) {
      const { status, body } = answers.get(String(n)) ?? {};
      const differs = difference(wanted[n], { status, body: body === undefined ? '' : JSON.stringify(body) });
      if (differs) return { person, ...differs };
    }
    return undefined;
  }

  // Follows the delta links to the end. The client then has the same presences as one that reads all users.
  async followDelta() {
    let link = this.deltaLink ?? '/v1.0/communications/presences/delta';
    for (this.deltaLink = undefined; this.deltaLink === undefined; ) {
      const got = await this.http.send(0, { method: 'GET', path: link, token: this.token(callers.reader) });
      if (got.status === 410 && this.now - this.deltaAt >= deltaLife) {
        link = '/v1.0/communications/presences/delta';
        continue;
      }
      if (got.status !== 200) return { person: this.people[0], wanted: { status: 200 }, got };
      const { value, '@odata.nextLink': next, '@odata.deltaLink': last } = JSON.parse(got.body);
      for (const item of value) this.picture.set(item.id, item);
      const { pathname, search } = new URL(next ?? last);
      link = pathname + search;
      if (last) this.deltaLink = link;
      if (last) this.deltaAt = this.now;
    }
    for (const person of this.allUsers) {
      const wanted = person.model.read(this.now, false);
      const got = this.picture.get(person.id);
      if (!isDeepStrictEqual(got, wanted)) return { person, wanted, got };
    }
    return undefined;
  }

  async close() {
    this.http.close();
    await this.server.stop();
  }
}

// Compares a response with the expected one. Returns undefined if they agree.
function difference(wanted, answer) {
  const differs = { wanted, got: answer };
  if (answer.status !== wanted.status) return differs;
  if (wanted.code) return JSON.parse(answer.body).error.code === wanted.code ? undefined : differs;
  if (wanted.part) {
    const { availability, activity, isOutOfOffice, next } = JSON.parse(answer.body);
    const then = next && { at: next.at, availability: next.availability, activity: next.activity };
    return isDeepStrictEqual(wanted.part, { availability, activity, isOutOfOffice, next: then }) ? undefined : differs;
  }
  if (wanted.anyBody) return undefined;
  if (wanted.body === undefined) return answer.body === '' ? undefined : differs;
  if (answer.body === JSON.stringify(wanted.body)) return undefined;
  return isDeepStrictEqual(JSON.parse(answer.body), wanted.body) ? undefined : differs;
}

const crashes = 0.01; // of all steps
// Weights, and by how much a step advances the clock.
const steps = [
  [8, 1],
  [4, minute - 1],
  [20, minute],
  [8, 4 * minute],
  [20, 5 * minute],
  [10, 10 * minute],
  [4, 45 * minute],
  [4, 60 * minute],
  [1, 240 * minute],
  [0.3, day],
  [0.05, 7 * day],
];

// Runs the history of one user alone on a new server. Resolves to undefined, or to the index of the first command with a
// difference and the difference.
async function replay(history) {
  const testServer = await TestServer.open(1, 1);
  try {
    for (const [index, { at, command }] of history.entries()) {
      await testServer.moveTo(at);
      const differs = await testServer.play(command, testServer.people[0]);
      if (differs) return { index, ...differs };
    }
    return undefined;
  } finally {
    await testServer.close();
  }
}

// The shortest part of the history with a difference that is found within a minute.
async function shrink(history) {
  const until = Date.now() + minute;
  let best = history;
  for (let piece = Math.ceil(best.length / 2); piece >= 1; piece = piece > 1 ? Math.ceil(piece / 2) : 0) {
    for (let from = 0; from < best.length - 1 && Date.now() < until; ) {
      const tried = [...best.slice(0, from), ...best.slice(from + piece)];
      const found = tried.length > 0 ? await replay(tried) : undefined;
      if (found) best = tried.slice(0, found.index + 1);
      else from += piece;
    }
  }
  return best;
}

async function report(person, differs) {
  console.log(`\na difference, seed ${values.seed}, ${person.upn}, after ${person.history.length} commands on this user`);
  const shortest = (await replay(person.history)) ? await shrink(person.history) : undefined;
  if (!shortest) console.log('the history of this user alone, replayed, shows no difference');
  for (const { at, command } of shortest ?? person.history.slice(-20))
    console.log(`  ${new Date(at).toISOString()} ${command.caller} ${JSON.stringify(request(command, person))}`);
  const final = shortest ? await replay(shortest) : differs;
  console.log('  expected', JSON.stringify(final.wanted));
  console.log('  got     ', JSON.stringify(final.got));
}

const random = new Random(Number(values.seed));
const testServer = await TestServer.open(Number(values.people), 64);
const began = Date.now();
let count = 0;
let failure;

while (count < total && !failure) {
  if (random.chance(crashes)) await testServer.crash();
  await testServer.moveTo(testServer.now + random.weighted(steps));
  const asked = [];
  for (const person of testServer.people) {
    if (!random.chance(0.4)) continue;
    const crowded = person.n % 25 === 0;
    for (let n = crowded ? 24 : 1 + random.below(3); n > 0; --n) {
      const command = randomCommand(random, crowded, testServer.now, tenantZone);
      person.history.push({ at: testServer.now, command });
      asked.push(testServer.play(command, person).then((differs) => differs && (failure ??= { person, ...differs })));
    }
  }
  await Promise.all(asked);
  const bulks = Array.from({ length: 10 }, () => randomBulkRead(random, testServer.allUsers));
  for (const bulk of bulks) {
    const differs = failure ? undefined : await testServer.playBulk(bulk);
    if (!differs) continue;
    failure = { ...differs, person: differs.person ?? bulk.chosen[0] };
    failure.person.history.push({ at: testServer.now, command: { verb: 'read', caller: 'reader', form: 'users', version: 'v1.0' } });
  }
  count += asked.length + bulks.length;
  const batch = randomBatch(random, testServer.people, testServer.now, tenantZone);
  if (batch.items.length > 0) failure ??= await testServer.playBatch(batch);
  count += batch.items.length;
  if (random.chance(0.2)) failure ??= await testServer.followDelta();
}
await testServer.close();
if (failure) await report(failure.person, failure);
const seconds = ((Date.now() - began) / 1000).toFixed(1);
const days = ((testServer.now - start) / day).toFixed(0);
console.log(`${count} commands over ${days} days in ${seconds} s, seed ${values.seed}: ${failure ? 'a difference' : 'no difference'}`);
process.exit(failure ? 1 : 0);
