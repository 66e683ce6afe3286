// The demo as the tests use it: its URL and users, tokens, the manual clock, and request budgets.
import { execFileSync } from 'node:child_process';

export const url = process.env.PORCHLIGHT_URL;
export const host = new URL(url).hostname;
export const me = 'fa8bf3dc-eca7-46b7-bad1-db199b62afc3';
export const presenting = '66825e03-7ef5-42da-9069-724602c31f6b';
export const beRightBack = 'dc74d9bb-6afe-433d-8eaa-e39d80d3a647';
export const nobody = '99999999-0000-4000-8000-000000000009';

// Issues a token for one of the demo's applications: delegated if `user` is given, else app-only. It is valid for 24
// hours, longer than the tests of a file advance the clock.
export function token(app, { user, scope, role } = {}) {
  const args = ['token', '--app', app, '--expires', '24h'];
  if (user) args.push('--user', user);
  if (scope) args.push('--scope', scope);
  if (role) args.push('--role', role);
  return command(...args);
}

// Runs a command of the command line on the demo; returns what it prints.
export function command(...args) {
  return execFileSync(process.env.PORCHLIGHT, [...args, '--data', process.env.PORCHLIGHT_DATA], { encoding: 'utf8' }).trim();
}

// Advances the server's clock by an ISO 8601 duration; returns the time after that. `PT0S` only reads the clock.
export async function advance(duration) {
  const admin = token('Demo writer', { role: 'Porchlight.Admin' });
  return new Date((await post('/porchlight/v1/clock', admin, { advance: duration })).now);
}

// The documented budget of reads of one application in a tenant (spec protocol §6).
const budget = { reads: 1500, windowSeconds: 30 };

// Spends the whole read budget of the token's application, with batches.
export async function spendReads(accessToken) {
  await advance(`PT${budget.windowSeconds}S`); // starts a new window, in which earlier reads do not count
  const requests = Array.from({ length: 20 }, (_, i) => ({ id: `${i}`, method: 'GET', url: `/users/${me}/presence` }));
  for (let spent = 0; spent < budget.reads; spent += requests.length) {
    const { responses } = await post('/v1.0/$batch', accessToken, { requests });
    if (responses.some((step) => step.status !== 200)) throw new Error('a read was refused before the budget was spent');
  }
}

// Replaces a client's waits for Retry-After by an advance of the server's clock. Returns the list of these waits in
// seconds; each wait appends to it. Timers of any other length are unchanged.
export function passWaits(context) {
  const waits = [];
  const { setTimeout } = globalThis;
  context.mock.method(globalThis, 'setTimeout', (done, ms, ...rest) => {
    if (ms !== budget.windowSeconds * 1000) return setTimeout(done, ms, ...rest);
    waits.push(ms / 1000);
    return advance(`PT${budget.windowSeconds}S`).then(done);
  });
  return waits;
}

async function post(path, accessToken, body) {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}
