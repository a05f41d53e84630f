export function hiddenSizeOf(g: number, k: number): number;
export function paramsOf(n: number): number;
export function fillWithDrift(
  query: (text: string) => Promise<unknown>,
  size: { models: number; versions: number; nodes: number; long?: number; inspectionVersion?: number },
): Promise<void>;
