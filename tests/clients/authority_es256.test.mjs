// The tests of authority.test.mjs, with an authority that signs with ES256.
import './authority.test.mjs';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { porchlight } from './admin.mjs';
import { url } from './demo.mjs';

test('tokens are signed with ES256, as discovery says', async () => {
  const app = porchlight(['app', 'show', 'Demo reader']).appId;
  const { secret } = porchlight(['app', 'secret-add', 'Demo reader']);
  const tenant = porchlight(['tenant', 'list'])[0].id;
  const discovered = await (await fetch(`${url}/${tenant}/v2.0/.well-known/openid-configuration`)).json();
  assert.deepEqual(discovered.id_token_signing_alg_values_supported, ['ES256']);
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: '.default', client_id: app, client_secret: secret });
  const { access_token } = await (await fetch(discovered.token_endpoint, { method: 'POST', body })).json();
  const { keys } = await (await fetch(discovered.jwks_uri)).json();
  const [header, claims, signature] = access_token.split('.');
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url'));
  assert.equal(alg, 'ES256');
  const jwk = keys.find((key) => key.kid === kid && key.alg === alg && key.crv === 'P-256');
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  assert.ok(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')));
});
