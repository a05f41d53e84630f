// Budgets of some nodes: what they say where they select nothing, and that a path follows a node that was renamed.
import fc from 'fast-check';
import { checkBudgetRule, type BudgetRuleDraft, type BudgetScope } from '../../../src/core/budget.js';
import { approvalContext } from '../../../src/core/check/approval.js';
import { findContributors } from '../../../src/core/check/explanation.js';
import { comparisonsWanted, evaluateBudgets } from '../../../src/core/check/evaluate.js';
import type { BaseKind, Evaluation, Followed, JudgedBudget, Question, Weighed } from '../../../src/core/check/check.js';
import { compareInspections } from '../../../src/core/drift/compare.js';
import type { Inspection } from '../../../src/core/inspection.js';
import { workOfCell } from '../../../src/core/layer/estimate.js';
import { measurementsOf, partsOf, workOfParts } from '../../../src/core/measurements.js';
import { sampleInspection, sampleNode } from '../../support/catalog.js';

const NOW = new Date('2026-05-01T00:00:00Z');

type Node = Parameters<typeof sampleNode>[0];

const model = (...nodes: Node[]): Inspection => sampleInspection({ nodes: nodes.map((node) => named(node)) });

/** A path and a name that was chosen, sizes and contents of its own. */
function named(node: Node = {}) {
  const { path = 'graph/lstm', stored = 100 } = node;
  const sizes = { inputSize: stored, hiddenSize: stored, stored, effective: stored };
  return sampleNode({ name: path.split('/').at(-1) ?? '', weights: [], ...sizes, ...node, path });
}

/** A cell that is written out in small operators. */
function withCell(inspection: Inspection, path: string, kind: 'LSTM' | 'GRU' = 'LSTM', params = 100): Inspection {
  const sizes = { cell: kind, inputSize: 2, hiddenSize: 3, params, tensors: [] };
  const cell = { path, ...sizes, ...workOfCell(sizes) } as unknown as Inspection['decomposedCells'][number];
  return { ...inspection, decomposed: { ...inspection.decomposed, cells: 1 }, decomposedCells: [cell] };
}

function weighed(number: number, inspection: Inspection): Weighed {
  const { inspectionVersion } = inspection;
  const measurements = measurementsOf(inspection, workOfParts(inspection));
  return { number, digest: `sha256:${number}`, inspectionVersion, measurements, parts: partsOf(inspection) };
}

interface Case {
  /** What the budget had followed when the base was published. */
  carried?: Followed[];
  budget: Omit<BudgetRuleDraft, 'metric'> & { metric?: string; scope?: BudgetScope };
  now: Inspection;
  base?: Inspection;
  kind?: BaseKind;
  /** The version before, where the base is another. */
  previous?: Inspection;
  /** Whether versions are too large to be compared. */
  isTooLarge?: boolean;
}

function ask({
  budget: { scope, ...draft },
  now,
  base,
  kind = 'PREVIOUS',
  previous,
  isTooLarge = false,
  carried,
}: Case) {
  const rule = checkBudgetRule({ metric: 'RECURRENT_PER_USE', ...draft });
  const budget: JudgedBudget = { ...rule, id: 'b', revision: 1, ...(scope && { scope }) };
  const subject = weighed(3, now);
  const inspections = new Map<Weighed, Inspection>([[subject, now]]);
  const read = (number: number, inspection: Inspection | undefined) => {
    if (inspection === undefined) return null;
    const version = weighed(number, inspection);
    inspections.set(version, inspection);
    return version;
  };
  const before = read(1, base);
  if (before && carried) before.carried = new Map([['b', carried]]);
  const chosen = { weighed: before, kind, fallback: false, why: 'test' };
  const question: Question = {
    subject,
    previous: previous ? read(2, previous) : before,
    budgets: [{ budget, base: chosen }],
    now: NOW,
  };
  const changesSince = (from: Weighed) => (isTooLarge ? null : compareInspections(inspections.get(from)!, now).changes);
  const compared = comparisonsWanted(question).map((from) => ({ base: from, changes: changesSince(from) }));
  return { budget, question: { ...question, compared }, changesSince };
}

const evaluate = (one: Case): Evaluation => evaluateBudgets(ask(one).question);

/** Outcome and reason of the only finding, its value, and how many nodes it is over. */
function said(one: Case) {
  const { findings } = evaluate(one);
  expect(findings.length).toBe(1);
  return findings.map(({ outcome, reason, value, selection }) => [outcome, reason, value, selection?.parts])[0];
}

const lstm = { path: 'graph/lstm' };
const gru = { path: 'graph/gru', opType: 'GRU' as const };
const tag: BudgetScope = { kind: 'TAG', tag: 'tiny' };
const registry: BudgetScope = { kind: 'REGISTRY' };
const own: BudgetScope = { kind: 'MODEL', model: 'm' };

describe('a node that was followed to a name that the path does not fit', () => {
  const carried: Followed[] = [{ basePath: 'graph/enc/b', path: 'graph/dec/b', confidence: 'HIGH' }];
  const a = { path: 'graph/enc/a', stored: 100 };
  const b = (path: string, stored: number) => ({ path, stored, inputSize: 7 });
  const before = model(a, b('graph/dec/b', 200));
  const growth = { path: 'graph/enc/*', maxIncreasePercent: 10 };

  it.each<[string, Case, unknown[]]>([
    [
      'is followed while it keeps that name',
      { budget: growth, base: before, carried, now: model(a, b('graph/dec/b', 300)) },
      ['FAIL', 'BROKEN', 400, 2],
    ],
    [
      'is followed to a third name',
      { budget: growth, base: before, carried, now: model(a, b('graph/x/b', 200)) },
      ['PASS', 'WITHIN', 300, 2],
    ],
    [
      'is as large as it was where nothing changed',
      { budget: growth, base: before, carried, now: before },
      ['PASS', 'WITHIN', 300, 2],
    ],
    [
      'is no other node where the budget had followed none',
      { budget: growth, base: before, now: model(a, b('graph/dec/b', 300)) },
      ['PASS', 'WITHIN', 100, 1],
    ],
    [
      'may be what is new where it is gone',
      { budget: growth, base: before, carried, now: model(a, { path: 'graph/x/c', stored: 9_000 }), isTooLarge: true },
      ['FAIL', 'UNVERIFIABLE', 100, 1],
    ],
    [
      'counts against a limit, and is not enough to pass, where it may be another',
      {
        budget: { path: 'graph/enc/b', max: 250 },
        base: before,
        carried: [{ ...carried[0]!, confidence: 'LOW' }],
        now: before,
      },
      ['FAIL', 'NOTHING_SELECTED', null, 1],
    ],
    [
      'is there for a path without a pattern too',
      { budget: { path: 'graph/enc/b', max: 250 }, base: before, carried, now: before },
      ['PASS', 'WITHIN', 200, 1],
    ],
  ])('%s', (_, one, expected) => expect(said(one)).toEqual(expected));

  it('is told under the name that it had first', () => {
    const now = model(a, b('graph/x/b', 200));
    const [finding] = evaluate({ budget: growth, base: before, carried, now }).findings;
    expect(finding?.selection?.followed).toEqual([
      { basePath: 'graph/enc/b', path: 'graph/x/b', confidence: expect.any(String) as string },
    ]);
  });
});

describe('a budget that selects nothing', () => {
  it.each<[string, Case, unknown[]]>([
    [
      'by a typing error in its path fails',
      { budget: { path: 'graph/lstn', max: 500 }, now: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'by its path fails with a base that has as little',
      { budget: { path: 'graph/lstn', max: 500 }, now: model(lstm), base: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'of a registry, but of one model, fails as that of a file',
      { budget: { path: 'graph/lstn', max: 500, scope: own }, now: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'by its path fails where it limits growth alone, with a base',
      { budget: { path: 'graph/lstn', maxIncreasePercent: 1 }, now: model(lstm), base: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'by its path fails where it limits growth alone, without a base',
      { budget: { path: 'graph/lstn', maxIncreasePercent: 1 }, now: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'by its path fails even at a limit of 0, which no other model could keep either',
      { budget: { path: 'graph/lstn', max: 0 }, now: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'warns where that was said',
      { budget: { path: 'graph/lstn', max: 500, onUnverifiable: 'WARN' }, now: model(lstm) },
      ['WARN', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'is skipped where that was said',
      { budget: { path: 'graph/lstn', max: 500, onUnverifiable: 'SKIP' }, now: model(lstm) },
      ['SKIPPED', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'of level WARN warns',
      { budget: { path: 'graph/lstn', max: 500, level: 'WARN' }, now: model(lstm) },
      ['WARN', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'that has expired is not looked at',
      { budget: { path: 'graph/lstn', max: 500, expiresAt: NOW }, now: model(lstm) },
      ['SKIPPED', 'EXPIRED', 0, 0],
    ],
    [
      'of an operator that the base had fails',
      { budget: { opType: 'GRU', max: 500 }, now: model(lstm), base: model(lstm, gru) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'of an operator that the base had fails where it limits growth',
      { budget: { opType: 'GRU', maxIncreasePercent: 10 }, now: model(lstm), base: model(lstm, gru) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'of an operator that the base did not have passes',
      { budget: { opType: 'GRU', max: 500 }, now: model(lstm), base: model(lstm) },
      ['PASS', 'WITHIN', 0, 0],
    ],
    [
      'of an operator passes without a base',
      { budget: { opType: 'GRU', max: 500 }, now: model(lstm) },
      ['PASS', 'WITHIN', 0, 0],
    ],
    [
      'of an operator that it forbids passes, whatever the base had',
      { budget: { opType: 'GRU', max: 0 }, now: model(lstm), base: model(lstm, gru) },
      ['PASS', 'WITHIN', 0, 0],
    ],
    [
      'of an operator at a path where others are passes',
      { budget: { opType: 'GRU', path: 'graph/*', max: 500 }, now: model(lstm), base: model(lstm) },
      ['PASS', 'WITHIN', 0, 0],
    ],
    [
      'of an operator at a path where nothing is fails',
      { budget: { opType: 'GRU', path: 'graph/rnn/*', max: 500 }, now: model(lstm), base: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'since the node is another operator now fails',
      {
        budget: { opType: 'GRU', path: 'graph/gru', max: 500 },
        now: model({ ...gru, opType: 'RNN' }),
        base: model(gru),
      },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'of a tag is skipped',
      { budget: { path: 'graph/lstn', max: 500, scope: tag }, now: model(lstm) },
      ['SKIPPED', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'of the registry is skipped, even where the base had what it selects',
      { budget: { opType: 'GRU', max: 500, scope: registry }, now: model(lstm), base: model(gru, lstm) },
      ['SKIPPED', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'of the registry passes where it forbids an operator',
      { budget: { opType: 'GRU', max: 0, scope: registry }, now: model(lstm) },
      ['PASS', 'WITHIN', 0, 0],
    ],
  ])('%s', (_name, one, expected) => {
    expect(said(one)).toEqual(expected);
  });

  it('says in one sentence what there is not, and in the line', () => {
    const now = model(lstm);
    const message = (budget: Case['budget'], base?: Inspection) => {
      const { line, findings } = evaluate({ budget, now, ...(base && { base }) });
      return [line, findings[0]?.message];
    };
    const typed =
      'RECURRENT_PER_USE cannot be judged: nothing recurrent is at graph/lstn; change the budget if that is right';
    expect(message({ path: 'graph/lstn', max: 5 })).toEqual([`FAIL: ${typed}`, typed]);
    const gone =
      'RECURRENT_PER_USE cannot be judged: no GRU is in the model any more; there was 1 in the base; change the budget if that is right';
    expect(message({ opType: 'GRU', max: 5 }, model(lstm, gru))).toEqual([`FAIL: ${gone}`, gone]);
    expect(message({ opType: 'GRU', max: 0 })).toEqual([
      'PASS: 1 limit kept, 1 of them with none to count (no GRU)',
      'RECURRENT_PER_USE is none: there is no GRU, 0 params are allowed',
    ]);
    expect(message({ opType: 'GRU', max: 5, scope: registry })).toEqual([
      'SKIPPED: no limit was judged (nothing selected)',
      'RECURRENT_PER_USE cannot be judged: no GRU is in the model',
    ]);
  });

  it('is not told from one whose cells are not all listed', () => {
    const inspection = model(lstm);
    const now = { ...inspection, decomposed: { ...inspection.decomposed, cells: 5_000 } };
    const budget = { metric: 'ALL_RECURRENT_PER_USE', path: 'graph/cell*', max: 500 };
    expect(said({ budget, now })).toEqual(['FAIL', 'UNVERIFIABLE', 0, 0]);
  });

  it('is approved for these bytes alone', () => {
    const context = (digest: string) => {
      const { budget, question } = ask({ budget: { path: 'graph/lstn', max: 5 }, now: model(lstm) });
      return approvalContext('m', budget, evaluateBudgets(question).findings[0]!, digest);
    };
    expect(context('sha256:a')).not.toBeNull();
    expect(context('sha256:a')).not.toBe(context('sha256:b'));
  });
});

describe('a path', () => {
  const encoder = { path: 'graph/encoder/lstm' };
  const sized = { inputSize: 100, hiddenSize: 100 };
  const dense = { path: 'graph/dense/lstm', stored: 7 };

  it.each<[string, Case, unknown[]]>([
    [
      'follows a renamed node',
      { budget: { path: 'graph/lstm', max: 150 }, now: model(encoder), base: model(lstm) },
      ['PASS', 'WITHIN', 100, 1],
    ],
    [
      'follows it over its limit',
      { budget: { path: 'graph/lstm', max: 50 }, now: model(encoder), base: model({ ...lstm, stored: 100 }) },
      ['WARN', 'INHERITED', 100, 1],
    ],
    [
      'follows it where growth is limited',
      { budget: { path: 'graph/lstm', maxIncreasePercent: 10 }, now: model(encoder), base: model(lstm) },
      ['PASS', 'WITHIN', 100, 1],
    ],
    [
      'does not lose one of several that it selects',
      {
        budget: { path: 'graph/d*', max: 150 },
        now: model(dense, encoder),
        base: model(dense, { path: 'graph/down' }),
      },
      ['PASS', 'WITHIN', 107, 2],
    ],
    [
      'follows a renamed node that grew, as far as to its limit',
      { budget: { path: 'graph/lstm', max: 150 }, now: model({ ...encoder, stored: 400 }), base: model(lstm) },
      ['FAIL', 'BROKEN', 400, 1],
    ],
    [
      'does not pass by what is only perhaps the node',
      { budget: { path: 'graph/lstm', max: 150 }, now: model({ ...encoder, stored: 130 }), base: model(lstm) },
      ['FAIL', 'NOTHING_SELECTED', null, 1],
    ],
    [
      'follows no operator that the budget is not about',
      { budget: { path: 'graph/gru', opType: 'GRU', max: 500 }, now: model(encoder), base: model(gru) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'does not take for growth what had another name in the base',
      { budget: { path: 'graph/encoder/*', maxIncreasePercent: 10 }, now: model(encoder), base: model(lstm) },
      ['PASS', 'WITHIN', 100, 1],
    ],
    [
      'that has only the new name of a node counts what it grew since it had another',
      {
        budget: { path: 'graph/encoder/lstm', maxIncreasePercent: 10 },
        now: model({ ...encoder, stored: 400 }),
        base: model(lstm),
      },
      ['FAIL', 'BROKEN', 400, 1],
    ],
    [
      'with stars that has only the new name of a node counts what it grew since it had another',
      {
        budget: { path: 'graph/enc*', maxIncreasePercent: 10, scope: registry },
        now: model({ ...encoder, stored: 400 }),
        base: model(lstm),
      },
      ['FAIL', 'BROKEN', 400, 1],
    ],
    [
      'that has only the new name of a cell counts what it grew since it had another',
      {
        budget: { metric: 'ALL_RECURRENT_PER_USE', path: 'graph/gates', maxIncreasePercent: 10 },
        now: withCell(model(dense), 'graph/gates', 'LSTM', 400),
        base: withCell(model(dense), 'graph/down'),
      },
      ['FAIL', 'BROKEN', 400, 1],
    ],
    [
      'does not pass by the growth on what only perhaps was the node',
      {
        budget: { path: 'graph/encoder/lstm', maxIncreasePercent: 10 },
        now: model({ ...encoder, stored: 105 }),
        base: model(lstm),
      },
      ['FAIL', 'UNVERIFIABLE', 105, 1],
    ],
    [
      'allows no more because another node perhaps was what is new',
      {
        budget: { path: 'graph/d*', maxIncreasePercent: 10 },
        now: model(dense, { path: 'graph/down', stored: 10 }),
        base: model(dense, { path: 'graph/up', stored: 100 }),
      },
      ['FAIL', 'BROKEN', 17, 2],
    ],
    [
      'has no growth on a node that is new, where none is gone',
      { budget: { path: 'graph/encoder/lstm', maxIncreasePercent: 10 }, now: model(lstm, encoder), base: model(lstm) },
      ['SKIPPED', 'BASE_ZERO', 100, 1],
    ],
    [
      'cannot be judged by growth where the versions are too large to say what a new node was',
      {
        budget: { path: 'graph/encoder/lstm', maxIncreasePercent: 10 },
        isTooLarge: true,
        now: model({ ...encoder, stored: 400 }),
        base: model(lstm),
      },
      ['FAIL', 'UNVERIFIABLE', 400, 1],
    ],
    [
      'keeps to a node of its name, whatever became of the others',
      { budget: { path: 'graph/lstm', max: 150 }, now: model(lstm, encoder), base: model(lstm) },
      ['PASS', 'WITHIN', 100, 1],
    ],
    [
      'whose node was removed selects nothing',
      { budget: { path: 'graph/lstm', max: 150 }, now: model(gru), base: model(lstm, gru) },
      ['FAIL', 'NOTHING_SELECTED', null, 0],
    ],
    [
      'over a pinned base does not take for new what the version before had under a new name too',
      {
        ...{ budget: { path: 'graph/lstm', maxIncreasePercent: 10 }, kind: 'FIRST', base: model(lstm) },
        ...{
          now: model({ ...encoder, ...sized, stored: 120 }),
          previous: model({ ...encoder, ...sized, stored: 120 }),
        },
      },
      ['WARN', 'INHERITED', 120, 1],
    ],
    [
      'cannot be judged by a part where one that is gone may be one that is new',
      {
        budget: { path: 'graph/old/*', max: 2 },
        now: model({ path: 'graph/new/a', stored: 2 }, { path: 'graph/new/b', stored: 2 }),
        base: model({ path: 'graph/old/a', stored: 1 }, { path: 'graph/old/b', stored: 2 }),
      },
      ['FAIL', 'UNVERIFIABLE', 2, 1],
    ],
    [
      'cannot be judged by a part where one that is gone may be written out in small operators now',
      {
        budget: { path: 'graph/d*', max: 150 },
        now: withCell(model(dense), 'graph/gates'),
        base: model(dense, { path: 'graph/down' }),
      },
      ['FAIL', 'UNVERIFIABLE', 7, 1],
    ],
    [
      'cannot be judged by a part where a cell that is gone may be one that is new',
      {
        budget: { metric: 'ALL_RECURRENT_PER_USE', path: 'graph/d*', max: 150 },
        now: withCell(model(dense), 'graph/gates', 'GRU'),
        base: withCell(model(dense), 'graph/down'),
      },
      ['FAIL', 'UNVERIFIABLE', 7, 1],
    ],
    [
      'follows a cell that was renamed',
      {
        budget: { metric: 'ALL_RECURRENT_PER_USE', path: 'graph/d*', max: 150 },
        now: withCell(model(dense), 'graph/gates'),
        base: withCell(model(dense), 'graph/down'),
      },
      ['PASS', 'WITHIN', 107, 2],
    ],
    [
      'is left by a node that was removed, where nothing is new',
      { budget: { path: 'graph/d*', max: 150 }, now: model(dense), base: model(dense, { path: 'graph/down' }) },
      ['PASS', 'WITHIN', 7, 1],
    ],
    [
      'cannot be judged by a part where the versions are too large to say what became of the rest',
      {
        ...{ budget: { path: 'graph/d*', max: 150 }, isTooLarge: true },
        ...{ now: model(dense, encoder), base: model(dense, { path: 'graph/down' }) },
      },
      ['FAIL', 'UNVERIFIABLE', 7, 1],
    ],
  ])('%s', (_name, one, expected) => {
    expect(said(one)).toEqual(expected);
  });

  it('says that it follows, in the finding and in the line', () => {
    const { line, findings } = evaluate({
      budget: { path: 'graph/lstm', max: 150 },
      now: model(encoder),
      base: model(lstm),
    });
    expect(findings[0]?.selection).toEqual({
      ...{ opType: null, path: 'graph/lstm', parts: 1, baseParts: 1, missing: [] },
      followed: [{ basePath: 'graph/lstm', path: 'graph/encoder/lstm', confidence: 'MEDIUM' }],
    });
    const follows = 'follows lstm, now encoder / lstm';
    expect(findings[0]?.message).toBe(`RECURRENT_PER_USE is 100 params, within 150 params; ${follows}`);
    expect(line).toBe(`PASS: 1 limit kept; ${follows}`);
  });

  it('says of growth which node it perhaps was', () => {
    const budget = { path: 'graph/encoder/lstm', maxIncreasePercent: 10 };
    const { findings } = evaluate({ budget, now: model({ ...encoder, stored: 400 }), base: model(lstm) });
    expect(findings).toMatchObject([{ baseValue: 100, delta: 300, selection: { baseParts: 1 } }]);
    expect(findings[0]?.message).toMatch(/\+300\.0 % on version 1; follows lstm, now perhaps encoder \/ lstm/);
  });

  it('escapes no limit on growth by new names: what fails under the old ones is neither passed nor skipped', () => {
    const size = fc.integer({ min: 1, max: 4 });
    const layer = fc.record({ before: size, after: size });
    fc.assert(
      fc.property(
        fc.array(layer, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 90 }),
        (layers, percent) => {
          const nodes = (name: string, side: 'before' | 'after') =>
            model(...layers.map((sizes, index) => ({ path: `graph/${name}/${index}${name}`, stored: sizes[side] })));
          const outcome = (name: string) =>
            evaluate({
              budget: { path: `graph/${name}/*`, maxIncreasePercent: percent },
              now: nodes(name, 'after'),
              base: nodes('old', 'before'),
            }).outcome;
          expect(outcome('old') === 'FAIL' && outcome('new') !== 'FAIL').toBe(false);
        },
      ),
    );
  });

  it('is left by no rename: what fails under the old names passes under no new ones', () => {
    const size = fc.integer({ min: 1, max: 4 });
    const layer = fc.record({ before: size, after: size, isRenamed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 12 }), (layers, max) => {
        const nodes = (nameOf: (index: number) => string, sizeOf: (index: number) => number) =>
          model(...layers.map((_, index) => ({ path: `graph/${nameOf(index)}`, stored: sizeOf(index) })));
        const old = (index: number) => `old/${index}x`;
        const base = nodes(old, (index) => layers[index]!.before);
        const after = (index: number) => layers[index]!.after;
        const renamed = nodes((index) => (layers[index]!.isRenamed ? `new/${index}y` : old(index)), after);
        const budget = { path: 'graph/old/*', max };
        const [kept, moved] = [nodes(old, after), renamed].map((now) => evaluate({ budget, now, base }).outcome);
        expect([kept, moved]).not.toEqual(['FAIL', 'PASS']);
      }),
    );
  });

  it('asks for no comparison where no name has come or gone, and of the whole model for none at all', () => {
    const wanted = (one: Case) => ask(one).question.compared?.length;
    const base = model(lstm, gru);
    expect(wanted({ budget: { path: 'graph/lstm', max: 1 }, now: model(lstm), base })).toBe(0);
    expect(wanted({ budget: { opType: 'GRU', max: 1 }, now: model(lstm), base })).toBe(0);
    expect(wanted({ budget: { max: 1 }, now: model(encoder), base })).toBe(0);
    expect(wanted({ budget: { path: 'graph/lstm', max: 1 }, now: model(encoder), base })).toBe(1);
  });

  it('gives the parts of a growth under the names of now', async () => {
    const [base, now] = [model(lstm), model({ ...encoder, stored: 400 })];
    const { budget, question, changesSince } = ask({
      budget: { path: 'graph/lstm', maxIncreasePercent: 10 },
      now,
      base,
    });
    const [finding] = evaluateBudgets(question).findings;
    const contributors = await findContributors(finding!, budget, {
      parts: () => Promise.resolve(partsOf(now)),
      whole: () => Promise.resolve(now),
      base: {
        parts: () => Promise.resolve(partsOf(base)),
        changes: () => Promise.resolve(changesSince(question.previous!)),
      },
    });
    expect(contributors).toMatchObject([{ path: 'graph/encoder/lstm', delta: 300, share: 1 }]);
  });
});
