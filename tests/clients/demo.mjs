// What the tests know of the demo, and its tokens.
import { execFileSync } from 'node:child_process';

export const url = process.env.PORCHLIGHT_URL;
export const host = new URL(url).hostname;
export const me = 'fa8bf3dc-eca7-46b7-bad1-db199b62afc3';
export const presenting = '66825e03-7ef5-42da-9069-724602c31f6b';
export const beRightBack = 'dc74d9bb-6afe-433d-8eaa-e39d80d3a647';

// A token of one of the demo's applications; with `user` a delegated one.
export function token(app, { user, scope, role } = {}) {
  const args = ['token', '--data', process.env.PORCHLIGHT_DATA, '--app', app];
  if (user) args.push('--user', user);
  if (scope) args.push('--scope', scope);
  if (role) args.push('--role', role);
  return execFileSync(process.env.PORCHLIGHT, args, { encoding: 'utf8' }).trim();
}

// Moves the server's clock on.
export async function advance(duration) {
  const answer = await fetch(`${url}/porchlight/v1/clock`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token('Demo writer', { role: 'Porchlight.Admin' })}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ advance: duration }),
  });
  if (answer.status !== 200) throw new Error(`the clock answered ${answer.status}`);
}
