// Resolves what comments and documents cite of docs/spec:
//   spec presence §6.2 R4                  a section, and a rule in it
//   spec presence §10 step 9, §3 row 4     a section, and a numbered row in it
//   spec presence §12 item 2               a section, and an item of its list
//   §6.3; step 9                           of the sheet, or the section with steps, that the file cited last
//   spec protocol §6, "refused requests"   a section, and words in it
//   protocol §9                            in a comment that cites a sheet before
//   spec clients 6, 7                      sections of clients, which need no sign
//   R4, invariant 2                        wherever docs/spec defines them
// and documents: docs/history.md; docs/notifications.md, "A storm". Sections of other documents (RFC 9110 §8.8.3) are
// passed over. In a sheet, a section without a name is the sheet's own.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { blocksOf, filesBelow } from './prose.mjs';
import { Specification } from './specification.mjs';

const folders = ['src', 'tests', 'bench', 'fuzz', 'scripts', 'cmake', 'docs'];
const files = ['README.md', 'CONTRIBUTING.md', 'CMakeLists.txt', 'porchlight.toml.example'];

const sheets = 'presence|notifications|protocol|clients|security|replication';
const number = '\\d+(?:\\.\\d+)*';
const list = '\\d+(?:(?:, and |, | and | to |-|–)\\d+)*';
const tokens = new RegExp(
  [
    `(?<old>\\bsecurity requirements(?:,? "|, [A-Z]|\\)))`,
    `\\b[Ss]pec (?<sheet>${sheets})\\b`,
    `\\b(?<page>${sheets})(?:\\.md)?[\`\\])]*(?:\\([^)]*\\))?,? (?=§)`,
    `\\b(?<clients>clients) (?=\\d)`,
    `\\b(?<foreign>RFC \\d+|SEC \\d|OpenID Connect|OData[\\w -]* \\d\\.\\d+)`,
    `§(?<from>${number})(?:(?:-|–| to )§?(?<to>${number}))?(?:,? (?<quote>"[^"]+"))?`,
    `§(?<malformed>\\S+)`,
    `\\b(?<key>[RPTN]\\d{1,2})\\b`,
    `\\b(?<kind>[Ss]tep|[Rr]ow|[Ii]tem|[Ii]nvariant)s? (?<entries>${list})(?!\\w)`,
    `\\b(?:docs/(?<document>[\\w/-]+)\\.md|(?<architecture>architecture)(?=, "))(?:[\`)]*,? (?<heading>"[^"]+"))?`,
  ].join('|'),
  'g',
);
// What may stand between two citations of which the second depends on the first: `§6.2 R4, R5 and R7`.
const links = /^[\s,]*(?:(?:and|or|to)\s)?$/;
const bareSections = new RegExp(`^,? ?(${list})(?![\\w.]*\\w)`); // of clients

const headingsOf = (file) =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading.trim());
const numbersOf = (text) => text.match(/\d+/g).map(Number);

// The citations of one file, in their order.
class Reader {
  faults = [];
  resolved = [];
  #sheet; // that a lone § means; null while another document is cited
  #section; // cited by the chain of citations that is being read
  #steps; // the section with steps that the file cited last

  constructor(root, path, specification) {
    this.root = root;
    this.path = relative(root, path);
    this.specification = specification;
    // A sheet means itself with a lone §.
    if (dirname(this.path) === join('docs', 'spec') && specification.has(basename(path, '.md')))
      this.own = basename(path, '.md');
    // README.md explains how to cite.
    if (this.path === join('docs', 'spec', 'README.md')) this.#sheet = null;
  }

  read(block) {
    this.block = block;
    this.citing = Boolean(this.own); // whether `protocol §9` is a citation
    this.#sheet = this.own ?? this.#sheet;
    let end = 0;
    for (const match of block.text.matchAll(tokens)) {
      const chained = end > 0 && links.test(block.text.slice(end, match.index));
      end = match.index + match[0].length;
      this.at = match.index;
      if (!chained) this.#section = undefined;
      if (!chained && this.own) this.#sheet = this.own;
      this.#take(match.groups, chained, block.text.slice(end));
    }
    this.#section = undefined;
  }

  #take(found, chained, rest) {
    if (found.old) this.#fail('cite the sections of docs/spec/security.md: spec security §N');
    else if (found.sheet || found.page || found.clients) this.#takeSheet(found, rest);
    else if (found.foreign) [this.#sheet, this.#section] = [null, undefined];
    else if (found.from) this.#takeSection(found);
    else if (found.malformed) this.#takeMalformed(found.malformed);
    else if (found.key) this.#takeKey(found.key);
    else if (found.kind) this.#takeEntries(found.kind.toLowerCase(), numbersOf(found.entries), chained);
    else this.#takeDocument(found.document ?? found.architecture, found.heading);
  }

  #takeSheet({ sheet, page, clients }, rest) {
    if (!sheet && !this.citing) return; // an ordinary word
    this.citing = true;
    this.#sheet = sheet ?? page ?? clients;
    if (!this.specification.has(this.#sheet)) {
      this.#fail(`no docs/spec/${this.#sheet}.md`);
      this.#sheet = null;
      return;
    }
    const bare = this.#sheet === 'clients' && rest.match(clients ? new RegExp(`^(${list})`) : bareSections);
    if (bare) for (const wanted of numbersOf(bare[1])) this.#find(String(wanted));
    else this.#resolve(this.#sheet);
  }

  #takeSection({ from, to, quote }) {
    this.#section = this.#find(from);
    if (to) this.#find(to);
    if (this.#section?.steps.size > 0) this.#steps = { sheet: this.#sheet, section: this.#section };
    if (quote && this.#section && !Specification.contains(this.#section, quote.slice(1, -1)))
      this.#fail(`spec ${this.#sheet} §${from} does not say ${quote}`);
  }

  #takeMalformed(text) {
    if (this.#sheet !== null) this.#fail(`§${text} is not a section number`);
  }

  #takeKey(key) {
    const home = this.specification.home(key);
    if (!home) return this.#fail(`no rule ${key} in docs/spec`);
    const place = `spec ${home.sheet} §${home.section.number}`;
    if (this.#section && !`${place}.`.startsWith(`spec ${this.#sheet} §${this.#section.number}.`))
      return this.#fail(`${key} is in ${place}, not in ${this.#sheet} §${this.#section.number}`);
    this.#resolve(`${place} ${key}`);
  }

  #takeEntries(kind, entries, chained) {
    if (chained && this.#sheet === null) return; // another document's
    const home = this.#section ? { sheet: this.#sheet, section: this.#section } : this.#homeOf(kind);
    if (!home && (this.own || kind === 'row' || kind === 'item')) return; // ordinary words
    for (const entry of entries) {
      const place = home && `spec ${home.sheet} §${home.section.number}`;
      if (!home) this.#fail(`${kind} ${entry}: of which section?`);
      else if (!home.section[`${kind}s`].has(entry)) this.#fail(`${place} has no ${kind} ${entry}`);
      else this.#resolve(`${place} ${kind} ${entry}`);
    }
  }

  // What an entry belongs to that is cited without a section.
  #homeOf(kind) {
    if (kind === 'invariant') return this.specification.invariants(this.own);
    return kind === 'step' && !this.own ? this.#steps : undefined;
  }

  #takeDocument(name, heading) {
    const file = join(this.root, 'docs', `${name}.md`);
    if (!existsSync(file)) return this.#fail(`no docs/${name}.md`);
    if (heading && !headingsOf(file).includes(heading.slice(1, -1)))
      return this.#fail(`docs/${name}.md has no heading ${heading}`);
    this.#resolve(`docs/${name}.md`);
  }

  #find(wanted) {
    if (this.#sheet === null) return undefined; // another document's
    if (this.#sheet === undefined) return void this.#fail(`§${wanted}: of which sheet?`);
    const section = this.specification.section(this.#sheet, wanted);
    if (!section) return void this.#fail(`spec ${this.#sheet} has no §${wanted}`);
    this.#resolve(`spec ${this.#sheet} §${wanted}`);
    return section;
  }

  #resolve(place) {
    this.resolved.push(`${this.#here()}: ${place}`);
  }

  #fail(message) {
    this.faults.push(`${this.#here()}: ${message}`);
  }

  #here() {
    return `${this.path}:${this.block.lineAt(this.at)}`;
  }
}

// The citations below `root` as {faults, resolved}: lines `path:line: …` of those without a target and of those with one.
export function checkCitations(root) {
  const specification = new Specification(root);
  const faults = [...specification.faults];
  const resolved = [];
  const existing = (names) => names.map((name) => join(root, name)).filter(existsSync);
  const paths = existing(folders).flatMap((folder) => [...filesBelow(folder)]);
  for (const path of [...paths, ...existing(files)].sort()) {
    const reader = new Reader(root, path, specification);
    for (const block of blocksOf(path, readFileSync(path, 'utf8'))) reader.read(block);
    faults.push(...reader.faults);
    resolved.push(...reader.resolved);
  }
  return { faults, resolved };
}
