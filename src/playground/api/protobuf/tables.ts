/** The messages that are understood: their fields by number, with the habits of the Go types behind them. */
import { coreMessages } from './core.ts';
import { metaMessages } from './meta.ts';
import { podMessages } from './pod.ts';
import { policyMessages } from './policy.ts';
import { workloadMessages } from './workloads.ts';

/**
 * One field. A message's line in the tables is its name and then, for each field, `name=number`, with `:type` unless
 * it is a string, `[]` when it repeats, `{}` for a map from strings.
 */
export interface Field {
  /** As in JSON; `...` when the message's fields stand in JSON among those of its parent (`json:",inline"`). */
  readonly name: string;
  /** `string`, `int`, `bool`, `bytes` or the name of a message. */
  readonly type: string;
  readonly shape: 'one' | 'many' | 'map';
  /**
   * `!`: JSON has it even when it is zero, because it is a pointer, or has no `omitempty`. The encoder of Go writes every
   * other scalar always, and JSON leaves its zero out.
   */
  readonly keepsZero: boolean;
}

const roots: Readonly<Record<string, string>> = {
  v1: 'Namespace ConfigMap Secret ServiceAccount Service ResourceQuota Pod',
  'apps/v1': 'Deployment',
  'batch/v1': 'Job CronJob',
  'policy/v1': 'PodDisruptionBudget',
  'scheduling.k8s.io/v1': 'PriorityClass',
  'rbac.authorization.k8s.io/v1': 'Role RoleBinding ClusterRole ClusterRoleBinding',
  'certificates.k8s.io/v1': 'CertificateSigningRequest',
  'authentication.k8s.io/v1': 'TokenRequest',
  'autoscaling/v1': 'Scale',
};

/** Whether objects of that kind are understood. */
export function isRoot(apiVersion: string, kind: string): boolean {
  return roots[apiVersion]?.split(' ').includes(kind) ?? false;
}

/** A message begins at the start of a line; the lines that go on with it are indented. */
const lines = new Map(
  [metaMessages, coreMessages, podMessages, workloadMessages, policyMessages]
    .flatMap((text) => text.trim().split(/\n(?! )/))
    .map((line) => line.split(/\s+/))
    .map(([message = '', ...fields]) => [message, fields]),
);

const parsed = new Map<string, ReadonlyMap<number, Field>>();

/** The message's fields by number. Throws for a message that the tables lack. */
export function fieldsOf(message: string): ReadonlyMap<number, Field> {
  const known = parsed.get(message);
  if (known) return known;
  const words = lines.get(message);
  if (!words) throw new Error(`there is no table of the protobuf message ${message}`);
  const fields = new Map(words.map(parseField));
  parsed.set(message, fields);
  return fields;
}

const shapes = { '': 'one', '[]': 'many', '{}': 'map' } as const;

function parseField(word: string): [number, Field] {
  const [, name = '', number = '', type = 'string', shape = '', keeps] =
    /^([\w.]+)=(\d+)(?::(\w+))?(\[\]|\{\})?(!)?$/.exec(word) ?? [];
  if (name === '') throw new Error(`${word} is no field of a protobuf message`);
  const field = { name, type, shape: shapes[shape as keyof typeof shapes], keepsZero: keeps !== undefined };
  return [Number(number), field];
}
