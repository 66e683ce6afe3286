// Every command block of the documents runs as printed, and prints what the document promises (commands.mjs).
// PORCHLIGHT_BINARY is the path of the built server; without it, build/release/porchlight.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contains, readBlocks, shellScript, splitOutput } from './commands.mjs';
import { Demo } from './demo.mjs';
import { root } from './tree.mjs';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'tests/transcripts/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

// `npm install` has been run already (scripts/client_packages), so that no test needs the network.
const prelude = 'npm() { ln -sfn "$CLIENTS" node_modules; }\n';

// The blocks in groups: a block with `demo` begins the group that the demo is started again for.
function groups(blocks) {
  const made = [];
  for (const block of blocks) {
    if (made.length === 0 || block.demo !== undefined) made.push([]);
    made.at(-1).push(block);
  }
  return made;
}

async function follow(demo, name, blocks) {
  if (blocks.every((block) => block.notRun !== undefined)) return;
  await demo.start((blocks[0].demo ?? '').split(' ').filter(Boolean));
  const { code, output } = await demo.run(demo.here(prelude + shellScript(blocks)));
  const outputs = splitOutput(output, blocks.length);
  for (const [index, printed] of outputs.entries())
    for (const text of blocks[index].prints)
      assert.ok(contains(printed, demo.here(text)), `${name}:${blocks[index].line} does not print ${text}, but\n${printed}`);
  assert.equal(code, 0, `${name}:${blocks[outputs.length - 1]?.line} ends with ${code}:\n${outputs.at(-1)}`);
  assert.equal(outputs.length, blocks.length);
}

for (const name of documents) {
  const blocks = readBlocks(readFileSync(join(root, name), 'utf8'));
  if (blocks.length === 0) continue;
  test(name, { timeout: 300_000 }, async () => {
    const demo = new Demo(process.env.PORCHLIGHT_BINARY ?? join(root, 'build/release/porchlight'));
    try {
      for (const group of groups(blocks)) await follow(demo, name, group);
    } finally {
      await demo.remove();
    }
  });
}

// An indented block of commands would not be run.
test('commands are in fences', () => {
  const command = /^ {4}(\$ ?)?(curl|porchlight|node|npm|sudo|systemctl|\.\/run|\.\/test|scripts\/\w+|build\/)\b/;
  for (const name of documents)
    for (const [index, line] of readFileSync(join(root, name), 'utf8').split('\n').entries())
      assert.doesNotMatch(line, command, `${name}:${index + 1}: put commands into a fence of language sh`);
});

test('blocks are read with their directives', () => {
  const text = ['<!-- demo: --clock manual -->', '```sh', 'echo a', '```', '<!-- prints: a…b -->', '```json', '{}', '```'];
  const blocks = readBlocks(text.join('\n'));
  assert.deepEqual(blocks, [{ line: 2, code: 'echo a\n', prints: ['a…b'], serves: false, later: [], demo: '--clock manual' }]);
});

test('a promise is kept only by its own text', () => {
  const rows = [
    ['one two three', 'two', true],
    ['one two three', 'one…three', true],
    ['one\nthree', 'one…three', false],
    ['a.b', 'a.b', true],
    ['axb', 'a.b', false],
    ['', 'x', false],
  ];
  for (const [output, text, kept] of rows) assert.equal(contains(output, text), kept, `${output} ${text}`);
});

test('an unknown directive is an error', () => {
  assert.throws(() => readBlocks('```sh\necho a\n```\n<!-- print: a -->\n'), /line 4 has an unknown directive/);
});

// Each row: blocks, whether their script succeeds, and the output of each block that began.
const scripts = [
  [[{ code: 'echo a' }, { code: 'echo b' }], true, ['a\n', 'b\n']],
  [[{ code: 'x=1' }, { code: 'echo $x' }], true, ['', '1\n']],
  [[{ code: 'mkdir f && cd f' }, { code: 'basename $PWD' }], true, ['', 'f\n']],
  [[{ code: 'cat <<X\nin\nX' }], true, ['in\n']],
  [[{ code: 'echo a >&2' }], true, ['a\n']],
  [[{ code: 'false', notRun: 'it fails' }, { code: 'echo b' }], true, ['', 'b\n']],
  [[{ code: 'echo http://a; sleep 60', serves: true }, { code: 'echo b' }], true, ['http://a\n', 'b\n']],
  [[{ code: 'echo up; echo it\\\'s; sleep 60', serves: true, prints: ['up', "it's"] }], true, ["up\nit's\n"]],
  [
    [
      { code: 'echo ://; until [ -f x ]; do sleep 0.01; done; echo said; sleep 60', serves: true },
      { code: 'touch x', later: ['sa…d'] },
    ],
    true,
    ['://\n', ''],
  ],
  [[{ code: 'false' }, { code: 'echo b' }], false, ['']],
  [[{ code: 'false | cat' }], false, ['']],
  [[{ code: 'echo $unset_' }], false, null],
];

test('blocks run in one shell, in order', () => {
  for (const [blocks, good, outputs] of scripts) {
    const home = mkdtempSync(join(tmpdir(), 'porchlight-blocks-'));
    const script = shellScript(blocks.map((block) => ({ prints: [], later: [], ...block })));
    const options = { cwd: home, env: { ...process.env, HOME: home }, encoding: 'utf8' };
    const { status, stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${script}`], options);
    rmSync(home, { recursive: true });
    assert.equal(status === 0, good, stdout);
    if (outputs) assert.deepEqual(splitOutput(stdout, blocks.length), outputs);
  }
});
