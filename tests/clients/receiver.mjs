// A receiver of change notifications as Graph documents one: it answers the validation handshake, records posts, and
// verifies and decrypts encrypted items with node:crypto.
import assert from 'node:assert/strict';
import { createDecipheriv, createHmac, createPrivateKey, createPublicKey, privateDecrypt, timingSafeEqual, verify, X509Certificate,
  constants } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const patienceMs = 20_000;
const publisher = '0bf30f3b-4a52-48df-9a82-234910c4a086';

export class Receiver {
  // Starts a receiver that uses the TLS certificate of the server's data folder `data`.
  static async start(data, port) {
    const receiver = new Receiver();
    const tls = { cert: readFileSync(join(data, 'tls/server.pem')), key: readFileSync(join(data, 'tls/server.key')) };
    receiver.server = createServer(tls, (request, response) => receiver.take(request, response));
    await new Promise((resolve) => receiver.server.listen(port, '127.0.0.1', resolve));
    receiver.url = `https://localhost:${port}`;
    return receiver;
  }

  handshakes = [];
  posts = []; // {path, type, body}
  // Called as answer(url, validation token or null). A test sets it to return [status, text, content type]. If it
  // returns undefined, a post gets 202, and a handshake gets 200 with the validation token.
  answer = () => undefined;

  async take(request, response) {
    let text = '';
    for await (const piece of request) text += piece;
    const url = new URL(request.url, this.url);
    const token = url.searchParams.get('validationToken');
    const wanted = this.answer(url, token);
    if (token === null) this.posts.push({ path: url.pathname, type: request.headers['content-type'], body: JSON.parse(text) });
    else this.handshakes.push({ path: url.pathname, query: url.search, type: request.headers['content-type'], text, token });
    const [status, body, type] = wanted ?? (token === null ? [202, ''] : [200, token, 'text/plain']);
    response.writeHead(status, type ? { 'Content-Type': type } : {}).end(body);
  }

  // Returns the items posted to a path, when there are at least `count`. Fails after `patienceMs`.
  async items(path, count) {
    const all = () => this.posts.filter((post) => post.path === path).flatMap((post) => post.body.value);
    for (const end = Date.now() + patienceMs; all().length < count; ) {
      assert.ok(Date.now() < end, `received ${all().length} items, expected ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return all();
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

// Makes an RSA key and a self-signed certificate with openssl.
export function makeKey(bits) {
  const folder = mkdtempSync(join(tmpdir(), 'porchlight-receiver-'));
  const key = join(folder, 'key.pem'), certificate = join(folder, 'certificate.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', `rsa:${bits}`, '-nodes', '-keyout', key, '-out', certificate, '-days', '2',
    '-subj', '/CN=receiver'], { stdio: 'ignore' });
  const made = {
    privateKey: createPrivateKey(readFileSync(key)),
    certificate: new X509Certificate(readFileSync(certificate)),
  };
  rmSync(folder, { recursive: true });
  return { ...made, base64: made.certificate.raw.toString('base64') };
}

// Decrypts the resource data of an item with the steps that Graph documents for receivers.
export function open({ encryptedContent }, { privateKey, certificate }) {
  const { data, dataKey, dataSignature, encryptionCertificateThumbprint } = encryptedContent;
  assert.equal(encryptionCertificateThumbprint, certificate.fingerprint.replaceAll(':', ''));
  const oaep = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const key = privateDecrypt(oaep, Buffer.from(dataKey, 'base64'));
  assert.equal(key.length, 32);
  const cipherText = Buffer.from(data, 'base64');
  const signature = createHmac('sha256', key).update(cipherText).digest();
  assert.ok(timingSafeEqual(signature, Buffer.from(dataSignature, 'base64')), 'dataSignature does not match');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16));
  return JSON.parse(Buffer.concat([decipher.update(cipherText), decipher.final()]).toString('utf8'));
}

// Checks the signature, issuer, audience and lifetime of a validation token; returns its claims. `discovery`: the
// address of the issuer's discovery document. `now`: the server's time in ms.
export async function checkedClaims(jwt, { discovery, app, tenant, now }) {
  const [header, claims, signature] = jwt.split('.').map((part) => Buffer.from(part, 'base64url'));
  const { alg, kid } = JSON.parse(header);
  const { issuer, jwks_uri: keysAt } = await (await fetch(discovery)).json();
  const { keys } = await (await fetch(keysAt)).json();
  const jwk = keys.find((key) => key.kid === kid);
  assert.ok(jwk && alg === 'RS256', 'the token is not signed with a published key and RS256');
  const signed = Buffer.from(jwt.slice(0, jwt.lastIndexOf('.')));
  assert.ok(verify('sha256', signed, createPublicKey({ key: jwk, format: 'jwk' }), signature), 'the signature of the token does not match');
  const said = JSON.parse(claims);
  assert.deepEqual(
    { aud: said.aud, tid: said.tid, azp: said.azp, iss: said.iss },
    { aud: app, tid: tenant, azp: publisher, iss: issuer.replace('{tenantid}', tenant) },
  );
  assert.ok(said.nbf * 1000 <= now && said.exp * 1000 > now);
  return said;
}
