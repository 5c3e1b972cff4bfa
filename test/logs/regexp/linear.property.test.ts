/** The same answers also from the engine that V8 turns to when backtracking takes too long. */
import { setFlagsFromString } from 'node:v8';
import { it } from 'vitest';
import { expectSameAnswers } from './same-answers.ts';

// The first step back is one too many: then nearly every pattern is run by that engine.
setFlagsFromString('--regexp-backtracks-before-fallback=1');

it('finds what RE2 finds', () => expectSameAnswers(1500), 120_000);
