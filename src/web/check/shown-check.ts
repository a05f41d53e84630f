/** What the page of a check asked for, which its parts show: the types alone. */
import type { CheckPageQuery } from '../generated/operations.js';

export type ShownCheck = Extract<NonNullable<CheckPageQuery['node']>, { outcome: string }>;

export type ShownFinding = ShownCheck['findings'][number];

export type ShownApproval = ShownCheck['approvals'][number];
