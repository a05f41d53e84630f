/** The requests under way, so that a shutdown can wait for them and then cut them off. Knows nothing of what they do. */
import type { WeighbridgeError } from '../core/errors.js';
import type { Exchange } from './exchange.js';

export interface Work {
  begin(exchange: Exchange): void;
  end(exchange: Exchange): void;
  /** Resolves when no request of this kind is left, or after so long. */
  settled(kind: Exchange['kind'] | 'any', ms: number): Promise<void>;
  cut(kind: Exchange['kind'], reason: WeighbridgeError): void;
}

export function createWork(): Work {
  const running = new Set<Exchange>();
  const listeners = new Set<() => void>();
  const left = (kind: Exchange['kind'] | 'any'): boolean =>
    [...running].some((exchange) => kind === 'any' || exchange.kind === kind);
  return {
    begin: (exchange) => void running.add(exchange),
    end(exchange) {
      running.delete(exchange);
      for (const listener of listeners) listener();
    },
    settled: (kind, ms) =>
      new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          listeners.delete(check);
          resolve();
        };
        const check = (): void => {
          if (!left(kind)) finish();
        };
        const timer = setTimeout(finish, Math.max(0, ms));
        listeners.add(check);
        check();
      }),
    cut(kind, reason) {
      for (const exchange of running) if (exchange.kind === kind) exchange.cut(reason);
    },
  };
}
