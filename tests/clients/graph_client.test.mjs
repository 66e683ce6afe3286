// The unmodified @microsoft/microsoft-graph-client. The example in README.md is a shorter form of this.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from '@microsoft/microsoft-graph-client';
import { advance, beRightBack, host, me, nobody, passWaits, presenting, spendReads, token, url } from './demo.mjs';

const client = (accessToken, version = 'v1.0') =>
  Client.init({
    baseUrl: url,
    defaultVersion: version,
    customHosts: new Set([host]),
    authProvider: (done) => done(null, accessToken),
  });

const reader = client(token('Demo reader', { user: me }));
const writer = client(token('Demo writer'));

test("the three users of the API reference's examples have the presence shown there", async () => {
  const own = await reader.api('/me/presence').get();
  assert.deepEqual([own.id, own.availability, own.activity], [me, 'Available', 'Available']);
  const second = await reader.api(`/users/${presenting}/presence`).get();
  assert.deepEqual([second.availability, second.activity], ['DoNotDisturb', 'Presenting']);
  const third = await reader.api(`/communications/presences/${beRightBack}`).get();
  assert.deepEqual([third.availability, third.activity], ['Away', 'BeRightBack']);
  assert.equal(third.value[0].id, beRightBack);
});

test('beta returns the same user', async () => {
  const own = await client(token('Demo reader', { user: me }), 'beta').api('/me/presence').get();
  assert.equal(own.id, me);
});

test('a session is set, read back, and expires on the manual clock', async () => {
  const person = (await listed()).find((item) => item.availability === 'Offline');
  const path = `/users/${person.id}/presence`;
  await writer.api(`${path}/setPresence`).post({
    sessionId: 'b2b1c8ba-0000-4000-8000-000000000001',
    availability: 'Busy',
    activity: 'InACall',
    expirationDuration: 'PT1H',
  });
  assert.equal((await writer.api(path).get()).activity, 'InACall');
  await advance('PT1H');
  assert.equal((await writer.api(path).get()).availability, 'Offline');
});

test('the list pages with @odata.nextLink', async () => {
  const first = await reader.api('/communications/presences').top(5).get();
  assert.equal(first.value.length, 5);
  const next = await reader.api(first['@odata.nextLink']).get();
  assert.notEqual(next.value[0].id, first.value[0].id);
  assert.equal(new Set((await listed()).map((item) => item.id)).size, (await listed()).length);
});

test('users are listed by name, found and counted', async () => {
  const names = (page) => page.value.map((user) => user.displayName);
  const page = await reader.api('/users').select('displayName,id,mail').top(25).orderby('displayName').get();
  assert.deepEqual(Object.keys(page.value[0]), ['displayName', 'id', 'mail']);
  assert.deepEqual(
    names(page),
    names(page).toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
  );
  const [name] = names(page);
  const advanced = () => reader.api('/users').header('ConsistencyLevel', 'eventual').count(true).select('displayName');
  const found = await advanced().search(`"displayName:${name}"`).get();
  assert.deepEqual([found['@odata.count'], names(found)], [1, [name]]);
  const others = await advanced().filter(`displayName ne '${name}'`).orderby('displayName').top(25).get();
  assert.deepEqual(names(others), names(page).slice(1));
  const count = await reader.api('/users/$count').header('ConsistencyLevel', 'eventual').get();
  assert.equal(Number(count), names(page).length);
  await assert.rejects(
    reader.api('/users').search('"displayName:a"').get(),
    (error) => error.statusCode === 400 && error.code === 'Request_UnsupportedQuery',
  );
});

test('errors are GraphErrors with code, status and request id', async () => {
  await assert.rejects(reader.api(`/users/${nobody}/presence`).get(), (error) => {
    assert.equal(error.statusCode, 404);
    assert.equal(error.code, 'Request_ResourceNotFound');
    assert.ok(error.requestId);
    return true;
  });
  await assert.rejects(
    writer.api(`/users/${me}/presence/clearPresence`).post({ sessionId: 'nobody' }),
    (error) => error.statusCode === 404 && error.code === 'NotFound',
  );
  await assert.rejects(writer.api('/me/presence').get(), (error) => error.statusCode === 400);
  await assert.rejects(client('a.b.c').api('/me/presence').get(), (error) => {
    return error.statusCode === 401 && error.code === 'InvalidAuthenticationToken';
  });
});

test('a throttled client retries after Retry-After and succeeds', async (context) => {
  await spendReads(token('Demo reader'));
  const waits = passWaits(context);
  assert.equal((await reader.api('/me/presence').get()).id, me);
  assert.deepEqual(waits, [30]);
});

async function listed() {
  const people = [];
  let page = await reader.api('/communications/presences').top(5).get();
  for (;;) {
    people.push(...page.value);
    if (!page['@odata.nextLink']) return people;
    page = await reader.api(page['@odata.nextLink']).get();
  }
}
