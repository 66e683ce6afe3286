#!/usr/bin/env node
// Deliberate faults of the product, to see whether the tests find them (CONTRIBUTING.md, "Mutations").
//
// tests/mutations/*.txt lists them. A copy of the tree below build/mutated gets all of them, each behind a switch, and
// is built once. Then the tests of each mutation run with its name in PORCHLIGHT_MUTATION, which switches it on, also in
// the servers that they start. A failure, a crash or a hang of a test finds the mutation; otherwise it survives.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const usage = `Usage: node scripts/mutate.mjs [OPTION] [NAME ...]

Builds the product with all mutations of tests/mutations and runs the tests of those that are named, or of all.
Exits with 1 if a mutation survives that does not say why it may.

  --module M   those of src/M, for example --module presence or --module graph/wire
  --list       prints the mutations and runs nothing
  --check      checks that each mutation still fits its file, and builds nothing
  --help       prints this text

README.md of tests/mutations has the form of a mutation.`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lists = join(root, 'tests/mutations');
const copy = join(root, 'build/mutated/source');
const build = join(root, 'build/mutated/build');
const atOnce = 2;
// A test that takes so much longer than without a mutation hangs.
const hangFactor = 3;
const hangSeconds = 20;
// The longest time that a test may take without a mutation.
const baselineSeconds = 1800;

const { values: options, positionals: named } = parseArgs({
  options: {
    module: { type: 'string' },
    list: { type: 'boolean' },
    check: { type: 'boolean' },
    help: { type: 'boolean' },
  },
  allowPositionals: true,
});

function fail(text) {
  console.error(text);
  process.exit(2);
}

// Mutations that do not fit their files; all are reported before the script fails.
const misfits = [];

// The lists ---------------------------------------------------------------------------------------------------------

// The test programs of a source file's module, of those that exist: src/graph/wire/path.cc has graph_wire.
function testsOfModule(file) {
  const module = dirname(file).slice('src/'.length);
  return existsSync(join(root, 'tests', module)) ? [module.replaceAll('/', '_')] : [];
}

// One paragraph of a list: a mutation { name, why, file, tests, survives, code, place }.
function parse(lines, place) {
  const head = /^([a-z0-9_]+): (\S.*)$/.exec(lines[0]);
  if (!head) fail(`${place}: a mutation begins with its name, a colon and why it matters: ${lines[0]}`);
  const mutation = { name: head[1], why: head[2], place, tests: [], code: [] };
  for (const line of lines.slice(1)) {
    const [, word, rest] = /^ {2}(in|tests|survives:|\|) ?(.*)$/.exec(line) ?? fail(`${place}: not understood: ${line}`);
    if (word === 'in') mutation.file = rest;
    if (word === 'tests') mutation.tests.push(...rest.split(' '));
    if (word === 'survives:') mutation.survives = rest;
    if (word === '|') mutation.code.push(rest);
  }
  if (!mutation.file?.startsWith('src/')) fail(`${place}: ${mutation.name} names no file of src/`);
  mutation.tests.unshift(...testsOfModule(mutation.file));
  if (mutation.tests.length === 0) fail(`${place}: ${mutation.name} has no tests: its module has none of its own`);
  return mutation;
}

function readLists() {
  const all = [];
  for (const list of readdirSync(lists).filter((name) => name.endsWith('.txt')).sort()) {
    let paragraph = [];
    const lines = [...readFileSync(join(lists, list), 'utf8').split('\n'), ''];
    lines.forEach((line, index) => {
      if (line.startsWith('#')) return;
      if (line.trim() !== '') {
        paragraph.push(line);
      } else if (paragraph.length > 0) {
        all.push(parse(paragraph, `tests/mutations/${list}:${index + 1 - paragraph.length}`));
        paragraph = [];
      }
    });
  }
  const names = new Set();
  for (const { name, place } of all) {
    if (names.has(name)) fail(`${place}: the name ${name} is used twice`);
    names.add(name);
  }
  return all;
}

// The places of a mutation ------------------------------------------------------------------------------------------

// A regular expression for a piece of code; white space of any kind and length matches any other.
const pattern = (code) =>
  code
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/\s+/g, '\\s+');

// Whether a change is of whole statements; otherwise it is of an expression.
const isOfStatements = (before, after) => [before, after].every((code) => /^$|[;}]$/.test(code));

// The changes of a file that a mutation makes, as { begin, end, after } of the file's text. The code of a mutation is a
// piece of the file, in which {{ before => after }} marks what changes; `before` or `after` may be empty.
function changesOf(mutation, text) {
  const { name, file, place } = mutation;
  const pieces = mutation.code.join('\n').trim().split(/\{\{\s(.*?)=>(.*?)\s\}\}/s);
  if (pieces.length === 1) return misfits.push(`${place}: ${name} marks no change`), [];
  let source = '';
  pieces.forEach((piece, index) => {
    if (index % 3 === 0) source += pattern(piece);
    if (index % 3 === 1) source += `(${pattern(piece.trim())})`;
  });
  const found = [...text.matchAll(new RegExp(source, 'gd'))];
  if (found.length !== 1) {
    misfits.push(`${place}: the code of ${name} occurs ${found.length} times in ${file}, not once`);
    return [];
  }
  return found[0].indices.slice(1).map(([begin, end], index) => ({ begin, end, after: pieces[3 * index + 2].trim(), name, place }));
}

const contains = (outer, inner) => outer.begin <= inner.begin && inner.end <= outer.end;

// text.slice(begin, end) with these changes behind switches. Changes may lie within others, and not overlap otherwise.
function withSwitches(text, begin, end, changes) {
  let result = '';
  let at = begin;
  const inOrder = changes.toSorted((a, b) => a.begin - b.begin || b.end - a.end);
  while (inOrder.length > 0) {
    const { name, place, ...change } = inOrder.shift();
    const inner = [];
    while (inOrder.length > 0 && inOrder[0].begin < change.end) {
      inner.push(inOrder.shift());
      if (!contains(change, inner.at(-1))) misfits.push(`${place}: ${name} overlaps ${inner.at(-1).name}`);
    }
    const before = withSwitches(text, change.begin, change.end, inner);
    const isOn = `::porchlight::mutated("${name}")`;
    result += text.slice(at, change.begin);
    result += isOfStatements(text.slice(change.begin, change.end), change.after)
      ? `if (${isOn}) { ${change.after} } else { ${before} }`
      : `(${isOn} ? (${change.after}) : (${before}))`;
    at = change.end;
  }
  return result + text.slice(at, end);
}

// The text of each file that has mutations, with all of them behind switches.
function mutatedFiles(mutations) {
  const files = new Map();
  for (const file of new Set(mutations.map((mutation) => mutation.file))) {
    const path = join(root, file);
    if (!existsSync(path)) {
      misfits.push(`${mutations.find((one) => one.file === file).place}: ${file} does not exist`);
      continue;
    }
    const text = readFileSync(path, 'utf8');
    const changes = mutations.filter((one) => one.file === file).flatMap((one) => changesOf(one, text));
    files.set(file, `#include "base/mutated.h"\n#line 1\n${withSwitches(text, 0, text.length, changes)}`);
  }
  if (misfits.length > 0) fail(`${misfits.join('\n')}\nAdapt these mutations to their files.`);
  return files;
}

// The build ---------------------------------------------------------------------------------------------------------

// A constant expression has no mutations: it is evaluated by the compiler. Some mutations leave a name unused.
const switchHeader = `#pragma once
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wparentheses"
#pragma GCC diagnostic ignored "-Wdangling-else"
#pragma GCC diagnostic ignored "-Wempty-body"
#include <cstdlib>
#include <cstring>
namespace porchlight {
inline bool is_switched_on(const char* name) {
  static const char* const chosen = std::getenv("PORCHLIGHT_MUTATION");
  return chosen != nullptr && std::strcmp(chosen, name) == 0;
}
constexpr bool mutated(const char* name) {
  if consteval {
    return false;
  } else {
    return is_switched_on(name);
  }
}
}  // namespace porchlight
`;

// Writes a file unless it has this content: what is unchanged is not compiled again.
function update(path, content) {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o755 });
}

function copyTree(mutations) {
  const changed = mutatedFiles(mutations);
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const files = tracked.trim().split('\n').filter((file) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile());
  for (const file of files) update(join(copy, file), changed.get(file) ?? readFileSync(join(root, file)));
  update(join(copy, 'src/base/mutated.h'), switchHeader);
  const kept = new Set([...files, 'src/base/mutated.h']);
  for (const file of readdirSync(copy, { recursive: true, withFileTypes: true }))
    if (file.isFile() && !kept.has(join(file.path, file.name).slice(copy.length + 1))) rmSync(join(file.path, file.name));
  const modules = join(root, 'tests/clients/node_modules');
  const linked = join(copy, 'tests/clients/node_modules');
  if (existsSync(modules) && !existsSync(linked)) symlinkSync(modules, linked);
}

// The tests that are a program test_<name>; the others are scripts that ctest knows, and need the server.
const programs = new Set(
  [...readFileSync(join(root, 'tests/CMakeLists.txt'), 'utf8').matchAll(/porchlight_tests\(([\w/]+)/g)].map(([, name]) => name.replace('/', '_')),
);

function compile(tests) {
  const names = [...new Set([...tests].map((test) => test.split(':')[0]))];
  const targets = [...new Set(names.map((name) => (programs.has(name) ? `test_${name}` : 'porchlight')))];
  const settings = ['-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_UNITY_BUILD=ON', '-DCMAKE_UNITY_BUILD_BATCH_SIZE=16'];
  try {
    execFileSync('cmake', ['-S', copy, '-B', build, ...settings], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('nice', ['cmake', '--build', build, '--target', ...targets], { stdio: 'inherit' });
  } catch {
    fail('The build with all mutations fails. The names in its errors are those of the mutations.');
  }
}

// The runs ----------------------------------------------------------------------------------------------------------

// The command of a test: `name` of ctest, or `name:filter` of a test program.
function commandOf(test, stopsAtFailure) {
  const [name, filter] = test.split(/:(.*)/s);
  if (!programs.has(name)) return ['ctest', '--test-dir', build, '--tests-regex', `^${name}$`, '--no-tests=error'];
  const options = stopsAtFailure ? ['--gtest_fail_fast', '--gtest_brief=1'] : [];
  return [join(build, 'tests', `test_${name}`), `--gtest_filter=${filter ?? '*'}`, ...options];
}

// Runs a test; resolves to { passed, seconds, output }. After `limit` seconds it is stopped, and has not passed.
function run(test, mutation, limit) {
  const begun = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), 'mutated-'));
  const [program, ...parameters] = commandOf(test, mutation !== '');
  const environment = { ...process.env, TMPDIR: scratch, PORCHLIGHT_MUTATION: mutation };
  // In a process group of its own, so that the servers it has started end with it.
  const child = spawn(program, parameters, { cwd: join(build, 'tests'), env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output = (output + text).slice(-100_000)));
  const stopGroup = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(stopGroup, limit * 1000);
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer);
      stopGroup();
      rmSync(scratch, { recursive: true, force: true });
      resolve({ passed: code === 0, seconds: (Date.now() - begun) / 1000, output });
    });
  });
}

// Calls `work` for each item, two at a time.
async function each(items, work) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

// Of each test, the runs that look for a mutation, as { test, seconds } with the time that they take without one. The
// cases of a program that take a second or more run after the others, which find most mutations.
async function baseline(tests) {
  const runs = new Map();
  await each(tests, async (test) => {
    const result = await run(test, '', baselineSeconds);
    if (!result.passed) fail(`${test} fails without a mutation:\n${result.output.slice(-4000)}`);
    const slow = [...result.output.matchAll(/^\[ +OK \] (\S+) \((\d{4,}) ms\)$/gm)].map(([, name, ms]) => ({ name, ms }));
    const slowSeconds = slow.reduce((sum, { ms }) => sum + ms / 1000, 0);
    const names = slow.map(({ name }) => name).join(':');
    runs.set(
      test,
      slow.length === 0
        ? [{ test, seconds: result.seconds }]
        : [
            { test: `${test.includes(':') ? test : `${test}:*`}-${names}`, seconds: result.seconds - slowSeconds },
            { test: `${test.split(':')[0]}:${names}`, seconds: slowSeconds },
          ],
    );
  });
  return runs;
}

// Runs a mutation's tests in order until one finds it. Returns that test, or undefined.
async function finder(mutation, runs) {
  for (const test of mutation.tests) {
    for (const { test: part, seconds } of runs.get(test)) {
      const result = await run(part, mutation.name, seconds * hangFactor + hangSeconds);
      if (!result.passed) return test;
    }
  }
  return undefined;
}

function printProgress(done, all, begun, text) {
  const left = Math.ceil(((Date.now() - begun) / done) * (all - done) / 60000);
  console.log(`[${String(done).padStart(3)}/${all}, ${left} min left] ${text}`);
}

function report(mutations, survivors) {
  const unexpected = survivors.filter((mutation) => !mutation.survives);
  const found = mutations.length - survivors.length;
  console.log(`\n${found} of ${mutations.length} mutations found, ${((100 * found) / mutations.length).toFixed(1)} %`);
  for (const { name, why, file, survives } of survivors)
    console.log(`${survives ? 'survives' : 'SURVIVES'}: ${name} in ${file}: ${why}${survives ? `\n    ${survives}` : ''}`);
  for (const mutation of mutations)
    if (mutation.survives && !survivors.includes(mutation)) console.log(`${mutation.place}: ${mutation.name} is found by now: remove "survives"`);
  return unexpected.length === 0;
}

async function main() {
  if (options.help) return console.log(usage);
  const all = readLists();
  const isChosen = ({ name, file }) =>
    (named.length === 0 || named.includes(name)) && (!options.module || file.startsWith(`src/${options.module}/`));
  const mutations = all.filter(isChosen);
  for (const name of named) if (!all.some((mutation) => mutation.name === name)) fail(`no mutation is named ${name}`);
  if (mutations.length === 0) fail(`no mutation is in src/${options.module}`);
  if (options.list) return mutations.forEach(({ name, file, why }) => console.log(`${name}\n    ${file}: ${why}`));
  mutatedFiles(all);
  if (options.check) return console.log(`${all.length} mutations fit their files`);

  copyTree(all);
  const tests = new Set(mutations.flatMap((mutation) => mutation.tests));
  compile(tests);
  console.log(`running ${tests.size} tests without a mutation`);
  const runs = await baseline(tests);
  const survivors = [];
  const begun = Date.now();
  let done = 0;
  await each(mutations, async (mutation) => {
    const test = await finder(mutation, runs);
    if (!test) survivors.push(mutation);
    printProgress(++done, mutations.length, begun, `${mutation.name}: ${test ? `found by ${test}` : 'SURVIVES'}`);
  });
  process.exitCode = report(mutations, survivors) ? 0 : 1;
}

await main();
