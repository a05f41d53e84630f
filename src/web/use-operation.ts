/** GraphQL operations as hooks: cached, the last answer kept while the next one loads, so that nothing jumps. */
import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { ask, RequestFailed } from './ask.js';
import type { Operation } from './operation.js';

export function useOperation<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  options: { enabled?: boolean } = {},
): UseQueryResult<Data> {
  return useQuery({
    queryKey: [operation.name, variables],
    queryFn: ({ signal }) => ask(operation, variables, signal),
    placeholderData: keepPreviousData,
    ...options,
  });
}

interface WithUserErrors {
  userErrors: { code: string; message: string }[];
}

/** By the rules of what was asked for, not by the way there. */
class Refused extends RequestFailed {}

/**
 * A mutation with one payload. Its userErrors are thrown as RequestFailed, so that a page has one place for what went wrong. What was
 * read before is read again once it has been done, and where it was refused: often since somebody else was faster.
 */
export function useChange<Data extends Record<string, unknown>, Variables>(
  operation: Operation<Data, Variables>,
): UseMutationResult<Data, Error, Variables> {
  const queries = useQueryClient();
  const readAgain = () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  return useMutation({
    mutationFn: async (variables: Variables) => {
      const data = await ask(operation, variables);
      for (const payload of Object.values(data) as WithUserErrors[]) {
        const [error] = payload.userErrors;
        if (error !== undefined) throw new Refused(error.code, error.message);
      }
      return data;
    },
    onSuccess: readAgain,
    onError: (error) => (error instanceof Refused ? readAgain() : undefined),
  });
}
