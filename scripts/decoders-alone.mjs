// A plugin of the bundler: takes out of onnx-proto what makes, checks and writes messages, since Weighbridge only reads them. That is two
// thirds of it. What is left is as it was; a name that is missed would be undefined at its first call, which every test of the bundle makes.
import { parseAst } from 'rolldown/parseAst';

const UNUSED = new Set([
  'create',
  'encode',
  'encodeDelimited',
  'decodeDelimited',
  'verify',
  'fromObject',
  'toObject',
  'toJSON',
]);

export function decodersAlone() {
  let found = false;
  return {
    name: 'decoders-alone',
    transform: {
      filter: { id: /\/node_modules\/onnx-proto\/dist\/onnx\.js$/ },
      handler(code) {
        const unused = [];
        walk(parseAst(code), (node) => {
          if (node.type === 'ExpressionStatement' && isUnused(node.expression)) unused.push(node);
        });
        if (unused.length === 0) this.error('onnx-proto has no function that is left out: look at its new form');
        found = true;
        return unused
          .sort((one, other) => other.start - one.start)
          .reduce((text, { start, end }) => text.slice(0, start) + text.slice(end), code);
      },
    },
    buildEnd() {
      if (!found) this.error('onnx-proto is not where it was: name where it is now');
    },
  };
}

/** `Message.verify = function verify(…) {…}`, and the same of a prototype. */
function isUnused({ type, left, right }) {
  return (
    type === 'AssignmentExpression' &&
    right.type === 'FunctionExpression' &&
    left.type === 'MemberExpression' &&
    UNUSED.has(left.property.name)
  );
}

function walk(node, visit) {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') walk(child, visit);
    }
  }
}
