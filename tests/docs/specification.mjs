// The places in docs/spec that can be cited: sections, numbered rows, steps and items, and the keys of rules.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const heading = /^#{2,} (\d+(?:\.\d+)*)\.? /;
const listItem = /^(\d+)\. /;
const ruleKey = /^[RPTN]\d{1,2}$/; // R4, P12, T3, N8: each is defined once in all sheets

// Without anchors and markup: `| <a id="r4"></a>**R4** | …` gives R4.
const firstCell = (line) => line.split('|')[1].replace(/<[^>]*>|[*`]/g, '').trim();

// One sheet as sections by number. Text above the first numbered heading is in no section.
function readSheet(text) {
  const sections = new Map();
  let section;
  let header; // of the table that the line is in
  for (const line of text.split('\n')) {
    const [, number] = line.match(heading) ?? [];
    if (number) {
      section = { number, text: '', keys: [] };
      for (const kind of ['rows', 'steps', 'invariants', 'items']) section[kind] = new Set();
      sections.set(number, section);
    }
    if (!section) continue;
    section.text += ` ${line}`;
    if (line.startsWith('|')) {
      header ??= line;
      const cell = firstCell(line);
      if (ruleKey.test(cell)) section.keys.push(cell);
      const [, invariant, entry] = cell.match(/^(invariant )?(\d+)$/) ?? [];
      if (invariant) section.invariants.add(Number(entry));
      else if (entry) {
        section.rows.add(Number(entry));
        if (/\bstep\b/i.test(header)) section.steps.add(Number(entry));
      }
    } else {
      header = undefined;
      const item = line.match(listItem);
      if (item) section.items.add(Number(item[1]));
    }
  }
  return sections;
}

const withoutMarkup = (text) => text.replace(/[*`]/g, '').replace(/\s+/g, ' ').toLowerCase();

export class Specification {
  #sheets = new Map();
  #homes = new Map(); // of a rule's key: {sheet, section}
  faults = []; // keys that are defined twice

  constructor(root) {
    const folder = join(root, 'docs/spec');
    for (const file of existsSync(folder) ? readdirSync(folder).sort() : []) {
      if (!file.endsWith('.md') || file === 'README.md') continue;
      const sheet = basename(file, '.md');
      this.#sheets.set(sheet, readSheet(readFileSync(join(folder, file), 'utf8')));
      for (const section of this.#sheets.get(sheet).values())
        for (const key of section.keys) this.#define(key, sheet, section);
    }
  }

  #define(key, sheet, section) {
    const other = this.#homes.get(key);
    if (!other) this.#homes.set(key, { sheet, section });
    else
      this.faults.push(
        `docs/spec/${sheet}.md: ${key} of §${section.number} is in ${other.sheet} §${other.section.number} too`,
      );
  }

  has(sheet) {
    return this.#sheets.has(sheet);
  }

  section(sheet, number) {
    return this.#sheets.get(sheet)?.get(number);
  }

  // Where a rule is defined, as {sheet, section}.
  home(key) {
    return this.#homes.get(key);
  }

  // The section that lists the invariants, as {sheet, section}: of the sheet `own` if it has them, else of the first.
  invariants(own) {
    const homes = [...this.#sheets].flatMap(([sheet, sections]) =>
      [...sections.values()].filter((section) => section.invariants.size > 0).map((section) => ({ sheet, section })),
    );
    return homes.find(({ sheet }) => sheet === own) ?? homes[0];
  }

  // Whether a section contains the text, whatever its markup, line breaks and letter case.
  static contains(section, text) {
    return withoutMarkup(section.text).includes(withoutMarkup(text));
  }
}
