// An identity provider provisions a user and a group with SCIM; a Graph caller reads their presence.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { token, url } from './demo.mjs';

const user = 'urn:ietf:params:scim:schemas:core:2.0:User';
const group = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
let bearer, reader;

before(() => {
  const args = ['tenant', 'scim-token', 'Contoso', '--data', process.env.PORCHLIGHT_DATA, '--json'];
  bearer = JSON.parse(execFileSync(process.env.PORCHLIGHT, args, { encoding: 'utf8' })).token;
  reader = token('Demo reader', { role: 'Presence.Read.All' });
});

async function scim(method, path, body) {
  const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/scim+json' };
  const answer = await fetch(`${url}/scim/v2${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
}

async function presence(id) {
  return fetch(`${url}/v1.0/users/${id}/presence`, { headers: { Authorization: `Bearer ${reader}` } });
}

test('a user and a group are created, read, disabled and deleted', async () => {
  const none = await scim('GET', `/Users?filter=${encodeURIComponent('userName eq "zoe@contoso.com"')}`);
  assert.equal(none.body.totalResults, 0);
  const made = await scim('POST', '/Users', {
    schemas: [user],
    userName: 'zoe@contoso.com',
    externalId: 'zoe-1',
    name: { givenName: 'Zoe', familyName: 'Park' },
    emails: [{ primary: true, type: 'work', value: 'zoe@contoso.com' }],
    active: true,
  });
  assert.equal(made.status, 201);
  const { id } = made.body;
  assert.equal(made.headers.get('location'), `${url}/scim/v2/Users/${id}`);
  assert.equal(made.headers.get('content-type'), 'application/scim+json');

  const team = await scim('POST', '/Groups', { schemas: [group], displayName: 'Night shift', members: [{ value: id }] });
  assert.equal(team.status, 201);
  assert.deepEqual(team.body.members, [{ value: id, display: 'Zoe Park', type: 'User' }]);

  assert.equal((await (await presence(id)).json()).availability, 'Offline');
  const of = await fetch(`${url}/porchlight/v1/groups/${team.body.id}/presences`, {
    headers: { Authorization: `Bearer ${reader}` },
  });
  assert.equal(of.status, 200);
  assert.deepEqual((await of.json()).value.map((each) => each.id), [id]);

  const off = await scim('PATCH', `/Users/${id}`, {
    schemas: [patchOp],
    Operations: [{ op: 'Replace', path: 'active', value: 'False' }],
  });
  assert.equal(off.body.active, false);
  assert.equal((await presence(id)).status, 404);
  const on = await scim('PATCH', `/Users/${id}`, { schemas: [patchOp], Operations: [{ op: 'replace', value: { active: true } }] });
  assert.equal(on.body.active, true);
  assert.equal((await presence(id)).status, 200);
  assert.deepEqual((await scim('GET', `/Groups/${team.body.id}`)).body.members.map((each) => each.value), [id]);

  assert.equal((await scim('DELETE', `/Users/${id}`)).status, 204);
  assert.equal((await scim('DELETE', `/Groups/${team.body.id}`)).status, 204);
  assert.equal((await presence(id)).status, 404);
});

test('an invalid token returns a SCIM error', async () => {
  const good = bearer;
  bearer = 'none';
  const refused = await scim('GET', '/ServiceProviderConfig');
  bearer = good;
  assert.equal(refused.status, 401);
  assert.equal(refused.body.status, '401');
  assert.deepEqual(refused.body.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error']);
});
