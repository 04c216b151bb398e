// Types of the admin API from docs/openapi.json, for `tsc`: an interface for each schema, and for each method the answer by the path.
//   node types/admin_api.mjs        writes types/generated/admin_api.d.ts

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);
const FOLDER = new URL('./generated/', import.meta.url);
const { paths, components } = JSON.parse(readFileSync(DOCUMENT, 'utf8'));

const nameOf = (reference) => reference.split('/').at(-1);
const quoted = (text) => JSON.stringify(text);

function typeOf(schema) {
  if (schema === true || schema === undefined) return 'unknown';
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.const !== undefined) return quoted(schema.const);
  if (schema.enum) return schema.enum.map(quoted).join(' | ');
  const variants = schema.oneOf ?? schema.anyOf;
  const own = schema.properties || schema.additionalProperties ? objectOf(schema) : null;
  if (variants) return [`(${variants.map(typeOf).join(' | ')})`, own].filter(Boolean).join(' & ');
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  if (schema.type === 'object') return own ?? 'Record<string, unknown>';
  if (schema.type === 'array') return `(${typeOf(schema.items)})[]`;
  return { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' }[schema.type] ?? 'unknown';
}

function objectOf({ properties = {}, required = [], additionalProperties }) {
  const fields = Object.entries(properties).map(([name, schema]) => `${quoted(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)};`);
  if (additionalProperties) fields.push(`[name: string]: ${typeOf(additionalProperties)};`);
  return `{ ${fields.join(' ')} }`;
}

/** The answer of an operation: that of its first 2xx status. */
function answerOf({ responses }) {
  const status = Object.keys(responses).filter((one) => one.startsWith('2')).sort()[0];
  const content = Object.entries(responses[status]?.content ?? {});
  if (content.length === 0) return 'null';
  const [type, { schema }] = content[0];
  return type === 'application/json' ? typeOf(schema) : 'string';
}

/** More literal text is more specific: `/v1/buckets/${string}` fits what lies below a bucket, too. */
const byLength = ([one], [other]) => other.replace(/\{\w+\}/g, '').length - one.replace(/\{\w+\}/g, '').length;

function answersOf(method) {
  const routes = Object.entries(paths).filter(([, operations]) => operations[method]).sort(byLength);
  const lines = routes.map(([path, operations]) => `  P extends \`${path.replace(/\{\w+\}/g, '${string}')}\` ? ${answerOf(operations[method])} :`);
  const name = method[0].toUpperCase() + method.slice(1);
  return `export type ${name}Answer<P extends string> = string extends P ? any :\n${lines.join('\n')}\n  any;
export type ${name} = <P extends string>(path: P, options?: Sent) => Promise<${name}Answer<P>>;`;
}

const schemas = Object.entries(components.schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema)};`);
const answers = ['get', 'post', 'put', 'patch', 'delete'].map(answersOf);
mkdirSync(FOLDER, { recursive: true });
writeFileSync(new URL('admin_api.d.ts', FOLDER), `// Made by types/admin_api.mjs from docs/openapi.json.\n\n${[...schemas, ...answers].join('\n')}\n`);
