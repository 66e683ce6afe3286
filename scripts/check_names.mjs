#!/usr/bin/env node
// Fails if a type name is defined in two modules, or a listed exception no longer is. One name means one concept
// (docs/glossary.md); an exception stands in kShared with its reason.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), '../src');
const kSharedMax = 10;

// Type names that are defined in more than one module, and why.
const kShared = {
  Event: 'presence::Event is the body of log::Event; both are what the field calls an event',
};

// All .h and .cc files below a folder.
function sources(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.(h|cc)$/.test(name) ? [path] : [];
  });
}

// The type names that a file defines: classes, structs, enums, unions and aliases.
function definitions(text) {
  const code = text.replace(/\/\/.*/g, '');
  const types = /\b(?:struct|class|enum(?:\s+class)?|union)\s+(?:[A-Z_]+(?:\([^)]*\))?\s+)?(?:alignas\([^)]*\)\s*)?([A-Z]\w*)\s*(?:final\s*)?(?::[^{;]*)?\{/g;
  const aliases = /\busing\s+([A-Z]\w*)\s*=/g;
  return [...code.matchAll(types), ...code.matchAll(aliases)].map((match) => match[1]);
}

const modulesOf = new Map();
for (const path of sources(source)) {
  const module = relative(source, dirname(path));
  for (const name of definitions(readFileSync(path, 'utf8'))) {
    if (!modulesOf.has(name)) modulesOf.set(name, new Set());
    modulesOf.get(name).add(module);
  }
}

const faults = [];
for (const [name, modules] of modulesOf) {
  if (modules.size > 1 && !(name in kShared))
    faults.push(`${name} is defined in ${[...modules].sort().join(' and ')}: one name, one concept`);
}
for (const name of Object.keys(kShared)) {
  if ((modulesOf.get(name)?.size ?? 0) < 2) faults.push(`${name} is listed in scripts/check_names.mjs but is not shared`);
}
if (Object.keys(kShared).length > kSharedMax) faults.push(`more than ${kSharedMax} names are shared between modules`);
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`${modulesOf.size} type names, ${Object.keys(kShared).length} shared between modules`);
process.exit(faults.length === 0 ? 0 : 1);
