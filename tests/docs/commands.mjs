// Reads the command blocks of a document, and makes one shell script of them that runs as a reader would run them.
//
// A block is a fence of language `sh`. Comments of the document steer it, which its readers do not see:
//
//   <!-- prints: TEXT -->         after a block: its output contains TEXT. `…` stands for any characters of a line
//   <!-- serves -->               after a block: it runs until the end of the document, as in a terminal of its own. The next
//                                 block begins once this one has printed its TEXTs, or an address if it has none
//   <!-- served prints: TEXT -->  after a block: after it, a block that serves prints TEXT
//   <!-- demo: OPTIONS -->        before a block: the demo is started again with these options of ./run
//   <!-- not run: REASON -->      before a block: it cannot be run here
//   <!-- generated: COMMAND -->   what follows, up to <!-- end --> (a directive too), is written by a command
const fences = /^```(\w*)/;
const directives = /^<!-- (prints|serves|served prints|demo|not run|generated|end):? ?(.*?) ?-->$/;

// The blocks of `text`, in order: {line, code, prints, serves, later, demo, notRun}. `later` is what is served prints.
export function readBlocks(text) {
  const blocks = [];
  let open = null;
  let next = {};
  for (const [index, line] of text.split('\n').entries()) {
    const fence = fences.exec(line);
    if (open && fence) {
      if (open.language === 'sh') blocks.push(open.block);
      open = null;
    } else if (open) {
      open.block.code += `${line}\n`;
    } else if (fence) {
      open = { language: fence[1], block: { line: index + 1, code: '', prints: [], serves: false, later: [], ...next } };
      next = {};
    } else if (line.startsWith('<!--')) {
      const directive = directives.exec(line);
      if (!directive) throw new Error(`line ${index + 1} has an unknown directive: ${line}`);
      direct(directive, blocks, next);
    }
  }
  return blocks;
}

function direct([, name, value], blocks, next) {
  if (name === 'demo') next.demo = value;
  if (name === 'not run') next.notRun = value;
  if (name === 'prints') blocks.at(-1).prints.push(value);
  if (name === 'served prints') blocks.at(-1).later.push(value);
  if (name === 'serves') blocks.at(-1).serves = true;
}

// A regular expression, for JavaScript and for `grep -E`, of a promised text.
const patternOf = (text) =>
  text
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');

export const contains = (output, text) => new RegExp(patternOf(text)).test(output);

// Lines that no command prints.
const marker = (index) => `@@block ${index}@@`;

// A script that runs `blocks` in one shell and prints a marker before each, so that outputs can be told apart.
export function shellScript(blocks) {
  // Job control gives each background job a process group, so that all of its processes end with the script.
  const lines = ['set -euom pipefail', `trap 'for job in $(jobs -p); do kill -- "-$job" 2>/dev/null || true; done' EXIT`];
  for (const [index, block] of blocks.entries()) {
    lines.push(`echo '${marker(index)}'`);
    if (block.notRun !== undefined) continue;
    lines.push(block.serves ? inBackground(block, index) : block.code);
    lines.push(...block.later.map((text) => awaitText(text, '"$served"/*')));
  }
  return `served=$(mktemp -d -p "$HOME")\n${lines.join('\n')}\n`;
}

function inBackground({ code, prints }, index) {
  const file = `"$served/${index}"`;
  const wanted = prints.length > 0 ? prints : ['://'];
  return `(\n${code}) >${file} 2>&1 &\n${wanted.map((text) => awaitText(text, file)).join('\n')}\ncat ${file}`;
}

// Waits until a file contains the text, for 30 seconds at most. Shows the files and fails if none does.
function awaitText(text, files) {
  const found = `grep -qE -e '${patternOf(text).replaceAll("'", `'\\''`)}' ${files} 2>/dev/null`;
  return `for _ in $(seq 300); do ${found} && break; sleep 0.1; done; ${found} || { cat ${files}; false; }`;
}

// The output of each block. A block that did not begin has none.
export function splitOutput(output, count) {
  const outputs = [];
  for (let index = 0; index < count; ++index) {
    const from = output.indexOf(`${marker(index)}\n`);
    if (from < 0) break;
    const to = output.indexOf(`${marker(index + 1)}\n`, from);
    outputs.push(output.slice(from + marker(index).length + 1, to < 0 ? undefined : to));
  }
  return outputs;
}
