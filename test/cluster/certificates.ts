// The test cluster's certificate authority, with certificates for anybody a test wants to be.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whom a certificate is for, with its times. */
export interface CertificateRequest {
  /** The user name that Kubernetes sees. */
  readonly commonName: string;
  /** The groups that Kubernetes sees. */
  readonly organizations?: readonly string[];
  /** Host names and addresses, for servers, as `DNS:name` and `IP:address`. */
  readonly subjectAltNames?: readonly string[];
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: a year from now. In the past for an expired certificate. */
  readonly notAfter?: Date;
}

/** Two PEM texts that belong together. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

function openssl(args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const { stderr, code } = error as { stderr?: Buffer; code?: string };
    const why = code === 'ENOENT' ? 'openssl is not installed' : (stderr?.toString().trim() ?? String(error));
    throw new Error(`openssl ${args[0] ?? ''} failed: ${why}`, { cause: error });
  }
}

function newKey(path: string): void {
  openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', path]);
}

/** Creates `ca.crt`, `ca.key` and the service accounts' key `sa.key`, `sa.pub` in a folder that lacks them. */
export function ensureAuthority(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(folder, name);
  if (!existsSync(at('ca.crt'))) {
    newKey(at('ca.key'));
    openssl([
      'req',
      '-x509',
      '-new',
      '-key',
      at('ca.key'),
      '-subj',
      '/CN=kmaint-test-ca',
      '-days',
      '3650',
      '-out',
      at('ca.crt'),
    ]);
  }
  if (!existsSync(at('sa.pub'))) {
    newKey(at('sa.key'));
    openssl(['pkey', '-in', at('sa.key'), '-pubout', '-out', at('sa.pub')]);
  }
}

/** openssl's own form of a UTC time, e.g. `20260131235959Z`. */
function opensslTime(time: Date): string {
  return `${time.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}Z`;
}

/** `openssl x509` cannot set the dates before 3.4, `openssl ca` can; it wants a small database to work in. */
const authorityConfig = (work: string, altNames: string): string => `
[ca]
default_ca = authority
[authority]
database = ${join(work, 'index')}
serial = ${join(work, 'serial')}
new_certs_dir = ${work}
default_md = sha256
policy = anything
unique_subject = no
x509_extensions = extensions
[anything]
commonName = supplied
organizationName = optional
[extensions]
basicConstraints = CA:FALSE
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
${altNames === '' ? '' : `subjectAltName = ${altNames}`}
[req]
distinguished_name = anything_goes
[anything_goes]
`;

/**
 * Issues a certificate signed by the authority in `folder`. With `notAfter` in the past it is an expired one.
 * @throws {Error} with openssl's words when it cannot
 */
export function issueCertificate(folder: string, request: CertificateRequest): KeyPair {
  const work = mkdtempSync(join(folder, 'issue-'));
  try {
    const at = (name: string): string => join(work, name);
    writeFileSync(at('index'), '');
    writeFileSync(at('serial'), `7${randomBytes(15).toString('hex')}0\n`);
    writeFileSync(at('config'), authorityConfig(work, (request.subjectAltNames ?? []).join(',')));
    newKey(at('key'));
    const subject = [...(request.organizations ?? []).map((group) => `/O=${group}`), `/CN=${request.commonName}`].join(
      '',
    );
    openssl(['req', '-new', '-config', at('config'), '-key', at('key'), '-subj', subject, '-out', at('csr')]);
    const now = Date.now();
    const notBefore = opensslTime(request.notBefore ?? new Date(now - 3_600_000));
    const notAfter = opensslTime(request.notAfter ?? new Date(now + 365 * 86_400_000));
    const authority = ['-config', at('config'), '-cert', join(folder, 'ca.crt'), '-keyfile', join(folder, 'ca.key')];
    const dates = ['-startdate', notBefore, '-enddate', notAfter];
    openssl(['ca', '-batch', '-notext', ...authority, ...dates, '-in', at('csr'), '-out', at('crt')]);
    return { certificate: readFileSync(at('crt'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
