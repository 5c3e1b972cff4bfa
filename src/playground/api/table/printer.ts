/** What turns one kind of object into the cells of a table. */
import type { KubeObject } from '../../objects.ts';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly format: '' | 'name';
  /** 1 is for `-o wide` only. */
  readonly priority: 0 | 1;
}

export type Cell = string | number | boolean;

/** Marks a row whose object has come to its end; kubectl prints such rows as any other. */
export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface Printer {
  readonly columns: readonly Column[];
  /** As many as there are columns: a server always makes the wide ones too, and kubectl leaves them out. */
  cells(object: KubeObject, nowMs: number): readonly Cell[];
  conditions?(object: KubeObject): readonly RowCondition[] | undefined;
}

/**
 * Columns from a short text, so that a table's head can be read at a glance: `Name, Ready:integer, Node*`. The star is
 * priority 1; a column called Name has the format `name`.
 */
export function columns(text: string): readonly Column[] {
  return text.split(', ').map((word) => {
    const [name = '', type = 'string'] = word.replace('*', '').split(':');
    return {
      name,
      type: type as Column['type'],
      format: name === 'Name' ? 'name' : '',
      priority: word.endsWith('*') ? 1 : 0,
    };
  });
}
