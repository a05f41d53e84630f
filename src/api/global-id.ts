/** Opaque ids: a type's name and the row's id. They grant nothing; what they name is looked up with the principal's rights. */
import { isUuid } from '../registry/rows/pages.js';
import { isDigest } from '../core/names.js';

export const NODE_TYPES = [
  'Model',
  'Version',
  'Alias',
  'Inspection',
  'RecurrentNode',
  'Artifact',
  'Token',
  'Event',
  'Budget',
  'Check',
  'Approval',
] as const;
export type NodeTypeName = (typeof NODE_TYPES)[number];

export function toGlobalId(type: NodeTypeName, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

/** Null for what is no id of ours. */
export function fromGlobalId(globalId: string): { type: NodeTypeName; id: string } | null {
  if (globalId.length > 200) return null;
  const text = Buffer.from(globalId, 'base64url').toString();
  const type = NODE_TYPES.find((name) => text.startsWith(`${name}:`));
  if (!type) return null;
  const id = text.slice(type.length + 1);
  return (type === 'Artifact' ? isDigest(id) : isUuid(id)) ? { type, id } : null;
}
