/** The trail: who did what to which model. The closed set of what can be done, and an event as it is answered. Pure. */
import type { ChoiceComparator, Comparator, Order, TextComparator } from './catalog.js';

export const EVENT_ACTIONS = [
  'MODEL_CREATED',
  'MODEL_UPDATED',
  'MODEL_DELETED',
  'VERSION_PUBLISHED',
  'VERSION_CHECKED',
  'VERSION_WITHDRAWN',
  'VERSION_RESTORED',
  'UPLOAD_REFUSED',
  'ALIAS_SET',
  'ALIAS_HELD',
  'ALIAS_DELETED',
  'ALIAS_PROTECTED',
  'ALIAS_UNPROTECTED',
  'BUDGET_SET',
  'BUDGET_DELETED',
  'CHECK_APPROVED',
  'APPROVAL_REVOKED',
  'QUOTA_SET',
  'QUOTA_REMOVED',
  'TOKEN_CREATED',
  'TOKEN_REVOKED',
  'BACKUP_READ',
] as const;
export type EventAction = (typeof EVENT_ACTIONS)[number];

/** What else there is to say: flat, and never a secret. */
export type EventDetails = Record<string, string | number | boolean | null | readonly string[]>;

/** Not `Event`: there is a global of that name, which type-graphql would take for the class of the object. */
export interface TrailEvent {
  id: string;
  /** Null for what has no model, such as a token. */
  modelName: string | null;
  /** Place among the events of its model, or of what has none, from 1 without gaps. */
  sequence: number;
  at: Date;
  /** Name of the token. */
  principal: string;
  tokenId: string | null;
  action: EventAction;
  versionNumber: number | null;
  alias: string | null;
  details: EventDetails;
  /** SHA-256, 64 hexadecimal digits, over the hash of the event before it and all of the above. */
  hash: string;
}

export interface EventFilter {
  modelName?: TextComparator;
  action?: ChoiceComparator<EventAction>;
  principal?: TextComparator;
  at?: Comparator<Date>;
  versionNumber?: Comparator<number>;
  alias?: TextComparator;
}

export const EVENT_ORDER_FIELDS = ['AT'] as const;
export type EventOrderField = (typeof EVENT_ORDER_FIELDS)[number];
export type EventOrder = Order<EventOrderField>;

/** What is wrong at one place of the trail. */
export const TRAIL_FAULTS = ['EDITED', 'MISSING', 'ADDED', 'CUT_OFF', 'REWRITTEN'] as const;
export type TrailFault = (typeof TRAIL_FAULTS)[number];

/** An event by its place, with the hash that it had when it was read. */
export interface TrailPlace {
  /** Null for the chain of what has no model. */
  modelName: string | null;
  sequence: number;
  /** 64 hexadecimal digits. */
  hash: string;
}
