// A real page of metrics, the alerts and the dashboard of contrib/, checked by Prometheus's own tool (scripts/promtool).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const porchlight = process.env.PORCHLIGHT_BINARY ?? join(root, 'build/release/porchlight');
const folder = mkdtempSync(join(tmpdir(), 'porchlight-metrics-'));
const rules = join(root, 'contrib/prometheus');
let server;
let api;
let metrics;
let page;

const promtool = (args, options = {}) => execFileSync(join(root, 'scripts/promtool'), args, { encoding: 'utf8', ...options });
// Without the tool and the network, the checks are left out, but not in CI.
const tool = (() => {
  if (process.env.PORCHLIGHT_ALL_TESTS) return {};
  try {
    promtool(['--version'], { stdio: 'ignore' });
    return {};
  } catch {
    return { skip: 'no promtool' };
  }
})();

before(async () => {
  const data = join(folder, 'data');
  const run = (...args) => execFileSync(porchlight, [...args, '--data', data], { encoding: 'utf8' });
  run('init', '--demo');
  run('backup', '--to', join(folder, 'backup'));
  const [token, writer] = ['reader', 'writer'].map((app) => run('token', '--app', `Demo ${app}`, '--expires', '1h').trim());
  const config = join(folder, 'porchlight.toml');
  writeFileSync(config, 'tls_listen = ["127.0.0.1:0"]\n[metrics]\nlisten = "127.0.0.1:0"\n');
  server = spawn(porchlight, ['serve', '--data', data, '--config', config, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    api ??= /^listening on (http:\S+)/.exec(line)?.[1];
    metrics ??= /^metrics at (\S+)/.exec(line)?.[1];
    if (api && metrics) break;
  }
  const headers = { authorization: `Bearer ${token}` };
  await (await fetch(`${api}/v1.0/communications/presences`, { headers })).text();
  const { value } = await (await fetch(`${api}/v1.0/users`, { headers })).json();
  const presence = { sessionId: '22553876-f5ab-4529-bffb-cfe50aa89f87', availability: 'DoNotDisturb', activity: 'Presenting' };
  const changed = await fetch(`${api}/v1.0/users/${value[0].id}/presence/setPresence`, {
    method: 'POST',
    headers: { authorization: `Bearer ${writer}`, 'content-type': 'application/json' },
    body: JSON.stringify(presence),
  });
  assert.equal(changed.status, 200);
  await (await fetch(`${api}/nowhere?name=ana@contoso.com`)).text();
  page = await (await fetch(metrics)).text();
});

after(async () => {
  server?.kill();
  if (server) await once(server, 'exit');
  rmSync(folder, { recursive: true });
});

const names = () => new Set([...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));

test('the page is in the form that Prometheus wants', tool, () => {
  assert.equal(promtool(['check', 'metrics'], { input: page }), '');
});

test('requests are counted by route', () => {
  assert.match(page, /http_server_request_duration_seconds_count\{http_route="\/\{version\}\/communications\/presences",http_request_method="GET"\} 1\n/);
  assert.match(page, /http_server_responses_total\{http_route="_OTHER",http_request_method="_OTHER",http_response_status_code="400"\} 1\n/);
});

test('a change of the availability is counted by its cause', () => {
  assert.match(page, /porchlight_presence_transitions_total\{from="\w+",to="DoNotDisturb",cause="session"\} 1\n/);
});

test('nothing of a client is on the page', () => {
  assert.doesNotMatch(page, /nowhere|ana@|contoso/);
});

test('docs/metrics.md names each metric, and no other', () => {
  const [, section] = readFileSync(join(root, 'docs/metrics.md'), 'utf8').split(/^### Names$|^## Traces$/m);
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const named = new Set(rows.flatMap((row) => [...row.split('|')[1].matchAll(/`(\w+)`/g)].map(([, name]) => name)));
  assert.deepEqual([...named].sort(), [...names()].sort());
});

test('the listener of metrics serves nothing else, and the others have no metrics', async () => {
  const status = async (url, options) => (await fetch(url, options)).status;
  const origin = new URL(metrics).origin;
  for (const path of ['/', '/healthz', '/admin', '/v1.0/me/presence', '/metrics/x'])
    assert.equal(await status(origin + path), 404, path);
  assert.equal(await status(metrics, { method: 'POST', body: 'x' }), 404);
  assert.equal(await status(`${api}/metrics`), 400);
});

test('the alerts are valid, and fire when they should', tool, () => {
  promtool(['check', 'rules', 'porchlight.rules.yml'], { cwd: rules });
  promtool(['test', 'rules', 'porchlight.rules.test.yml'], { cwd: rules });
});

const dashboard = JSON.parse(readFileSync(join(root, 'contrib/grafana/porchlight.json'), 'utf8'));
const shown = dashboard.panels.flatMap((panel) => panel.targets ?? []).map((target) => target.expr);
const alerts = readFileSync(join(rules, 'porchlight.rules.yml'), 'utf8');

test('the expressions of the dashboard are valid', tool, () => {
  const expressions = shown.map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'));
  const file = join(folder, 'dashboard.yml');
  // JSON is YAML.
  const recorded = expressions.map((expr, i) => ({ record: `panel:${i}`, expr }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
  promtool(['check', 'rules', file]);
});

test('dashboard and alerts use metrics that a page has', () => {
  const known = names();
  for (const text of [...shown, alerts]) {
    for (const [used] of text.matchAll(/\b(porchlight|http_server|process)_\w+/g))
      assert.ok(known.has(used) || known.has(used.replace(/_(bucket|sum|count)$/, '')), used);
  }
});
