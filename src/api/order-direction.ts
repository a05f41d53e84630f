/** Which end of an order comes first: the same for every list. */
import type { Direction } from '../core/catalog.js';
import { closedSet } from './closed-set.js';

export const DirectionEnum = closedSet<Direction>('OrderDirection', 'Direction of an order.', ['ASC', 'DESC'], {
  ASC: 'Smallest, earliest or first in the alphabet first.',
  DESC: 'Largest, latest or last in the alphabet first.',
});
