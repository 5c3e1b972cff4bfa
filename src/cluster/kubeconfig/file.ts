/** Reads the text of one kubeconfig file into entries by name. */
import { isAbsolute, join, sep } from 'node:path';
import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';
import * as z from 'zod/mini';
import { typeProblems, withoutNulls } from './problems.ts';

// Go's decoder skips line breaks inside base64 and wants the padding.
const base64 = z.string().check(
  z.refine(
    (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replaceAll(/[\r\n]/g, '')),
    {
      error: 'is not base64',
    },
  ),
);
const text = z.optional(z.string());
const flag = z.optional(z.boolean());
const extensions = z.optional(z.array(z.object({ name: z.string(), extension: z.optional(z.unknown()) })));

const clusterSchema = z.object({
  server: text,
  'tls-server-name': text,
  'insecure-skip-tls-verify': flag,
  'certificate-authority': text,
  'certificate-authority-data': z.optional(base64),
  'proxy-url': text,
  'disable-compression': flag,
  extensions,
});

const execSchema = z.object({
  apiVersion: text,
  command: text,
  args: z.optional(z.array(z.string())),
  env: z.optional(z.array(z.object({ name: text, value: text }))),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

const userSchema = z.object({
  'client-certificate': text,
  'client-certificate-data': z.optional(base64),
  'client-key': text,
  'client-key-data': z.optional(base64),
  token: text,
  tokenFile: text,
  as: text,
  'as-uid': text,
  'as-groups': z.optional(z.array(z.string())),
  'as-user-extra': z.optional(z.record(z.string(), z.array(z.string()))),
  username: text,
  password: text,
  'auth-provider': z.optional(z.object({ name: z.string(), config: z.optional(z.record(z.string(), z.string())) })),
  exec: z.optional(execSchema),
});

const contextSchema = z.object({ cluster: text, user: text, namespace: text });

const named = z.optional(z.string());
const fileSchema = z.object({
  apiVersion: text,
  kind: text,
  'current-context': text,
  clusters: z.optional(z.array(z.object({ name: named, cluster: z.optional(clusterSchema) }))),
  users: z.optional(z.array(z.object({ name: named, user: z.optional(userSchema) }))),
  contexts: z.optional(z.array(z.object({ name: named, context: z.optional(contextSchema) }))),
});

/** A cluster of a kubeconfig, under the names of the file format; paths are absolute. */
export type ClusterEntry = z.infer<typeof clusterSchema>;
/** A user of a kubeconfig. Secret: never printed. */
export type UserEntry = z.infer<typeof userSchema>;
export type ExecEntry = z.infer<typeof execSchema>;
export type ContextEntry = z.infer<typeof contextSchema>;

export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  /** The file that each user came from, by the user's name. */
  readonly userFiles: ReadonlyMap<string, string>;
}

export const emptyKubeconfig: Kubeconfig = {
  currentContext: undefined,
  clusters: new Map(),
  users: new Map(),
  contexts: new Map(),
  userFiles: new Map(),
};

/**
 * Parses one file as client-go does: unknown fields are ignored, an empty file is an empty configuration, paths are
 * relative to `folder` (absolute), a name twice in one file is an error. Problems never quote the file: it holds secrets.
 */
export function parseKubeconfig(
  content: string,
  path: string,
  folder: string,
): { readonly kubeconfig: Kubeconfig } | { readonly problems: readonly string[] } {
  let raw: unknown;
  try {
    raw = load(content, { schema: CORE_SCHEMA, json: true });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason.includes('input is empty')) return { kubeconfig: emptyKubeconfig };
    const { mark } = error;
    const place = mark ? `${path}:${mark.line + 1}:${mark.column + 1}` : path;
    // The parser's reason may quote what it stumbled over.
    return { problems: [`${place}: not valid YAML: ${error.reason.replaceAll(/"[^"]*"|!<[^>]*>/g, '(…)')}`] };
  }
  if (raw === null || raw === undefined) return { kubeconfig: emptyKubeconfig };

  const data = withoutNulls(raw);
  const parsed = fileSchema.safeParse(data);
  if (!parsed.success) return { problems: typeProblems(parsed.error.issues, data).map((line) => `${path}: ${line}`) };
  const file = parsed.data;
  const problems: string[] = [];
  if ((file.kind ?? 'Config') !== 'Config' || (file.apiVersion ?? 'v1') !== 'v1') {
    problems.push(`${path}: is a ${file.apiVersion ?? 'v1'} ${file.kind ?? 'Config'}, not a kubeconfig (v1 Config)`);
  }

  function collect<T>(kind: string, entries: readonly { name: string; entry: T }[]): Map<string, T> {
    const map = new Map<string, T>();
    for (const { name, entry } of entries) {
      if (map.has(name)) problems.push(`${path}: two ${kind} are called "${name}"`);
      map.set(name, entry);
    }
    return map;
  }

  const users = collect(
    'users',
    (file.users ?? []).map(({ name = '', user = {} }) => ({ name, entry: resolveUser(user, folder) })),
  );
  const kubeconfig: Kubeconfig = {
    currentContext: file['current-context'] === '' ? undefined : file['current-context'],
    clusters: collect(
      'clusters',
      (file.clusters ?? []).map(({ name = '', cluster = {} }) => ({
        name,
        entry: { ...cluster, ...resolved(cluster, ['certificate-authority'], folder) },
      })),
    ),
    users,
    contexts: collect(
      'contexts',
      (file.contexts ?? []).map(({ name = '', context = {} }) => ({ name, entry: context })),
    ),
    userFiles: new Map([...users.keys()].map((name) => [name, path])),
  };
  return problems.length > 0 ? { problems } : { kubeconfig };
}

function resolveUser(user: UserEntry, folder: string): UserEntry {
  const paths = resolved(user, ['client-certificate', 'client-key', 'tokenFile'], folder);
  const { exec } = user;
  // A bare name is looked up in the PATH instead.
  const command = exec?.command?.includes(sep) ? resolved(exec, ['command'], folder) : {};
  return { ...user, ...paths, ...(exec && { exec: { ...exec, ...command } }) };
}

/** Those of the named fields that hold a path, made absolute. */
function resolved<K extends string>(
  entry: { readonly [key in K]?: string | undefined },
  keys: readonly K[],
  folder: string,
): { [key in K]?: string } {
  const paths: { [key in K]?: string } = {};
  for (const key of keys) {
    const path = entry[key];
    if (path !== undefined && path !== '') paths[key] = isAbsolute(path) ? path : join(folder, path);
  }
  return paths;
}
