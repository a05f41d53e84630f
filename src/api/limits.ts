/**
 * What an operation may ask for, judged before anything runs. What depends on the document alone is a validation rule, since
 * Apollo validates a document once and then remembers it; what depends on variables is judged for every operation.
 */
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

export const QUERY_LIMITS = {
  /** Tokens of the document; the longest of ours has some 200. */
  tokens: 1_000,
  /** Fields within fields; the query of the README has 6, GraphiQL's introspection 13. */
  depth: 15,
  /** Aliases let one field be asked for again and again; a dashboard needs a handful. */
  aliases: 15,
  /** Each directive is work before any rule can refuse; people use one or two. */
  directives: 10,
  /** Fields of the root: each may be a list of its own. */
  rootFields: 20,
  /** Selections with fragments spread out: fragments of fragments grow as powers of two. */
  selections: 1_000,
  /** Objects asked for, with the variables' values; scalars are free. The query of the README asks for some 1,000. */
  cost: 5_000,
  /** Levels of objects and lists in the variables, so that nothing that walks them can run out of stack. */
  variableDepth: 30,
} as const;

/** Apollo gives all validation errors one code, and takes the http part out of the answer: `tooComplex` survives both. */
export function tooComplex(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { tooComplex: true, http: { status: 400 } } });
}

/** Reported like any other validation error; thrown, as armor does by itself, it would look like a fault of ours. */
function armored(what: string, limit: number) {
  return {
    n: limit,
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null) =>
        context?.reportError(tooComplex(`the operation has more than ${limit} ${what}`)),
    ],
  };
}

/** Armor's rules are objects with visitor methods; their own types do not say so. */
type ArmorRule = (context: ValidationContext) => unknown;
const rule = (make: ArmorRule): ValidationRule => make as ValidationRule;

export const documentRules: readonly ValidationRule[] = [
  rule(
    maxDepthRule({
      ...armored('levels of fields', QUERY_LIMITS.depth),
      flattenFragments: true,
      ignoreIntrospection: false,
    }),
  ),
  rule(maxAliasesRule({ ...armored('aliases', QUERY_LIMITS.aliases), allowList: [] })),
  rule(maxDirectivesRule(armored('directives', QUERY_LIMITS.directives))),
  maxRootFieldsRule,
];

function maxRootFieldsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (countFields(context, operation.selectionSet, new Map()) <= QUERY_LIMITS.rootFields) return;
      context.reportError(tooComplex(`the operation has more than ${QUERY_LIMITS.rootFields} root fields`));
    },
  };
}

/** A fragment within itself is another rule's error; it counts nothing here. */
function countFields(context: ValidationContext, set: SelectionSetNode, counted: Map<string, number>): number {
  let fields = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) fields += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT) fields += countFields(context, selection.selectionSet, counted);
    else {
      const name = selection.name.value;
      if (!counted.has(name)) {
        counted.set(name, 0);
        const fragment = context.getFragment(name);
        if (fragment) counted.set(name, countFields(context, fragment.selectionSet, counted));
      }
      fields += counted.get(name) ?? 0;
    }
  }
  return fields;
}

export function requireShallowVariables(variables: unknown): void {
  let level: unknown[] = [variables];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > QUERY_LIMITS.variableDepth) {
      throw tooComplex(`the variables have more than ${QUERY_LIMITS.variableDepth} levels`);
    }
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
