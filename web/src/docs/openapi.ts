// The descriptions of the API (OpenAPI 3.1) as the page shows them: operations by tag. Pure.
export type Schema = Record<string, unknown>;

export type Parameter = { name: string; in: 'path' | 'query' | 'header'; required: boolean; description: string };

export type Operation = {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  // Names of permissions, by who calls.
  permissions: { who: string; names: string[] }[];
  parameters: Parameter[];
  // The media type and an example of the body; undefined if there is no body.
  body?: { type: string; example: string };
  responses: { status: string; description: string }[];
};

type Doc = { paths: Record<string, Record<string, unknown>>; [part: string]: unknown };
type Raw = Record<string, unknown>;

const methods = ['get', 'post', 'put', 'patch', 'delete'];

// Follows the reference of a node, such as {"$ref":"#/components/parameters/user"}.
function resolved(doc: Doc, node: unknown): Raw {
  let value = node as Raw;
  for (let depth = 0; typeof value?.$ref === 'string' && depth < 10; ++depth) {
    let target: unknown = doc;
    for (const part of value.$ref.slice(2).split('/'))
      target = (target as Raw)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    value = target as Raw;
  }
  return value ?? {};
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

function parameterOf(doc: Doc, node: unknown): Parameter {
  const raw = resolved(doc, node);
  return {
    name: text(raw.name),
    in: raw.in as Parameter['in'],
    required: raw.required === true,
    description: text(raw.description),
  };
}

function bodyOf(doc: Doc, node: unknown): Operation['body'] {
  const content = resolved(doc, node).content as Record<string, Raw> | undefined;
  const [type, media] = Object.entries(content ?? {})[0] ?? [];
  if (!type || !media) return undefined;
  const named = Object.values((media.examples as Record<string, Raw>) ?? {})[0]?.value;
  const example = media.example ?? named ?? (type.includes('json') ? {} : '');
  return { type, example: typeof example === 'string' ? example : JSON.stringify(example, null, 2) };
}

function operationOf(doc: Doc, path: string, method: string, shared: unknown[], raw: Raw): Operation {
  const permissions = Object.entries((raw['x-permissions'] as Record<string, string[]>) ?? {})
    .filter(([, names]) => Array.isArray(names) && names.length > 0)
    .map(([who, names]) => ({ who, names }));
  const body = bodyOf(doc, raw.requestBody);
  return {
    id: `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    tag: text((raw.tags as string[] | undefined)?.[0]) || 'API',
    summary: text(raw.summary),
    description: text(raw.description),
    permissions,
    parameters: [...shared, ...((raw.parameters as unknown[]) ?? [])].map((node) => parameterOf(doc, node)),
    ...(body && { body }),
    responses: Object.entries((raw.responses as Record<string, unknown>) ?? {}).map(([status, node]) => ({
      status,
      description: text(resolved(doc, node).description),
    })),
  };
}

// All operations, in the order of the document.
export function operationsOf(doc: Doc): Operation[] {
  return Object.entries(doc.paths).flatMap(([path, item]) =>
    methods
      .filter((method) => item[method])
      .map((method) => operationOf(doc, path, method, (item.parameters as unknown[]) ?? [], item[method] as Raw)),
  );
}

// Whether an operation has the words of a search in its method, path or texts.
export function matches(operation: Operation, search: string): boolean {
  const found = `${operation.method} ${operation.path} ${operation.summary} ${operation.tag}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => found.includes(word));
}

// The address of a request with these values: those of the path are filled in, those of the query follow if they are
// not empty.
export function addressOf(operation: Operation, values: Record<string, string>): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (whole, name: string) =>
    values[name] ? encodeURIComponent(values[name]) : whole,
  );
  const query = operation.parameters
    .filter((parameter) => parameter.in === 'query' && values[parameter.name])
    .map(({ name }) => `${encodeURIComponent(name).replaceAll('%24', '$')}=${encodeURIComponent(values[name]!)}`);
  return query.length > 0 ? `${path}?${query.join('&')}` : path;
}
