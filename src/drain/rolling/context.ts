/** What the steps after a node's drain need of the world. */
import type { World } from '../world.ts';

export type RollingContext = Pick<World, 'cluster' | 'clock' | 'report' | 'signal' | 'commandLine'>;
