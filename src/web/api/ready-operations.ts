/** Five operations to begin with, each in a tab. `test/api/schema.test.ts` holds them to the schema and the limits. */
import largestVersions from './ready/largest-versions.graphql?raw';
import layerFromSizes from './ready/layer-from-sizes.graphql?raw';
import notAMatch from './ready/not-a-match.graphql?raw';
import oneWeighing from './ready/one-weighing.graphql?raw';
import sizeDrift from './ready/size-drift.graphql?raw';

const WEIGHED = { model: 'silero-vad', ref: { number: 1 } };

export const READY_OPERATIONS: { query: string; variables?: string }[] = [
  { query: largestVersions },
  { query: oneWeighing, variables: JSON.stringify(WEIGHED, null, 2) },
  { query: notAMatch },
  { query: sizeDrift },
  { query: layerFromSizes },
];
