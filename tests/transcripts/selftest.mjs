// Tests the runner: each transcript of selftest/ must fail at the line and with the words of its own remark
// "# fails at LINE: WORDS". Usage: node selftest.mjs [--server PATH/TO/porchlight]
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { play } from './play.mjs';
import { scratchFolder, Template } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { server: { type: 'string', default: join(here, '../../build/release/porchlight') } },
});
const template = new Template(values.server, scratchFolder('selftest'));
const count = { passed: 0, failed: 0 };

for (const name of readdirSync(join(here, 'selftest')).sort()) {
  const text = readFileSync(join(here, 'selftest', name), 'utf8');
  const [, line, words] = text.match(/^# fails at (\d+): (.+)$/m);
  const failure = await play(text, template).catch((error) => error);
  const said = failure ? `line ${failure.line}: ${failure.message}` : 'it passed';
  if (failure?.line === Number(line) && failure.message.includes(words)) {
    ++count.passed;
  } else {
    ++count.failed;
    console.log(`selftest/${name}: must fail at line ${line} with "${words}", but ${said}`);
  }
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed > 0 || count.passed === 0 ? 1 : 0);
