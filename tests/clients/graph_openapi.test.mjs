// The OpenAPI description of the Graph routes is valid, its schemas are those of $metadata, and the server's answers match
// them. tests/graph/gate/graph_openapi_test.cc compares the description with the route table.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { advance, me, presenting, token, url } from './demo.mjs';

const description = await (await fetch(`${url}/porchlight/v1/graph.openapi.json`)).json();
const metadata = await (await fetch(`${url}/v1.0/$metadata`)).text();
const { schemas } = description.components;

// Answers have no members beyond the schemas, except annotations.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addVocabulary(Object.keys(description));
ajv.addSchema({ ...closed(description), $id: 'graph' });

function closed(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(closed);
  const copy = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  return value.type === 'object' && value.properties ? { ...copy, additionalProperties: false } : copy;
}

test('the description is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(description));
  assert.ok(valid, JSON.stringify(errors));
});

// The schema of a CSDL type, written here a second time (OData JSON Format 4.0 §7).
const primitives = {
  'Edm.String': { type: 'string' },
  'Edm.Boolean': { type: 'boolean' },
  'Edm.Int32': { type: 'integer' },
  'Edm.Date': { type: 'string', format: 'date' },
  'Edm.DateTimeOffset': { type: 'string', format: 'date-time' },
  'Edm.Duration': { type: 'string', format: 'duration' },
};
function expected(type, isRequired) {
  const [, element] = type.match(/^Collection\((.*)\)$/) ?? [];
  const schema = element ? { type: 'array', items: expected(element, true) } : primitives[type] ?? { $ref: `#/components/schemas/${type}` };
  if (isRequired) return schema;
  return schema.$ref ? { anyOf: [schema, { type: 'null' }] } : { ...schema, type: [schema.type, 'null'] };
}

// The elements of these names in $metadata: {name, base, text}.
function elements(...kinds) {
  const pattern = new RegExp(`<(${kinds.join('|')}) Name="(\\w+)"(?: BaseType="([\\w.]+)")?[^>]*>(.*?)</\\1>`, 'gs');
  return [...metadata.matchAll(pattern)].map(([, , name, base, text]) => ({ name, base, text }));
}
// The properties or parameters in an element: {name, schema, isRequired}.
function parts(text, kind) {
  const pattern = new RegExp(`<${kind} Name="(\\w+)" Type="([^"]+)"( Nullable="false")?`, 'g');
  return [...text.matchAll(pattern)].map(([, name, type, required]) => ({ name, schema: expected(type, Boolean(required)), isRequired: Boolean(required) }));
}
const named = (all) => Object.fromEntries(all.map(({ name, schema }) => [name, schema]));

test('the schemas are the types of $metadata', () => {
  const types = elements('ComplexType', 'EntityType');
  const id = named(parts(types.find(({ name }) => name === 'entity').text, 'Property'));
  for (const { name, base, text } of types) {
    const properties = structuredClone(schemas[`microsoft.graph.${name}`].properties);
    for (const property of Object.values(properties)) delete property.readOnly;
    assert.deepEqual(properties, { ...(base && id), ...named(parts(text, 'Property')) }, name);
  }
  const enums = elements('EnumType');
  for (const { name, text } of enums) {
    const members = [...text.matchAll(/<Member Name="(\w+)"/g)].map(([, member]) => member);
    assert.deepEqual(schemas[`microsoft.graph.${name}`], { type: 'string', enum: members });
  }
  const described = Object.keys(schemas).filter((name) => name.startsWith('microsoft.graph.'));
  assert.equal(described.length, types.length + enums.length);
  assert.ok(types.length > 15 && enums.length > 5);
});

test('bodies of actions are the parameters in $metadata', () => {
  let count = 0;
  const actions = elements('Action');
  for (const [path, { post }] of Object.entries(description.paths)) {
    const action = actions.find(({ name }) => path.endsWith(`/${name}`));
    if (!action) continue;
    const [, ...parameters] = parts(action.text, 'Parameter');
    const schema = post.requestBody?.content['application/json'].schema;
    assert.deepEqual(schema?.properties ?? {}, named(parameters), path);
    assert.deepEqual(schema?.required ?? [], parameters.filter(({ isRequired }) => isRequired).map(({ name }) => name), path);
    ++count;
  }
  assert.ok(count >= 3 * 9, `${count} actions`);
});

const reader = token('Demo reader', { role: 'Presence.Read.All User.Read.All Group.Read.All Calendars.ReadWrite.All' });
const ana = token('Demo writer', { user: me, scope: 'Presence.Read.All Presence.ReadWrite User.Read.All Group.Read.All Calendars.ReadWrite' });
const today = (await advance('PT0S')).toISOString().slice(0, 10);
const at = (time) => ({ dateTime: `${today}T${time}`, timeZone: 'UTC' });
const office = { workLocationType: 'office', placeId: null };
const recurrence = {
  ...office, start: at('09:00:00'), end: at('17:00:00'),
  recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday', 'tuesday'], firstDayOfWeek: 'monday' },
    range: { type: 'noEnd', startDate: today, recurrenceTimeZone: 'UTC' } },
};
const occurrence = { workLocationType: 'timeOff', start: at('09:00:00'), end: at('10:00:00'), timeOffDetails: { subject: 'Dentist', isAllDay: false } };
const away = { availability: 'Away', activity: 'Away', expirationDuration: 'PT1H' };
const plan = '/me/settings/workHoursAndLocations';
const group = 'cd645867-2da0-827d-b81c-eda709a0e55e';

// Requests that succeed: the path in the description, what replaces its ids, and the body.
const requests = [
  ['get', '', {}],
  ['get', '/users', { query: { $top: 3, $count: true }, headers: { ConsistencyLevel: 'eventual' } }],
  ['get', '/users/$count', { headers: { ConsistencyLevel: 'eventual' } }],
  ['get', '/users/{id}', { names: { id: me }, query: { $select: 'id,displayName,businessPhones,accountEnabled,userType' } }],
  ['get', '/me', { as: ana }],
  ['get', '/groups', {}],
  ['get', '/groups/{id}', { names: { id: group } }],
  ['get', '/groups/{id}/members', { names: { id: group }, query: { $top: 2 } }],
  ['get', '/groups/{id}/members/$count', { names: { id: group }, headers: { ConsistencyLevel: 'eventual' } }],
  ['post', '/me/presence/setPresence', { as: ana, body: { ...away, sessionId: '44444444-0000-4000-8000-000000000001' } }],
  ['post', '/me/presence/setUserPreferredPresence', { as: ana, body: away }],
  ['post', '/me/presence/setStatusMessage', { as: ana, body: { statusMessage: { message: { content: 'Out', contentType: 'text' }, expiryDateTime: at('23:00:00') } } }],
  ['post', '/me/presence/setManualLocation', { as: ana, body: office }],
  ['get', '/me/presence', { as: ana }],
  ['get', '/users/{id}/presence', { names: { id: presenting } }],
  ['get', '/communications/presences/{id}', { names: { id: me } }],
  ['get', '/communications/presences', { query: { $top: 3 } }],
  ['get', '/communications/presences/$count', {}],
  ['get', '/communications/presences/delta', {}],
  ['post', '/communications/getPresencesByUserId', { body: { ids: [me, presenting] } }],
  ['post', '/me/presence/clearLocation', { as: ana }],
  ['post', '/me/presence/clearUserPreferredPresence', { as: ana }],
  ['post', '/me/presence/clearPresence', { as: ana, body: { sessionId: '44444444-0000-4000-8000-000000000001' } }],
  ['post', '/$batch', { body: { requests: [{ id: '1', method: 'GET', url: '/users?$top=1' }] } }],
  ['get', plan, { as: ana }],
  ['patch', plan, { as: ana, body: { maxSharedWorkLocationDetails: 'approximate' } }],
  ['post', `${plan}/recurrences`, { as: ana, body: recurrence, keep: 'item' }],
  ['get', `${plan}/recurrences`, { as: ana }],
  ['get', `${plan}/recurrences/{item}`, { as: ana }],
  ['put', `${plan}/recurrences/{item}`, { as: ana, body: recurrence }],
  ['delete', `${plan}/recurrences/{item}`, { as: ana }],
  ['post', `${plan}/occurrences`, { as: ana, body: occurrence, keep: 'item' }],
  ['patch', `${plan}/occurrences/{item}`, { as: ana, body: occurrence }],
  ['get', `${plan}/occurrences/{item}`, { as: ana }],
  ['get', `${plan}/occurrencesView(startDateTime='{startDateTime}',endDateTime='{endDateTime}')`, { as: ana, names: { startDateTime: `${today}T00:00:00Z`, endDateTime: `${today}T23:00:00Z` } }],
  ['post', `${plan}/occurrences/setCurrentLocation`, { as: ana, body: { updateScope: 'currentDay', ...office } }],
  ['delete', `${plan}/occurrences/{item}`, { as: ana }],
  ['get', '/subscriptions', { as: token('Demo reader', { role: 'Subscription.Read.All' }) }],
];

test('answers match the description', async (context) => {
  const kept = {};
  for (const [method, path, { as = reader, names = {}, query = {}, headers = {}, body, keep }] of requests) {
    await context.test(`${method} ${path}`, async () => {
      const operation = description.paths[`/{version}${path}`][method];
      assert.equal(operation.requestBody !== undefined, body !== undefined, 'a body is described if and only if one is sent');
      const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name] ?? kept[name]));
      const answer = await fetch(`${url}/v1.0${filled}?${new URLSearchParams(query)}`, {
        method: method.toUpperCase(),
        headers: { Authorization: `Bearer ${as}`, ...(body && { 'Content-Type': 'application/json' }), ...headers },
        body: body && JSON.stringify(body),
      });
      const text = await answer.text();
      const place = ['paths', `/{version}${path}`, method];
      if (body) assertValid([...place, 'requestBody', 'content', 'application/json', 'schema'], body);
      const response = operation.responses[answer.status];
      assert.ok(response, `${answer.status} is not described: ${text}`);
      const media = answer.headers.get('content-type')?.split(';')[0];
      if (!response.content) return assert.equal(text, '');
      const result = JSON.parse(text);
      if (path === '/communications/presences/{id}') delete result.value; // Graph repeats the presence there
      assertValid([...place, 'responses', `${answer.status}`, 'content', media, 'schema'], result);
      if (keep) kept[keep] = result.id;
    });
  }
});

test('an error matches the description', async () => {
  const answer = await fetch(`${url}/v1.0/users`);
  assert.equal(answer.status, 401);
  assertValid(['components', 'schemas', 'Error'], await answer.json());
});

// Asserts that a value matches the schema at this place of the description.
function assertValid(place, value) {
  const pointer = place.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const validate = ajv.getSchema(`graph#/${pointer}`);
  assert.ok(validate(value), `${place.join('/')}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
}
