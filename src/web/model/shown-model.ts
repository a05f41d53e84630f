/** What the page of a model asked for, which its parts show: the type alone. */
import type { ModelPageQuery } from '../generated/operations.js';

export type ShownModel = NonNullable<ModelPageQuery['model']>;
