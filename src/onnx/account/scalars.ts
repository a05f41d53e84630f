/**
 * Whether a single number of rank 0 is a learned parameter. Exporters store their own constants in the same way, so that its value never
 * tells: only an operator that nobody uses with a constant, or a name as frameworks give it to a member of a module.
 */
import { isInteger } from '../read/dtypes.js';
import type { Node } from '../graph/model.js';
import type { Input } from '../operators/operator.js';
import { type Entry, isBufferName, lastPartOf } from './entries.js';
import type { Flows } from './flows.js';

/** As a framework names what a module has: with the path of the module. */
const MEMBER_NAME = /^[A-Za-z_]\w*(\.\w+)+$/;
/** As exporters name the constants that they take out of a module. */
const LIFTED_NAME = /^(lifted_tensor_|_tensor_constant)\d+$/;
/** Modules within modules; real ones have fewer than ten. */
const MAX_DEPTH = 16;

/** The modules of a file that have weights themselves, or within. Looked for once they are asked for: few files have such numbers. */
export class Modules {
  readonly #entries: ReadonlyMap<unknown, Entry>;
  #withWeights: Set<string> | null = null;

  constructor(entries: ReadonlyMap<unknown, Entry>) {
    this.#entries = entries;
  }

  hasWeights(path: string): boolean {
    this.#withWeights ??= modulesWithWeights(this.#entries.values());
    return this.#withWeights.has(path);
  }
}

export function isLearnedScalar(entry: Entry, flows: Flows, modules: Modules): boolean {
  if (isInteger(entry.dataType)) return false;
  if (flows.reaches(entry, isGiven)) return true;
  // A Constant that is bent was not folded; no framework keeps a parameter so.
  if (!entry.isInitializer) return false;
  return isMember(entry.name, modules) || flows.reaches(entry, isBent);
}

/** As its weight or bias. */
function isGiven(taken: Input | null): boolean {
  return taken?.role === 'WEIGHT' || taken?.role === 'BIAS';
}

/** By an activation, as gates and temperatures are; a constant would have been folded. */
function isBent(taken: Input | null, { operator }: Node): boolean {
  return taken?.role === 'DATA' && (operator?.kind === 'ACTIVATION' || operator?.opType === 'Exp');
}

function isMember(name: string, modules: Modules): boolean {
  const last = lastPartOf(name);
  if (!MEMBER_NAME.test(name) || LIFTED_NAME.test(last) || isBufferName(last)) return false;
  return modules.hasWeights(name.slice(0, name.lastIndexOf('.')));
}

function modulesWithWeights(entries: Iterable<Entry>): Set<string> {
  const modules = new Set<string>();
  for (const { name, dims } of entries) {
    if (dims.length === 0 || !/\.(weight|bias)$/.test(name)) continue;
    for (
      let depth = 0, at = name.indexOf('.');
      at >= 0 && depth < MAX_DEPTH;
      depth += 1, at = name.indexOf('.', at + 1)
    ) {
      modules.add(name.slice(0, at));
    }
  }
  return modules;
}
