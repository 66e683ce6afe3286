// What administrators do beforehand.
import { execFileSync } from 'node:child_process';

export const ana = { name: 'ana@contoso.com', password: 'a lantern in the window' };

// Runs a command on the demo's data; gives what it prints.
export function porchlight(args, input) {
  const text = execFileSync(process.env.PORCHLIGHT, [...args, '--data', process.env.PORCHLIGHT_DATA, '--json'], {
    encoding: 'utf8',
    input,
  });
  return JSON.parse(text);
}
