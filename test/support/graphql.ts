/** Operations against the real schema and the real Apollo pipeline, without HTTP. */
import { ApolloServer } from '@apollo/server';
import { apolloOptions, buildGraphqlSchema, makeContext, type GraphqlContext } from '../../src/api/schema.js';
import type { Principal } from '../../src/core/principal.js';
import type { Needs } from '../../src/registry/needs.js';

interface Answer<Data> {
  status: number | undefined;
  data: Data;
  errors: { message: string; extensions?: Record<string, unknown>; path?: readonly (string | number)[] }[];
  /** Codes of the errors, in order. */
  codes: unknown[];
}

interface Asking {
  principal?: Principal;
  operationMilliseconds?: number;
}

export interface TestGraphql {
  /** Data is typed by the caller, who wrote the query. */
  ask<Data = Record<string, never>>(
    query: string,
    variables?: Record<string, unknown>,
    as?: Asking,
  ): Promise<Answer<Data>>;
  /** What was logged: the causes of masked errors. */
  logged: { details: object; message: string }[];
  stop(): Promise<void>;
}

export async function startTestGraphql(needs: Needs, principal: Principal): Promise<TestGraphql> {
  const server = new ApolloServer<GraphqlContext>(apolloOptions(await buildGraphqlSchema()));
  const logged: TestGraphql['logged'] = [];
  const log = {
    info: () => undefined,
    error: (details: object, message: string) => void logged.push({ details, message }),
  };
  return {
    logged,
    async ask<Data>(query: string, variables: Record<string, unknown> = {}, as: Asking = {}) {
      const contextValue = makeContext({ needs, principal, requestId: 'request-1', log, ...as });
      const { body, http } = await server.executeOperation({ query, variables }, { contextValue });
      if (body.kind !== 'single') throw new Error('an incremental answer was not expected');
      // Plain, as it would come over the wire.
      const { data, errors = [] } = JSON.parse(JSON.stringify(body.singleResult)) as {
        data: Data;
        errors?: Answer<Data>['errors'];
      };
      return { status: http.status, data, errors, codes: errors.map((error) => error.extensions?.['code']) };
    },
    stop: () => server.stop(),
  };
}
