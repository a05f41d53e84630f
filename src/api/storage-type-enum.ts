/** How a number is stored: the closed set that MEMORY and estimates take. */
import { STORAGE_TYPES, type StorageType } from '../core/layer/estimate.js';
import { closedSet } from './closed-set.js';

export const StorageTypeEnum = closedSet<StorageType>(
  'StorageType',
  'How a number is stored, for estimates.',
  Object.keys(STORAGE_TYPES) as StorageType[],
  {
    FP32: `IEEE single precision, ${STORAGE_TYPES.FP32} bits.`,
    FP16: `IEEE half precision, ${STORAGE_TYPES.FP16} bits.`,
    BF16: `Brain floating point, ${STORAGE_TYPES.BF16} bits.`,
    INT8: `Quantized to ${STORAGE_TYPES.INT8} bits.`,
    INT4: `Quantized to ${STORAGE_TYPES.INT4} bits.`,
  },
);
