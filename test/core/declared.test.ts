import { type DeclaredAgreement, declaredAgreement } from '../../src/core/declared.js';
import { measurementsOf } from '../../src/core/measurements.js';
import { sampleInspection } from '../support/catalog.js';

/** An LSTM of (25, 100) as Keras exports it, 50,400 in 50,800, a dense layer of 1,010, and 5 elements of shapes. */
const counted = {
  modelParams: 51_810,
  storedElements: 51_815,
  recurrent: {
    nodes: 1,
    unverifiableNodes: 0,
    perUse: 50_800,
    distinct: 50_800,
    effective: 50_400,
    effectiveDistinct: 50_400,
  },
};

type Counted = typeof counted;

function figuresOf(inspection: Partial<Counted>) {
  const none = { macsPerStep: null, stateBytes: null };
  return measurementsOf(sampleInspection({ inspection: { ...counted, ...inspection } }), none);
}

test.each<[string, number | null, DeclaredAgreement]>([
  ['nothing', null, 'NOT_DECLARED'],
  ['what the file holds', 51_810, 'EQUAL'],
  ['what Keras counts of the whole model', 51_410, 'EFFECTIVE'],
  ['what Keras counts of the layer', 50_400, 'EFFECTIVE'],
  ['the recurrent layer as it is stored', 50_800, 'DISTINCT'],
  ['every stored element', 51_815, 'STORED'],
  ['one too many', 51_811, 'DIFFERENT'],
  ['none', 0, 'DIFFERENT'],
])('declaring %s, %j, is %s', (_, declared, expected) => {
  expect(declaredAgreement(declared, figuresOf(counted))).toBe(expected);
});

test('without zero bias halves, the recurrent layer alone is DISTINCT', () => {
  const recurrent = { ...counted.recurrent, effective: 50_800, effectiveDistinct: 50_800 };
  expect(declaredAgreement(50_800, figuresOf({ recurrent }))).toBe('DISTINCT');
});

test('a lower bound agrees with nothing, and then it is not known whether the number differs', () => {
  const recurrent = { ...counted.recurrent, unverifiableNodes: 1 };
  for (const declared of [51_410, 50_400, 50_800]) {
    expect(declaredAgreement(declared, figuresOf({ recurrent }))).toBe('UNKNOWN');
  }
  expect(declaredAgreement(51_810, figuresOf({ recurrent }))).toBe('EQUAL');
});

test('a declared 0 agrees with no recurrent layer that is not there', () => {
  const recurrent = { nodes: 0, unverifiableNodes: 0, perUse: 0, distinct: 0, effective: 0, effectiveDistinct: 0 };
  expect(declaredAgreement(0, figuresOf({ modelParams: 7, storedElements: 9, recurrent }))).toBe('DIFFERENT');
  expect(declaredAgreement(0, figuresOf({ modelParams: 0, storedElements: 9, recurrent }))).toBe('EQUAL');
});
