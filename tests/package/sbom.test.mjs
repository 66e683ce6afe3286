// The list of what the program consists of: the structure that SPDX 2.3 requires, and every library that is loaded.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { output, porchlight } from '../cli/tools.mjs';
import { root } from '../docs/tree.mjs';

const made = () =>
  output(join(root, 'scripts/sbom'), [porchlight], { env: { ...process.env, SOURCE_DATE_EPOCH: '1893456000' } });

test('the document has what SPDX 2.3 requires', () => {
  const text = made();
  const document = JSON.parse(text);
  assert.equal(document.spdxVersion, 'SPDX-2.3');
  assert.equal(document.dataLicense, 'CC0-1.0');
  assert.equal(document.SPDXID, 'SPDXRef-DOCUMENT');
  assert.match(document.documentNamespace, /^https:\/\/[^#\s]+$/);
  assert.equal(document.creationInfo.created, '2030-01-01T00:00:00Z');
  for (const creator of document.creationInfo.creators) assert.match(creator, /^(Tool|Organization|Person): \S/);
  const ids = new Set([document.SPDXID]);
  for (const part of document.packages) {
    assert.match(part.SPDXID, /^SPDXRef-[A-Za-z0-9.-]+$/);
    assert.ok(!ids.has(part.SPDXID), part.SPDXID);
    ids.add(part.SPDXID);
    for (const member of ['name', 'versionInfo', 'downloadLocation', 'licenseConcluded', 'licenseDeclared', 'copyrightText'])
      assert.match(part[member], /\S/, `${part.name} ${member}`);
    assert.equal(part.filesAnalyzed, false);
    for (const reference of part.externalRefs ?? []) assert.match(reference.referenceLocator, /^pkg:(deb\/debian\/[^@\s]+@[^@\s]+\?arch=\w+|npm\/[^@\s]+@[\d.]+)$/);
  }
  for (const { spdxElementId, relatedSpdxElement, relationshipType } of document.relationships) {
    assert.ok(ids.has(spdxElementId) && ids.has(relatedSpdxElement), `${spdxElementId} ${relatedSpdxElement}`);
    assert.match(relationshipType, /^(DESCRIBES|DYNAMIC_LINK|STATIC_LINK)$/);
  }
  // Each part is related to the product, and the product to the document.
  assert.equal(document.relationships.length, document.packages.length);

  const names = new Set(document.packages.map((part) => part.name));
  for (const name of ['porchlight', 'libssl3', 'libc6', 'librocksdb-dev', 'node-llhttp', 'svelte']) assert.ok(names.has(name), name);
});
