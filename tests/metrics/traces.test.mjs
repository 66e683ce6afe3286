// Spans that a server sends to a collector by OTLP/HTTP: which requests have them, and how they belong together.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as requestOf } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { certificate } from '../transcripts/receivers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const porchlight = process.env.PORCHLIGHT_BINARY ?? join(root, 'build/release/porchlight');
const folder = mkdtempSync(join(tmpdir(), 'porchlight-traces-'));
const data = join(folder, 'data');
const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';
const sampled = { traceparent: `00-${trace}-${parent}-01` };
const me = 'fa8bf3dc-eca7-46b7-bad1-db199b62afc3';
const internal = 1, serverSide = 2, clientSide = 3;
const failed = { code: 2 };
const patienceMs = 20_000; // real time to wait for a post that is on its way
let posts = []; // of the server to the collector: {path, type, body}
let hooks = []; // `traceparent` of each post to the receiver
let hookStatus = 202;
let server;
let api;

// A collector that takes all posts.
const collector = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  posts.push({ path: request.url, type: request.headers['content-type'], body: JSON.parse(body) });
  response.end('{}');
});

// A receiver of change notifications.
const { file: authorities, tls } = certificate(folder);
const receiver = createTlsServer(tls, async (request, response) => {
  request.resume();
  await once(request, 'end');
  const token = new URL(request.url, 'https://localhost').searchParams.get('validationToken');
  if (token !== null) return response.writeHead(200, { 'content-type': 'text/plain' }).end(token);
  hooks.push(request.headers.traceparent);
  response.writeHead(hookStatus).end();
  receiver.emit('hook');
});

const run = (...args) => execFileSync(porchlight, [...args, '--data', data], { encoding: 'utf8' }).trim();
const writer = () => run('token', '--app', 'Demo writer', '--expires', '1h');
const reader = () => run('token', '--app', 'Demo reader', '--user', me, '--expires', '1h');

async function start(percent = 0) {
  const config = join(folder, 'porchlight.toml');
  writeFileSync(config, `[traces]
endpoint = "http://127.0.0.1:${collector.address().port}"
percent = ${percent}
[webhooks]
allow_ranges = ["127.0.0.0/8"]
ports = [${receiver.address().port}]
ca_file = "${authorities}"
`);
  server = spawn(porchlight, ['serve', '--data', data, '--config', config, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    api = /^listening on (http:\S+)/.exec(line)?.[1];
    if (api) break;
  }
}

// Stops the server, which then has sent its spans, and returns them.
async function stop() {
  server.kill();
  await once(server, 'exit');
  return posts.flatMap(({ body }) => body.resourceSpans[0].scopeSpans[0].spans);
}

async function request(path, token, body, headers = {}) {
  const response = await fetch(api + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, text);
}

const session = (availability, activity) => ({
  sessionId: '22553876-f5ab-4529-bffb-cfe50aa89f87', availability, activity, expirationDuration: 'PT1H',
});
const setPresence = (...pair) => ({ path: `/v1.0/users/${me}/presence/setPresence`, body: session(...pair) });

async function subscribe() {
  await request('/v1.0/subscriptions', reader(), {
    changeType: 'updated', resource: `communications/presences/${me}`, expirationDateTime: new Date(Date.now() + 40 * 60_000),
    notificationUrl: `https://localhost:${receiver.address().port}/hook`,
  });
}

// Waits until the receiver has got a post of a trace. A server that starts may repeat an older one.
async function postOfTrace() {
  do await once(receiver, 'hook', { signal: AbortSignal.timeout(patienceMs) });
  while (hooks.at(-1) === undefined);
}

// Sends a change, and waits for its post.
async function change({ path, body }, headers) {
  const posted = postOfTrace();
  await request(path, writer(), body, headers);
  await posted;
}

const only = (spans, isWanted) => {
  const found = spans.filter(isWanted);
  assert.equal(found.length, 1, JSON.stringify(spans));
  return found[0];
};
const attributesOf = ({ attributes }) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
const begin = (span) => BigInt(span.startTimeUnixNano);
const end = (span) => BigInt(span.endTimeUnixNano);

before(async () => {
  collector.listen(0, '127.0.0.1');
  receiver.listen(0, '127.0.0.1');
  await Promise.all([once(collector, 'listening'), once(receiver, 'listening')]);
  run('init', '--demo');
});

afterEach(() => {
  if (server.exitCode === null) server.kill('SIGKILL'); // a test has failed
  posts = [];
  hooks = [];
  hookStatus = 202;
});

after(() => {
  collector.close();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(folder, { recursive: true });
});

test('a request that its caller samples has a span, and no other', async () => {
  await start();
  const token = reader();
  const read = (headers) => request(`/v1.0/users/${me}/presence`, token, undefined, headers);
  await read({});
  await read({ traceparent: `00-${trace}-${parent}-00` });
  await read(sampled);
  const [span, ...others] = await stop();
  assert.deepEqual(others, []);
  const [{ path, type, body }] = posts;
  assert.equal(path, '/v1/traces');
  assert.equal(type, 'application/json');
  assert.deepEqual(body.resourceSpans[0].resource.attributes[0], { key: 'service.name', value: { stringValue: 'porchlight' } });
  assert.equal(span.traceId, trace);
  assert.equal(span.parentSpanId, parent);
  assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/);
  assert.equal(span.name, 'GET /{version}/users/{id}/presence');
  assert.equal(span.kind, serverSide);
  assert.ok(end(span) > begin(span));
  assert.deepEqual(attributesOf(span), {
    'http.request.method': 'GET',
    'http.route': '/{version}/users/{id}/presence',
    'http.response.status_code': '200',
  });
});

test('steps of a batch belong to the span of the batch', async () => {
  await start();
  const { path, body } = setPresence('Available', 'Available');
  const step = (id) => ({ id, method: 'POST', url: path.slice('/v1.0'.length), headers: { 'Content-Type': 'application/json' }, body });
  await request('/v1.0/$batch', writer(), { requests: [step('1'), step('2')] }, sampled);
  const spans = await stop();
  const batch = only(spans, ({ kind }) => kind === serverSide);
  assert.deepEqual(spans.filter((span) => span !== batch).map(({ name, parentSpanId }) => [name, parentSpanId]),
    [['commit', batch.spanId], ['commit', batch.spanId]]);
});

test('the spans of a write and of the posts that it causes are a tree', async () => {
  await start();
  await subscribe();
  await change(setPresence('Busy', 'InACall'), { traceparent: `00-${trace}-${parent}-00` });
  await change(setPresence('DoNotDisturb', 'Presenting'), sampled);
  hookStatus = 500;
  const other = trace.replaceAll('0', 'f');
  await change(setPresence('Busy', 'InAConferenceCall'), { traceparent: `00-${other}-${parent}-01` });
  const all = await stop();
  for (const [id, hook, status] of [[trace, hooks[1], '202'], [other, hooks[2], '500']]) {
    const spans = all.filter((span) => span.traceId === id);
    const write = only(spans, ({ kind }) => kind === serverSide);
    const commit = only(spans, ({ kind }) => kind === internal);
    const post = only(spans, ({ kind }) => kind === clientSide);
    assert.equal(spans.length, 3);
    assert.equal(write.parentSpanId, parent);
    assert.equal(write.name, 'POST /{version}/users/{id}/presence/setPresence');
    assert.equal(commit.name, 'commit');
    assert.equal(commit.parentSpanId, write.spanId);
    assert.ok(begin(write) <= begin(commit) && begin(commit) < end(commit) && end(commit) <= end(write));
    assert.equal(post.name, 'POST');
    assert.equal(post.parentSpanId, write.spanId);
    assert.ok(begin(commit) < begin(post) && begin(post) < end(post));
    assert.equal(hook, `00-${id}-${post.spanId}-01`, 'the receiver gets the span of its post as parent');
    assert.deepEqual(attributesOf(post), {
      'http.request.method': 'POST', 'server.address': 'localhost', 'http.response.status_code': status,
    });
    assert.deepEqual([write.status, commit.status, post.status], [undefined, undefined, status === '500' ? failed : undefined]);
  }
  assert.equal(all.length, 6, 'the write whose caller does not sample it has no spans');
  assert.match(hooks[0], new RegExp(`^00-${trace}-(?!${parent})[0-9a-f]{16}-00$`));
});

// node joins repeated fields of fetch, so this one is sent by node:http.
test('of a repeated traceparent, the first counts', async () => {
  await start();
  const token = writer();
  const { path, body } = setPresence('Busy', 'InACall');
  const posted = postOfTrace();
  const contexts = [trace, trace.replace(/^./, 'f')].map((id) => `00-${id}-${parent}-00`);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', traceparent: contexts };
  const [response] = await once(requestOf(api + path, { method: 'POST', headers }).end(JSON.stringify(body)), 'response');
  response.resume();
  assert.equal(response.statusCode, 200);
  await posted;
  assert.equal(hooks.at(-1).slice(3, 35), trace);
  await stop();
});

test('a request that the server samples begins a trace', async () => {
  await start(100); // with the subscription of the test before
  await change(setPresence('DoNotDisturb', 'Presenting'));
  const spans = await stop();
  const write = only(spans, ({ name }) => name.endsWith('setPresence'));
  assert.equal(write.parentSpanId, undefined);
  const children = spans.filter(({ traceId, spanId }) => traceId === write.traceId && spanId !== write.spanId);
  assert.deepEqual(children.map(({ name, parentSpanId }) => [name, parentSpanId]).sort(),
    [['POST', write.spanId], ['commit', write.spanId]]);
});
