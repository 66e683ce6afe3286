// A receiver of change notifications as Graph documents one: it answers the handshake, keeps what comes, checks and opens
// encrypted items with node's own cryptography.
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
  // In `data`: the server's folder, whose certificate it uses. `answer(url)`: what a test wants instead of 202 and the
  // handshake: a status, or a status and a text.
  static async start(data, port) {
    const receiver = new Receiver();
    const tls = { cert: readFileSync(join(data, 'tls/server.pem')), key: readFileSync(join(data, 'tls/server.key')) };
    receiver.server = createServer(tls, (request, response) => receiver.take(request, response));
    await new Promise((resolve) => receiver.server.listen(port, '127.0.0.1', resolve));
    receiver.url = `https://localhost:${port}`;
    return receiver;
  }

  handshakes = [];
  posts = []; // {path, body}
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

  // The items posted to a path, once there are `count` of them.
  async items(path, count) {
    const all = () => this.posts.filter((post) => post.path === path).flatMap((post) => post.body.value);
    for (const end = Date.now() + patienceMs; all().length < count; ) {
      assert.ok(Date.now() < end, `${all().length} items came, not ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return all();
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

// A key and a self-signed certificate, made by openssl.
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

// The resource data of an item, as the documentation has receivers do it.
export function open({ encryptedContent }, { privateKey, certificate }) {
  const { data, dataKey, dataSignature, encryptionCertificateThumbprint } = encryptedContent;
  assert.equal(encryptionCertificateThumbprint, certificate.fingerprint.replaceAll(':', ''));
  const oaep = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const key = privateDecrypt(oaep, Buffer.from(dataKey, 'base64'));
  assert.equal(key.length, 32);
  const cipherText = Buffer.from(data, 'base64');
  const signature = createHmac('sha256', key).update(cipherText).digest();
  assert.ok(timingSafeEqual(signature, Buffer.from(dataSignature, 'base64')), 'the signature');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16));
  return JSON.parse(Buffer.concat([decipher.update(cipherText), decipher.final()]).toString('utf8'));
}

// The claims of a validation token, once its signature, its issuer and its audience are found right. `discovery`: the
// document of the issuer.
export async function checkedClaims(jwt, { discovery, app, tenant, now }) {
  const [header, claims, signature] = jwt.split('.').map((part) => Buffer.from(part, 'base64url'));
  const { alg, kid } = JSON.parse(header);
  const { issuer, jwks_uri: keysAt } = await (await fetch(discovery)).json();
  const { keys } = await (await fetch(keysAt)).json();
  const jwk = keys.find((key) => key.kid === kid);
  assert.ok(jwk && alg === 'RS256', 'signed with a key that is published');
  const signed = Buffer.from(jwt.slice(0, jwt.lastIndexOf('.')));
  assert.ok(verify('sha256', signed, createPublicKey({ key: jwk, format: 'jwk' }), signature), 'the token\'s signature');
  const said = JSON.parse(claims);
  assert.deepEqual(
    { aud: said.aud, tid: said.tid, azp: said.azp, iss: said.iss },
    { aud: app, tid: tenant, azp: publisher, iss: issuer.replace('{tenantid}', tenant) },
  );
  assert.ok(said.nbf * 1000 <= now && said.exp * 1000 > now);
  return said;
}
