/** One request as the recorder sends it: a value that can be printed, repeated and left out. */
import type { Json } from '../support/api.ts';

/** One request. In path and body `NS` stands for the world's namespace, `NODE` for the prefix of its nodes. */
export interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
}
