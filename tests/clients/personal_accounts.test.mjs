// An unmodified client signs a user in with a personal account; a read of the user's presence is refused with 400.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { CryptoProvider, PublicClientApplication } from '@azure/msal-node';
import { porchlight } from './admin.mjs';
import { Browser } from './browser.mjs';
import { host, url } from './demo.mjs';

const pia = { name: 'pia@outlook.example', password: 'a lantern in the window' };
const personal = '9188040d-6c67-4c5b-b112-36a304b66dad';
const redirectUri = 'http://localhost:53123/signed-in';
const scopes = ['Presence.Read'];

let clientId;
before(() => {
  const tenant = ['--tenant', 'Personal accounts'];
  assert.equal(porchlight(['tenant', 'add', '--name', 'Personal accounts', '--personal']).id, personal);
  porchlight(['user', 'add', ...tenant, '--upn', pia.name, '--name', 'Pia']);
  porchlight(['user', 'password', ...tenant, pia.name, '--file', '-'], pia.password);
  clientId = porchlight(['app', 'add', ...tenant, '--name', 'Board', '--scope', 'Presence.Read']).appId;
  porchlight(['app', 'register', ...tenant, 'Board', '--kind', 'public', '--redirect', redirectUri]);
});

for (const place of ['consumers', 'common']) {
  test(`@azure/msal-node at /${place}`, async () => {
    const client = new PublicClientApplication({
      auth: { clientId, authority: `${url}/${place}`, knownAuthorities: [new URL(url).host, host] },
    });
    const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
    const address = await client.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256' });
    const code = new URL(await new Browser().walk(address, pia)).searchParams.get('code');
    const { account, accessToken } = await client.acquireTokenByCode({ scopes, redirectUri, code, codeVerifier: verifier });
    assert.equal(account.tenantId, personal);
    assert.equal(account.username, pia.name);
    const silent = await client.acquireTokenSilent({ scopes, account, forceRefresh: true });
    for (const token of [accessToken, silent.accessToken]) {
      const answer = await fetch(`${url}/v1.0/me/presence`, { headers: { Authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 400);
      assert.equal((await answer.json()).error.code, 'BadRequest');
    }
  });
}

test('the application of personal accounts is unknown at /organizations', async () => {
  const answer = await fetch(`${url}/organizations/oauth2/v2.0/devicecode`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId, scope: 'Presence.Read' }),
  });
  assert.equal(answer.status, 400);
  assert.deepEqual((await answer.json()).error_codes, [700016]);
});

test('user realm discovery returns 404', async () => {
  const answer = await fetch(`${url}/common/userrealm/${encodeURIComponent(pia.name)}?api-version=1.0`);
  assert.equal(answer.status, 404);
  assert.equal((await answer.json()).error, 'invalid_request');
});
