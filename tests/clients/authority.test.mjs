// Unmodified identity libraries sign in at the server's own authority, over TLS, and read presence with its tokens.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClientCertificateCredential, ClientSecretCredential, DeviceCodeCredential } from '@azure/identity';
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node';
import * as oidc from 'openid-client';
import { ana, porchlight } from './admin.mjs';
import { Browser } from './browser.mjs';
import { host, me, url } from './demo.mjs';

globalThis.crypto ??= webcrypto; // openid-client needs this global, which Node 18 lacks

const graph = 'https://graph.microsoft.com/.default';
const redirectUri = 'http://localhost:53123/signed-in';
// Without these options, Azure's libraries ask Microsoft about an authority that they do not know.
const ours = { authorityHost: url, disableInstanceDiscovery: true };
const known = [new URL(url).host, host];

let tenant, reader, phone, middle, site, secret, middleSecret, siteSecret;
before(() => {
  tenant = porchlight(['tenant', 'list'])[0].id;
  reader = porchlight(['app', 'show', 'Demo reader']).appId;
  secret = porchlight(['app', 'secret-add', 'Demo reader']).secret;
  phone = porchlight(['app', 'add', '--name', 'Phone', '--scope', 'Presence.Read']).appId;
  porchlight(['app', 'register', 'Phone', '--kind', 'public', '--redirect', 'http://localhost/signed-in']);
  middle = porchlight(['app', 'add', '--name', 'Middle', '--scope', 'Presence.Read']).appId;
  porchlight(['app', 'register', 'Middle', '--expose', 'access', '--redirect', redirectUri]);
  middleSecret = porchlight(['app', 'secret-add', 'Middle']).secret;
  site = porchlight(['app', 'add', '--name', 'Site', '--scope', 'Presence.Read']).appId;
  porchlight(['app', 'register', 'Site', '--id-tokens', 'on', '--redirect', redirectUri]);
  siteSecret = porchlight(['app', 'secret-add', 'Site']).secret;
  porchlight(['user', 'password', ana.name, '--file', '-'], ana.password);
});

async function read(path, accessToken) {
  const answer = await fetch(`${url}/v1.0${path}`, { headers: { Authorization: `Bearer ${accessToken}` } });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

// Signs Ana in at the sign-in page. Returns the client and the token response for the code (`got`).
async function signIn(scopes) {
  const client = new PublicClientApplication({
    auth: { clientId: phone, authority: `${url}/${tenant}`, knownAuthorities: known },
  });
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const asked = { scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256' };
  const back = new URL(await new Browser().walk(await client.getAuthCodeUrl(asked), ana));
  const code = back.searchParams.get('code');
  return { client, got: await client.acquireTokenByCode({ scopes, redirectUri, code, codeVerifier: verifier }) };
}

// Enters a device's user code and signs Ana in. It blocks until that is done, so that the device's first poll succeeds:
// under the manual clock a second poll would be too early.
function enterCode({ userCode, verificationUri }) {
  const walk = join(dirname(fileURLToPath(import.meta.url)), 'walk.mjs');
  execFileSync(process.execPath, [walk, `${verificationUri}?user_code=${userCode}`, ana.name, ana.password]);
}

test('@azure/identity: client secret', async () => {
  const credential = new ClientSecretCredential(tenant, reader, secret, ours);
  const { token } = await credential.getToken(graph);
  assert.equal((await read(`/users/${me}/presence`, token)).id, me);
});

test('@azure/identity: a wrong secret returns the error code of Entra', async () => {
  const credential = new ClientSecretCredential(tenant, reader, 'wrong', ours);
  await assert.rejects(credential.getToken(graph), /AADSTS7000215/);
});

test('@azure/identity: client certificate', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'porchlight-certificate-'));
  const [pem, certificate, key] = ['both.pem', 'certificate.pem', 'key.pem'].map((name) => join(folder, name));
  const made = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=reader', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...made], { stdio: 'ignore' });
  writeFileSync(pem, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'), { mode: 0o600 });
  porchlight(['app', 'certificate-add', 'Demo reader', '--file', certificate]);
  const credential = new ClientCertificateCredential(tenant, reader, pem, ours);
  const { token } = await credential.getToken(graph);
  assert.equal((await read(`/users/${me}/presence`, token)).id, me);
  rmSync(folder, { recursive: true });
});

test('@azure/identity: device code', async () => {
  const credential = new DeviceCodeCredential({
    tenantId: tenant,
    clientId: phone,
    ...ours,
    userPromptCallback: enterCode,
  });
  const { token } = await credential.getToken('https://graph.microsoft.com/Presence.Read');
  assert.equal((await read('/me/presence', token)).id, me);
});

test('@azure/msal-node: client credentials', async () => {
  const client = new ConfidentialClientApplication({
    auth: { clientId: reader, clientSecret: secret, authority: `${url}/${tenant}`, knownAuthorities: known },
  });
  const { accessToken } = await client.acquireTokenByClientCredential({ scopes: [graph] });
  assert.equal((await read(`/users/${me}/presence`, accessToken)).id, me);
});

test('@azure/msal-node: authorization code with PKCE, then a refresh token', async () => {
  const scopes = ['Presence.Read'];
  const { client, got } = await signIn(scopes);
  assert.equal(got.account.username, ana.name);
  assert.equal(got.account.homeAccountId, `${me}.${tenant}`);
  assert.equal((await read('/me/presence', got.accessToken)).id, me);
  const next = await client.acquireTokenSilent({ scopes, account: got.account, forceRefresh: true });
  assert.notEqual(next.accessToken, got.accessToken);
  assert.equal((await read('/me/presence', next.accessToken)).id, me);
});

test('@azure/msal-node: device code', async () => {
  const client = new PublicClientApplication({
    auth: { clientId: phone, authority: `${url}/${tenant}`, knownAuthorities: known },
  });
  const { accessToken, account } = await client.acquireTokenByDeviceCode({
    scopes: ['Presence.Read'],
    deviceCodeCallback: enterCode,
  });
  assert.equal(account.username, ana.name);
  assert.equal((await read('/me/presence', accessToken)).id, me);
});

test('@azure/msal-node: on behalf of a user', async () => {
  const { got } = await signIn([`api://${middle}/access`]);
  const api = new ConfidentialClientApplication({
    auth: { clientId: middle, clientSecret: middleSecret, authority: `${url}/${tenant}`, knownAuthorities: known },
  });
  const behalf = await api.acquireTokenOnBehalfOf({ oboAssertion: got.accessToken, scopes: ['Presence.Read'] });
  assert.equal((await read('/me/presence', behalf.accessToken)).id, me);
});

test('openid-client: ID token alone, and with a code, from the authorization endpoint', async () => {
  for (const use of [oidc.useIdTokenResponseType, oidc.useCodeIdTokenResponseType]) {
    const config = await oidc.discovery(new URL(`${url}/${tenant}/v2.0`), site, siteSecret, undefined, { execute: [use] });
    const expectedState = oidc.randomState(), expectedNonce = oidc.randomNonce();
    // As ASP.NET Core sends it: no code_challenge, and the response is posted.
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid profile',
      response_mode: 'form_post',
      state: expectedState,
      nonce: expectedNonce,
    });
    const page = await new Browser().walk(address.href, ana);
    const fields = [...page.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
    const back = new Request(redirectUri, { method: 'POST', body: new URLSearchParams(fields) });
    if (use === oidc.useIdTokenResponseType) {
      const claims = await oidc.implicitAuthentication(config, back, expectedNonce, { expectedState });
      assert.equal(claims.preferred_username, ana.name);
    } else {
      const tokens = await oidc.authorizationCodeGrant(config, back, { expectedState, expectedNonce });
      assert.equal(tokens.claims().preferred_username, ana.name);
    }
  }
});

test('openid-client: discovery, authorization code with a checked ID token, refresh token', async () => {
  const config = await oidc.discovery(new URL(`${url}/${tenant}/v2.0`), middle, middleSecret);
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState(), expectedNonce = oidc.randomNonce();
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile offline_access Presence.Read',
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  });
  const back = new URL(await new Browser().walk(address.href, ana));
  const checks = { pkceCodeVerifier: codeVerifier, expectedState, expectedNonce };
  const tokens = await oidc.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims().preferred_username, ana.name);
  assert.equal((await read('/me/presence', tokens.access_token)).id, me);
  const again = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal((await read('/me/presence', again.access_token)).id, me);
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
  await assert.rejects(oidc.refreshTokenGrant(config, again.refresh_token), { error: 'invalid_grant' });
});
