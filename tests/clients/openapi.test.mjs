// The OpenAPI description is valid, and its examples and the server's answers to each operation match its schemas.
// tests/graph/gate/openapi_test.cc compares the description with the route table.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { advance, command, me, nobody, presenting, spendReads, token, url } from './demo.mjs';

const description = await (await fetch(`${url}/porchlight/v1/openapi.json`)).json();
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addVocabulary(Object.keys(description));
ajv.addSchema({ ...description, $id: 'open' });
ajv.addSchema(closed({ ...description, $id: 'closed' }));

test('the description is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(description));
  assert.ok(valid, JSON.stringify(errors));
  assert.match(description.openapi, /^3\.1\./);
});

test('examples match their schemas', () => {
  let count = 0;
  walk(description, [], (value, path) => {
    if (!value.schema || (value.example === undefined && !value.examples)) return;
    const examples = value.examples ? Object.values(value.examples).map((one) => one.value) : [value.example];
    for (const example of examples) {
      assertValid([...path, 'schema'], example);
      ++count;
    }
  });
  assert.ok(count > 50, `${count} examples`);
});

const user = { id: me };
const other = { id: presenting };
const v1 = { version: 'v1.0' };
const past = { asOf: (await advance('PT0S')).toISOString() };
const fresh = { Prefer: 'porchlight.freshness' };
const history = 'Porchlight.History.Read.All';
const reader = token('Demo reader', { role: `Presence.Read.All ${history}` });
const writer = token('Demo writer', { role: 'Presence.ReadWrite.All Porchlight.Admin' });
const ana = token('Demo reader', { user: me, scope: `Presence.Read.All Presence.ReadWrite ${history}` });
const mute = token('Demo reader', { role: 'User.Read.All' });
const group = { id: 'cd645867-2da0-827d-b81c-eda709a0e55e' };
const { tid: contoso } = JSON.parse(Buffer.from(reader.split('.')[1], 'base64url'));
const example = (body, name) => {
  const content = Object.values(description.components.requestBodies[body].content)[0];
  return content.examples[name].value;
};

// Requests that succeed, at least one per operation, in the order in which they are sent.
const successes = [
  ['getOpenApi', {}],
  ['getGraphOpenApi', {}],
  ['setCalendar', { as: writer, path: user, body: example('Feed', 'weekly') }],
  ['getCalendar', { as: writer, path: user }],
  ['setMyCalendar', { as: ana, body: example('Feed', 'weekly') }],
  ['getMyCalendar', { as: ana }],
  ['setOutOfOffice', { as: writer, path: user, body: example('OutOfOffice', 'untilCleared') }],
  ['setScheduledLocation', { as: writer, path: user, body: example('ScheduledLocation', 'remote') }],
  ['advanceClock', { as: writer, body: example('Advance', 'minute') }],
  ['explainMyPresence', { as: ana }],
  ['explainPresence', { as: reader, path: other }],
  ['explainPresence', { as: writer, path: user }],
  ['explainPresence', { as: reader, path: user, query: past }],
  ['explainMyPresence', { as: ana, query: past }],
  ['getPresenceHistory', { as: reader, path: user, query: { from: past.asOf } }],
  ['getMyPresenceHistory', { as: ana, query: { from: past.asOf } }],
  ['getPresence', { as: reader, path: { ...v1, ...user }, headers: fresh }],
  ['getPresence', { as: reader, path: { ...v1, ...user }, query: past }],
  ['getPresence', { as: reader, path: { ...v1, ...user }, headers: { Accept: 'application/json;odata.metadata=full' } }],
  ['getMyPresence', { as: ana, path: { version: 'beta' }, headers: fresh }],
  ['getMyPresence', { as: ana, path: v1, query: past }],
  ['getPresenceById', { as: reader, path: { ...v1, ...other }, headers: fresh }],
  ['getPresencesByUserId', { as: reader, path: v1, headers: fresh, body: { ids: [me, nobody] } }],
  ['getPresencesByUserId', { as: reader, path: v1, query: past, body: { ids: [me, nobody] } }],
  ['listPresences', { as: reader, path: v1, headers: fresh, query: { $top: 3, $count: true } }],
  ['listGroupPresences', { as: reader, path: group, headers: fresh, query: { $top: 1, $select: 'id,availability' } }],
  ['getPresencesDelta', { as: reader, path: v1, headers: fresh, query: { $top: 2 } }],
  ['getPresencesDelta', { as: reader, path: v1 }],
  ['waitFor', { as: reader, body: { users: [presenting], until: { availability: ['DoNotDisturb'] } } }],
  ['waitFor', { as: reader, body: { users: [presenting], until: { availability: ['Away'] }, timeout: 'PT0S' } }],
  ['openStream', { as: reader, query: { users: presenting } }],
  ['openStream', { as: ana, query: { me: '' }, headers: { 'Last-Event-ID': 'none' } }],
  ['issueStreamTicket', { as: ana, body: example('Nothing', 'nothing') }],
  ['listDeadLetters', { as: writer }],
  ['replayDeadLetters', { as: writer, body: example('Nothing', 'nothing') }],
  ['setMyVisibility', { as: ana, body: { visibleTo: 'everyone', badge: true } }],
  ['getMyVisibility', { as: ana }],
  ['getBadge', { path: user, query: { tenant: contoso, lang: 'de' } }],
  ['setVisibility', { as: writer, path: other, body: example('Visibility', 'nobody') }],
  ['getVisibility', { as: writer, path: other }],
  ['explainPresence', { as: reader, path: other }],
  ['setMyVisibility', { as: ana, body: example('Visibility', 'named') }],
  ['getMyVisibility', { as: ana }],
  ['clearOutOfOffice', { as: writer, path: user }],
  ['setMyOutOfOffice', { as: ana, body: example('OutOfOffice', 'untilCleared') }],
  ['clearMyOutOfOffice', { as: ana }],
  ['clearScheduledLocation', { as: writer, path: user }],
  ['clearCalendar', { as: writer, path: user }],
  ['clearMyCalendar', { as: ana }],
];

test('answers of each operation match the description', async (context) => {
  for (const [id, request] of successes) await context.test(id, async () => assert.equal((await call(id, request)).status, 200));
  const called = new Set(successes.map(([id]) => id));
  const described = Object.keys(operations()).filter((id) => !id.startsWith('admin'));
  assert.deepEqual(new Set(described), called);
});

test('answers of the administration API match the description', async () => {
  command('admin', 'grant', me);
  command('tenant', 'set', 'Contoso', '--operator', 'on');
  const as = token('Demo reader', { user: me, scope: 'Porchlight.Admin' });
  const called = new Set();
  const run = async (id, request = {}) => {
    called.add(id);
    const answer = await call(id, { as, ...request });
    assert.ok(answer.status < 300, `${id}: ${answer.status}`);
    return answer.body;
  };
  // Of what no request here has made.
  const runWithout = async (id, path = { id: nobody }, more = {}) => {
    called.add(id);
    assert.equal((await call(id, { as, path, ...more })).status, 404);
  };
  const tenant = await run('adminAddTenant', { body: example('AdminNewTenant', 'one') });
  const inTenant = { path: { id: tenant.id } };
  await run('adminListTenants');
  await run('adminGetTenant', inTenant);
  await run('adminSetTenant', { ...inTenant, body: example('AdminTenantSettings', 'one') });
  await run('adminGetContents', inTenant);
  await run('adminMakeScimToken', { ...inTenant, body: {} });
  await run('adminRevokeScimToken', inTenant);
  await run('adminEmptyTenant', inTenant);
  await run('adminRemoveTenant', inTenant);
  const someone = await run('adminAddUser', { body: example('AdminNewUser', 'one') });
  const ofUser = { path: { id: someone.id } };
  await run('adminListUsers', { query: { limit: 2 } });
  await run('adminGetUser', ofUser);
  await run('adminSetUser', { ...ofUser, body: example('AdminUserChange', 'one') });
  await run('adminImportUsers', { body: example('AdminRows', 'one') });
  await run('adminSetPassword', { ...ofUser, body: example('AdminPassword', 'one') });
  await run('adminGetSecondFactor', ofUser);
  await run('adminRemoveSecondFactor', ofUser);
  await run('adminGrant', { ...ofUser, body: {} });
  await run('adminListAdministrators');
  await run('adminRevoke', ofUser);
  await run('adminSetPreferred', { ...ofUser, body: example('AdminPreferred', 'one') });
  await run('adminClearPreferred', ofUser);
  await run('adminSetMessage', { ...ofUser, body: example('AdminMessage', 'one') });
  await run('adminClearMessage', ofUser);
  const session = { id: someone.id, item: '44444444-0000-4000-8000-000000000001' };
  await run('adminSetSession', { path: session, body: example('AdminNewSession', 'one') });
  await run('adminListSessions', ofUser);
  await run('adminClearSession', { path: session, query: { applicationId: 'Demo writer' } });
  await run('adminEndStreams', { ...ofUser, body: {} });
  await run('adminRevokeUserTokens', { ...ofUser, body: {} });
  const { appId } = await run('adminAddApplication', { body: example('AdminNewApplication', 'one') });
  const ofApp = { path: { id: appId } };
  await run('adminListApplications');
  await run('adminGetApplication', ofApp);
  await run('adminSetApplication', { ...ofApp, body: example('AdminApplicationChange', 'one') });
  await run('adminSetRegistration', { ...ofApp, body: example('AdminRegistrationChange', 'one') });
  await run('adminGetRegistration', ofApp);
  const { id: secret } = await run('adminAddSecret', { ...ofApp, body: example('AdminLife', 'one') });
  await run('adminRemoveSecret', { path: { id: appId, item: secret } });
  const certificate = execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=Board', '-keyout', '/dev/null'], { encoding: 'utf8', stdio: 'pipe' });
  const { certificates } = await run('adminAddCertificate', { ...ofApp, body: { certificate } });
  await run('adminRemoveCertificate', { path: { id: appId, item: certificates[0].thumbprint } });
  await run('adminListSignIns', { ...ofApp, query: { limit: 2 } });
  await runWithout('adminRevokeSignIn', { id: appId, item: nobody });
  await run('adminMintToken', { ...ofApp, body: example('AdminNewToken', 'one') });
  await run('adminRevokeApplicationTokens', { ...ofApp, body: {} });
  await run('adminRemoveApplication', ofApp);
  const team = await run('adminAddGroup', { body: example('AdminNewGroup', 'one') });
  const ofGroup = { path: { id: team.id } };
  await run('adminAddMembers', { ...ofGroup, body: { users: [someone.id] } });
  await run('adminGetGroup', ofGroup);
  await run('adminListGroups');
  await run('adminRemoveMember', { path: { id: team.id, item: someone.id } });
  await run('adminRemoveGroup', ofGroup);
  await run('adminRemoveUser', ofUser);
  await run('adminGetOverview');
  await run('adminListSubscriptions', { query: { limit: 2 } });
  await runWithout('adminRemoveSubscription');
  await runWithout('adminGetTestPost');
  await runWithout('adminTestSubscription', { id: nobody }, { body: {} });
  await run('adminListBackups');
  called.add('adminStartBackup');
  assert.equal((await call('adminStartBackup', { as, body: {} })).status, 400, 'no folder is configured');
  await run('adminListConnections', { query: { limit: 2 } });
  await runWithout('adminEndConnection');
  await run('adminViewAs', { query: { subject: me, viewer: presenting } });
  await run('adminListRequests');
  await run('adminListRequests');
  await run('adminGetClock');
  await run('adminAdvanceClock', { body: { advance: 'PT0S' } });
  await run('adminListSettings');
  await run('adminListIssuers');
  await run('adminListDeadLetters');
  await run('adminReplayDeadLetters', { body: {} });
  await run('adminListAudit', { query: { limit: 50 } });
  await run('adminListLog', { query: { limit: 1 } });
  assert.deepEqual(new Set(Object.keys(operations()).filter((id) => id.startsWith('admin'))), called);
});

test('If-None-Match with the current entity tag returns 304', async () => {
  const { headers } = await call('getOpenApi', {});
  const again = await call('getOpenApi', { headers: { 'If-None-Match': headers.get('etag') } });
  assert.equal(again.status, 304);
});

test('refusals match the description', async (context) => {
  const refusals = [
    [400, 'setMyVisibility', { as: ana, body: { visibleTo: 'friends' } }],
    [400, 'setMyVisibility', { as: ana, body: [] }],
    [400, 'getMyVisibility', { as: writer }],
    [400, 'getOpenApi', { query: { $top: 1 } }],
    [400, 'getPresence', { as: reader, path: { ...v1, ...user }, query: { asOf: 'yesterday' } }],
    [400, 'setCalendar', { as: writer, path: user, body: '<html>' }],
    [400, 'getPresencesDelta', { as: reader, path: v1, query: { $deltatoken: '1' } }],
    [401, 'waitFor', { body: example('WaitFor', 'lookOnce') }],
    [401, 'setVisibility', { as: ana, path: other, body: example('Visibility', 'nobody') }],
    [403, 'explainPresence', { as: mute, path: user }],
    [403, 'getPresenceHistory', { as: token('Demo reader'), path: user, query: { from: past.asOf } }],
    [404, 'getBadge', { path: other, query: { tenant: contoso } }],
    [404, 'getVisibility', { as: writer, path: { id: 'nobody@contoso.com' } }],
    [404, 'listGroupPresences', { as: reader, path: { id: nobody } }],
    [406, 'getPresencesDelta', { as: reader, path: v1, headers: { Accept: 'text/html' } }],
    [413, 'setMyVisibility', { as: ana, body: { visibleTo: 'x'.repeat(1024 * 1024) } }],
    [415, 'setMyVisibility', { as: ana, headers: { 'Content-Encoding': 'gzip' }, body: example('Visibility', 'nobody') }],
  ];
  for (const [status, id, request] of refusals) {
    await context.test(`${status} ${id}`, async () => assert.equal((await call(id, request)).status, status));
  }
  await spendReads(token('Demo reader'));
  assert.equal((await call('explainPresence', { as: reader, path: other })).status, 429);
});

// Returns all operations of the description by operationId: {path, method, operation}.
function operations() {
  const all = {};
  for (const [path, item] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (method !== 'parameters') all[operation.operationId] = { path, method, operation };
    }
  }
  return all;
}

// Sends a request and checks the answer against the described response of its status. Returns the status and headers.
async function call(id, { as, path: names = {}, query = {}, headers = {}, body }) {
  const { path, method, operation } = operations()[id];
  const target = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name]));
  const media = body === undefined ? undefined : Object.keys(resolved(operation.requestBody).content)[0];
  const answer = await fetch(`${url}${target}?${new URLSearchParams(query)}`, {
    method: method.toUpperCase(),
    headers: { ...(as && { Authorization: `Bearer ${as}` }), ...(media && { 'Content-Type': media }), ...headers },
    body: media === 'application/json' ? JSON.stringify(body) : body,
  });
  const mediaType = answer.headers.get('content-type')?.split(';')[0];
  const isJson = mediaType === 'application/json';
  const text = mediaType === 'text/event-stream' ? await firstEvents(answer) : await answer.text();
  const reference = operation.responses[answer.status];
  assert.ok(reference, `${id}: ${answer.status} is not described: ${text}`);
  const place = reference.$ref.slice(2).split('/');
  const described = resolved(reference);
  checkHeaders(place, described, answer.headers);
  if (!described.content) {
    assert.equal(text, '');
  } else {
    assertValid([...place, 'content', mediaType, 'schema'], isJson ? JSON.parse(text) : text);
  }
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}

// Returns the text of a stream up to its ready event.
async function firstEvents(answer) {
  let text = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('event: ready\n')) break;
  }
  return text;
}

function checkHeaders(place, described, headers) {
  for (const [name, reference] of Object.entries(described.headers)) {
    const header = resolved(reference);
    const value = headers.get(name);
    if (value === null) assert.ok(!header.required, `${place.join('/')}: ${name} is missing`);
    else assertValid([...reference.$ref.slice(2).split('/'), 'schema'], header.schema.type === 'integer' ? Number(value) : value);
  }
}

function resolved({ $ref }) {
  return $ref.slice(2).split('/').reduce((value, name) => value[name], description);
}

// Asserts that a value matches the schema at this place of the description and has no undescribed members.
function assertValid(place, value) {
  const pointer = place.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  for (const document of ['open', 'closed']) {
    const validate = ajv.getSchema(`${document}#/${pointer}`);
    assert.ok(validate(value), `${place.join('/')}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }
}

// Returns a copy of the description in which no object schema permits additional properties.
function closed(document) {
  const copy = structuredClone(document);
  walk(copy, [], (value) => {
    if (value.type === 'object' && value.properties) value.additionalProperties = false;
  });
  return copy;
}

function walk(value, path, visit) {
  if (value === null || typeof value !== 'object') return;
  visit(value, path);
  for (const [name, member] of Object.entries(value)) walk(member, [...path, name], visit);
}
