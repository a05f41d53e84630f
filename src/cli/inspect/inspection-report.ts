/** An inspection as people read it in a terminal: a heading, the recurrent nodes, totals, reasons and warnings. Text only, all of it safe. */
import {
  claimedBytes,
  type DecomposedCell,
  type Inspection,
  externalBytes,
  type RecurrentNode,
} from '../../core/inspection.js';
import { sayCell } from '../../core/layer/formula.js';
import { BETWEEN, pathSteps, shortPath } from '../../core/graph-path.js';
import { ELEMENT_CLASSES } from '../../core/stored-tensors.js';
import type { Estimates } from '../../core/layer/workload.js';
import type { FoundReference } from '../files/external-folder.js';
import type { Fetched } from '../../remote/weigh.js';
import { reportEstimates } from '../formula/estimate-report.js';
import { sayBounds, sayClaimed, sayQuantizedWeights } from '../../core/weights-text.js';
import { count, counted, styled } from '../terminal/output.js';
import { safeText } from '../terminal/safe-text.js';
import { reportStacks } from '../formula/stack-report.js';
import { reportTensors } from './tensor-report.js';
import { cutMiddle, renderTable, type Column } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';

/** Rows and lines for people; programs take --json, which has them all. */
const MAX_NODES = 200;
const MAX_NOTES = 20;

/** The columns of a recurrent node that the table shows. */
export type NodeRow = Pick<
  RecurrentNode,
  | 'path'
  | 'opType'
  | 'inputSize'
  | 'hiddenSize'
  | 'numDirections'
  | 'biasConvention'
  | 'stored'
  | 'expected'
  | 'verdict'
  | 'reason'
>;

const COLUMNS: readonly Column[] = [
  { head: 'node', shrinkTo: 16, cut: 'scopes' },
  { head: 'op', shrinkTo: 8 },
  { head: 'm', align: 'right' },
  { head: 'n', align: 'right' },
  { head: 'D', align: 'right' },
  { head: 'bias', shrinkTo: 8 },
  { head: 'stored', align: 'right' },
  { head: 'expected', align: 'right' },
  { head: 'verdict', style: styledVerdict },
];

const CELL_COLUMNS: readonly Column[] = [
  { head: 'written-out cell', shrinkTo: 16, cut: 'scopes' },
  { head: 'cell' },
  { head: 'm', align: 'right' },
  { head: 'n', align: 'right' },
  { head: 'uses', align: 'right' },
  { head: 'params', align: 'right' },
  { head: 'confidence', style: (cell) => styled(cell === 'CERTAIN' ? 'green' : 'yellow', cell) },
];

/** What was asked for besides. */
export interface Besides {
  /** What a search for the external data gave. */
  found?: readonly FoundReference[] | undefined;
  /** How much of a file on the web was read. */
  fetched?: Fetched | undefined;
  estimates?: Estimates | null;
  /** Whether the stored tensors are listed. */
  tensors?: boolean;
}

/** The answer first, then what it is made of. */
export function reportInspection(
  title: string,
  inspection: Inspection<string | null>,
  width: number,
  besides: Besides = {},
): string {
  const answer = wrapped(verdictLine(inspection), width).map((line) => `${styled('bold', line)}\n`);
  return `${answer.join('')}${reportDetails(title, inspection, width, besides)}`;
}

/** All but the answer. */
export function reportDetails(
  title: string,
  inspection: Inspection<string | null>,
  width: number,
  { found, fetched, estimates, tensors }: Besides = {},
): string {
  const { recurrent } = inspection;
  const producer = [inspection.producerName, inspection.producerVersion].filter((part) => part !== '').join(' ');
  const opsets = inspection.opsets.map(
    ({ domain, version }) => `${domain === '' ? '' : `${domain} `}${version ?? '?'}`,
  );
  const facts = [
    `${count(inspection.byteSize)} bytes`,
    `IR ${inspection.irVersion ?? '?'}`,
    `opset ${opsets.join(', ') || '?'}`,
    ...(producer === '' ? [] : [producer]),
    counted(inspection.nodeCount, 'node'),
  ];
  const sections = [
    [
      fitted(`  ${title}`, width),
      fitted(`  ${facts.join(' · ')}`, width),
      ...sayRead(inspection, fetched).map((line) => fitted(`  ${line}`, width)),
    ].join('\n'),
    ...reportNodes(inspection.recurrentNodes, recurrent.nodes, width),
    reportStacks(inspection.recurrentStacks, width),
    ...reportCells(inspection, width),
    ...(tensors ? reportTensors(inspection, width) : []),
    reportTotals(inspection, width, found),
    estimates ? reportEstimates(inspection.modelParams, estimates, width) : '',
    reportNotes(inspection, width, found),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** The digest, and how much of a file on the web was read: what was not has a digest and contents that nobody knows. */
function sayRead({ byteSize, digest }: Inspection<string | null>, fetched: Fetched | undefined): string[] {
  const asked = fetched && `in ${counted(fetched.requests, 'request')}`;
  if (digest !== null) return [digest, ...(asked ? [`read whole, ${asked}`] : [])];
  return [
    `digest unknown: ${count(fetched?.bytes ?? 0)} of ${count(byteSize)} bytes read, ${asked}`,
    'large values were passed over; --whole reads them too',
  ];
}

/** Total, recurrent, verdict: what is read first. */
export function verdictLine({
  modelParams,
  unverifiableWeights,
  recurrent,
  recurrentNodes,
}: Inspection<string | null>): string {
  const params = `${unverifiableWeights > 0 ? 'at least ' : ''}${counted(modelParams, 'param')}`;
  if (recurrent.nodes === 0) return `${params}, no recurrent nodes`;
  const bound = recurrent.unverifiableNodes > 0 ? 'at least ' : '';
  const verdicts = (['MATCH', 'MISMATCH', 'UNVERIFIABLE'] as const)
    .map((verdict) => ({ verdict, nodes: recurrentNodes.filter((node) => node.verdict === verdict).length }))
    .filter(({ nodes }) => nodes > 0)
    .map(({ verdict, nodes }) => (nodes === recurrent.nodes ? verdict : `${count(nodes)} ${verdict}`));
  const where = counted(recurrent.nodes, 'recurrent node');
  const { distinct, perUse } = recurrent;
  // Weights that several nodes use count once in the one, and with each node in the other, which budgets may be on.
  const figure = distinct === perUse ? count(distinct) : `${count(distinct)} distinct (${count(perUse)} per use)`;
  return `${params}, ${bound}${figure} in ${where}: ${verdicts.join(', ')}`;
}

/** The table of recurrent nodes and, below it, why a verdict is not MATCH. `total` may be more than are shown. */
export function reportNodes(nodes: readonly NodeRow[], total: number, width: number): string[] {
  if (total === 0) return ['No recurrent nodes.'];
  const shown = nodes.slice(0, MAX_NODES);
  const table = renderTable(COLUMNS, shown.map(cells), width);
  const reasons = shown
    .filter((node) => node.reason !== null)
    .slice(0, MAX_NOTES)
    .flatMap((node) => wrapped(`${shortPath(node.path)}: ${node.reason ?? ''}`, width));
  const rest = total - shown.length;
  const isShort = shown.some(({ path }) => pathSteps(path).length < path.split('/').filter(Boolean).length - 1);
  return [
    rest > 0 ? `${table}\n… and ${counted(rest, 'more node')} (--json has them all)` : table,
    ...(isShort ? ['Paths are shortened; budgets take them whole, as --json has them.'] : []),
    ...(reasons.length > 0 ? [reasons.join('\n')] : []),
  ];
}

/** Cells written out in small operators; nothing where there are none, as in most files. */
function reportCells({ decomposed, decomposedCells }: Inspection<string | null>, width: number): string[] {
  if (decomposed.cells === 0) return [];
  const shown = decomposedCells.slice(0, MAX_NODES);
  const rest = decomposed.cells - shown.length;
  const lines = shown
    .filter((cell) => cell.reason !== null)
    .slice(0, MAX_NOTES)
    .flatMap((cell) => wrapped(`${shortPath(cell.path)}: ${cell.reason ?? ''}`, width));
  const total = `Written out in small operators: ${counted(decomposed.cells, 'cell')}, ${counted(decomposed.params, 'param')}; recurrent nodes do not count them`;
  return [
    [
      renderTable(CELL_COLUMNS, shown.map(cellRow), width),
      ...(rest > 0 ? [`… and ${counted(rest, 'more cell')}`] : []),
    ].join('\n'),
    [...lines, ...wrapped(total, width)].join('\n'),
  ];
}

function cellRow(cell: DecomposedCell): string[] {
  return [
    shownPath(cell.path),
    sayCell(cell),
    count(cell.inputSize),
    count(cell.hiddenSize),
    count(cell.repetitions),
    count(cell.params),
    cell.confidence,
  ];
}

function cells(node: NodeRow): string[] {
  return [
    shownPath(node.path),
    safeText(node.opType),
    count(node.inputSize),
    count(node.hiddenSize),
    count(node.numDirections),
    node.biasConvention,
    count(node.stored),
    count(node.expected),
    node.verdict,
  ];
}

/** Unlike the figure of recurrent nodes, without zeros that were never learned. */
function effectiveOf({ modelParamsEffective, recurrent }: Inspection<string | null>): string {
  if (modelParamsEffective !== null) return `${counted(modelParamsEffective, 'param')}, the number that Keras prints`;
  return `unknown, because a ${recurrent.unverifiableNodes > 0 ? 'node could not be verified' : 'bias was not read'}`;
}

function reportTotals(
  inspection: Inspection<string | null>,
  width: number,
  found: readonly FoundReference[] = [],
): string {
  const { recurrent, classes } = inspection;
  const atLeast = (unverifiable: number) => (unverifiable > 0 ? 'at least ' : '');
  const lines = [
    `Whole file: ${atLeast(inspection.unverifiableWeights)}${counted(inspection.modelParams, 'param')} in ${counted(inspection.storedElements, 'stored element')}`,
  ];
  if (recurrent.nodes > 0) lines.push(`  without zero bias halves: ${effectiveOf(inspection)}`);
  lines.push(
    `  by class: ${ELEMENT_CLASSES.filter((name) => classes[name] > 0)
      .map((name) => `${name} ${count(classes[name])}`)
      .join(', ')}`,
  );
  const { duplicateBytes } = inspection;
  const [quantized, claimed] = [sayQuantizedWeights(inspection.quantizedWeights), sayClaimed(inspection.claimed)];
  if (quantized !== null) lines.push(`  quantized: ${quantized}`);
  if (claimed !== null) lines.push(`  not counted: ${claimed}`);
  if (duplicateBytes > 0) lines.push(`  repeated: ${counted(duplicateBytes, 'byte')} that sharing would save`);
  if (inspection.externalData.length > 0) lines.push(`  bytes: ${sizes(inspection, found)}`);
  if (recurrent.nodes > 0) {
    lines.unshift(
      `Recurrent: ${counted(recurrent.nodes, 'node')}, ${atLeast(recurrent.unverifiableNodes)}${counted(recurrent.perUse, 'param')} per use, ${count(recurrent.distinct)} distinct`,
      `  without zero bias halves: ${count(recurrent.effective)} per use, ${count(recurrent.effectiveDistinct)} distinct`,
    );
  }
  const { unverifiableWeights } = inspection;
  lines.push(...sayBounds({ unverifiableNodes: recurrent.unverifiableNodes, unverifiableWeights }));
  return lines.flatMap((line) => wrapped(line, width)).join('\n');
}

/** With and without the files beside the model. */
function sizes({ byteSize, externalData }: Inspection<string | null>, found: readonly FoundReference[] = []): string {
  const besides = externalBytes({ externalData });
  if (besides !== null) return `${count(byteSize)} and ${count(besides)} of external data`;
  const unread = externalData.filter((file) => file.byteSize === null);
  const short = found.filter((file) => file.byteSize !== null && file.problem !== null).length;
  const files = [
    short === unread.length ? [] : `${counted(unread.length - short, 'file')} not read`,
    short === 0 ? [] : `${counted(short, 'file')} too short`,
  ];
  return `unknown; ${count(byteSize)} in the model file, ${count(claimedBytes({ externalData: unread }))} claimed in ${files.flat().join(' and ')}`;
}

function reportNotes(
  inspection: Inspection<string | null>,
  width: number,
  found: readonly FoundReference[] = [],
): string {
  const external = inspection.externalData.slice(0, MAX_NOTES).map(({ location, claimedBytes }, index) => {
    const file = found[index];
    const state = file === undefined ? '' : `, ${file.problem ?? `${count(file.byteSize)} bytes found`}`;
    return `external data ${location}: ${count(claimedBytes)} bytes claimed${state}`;
  });
  const warnings = inspection.warnings
    .slice(0, MAX_NOTES)
    .map(({ code, message, path }) => `warning ${code}: ${message}${path === null ? '' : ` (${shortPath(path)})`}`);
  const left = inspection.warnings.length - warnings.length;
  if (left > 0) warnings.push(`… and ${counted(left, 'more warning')} (--json has them all)`);
  return [...external, ...warnings].flatMap((line) => wrapped(line, width)).join('\n');
}

function styledVerdict(cell: string): string {
  if (cell === 'MATCH') return styled('green', cell);
  return styled(cell === 'MISMATCH' ? 'red' : 'yellow', cell);
}

function shownPath(path: string): string {
  return safeText(pathSteps(path).join(BETWEEN));
}

function fitted(text: string, width: number): string {
  return cutMiddle(safeText(text), width);
}
