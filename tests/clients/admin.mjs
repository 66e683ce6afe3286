// The administration that tests need: a user's password, and the porchlight command.
import { execFileSync } from 'node:child_process';

export const ana = { name: 'ana@contoso.com', password: 'a lantern in the window' };

// Runs a porchlight command on the demo's data with `input` as its standard input; returns its parsed JSON output.
export function porchlight(args, input) {
  const text = execFileSync(process.env.PORCHLIGHT, [...args, '--data', process.env.PORCHLIGHT_DATA, '--json'], {
    encoding: 'utf8',
    input,
  });
  return JSON.parse(text);
}
