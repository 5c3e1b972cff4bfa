/** The JSON of the API server, typed by the library's models without their deserialisation. */

/**
 * A model of `@kubernetes/client-node` as it stands on the wire: dates are strings, and names that the library had to
 * escape (`_continue`) are the original ones. The library's own serializer drops fields it does not know, so objects
 * that come from lists and watches are plain parsed JSON of this type.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? { [K in keyof T as K extends `_${infer R}` ? R : K]: Wire<T[K]> }
      : T;
