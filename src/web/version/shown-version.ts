/** What the page of a version asked for, which its parts show: the types alone. */
import type { VersionNodesQuery, VersionPageQuery } from '../generated/operations.js';

export type ShownVersion = NonNullable<VersionPageQuery['version']>;

export type ShownInspection = ShownVersion['inspection'];

export type ShownNode = NonNullable<VersionNodesQuery['version']>['inspection']['recurrentNodes']['nodes'][number];
