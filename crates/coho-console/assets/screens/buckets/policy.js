// The policy of a bucket: JSON of RAM's form, whose statements the form shows as lists.
//   policyJson.read(text)     → { values: { statements: [{ effect, principals, actions, resources, condition }] } }, or { fault: { line, code, text } }
// What the form has no field for is refused by name, so that nothing is lost.

const LISTS = { principals: 'Principal', actions: 'Action', resources: 'Resource' };
const KNOWN = ['Effect', 'Condition', ...Object.values(LISTS)];

class Fault extends Error {
  constructor(code, text) {
    super(code);
    this.code = code;
    this.text = text;
  }
}

const lines = (value) => value.map((one) => one.trim()).filter((one) => one !== '');

function texts(name, value) {
  const all = value === undefined ? [] : [value].flat();
  if (!all.every((one) => typeof one === 'string')) throw new Fault('policy_list', name);
  return all;
}

function readStatement(statement) {
  if (statement === null || typeof statement !== 'object' || Array.isArray(statement)) throw new Fault('policy_statement', 'Statement');
  const other = Object.keys(statement).find((name) => !KNOWN.includes(name));
  if (other !== undefined) throw new Fault('policy_unknown', other);
  if (!['Allow', 'Deny'].includes(statement.Effect)) throw new Fault('policy_effect', String(statement.Effect));
  const lists = Object.entries(LISTS).map(([id, name]) => [id, texts(name, statement[name])]);
  return { effect: statement.Effect, ...Object.fromEntries(lists), condition: statement.Condition };
}

function read(text) {
  try {
    const policy = JSON.parse(text);
    if (!Array.isArray(policy?.Statement)) throw new Fault('policy_statement', 'Statement');
    const other = Object.keys(policy).find((name) => !['Version', 'Statement'].includes(name));
    if (other !== undefined) throw new Fault('policy_unknown', other);
    return { values: { statements: policy.Statement.map(readStatement) } };
  } catch (error) {
    if (error instanceof Fault) return { fault: { line: 1, code: error.code, text: error.text } };
    const at = Number(/position (\d+)/.exec(error.message)?.[1] ?? 0);
    return { fault: { line: text.slice(0, at).split('\n').length, code: 'policy_json', text: error.message } };
  }
}

const writeStatement = ({ effect, principals, actions, resources, condition }) => ({
  Effect: effect, Action: lines(actions), Principal: lines(principals), Resource: lines(resources), ...(condition === undefined ? {} : { Condition: condition }),
});

const write = ({ statements }) => JSON.stringify({ Version: '1', Statement: statements.map(writeStatement) }, null, 2);

export const policyJson = { name: 'JSON', read, write, isSame: (one, other) => other !== undefined && write(one) === write(other) };
