// Plays transcripts against the built server and reports which failed.
// Usage: node run.mjs [--server PATH/TO/porchlight] [FILE or FOLDER ...]      README.md has the format
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { play } from './play.mjs';
import { scratchFolder, Template } from './server.mjs';
import { Failure } from './transcript.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const atOnce = 2;

const { values, positionals } = parseArgs({
  options: { server: { type: 'string', default: join(here, '../../build/release/porchlight') } },
  allowPositionals: true,
});

// Returns every transcript below `path`, without those of selftest/, which must fail and are played by selftest.mjs.
function transcripts(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== 'selftest')
    .sort()
    .map((name) => join(path, name))
    .flatMap((inner) => (statSync(inner).isDirectory() || inner.endsWith('.txt') ? transcripts(inner) : []));
}

const waiting = (positionals.length > 0 ? positionals : [here]).flatMap(transcripts);
if (!existsSync(values.server)) {
  console.error(`${values.server} does not exist: ./run or ./test builds it, or name another one with --server`);
  process.exit(1);
}
const template = new Template(values.server, scratchFolder('transcripts'));
const count = { passed: 0, failed: 0 };

async function playWaiting() {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    try {
      await play(readFileSync(file, 'utf8'), template);
      ++count.passed;
    } catch (error) {
      ++count.failed;
      const line = error instanceof Failure ? error.line : 1;
      console.log(`${relative(process.cwd(), file)}:${line}: ${error instanceof Failure ? error.message : error.stack}`);
    }
  }
}

await Promise.all(Array.from({ length: atOnce }, playWaiting));
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(count.failed > 0 || count.passed === 0 ? 1 : 0);
