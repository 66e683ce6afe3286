// Spans that a server sends to a collector by OTLP/HTTP: which requests have one, and what is in it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const porchlight = process.env.PORCHLIGHT_BINARY ?? join(root, 'build/release/porchlight');
const folder = mkdtempSync(join(tmpdir(), 'porchlight-traces-'));
const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';
const posts = [];
let server;
let api;
let token;

// A collector that takes all posts.
const collector = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  posts.push({ path: request.url, type: request.headers['content-type'], body: JSON.parse(body) });
  response.end('{}');
});

before(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const data = join(folder, 'data');
  const run = (...args) => execFileSync(porchlight, [...args, '--data', data], { encoding: 'utf8' });
  run('init', '--demo');
  token = run('token', '--app', 'Demo reader', '--expires', '1h').trim();
  const config = join(folder, 'porchlight.toml');
  writeFileSync(config, `[traces]\nendpoint = "http://127.0.0.1:${collector.address().port}"\n`);
  server = spawn(porchlight, ['serve', '--data', data, '--config', config, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    api = /^listening on (http:\S+)/.exec(line)?.[1];
    if (api) break;
  }
});

after(async () => {
  collector.close();
  rmSync(folder, { recursive: true });
});

test('a request that its caller samples has a span, and no other', async () => {
  const read = async (headers) => {
    const response = await fetch(`${api}/v1.0/communications/presences`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    await response.text();
    assert.equal(response.status, 200);
  };
  await read({});
  await read({ traceparent: `00-${trace}-${parent}-00` });
  await read({ traceparent: `00-${trace}-${parent}-01` });
  // A server that stops has sent its spans.
  server.kill();
  await once(server, 'exit');
  assert.equal(posts.length, 1);
  const [{ path, type, body }] = posts;
  assert.equal(path, '/v1/traces');
  assert.equal(type, 'application/json');
  const [{ resource, scopeSpans }] = body.resourceSpans;
  assert.deepEqual(resource.attributes[0], { key: 'service.name', value: { stringValue: 'porchlight' } });
  assert.equal(scopeSpans[0].spans.length, 1);
  const [span] = scopeSpans[0].spans;
  assert.equal(span.traceId, trace);
  assert.equal(span.parentSpanId, parent);
  assert.match(span.spanId, /^(?!0{16})[0-9a-f]{16}$/);
  assert.equal(span.name, 'GET /{version}/communications/presences');
  assert.equal(span.kind, 2);
  assert.ok(BigInt(span.endTimeUnixNano) > BigInt(span.startTimeUnixNano));
  const attributes = Object.fromEntries(span.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
  assert.deepEqual(attributes, {
    'http.request.method': 'GET',
    'http.route': '/{version}/communications/presences',
    'http.response.status_code': '200',
  });
});
