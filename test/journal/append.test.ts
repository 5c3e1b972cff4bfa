/** Lines arrive in order, share fsyncs, and stop at the first failure. */
import { describe, expect, it } from 'vitest';
import { Appender, type AppendTarget } from '../../src/journal/append.ts';

class MemoryFile implements AppendTarget {
  bytes = Buffer.alloc(0);
  /** What was on the disk at each fsync. */
  readonly synced: string[] = [];
  room = Infinity;
  /** Bytes that one write takes at most. */
  stride = Infinity;
  syncFailure: Error | undefined;
  closed = false;

  async write(data: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }> {
    await Promise.resolve();
    const bytesWritten = Math.min(length, this.stride, this.room - position);
    if (bytesWritten <= 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    this.bytes = Buffer.concat([this.bytes.subarray(0, position), data.subarray(offset, offset + bytesWritten)]);
    return { bytesWritten };
  }

  async datasync(): Promise<void> {
    await Promise.resolve();
    if (this.syncFailure) throw this.syncFailure;
    this.synced.push(this.bytes.toString());
  }

  async truncate(length: number): Promise<void> {
    this.bytes = this.bytes.subarray(0, length);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

describe('Appender', () => {
  it('resolves a durable line only when it is on the disk, and keeps the order', async () => {
    const file = new MemoryFile();
    const appender = new Appender(file, 0);
    await appender.append('a', false);
    await appender.append('b', true);
    expect(file.synced.at(-1)).toBe('a\nb\n');
  });

  it('lets many writers of the same moment share one fsync', async () => {
    const file = new MemoryFile();
    const appender = new Appender(file, 0);
    await Promise.all(Array.from({ length: 100 }, (_, index) => appender.append(String(index), true)));
    expect(file.synced.length).toBeLessThanOrEqual(2);
    expect(file.bytes.toString().split('\n').slice(0, -1).map(Number)).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
  });

  it('goes on after what is there, also when the system takes the bytes one by one', async () => {
    const file = new MemoryFile();
    file.bytes = Buffer.from('former\n');
    file.stride = 1;
    const appender = new Appender(file, 7);
    await appender.append('grün', true);
    expect(file.bytes.toString()).toBe('former\ngrün\n');
  });

  it('takes half a line back when the disk is full, and writes nothing after it', async () => {
    const file = new MemoryFile();
    file.room = 8;
    const appender = new Appender(file, 0);
    await appender.append('whole', true);
    const failures = await Promise.allSettled([appender.append('too long', true), appender.append('x', true)]);
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(file.bytes.toString()).toBe('whole\n');
    file.room = Infinity;
    await expect(appender.append('later', true)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(file.bytes.toString()).toBe('whole\n');
    await expect(appender.close()).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(file.closed).toBe(true);
  });

  it('tells the failure of a line that nobody waited for to the next writer', async () => {
    const file = new MemoryFile();
    file.room = 0;
    const appender = new Appender(file, 0);
    await appender.append('pod', false);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(appender.append('intent', true)).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('is no promise when the fsync fails', async () => {
    const file = new MemoryFile();
    file.syncFailure = Object.assign(new Error('input/output error'), { code: 'EIO' });
    const appender = new Appender(file, 0);
    await expect(appender.append('intent', true)).rejects.toMatchObject({ code: 'EIO' });
  });

  it('writes what still waits before it closes', async () => {
    const file = new MemoryFile();
    const appender = new Appender(file, 0);
    await appender.append('pod', false);
    await appender.close();
    expect(file.synced).toEqual(['pod\n']);
    expect(file.closed).toBe(true);
  });
});
