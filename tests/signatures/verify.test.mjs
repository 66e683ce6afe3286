// The server's signature checks, through the program verify_signatures ($VERIFY_SIGNATURES): against published signatures
// and against signatures that the openssl program makes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const verdicts = (lines, last = '\n') =>
  execFileSync(process.env.VERIFY_SIGNATURES, [], { input: lines.join('\n') + last, encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);

// Each row: name, the members of the line, whether it is valid.
function expectRows(rows) {
  const answers = verdicts(rows.map(([, line]) => (typeof line === 'string' ? line : JSON.stringify(line))));
  assert.equal(answers.length, rows.length);
  rows.forEach(([name, , good], i) => assert.equal(answers[i], good ? 'valid' : 'invalid', name));
}

// RFC 7515, appendices A.1 to A.3 and A.5: one payload, four ways to secure it.
const payload =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const rfc = {
  hmac: {
    jwk: { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' },
    jws: `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
  },
  rsa: {
    jwk: {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2l'
        + 'ZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEM'
        + 'a2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2P'
        + 'AcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
    jws: `eyJhbGciOiJSUzI1NiJ9.${payload}.`
      + 'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7'
      + 't1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi1'
      + '2jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGl'
      + 'UPQGe77Rw',
  },
  ec: {
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    jws: `eyJhbGciOiJFUzI1NiJ9.${payload}.`
      + 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  },
  none: `eyJhbGciOiJub25lIn0.${payload}.`,
};

test('the examples of RFC 7515', () => {
  const { hmac, rsa, ec, none } = rfc;
  const changed = (jws) => jws.replace(payload, payload.replace('eyJpc3Mi', 'eyJpc3Nj'));
  expectRows([
    ['A.1, which is no public key', hmac, false],
    ['A.2', rsa, true],
    ['A.3', ec, true],
    ['A.5 under the key of A.2', { jwk: rsa.jwk, jws: none }, false],
    ['A.5 under the key of A.3', { jwk: ec.jwk, jws: none }, false],
    ['A.2 under the key of A.3', { jwk: ec.jwk, jws: rsa.jws }, false],
    ['A.3 under the key of A.2', { jwk: rsa.jwk, jws: ec.jws }, false],
    ['A.2 with another payload', { jwk: rsa.jwk, jws: changed(rsa.jws) }, false],
    ['A.3 with another payload', { jwk: ec.jwk, jws: changed(ec.jws) }, false],
    ['A.3 with spare bits', { jwk: ec.jwk, jws: `${ec.jws.slice(0, -1)}R` }, false],
    ['A.3 padded', { jwk: ec.jwk, jws: `${ec.jws}==` }, false],
    ['A.3, a point beside the curve', { jwk: { ...ec.jwk, y: ec.jwk.x }, jws: ec.jws }, false],
    ['A.2, the key for encryption', { jwk: { ...rsa.jwk, use: 'enc' }, jws: rsa.jws }, false],
    ['no JSON', '{"jwk":', false],
    ['no object', '7', false],
  ]);
});

// DER's SEQUENCE of two INTEGERs as the 64 bytes of JOSE.
function jose(der) {
  const number = (at) => ({ bytes: der.subarray(at + 2, at + 2 + der[at + 1]), end: at + 2 + der[at + 1] });
  const r = number(2), s = number(r.end);
  return Buffer.concat([r, s].map(({ bytes }) => Buffer.concat([Buffer.alloc(32), bytes]).subarray(-32)));
}

test('signatures that openssl makes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'porchlight-signatures-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const makeKey = (name, ...options) => {
    const file = join(folder, name);
    writeFileSync(file, openssl('genpkey', ...options));
    return { file, jwk: createPublicKey(openssl('pkey', '-in', file, '-pubout')).export({ format: 'jwk' }) };
  };
  const sign = (key, message, digest, ...options) => {
    const file = join(folder, 'message');
    writeFileSync(file, message);
    return openssl('dgst', `-${digest}`, '-sign', key.file, ...options, file);
  };
  const p256 = makeKey('p256', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256');
  const p384 = makeKey('p384', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384');
  const rsa = makeKey('rsa', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
  const large = makeKey('large', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072');
  const small = makeKey('small', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024');
  const line = (key, alg, message, signature) => ({
    jwk: key.jwk,
    alg,
    msg: Buffer.from(message).toString('hex'),
    sig: signature.toString('hex'),
  });
  const rows = [];
  for (const message of ['', 'text', Buffer.from([0, 255, 0]), Buffer.alloc(100_000, 'x')]) {
    const name = `${message.length} bytes`;
    const der = sign(p256, message, 'sha256');
    rows.push(
      [`ES256 of ${name}`, line(p256, 'ES256', message, jose(der)), true],
      [`ES256 of ${name}, as DER`, line(p256, 'ES256', message, der), false],
      [`ES256 of ${name}, of another`, line(p256, 'ES256', `${message}.`, jose(der)), false],
      [`ES256 with SHA-384 of ${name}`, line(p256, 'ES256', message, jose(sign(p256, message, 'sha384'))), false],
      [`P-384 of ${name}`, line(p384, 'ES384', message, sign(p384, message, 'sha384')), false],
    );
    for (const key of [rsa, large]) {
      const good = sign(key, message, 'sha256');
      const flipped = Buffer.from(good);
      flipped[flipped.length - 1] ^= 1;
      rows.push(
        [`RS256 of ${name}`, line(key, 'RS256', message, good), true],
        [`RS256 of ${name}, one bit changed`, line(key, 'RS256', message, flipped), false],
        [`RS256 of ${name}, cut`, line(key, 'RS256', message, good.subarray(1)), false],
        [`RS256 of ${name}, called ES256`, line(key, 'ES256', message, good), false],
        [`RS256 with SHA-1 of ${name}`, line(key, 'RS256', message, sign(key, message, 'sha1')), false],
        [`PSS of ${name}`, line(key, 'RS256', message, sign(key, message, 'sha256', '-sigopt', 'rsa_padding_mode:pss')), false],
      );
    }
    rows.push([`a key of 1024 bits, ${name}`, line(small, 'RS256', message, sign(small, message, 'sha256')), false]);
  }
  expectRows(rows);
});

test('one answer for each line, also if the last one has no line end', () => {
  const good = JSON.stringify(rfc.ec);
  assert.deepEqual(verdicts([good, '', 'x', good], ''), ['valid', 'invalid', 'valid']);
});
