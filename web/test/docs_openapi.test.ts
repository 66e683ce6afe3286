import { expect, test } from 'vitest';
import { addressOf, matches, operationsOf } from '../src/docs/openapi';

const document = {
  components: {
    parameters: { user: { name: 'id', in: 'path', required: true, description: 'Of the user.' } },
    responses: { Done: { description: 'Done.' } },
    requestBodies: {
      State: { content: { 'application/json': { examples: { one: { value: { availability: 'Busy' } } } } } },
    },
  },
  paths: {
    '/users/{id}/presence': {
      parameters: [{ $ref: '#/components/parameters/user' }],
      get: {
        summary: 'Read',
        tags: ['presence'],
        'x-permissions': { oneself: ['Presence.Read'], others: [], application: ['Presence.Read.All'] },
        parameters: [{ name: '$select', in: 'query' }],
        responses: { 200: { $ref: '#/components/responses/Done' }, 404: { $ref: '#/components/responses/Missing' } },
      },
      post: { requestBody: { $ref: '#/components/requestBodies/State' }, responses: {} },
    },
  },
};

const [read, write] = operationsOf(document) as [ReturnType<typeof operationsOf>[0], ReturnType<typeof operationsOf>[0]];

test('an operation has what its references name, and nothing for one that names nothing', () => {
  expect(read.parameters.map(({ name, required }) => [name, required])).toEqual([['id', true], ['$select', false]]);
  expect(read.responses).toEqual([{ status: '200', description: 'Done.' }, { status: '404', description: '' }]);
  expect(read.permissions).toEqual([
    { who: 'oneself', names: ['Presence.Read'] },
    { who: 'application', names: ['Presence.Read.All'] },
  ]);
  expect(read.body).toBeUndefined();
  expect(write.body).toEqual({ type: 'application/json', example: '{\n  "availability": "Busy"\n}' });
});

test.each([
  [{}, '/users/{id}/presence'],
  [{ id: 'ana' }, '/users/ana/presence'],
  [{ id: '../x?y#z' }, '/users/..%2Fx%3Fy%23z/presence'],
  [{ id: 'a', $select: 'id,activity & x' }, '/users/a/presence?$select=id%2Cactivity%20%26%20x'],
  [{ id: 'a', $select: '', other: 'not of the route' }, '/users/a/presence'],
])('values %o make the address %s', (values, address) => {
  expect(addressOf(read, values as Record<string, string>)).toBe(address);
});

test('a search finds all of its words', () => {
  expect(matches(read, 'GET Presence')).toBe(true);
  expect(matches(read, 'read users')).toBe(true);
  expect(matches(read, 'read groups')).toBe(false);
  expect(matches(read, '')).toBe(true);
});
