/** The text of an operation with the types of what goes in and what comes out; made by `scripts/make-operations.mjs`. */
export interface Operation<Data, Variables> {
  name: string;
  text: string;
  /** Types alone; never there. */
  readonly types?: { data: Data; variables: Variables };
}
