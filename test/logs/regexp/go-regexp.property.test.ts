/** Whatever the pattern and the text: the same answer as RE2. */
import { it } from 'vitest';
import { expectSameAnswers } from './same-answers.ts';

it('refuses what RE2 refuses, and finds what RE2 finds', () => expectSameAnswers(2500), 120_000);
