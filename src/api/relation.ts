/**
 * The type of a property whose class is in a file that may import this one: decorators would otherwise note the class itself,
 * which is not there yet when modules import each other (`Cannot access … before initialization`).
 */
export type Relation<T> = T;
