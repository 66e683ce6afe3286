import { beforeEach, expect, test, vi } from 'vitest';
import { Fault } from '../src/lib/api';
import { type Credential, Session } from '../src/lib/session';

const origin = 'https://presence.example';
const issuer = `${origin}/contoso/v2.0`;

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

// The authority: its answers to refreshes, and the refresh tokens that it was sent.
let answers: Response[] = [];
let used: (string | null)[] = [];

beforeEach(() => {
  answers = [];
  used = [];
  vi.stubGlobal('fetch', async (url: URL | string, init?: RequestInit) => {
    if (String(url).includes('openid-configuration')) return json({ issuer, token_endpoint: `${origin}/token` });
    used.push(new URLSearchParams(String(init?.body)).get('refresh_token'));
    return answers.shift();
  });
});

const tokens = (n: number) => json({ access_token: `access ${n}`, refresh_token: `refresh ${n}`, token_type: 'Bearer', expires_in: 3600 });

function sessionOf(isKept: boolean): { session: Session; rotated: Credential[] } {
  const rotated: Credential[] = [];
  const authority = { origin, tenant: 'contoso', client: 'wall' };
  const credential: Credential = { kind: 'refresh', authority, refreshToken: 'refresh 0', isKept };
  return { session: new Session(credential, (next) => rotated.push(structuredClone(next))), rotated };
}

test('reports each new refresh token of a credential that is kept', async () => {
  const { session, rotated } = sessionOf(true);
  answers = [tokens(1), tokens(2)];
  expect(await session.accessToken()).toBe('access 1');
  expect(await session.accessToken()).toBe('access 1');
  expect(await session.accessToken(true)).toBe('access 2');
  expect(used).toEqual(['refresh 0', 'refresh 1']);
  expect(rotated.map((credential) => credential.kind === 'refresh' && credential.refreshToken)).toEqual(['refresh 1', 'refresh 2']);
});

test('keeps the refresh token of another one to itself', async () => {
  const { session, rotated } = sessionOf(false);
  answers = [tokens(1)];
  await session.accessToken();
  expect(rotated).toEqual([]);
});

test.each([
  [400, 'invalid_grant', 'expired'],
  [401, 'invalid_client', 'expired'],
  [429, 'temporarily_unavailable', 'away'],
  [500, 'server_error', 'away'],
  [503, 'temporarily_unavailable', 'away'],
])('a refusal with %i %s is "%s"', async (status, error, kind) => {
  const { session, rotated } = sessionOf(true);
  answers = [json({ error }, status)];
  const fault = await session.accessToken().catch((thrown: unknown) => thrown);
  expect(fault).toBeInstanceOf(Fault);
  expect((fault as Fault).kind).toBe(kind);
  expect(rotated).toEqual([]);
});

test('several callers share one refresh', async () => {
  const { session } = sessionOf(true);
  answers = [tokens(1)];
  expect(await Promise.all([session.accessToken(), session.accessToken()])).toEqual(['access 1', 'access 1']);
  expect(used).toEqual(['refresh 0']);
});

test('the times of the unused ID token do not matter', async () => {
  const { session, rotated } = sessionOf(true);
  const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
  const now = Date.now() / 1000;
  const year = 365 * 86_400;
  const claims = { iss: issuer, aud: 'wall', sub: 'ana', iat: now + year, nbf: now + year, exp: now + year + 60 };
  const idToken = `${part({ alg: 'RS256' })}.${part(claims)}.AAAA`;
  answers = [json({ access_token: 'access 1', refresh_token: 'refresh 1', token_type: 'Bearer', id_token: idToken })];
  expect(await session.accessToken()).toBe('access 1');
  expect(rotated).toHaveLength(1);
});
