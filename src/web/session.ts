/** Who is signed in, and how one signs in and out. The secret of the session is in a cookie that no script can read. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { hasScope, seesModel, type Scope } from '../core/principal.js';
import { send } from './ask.js';

export interface Session {
  signedIn: boolean;
  anonymousRead: boolean;
  name?: string;
  scopes?: Scope[];
  models?: string;
  expiresAt?: string;
}

const KEY = ['session'];

export function useSession(): Session | undefined {
  const { data } = useQuery({ queryKey: KEY, queryFn: () => send('/session') as Promise<Session>, staleTime: 60_000 });
  return data;
}

/** Asked for again once the server knew nobody: the token was revoked, or the session ended, while the page was open. */
export function useSessionAnew(isUnknown: boolean): void {
  const queries = useQueryClient();
  const isSignedIn = useSession()?.signedIn === true;
  useEffect(() => {
    if (isUnknown && isSignedIn) void queries.invalidateQueries({ queryKey: KEY });
  }, [queries, isUnknown, isSignedIn]);
}

export type Credential = { token: string } | { code: string };

export function useSignIn(): UseMutationResult<Session, Error, Credential> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (credential: Credential) =>
      send('/session', { method: 'POST', body: JSON.stringify(credential) }) as Promise<Session>,
    onSuccess: (session) => changeSession(queries, session),
  });
}

export function useSignOut(): UseMutationResult<Session, Error, void> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => send('/session', { method: 'DELETE' }) as Promise<Session>,
    onSuccess: (session) => changeSession(queries, session),
  });
}

/** What one token saw must not be shown to the next: all of it is forgotten, and what is on the screen is asked for anew. */
function changeSession(queries: ReturnType<typeof useQueryClient>, session: Session): void {
  queries.setQueryData(KEY, session);
  void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
}

/** Null when it may be done; else why not, in words for the page. */
export function refusalOf(session: Session | undefined, scope: Scope, modelName?: string): string | null {
  if (session === undefined || !session.signedIn)
    return `Sign in with a token that has the scope “${scope}” to do this.`;
  const { name = '', scopes = [], models = '*' } = session;
  const principal = { tokenId: null, name, scopes, models };
  if (!hasScope(principal, scope)) {
    return `Your token “${name}” has no scope “${scope}”. Ask an administrator for one that has.`;
  }
  if (modelName !== undefined && !seesModel(principal, modelName)) {
    return `Your token “${name}” holds only for models like “${models}”.`;
  }
  return null;
}
